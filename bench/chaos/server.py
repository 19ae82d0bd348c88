"""The server under attack: all of it, but for a disk that does as it is told. One word a line on its standard input.

python -m bench.chaos.server --port 8765 --data ./data

stall    every commit from now on waits where it stands, with its transaction open
go       no longer
full     the database may not grow any more: SQLite says that the disk is full
free     it may
die-before, die-after    SIGKILL itself at the next commit: nothing of it is stored, or all, and nobody told
"""

import asyncio
import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any, Final

import click

from realtime.app import build
from realtime.clock import SystemClock
from realtime.connection.server import run
from realtime.ops.logs import set_up as set_up_logs
from realtime.settings import load
from storage.log import StorageError
from storage.sql import SqlStore
from storage.sqlite import Worker

_MOST_PAGES: Final = 2**30 - 1  # what every SQLite takes


class StubbornDisk:
    """The writer's connection to its database, with a hand on its commits. Used on the writer's thread."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._may_commit = Event()
        self._may_commit.set()
        self.dies: str | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        if sql != "COMMIT":
            return self._db.execute(sql, *parameters)
        self._may_commit.wait()
        if self.dies == "before":
            _die()
        done = self._db.execute(sql)
        if self.dies == "after":
            _die()
        return done

    # From the loop's thread.

    def stall(self) -> None:
        self._may_commit.clear()

    def go_on(self) -> None:
        self._may_commit.set()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _fill(db: sqlite3.Connection) -> None:
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages}")


def _free(db: sqlite3.Connection) -> None:
    db.execute(f"PRAGMA max_page_count = {_MOST_PAGES}")


def take_hold_of(store: SqlStore) -> Callable[[str], None]:
    """Put a stubborn disk under a store; returns what takes orders, on the store's loop and for what is asked next."""
    writer: Worker = store._writer
    disk = StubbornDisk(writer._db)
    writer._db = disk  # type: ignore[assignment]

    def obey(order: str) -> None:
        match order:
            case "stall":
                disk.stall()
            case "go":
                disk.go_on()
            case "full":
                writer._hand_over(lambda: _fill(disk._db))
            case "free":
                writer._hand_over(lambda: _free(disk._db))
            case "die-before" | "die-after":
                disk.dies = order.removeprefix("die-")

    return obey


async def _serve(port: int, data: Path) -> None:
    settings = load(None, os.environ, {"server.port": port, "server.data": data})
    store = await SqlStore.open(data)
    obey = take_hold_of(store)
    app = await build(settings, SystemClock(), store)
    loop = asyncio.get_running_loop()

    def ordered() -> None:
        words = os.read(sys.stdin.fileno(), 4_096)
        if not words:  # nobody is there to give any
            loop.remove_reader(sys.stdin.fileno())
        for word in words.decode().split():
            obey(word)

    loop.add_reader(sys.stdin.fileno(), ordered)
    async with app.working():
        app.start_probe()
        print(f"listening on {app.url}", flush=True)
        await app.server.serve()


@click.command(help=__doc__.replace("\n\n    ", "\n\n\b\n    ") if __doc__ else "")
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="0 takes any free one.")
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Where everything is kept.")
def main(port: int, data: Path) -> None:
    set_up_logs()
    try:
        run(_serve(port, data))
    except (OSError, StorageError) as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main()
