"""`samverkan admin statistics`: what was counted, as tables in the terminal."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Final

import click
from rich.table import Table as Shown

from realtime.arguments import example, plainly
from realtime.commands.admin import admin
from realtime.console import make_console
from realtime.messages import World
from realtime.report.choosing import tables_of
from realtime.report.tables import Table
from realtime.settings import load
from realtime.suppressing import FEW
from storage.backup import database_of

EXAMPLES: Final = {"statistics": "samverkan admin statistics --from 2026-11-01 --to 2026-11-30 --area strangnas"}
_DAY: Final = click.DateTime(["%Y-%m-%d"])


@admin.command(epilog=example(EXAMPLES["statistics"]))
@click.option("--area", help="An area of the platform, by its id or name.  [default: everywhere]")
@click.option("--from", "since", type=_DAY, required=True, metavar="DATE", help="The first day, like 2026-09-01.")
@click.option("--to", "until", type=_DAY, required=True, metavar="DATE", help="The last day.")
@click.option("--exercise", is_flag=True, help="Of the exercise world.")
@click.option("--json", "as_json", is_flag=True, help="One object a line, for programs.")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="The server's data folder.")
def statistics(
    area: str | None, since: datetime, until: datetime, exercise: bool, as_json: bool, data: Path | None
) -> None:
    """Print what was counted, without persons.

    The numbers of a report, from the data folder's database, also while its server runs.
    """
    with plainly():
        database = database_of(load(None, os.environ, {"server.data": data}).server.data)
        world: World = "exercise" if exercise else "real"
        _, tables = tables_of(database, world, area, since.date(), until.date())
    for table in tables:
        if as_json:
            for labels, told in table.rows:
                named = dict(zip(table.columns, (*labels, told), strict=True))
                click.echo(json.dumps({"table": table.name, **named}))
        elif any(told != FEW for _, told in table.rows):
            make_console().print(_shown(table))


def _shown(table: Table) -> Shown:
    shown = Shown(title=table.title, title_justify="left", box=None, pad_edge=False)
    for name in table.columns[:-1]:
        shown.add_column(name)
    shown.add_column(table.columns[-1], justify="right")
    for labels, told in table.rows:
        if told != FEW:
            shown.add_row(*labels, str(told))
    if table.has_total:
        shown.add_row("total", str(table.total))
    return shown
