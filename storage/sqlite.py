"""The embedded database's files and threads: one folder, one server, one file, and a connection with its own thread."""

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Concatenate, Final, ParamSpec, TypeVar, cast

from storage.log import StorageError
from storage.serial import Unreadable

DATABASE: Final = "samverkan.db"
LOCK: Final = "samverkan.lock"

P = ParamSpec("P")
T = TypeVar("T")

_PATIENCE_MS: Final = 2_000

# FULL: a commit returns when it is on the disk. busy_timeout: a person's sqlite3 shell may hold the file for a moment.
# secure_delete: what was withdrawn is overwritten, not only let go.
_PRAGMAS: Final = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    f"busy_timeout = {_PATIENCE_MS}",
    "secure_delete = ON",
)


def prepare_folder(folder: Path) -> Path:
    """Make the data folder and the database's file, readable by their owner only; return the file's path."""
    path = folder / DATABASE
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))  # SQLite's own files take the same mode
    except OSError as error:
        raise StorageError(f"cannot write the data folder {folder}: {error.strerror}") from error
    return path


def lock_folder(folder: Path) -> int:
    """Take the data folder for this server; closing the returned file descriptor lets go, and so does dying."""
    try:
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StorageError(f"cannot write the data folder {folder}: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise StorageError(f"another server is using the data folder {folder}") from error
    return lock


def connect(path: Path) -> sqlite3.Connection:
    """A connection on which transactions begin only where we say so, for one thread at a time."""
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    try:
        for pragma in _PRAGMAS:
            db.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        db.close()
        raise
    return db


def connect_to_read(path: Path) -> sqlite3.Connection:
    """A connection that cannot write, also to the database of a running server. Raises StorageError."""
    if not path.is_file():
        raise StorageError(f"there is no database {path}")
    try:
        return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    except sqlite3.Error as error:
        raise StorageError(f"cannot read {path}: {error}") from error


def empty_wal(db: sqlite3.Connection) -> bool:
    """Take what is in the WAL into the database, and leave the WAL empty; False if somebody is reading from it.

    Until then it holds pages as they were, with texts that have been withdrawn since. Waits for nobody: appends would
    wait behind it.
    """
    db.execute("PRAGMA busy_timeout = 0")
    try:
        is_busy, *_ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        db.execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
    return not is_busy


class Worker:
    """A connection and the one thread that uses it: every call is one hop there and back, in the order of calling.

    A bare queue, because an executor's futures cost the loop 16 µs a call and this 6.5. The thread is a daemon: a
    server that dies without closing must not hang on it, and every commit is whole anyway.
    """

    def __init__(self, db: sqlite3.Connection, name: str) -> None:
        self._db = db
        self._closed = False
        self._waiting: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        Thread(target=self._work, name=name, daemon=True).start()

    def _work(self) -> None:
        while (do := self._waiting.get()) is not None:
            do()

    async def run(self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do some work with the connection; what the database could not do becomes StorageError."""
        if self._closed:
            raise StorageError("the log is closed")
        return await self._hand_over(lambda: work(self._db, *args, **kwargs))

    async def close(self) -> None:
        """Finish what was asked before, and let go. May be called again."""
        if not self._closed:
            self._closed = True
            closing = self._hand_over(self._db.close)
            self._waiting.put(None)
            await closing

    def _hand_over(self, work: Callable[[], T]) -> asyncio.Future[T]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def do() -> None:
            result, error = _outcome(work)
            with suppress(RuntimeError):  # the loop is gone, and with it whoever asked
                loop.call_soon_threadsafe(_give, answer, result, error)

        self._waiting.put(do)
        return answer


def _outcome(work: Callable[[], T]) -> tuple[T | None, BaseException | None]:
    try:
        return work(), None
    except sqlite3.ProgrammingError as error:
        return None, error  # ours to repair, as a wrong parameter
    except (sqlite3.Error, Unreadable) as error:
        refused = StorageError(str(error))
        refused.__cause__ = error
        return None, refused
    except BaseException as error:
        return None, error


def _give(answer: asyncio.Future[T], result: T | None, error: BaseException | None) -> None:
    if answer.done():  # whoever asked has been cancelled
        return
    if error is None:
        answer.set_result(cast(T, result))
    else:
        answer.set_exception(error)


def transaction(
    work: Callable[Concatenate[sqlite3.Connection, P], T],
) -> Callable[Concatenate[sqlite3.Connection, P], T]:
    """Make some work one durable transaction: whatever it raises, nothing of it remains."""

    def whole(db: sqlite3.Connection, /, *args: P.args, **kwargs: P.kwargs) -> T:
        db.execute("BEGIN IMMEDIATE")
        try:
            result = work(db, *args, **kwargs)
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:  # a full disk has already rolled back by itself
                db.execute("ROLLBACK")
            raise
        return result

    return whole
