"""What a durable append costs, beside its floor: bare sqlite3 with the same rows, tables and pragmas on the same disk.

    python -m bench.log --folder /var/tmp --seconds 20

Four ways take turns within one run, for batches of 1, 10 and 100 messages in one room. Ratios are to the floor's: of
the p50, and of the p10, which still says something when others keep the disk busy.

    floor    rows made before, executemany and COMMIT on the calling thread, synchronous=FULL
    normal   the same with synchronous=NORMAL: what it would save not to wait for the disk
    core     the same as floor, through SQLAlchemy Core
    store    SqlStore.append as the server calls it: from the loop to the writer's thread and back, numbers and
             encoding included
"""

import argparse
import itertools
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import uvloop
from sqlalchemy import NullPool, bindparam, create_engine, event, insert, update

from bench import machine
from storage import checksums, statements
from storage.events import Entry, MessagePosted
from storage.schema import entries, events, metadata, rooms
from storage.sql import SqlStore
from storage.sqlite import connect

BATCHES = (1, 10, 100)
TURN = {1: 60, 10: 30, 100: 10}  # appends of one way before the next has its turn
TEXT = "Two people try the doors of parked cars along Köpmangatan, going towards the square. " * 2


class Way(Protocol):
    """One way to append; what it prepares is not measured."""

    def prepare(self, size: int) -> Any: ...

    async def append(self, prepared: Any) -> None: ...


class Floor:
    def __init__(self, folder: Path, synchronous: str) -> None:
        path = folder / f"{synchronous}.db"
        self._db = connect(path)
        metadata.create_all(create_engine("sqlite://", creator=lambda: connect(path), poolclass=NullPool))
        self._db.execute(f"PRAGMA synchronous = {synchronous}")
        self._db.execute("INSERT INTO rooms VALUES ('g', 1, 0)")
        self._offsets = itertools.count(1)

    def prepare(self, size: int) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
        offsets = list(itertools.islice(self._offsets, size))
        bodies = [f'{{"type":"message_posted","id":"{offset}","text":"{TEXT}"}}' for offset in offsets]
        return [
            (
                *(offset, "real", "message_posted", 2, 1.0, f"real/u/{offset}", bytes(32), f'{{"g":{offset}}}', body),
                bytes(checksums.SIZE),
            )
            for offset, body in zip(offsets, bodies, strict=True)
        ], [("g", offset, offset) for offset in offsets]

    async def append(self, prepared: tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]) -> None:
        event_rows, entry_rows = prepared
        self._db.execute("BEGIN IMMEDIATE")
        statements.INSERT_EVENTS.run(self._db, event_rows)
        statements.INSERT_ENTRIES.run(self._db, entry_rows)
        self._db.execute("UPDATE rooms SET last = ? WHERE room = 'g'", entry_rows[-1][1:2])
        self._db.execute("COMMIT")

    def close(self) -> None:
        self._db.close()


class Core(Floor):
    _last = update(rooms).where(rooms.c.room == "g").values(last=bindparam("seq"))

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "FULL")
        engine = create_engine("sqlite://", creator=lambda: self._db)
        event.listen(engine, "begin", lambda db: db.exec_driver_sql("BEGIN IMMEDIATE"))
        self._core = engine.connect()

    def prepare(self, size: int) -> Any:
        event_rows, entry_rows = super().prepare(size)
        return (
            [dict(zip(events.c.keys(), row, strict=True)) for row in event_rows],
            [dict(zip(entries.c.keys(), row, strict=True)) for row in entry_rows],
        )

    async def append(self, prepared: Any) -> None:
        event_rows, entry_rows = prepared
        with self._core.begin():
            self._core.execute(insert(events), event_rows)
            self._core.execute(insert(entries), entry_rows)
            self._core.execute(self._last, {"seq": entry_rows[-1]["seq"]})


class Store:
    def __init__(self, store: SqlStore, first: int = 1) -> None:
        """`first` is the number of the first event: one that was stored already would be found, not stored."""
        self._store = store
        self._numbers = itertools.count(first)

    def prepare(self, size: int) -> list[Entry]:
        return [
            Entry(
                body=MessagePosted(id=str(n), group="g", author="u", text=TEXT, sent_at=1.0, received_at=1.0),
                world="real",
                at=1.0,
                rooms=("g",),
                key=f"real/u/{n}",
                digest=bytes(32),
            )
            for n in itertools.islice(self._numbers, size)
        ]

    async def append(self, prepared: list[Entry]) -> None:
        await self._store.append(prepared)


async def measure(folder: Path, seconds: float) -> dict[tuple[int, str], list[float]]:
    """Seconds of each append, by size of the batch and way."""
    store = await SqlStore.open(folder / "store")
    for name in ("floor", "normal", "core"):
        (folder / name).mkdir()
    ways: dict[str, Way] = {
        "floor": Floor(folder / "floor", "FULL"),
        "normal": Floor(folder / "normal", "NORMAL"),
        "core": Core(folder / "core"),
        "store": Store(store),
    }
    took: dict[tuple[int, str], list[float]] = {(size, name): [] for size in BATCHES for name in ways}
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        for (size, name), times in took.items():
            for prepared in [ways[name].prepare(size) for _ in range(TURN[size])]:
                started = time.perf_counter()
                await ways[name].append(prepared)
                times.append(time.perf_counter() - started)
    await store.close()
    return took


def table(took: dict[tuple[int, str], list[float]]) -> Iterator[str]:
    yield "batch  way     commits/s    rows/s   p10 ms   p50 ms   p99 ms   max ms  ×p10  ×p50"
    for (size, name), times in took.items():
        rate = len(times) / sum(times)
        p10, p50, p99, longest = (quantile(times, share) for share in (0.1, 0.5, 0.99, 1.0))
        floor = took[size, "floor"]
        yield (
            f"{size:>5}  {name:<7}{rate:>10,.0f}{rate * size:>10,.0f}"
            f"{p10 * 1e3:>9.3f}{p50 * 1e3:>9.3f}{p99 * 1e3:>9.3f}{longest * 1e3:>9.2f}"
            f"{p10 / quantile(floor, 0.1):>6.2f}{p50 / quantile(floor, 0.5):>6.2f}"
        )


def quantile(times: list[float], share: float) -> float:
    return sorted(times)[int(share * (len(times) - 1))]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.log", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, help="where to write, then delete; otherwise the system's own")
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        took = uvloop.run(measure(Path(folder), options.seconds))
    print("\n".join(table(took)))
    print(f"SQLite {sqlite3.sqlite_version}, {machine.line()}")


if __name__ == "__main__":
    main()
