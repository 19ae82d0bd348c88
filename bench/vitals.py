"""A server watched while it works: memory from outside, its loop's lag from `/health`, and who else uses its core."""

import http.client
import json
import os
import threading
from collections.abc import Iterable
from pathlib import Path
from time import monotonic_ns
from types import TracebackType
from typing import Final

from bench.server import Server, ServerFailed

EVERY_S: Final = 0.5
ANSWER_S: Final = 10.0
_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")


class Vitals:
    """Looks every half second, on a thread of its own and one connection, for as long as the context lasts.

    One look at the lag tells of the five seconds before it, so the first may tell of what was before, too.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="vitals", daemon=True)
        self.worst_lag_s: float | None = None  # None: it was never told
        self.slowest_answer_s = 0.0  # of /health itself
        self.highest_rss_kib = 0

    def __enter__(self) -> "Vitals":
        self._connection = http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=ANSWER_S)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        self._connection.close()

    def _watch(self) -> None:
        try:
            while True:
                self._look()
                if self._over.wait(EVERY_S):
                    return
        except ServerFailed:
            return  # it has ended

    def _look(self) -> None:
        began_ns = monotonic_ns()
        try:
            self._connection.request("GET", "/health")
            lag_s = float(json.loads(self._connection.getresponse().read())["loop_lag_s"])
            self.worst_lag_s = max(lag_s, self.worst_lag_s or 0.0)
        except (OSError, http.client.HTTPException):
            self._connection.close()  # the next look opens it anew
        self.slowest_answer_s = max(self.slowest_answer_s, (monotonic_ns() - began_ns) / 1e9)
        self.highest_rss_kib = max(self.highest_rss_kib, self._server.rss_kib())


class Neighbours:
    """Who else used a server's cores since this was made: what makes its times say little about it."""

    MAX_SHARE: Final = 0.2

    def __init__(self, server: Server, cores: Iterable[int]) -> None:
        self._server, self._cores = server, set(cores)
        self._busy_s, self._own_s, self._began_ns = busy_s(self._cores), server.cpu_s(), monotonic_ns()

    def share(self) -> float:
        """Of the time that these cores had."""
        others_s = busy_s(self._cores) - self._busy_s - (self._server.cpu_s() - self._own_s)
        return max(0.0, others_s) / ((monotonic_ns() - self._began_ns) / 1e9 * len(self._cores))


def busy_s(cores: Iterable[int]) -> float:
    """For how long these cores have worked since the machine started, for whomever."""
    wanted = {f"cpu{core}" for core in cores}
    ticks = 0
    for line in Path("/proc/stat").read_text().splitlines():
        name, *fields = line.split()
        if name in wanted:
            user, nice, system, _idle, _iowait, irq, softirq, steal, *_ = map(int, fields)
            ticks += user + nice + system + irq + softirq + steal
    return ticks / _TICKS_PER_S
