"""Writing to the chosen, in chunks, reds first, so that the loop never stalls."""

import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from realtime.clock import Clock
from realtime.delivery.subscriber import Subscriber
from realtime.frames import Frames
from realtime.lanes import Lane

CHUNK_S = 0.010  # of loop time; at about 13 µs a delivery some 700 recipients
_LOOK_EVERY = 16  # deliveries between two looks at the clock


Target = tuple[Subscriber, Frames]
"""One recipient and the variant that was chosen for them."""

Recheck = Callable[[Subscriber, Frames], Frames | None]


class _Job:
    """One event on its way out. `is_fresh` until anything else has run since its recipients were chosen."""

    __slots__ = ("is_fresh", "recheck", "targets")

    def __init__(self, targets: list[Target], recheck: Recheck) -> None:
        self.targets = targets
        self.recheck = recheck
        self.is_fresh = True


class Fanout:
    """Owns no task: it goes on by `call_soon`, and stops by itself when all is written."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._jobs: dict[Lane, deque[_Job]] = {lane: deque() for lane in Lane}
        self._is_scheduled = False

    @property
    def idle(self) -> bool:
        """Nothing is waiting to be written to anybody."""
        return not any(self._jobs.values())

    @property
    def has_red(self) -> bool:
        return bool(self._jobs[Lane.RED])

    def start(self, lane: Lane, targets: list[Target], recheck: Recheck) -> None:
        """Take over the chosen; nothing is written before `run`.

        They are written in an order shuffled for each event: nearest-first would tell two accounts who is between them
        (R19). `recheck` is asked before a write that does not follow the choice at once: what this session may have
        now, or None.
        """
        if targets:
            targets.sort(key=lambda _: random.random())  # a third less than random.shuffle takes
            self._jobs[lane].append(_Job(targets, recheck))

    def run(self) -> None:
        """Write for at most one chunk of loop time, and see to it that the rest follows."""
        until = self._clock.monotonic() + CHUNK_S
        while (lane := self._first_lane()) is not None:
            job = self._jobs[lane][0]
            if self._write(job, lane, until):
                self._jobs[lane].popleft()
            else:
                self._go_on_later()
                return

    def _first_lane(self) -> Lane | None:
        for lane, jobs in self._jobs.items():
            if jobs:
                return lane
        return None

    def _write(self, job: _Job, lane: Lane, until: float) -> bool:
        """Write to a job's next recipients. False if the time was up before the last of them."""
        targets = job.targets
        while targets:
            next_few = targets[-_LOOK_EVERY:]
            del targets[-_LOOK_EVERY:]
            for session, frames in next_few if job.is_fresh else _still_allowed(next_few, job.recheck):
                session.deliver(frames, lane)
            if self._clock.monotonic() >= until:
                return not targets
        return True

    def _go_on_later(self) -> None:
        for jobs in self._jobs.values():
            for job in jobs:
                job.is_fresh = False
        if not self._is_scheduled:
            self._is_scheduled = True
            self._clock.call_later(0, self._resume)

    def _resume(self) -> None:
        self._is_scheduled = False
        self.run()


def _still_allowed(targets: Iterable[Target], recheck: Recheck) -> Iterator[Target]:
    """Ask for each just before it is written to."""
    for session, frames in targets:
        allowed = recheck(session, frames)
        if allowed is not None:
            yield session, allowed
