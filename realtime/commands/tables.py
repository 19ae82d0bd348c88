"""What a command lists: a table for people, or JSON for programs."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table

from realtime.console import make_console, plain

_WHOLE: Final = frozenset({"group", "user"})  # ids, which are copied: no narrow terminal cuts them


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


def print_structs(rows: Sequence[Any], columns: Sequence[str], *, as_json: bool) -> None:
    """Structs as a table with these of their fields, or whole as JSON."""
    dicts = [{name: getattr(row, name) for name in row.__struct_fields__} for row in rows]
    if as_json:
        click.echo(json.dumps(dicts, ensure_ascii=False))
        return
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, no_wrap=column in _WHOLE, overflow="fold")
    for each in dicts:
        table.add_row(*(cell(each[column]) for column in columns))
    make_console().print(table)


def cell(value: object) -> str:
    """One field of a message, for people."""
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(str(each) for each in value)
    return plain(str(value))
