"""What reading back costs, told twice: lines for the terminal, JSON for machines."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bench import machine
from bench.fill import Filled
from bench.replay_measure import Footprint, Series, Start
from bench.targets import Target, all_met
from bench.vitals import Neighbours

REPLAY_MS: Final = 150.0
PAGE_MS: Final = 10.0
START_S: Final = 2.0
# Memory as a power of the log's length: 0 does not grow, 0.02 is a seventh more for a thousand times the log.
EXPONENT: Final = 0.02
MAX_OWN_CPU: Final = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayReport:
    filled: Filled
    filled_per_s: float
    log_bytes: int
    replays: Sequence[Series]
    pages: Sequence[Series]
    starts: dict[int, list[Start]]  # by the length of the log
    footprints: Sequence[Footprint]
    catch_ups: Sequence[Series]  # by the way, for each footprint
    others: float  # the share of the server's core that somebody else used while it was asked
    seed: int

    @property
    def exponent(self) -> float | None:
        """Of memory after catching up, fitted over the lengths of the log; None with only one of them."""
        if len(self.footprints) < 2:
            return None
        events = np.log([one.events for one in self.footprints])
        return round(float(np.polyfit(events, np.log([one.used_kib for one in self.footprints]), 1)[0]), 4)

    @property
    def targets(self) -> list[Target]:
        longest = self.starts[self.filled.events]
        wrong = [fault for series in self._all() for fault in series.wrong]
        most = max((series.of for series in self.replays), default=0)
        return [
            Target("answers in which anything was lost, doubled, disordered or wrong", len(wrong), 0),
            Target(f"replay of {most:,} events, p99 of the slower encoding", _worst(self.replays), REPLAY_MS, "ms"),
            Target("page of history, p99 of the slowest kind", _worst(self.pages), PAGE_MS, "ms"),
            Target("exec to the first welcome, slowest start", max(one.welcome_s for one in longest), START_S, "s"),
            Target("memory as a power of the log's length", self.exponent, EXPONENT),
        ]

    @property
    def invalid_because(self) -> list[str]:
        reasons = [
            f"the reader's own CPU was {series.own_cpu:.0%} ({series.name}), above {MAX_OWN_CPU:.0%}"
            for series in self.replays
            if series.own_cpu > MAX_OWN_CPU
        ]
        if self.others > Neighbours.MAX_SHARE:
            most = Neighbours.MAX_SHARE
            reasons.append(f"others had {self.others:.0%} of the server's core, above {most:.0%}")
        return reasons

    @property
    def passed(self) -> bool:
        return all_met(self.targets) and not self.invalid_because

    def _all(self) -> list[Series]:
        return [*self.replays, *self.pages, *self.catch_ups]

    # --- for machines ------------------------------------------------------------------------------------------------

    def as_json(self) -> dict[str, Any]:
        return {
            "events": self.filled.events,
            "rooms": len(self.filled.rooms),
            "log_bytes": self.log_bytes,
            "filled_per_s": round(self.filled_per_s),
            "others_on_its_core": round(self.others, 4),
            "seed": self.seed,
            "valid": not self.invalid_because,
            "invalid_because": self.invalid_because,
            "passed": self.passed,
            "targets": [target.as_json() for target in self.targets],
            "replays": [_series(series) for series in self.replays],
            "history": [_series(series) for series in self.pages],
            "starts": {str(events): [asdict(one) for one in starts] for events, starts in self.starts.items()},
            "memory": [asdict(one) for one in self.footprints],
            "memory_exponent": self.exponent,
            "catch_ups": [_series(series) for series in self.catch_ups],
            "machine": machine.describe(),
        }

    # --- for the terminal --------------------------------------------------------------------------------------------

    def as_table(self) -> RenderableType:
        filled = self.filled
        about = (
            f"{filled.events:,} events in {len(filled.rooms)} rooms, {self.log_bytes / 1e6:,.0f} MB, "
            f"stored at {self.filled_per_s:,.0f} a second"
        )
        bad = [f"invalid: {reason}" for reason in self.invalid_because]
        bad += [f"{series.name}: {fault}" for series in self._all() for fault in series.wrong[:3]]
        return Group(
            Text(about),
            self._times("hello to live, after missing events of one room", self.replays),
            self._times("a page of history", self.pages),
            self._memory(),
            Text(f"others had {self.others:.0%} of the server's core while it was asked; {machine.line()}"),
            *(target.line() for target in self.targets),
            *(Text(line, "bold red") for line in bad),
        )

    def _times(self, title: str, all_series: Sequence[Series]) -> Table:
        table = _table(title, "ms", "events", "n", "p50", "p99", "max")
        for series in all_series:
            figures = (f"{series.at(percentile) or 0.0:.2f}" for percentile in (50, 99, 100))
            table.add_row(series.name, f"{series.of:,}", f"{len(series.ms):,}", *figures)
        return table

    def _memory(self) -> Table:
        title = f"start and memory, by the length of the log (memory grows with its power {self.exponent})"
        table = _table(title, "events", "ready s", "welcome s", "MiB started", "MiB used", "catch-ups", "ms each, p50")
        for footprint, series in zip(self.footprints, self.catch_ups, strict=True):
            starts = self.starts[footprint.events]
            table.add_row(
                f"{footprint.events:,}",
                f"{max(one.ready_s for one in starts):.2f}",
                f"{max(one.welcome_s for one in starts):.2f}",
                f"{footprint.started_kib / 1024:.1f}",
                f"{footprint.used_kib / 1024:.1f}",
                f"{footprint.catch_ups:,}",
                f"{series.at(50) or 0.0:.2f}",
            )
        return table


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _worst(all_series: Sequence[Series]) -> float | None:
    return max((at for series in all_series if (at := series.at(99)) is not None), default=None)


def _series(series: Series) -> dict[str, Any]:
    return {
        "name": series.name,
        "events": series.of,
        "count": len(series.ms),
        **{f"p{percentile}_ms": series.at(percentile) for percentile in (50, 90, 99)},
        "max_ms": series.at(100),
        "wrong": len(series.wrong),
        "own_cpu": round(series.own_cpu, 3),
    }
