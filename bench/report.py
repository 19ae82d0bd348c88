"""A run told three ways: a table for the terminal, JSON for machines, a plot for the eye."""

from dataclasses import dataclass
from typing import Any, Final, get_args

import numpy as np
from hdrh.histogram import HdrHistogram
from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bench import machine
from bench.judge import Fault, Latencies, Verdict, What
from bench.records import Records
from bench.workload import Profile
from realtime.messages import Level

LEVELS: Final[tuple[Level, ...]] = get_args(Level)
FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)
ROWS: Final[tuple[tuple[What, str, str], ...]] = (
    ("answer", "every", "sender's ok"),
    ("alert", "every", "alert, each recipient"),
    ("alert", "last", "alert, last recipient"),
    ("update", "every", "update, each holder"),
    ("update", "last", "update, last holder"),
)
STYLE: Final = {"red": "bold red", "yellow": "yellow", "info": "cyan"}

# Beyond these the generator was so busy that it measured itself.
MAX_GENERATOR_CPU: Final = 0.9
MAX_GENERATOR_LAG_MS: Final = 10.0
MAX_LATE_MS: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLoad:
    """What the server cost, from outside; nothing is known of one that was not ours."""

    cpu_s: float
    elapsed_s: float
    rss_before_kib: int
    rss_connected_kib: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    profile: Profile
    clients: int
    seconds: float
    seed: int
    records: Records
    verdict: Verdict
    load: ServerLoad | None

    @property
    def invalid_because(self) -> list[str]:
        """Why the figures say more about the generator than about the server; empty for a valid run."""
        reasons = []
        for generator in self.records.generators:
            lag_ms, late_ms = _percentile_ms(generator.lag_ns, 99), _percentile_ms(generator.late_ns, 99)
            if generator.cpu > MAX_GENERATOR_CPU:
                reasons.append(f"the generator's CPU was {generator.cpu:.0%}, above {MAX_GENERATOR_CPU:.0%}")
            if lag_ms > MAX_GENERATOR_LAG_MS:
                reasons.append(f"the generator's loop lag p99 was {lag_ms:.1f} ms, above {MAX_GENERATOR_LAG_MS:.0f} ms")
            if late_ms > MAX_LATE_MS:
                reasons.append(f"alerts left {late_ms:.1f} ms late (p99), above {MAX_LATE_MS:.0f} ms")
        if not self.verdict.expected:
            reasons.append("nobody had to get anything")
        return reasons

    @property
    def passed(self) -> bool:
        """A valid run, in which everybody got all that was theirs and kept the connection, and nothing was refused."""
        records = self.records
        clean = not (records.closed or records.refused or records.miscounted)
        return self.verdict.complete and clean and not self.invalid_because

    def as_json(self) -> dict[str, Any]:
        verdict, records, load = self.verdict, self.records, self.load
        return {
            "profile": self.profile.name,
            "clients": self.clients,
            "seconds": self.seconds,
            "seed": self.seed,
            "quotas": self.profile.quotas,
            "valid": not self.invalid_because,
            "invalid_because": self.invalid_because,
            "passed": self.passed,
            **{fault: verdict.faults[fault] for fault in FAULTS},
            "unanswered": verdict.unanswered,
            "miscounted": records.miscounted,
            "refused": dict(records.refused),
            "disconnected": dict(records.closed),
            "examples": verdict.examples,
            "connected": records.connected,
            "alerts": verdict.raised,
            "updates": verdict.updated,
            "outran_log": verdict.outran_log,
            "expected": verdict.expected,
            "delivered": verdict.delivered,
            "walked_in": verdict.walked_in,
            "foreign": verdict.foreign,
            "positions": len(records.positions.client),
            "band": {
                "pairs": verdict.band,
                "received": verdict.band_received,
                "share": round(verdict.band / max(1, verdict.expected), 5),
            },
            "answer_ms": self._by_level("answer", "every"),
            "recipient_ms": self._by_level("alert", "every"),
            "last_recipient_ms": self._by_level("alert", "last"),
            "update_recipient_ms": self._by_level("update", "every"),
            "update_last_recipient_ms": self._by_level("update", "last"),
            "server_cpu": round(load.cpu_s / load.elapsed_s, 4) if load else None,
            "server_cpu_us_per_delivery": round(self.cpu_us_per_delivery, 2) if load else None,
            "rss_kib_per_connection": round(self.rss_kib_per_connection, 2) if load else None,
            "generator": [
                {
                    "cpu": round(one.cpu, 4),
                    "lag_ms": {"p50": _percentile_ms(one.lag_ns, 50), "p99": _percentile_ms(one.lag_ns, 99)},
                    "late_ms": {"p50": _percentile_ms(one.late_ns, 50), "p99": _percentile_ms(one.late_ns, 99)},
                }
                for one in records.generators
            ],
            "machine": machine.describe(),
        }

    @property
    def cpu_us_per_delivery(self) -> float:
        """All that the server did in the run, positions and pings too, spread over its deliveries."""
        return self.load.cpu_s * 1e6 / max(1, self.verdict.delivered) if self.load else 0.0

    @property
    def rss_kib_per_connection(self) -> float:
        return (self.load.rss_connected_kib - self.load.rss_before_kib) / self.clients if self.load else 0.0

    def as_table(self) -> RenderableType:
        title = f"{self.profile.name}: {self.records.connected:,} connected, {self.seconds:.0f} s"
        table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
        for name in ("ms from due", "", "n", "p50", "p90", "p99", "max"):
            table.add_column(name, justify="left" if name in ("ms from due", "") else "right", no_wrap=True)
        for what, which, label in ROWS:
            for level, figures in self._by_level(what, which).items():
                cells = (f"{figures[name]:.1f}" for name in ("p50", "p90", "p99", "max"))
                table.add_row(label, Text(level, STYLE[level]), f"{figures['count']:,}", *cells)
                label = ""
        return Group(table, *map(Text, self._lines()), self._conclusion())

    def _lines(self) -> list[str]:
        verdict, records, load = self.verdict, self.records, self.load
        lines = [
            "  ".join(f"{fault} {verdict.faults[fault]:,}" for fault in FAULTS)
            + f"  of {verdict.expected:,} alerts to people who had to get them; {verdict.delivered:,} frames in all",
            f"band {verdict.band:,} ({verdict.band / max(1, verdict.expected):.2%}), of whom {verdict.band_received:,} "
            f"got it; {verdict.walked_in:,} walked in; {verdict.raised:,} alerts, {verdict.updated:,} updates, "
            f"{len(records.positions.client):,} positions; quotas {'on' if self.profile.quotas else 'off'}",
        ]
        for number, one in enumerate(records.generators):
            lag_ms = (_percentile_ms(one.lag_ns, percentile) for percentile in (50, 99, 100))
            lines.append(
                f"generator {number + 1}: CPU {one.cpu:.0%}, loop lag p50, p99, max "
                f"{', '.join(f'{ms:.1f}' for ms in lag_ms)} ms; "
                f"alerts left {_percentile_ms(one.late_ns, 99):.2f} ms late (p99)"
            )
        if load:
            lines.append(
                f"server: CPU {load.cpu_s / load.elapsed_s:.0%} of its core, {self.cpu_us_per_delivery:.1f} µs for "
                f"each delivery, all its work counted; {self.rss_kib_per_connection:.1f} KiB for each connection"
            )
        return [*lines, machine.line()]

    def _conclusion(self) -> Text:
        verdict, records = self.verdict, self.records
        bad = [f"invalid: {reason}" for reason in self.invalid_because]
        bad += verdict.examples
        bad += [f"{verdict.unanswered} alerts or updates without an answer"] if verdict.unanswered else []
        bad += [f"refused: {count} × {code}" for code, count in records.refused.items()]
        bad += [f"disconnected: {count} × {reason}" for reason, count in records.closed.items()]
        bad += [f"{records.miscounted} heartbeats counted other frames than came"] if records.miscounted else []
        return Text("\n".join(bad), "bold red") if bad else Text("Everybody got what was theirs, once.", "bold green")

    def _by_level(self, what: What, which: str) -> dict[Level, dict[str, float]]:
        found: dict[Level, dict[str, float]] = {}
        for level in LEVELS:
            latencies = self.verdict.latencies.get((what, level), Latencies())
            values = (
                np.concatenate(latencies.every) if which == "every" and latencies.every else getattr(latencies, which)
            )
            if len(values):
                found[level] = _figures(np.asarray(values))
        return found


def _figures(values_ns: Any) -> dict[str, float]:
    """HdrHistogram percentiles, three significant digits, in ms."""
    histogram = HdrHistogram(1, 120_000_000, 3)
    for value in (values_ns // 1_000).tolist():
        histogram.record_value(max(1, value))
    at = {"p50": 50, "p90": 90, "p99": 99, "p99_9": 99.9}
    figures = {name: histogram.get_value_at_percentile(percentile) / 1_000 for name, percentile in at.items()}
    return {"count": len(values_ns), **figures, "max": round(int(values_ns.max()) / 1e6, 3)}


def _percentile_ms(values_ns: Any, percentile: float) -> float:
    return round(float(np.percentile(values_ns, percentile)) / 1e6, 3) if len(values_ns) else 0.0
