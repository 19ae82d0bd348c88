"""A backup is of one moment, whole or not there at all, and for its owner only."""

import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from storage import writing
from storage.backup import back_up
from storage.log import StorageError
from storage.sql import SqlStore
from storage.verifying import verify
from tests.storage.samples import created, entry, message

FILES = {"token-key.json": b'{"kty": "OKP"}\n'}
ROOT = Path(__file__).parents[2]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def silent(*_: object) -> None:
    """Progress that nobody watches."""


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    opened = await SqlStore.open(tmp_path / "data")
    await opened._writer.run(lambda db: db.execute("PRAGMA synchronous = OFF"))
    await opened.append([entry(created()), *(entry(message(text="x" * 4_000), "g") for _ in range(2_000))])
    yield opened
    await opened.close()


async def test_it_is_one_file_for_its_owner_with_all_that_there_was(store: SqlStore, tmp_path: Path) -> None:
    target = tmp_path / "monday.backup"
    told: list[tuple[str, int, int]] = []
    back_up(tmp_path / "data", target, FILES.items(), lambda *step: told.append(step), replace=False)
    assert names(tmp_path) == {"data", "monday.backup"}
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert verify(target, silent) == (2_001, 1, store.epoch, [])
    assert names(tmp_path) == {"data", "monday.backup"}  # reading it needs no WAL
    with closing(sqlite3.connect(target)) as db:
        facts = dict(db.execute("SELECT * FROM meta").fetchall())
    assert (facts["file token-key.json"], facts["secret"]) == (FILES["token-key.json"], store.secret)
    assert len(told) > 1
    assert told[-1] == ("copying", told[-1][2], told[-1][2])


async def test_it_is_of_one_moment_while_a_server_goes_on_writing(store: SqlStore, tmp_path: Path) -> None:
    """Each step of the copying waits for another append: were it of several moments, it would begin anew for ever."""
    steps = 0

    def write(*_: object) -> None:
        nonlocal steps
        steps += 1
        assert steps < 100
        done = threading.Event()
        store._writer._waiting.put(lambda: (append(store), done.set())[1])
        assert done.wait(10)

    back_up(tmp_path / "data", tmp_path / "backup", [], write, replace=False)
    assert steps > 5
    assert verify(tmp_path / "backup", silent)[0] == 2_001
    assert (await store.rooms())["g"].last == 2_000 + steps


def append(store: SqlStore) -> None:
    writing.append(store._writer._db, [entry(message(), "g")])


async def test_a_file_that_is_there_stays_unless_it_may_be_replaced(store: SqlStore, tmp_path: Path) -> None:
    target = tmp_path / "backup"
    target.write_text("last week's")
    with pytest.raises(StorageError, match="exists already"):
        back_up(tmp_path / "data", target, [], silent, replace=False)
    assert target.read_text() == "last week's"
    back_up(tmp_path / "data", target, [], silent, replace=True)
    assert verify(target, silent).broken == []


async def test_a_file_that_another_has_made_meanwhile_stays(store: SqlStore, tmp_path: Path) -> None:
    target = tmp_path / "backup"
    with pytest.raises(StorageError, match=r"cannot write .*backup: File exists"):
        back_up(tmp_path / "data", target, [], lambda *_: target.write_text("another's") and None, replace=False)
    assert target.read_text() == "another's"
    assert names(tmp_path) == {"data", "backup"}


async def test_the_database_is_no_place_for_its_backup(store: SqlStore, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="is the database itself"):
        back_up(tmp_path / "data", tmp_path / "data" / "samverkan.db", [], silent, replace=True)
    assert len(await store.after("g", 0, 10)) == 10


def test_a_folder_without_a_log_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    for folder in (tmp_path / "none", tmp_path):
        with pytest.raises(StorageError, match="there is no database"):
            back_up(folder, tmp_path / "backup", [], silent, replace=False)
    (tmp_path / "samverkan.db").write_text("Dear diary, " * 1_000)
    with pytest.raises(StorageError, match="file is not a database"):
        back_up(tmp_path, tmp_path / "backup", [], silent, replace=False)
    assert names(tmp_path) == {"samverkan.db"}


async def test_a_folder_that_cannot_be_written_is_told(store: SqlStore, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot write into"):
        back_up(tmp_path / "data", tmp_path / "nowhere" / "backup", [], silent, replace=False)


async def test_one_that_is_killed_leaves_nothing_under_its_name(store: SqlStore, tmp_path: Path) -> None:
    script = """
import os, signal, sys
from pathlib import Path
from storage import writing
from storage.backup import back_up
folder, target, step = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
def kill(what, done, of):
    if done >= of * step / 3:
        os.kill(os.getpid(), signal.SIGKILL)
back_up(folder, target, [], kill, replace=True)
"""
    target = tmp_path / "backup"
    target.write_text("last week's")
    for step in (1, 3):
        command = [sys.executable, "-c", script, str(tmp_path / "data"), str(target), str(step)]
        assert subprocess.run(command, cwd=ROOT).returncode == -9  # noqa: ASYNC221 — nothing else goes on
        assert target.read_text() == "last week's"
