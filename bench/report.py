"""A run told three ways: a table for the terminal, JSON for machines, a plot for the eye."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, get_args

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bench import machine, timeline
from bench.judge import Fault, Latencies, Timing, Verdict, What
from bench.promises import Facts, Judged, design, is_full, lines, of_500, time_budget
from bench.records import NEVER, Records
from bench.sampling import Sampled
from bench.spans import figures_ms, percentile_ms
from bench.timeline import Trip
from bench.traced import Way
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
    rss_connected_kib: int  # with everybody in their groups
    others: float = 0.0  # the share of its core that somebody else used


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    profile: Profile
    clients: int
    seconds: float
    seed: int
    records: Records
    verdict: Verdict
    load: ServerLoad | None
    sampled: Sampled = field(default_factory=Sampled)
    start_ns: int = 0
    ways: dict[str, Way] = field(default_factory=dict)
    floor_us: float | None = None
    deaf: int = 0
    address: str | None = None  # of a server that is not ours

    @property
    def invalid_because(self) -> list[str]:
        """Why the figures say more about the generator than about the server; empty for a valid run."""
        reasons = []
        for generator in self.records.generators:
            lag_ms, late_ms = percentile_ms(generator.lag_ns, 99), percentile_ms(generator.late_ns, 99)
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
            "settings": self.settings,
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
            "answer_ms": self.by_level("answer", "every"),
            "recipient_ms": self.by_level("alert", "every"),
            "last_recipient_ms": self.by_level("alert", "last"),
            "update_recipient_ms": self.by_level("update", "every"),
            "update_last_recipient_ms": self.by_level("update", "last"),
            "server_cpu": round(load.cpu_s / load.elapsed_s, 4) if load else None,
            "others_on_its_core": round(load.others, 4) if load else None,
            "server_cpu_us_per_delivery": round(self.cpu_us_per_delivery, 2) if load else None,
            "floor_cpu_us_per_delivery": round(self.floor_us, 2) if self.floor_us else None,
            "rss_kib_per_connection": round(self.rss_kib_per_connection, 2) if load else None,
            "position_ms": figures_ms(self.position_ns) if len(self.position_ns) else None,
            "worst_loop_lag_ms": _ms(self.sampled.worst_lag_s(self.start_ns)),
            "most_outbox_bytes": self.sampled.most_outbox_bytes,
            "commit_ms": {"count": self.sampled.commits.count, "mean": _ms(self.sampled.commits.mean_s)},
            "messages": {"said": verdict.said, "heard": verdict.heard},
            "case_ms": {
                name: sorted(values.round(3).tolist())
                for name, values in (
                    ("red", of_500(self.facts, "red")),
                    ("yellow", of_500(self.facts, "yellow")),
                    ("chat", self.facts.chat_ms),
                )
            },
            "red_way_ms": timeline.as_json(self.trips, len(self.reds)),
            "time_budget": [one.as_json() for one in self.time_budget],
            "design": [one.as_json() for one in self.design],
            "generator": [
                {
                    "cpu": round(one.cpu, 4),
                    "lag_ms": {"p50": percentile_ms(one.lag_ns, 50), "p99": percentile_ms(one.lag_ns, 99)},
                    "late_ms": {"p50": percentile_ms(one.late_ns, 50), "p99": percentile_ms(one.late_ns, 99)},
                }
                for one in records.generators
            ],
            "machine": machine.describe(),
        }

    # --- promises ----------------------------------------------------------------------------------------------------

    @property
    def settings(self) -> dict[str, Any]:
        """What the server was told to do otherwise than by default, and which limits of the domain are on."""
        its_own = "its own: it is not ours"
        return {
            "server": its_own if self.address else self.profile.settings,
            "world": "exercise",
            "limits on alerts (R10)": its_own if self.address else "on" if self.profile.quotas else "off",
            "merging of reds (R11)": "not in the server",
            "cap on pushed yellows (R35)": "not in the server",
            "members who read nothing": self.deaf,
        }

    @property
    def position_ns(self) -> np.ndarray:
        """From sending a position in the run to its `ok`: by then it is in the index."""
        positions = self.records.positions
        in_run = (positions.sent_ns >= self.start_ns) & (positions.acked_ns < NEVER)
        return np.asarray((positions.acked_ns - positions.sent_ns)[in_run])

    @property
    def facts(self) -> Facts:
        return Facts(
            timings=self.verdict.timings,
            connected=self.records.connected,
            valid=not self.invalid_because,
            faults=self.verdict.faults.total(),
            outran_log=self.verdict.outran_log,
            deaf=self.deaf,
            chat_ms=np.array(self.verdict.chat.last) / 1e6,
            in_server_ms=np.array(timeline.server_ns(self._trips(filter(is_full, self.reds)))) / 1e6,
            position_ms=self.position_ns / 1e6,
            rss_kib_per_connection=self.rss_kib_per_connection if self.load else None,
            others=self.load.others if self.load else 0.0,
        )

    @property
    def reds(self) -> list[Timing]:
        """Of each red alert, not of its updates."""
        return [one for one in self.verdict.timings if one.step == 0 and one.level == "red"]

    @property
    def trips(self) -> list[Trip]:
        """Of those reds whose whole way was seen."""
        return self._trips(self.reds)

    def _trips(self, reds: Iterable[Timing]) -> list[Trip]:
        return timeline.trips(reds, self.records.acts, self.ways)

    @property
    def time_budget(self) -> list[Judged]:
        return time_budget(self.facts)

    @property
    def design(self) -> list[Judged]:
        return design(self.facts)

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
            for level, figures in self.by_level(what, which).items():
                cells = (f"{figures[name]:.1f}" for name in ("p50", "p90", "p99", "max"))
                table.add_row(label, Text(level, STYLE[level]), f"{figures['count']:,}", *cells)
                label = ""
        if self.verdict.chat.last:
            figures = figures_ms(self.verdict.chat.last)
            cells = (f"{figures[name]:.1f}" for name in ("p50", "p90", "p99", "max"))
            table.add_row("message, last in the room", "", f"{figures['count']:,}", *cells)
        judged = lines((*self.time_budget, *self.design))
        return Group(table, *map(Text, self._lines()), *judged, self._conclusion())

    def _lines(self) -> list[str]:
        verdict, records, load = self.verdict, self.records, self.load
        lines = [
            "  ".join(f"{fault} {verdict.faults[fault]:,}" for fault in FAULTS)
            + f"  of {verdict.expected:,} alerts to people who had to get them; {verdict.delivered:,} frames in all",
            f"band {verdict.band:,} ({verdict.band / max(1, verdict.expected):.2%}), of whom "
            f"{verdict.band_received:,} got it; {verdict.walked_in:,} walked in; {verdict.raised:,} alerts, "
            f"{verdict.updated:,} updates, {len(records.positions.client):,} positions; quotas "
            f"{'on' if self.profile.quotas else 'off'}",
        ]
        for number, one in enumerate(records.generators):
            lag_ms = (percentile_ms(one.lag_ns, percentile) for percentile in (50, 99, 100))
            lines.append(
                f"generator {number + 1}: CPU {one.cpu:.0%}, loop lag p50, p99, max "
                f"{', '.join(f'{ms:.1f}' for ms in lag_ms)} ms; alerts left {percentile_ms(one.late_ns, 99):.2f} ms "
                "late (p99)"
            )
        if load:
            lines.append(
                f"server: CPU {load.cpu_s / load.elapsed_s:.0%} of its core, others {load.others:.0%}; "
                f"{self.cpu_us_per_delivery:.1f} µs for each delivery, all its work counted; "
                f"{self.rss_kib_per_connection:.1f} KiB for each connection"
            )
        if self.floor_us:
            lines.append(f"floor: {self.floor_us:.1f} µs for each in a loop of transport.write of such a frame")
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

    def by_level(self, what: What, which: str) -> dict[Level, dict[str, float]]:
        found: dict[Level, dict[str, float]] = {}
        for level in LEVELS:
            latencies = self.verdict.latencies.get((what, level), Latencies())
            values = (
                np.concatenate(latencies.every) if which == "every" and latencies.every else getattr(latencies, which)
            )
            if len(values):
                found[level] = figures_ms(np.asarray(values))
        return found


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1e3, 3)
