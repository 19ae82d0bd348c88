"""What was promised, held against a run: T1-T8 of the time budget, and the targets that the server is built for.

A promise counts for so many connected. A run with fewer proves nothing, nor does one whose generator was busy with
itself: its figures are shown, and the verdict is `unproven`. What a run does not exercise is `elsewhere`, with the
command that does. Times are those of the *last* recipient of each alert, from when the alert was due: the strictest
reading, since a server can only be late for the last. A miss while somebody else used the server's core proves nothing
either: a neighbour makes a server late. What is kept in spite of one is kept.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from rich.text import Text

from bench.judge import Timing
from bench.plan_alerts import QUIET
from bench.spans import figures_ms
from bench.vitals import Neighbours
from realtime.messages import Level

State: TypeAlias = Literal["met", "missed", "unproven", "elsewhere"]
CASES: Final = ("spot", "path")  # streams whose alerts reach 500 near and a room of 150
FEWEST: Final = 600  # recipients of such an alert: somebody may be near and in the room, and some may be deaf
PLATFORM: Final = "samverkan bench deadline --profile platform-70k"
STORM: Final = "samverkan bench deadline --profile reconnect-storm"
STYLE: Final = {"met": "bold green", "missed": "bold red", "unproven": "bold yellow", "elsewhere": "dim"}
AT: Final = ("p50", "p99", "max")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Of a run, what promises are about."""

    timings: Sequence[Timing]
    connected: int
    valid: bool
    faults: int  # lost, doubled, wrong or disordered
    outran_log: int = 0
    deaf: int = 0
    others: float = 0.0  # the share of the server's core that somebody else used
    chat_ms: np.ndarray = field(default_factory=lambda: np.zeros(0))  # of each message to a room, at its last member
    in_server_ms: np.ndarray = field(default_factory=lambda: np.zeros(0))  # of each red to 500: read to last write
    position_ms: np.ndarray = field(default_factory=lambda: np.zeros(0))  # from sent to `ok`
    rss_kib_per_connection: float | None = None
    storm_ms: np.ndarray | None = None  # of each red during a storm
    returned: int = 0


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised, in words and as limits of `p50`, `p99` or `max`; for how many connected; what measures it."""

    name: str
    text: str
    command: str  # or why there is none
    limits: Mapping[str, float] = field(default_factory=dict)
    needs: int = 0
    unit: str = "ms"

    @property
    def timed(self) -> bool:
        return self.unit == "ms"


_T1: Final = {"p50": 50.0, "p99": 250.0, "max": 1_000.0}
_WORKERS: Final = "needs several workers, which the server does not have yet: a process holds 19,000"
TIME_BUDGET: Final = (
    Promise("T1", "red to 500 near and a room of 150, 10,000 connected", PLATFORM, _T1, 10_000),
    Promise("T2", "the same, 70,000 connected", _WORKERS, {"p99": 1_000.0, "max": 3_000.0}, 70_000),
    Promise("T3", "yellow, same case", PLATFORM, {"p99": 2_000.0, "max": 5_000.0}, 10_000),
    Promise("T4", "first red after 120 s of silence", f"{PLATFORM} --seconds 240", _T1, 10_000),
    Promise("T5", "red while 10,000 reconnect", STORM, {"p99": 250.0, "max": 1_000.0}, 10_000),
    Promise("T6", "correction of T1", PLATFORM, _T1, 10_000),
    Promise("T7", "position until its `ok`: from then on it is found", PLATFORM, {"p99": 1_000.0}),
    Promise("T8", "T1 while 5 % read nothing, at the others", f"{PLATFORM} --deaf 0.05", _T1, 10_000),
)
RED: Final = Promise(
    "red",
    "500 near and a room of 150, 10,000 connected and moving; durable",
    PLATFORM,
    {"p50": 15.0, "p99": 50.0},
    10_000,
)
INSIDE: Final = Promise("red, inside", "the same, from received to the last write", PLATFORM, {"p50": 10.0}, 10_000)
YELLOW: Final = Promise("yellow", "same load", PLATFORM, {"p99": 100.0}, 10_000)
CHAT: Final = Promise("chat", "a message to a room of 150, same load", PLATFORM, {"p99": 100.0}, 10_000)
MEMORY: Final = Promise(
    "memory",
    "of a connection with session, position and memberships",
    "python -m bench.memory",
    {"max": 9.0},
    1_000,
    "KiB",
)
ACCOUNTING: Final = Promise("accounting", "lost, doubled, or to the wrong person", "", {"max": 0.0}, unit="")
ELSEWHERE: Final = (
    Promise("fan-out", "all 10,000 near: last within 1.3 × a bare loop", "python -m bench.delivery --recipients 10000"),
    Promise("delivery", "processor time at most 1.2 × a loop of transport.write", "python -m bench.delivery"),
    Promise("position", "in, decoded and indexed at most 1.3 × decoding it", "python -m bench.inbound"),
    Promise("index", "updates a second, and who is near of 70,000", "python -m bench.geo"),
    Promise("coming back", "10,000 within 10 s, each having missed 20", "python -m bench.storm"),
    Promise("handshake", "with hello and token at most 300 µs", "python -m bench.handshake"),
    Promise("70,000", "over several workers: red p99 at most 500 ms", _WORKERS),
)
_NONE: Final = np.zeros(0)


@dataclass(frozen=True, slots=True)
class Judged:
    """One promise, what was found, and what follows."""

    promise: Promise
    state: State
    figures: Mapping[str, float] = field(default_factory=dict)
    count: int = 0
    note: str = ""

    @property
    def name(self) -> str:
        return self.promise.name

    @property
    def found(self) -> str:
        return self._told(self.figures)

    @property
    def allowed(self) -> str:
        return self._told(self.promise.limits)

    def _told(self, values: Mapping[str, float]) -> str:
        """Only times have percentiles to be named."""
        named = [
            f"{name} {values[name]:,.4g}" if self.promise.timed else f"{values[name]:,.4g}"
            for name in self.promise.limits
            if name in values
        ]
        return f"{', '.join(named)} {self.promise.unit}".strip()

    def line(self) -> Text:
        word = self.state.upper() if self.state == "missed" else self.state
        note = f"; {self.note}" if self.note else ""
        counted = f" of {self.count:,}" if self.count else ""
        return Text(f"{word:<9}", STYLE[self.state]).append(
            f"{self.name}: {self.promise.text}: {self.found}{counted} (at most {self.allowed}){note}", "default"
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "promise": self.promise.text,
            "state": self.state,
            "unit": self.promise.unit,
            "limits": dict(self.promise.limits),
            "figures": dict(self.figures),
            "count": self.count,
            "note": self.note,
        }


def time_budget(facts: Facts) -> list[Judged]:
    """T1 to T8 of the mission."""
    red, yellow = of_500(facts, "red"), of_500(facts, "yellow")
    storm = facts.storm_ms if facts.storm_ms is not None else _NONE
    found = {
        "T1": red,
        "T2": red if facts.connected >= 70_000 else _NONE,
        "T3": yellow,
        "T4": _last_ms(facts, lambda one: one.step == 0 and one.case == QUIET),
        "T5": storm,
        "T6": _last_ms(facts, lambda one: one.corrects and one.level == "red" and is_full(one)),
        "T7": facts.position_ms,
        "T8": red if facts.deaf else _NONE,
    }
    return [
        _timed(facts, promise, found[promise.name], facts.returned if promise.name == "T5" else facts.connected)
        for promise in TIME_BUDGET
    ]


def design(facts: Facts) -> list[Judged]:
    """What the server is built for, so that the promise holds on a bad day and a small machine."""
    durable = "every red was on disk first" if not facts.outran_log else f"{facts.outran_log} went out before the disk"
    rss = facts.rss_kib_per_connection
    memory = {} if rss is None else {"max": rss}
    return [
        _timed(facts, RED, of_500(facts, "red"), facts.connected, durable),
        _timed(facts, INSIDE, facts.in_server_ms, facts.connected),
        _timed(facts, YELLOW, of_500(facts, "yellow"), facts.connected),
        _timed(facts, CHAT, facts.chat_ms, facts.connected),
        _judged(facts, MEMORY, memory, facts.connected, note="all that it grew by while they connected and joined"),
        _judged(facts, ACCOUNTING, {"max": float(facts.faults)}, facts.connected),
        *(Judged(promise, "elsewhere", note=promise.command) for promise in ELSEWHERE),
    ]


def is_full(one: Timing) -> bool:
    """Whether it is the case that promises are about: 500 near, and a room of 150."""
    return one.case in CASES and one.recipients >= FEWEST


def of_500(facts: Facts, level: Level) -> np.ndarray:
    """When the last had each alert of that case, in ms."""
    return _last_ms(facts, lambda one: one.step == 0 and one.level == level and is_full(one))


def _last_ms(facts: Facts, which: Callable[[Timing], bool]) -> np.ndarray:
    return np.array([one.last_ns for one in facts.timings if which(one)]) / 1e6


def _timed(facts: Facts, promise: Promise, values_ms: np.ndarray, connected: int, note: str = "") -> Judged:
    """Judged by the percentiles of these times."""
    figures = {at: round(figures_ms(values_ms * 1e6)[at], 3) for at in AT} if len(values_ms) else {}
    return _judged(facts, promise, figures, connected, len(values_ms), note)


def _judged(
    facts: Facts, promise: Promise, figures: dict[str, float], connected: int, count: int = 0, note: str = ""
) -> Judged:
    if not figures:
        return Judged(promise, "elsewhere", note=promise.command)
    kept = all(figures[at] <= limit for at, limit in promise.limits.items())
    unproven = ""
    if not facts.valid and (kept or promise.timed):
        unproven = "the run is not valid"
    elif not kept and promise.timed and facts.others > Neighbours.MAX_SHARE:
        # Whoever else was on its core can have made it late, but not fast.
        unproven = f"others had {facts.others:.0%} of the server's core"
    elif kept and connected < promise.needs:
        unproven = f"{connected:,} connected, and it is for {promise.needs:,}"
    state: State = "unproven" if unproven else "met" if kept else "missed"
    return Judged(promise, state, figures, count, "; ".join(filter(None, (unproven, note))))


def lines(rows: Sequence[Judged]) -> list[Text]:
    """For the terminal: a line for each that the run tells of, and one for each command that tells of others."""
    elsewhere: dict[str, list[str]] = defaultdict(list)
    for one in rows:
        if one.state == "elsewhere":
            elsewhere[one.note].append(one.name)
    return [
        *(one.line() for one in rows if one.state != "elsewhere"),
        *(Text(f"{'–':<9}{', '.join(names)}: not in this profile: {note}", "dim") for note, names in elsewhere.items()),
    ]
