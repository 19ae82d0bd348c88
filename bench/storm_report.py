"""A reconnect storm told twice: lines for the terminal, JSON for machines."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bench import machine
from bench.judge import Verdict
from bench.records import NEVER, Records, Times
from bench.storm_course import Load
from bench.storm_judge import Fault, StormVerdict
from bench.storm_records import CrowdRecords, Return
from bench.storm_swarm import How
from bench.targets import Target, all_met
from bench.vitals import Neighbours

FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)
CATCH_UP_S: Final = 2.0  # after the last first attempt
RED_MS: Final = 250.0

# Beyond these the generator measured itself.
MAX_GENERATOR_CPU: Final = 0.9  # of the cores that are not the server's, all its processes together
MAX_LAG_MS: Final = 25.0  # a tenth of what a red may take
MAX_LATE_MS: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StormReport:
    how: How
    clients: int
    away_s: float
    within_s: float
    seed: int
    missed: float
    crowds: Sequence[CrowdRecords]
    stayers: Records
    verdict: StormVerdict
    red_verdict: Verdict
    load: Load
    generator_cores: int

    # --- times -------------------------------------------------------------------------------------------------------

    @property
    def returns(self) -> list[Return]:
        return [one for crowd in self.crowds for one in crowd.returns if one.visits]

    @property
    def first_ns(self) -> int:
        return min((one.visits[0].knocked_ns for one in self.returns), default=0)

    @property
    def last_ns(self) -> int:
        return max((one.visits[-1].live_ns for one in self.returns if one.visits[-1].live_ns != NEVER), default=0)

    @property
    def all_back_s(self) -> float | None:
        """From the first attempt of all to the last client live; None if somebody never was."""
        return (self.last_ns - self.first_ns) / 1e9 if self.verdict.back == self.clients else None

    def own_ms(self, *, from_last_attempt: bool = False) -> np.ndarray:
        """Each client's way: from its first attempt, or from the one that came to something, to `live`."""
        which = -1 if from_last_attempt else 0
        took = [(one.visits[-1].live_ns, one.visits[which].knocked_ns) for one in self.returns]
        return np.array([live_ns - knocked_ns for live_ns, knocked_ns in took if live_ns != NEVER]) / 1e6

    def reds_ms(self, *, during: bool) -> np.ndarray:
        """By red: from when it was due to the last of those connected, if it was due in the storm or before it."""
        deliveries = self.stayers.deliveries
        numbers = {id: number for number, id in enumerate(deliveries.ids)}
        found = []
        for act in self.stayers.acts:
            rows: Times = deliveries.received_ns[deliveries.alert == numbers.get(act.alert_id or "", -1)]
            wanted = self.first_ns <= act.due_ns <= self.last_ns if during else act.due_ns < self.first_ns
            if wanted and len(rows):
                found.append((int(rows.max()) - act.due_ns) / 1e6)
        return np.array(found)

    # --- verdicts ----------------------------------------------------------------------------------------------------

    @property
    def targets(self) -> list[Target]:
        reds = self.reds_ms(during=True)
        wrong = self.verdict.faults.total() + self.red_verdict.faults.total() + self.red_verdict.unanswered
        return [
            Target("lost, doubled, disordered, wrong or never live, reds included", wrong, 0),
            Target("first attempt to last client caught up", self.all_back_s, self.within_s + CATCH_UP_S, "s"),
            Target("red at the last of those connected, p99", _at(reds, 99), RED_MS, "ms"),
        ]

    @property
    def generator_cpu(self) -> float:
        """Of the cores that it had, all processes together."""
        stayers = sum(one.cpu for one in self.stayers.generators)
        return (sum(one.generator.cpu for one in self.crowds) + stayers) / self.generator_cores

    @property
    def invalid_because(self) -> list[str]:
        reasons = []
        if self.load.others > Neighbours.MAX_SHARE:
            most = Neighbours.MAX_SHARE
            reasons.append(f"others had {self.load.others:.0%} of the server's core, above {most:.0%}")
        if self.generator_cpu > MAX_GENERATOR_CPU:
            reasons.append(f"the generator's CPU was {self.generator_cpu:.0%}, above {MAX_GENERATOR_CPU:.0%}")
        for name, lag_ms in self._lags_ms().items():
            if lag_ms > MAX_LAG_MS:
                reasons.append(f"the loop lag of {name} was {lag_ms:.1f} ms (p99), above {MAX_LAG_MS:.0f} ms")
        late_ms = max((_at(one.late_ns / 1e6, 99) or 0.0 for one in self.stayers.generators), default=0.0)
        if late_ms > MAX_LATE_MS:
            reasons.append(f"reds left {late_ms:.1f} ms late (p99), above {MAX_LATE_MS:.0f} ms")
        if not self.verdict.expected:
            reasons.append("nobody had missed anything")
        return reasons

    def _lags_ms(self) -> dict[str, float]:
        lags = {f"crowd {number}": one.generator.lag_ns for number, one in enumerate(self.crowds, 1)}
        lags["those connected"] = self.stayers.generators[0].lag_ns
        return {name: _at(lag_ns / 1e6, 99) or 0.0 for name, lag_ns in lags.items()}

    @property
    def passed(self) -> bool:
        return all_met(self.targets) and not self.invalid_because

    # --- for machines ------------------------------------------------------------------------------------------------

    def _attempts(self) -> Counter[str]:
        return Counter(visit.ended for one in self.returns for visit in one.visits if visit.ended is not None)

    def as_json(self) -> dict[str, Any]:
        load = self.load
        return {
            "how": self.how,
            "clients": self.clients,
            "away_s": self.away_s,
            "within_s": self.within_s,
            "seed": self.seed,
            "missed_each": round(self.missed, 2),
            "valid": not self.invalid_because,
            "invalid_because": self.invalid_because,
            "passed": self.passed,
            "targets": [target.as_json() for target in self.targets],
            "faults": {fault: self.verdict.faults[fault] for fault in FAULTS},
            "red_faults": dict(self.red_verdict.faults),
            "examples": self.verdict.examples + self.red_verdict.examples,
            "expected": self.verdict.expected,
            "delivered": self.verdict.delivered,
            "back": self.verdict.back,
            "all_back_s": self.all_back_s,
            "own_ms": _figures(self.own_ms()),
            "let_in_ms": _figures(self.own_ms(from_last_attempt=True)),
            "red_before_ms": _figures(self.reds_ms(during=False)),
            "red_during_ms": _figures(self.reds_ms(during=True)),
            "attempts_ended": dict(self._attempts()),
            "told_busy": sum(visit.busy for one in self.returns for visit in one.visits),
            "server": {
                "cpu": round(load.cpu_s / load.elapsed_s, 4),
                "cpu_ms_per_client": round(load.cpu_s * 1e3 / self.clients, 3),
                "rss_before_kib": load.rss_before_kib,
                "rss_after_kib": load.rss_after_kib,
                "rss_highest_kib": load.rss_highest_kib,
                "worst_lag_s": load.worst_lag_s,
                "slowest_health_s": round(load.slowest_answer_s, 3),
                "others_on_its_core": round(load.others, 4),
                "down_s": load.down_s,
            },
            "generator": {
                "cpu": round(self.generator_cpu, 4),
                "cpu_ms_per_client": round(sum(one.cpu_s for one in self.crowds) * 1e3 / self.clients, 3),
                "cores": self.generator_cores,
                "lag_p99_ms": self._lags_ms(),
            },
            "machine": machine.describe(),
        }

    # --- for the terminal --------------------------------------------------------------------------------------------

    def as_table(self) -> RenderableType:
        title = f"{self.clients:,} come back within {self.within_s:g} s ({self.how}), each missed {self.missed:.1f}"
        table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
        for name in ("ms", "n", "p50", "p99", "max"):
            table.add_column(name, justify="left" if name == "ms" else "right", no_wrap=True)
        for label, values in (
            ("first attempt to caught up, each client", self.own_ms()),
            ("the same from the attempt that was let in", self.own_ms(from_last_attempt=True)),
            ("red at the last of those connected, before", self.reds_ms(during=False)),
            ("red at the last of those connected, in the storm", self.reds_ms(during=True)),
        ):
            if len(values):
                figures = _figures(values)
                table.add_row(label, f"{len(values):,}", *(f"{figures[name]:,.1f}" for name in ("p50", "p99", "max")))
        lines = [Text(line) for line in self.lines()]
        verdicts = [target.line() for target in self.targets]
        bad = [f"invalid: {reason}" for reason in self.invalid_because]
        bad += self.verdict.examples + self.red_verdict.examples
        return Group(table, *lines, *verdicts, *(Text(line, "bold red") for line in bad))

    def lines(self) -> list[str]:
        verdict, load = self.verdict, self.load
        own = load.cpu_s / load.elapsed_s
        lag = "not told" if load.worst_lag_s is None else f"at most {load.worst_lag_s * 1e3:.0f} ms"
        back = "not all are back" if self.all_back_s is None else f"all back after {self.all_back_s:.2f} s"
        lines = [
            f"{back}; {verdict.delivered:,} events came, of {verdict.expected:,} missed; "
            + ", ".join(f"{fault} {verdict.faults[fault]:,}" for fault in FAULTS),
            f"server: CPU {own:.0%} of its core, of which others took {load.others:.0%}, "
            f"{load.cpu_s * 1e3 / self.clients:.2f} ms for each client; loop lag {lag}, /health answered within "
            f"{load.slowest_answer_s * 1e3:.0f} ms",
            f"server: RSS {load.rss_before_kib / 1024:.0f} MiB before, {load.rss_after_kib / 1024:.0f} after, "
            f"at most {load.rss_highest_kib / 1024:.0f}",
            f"generator: CPU {self.generator_cpu:.0%} of {self.generator_cores} core(s); loop lag p99 "
            + ", ".join(f"{lag_ms:.1f} ms ({name})" for name, lag_ms in self._lags_ms().items()),
        ]
        if load.down_s is not None:
            lines.append(f"the server was away for {load.down_s:.2f} s")
        busy = sum(visit.busy for one in self.returns for visit in one.visits)
        ended = [f"{count:,} × {reason}" for reason, count in self._attempts().most_common(6)]
        if busy or ended:
            lines.append("; ".join([f"told to say hello later: {busy:,}", *ended]))
        return [*lines, machine.line()]


def _at(values: np.ndarray, percentile: float) -> float | None:
    return round(float(np.percentile(values, percentile)), 3) if len(values) else None


def _figures(values_ms: np.ndarray) -> dict[str, float]:
    if not len(values_ms):
        return {"count": 0}
    at = {f"p{percentile}": round(float(np.percentile(values_ms, percentile)), 3) for percentile in (50, 90, 99)}
    return {"count": len(values_ms), **at, "max": round(float(values_ms.max()), 3)}
