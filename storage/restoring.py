"""A backup becomes the log of a data folder: checked before anything is touched, and then all at once."""

import os
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from storage import statements
from storage.backup import FILE, copy, sync
from storage.log import StorageError
from storage.media import MediaFiles
from storage.migrations import migrate, schema_of
from storage.sqlite import DATABASE, connect_to_read, lock_folder, transaction
from storage.telling import Tell
from storage.verifying import Verdict, verify

DRAFT: Final = f"{DATABASE}.restoring"
_BESIDE: Final = ("-wal", "-shm", "-journal")  # what SQLite keeps next to a database that is open, or was not closed


class Restoring:
    """A backup that lies ready beside a folder's database; nothing of the folder has changed yet."""

    def __init__(self, folder: Path, draft: Path, files: dict[str, bytes], verdict: Verdict) -> None:
        self.files = files  # by name, as they were given to the backup
        self.verdict = verdict
        self._draft = draft
        self._database = folder / DATABASE

    def put_in_place(self) -> Path | None:
        """Make it the folder's database; return where the one before has been moved, if there was one.

        Killed at any moment, the folder has either of the two, whole.
        """
        moved = _set_aside(self._database)
        self._draft.replace(self._database)
        sync(self._database.parent)
        return moved


@contextmanager
def restoring(source: Path, folder: Path, tell: Tell, *, replace: bool) -> Iterator[Restoring]:
    """Prepare a backup for a data folder, which nobody else can use meanwhile.

    Its history has another epoch from now on, for what came after the backup is not in it; the secret stays. Raises
    StorageError, and leaves the folder as it is, if a server uses it, if it has a database that may not be replaced, or
    if the file is broken, foreign or newer than this program.
    """
    _refuse_database(folder, replace=replace)
    with closing(connect_to_read(source)) as db:
        schema_of(db, source)
        _make(folder)
        lock = lock_folder(folder)
        draft = folder / DRAFT
        try:
            _refuse_database(folder, replace=replace)
            draft.unlink(missing_ok=True)  # of one that was killed
            os.close(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            copy(db, draft, tell)
            verdict = _adopt(draft, source, tell)
            files = _take_files(draft, folder)
            sync(draft)
            yield Restoring(folder, draft, files, verdict)
        finally:
            for name in ("", *_BESIDE):
                with suppress(FileNotFoundError):
                    os.unlink(f"{draft}{name}")
            os.close(lock)


def _adopt(draft: Path, source: Path, tell: Tell) -> Verdict:
    """Bring the copy to this program's schema and check it: an older one has no checksums before."""
    migrate(lambda: sqlite3.connect(draft, isolation_level=None))
    verdict = verify(draft, tell)
    if verdict.broken:
        raise StorageError("\n".join([f"{source} is broken; nothing was restored:", *verdict.broken]))
    return verdict


def _take_files(draft: Path, folder: Path) -> dict[str, bytes]:
    """Give the history another epoch, and take the files out of it: pictures go where they belong, others are returned.

    A picture is named by what it is, so that one which is there already is the same.
    """
    media, others = MediaFiles(folder), {}
    with closing(sqlite3.connect(draft, isolation_level=None)) as db:
        names = _begin_anew(db)
        for name in names:
            content: bytes = statements.GET_META.run(db, fact=FILE + name).fetchone()[0]
            if not media.restore(name, content):
                others[name] = content
            statements.DROP_META.run(db, fact=FILE + name)
        if names:
            db.execute("VACUUM")
    return others


@transaction
def _begin_anew(db: sqlite3.Connection) -> list[str]:
    statements.SET_META.run(db, name="epoch", value=secrets.token_hex(8).encode())
    names = [name for (name,) in statements.META_NAMES.run(db).fetchall()]
    return [name.removeprefix(FILE) for name in names if name.startswith(FILE)]


def _refuse_database(folder: Path, *, replace: bool) -> None:
    if (folder / DATABASE).exists() and not replace:
        raise StorageError(f"{folder} has a database already; --replace moves it aside")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"cannot make the data folder {folder}: {error.strerror}") from error


def _set_aside(database: Path) -> Path | None:
    """Give the database that is there a second name, so that nothing is lost when the first gets another file."""
    aside = _free_name(database)
    if database.exists():
        _close(database)
        aside.hardlink_to(database)
    for suffix in _BESIDE:
        # Of a database too broken to be closed, or that is gone: it would be taken for the new one's.
        with suppress(FileNotFoundError):
            os.rename(f"{database}{suffix}", f"{aside}{suffix}")
    sync(database.parent)
    return aside if aside.exists() else None


def _free_name(database: Path) -> Path:
    stamp = time.strftime("%Y%m%d-%H%M%S")
    names = (database.with_name(f"{database.name}.{stamp}{more}") for more in ("", *(f"-{n}" for n in range(2, 100))))
    return next(name for name in names if not name.exists())


def _close(database: Path) -> None:
    """Take what a server left in the WAL into the database, which is then one file."""
    try:
        with closing(sqlite3.connect(database, isolation_level=None)) as db:
            db.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as error:
        raise StorageError(f"{database} is in use; nothing was restored: {error}") from error
    except sqlite3.DatabaseError:
        return  # broken, which may be why there is something to restore
