"""A run told: what was done, what came of it, and whether the run was worth anything."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bench import machine
from bench.chaos.records import NEVER, Records
from bench.chaos.schedule import DEATHS, NETWORK, TROUBLES
from bench.chaos.timeline import timeline
from bench.chaos.verdict import Verdict

EXAMPLES: Final = 5  # faults that are told with what happened around them
# The ledger cannot tell where it did not see: a run in which this much was open is none.
MOST_OPEN: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    clients: int
    seconds: float
    seed: int
    kills_wanted: int
    records: Records
    verdict: Verdict
    endured: Counter[str]
    complaints: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        return sum(life.how not in ("", "SIGTERM") for life in self.records.lives)

    @property
    def catch_up(self) -> list["CatchUp"]:
        return _catch_ups(self.records)

    @property
    def invalid_because(self) -> list[str]:
        """Why finding nothing would prove nothing; empty for a valid run."""
        figures, reasons = self.verdict.figures, []
        if self.kills < self.kills_wanted:
            reasons.append(f"the server was killed {self.kills} times, not {self.kills_wanted}")
        kinds = {*TROUBLES, *NETWORK, *(DEATHS if self.kills_wanted >= len(DEATHS) else ())}
        reasons += [f"no {kind}" for kind in sorted(kinds) if not self.endured[kind]]
        most = self.records.notes.get("most connected at once", 0)
        if most < self.clients:
            reasons.append(f"never more than {most} of {self.clients} clients were connected at once")
        for what, least in (
            ("message: stored", self.clients * 0.5),
            ("alert: stored", self.kills_wanted),
            ("update: stored", 1),
            ("leave: stored", 1),
            ("signals", self.clients * 0.5),
            ("answered in a later life than asked in", self.kills_wanted),
            ("messages received in a later life than stored in", self.kills_wanted),
            ("events that members had to get", self.clients),
            ("alerts to somebody near", self.kills_wanted),
            ("alerts to somebody who had to get them", self.clients),
        ):
            if figures[what] < least:
                reasons.append(f"{what}: {figures[what]}, fewer than {least:.0f}")
        must, open_ = (
            figures["alerts to somebody who had to get them"],
            figures["alerts to somebody for whom either is right"],
        )
        if open_ > MOST_OPEN * max(1, must):
            reasons.append(f"of {must + open_} pairs of alert and device {open_} could not be judged")
        if self.records.notes.get("holds left unnamed"):
            reasons.append("clients held more alerts than a hello can name")
        return reasons

    @property
    def passed(self) -> bool:
        return not self.verdict.faults and not self.invalid_because and not self.complaints

    def as_json(self) -> dict[str, Any]:
        return {
            "clients": self.clients,
            "seconds": self.seconds,
            "seed": self.seed,
            "passed": self.passed,
            "valid": not self.invalid_because,
            "invalid_because": self.invalid_because,
            "faults": self.verdict.counts,
            "examples": [fault.text for fault in self.verdict.faults[:100]],
            "complaints": self.complaints[:100],
            "kills": self.kills,
            "lives": len(self.records.lives),
            "endured": dict(sorted(self.endured.items())),
            "figures": dict(sorted(self.verdict.figures.items())),
            "notes": dict(sorted(self.records.notes.items())),
            "catch_up": [each.as_json() for each in self.catch_up],
            "machine": machine.describe(),
        }

    def as_table(self) -> RenderableType:
        table = Table(title=f"Chaos, seed {self.seed}", title_justify="left", box=SIMPLE_HEAD, show_header=False)
        table.add_column()
        table.add_column(justify="right", no_wrap=True)
        for part in (self.endured, self.verdict.figures, Counter(self.records.notes)):
            for name, count in sorted(part.items()):
                table.add_row(name, f"{count:,}")
            table.add_section()
        zeros = "  ".join(f"{kind} {count:,}" for kind, count in self.verdict.counts.items())
        return Group(table, *map(Text, self._catch_up_lines()), Text(machine.line()), Text(zeros), self._conclusion())

    def _catch_up_lines(self) -> list[str]:
        found = self.catch_up
        if not found:
            return []
        slowest = max(found, key=lambda each: each.max_s)
        p50_s = float(np.median([each.p50_s for each in found]))
        return [
            f"after {len(found)} deaths everybody connected was live again: p50 {p50_s:.2f} s (the median of all), "
            f"at most {slowest.max_s:.2f} s after the server was ready; it was away for "
            f"{max(each.away_s for each in found):.2f} s at most"
        ]

    def _conclusion(self) -> Text:
        bad = [f"invalid: {reason}" for reason in self.invalid_because] + self.complaints[:EXAMPLES]
        told: Counter[str] = Counter()
        for fault in self.verdict.faults:
            told[fault.kind] += 1
            if told[fault.kind] <= EXAMPLES:
                bad.append(f"{fault.kind}: {fault.text}")
            if told[fault.kind] == 1:
                bad += [f"    {line}" for line in timeline(self.records, fault)]
        return Text("\n".join(bad), "bold red") if bad else Text("Nothing was lost.", "bold green")


@dataclass(frozen=True, slots=True)
class CatchUp:
    """After one death: how long the server was away, and how long after it was ready its clients were live."""

    how: str
    away_s: float
    back: int
    p50_s: float
    max_s: float

    def as_json(self) -> dict[str, Any]:
        return {
            "how": self.how,
            "away_s": round(self.away_s, 3),
            "back": self.back,
            "p50_s": round(self.p50_s, 3),
            "max_s": round(self.max_s, 3),
        }


def _catch_ups(records: Records) -> list[CatchUp]:
    found = []
    for before, life in zip(records.lives, records.lives[1:], strict=False):
        firsts = []
        for device in records.devices:
            lives = (c.live for c in device.connections if life.started < c.live < min(life.ending, NEVER))
            first = min(lives, default=NEVER)
            if first < NEVER:
                firsts.append(max(0.0, first - life.ready))
        if before.how != "SIGTERM" and firsts:
            away_s = life.ready - before.ended
            found.append(CatchUp(before.how, away_s, len(firsts), float(np.median(firsts)), max(firsts)))
    return found
