"""A red alert's way from the press to the last phone, cut where it can be measured; and what is inferred, said so."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench.judge import Timing
from bench.sampling import Commits


@dataclass(frozen=True, slots=True)
class Part:
    """One stretch of the way, in ms, and where the figure comes from."""

    name: str
    took_ms: float
    source: str


def typical(reds: Sequence[Timing], commits: Commits) -> list[Part]:
    """The medians of each stretch, over all reds: they add up to about the median of the whole. Empty without reds."""
    if not reds:
        return []
    commit_ms = (commits.median_s or 0.0) * 1e3
    answered_ms = _median_ms([one.answered_ns - one.sent_ns for one in reds])
    return [
        Part(
            "leaves the sender", _median_ms([one.sent_ns for one in reds]), "measured: due until written by the bench"
        ),
        Part(
            "to the server, read, checked; and the answer back",
            max(0.0, answered_ms - commit_ms),
            "inferred: from sent to `ok` at the sender, less the commit",
        ),
        Part(
            "commit: written to the disk",
            min(commit_ms, answered_ms),
            "measured by the server: median of `samverkan_append_seconds` over the run, read off its buckets; all "
            "kinds of events",
        ),
        Part(
            "chosen, encoded, written to the first phone",
            _median_ms([max(0, one.first_ns - one.answered_ns) for one in reds]),
            "measured: from `ok` at the sender to the first receipt; 0 where a phone was sooner than the sender",
        ),
        Part(
            "queue, write, receive: to the last phone",
            _median_ms([one.last_ns - max(one.first_ns, one.answered_ns) for one in reds]),
            "measured: from the first receipt to the last; the bench reads all phones in turn, and that is in it",
        ),
    ]


def slowest(reds: Sequence[Timing]) -> list[Part]:
    """The same of the red that took longest; the commit cannot be told apart in a single one."""
    if not reds:
        return []
    one = max(reds, key=lambda red: red.last_ns)
    turn_ns = max(one.first_ns, one.answered_ns)
    return [
        Part("leaves the sender", one.sent_ns / 1e6, "measured"),
        Part("until the sender's `ok`, commit included", (one.answered_ns - one.sent_ns) / 1e6, "measured"),
        Part("until the first phone", max(0, one.first_ns - one.answered_ns) / 1e6, "measured"),
        Part("until the last phone", (one.last_ns - turn_ns) / 1e6, "measured"),
    ]


def _median_ms(values_ns: Sequence[int]) -> float:
    return median(values_ns) / 1e6
