"""Writing to the chosen, in chunks, reds first, so that the loop never stalls."""

import logging
from collections import deque
from collections.abc import Sequence
from typing import Final, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from realtime.clock import Clock
from realtime.delivery.roster import Roster
from realtime.delivery.subscriber import Subscriber
from realtime.delivery.targets import Few, Queue, Targets
from realtime.frames import Frames
from realtime.lanes import Lane

_log = logging.getLogger(__name__)

CHUNK_S: Final = 0.010  # of loop time; at about 10 µs a delivery some 1,000 recipients
LOOK_EVERY: Final = 64  # deliveries between two looks at the clock, and at whether all may still have it


FrameKind: TypeAlias = Literal["alert", "update", "message", "stored"]


class Lines(Protocol):
    """The sockets of this server, for what goes to many."""

    def write(self, files: NDArray[np.int32], frames: Sequence[bytes]) -> list[tuple[int, int]]:
        """Hand each of these files its frame, no file twice; returns the places of those that were not given theirs.

        With each comes how many of its bytes the kernel has: its session is to deliver the rest. Never raises.
        """


class Job(Protocol):
    """One event on its way out, and what its recipients may still have of it."""

    kind: FrameKind
    is_counted: bool  # by the heartbeat

    def is_unchanged(self) -> bool:
        """Whether everybody may still have what was chosen for them."""

    def still_allowed(self, session: Subscriber, frames: Frames) -> Frames | None:
        """What this recipient may have of it now; None for nothing."""

    def not_written(self, session: Subscriber | None) -> None:
        """A recipient's socket has not taken it at once: it waits, or the session is closed, or (None) gone."""


class _Writing:
    """A job with the recipients that are left; `since` is how many had attached when they were chosen."""

    __slots__ = ("job", "queue", "since")

    def __init__(self, job: Job, queue: Queue, since: int) -> None:
        self.job = job
        self.queue = queue
        self.since = since


class Fanout:
    """Owns no task: it goes on by `call_soon`, and stops by itself when all is written."""

    def __init__(self, clock: Clock, roster: Roster, lines: Lines) -> None:
        self._clock = clock
        self._roster = roster
        self._lines = lines
        self._lanes: dict[Lane, deque[_Writing]] = {lane: deque() for lane in Lane}
        self._is_scheduled = False
        self.frames: dict[FrameKind, int] = {"alert": 0, "update": 0, "message": 0, "stored": 0}  # so far

    @property
    def idle(self) -> bool:
        """Nothing is waiting to be written to anybody."""
        return not any(self._lanes.values())

    def start(self, lane: Lane, targets: Targets, job: Job) -> None:
        """Take over the chosen; nothing is written before `run`.

        They are written in an order shuffled for each event. Before each write it is asked whether the recipient may
        still have it.
        """
        if count := len(targets):
            self._lanes[lane].append(_Writing(job, targets.shuffled(self._roster), self._roster.attached))
            self.frames[job.kind] += count  # here, because a delivery has no time for counting

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
        queue = writing.queue
        while queue:
            few = queue.take(LOOK_EVERY)
            for place, taken in self._write_at_once(writing, few):
                self._deliver(writing, lane, int(few.numbers[place]), few.variants[place], taken)
            if self._clock.monotonic() >= until:
                return not queue
        return True

    def _write_at_once(self, writing: _Writing, few: Few) -> Sequence[tuple[int, int]]:
        """Hand these their frames, if nothing has changed; returns the places of those left, and what they have of it.

        Past the sessions: to touch theirs and their socket's objects would cost a recipient 1.3 µs more.
        """
        job, roster = writing.job, self._roster
        if job.is_counted and job.is_unchanged() and roster.are_same(few.numbers, writing.since):
            return self._lines.write(roster.files[few.numbers], few.frames)
        return [(place, 0) for place in range(len(few.numbers))]

    def _deliver(self, writing: _Writing, lane: Lane, number: int, frames: Frames, taken: int) -> None:
        """Give one recipient what they may have now, through their session."""
        job, session = writing.job, self._roster.session(number, writing.since)
        if session is None:
            job.not_written(None)
            return
        try:
            allowed = frames if job.is_unchanged() else job.still_allowed(session, frames)
            if allowed is None:
                self.frames[job.kind] -= 1
            elif not job.is_counted:
                session.tell(allowed, lane)
            elif not session.deliver(allowed, lane, taken):
                job.not_written(session)
        except Exception:  # a bug with one recipient must not cost the others theirs
            _log.exception("a frame could not be delivered")
            job.not_written(session)

    def _go_on_later(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            self._clock.call_later(0, self._resume)

    def _resume(self) -> None:
        self._is_scheduled = False
        self.run()
