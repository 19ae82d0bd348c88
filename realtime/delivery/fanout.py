"""Writing to the chosen, in chunks, reds first, so that the loop never stalls."""

import logging
import random
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Literal, Protocol, TypeAlias

from realtime.clock import Clock
from realtime.delivery.subscriber import Subscriber
from realtime.frames import Frames
from realtime.lanes import Lane

_log = logging.getLogger(__name__)

CHUNK_S = 0.010  # of loop time; at about 13 µs a delivery some 700 recipients
_LOOK_EVERY = 16  # deliveries between two looks at the clock


FrameKind: TypeAlias = Literal["alert", "update", "message", "stored"]
Target = tuple[Subscriber, Frames]
"""One recipient and the variant that was chosen for them."""


class Job(Protocol):
    """One event on its way out, and what its recipients may still have of it."""

    kind: FrameKind
    is_counted: bool  # by the heartbeat

    def is_unchanged(self) -> bool:
        """Whether everybody may still have what was chosen for them."""

    def still_allowed(self, session: Subscriber, frames: Frames) -> Frames | None:
        """What this recipient may have of it now; None for nothing."""

    def not_written(self, session: Subscriber) -> None:
        """This recipient's socket has not taken it at once: it waits, or the session is closed."""


class _Writing:
    """A job with the recipients that are left."""

    __slots__ = ("job", "targets")

    def __init__(self, job: Job, targets: list[Target]) -> None:
        self.job = job
        self.targets = targets


class Fanout:
    """Owns no task: it goes on by `call_soon`, and stops by itself when all is written."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lanes: dict[Lane, deque[_Writing]] = {lane: deque() for lane in Lane}
        self._is_scheduled = False
        self.frames: dict[FrameKind, int] = {"alert": 0, "update": 0, "message": 0, "stored": 0}  # so far

    @property
    def idle(self) -> bool:
        """Nothing is waiting to be written to anybody."""
        return not any(self._lanes.values())

    def start(self, lane: Lane, targets: list[Target], job: Job) -> None:
        """Take over the chosen; nothing is written before `run`.

        They are written in an order shuffled for each event: nearest-first would tell two accounts who is between them
        (R19). Before each write it is asked whether the recipient may still have it.
        """
        if targets:
            targets.sort(key=lambda _: random.random())  # a third less than random.shuffle takes
            self._lanes[lane].append(_Writing(job, targets))
            self.frames[job.kind] += len(targets)  # here, because a delivery has no time for counting

    def run(self) -> None:
        """Write for at most one chunk of loop time, and see to it that the rest follows."""
        until = self._clock.monotonic() + CHUNK_S
        while (lane := self._first_lane()) is not None:
            writing = self._lanes[lane][0]
            if self._write(writing, lane, until):
                self._lanes[lane].popleft()
            else:
                self._go_on_later()
                return

    def _first_lane(self) -> Lane | None:
        for lane, waiting in self._lanes.items():
            if waiting:
                return lane
        return None

    def _write(self, writing: _Writing, lane: Lane, until: float) -> bool:
        """Write to a job's next recipients. False if the time was up before the last of them."""
        job, targets, is_counted = writing.job, writing.targets, writing.job.is_counted
        while targets:
            next_few = targets[-_LOOK_EVERY:]
            del targets[-_LOOK_EVERY:]
            for session, frames in next_few if job.is_unchanged() else self._still_allowed(next_few, job):
                try:
                    if not is_counted:
                        session.tell(frames, lane)
                    elif not session.deliver(frames, lane):
                        job.not_written(session)
                except Exception:  # a bug with one recipient must not cost the others theirs
                    _log.exception("a frame could not be delivered")
                    job.not_written(session)
            if self._clock.monotonic() >= until:
                return not targets
        return True

    def _go_on_later(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            self._clock.call_later(0, self._resume)

    def _resume(self) -> None:
        self._is_scheduled = False
        self.run()

    def _still_allowed(self, targets: Iterable[Target], job: Job) -> Iterator[Target]:
        """Ask for each just before it is written to."""
        for session, frames in targets:
            allowed = job.still_allowed(session, frames)
            if allowed is not None:
                yield session, allowed
            else:
                self.frames[job.kind] -= 1
