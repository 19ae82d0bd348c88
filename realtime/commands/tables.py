"""What a command lists: a table for people, lines for a pipe, or JSON for programs."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

import click
from rich.table import Table

from realtime.codec import CODECS
from realtime.console import make_console, plain
from realtime.messages import Answer

_WHOLE: Final = frozenset({"group", "user", "thread", "alert", "organisation"})  # ids, to be copied: never cut short
_SHORT: Final = 10  # characters, which are not folded while something longer can be


def print_table(titles: Sequence[str], rows: Sequence[Sequence[str]], *, nothing: str = "nothing") -> None:
    """A table on a terminal, else a line for each row with tabs between; `nothing` is said if there are none."""
    console = make_console()
    if not rows:
        console.print(nothing)
    elif not console.is_terminal:
        for row in rows:
            click.echo("\t".join(plain(cell) for cell in row))  # the console would make spaces of tabs
    else:
        table = Table(box=None, pad_edge=False)
        columns = [column for column in zip(titles, *rows, strict=True) if any(column[1:])]  # 80 characters are few
        for title, *cells in columns:
            is_short = max(map(len, (title, *cells))) <= _SHORT
            table.add_column(title, no_wrap=title in _WHOLE or is_short, overflow="fold")
        for row in list(zip(*columns, strict=True))[1:]:
            table.add_row(*(plain(cell) for cell in row))
        console.print(table)


def print_rows(rows: Sequence[Mapping[str, str]], *, as_json: bool, nothing: str) -> None:
    """Rows with the same columns."""
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        print_table(tuple(rows[0]) if rows else (), [tuple(row.values()) for row in rows], nothing=nothing)


def print_structs(rows: Sequence[Any], columns: Sequence[str], *, as_json: bool) -> None:
    """Structs as a table with these of their fields, or whole as JSON."""
    if as_json:
        dicts = [{name: getattr(row, name) for name in row.__struct_fields__} for row in rows]
        click.echo(json.dumps(dicts, ensure_ascii=False))
    else:
        print_table(columns, [[cell(getattr(row, column)) for column in columns] for row in rows])


def print_json(answer: Answer) -> None:
    """An answer for programs, without what tied it to its request."""
    said: dict[str, Any] = json.loads(CODECS["json"].encode(answer))
    click.echo(json.dumps({k: v for k, v in said.items() if k not in ("type", "id")}, ensure_ascii=False, indent=1))


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


def clock(at: float) -> str:
    """A time of this machine's clock, to the minute."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))
