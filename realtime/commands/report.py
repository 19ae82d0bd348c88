"""`samverkan report`: what was counted, as a page, pictures and CSV files."""

import importlib
import os
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from realtime.arguments import example, plainly
from realtime.settings import load
from storage.backup import database_of

EXAMPLES: Final = {"report": "samverkan report --area strangnas --from 2026-09-01 --to 2026-11-30 --out autumn"}
_DAY: Final = click.DateTime(["%Y-%m-%d"])


@click.command(epilog=example(EXAMPLES["report"]))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--area", help="An area of the platform, by its id or name.  [default: everywhere]")
@click.option("--from", "since", type=_DAY, required=True, metavar="DATE", help="The first day, like 2026-09-01.")
@click.option("--to", "until", type=_DAY, required=True, metavar="DATE", help="The last day.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The folder to write.")
@click.option("--exercise", is_flag=True, help="Of the exercise world.")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="The server's data folder.")
def report(
    file: Path | None,
    area: str | None,
    since: datetime,
    until: datetime,
    out: Path,
    exercise: bool,
    data: Path | None,
) -> None:
    """Tell what was counted, without persons.

    Reads a backup FILE, or the data folder's database, also while its server runs. Numbers are to the nearest 5, and
    fewer than 5 are never told.
    """
    if file is not None and data is not None:
        raise click.UsageError("either a FILE or --data")
    try:
        making = importlib.import_module("realtime.report.making")
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f'{error.name} is missing. A report needs more than the server does: pip install "samverkan[bench]"'
        ) from None
    with plainly():
        database = file or database_of(load(None, os.environ, {"server.data": data}).server.data)
        world = "exercise" if exercise else "real"
        page = making.make(database, world, area, since.date(), until.date(), out)
    click.echo(f"ok: {page}")
