"""A report from what a data folder, or a backup, has counted."""

from datetime import date
from pathlib import Path

from realtime.messages import World
from realtime.report import page
from realtime.report.choosing import tables_of


def make(database: Path, world: World, area: str | None, since: date, until: date, out: Path) -> Path:
    """Write a report; return its page's path. Raises as `tables_of`, and OSError."""
    title, tables = tables_of(database, world, area, since, until)
    return page.write(out, title, tables)
