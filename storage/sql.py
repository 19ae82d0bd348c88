"""Log, directory and markers in an embedded SQLite database: one file, one writer's thread, one reader's thread.

The reader sees every commit as soon as `append` returned, and never waits for the writer, nor the writer for it (WAL).
"""

import asyncio
import os
import secrets
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Self

from sqlalchemy.exc import DBAPIError

from realtime.messages import World
from storage import counting, erasing, pruning, reading, writing
from storage.counts import Counting, CountKey
from storage.events import Entry, Group, HeldFact, Kept, LoggedAlert, LoggedEvent, Marker, Membership, RoomId, RoomSpan
from storage.forgetting import rooms_of
from storage.log import Bounds, StorageError, distinct_keys
from storage.migrations import migrate
from storage.retention import KEPT
from storage.sqlite import Worker, connect, empty_wal, lock_folder, prepare_folder

_SCRUBBINGS: Final = 3  # tries in one call, for it is our own reader that is in the way most often


class SqlStore:
    """EventLog, Directory and Markers on one data folder, which it has to itself."""

    def __init__(self, writer: Worker, reader: Worker, epoch: str, secret: bytes, lock: int) -> None:
        self._writer = writer
        self._reader = reader
        self._lock: int | None = lock
        self.epoch = epoch
        self.secret = secret

    @classmethod
    async def open(cls, folder: Path) -> Self:
        """Open a data folder, or make one; bring its database to this program's schema.

        Raises StorageError if the folder cannot be written, another server has it, or its file is not a database that
        this program can use.
        """
        return await asyncio.to_thread(cls._open, folder)

    @classmethod
    def _open(cls, folder: Path) -> Self:
        with ExitStack() as undo:
            path = prepare_folder(folder)
            lock = lock_folder(folder)
            undo.callback(os.close, lock)
            try:
                migrate(lambda: connect(path))
                write_db = connect(path)
                undo.callback(write_db.close)
                read_db = connect(path)
                undo.callback(read_db.close)
                epoch = writing.keep_fact(write_db, "epoch", secrets.token_hex(8).encode()).decode()
                secret = writing.keep_fact(write_db, "secret", secrets.token_bytes(32))
            except (sqlite3.Error, DBAPIError) as error:
                reason = error.orig if isinstance(error, DBAPIError) else error
                raise StorageError(f"cannot use {path}: {reason}") from error
            undo.pop_all()
        return cls(Worker(write_db, "log-writer"), Worker(read_db, "log-reader"), epoch, secret, lock)

    async def append(self, entries: Sequence[Entry]) -> list[LoggedEvent]:
        distinct_keys(entries)  # a caller's bug shows before anything is touched
        return await self._writer.run(writing.append, entries)

    async def prune(self, before: Mapping[Kept, float], limit: int) -> dict[RoomId, int]:
        for kind in KEPT:
            while kind in before and (step := await self._writer.run(pruning.erase, kind, before[kind], limit)):
                firsts = step.firsts
                while not step.is_whole:  # each its own transaction, with appends in between
                    step = await self._writer.run(pruning.finish, step.unfinished, limit)
                    firsts |= step.firsts
                if firsts:
                    return firsts
        return {}

    async def forget(self, world: World, user: str, offsets: Sequence[int]) -> None:
        await self._writer.run(erasing.forget, world, user, offsets)

    async def raised_at(self, alert: str) -> int | None:
        return await self._reader.run(erasing.raised_at, alert)

    async def retract(self, alert: str, offsets: Sequence[int]) -> None:
        await self._writer.run(erasing.retract, alert, offsets)

    async def forget_rest(self, world: World, user: str, above: int, limit: int) -> bool:
        for room in rooms_of(world, user):
            while not await self._writer.run(erasing.leave_room, room, limit):
                pass  # each its own transaction, with appends in between
        reached: int | None = 0
        while reached is not None:
            reached = await self._writer.run(erasing.forget_sayer, world, user, reached, 8 * limit)
        return await self._writer.run(erasing.forget_rest, world, user, above)

    async def scrub(self) -> None:
        for _ in range(_SCRUBBINGS):
            if await self._writer.run(empty_wal):
                return
            await self._reader.run(_nothing)  # our own reader was in the middle of a page, and is done with it now

    async def mark(self, markers: Sequence[Marker]) -> None:
        await self._writer.run(writing.mark, markers)

    async def check_writable(self) -> None:
        await self._writer.run(
            writing.set_fact, "checked", secrets.token_bytes(8)
        )  # a new value, so that a page changes

    async def close(self) -> None:
        """Finish what is under way and let go of files and threads. May be called again."""
        await self._reader.close()
        await self._writer.close()  # last: it takes what is in the WAL into the database
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def find(self, keys: Sequence[str]) -> dict[str, LoggedEvent]:
        # On the writer's thread, which is the one that waits for it: the reader may have pages to read first.
        return await self._writer.run(reading.find, keys)

    async def after(self, room: RoomId, seq: int, limit: int) -> list[LoggedEvent]:
        return await self._reader.run(reading.after, room, seq, limit)

    async def before(self, room: RoomId, seq: int, limit: int) -> list[LoggedEvent]:
        return await self._reader.run(reading.before, room, seq, limit)

    async def scan(self, after: int, limit: int) -> list[LoggedEvent]:
        return await self._reader.run(reading.scan, after, limit)

    async def rooms(self) -> dict[RoomId, RoomSpan]:
        return await self._reader.run(reading.rooms)

    async def alerts(self, since: float) -> list[LoggedAlert]:
        return await self._reader.run(reading.alerts, since)

    async def public_alerts(
        self, world: World, bounds: Sequence[Bounds], since: float, before: tuple[float, str] | None, limit: int
    ) -> list[LoggedAlert]:
        return await self._reader.run(reading.public_alerts, world, bounds, since, before, limit)

    async def alert(self, id: str) -> LoggedAlert | None:
        return await self._reader.run(reading.alert, id)

    async def groups(self) -> list[Group]:
        return await self._reader.run(reading.groups)

    async def memberships(self, ended_after: float) -> list[Membership]:
        return await self._reader.run(reading.memberships, ended_after)

    async def facts(self) -> list[HeldFact]:
        return await self._reader.run(reading.facts)

    async def markers(self) -> list[Marker]:
        return await self._reader.run(reading.markers)

    async def counting(self) -> Counting:
        return await self._reader.run(counting.counting)

    async def count(
        self, added: Mapping[CountKey, int], notes: Mapping[str, bytes | None], reached: tuple[int, int] | None = None
    ) -> bool:
        return await self._writer.run(counting.count, added, notes, reached)

    async def counts(self, since: str, until: str) -> dict[CountKey, int]:
        return await self._reader.run(counting.counts, since, until)


def _nothing(_db: sqlite3.Connection) -> None: ...
