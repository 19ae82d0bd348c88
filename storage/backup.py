"""A copy of the log in one file, taken while a server writes to it."""

import os
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from storage.log import StorageError
from storage.migrations import schema_of
from storage.sqlite import DATABASE, connect_to_read
from storage.telling import Tell
from storage.writing import set_fact

FILE: Final = "file "  # the facts that hold a file which belongs to the log begin so
_PAGES: Final = 256  # in one step: 1 MiB


def database_of(folder: Path) -> Path:
    """Where a data folder has its database."""
    return folder / DATABASE


def back_up(folder: Path, target: Path, files: Iterable[tuple[str, bytes]], tell: Tell, *, replace: bool) -> None:
    """Copy a data folder's database into one file, readable by its owner only, and these files by name with it.

    The copy is of one moment, and stands under its name whole or not at all. Raises StorageError: also if the target is
    there already, unless it may be replaced.
    """
    source = database_of(folder)
    if target.exists() and source.exists() and target.samefile(source):
        raise StorageError(f"{target} is the database itself")
    if target.exists() and not replace:
        raise StorageError(f"{target} exists already; --force replaces it")
    with closing(connect_to_read(source)) as db, _draft(target) as draft:
        schema_of(db, source)
        copy(db, draft, tell)
        with closing(sqlite3.connect(draft, isolation_level=None)) as made:
            for name, content in files:  # one after the other: pictures are many
                set_fact(made, FILE + name, content)
        _place(draft, target, replace=replace)


def copy(db: sqlite3.Connection, target: Path, tell: Tell) -> None:
    """Copy a database as it is now into an empty file, through to the disk. Raises StorageError.

    The transaction that stays open makes SQLite read one snapshot: without it, it would begin again at every commit of
    a server.
    """
    try:
        with closing(sqlite3.connect(target, isolation_level=None)) as made:
            db.execute("BEGIN")
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()
            db.backup(made, pages=_PAGES, progress=lambda _, left, of: tell("copying", of - left, of))
            db.execute("ROLLBACK")
            made.execute("PRAGMA journal_mode = DELETE")  # one file, without a WAL beside it
    except sqlite3.Error as error:
        raise StorageError(f"the database could not be copied: {error}") from error
    sync(target)


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """An empty file beside the target, for its owner only; gone afterwards, unless it has been moved away."""
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")  # mode 0600
    except OSError as error:
        raise StorageError(f"cannot write into {target.parent}: {error.strerror}") from error
    os.close(handle)
    try:
        yield Path(name)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)


def _place(draft: Path, target: Path, *, replace: bool) -> None:
    sync(draft)
    try:
        if replace:
            draft.replace(target)
        else:
            target.hardlink_to(draft)  # a rename would replace what another has put there meanwhile
    except OSError as error:
        raise StorageError(f"cannot write {target}: {error.strerror}") from error
    sync(target.parent)
