"""The table for the terminal and for Markdown, and what a machine reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from bench import machine
from bench.peers.account import Account, Spread
from bench.peers.roster import FLOOR, Peer

HEADINGS = ("µs of CPU a delivery", "ratio to write", "last recipient, ms", "ratio", "KiB a connection")


@dataclass(frozen=True, slots=True)
class Report:
    """All peers at each number of recipients; `missing`: why somebody did not take part."""

    peers: Sequence[Peer]
    versions: Mapping[str, str]
    runs: Mapping[int, Mapping[str, Account]]
    rounds: int
    machine: str
    busy: float  # the load before the run

    def titles(self) -> dict[str, str]:
        return {peer.name: peer.title for peer in self.peers}

    def tables(self) -> list[Table]:
        return [self._table(recipients) for recipients in self.runs]

    def markdown(self) -> str:
        parts = []
        for recipients in self.runs:
            parts.append(f"### {recipients:,} recipients, {self.rounds} rounds\n")
            parts.append(f"| | {' | '.join(HEADINGS)} |\n|---|{'---|' * len(HEADINGS)}")
            for title, cells in self._rows(recipients):
                parts.append(f"| {title} | {' | '.join(cells)} |")
            parts.append("")
        return "\n".join(parts)

    def as_json(self) -> dict[str, Any]:
        runs = [
            account.as_json(accounts.get(FLOOR)) for accounts in self.runs.values() for account in accounts.values()
        ]
        return {"machine": machine.describe(), "load_before": self.busy, "rounds": self.rounds} | {
            "versions": dict(self.versions),
            "runs": runs,
        }

    def _table(self, recipients: int) -> Table:
        table = Table(
            title=f"{recipients:,} recipients, {self.rounds} rounds", title_justify="left", caption=self.machine
        )
        table.add_column("")
        for heading in HEADINGS:
            table.add_column(heading, justify="right")
        for title, cells in self._rows(recipients):
            table.add_row(title, *cells)
        return table

    def _rows(self, recipients: int) -> list[tuple[str, list[str]]]:
        accounts, titles = self.runs[recipients], self.titles()
        floor = accounts.get(FLOOR)
        ordered = sorted(accounts.values(), key=lambda account: account.rank(floor))
        return [(titles[account.name], cells(account, floor)) for account in ordered]


def cells(account: Account, floor: Account | None) -> list[str]:
    """One row; a server that failed has its reason in place of figures, and one that lost something has both."""
    memory = "" if account.memory_kib is None else f"{account.memory_kib:.1f}"
    fault = account.failed or account.fault()
    if not account.rounds:
        return [fault or "no round", "", "", "", memory]
    ratios = ["", ""]
    if floor is not None and account.rounds.keys() & floor.rounds.keys():
        ratios = [_ratio(account.cpu_ratio(floor)), _ratio(account.last_ratio(floor))]
    marks = "" if fault is None else f" ({fault})"
    cpu, last = account.cpu_us(), account.last_ms()
    return [
        f"{cpu.median:.2f}{marks}",
        ratios[0],
        f"{last.median:.1f} ({last.low:.1f}–{last.high:.1f})",
        ratios[1],
        memory,
    ]


def _ratio(it: Spread) -> str:
    return f"{it.median:.2f} ({it.low:.2f}–{it.high:.2f})"
