"""Doing the same to very many, a little in each turn of the loop."""

import logging
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Final, TypeVar

from realtime.clock import Clock

T = TypeVar("T")

SLICE_S: Final = 0.005  # of loop time: half a chunk of the fan-out, which goes on in between
_LOOK_EVERY: Final = 16  # items between two looks at the clock

_log = logging.getLogger(__name__)


def in_slices(clock: Clock, items: Iterable[T], act: Callable[[T], None], then: Callable[[], None]) -> None:
    """Call `act` for each item, the first few at once, and `then` when all are done. Nobody may change `items`."""
    left = iter(items)

    def go_on() -> None:
        until = clock.monotonic() + SLICE_S
        while few := list(islice(left, _LOOK_EVERY)):
            for item in few:
                try:
                    act(item)
                except Exception:  # a bug with one must not cost the others theirs
                    _log.exception("one of many could not be done")
            if clock.monotonic() >= until:
                clock.call_later(0, go_on)
                return
        then()

    go_on()
