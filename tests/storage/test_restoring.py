"""A backup becomes a folder's log, whole or not at all."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command

from storage import restoring as module
from storage.backup import back_up
from storage.log import StorageError
from storage.migrations import configuration, connection
from storage.restoring import restoring
from storage.sql import SqlStore
from storage.sqlite import DATABASE
from storage.verifying import verify
from tests.storage.samples import created, entry, message

ROOT = Path(__file__).parents[2]


def silent(*_: object) -> None:
    """Progress that nobody watches."""


@pytest.fixture
async def backup(tmp_path: Path) -> Path:
    """Of a log with one message, which said "then"."""
    await written(tmp_path / "old", "then")
    back_up(tmp_path / "old", tmp_path / "backup", [("key", b"secret")], silent, replace=False)
    return tmp_path / "backup"


async def written(folder: Path, text: str) -> None:
    store = await SqlStore.open(folder)
    await store.append([entry(created()), entry(message(text=text), "g", key="k")])
    await store.close()


async def said(folder: Path) -> list[str]:
    store = await SqlStore.open(folder)
    texts = [event.body.text for event in await store.after("g", 0, 10)]
    await store.close()
    return texts


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def contents(folder: Path) -> dict[str, bytes]:
    """Of each file, but for the one that is only there to be locked."""
    files = (path for path in folder.iterdir() if path.is_file() and path.name != "samverkan.lock")
    return {path.name: path.read_bytes() for path in files}


def restore(source: Path, folder: Path, *, replace: bool = False) -> Path | None:
    with restoring(source, folder, silent, replace=replace) as ready:
        return ready.put_in_place()


async def test_all_is_there_again_under_another_epoch(backup: Path, tmp_path: Path) -> None:
    with restoring(backup, tmp_path / "new", silent, replace=False) as ready:
        assert ready.files == {"key": b"secret"}
        assert ready.verdict[:2] == (2, 1)
        assert ready.put_in_place() is None
    assert names(tmp_path / "new") == {DATABASE, "samverkan.lock"}
    assert (tmp_path / "new" / DATABASE).stat().st_mode & 0o777 == 0o600
    old, new = await SqlStore.open(tmp_path / "old"), await SqlStore.open(tmp_path / "new")
    assert (new.secret, await new.find(["k"])) == (old.secret, await old.find(["k"]))
    assert await new.groups() == await old.groups()
    assert new.epoch != old.epoch
    assert await new._reader.run(lambda db: db.execute("SELECT name FROM meta").fetchall()) == [("epoch",), ("secret",)]
    await old.close()
    await new.close()


async def test_what_was_there_is_moved_aside_whole(backup: Path, tmp_path: Path) -> None:
    await written(tmp_path / "data", "now")
    moved = restore(backup, tmp_path / "data", replace=True)
    again = restore(backup, tmp_path / "data", replace=True)
    assert moved is not None
    assert again is not None
    assert moved != again
    assert await said(tmp_path / "data") == ["then"]
    moved.rename(tmp_path / "old" / DATABASE)
    assert await said(tmp_path / "old") == ["now"]


async def test_what_a_killed_server_left_in_its_wal_is_moved_too(backup: Path, tmp_path: Path) -> None:
    store = await SqlStore.open(tmp_path / "killed")
    await store.append([entry(created()), entry(message(text="in the WAL"), "g")])
    (tmp_path / "data").mkdir()
    for suffix in ("", "-wal"):
        (tmp_path / "data" / f"{DATABASE}{suffix}").write_bytes(
            (tmp_path / "killed" / f"{DATABASE}{suffix}").read_bytes()
        )
    await store.close()
    moved = restore(backup, tmp_path / "data", replace=True)
    assert await said(tmp_path / "data") == ["then"]
    assert moved is not None
    moved.rename(tmp_path / "old" / DATABASE)
    assert await said(tmp_path / "old") == ["in the WAL"]


async def test_a_wal_without_its_database_is_not_taken_for_the_new_ones(backup: Path, tmp_path: Path) -> None:
    store = await SqlStore.open(tmp_path / "killed")
    await store.append([entry(created()), entry(message(text="x" * 9_000), "g")])
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / f"{DATABASE}-wal").write_bytes((tmp_path / "killed" / f"{DATABASE}-wal").read_bytes())
    await store.close()
    restore(backup, tmp_path / "data")
    assert await said(tmp_path / "data") == ["then"]
    assert verify(tmp_path / "data" / DATABASE, silent).broken == []


async def test_a_database_that_is_broken_can_be_replaced(backup: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for suffix in ("", "-wal"):
        (tmp_path / "data" / f"{DATABASE}{suffix}").write_text("broken" * 1_000)
    moved = restore(backup, tmp_path / "data", replace=True)
    assert await said(tmp_path / "data") == ["then"]
    assert moved is not None
    assert contents(tmp_path / "data")[moved.name] == b"broken" * 1_000


def refused(source: Path, folder: Path, match: str, *, replace: bool = True) -> None:
    before = contents(folder)
    with pytest.raises(StorageError, match=match):
        restore(source, folder, replace=replace)
    assert contents(folder) == before


async def test_what_is_there_stays_unless_it_may_be_replaced(backup: Path, tmp_path: Path) -> None:
    await written(tmp_path / "data", "now")
    refused(backup, tmp_path / "data", "has a database already", replace=False)


async def test_a_running_server_keeps_its_folder(backup: Path, tmp_path: Path) -> None:
    store = await SqlStore.open(tmp_path / "data")
    refused(backup, tmp_path / "data", "another server is using the data folder")
    await store.close()


async def test_a_database_that_somebody_looks_at_is_not_moved(backup: Path, tmp_path: Path) -> None:
    await written(tmp_path / "data", "now")
    with closing(sqlite3.connect(tmp_path / "data" / DATABASE)) as shell:
        shell.execute("BEGIN")
        shell.execute("SELECT * FROM events").fetchone()
        with pytest.raises(StorageError, match="is in use; nothing was restored"):
            restore(backup, tmp_path / "data", replace=True)
    assert await said(tmp_path / "data") == ["now"]


@pytest.mark.parametrize(
    ("spoil", "match"),
    [
        ("UPDATE events SET body = '{}'", r"(?s)is broken; nothing was restored:.*its checksum differs"),
        ("UPDATE alembic_version SET version_num = '9999'", "newer samverkan"),
        ("DROP TABLE alembic_version", "is not a database of samverkan"),
    ],
)
async def test_a_file_that_is_not_right_changes_nothing(backup: Path, tmp_path: Path, spoil: str, match: str) -> None:
    await written(tmp_path / "data", "now")
    with closing(sqlite3.connect(backup, isolation_level=None)) as db:
        db.execute(spoil)
    refused(backup, tmp_path / "data", match)


async def test_a_file_that_is_cut_off_or_something_else_changes_nothing(backup: Path, tmp_path: Path) -> None:
    await written(tmp_path / "data", "now")
    other = tmp_path / "other"
    refused(other, tmp_path / "data", "there is no database")
    (tmp_path / "other").write_bytes(contents(tmp_path)["backup"][: 4096 * 5])
    refused(other, tmp_path / "data", "malformed")
    (tmp_path / "other").write_text("Dear diary, " * 1_000)
    refused(other, tmp_path / "data", "file is not a database")


async def test_a_backup_of_an_older_samverkan_is_brought_up_to_date(tmp_path: Path) -> None:
    settings = configuration()
    old = tmp_path / "old.backup"
    with connection(lambda: sqlite3.connect(old, isolation_level=None)) as made, made.begin():
        settings.attributes["connection"] = made
        command.upgrade(settings, "0001")
        made.exec_driver_sql("INSERT INTO meta VALUES ('epoch', X'65'), ('secret', X'73')")
    content = contents(tmp_path)["old.backup"]
    restore(old, tmp_path / "new")
    assert verify(tmp_path / "new" / DATABASE, silent).broken == []
    assert contents(tmp_path)["old.backup"] == content


async def test_nothing_has_changed_before_it_is_put_in_place(backup: Path, tmp_path: Path) -> None:
    await written(tmp_path / "data", "now")
    with restoring(backup, tmp_path / "data", silent, replace=True):
        assert names(tmp_path / "data") == {DATABASE, module.DRAFT, "samverkan.lock"}
    assert names(tmp_path / "data") == {DATABASE, "samverkan.lock"}
    assert await said(tmp_path / "data") == ["now"]


# What put_in_place asks of the system: each may be the first that it did not do, or the last that it did.
KILLED_AT = [
    (call, when)
    for call in ("time.strftime", "restoring._close", "Path.hardlink_to", "restoring.sync", "Path.replace")
    for when in ("before", "after")
]
KILLED = """
import os, signal, sys, time
from pathlib import Path
from storage import restoring

def restore_until(call, when, folder):
    owner, name = call.split(".")
    owner = dict(time=time, restoring=restoring, Path=Path)[owner]
    real = getattr(owner, name)
    def die(*args, **kwargs):
        if when == "after":
            real(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)
    with restoring.restoring(Path(sys.argv[1]), Path(folder), lambda *_: None, replace=True) as ready:
        setattr(owner, name, die)
        ready.put_in_place()

for case in sys.argv[2:]:
    if not (child := os.fork()):
        restore_until(*case.split("|"))
        os._exit(0)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL, case
"""


async def test_killed_at_any_moment_the_folder_has_either_of_the_two(backup: Path, tmp_path: Path) -> None:
    await written(tmp_path / "data", "now")
    folders = [shutil.copytree(tmp_path / "data", tmp_path / f"{call} {when}") for call, when in KILLED_AT]
    cases = [f"{call}|{when}|{folder}" for (call, when), folder in zip(KILLED_AT, folders, strict=True)]
    subprocess.run([sys.executable, "-c", KILLED, str(backup), *cases], cwd=ROOT, check=True)  # noqa: ASYNC221
    for (call, when), folder in zip(KILLED_AT, folders, strict=True):
        assert verify(folder / DATABASE, silent).broken == []
        assert await said(folder) == ["then" if (call, when) == ("Path.replace", "after") else "now"], (call, when)
        restore(backup, folder, replace=True)
        assert await said(folder) == ["then"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with closing(sqlite3.connect(tmp_path / "backup")) as db, db:
        db.execute("CREATE TABLE alembic_version AS SELECT '0001' AS version_num")
    with pytest.raises(StorageError, match="cannot make the data folder"):
        restore(tmp_path / "backup", tmp_path / "file" / "data")
    assert names(tmp_path) == {"file", "backup"}
