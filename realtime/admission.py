"""Letting in so many a second, and giving each of the rest a time of their own."""

from typing import Final

from realtime.clock import Clock

MAX_AHEAD_S: Final = 10.0
LATER_S: Final = (5.0, 15.0)  # spread over these, whoever finds no turn to book comes back


class Admission:
    """A queue in which nobody has to be kept: whoever is too many books a turn, and is told when it is.

    The generic cell rate algorithm (ITU-T I.371): all there is to remember is when the next one would be due if all
    came evenly. `burst` may come at once.
    """

    def __init__(self, clock: Clock, per_s: float, burst: int) -> None:
        self._clock = clock
        self._interval_s = 1.0 / per_s
        self._ahead_s = (burst - 1) / per_s + 1e-6  # times are sums of intervals: what rounding adds is no lateness
        self._due_at = 0.0

    def admits(self) -> bool:
        """Whether one more may come now; that one is counted."""
        now = self._clock.monotonic()
        if self._due_at - now > self._ahead_s:
            return False
        self._due_at = max(self._due_at, now) + self._interval_s
        return True

    def book(self) -> float | None:
        """When the next free turn is (monotonic); it is taken, and nobody else gets it.

        None if that is further away than MAX_AHEAD_S: whoever books and never comes may not lock out all others.
        """
        now = self._clock.monotonic()
        turn_at = max(self._due_at - self._ahead_s, now)
        if turn_at - now > MAX_AHEAD_S:
            return None
        self._due_at = max(self._due_at, now) + self._interval_s
        return turn_at
