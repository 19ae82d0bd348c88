"""Stand-ins that tests move by hand."""

import heapq
import itertools
from collections.abc import Callable


class FakeTimer:
    def __init__(self, at: float, callback: Callable[[], None]) -> None:
        self.at = at
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self.callback = None


class FakeClock:
    """Time that stands still until a test moves it; timers fire in order on the way."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self._start = now
        self._elapsed_s = 0.0
        self._timers: list[tuple[float, int, FakeTimer]] = []
        self._number = itertools.count()

    def now(self) -> float:
        return self._start + self._elapsed_s

    def monotonic(self) -> float:
        return 1_000.0 + self._elapsed_s

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> FakeTimer:
        timer = FakeTimer(self._elapsed_s + delay_s, callback)
        heapq.heappush(self._timers, (timer.at, next(self._number), timer))
        return timer

    def advance(self, seconds: float) -> None:
        """Move time forward, and run every timer that falls due, at its own time."""
        until = self._elapsed_s + seconds
        while self._timers and self._timers[0][0] <= until:
            at, _, timer = heapq.heappop(self._timers)
            self._elapsed_s = max(self._elapsed_s, at)
            if timer.callback is not None:
                timer.callback()
        self._elapsed_s = max(self._elapsed_s, until)  # a callback may have stalled

    def set(self, by_s: float) -> None:
        """Set the clock on the wall forward, or back; timers go on as they were."""
        self._start += by_s

    def stall(self, seconds: float) -> None:
        """Let time pass while the loop is busy: timers fall due, and fire late, at the next advance."""
        self._elapsed_s += seconds
