"""A red alert's way from the press to the last phone, stretch by stretch, each of them measured where it happens.

The press and the receipts are the bench's own; between them stands what the server was seen to do (traced.py), all by
one clock. Of a server that is not the bench's, only what is outside of it is seen, and the rest is named as not seen.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final, NamedTuple

from bench.judge import Timing
from bench.records import Act
from bench.sampling import Commits
from bench.spans import figures_ms
from bench.traced import Way


class Trip(NamedTuple):
    """One red, whole: what the bench saw of it, and what was seen in the server. In ns of the one clock."""

    due_ns: int
    sent_ns: int
    way: Way
    last_ns: int


@dataclass(frozen=True, slots=True)
class Part:
    """One stretch of the way, in ms, and what happens in it or where the figure comes from."""

    name: str
    took_ms: float
    source: str


_Took = Callable[[Trip], int]
STRETCHES: Final[tuple[tuple[str, str, _Took], ...]] = (
    ("press", "from the moment it was due until the sender's socket has it", lambda it: it.sent_ns - it.due_ns),
    (
        "network",
        "until the server reads it; if its loop is busy with something else, that is in it",
        lambda it: it.way.read - it.sent_ns,
    ),
    ("parse", "frame, mask, message and rate: until its handler has it", lambda it: it.way.routed - it.way.read),
    ("check", "form, place and identity: until the writer has it", lambda it: it.way.handed - it.way.routed),
    (
        "turn",
        "until its batch goes to the log: an earlier batch may be there",
        lambda it: it.way.append - it.way.handed,
    ),
    ("commit", "written through to the disk", lambda it: it.way.stored - it.way.append),
    (
        "choose",
        "the sender's `ok`, then who is near, who is a member, and a mark for each",
        lambda it: it.way.chosen - it.way.stored,
    ),
    ("queue", "until its first write: whatever is ahead of it", lambda it: it.way.first - it.way.chosen),
    (
        "write",
        "encoded once for each form, and written to every socket; over the loopback that also takes it to the phone",
        lambda it: it.way.written - it.way.first,
    ),
    (
        "receive",
        "until the last phone has read it: the bench reads all phones in turn on one core",
        lambda it: max(0, it.last_ns - it.way.written),
    ),
)
IN_SERVER: Final = ("parse", "check", "turn", "commit", "choose", "queue", "write")


def trips(reds: Iterable[Timing], acts: Iterable[Act], ways: Mapping[str, Way]) -> list[Trip]:
    """The reds whose whole way was seen."""
    raised = {act.alert: act for act in acts if act.step == 0}
    found = []
    for red in reds:
        act = raised[red.alert]
        way = ways.get(act.alert_id or "")
        if way is not None and way.is_whole:
            found.append(Trip(act.due_ns, act.sent_ns, way, act.due_ns + red.last_ns))
    return found


def stretches(of: Sequence[Trip]) -> list[Part]:
    """The median of each stretch: together they are about the median of the whole. Empty without reds."""
    if not of:
        return []
    return [Part(name, median(took(it) for it in of) / 1e6, source) for name, source, took in STRETCHES]


def single(it: Trip) -> list[Part]:
    return [Part(name, took(it) / 1e6, source) for name, source, took in STRETCHES]


def slowest(of: Sequence[Trip]) -> Trip:
    return max(of, key=lambda it: it.last_ns - it.due_ns)


def server_ns(of: Iterable[Trip]) -> list[int]:
    """From the read to the last write."""
    return [it.way.written - it.way.read for it in of]


def as_json(of: Sequence[Trip], reds: int) -> dict[str, Any]:
    """What a machine reads: percentiles of each stretch; without any way seen, the names of what was not."""
    told = [
        {"stretch": name, "what": source, **figures_ms([max(0, took(it)) for it in of])}
        for name, source, took in (STRETCHES if of else ())
    ]
    return {"reds": reds, "seen": len(of), "stretches": told, "not_seen": [] if of else list(IN_SERVER)}


# --- a server that is not ours ---------------------------------------------------------------------------------------


def outside(reds: Sequence[Timing], commits: Commits) -> list[Part]:
    """What can be told of a server from outside: medians over all reds. Empty without reds."""
    if not reds:
        return []
    commit_ms = (commits.median_s or 0.0) * 1e3
    answered_ms = _median_ms(one.answered_ns - one.sent_ns for one in reds)
    return [
        Part("press", _median_ms(one.sent_ns for one in reds), "measured: due until written by the bench"),
        Part(
            "network, parse, check, turn; and the answer back",
            max(0.0, answered_ms - commit_ms),
            "inferred: from sent to `ok` at the sender, less the commit",
        ),
        Part(
            "commit",
            min(commit_ms, answered_ms),
            "told by the server: median of `samverkan_append_seconds` over the run, read off its buckets; all kinds of "
            "events",
        ),
        Part(
            "choose, queue, first write",
            _median_ms(max(0, one.first_ns - one.answered_ns) for one in reds),
            "measured: from `ok` at the sender to the first receipt; 0 where a phone was sooner than the sender",
        ),
        Part(
            "write, receive",
            _median_ms(one.last_ns - max(one.first_ns, one.answered_ns) for one in reds),
            "measured: from the first receipt to the last; the bench reads all phones in turn, and that is in it",
        ),
    ]


def _median_ms(values_ns: Iterable[int]) -> float:
    return median(values_ns) / 1e6
