"""A server watched during a run: processor and memory from outside, the loop's lag and the queues as it tells them.

It asks `/health` twice a second and `/metrics` once in two, on a thread and a connection of its own. That costs the
server some milliseconds a minute, which are in every figure of the run.
"""

import http.client
import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic_ns
from types import TracebackType
from typing import Final
from urllib.parse import urlsplit

from bench.server import Server, ServerFailed

EVERY_S: Final = 0.5
METRICS_EVERY: Final = 4  # looks
ANSWER_S: Final = 10.0
LAG_WINDOW_NS: Final = 5_000_000_000  # of which `loop_lag_s` is the worst
_LINE: Final = re.compile(r'^samverkan_(\w+)(?:\{le="([^"]+)"\})? ([-+.\deEinf]+)$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sample:
    """One look. None: not told, or not ours to see."""

    at_ns: int
    cpu_s: float | None = None  # since the server started
    rss_kib: int | None = None
    loop_lag_s: float | None = None  # the worst of the five seconds before
    outbox_bytes: float | None = None
    waiting_acts: float | None = None


@dataclass(frozen=True, slots=True)
class Commits:
    """Appends to the log during a run, from the server's own histogram: how many, and how many took at most so long."""

    count: int = 0
    total_s: float = 0.0
    at_most: tuple[tuple[float, int], ...] = ()  # (seconds, how many), both rising

    @property
    def mean_s(self) -> float | None:
        return self.total_s / self.count if self.count else None

    def at_most_s(self, percentile: float) -> float | None:
        """The bound of the bucket in which this percentile lies: no more is known."""
        wanted = self.count * percentile / 100
        return next((bound_s for bound_s, count in self.at_most if self.count and count >= wanted), None)

    @property
    def median_s(self) -> float | None:
        """Read off the buckets, as if the values in one were even between its bounds."""
        below_s, below = 0.0, 0
        for bound_s, count in self.at_most:
            if self.count and count >= self.count / 2:
                part = (self.count / 2 - below) / max(1, count - below)
                return below_s if bound_s == float("inf") else below_s + part * (bound_s - below_s)
            below_s, below = bound_s, count
        return None


@dataclass(slots=True)
class Sampled:
    samples: list[Sample] = field(default_factory=list)
    commits: Commits = field(default_factory=Commits)

    def worst_lag_s(self, start_ns: int) -> float | None:
        """Since then: the earlier looks tell of the time before it, too. None: it was never told."""
        since_ns = start_ns + LAG_WINDOW_NS
        lags = [one.loop_lag_s for one in self.samples if one.loop_lag_s is not None and one.at_ns >= since_ns]
        return max(lags, default=None)

    @property
    def most_outbox_bytes(self) -> float | None:
        return max((one.outbox_bytes for one in self.samples if one.outbox_bytes is not None), default=None)


class Sampling:
    """Looks every half second for as long as the context lasts; `sampled` is whole after it."""

    def __init__(self, url: str, server: Server | None) -> None:
        at = urlsplit(url)
        self._server = server
        self._connection = http.client.HTTPConnection(at.hostname or "", at.port or 80, timeout=ANSWER_S)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="sampling", daemon=True)
        self.sampled = Sampled()

    def __enter__(self) -> "Sampling":
        self._before = figures(self._ask("/metrics"))
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        self.sampled.commits = commits(self._before, figures(self._ask("/metrics")))
        self._connection.close()

    def _watch(self) -> None:
        looks = 0
        while True:
            try:
                self.sampled.samples.append(self._look(looks % METRICS_EVERY == 0))
            except (ServerFailed, OSError):
                return  # it has ended
            looks += 1
            if self._over.wait(EVERY_S):
                return

    def _look(self, thoroughly: bool) -> Sample:
        now_ns = monotonic_ns()
        cpu_s = self._server.cpu_s() if self._server else None
        rss_kib = self._server.rss_kib() if self._server else None
        told = self._ask("/health")
        lag_s = float(json.loads(told)["loop_lag_s"]) if told.startswith("{") else None
        found = figures(self._ask("/metrics")) if thoroughly else {}
        return Sample(now_ns, cpu_s, rss_kib, lag_s, found.get(("outbox_bytes", "")), found.get(("waiting_acts", "")))

    def _ask(self, path: str) -> str:
        """What the server says there; nothing, if it says nothing."""
        try:
            self._connection.request("GET", path)
            return self._connection.getresponse().read().decode()
        except (OSError, http.client.HTTPException):
            self._connection.close()  # the next look opens it anew
            return ""


def figures(text: str) -> dict[tuple[str, str], float]:
    """Prometheus' text as (name, bound of the bucket): value, of all that has no other label."""
    return {(name, bound): float(value) for name, bound, value in _LINE.findall(text)}


def commits(before: Mapping[tuple[str, str], float], after: Mapping[tuple[str, str], float]) -> Commits:
    """What was appended between two looks."""

    def rise(name: str, bound: str = "") -> float:
        return after.get((name, bound), 0.0) - before.get((name, bound), 0.0)

    bounds = sorted((float(bound), bound) for name, bound in after if name == "append_seconds_bucket")
    return Commits(
        count=int(rise("append_seconds_count")),
        total_s=rise("append_seconds_sum"),
        at_most=tuple((bound_s, int(rise("append_seconds_bucket", bound))) for bound_s, bound in bounds),
    )
