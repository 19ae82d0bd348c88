"""What the embedded database promises beyond the contract: files, threads, failures that leave nothing behind."""

import asyncio
import resource
import sqlite3
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage import statements
from storage.checksums import checksum
from storage.events import RoomSpan
from storage.log import StorageError
from storage.sql import SqlStore
from tests.storage.samples import created, entry, joined, message, raised, revised


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    opened = await SqlStore.open(tmp_path)
    yield opened
    await opened.close()


async def execute(store: SqlStore, sql: str) -> list[tuple[object, ...]]:
    """Something that no caller can ask for, on the writer's own connection."""
    return await store._writer.run(lambda db: db.execute(sql).fetchall())


# --- the data folder ---


async def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    store = await SqlStore.open(tmp_path)
    logged = await store.append([entry(created()), entry(raised(), "g", key="k"), entry(joined("bo"), "me/real/bo")])
    known = (store.epoch, store.secret, await store.groups(), await store.memberships(0.0), await store.alerts(0.0))
    await store.close()
    again = await SqlStore.open(tmp_path)
    assert known == (
        again.epoch,
        again.secret,
        await again.groups(),
        await again.memberships(0.0),
        await again.alerts(0),
    )
    assert await again.find(["k"]) == {"k": logged[1]}
    assert await again.after("g", 0, 10) == [logged[1]]
    (next_event,) = await again.append([entry(message(), "g")])
    assert (next_event.offset, next_event.rooms) == (logged[-1].offset + 1, {"g": 2})
    await again.close()


async def test_the_folder_and_its_files_are_for_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    store = await SqlStore.open(folder)
    await store.append([entry(message(), "g")])
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.iterdir()]}
    await store.close()
    assert modes.pop("data") == 0o700
    assert {"samverkan.db", "samverkan.db-wal", "samverkan.db-shm", "samverkan.lock"} == set(modes)
    assert set(modes.values()) == {0o600}


async def test_two_servers_cannot_have_one_folder(store: SqlStore, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="another server is using the data folder"):
        await SqlStore.open(tmp_path)
    await store.close()
    again = await SqlStore.open(tmp_path)
    await again.close()


async def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="cannot write the data folder"):
        await SqlStore.open(tmp_path / "file" / "data")


async def test_a_file_that_is_no_database_is_one_clear_error_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "samverkan.db"
    path.write_text("Dear diary, " * 1_000)
    for _ in range(2):  # the lock was let go as well
        with pytest.raises(StorageError, match=r"cannot use .*samverkan\.db: file is not a database$"):
            await SqlStore.open(tmp_path)
    assert path.read_text() == "Dear diary, " * 1_000


async def test_a_closed_store_says_so(store: SqlStore) -> None:
    await store.close()
    for call in (store.append([entry(message(), "g")]), store.after("g", 0, 1), store.check_writable()):
        with pytest.raises(StorageError, match="closed"):
            await call


async def test_what_is_under_way_is_finished_before_closing(store: SqlStore, tmp_path: Path) -> None:
    appends = [asyncio.ensure_future(store.append([entry(message(str(n)), "g")])) for n in range(20)]
    await asyncio.sleep(0)  # each has been handed to the writer
    await store.close()
    assert [logged.rooms["g"] for (logged,) in await asyncio.gather(*appends)] == list(range(1, 21))


async def test_whoever_stops_waiting_does_not_disturb_the_others(store: SqlStore) -> None:
    """A cancelled append is stored nevertheless, as the contract says that it may be."""
    first, second = (asyncio.ensure_future(store.append([entry(message(), "g", key=key)])) for key in ("k1", "k2"))
    await asyncio.sleep(0)  # both have been handed to the writer
    first.cancel()
    (logged,) = await second
    assert logged.rooms == {"g": 2}
    assert list(await store.find(["k1", "k2"])) == ["k1", "k2"]


def test_a_loop_that_is_gone_does_not_stop_the_writer(tmp_path: Path) -> None:
    async def leave_work_behind() -> SqlStore:
        store = await SqlStore.open(tmp_path)
        store._writer._hand_over(lambda: store._writer._db.execute("SELECT 1"))
        return store

    store = asyncio.run(leave_work_behind())
    asyncio.run(store.check_writable())
    asyncio.run(store.close())


# --- durability ---


async def test_commits_are_on_the_disk_when_they_return(store: SqlStore) -> None:
    assert await execute(store, "PRAGMA synchronous") == [(2,)]  # FULL
    assert await execute(store, "PRAGMA journal_mode") == [("wal",)]
    assert await execute(store, "PRAGMA foreign_keys") == [(1,)]


# --- what is withdrawn or too old is gone ---


async def test_withdrawn_and_pruned_texts_are_nowhere_in_the_file(store: SqlStore, tmp_path: Path) -> None:
    """Not in what SQLite has let go of, either."""
    said = [
        message("m", text="WITHDRAWN"),
        revised(1, "WITHDRAWN too"),
        revised(1, "stays"),
        message("n", text="PRUNED"),
    ]
    await store.append(
        [entry(created(), at=9.0)] + [entry(body, "g", key=f"the key of {n}") for n, body in enumerate(said)]
    )
    await store.close()
    assert b"WITHDRAWN" not in files(tmp_path)
    store = await SqlStore.open(tmp_path)
    while await store.prune({"message": 5.0}, 2):
        pass
    await store.close()
    for gone in (b"PRUNED", b"stays", b"the key"):
        assert gone not in files(tmp_path)


def files(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_scrubbed_texts_are_in_no_file_of_an_open_store(store: SqlStore, tmp_path: Path) -> None:
    """The WAL holds pages as they were, until it is emptied."""
    await store.append([entry(created(), at=9.0), entry(message("m", text="WITHDRAWN"), "g", key="the key of m")])
    await store.append([entry(revised(1, "WITHDRAWN too"), "g")])
    await store.append([entry(revised(1, "stays"), "g")])
    await store.scrub()
    assert b"stays" in files(tmp_path)
    assert b"WITHDRAWN" not in files(tmp_path)
    while await store.prune({"message": 5.0}, 2):
        pass
    assert b"stays" in files(tmp_path)
    await store.scrub()
    for gone in (b"stays", b"the key"):
        assert gone not in files(tmp_path)
    assert await store.rooms() == {"g": RoomSpan(first=4, last=3)}


async def test_scrubbing_waits_for_nobody_who_reads_and_is_done_the_next_time(store: SqlStore, tmp_path: Path) -> None:
    """A backup holds one moment of the log for as long as it takes; appends must not wait for that."""
    await store.append([entry(created()), entry(message("m", text="WITHDRAWN"), "g")])
    reader = sqlite3.connect(tmp_path / "samverkan.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM events").fetchone()
    await store.append([entry(revised(1, "stays"), "g")])
    await store.scrub()
    assert b"WITHDRAWN" in files(tmp_path)
    assert await execute(store, "PRAGMA busy_timeout") == [(2_000,)]  # a commit may wait again
    await store.append([entry(message("n"), "g")])
    reader.execute("COMMIT")
    await store.scrub()
    assert b"WITHDRAWN" not in files(tmp_path)
    reader.close()


async def test_scrubbing_gets_its_turn_beside_our_own_reader(store: SqlStore, tmp_path: Path) -> None:
    await store.append([entry(created())] + [entry(message(str(n), text="x" * 2_000), "g") for n in range(300)])
    await store.append([entry(message("m", text="WITHDRAWN"), "g"), entry(revised(301, "stays"), "g")])
    pages = [asyncio.ensure_future(store.after("g", 0, 300)) for _ in range(8)]
    await asyncio.sleep(0)  # they have been handed to the reader
    await store.scrub()
    await asyncio.gather(*pages)
    assert (tmp_path / "samverkan.db-wal").stat().st_size == 0
    assert b"WITHDRAWN" not in files(tmp_path)


async def test_the_log_begins_at_what_is_left_however_many_erased_ones_come_before_it(store: SqlStore) -> None:
    await store.append([entry(joined("bo"), "g")] + [entry(message(), f"room {n}") for n in range(9)])
    while await store.prune({"message": 5.0}, 2):
        pass
    assert await execute(store, "SELECT count(*), count(key) FROM events") == [(10, 0)]
    await store.append([entry(message("young"), "g", at=9.0)])
    await store.prune({"membership": 5.0}, 2)
    assert await execute(store, "SELECT offset FROM events") == await execute(store, "SELECT offset FROM entries")
    assert await execute(store, "SELECT offset FROM events") == [(11,)]


async def test_each_row_has_its_checksum_also_when_it_was_rewritten(store: SqlStore) -> None:
    await store.append([entry(created()), entry(message(), "g", at=1), entry(revised(1, "b"), "g", key="k")])
    await store.append([entry(revised(1, "c"), "g"), entry(raised(), "g", at=9.0)])
    await store.prune({"message": 5.0}, 2)
    rows = await execute(store, "SELECT * FROM events")
    assert {row[2] for row in rows} == {"group_created", "erased", "message_revised", "alert_raised"}
    for *columns, said in rows:
        assert said == checksum(columns)


# --- failures leave nothing, and the store goes on ---

A_LOT = [entry(created("new"), "me")] + [entry(message(str(n), text="x" * 4_000), "g", key=f"k{n}") for n in range(50)]


async def check_nothing_remains(store: SqlStore) -> None:
    """After a failed A_LOT: only the one message that came before it; and the next is numbered after that."""
    assert await store.rooms() == {"g": RoomSpan(first=1, last=1)}
    assert await store.groups() == await store.memberships(0.0) == []
    assert await store.find(["k0", "k49"]) == {}
    first, second = (await store.append([entry(message("next"), "g")]))[0], (await store.append(A_LOT))[1]
    assert (first.offset, first.rooms, second.rooms) == (2, {"g": 2}, {"g": 3})


async def test_a_full_disk(store: SqlStore) -> None:
    await store.append([entry(message(), "g")])
    ((pages,),) = await execute(store, "PRAGMA page_count")
    await execute(store, f"PRAGMA max_page_count = {pages + 5}")
    with pytest.raises(StorageError, match="full"):
        await store.append(A_LOT)
    await execute(store, "PRAGMA max_page_count = 1000000")
    await check_nothing_remains(store)


async def test_a_disk_that_fails_while_committing(store: SqlStore, tmp_path: Path) -> None:
    """A limit on the file's size lets the statements pass and stops the commit in the middle of the WAL."""
    await store.append([entry(message(), "g")])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((tmp_path / "samverkan.db-wal").stat().st_size + 50_000, hard))
    try:
        with pytest.raises(StorageError, match="disk"):
            await store.append(A_LOT)
        with pytest.raises(StorageError, match="disk"):
            await store.append(A_LOT)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    await check_nothing_remains(store)


async def test_a_constraint_in_the_middle_of_a_batch(store: SqlStore) -> None:
    await store.append([entry(message(), "g")])
    await execute(
        store,
        "CREATE TRIGGER refuse BEFORE INSERT ON entries WHEN NEW.seq = 30 BEGIN SELECT RAISE(ABORT, 'refused'); END",
    )
    with pytest.raises(StorageError, match="refused"):
        await store.append(A_LOT)
    await execute(store, "DROP TRIGGER refuse")
    await check_nothing_remains(store)


async def test_a_database_that_is_read_only(store: SqlStore) -> None:
    await store.append([entry(message(), "g")])
    await execute(store, "PRAGMA query_only = ON")
    for call in (store.append(A_LOT), store.check_writable(), store.prune({"message": 9.0}, 10)):
        with pytest.raises(StorageError, match="readonly"):
            await call
    await execute(store, "PRAGMA query_only = OFF")
    await store.check_writable()
    await check_nothing_remains(store)


async def test_a_database_that_somebody_else_has_locked(store: SqlStore, tmp_path: Path) -> None:
    await store.append([entry(message(), "g")])
    await execute(store, "PRAGMA busy_timeout = 0")
    other = sqlite3.connect(tmp_path / "samverkan.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError, match="locked"):
        await store.append(A_LOT)
    assert len(await store.after("g", 0, 10)) == 1  # reading goes on
    other.close()
    await check_nothing_remains(store)


async def test_what_cannot_be_encoded_is_the_callers_bug_and_leaves_nothing(store: SqlStore) -> None:
    await store.append([entry(message(), "g")])
    with pytest.raises(UnicodeEncodeError):
        await store.append([*A_LOT, entry(message(text="half a pair: \ud83d"), "g")])
    await check_nothing_remains(store)


async def test_a_damaged_event_is_told_as_such(store: SqlStore) -> None:
    await store.append([entry(message(), "g")])
    await execute(store, "UPDATE events SET body = '{'")
    with pytest.raises(StorageError, match="damaged message_posted of version 3"):
        await store.after("g", 0, 1)
    await execute(store, "UPDATE events SET version = 99")
    with pytest.raises(StorageError, match="cannot read message_posted of version 99"):
        await store.after("g", 0, 1)


# --- speed that no figure is needed for ---

WHOLE_TABLES = {"FACTS", "ROOMS", "GROUPS", "MARKERS", "META_NAMES"}  # read once, at start
FEW_ROWS = {"FORGET_CREATOR"}  # seldom, and a thousand groups take a millisecond
IN_ORDER = {"OLDEST"}  # walks the primary key and stops at its limit


@pytest.mark.parametrize(
    "name", [name for name, value in vars(statements).items() if isinstance(value, statements.Statement)]
)
async def test_every_query_has_its_index(store: SqlStore, name: str) -> None:
    statement: statements.Statement = vars(statements)[name]
    parameters = dict.fromkeys(statement.parameters)
    plan = await store._writer.run(lambda db: db.execute(f"EXPLAIN QUERY PLAN {statement.sql}", parameters).fetchall())
    scans = [step for *_, step in plan if step.startswith("SCAN") and step != "SCAN CONSTANT ROW"]
    if name in WHOLE_TABLES | FEW_ROWS | IN_ORDER:
        assert len(scans) == 1
    else:
        assert scans == []
