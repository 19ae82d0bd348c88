"""What a command lists: a table for people, or JSON for programs."""

import json
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from realtime.console import plain


def print_table(rows: Sequence[Mapping[str, str]], console: Console, *, as_json: bool, nothing: str) -> None:
    """Rows with the same columns; `nothing` is said if there are none."""
    if as_json:
        console.print(json.dumps(rows, ensure_ascii=False, indent=1), markup=False)
        return
    if not rows:
        console.print(nothing)
        return
    table = Table(*rows[0], box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(plain(cell) for cell in row.values()))
    console.print(table)
