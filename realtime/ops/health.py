"""How the server is, in numbers: no content, no places, nobody's name."""

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from realtime.clock import Clock, Timer
from realtime.tally import Figure
from storage.log import StorageError

MAX_LAG_S: Final = 0.25  # above it the server is not well: a red would be late
CHECK_TIMEOUT_S: Final = 2.0
CHECK_LASTS_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeReport:
    """The server's own test alerts: when the last one arrived (Unix seconds), after how long, and failures since."""

    last_at: float | None = None
    took_s: float | None = None
    failures: int = 0
    error: str | None = None


class Vitals(Protocol):
    """What the parts of the server can say of themselves; app.py asks them."""

    @property
    def draining(self) -> bool: ...

    def connected(self) -> int:
        """Sessions that are open now, in both worlds."""

    def positions(self) -> int:
        """Positions in the indexes now."""

    def oldest_unsent_red_s(self) -> float | None:
        """The longest that a red has been waiting, for the log or in an outbox; None if none waits."""

    def probe(self) -> ProbeReport | None:
        """None if the probe is switched off."""

    def figures(self) -> Iterable[Figure]:
        """All that can be counted or measured, for the metrics."""

    async def check_writable(self) -> None:
        """Return if a small write just reached the disk; raise StorageError if not."""


class LoopLag:
    """How late the event loop is: one timer, measured against when it was due."""

    def __init__(self, clock: Clock, *, interval_s: float = 0.1, window_s: float = 5.0) -> None:
        self._clock = clock
        self._interval_s = interval_s
        self._window_s = window_s
        self._due = 0.0
        self._timer: Timer | None = None
        self._late: deque[tuple[float, float]] = deque()  # when, and how late it was then

    def start(self) -> None:
        self._due = self._clock.monotonic() + self._interval_s
        self._timer = self._clock.call_later(self._interval_s, self._fire)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def worst_s(self) -> float:
        """The longest lag of the last `window_s`; one that lasts counts as far as it has come."""
        now = self._clock.monotonic()
        self._forget(now)
        overdue = now - self._due if self._timer is not None else 0.0  # a request may be answered before the timer
        return max(0.0, overdue, *(late for _, late in self._late))

    def _fire(self) -> None:
        now = self._clock.monotonic()
        self._forget(now)
        self._late.append((now, now - self._due))
        self.start()

    def _forget(self, now: float) -> None:
        while self._late and self._late[0][0] <= now - self._window_s:
            self._late.popleft()


class Readiness:
    """Whether new clients should come here. The log is really written to, at most once in CHECK_LASTS_S."""

    def __init__(self, vitals: Vitals, clock: Clock, *, timeout_s: float = CHECK_TIMEOUT_S) -> None:
        self._vitals = vitals
        self._clock = clock
        self._timeout_s = timeout_s
        self._checked_at: float | None = None
        self._log_problem: str | None = None
        self._checking = asyncio.Lock()  # whoever asks meanwhile gets the same answer

    async def problems(self) -> list[str]:
        """What is wrong, one sentence each; empty when ready."""
        async with self._checking:
            if self._checked_at is None or self._clock.monotonic() - self._checked_at > CHECK_LASTS_S:
                self._log_problem = await self._check_log()
                self._checked_at = self._clock.monotonic()
        problems = [self._log_problem] if self._log_problem is not None else []
        if self._vitals.draining:
            problems.append("draining: this server is about to stop")
        return problems

    async def _check_log(self) -> str | None:
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._vitals.check_writable()
        except StorageError as error:
            return f"the log cannot be written: {error}"
        except TimeoutError:
            return f"the log cannot be written: no answer within {self._timeout_s:g} s"
        return None


def health(vitals: Vitals, lag: LoopLag) -> dict[str, Any]:
    """The health document. `well` is false while the loop is, or just was, too late for a red."""
    lag_s = lag.worst_s()
    unsent_s = vitals.oldest_unsent_red_s()
    probe = vitals.probe()
    document: dict[str, Any] = {
        "alive": True,
        "well": lag_s <= MAX_LAG_S,
        "loop_lag_s": round(lag_s, 6),
        "connected": vitals.connected(),
        "positions": vitals.positions(),
        "oldest_unsent_red_s": None if unsent_s is None else round(unsent_s, 6),
        "probe": None,
    }
    if probe is not None:
        document["probe"] = {
            "last_at": probe.last_at,
            "took_s": probe.took_s,
            "failures": probe.failures,
            "error": probe.error,
        }
    return document
