"""All targets in one report: a table for the terminal, a page for people, and what a machine reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bench import all_pictures, machine
from bench.document import SIGNS, cards, code, document, heading, items, paragraph, picture, verdict
from bench.promises import STYLE
from bench.rows import Results, Row

CAVEATS: Final = (
    "Server and simulated members share one machine, and the loopback is not a mobile network.",
    "Each part is a bench of its own, with a server of its own; only the alerts come with 10,000 who move.",
    "Processor times and their ratios are those of this machine. What else ran on it makes them longer, not shorter.",
    "What misses its target is named, and that is all: a run ends with an error only if something was lost, doubled or "
    "went to the wrong person, or if a part broke.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A whole run. `older`: by part when an earlier run left what is told of it; `deadline`: the report of alerts."""

    rows: Sequence[Row]
    promises: Sequence[Row]
    results: Results
    faults: float | None
    broken: Sequence[str]
    older: Mapping[str, str]
    machine: str
    deadline: Path | None

    def as_json(self) -> dict[str, Any]:
        return {
            "rows": [row.as_json() for row in self.rows],
            "time_budget": [row.as_json() for row in self.promises],
            "faults": self.faults,
            "broken": list(self.broken),
            "older": dict(self.older),
            "machine": machine.describe(),
        }

    def count(self, state: str) -> int:
        return sum(row.state == state for row in self.rows)

    @property
    def sentence(self) -> str:
        if self.faults:
            return f"Not everybody got what was theirs: {self.faults:,.0f} deliveries lost, doubled or wrong."
        begin = "Nothing was lost, doubled or sent to the wrong person." if self.faults is not None else ""
        counts = [
            f"{self.count(state)} {words}"
            for state, words in (
                ("met", "met"),
                ("missed", "missed"),
                ("unproven", "not proven"),
                ("elsewhere", "not in this run"),
            )
            if self.count(state)
        ]
        return f"{begin} Of {len(self.rows)} targets {', '.join(counts)}.".strip()

    @property
    def mood(self) -> str:
        if self.faults or self.broken:
            return "bad"
        return "good" if self.faults is not None and self.count("met") >= len(self.rows) - 1 else "open"


def terminal(told: Told) -> RenderableType:
    table = Table(title="What it is built for", title_justify="left", box=SIMPLE_HEAD)
    for name in ("", "target", "found", "allowed"):
        table.add_column(name, overflow="fold")
    for row in (*told.rows, *told.promises):
        word = {"missed": "MISSED", "elsewhere": "not in run"}.get(row.state, row.state)
        found = row.found if row.state != "elsewhere" else ""
        table.add_row(Text(word, STYLE[row.state]), f"{row.name}", found, row.allowed)
    notes = [f"{part}: measured by an earlier run, {at}" for part, at in told.older.items()]
    return Group(table, Text(told.sentence), *map(Text, notes), Text(told.machine))


def page(told: Told) -> str:
    """One file that stands alone, but for the links to the reports that lie beside it."""
    parts = [
        "<h1>Is the server as fast as it has to be?</h1>",
        paragraph(
            "When somebody presses red, everybody near must know at once. This is what the server was built to do, "
            "measured on one machine in one run: target by target, with the command that measures it again."
        ),
        verdict(told.sentence, told.mood),
        cards(_cards(told)),
        *(paragraph(f"A part left no figures: {why}", "quiet") for why in told.broken),
        *(paragraph(f"{part}: measured by an earlier run, {at}.", "quiet") for part, at in told.older.items()),
        _rows(told.rows),
        paragraph(
            "p50: half of them were as fast; p99: all but one in a hundred, and of fewer than a hundred the slowest. "
            "×: as a multiple of what stands beside it, measured in the same minute. Times are the last "
            "recipient's, where there are several.",
            "quiet",
        ),
    ]
    if drawn := all_pictures.bars(told.rows):
        words = "Each figure as a share of what is allowed"
        parts.append(
            picture(drawn, words, f"{words}: short bars are good, and what reaches beyond the line is missed.")
        )
    if told.promises:
        parts += [heading("What was promised (the time budget, T1 to T8)"), _rows(told.promises)]
    if drawn := all_pictures.alerts(told.results):
        parts += [
            heading("How long it takes to reach everybody"),
            picture(
                drawn,
                "Latency of reds, yellows and messages by percentile, and the way of a typical red",
                "Above: how long until the last of 650 has it (of a message, 150); further to the right are the slower "
                "ones. Below: where the time of a typical red goes, from the press to the last phone.",
            ),
        ]
    if told.deadline is not None:
        link = escape(str(told.deadline))
        parts.append(
            f'<p>More of the alerts, and how they were measured: <a href="{link}">the deadline report</a>.</p>'
        )
    return document(
        "What the server is built for",
        [*parts, heading("What this does not show"), items(CAVEATS), paragraph(told.machine, "quiet")],
    )


def _cards(told: Told) -> list[tuple[str, str]]:
    """The few figures that say most to who never measured a server."""
    words = {
        ("red", "p50"): "until the last of 650 phones has a red: half of the alerts are faster",
        ("red", "p99"): "the same, of the slowest in a hundred",
        ("10,000 come back within 10 s", "red p99"): "a red while ten thousand come back at once",
        ("lost, doubled, or to the wrong person", ""): "lost, doubled, or told to the wrong person",
    }
    return [
        (figure.shown, words[row.name, figure.name])
        for row in told.rows
        for figure in row.figures
        if (row.name, figure.name) in words and figure.value is not None
    ]


def _rows(rows: Sequence[Row]) -> str:
    head = "<thead><tr><th>target</th><th>verdict</th><th>found, and allowed</th></tr></thead>"
    body = "".join(
        f"<tr><td><b>{escape(row.name)}</b> {code(row.text)}</td>"
        f'<td class="{row.state}">{SIGNS[row.state]}</td><td>{_found(row)}</td></tr>'
        for row in rows
    )
    return f'<table class="stacked promises">{head}<tbody>{body}</tbody></table>'


def _found(row: Row) -> str:
    if row.state == "elsewhere":
        return f'<span class="note">{code(row.why or "its part left no figures")}</span>'
    lines = [code(row.found), f'<span class="note">allowed: {code(row.allowed)}</span>']
    lines += [f'<span class="note">{code(row.words)}</span>'] if row.words else []
    lines += [f'<span class="note"><code>{escape(row.command)}</code></span>'] if row.command else []
    return "<br>".join(lines)
