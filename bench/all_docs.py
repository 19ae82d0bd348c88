"""What the project says of its own speed, written from a run: docs/bench.md, docs/bench.png and the README's table."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import bench
from bench import all_pictures
from bench.all_report import CAVEATS, Told
from bench.document import SIGNS
from bench.page_method import METHOD
from bench.rows import Row

ROOT: Final = Path(bench.__file__).parent.parent
PICTURE_WORDS: Final = "Latency by percentile, the way of a red, and each figure as a share of what is allowed"
BEGIN, END = "<!-- written by `make bench ARGS=--docs`, from here -->", "<!-- to here -->"
_MARKED: Final = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)


def write_docs(told: Told, root: Path = ROOT) -> list[Path]:
    """Returns what was written. The README keeps everything that is not between its two marks."""
    markdown, drawn, readme = root / "docs" / "bench.md", root / "docs" / "bench.png", root / "README.md"
    all_pictures.draw(told.rows, told.results, told.machine, drawn)
    markdown.write_text(_markdown(told))
    before = readme.read_text()
    table = "\n".join([BEGIN, *_table(told.rows, with_command=False), "", f"{told.sentence} {told.machine}.", END])
    readme.write_text(_MARKED.sub(lambda _: table, before))
    return [markdown, drawn, readme]


def _markdown(told: Told) -> str:
    parts = [
        "# What the server is built for, measured",
        "",
        "Written by `make bench ARGS=--docs`: every target in one run, each by a bench of its own. On another machine",
        "the ratios should come out alike, and the milliseconds will not.",
        "",
        f"![{PICTURE_WORDS}](bench.png)",
        "",
        told.sentence,
        "",
        *_table(told.rows, with_command=True),
        "",
        "## What was promised",
        "",
        "The mission's time budget, at the last recipient of each alert, from when it was due.",
        "",
        *_table(told.promises, with_command=False),
        "",
        "## How the alerts are measured",
        "",
        *(f"- {line}" for line in METHOD),
        "",
        "## What to bear in mind",
        "",
        *(f"- {line}" for line in CAVEATS),
        *(f"- {part} is from an earlier run, {at}." for part, at in told.older.items()),
        *(f"- A part left no figures: {why}" for why in told.broken),
        "",
        f"{told.machine}.",
    ]
    return "\n".join(parts) + "\n"


def _table(rows: Sequence[Row], *, with_command: bool) -> list[str]:
    head = ["what", "allowed", "found", "verdict", *(["command"] if with_command else [])]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for row in rows:
        words = f" ({row.words})" if with_command and row.words else ""
        cells = [f"**{row.name}**: {row.text}", row.allowed, f"{row.found}{words}", SIGNS[row.state]]
        if with_command:
            cells.append(", ".join(f"`{one}`" for one in row.command.split("; ") if one))
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return lines
