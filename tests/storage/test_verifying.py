"""A database that is whole is found whole, and each way of being broken is named."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest

from storage.checksums import checksum
from storage.events import Marker
from storage.log import StorageError
from storage.sql import SqlStore
from storage.sqlite import DATABASE
from storage.verifying import verify
from tests.storage.acts_until_killed import acts, do
from tests.storage.samples import created, dropped, entry, joined, left, message, raised, revised, said, updated

YOUNG = {"at": 9.0}


def found(folder: Path) -> list[str]:
    return verify(folder / DATABASE, lambda *_: None).broken


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A log of which a part is pruned, closed: offsets 3 to 15, of which 5 and 8 are erased."""
    store = await SqlStore.open(tmp_path)
    await store.append([entry(message("old"), "g"), entry(message("old"), "h")])
    await store.append([entry(created(), "me/real/anna", **YOUNG), entry(joined("bo"), "me/real/bo", **YOUNG)])
    await store.append([entry(message("old"), "g"), entry(message("m"), "g", key="k", **YOUNG)])
    await store.append([entry(raised("a"), "g", "h", **YOUNG), entry(revised(3, "b"), "g", **YOUNG)])
    await store.append([entry(revised(3, "c"), "g", **YOUNG), entry(updated("a", 2, expires_at=9.0), **YOUNG)])
    await store.append([entry(joined("cecilia"), "h", **YOUNG), entry(left("bo"), "h", **YOUNG)])
    await store.append([entry(said("bo"), **YOUNG), entry(said("dan"), **YOUNG), entry(dropped("bo"), **YOUNG)])
    await store.mark([Marker(world="real", user="anna", room="g", seq=3)])
    while await store.prune({"message": 5.0}, 2):
        pass
    await store.close()
    return tmp_path


async def test_what_is_whole_is_found_whole(folder: Path) -> None:
    store = await SqlStore.open(folder)
    verdict = verify(folder / DATABASE, lambda *_: None)
    assert verdict == (13, 4, store.epoch, [])
    await store.close()


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_was_done_is_whole_also_while_it_goes_on(tmp_path: Path, seed: int) -> None:
    store = await SqlStore.open(tmp_path)
    await store._writer.run(lambda db: db.execute("PRAGMA synchronous = OFF"))
    for number, act in enumerate(islice(acts(seed), 150)):
        await do(store, act)
        if number % 50 == 49:
            assert found(tmp_path) == []
    await store.close()


async def test_an_empty_log_is_whole(tmp_path: Path) -> None:
    await (await SqlStore.open(tmp_path)).close()
    assert found(tmp_path) == []


def signed(db: sqlite3.Connection) -> None:
    """Give each event the checksum of what it says now, so that only what it says can be found wrong."""
    for *columns, _ in db.execute("SELECT * FROM events").fetchall():
        db.execute("UPDATE events SET checksum = ? WHERE offset = ?", (checksum(columns), columns[0]))


BREAKING: list[tuple[str, list[str]]] = [
    (
        "UPDATE events SET at = 8.5 WHERE offset = 6",
        ["event 6 is not what was written: its checksum differs"],
    ),
    (
        "UPDATE events SET checksum = '' WHERE offset = 5",
        ["event 5 is not what was written: its checksum differs"],
    ),
    ("DELETE FROM meta WHERE name = 'pruned'", ["the log lacks offsets 1 to 2"]),
    ("UPDATE meta SET value = '3' WHERE name = 'pruned'", ["the log has offset 3 where offset 4 should be"]),
    ("DELETE FROM meta WHERE name = 'secret'", ["the secret of the log is missing"]),
    ("DELETE FROM meta WHERE name = 'epoch'", ["the epoch of the log is missing"]),
    (
        "INSERT INTO meta VALUES ('pruned probe', '16')",
        ["pruning of probe has reached offset 16, beyond the end of the log"],
    ),
    ("DELETE FROM events WHERE offset IN (10, 11)", ["the log lacks offsets 10 to 11"]),
    (
        "SIGNED UPDATE events SET body = '{' WHERE offset = 6",
        ["event 6 cannot be read: damaged message_posted of version 3"],
    ),
    ("SIGNED UPDATE events SET version = 9 WHERE offset = 6", ["event 6 cannot be read: this samverkan cannot read"]),
    ("SIGNED UPDATE events SET rooms = '{' WHERE offset = 6", ["event 6 cannot be read: damaged rooms"]),
    (
        """SIGNED UPDATE events SET rooms = '{"g":9}' WHERE offset = 6""",
        [
            "event 6 should stand at seq 9 of room g, where there is nothing",
            "event 6 does not know that it stands at seq 3 of room g",
        ],
    ),
    (
        "DELETE FROM entries WHERE room = 'g' AND seq = 4",
        ["event 7 should stand at seq 4 of room g, where there is nothing", "room g lacks seq 4"],
    ),
    (
        "UPDATE entries SET offset = 8 WHERE room = 'g' AND seq = 4",
        [
            "event 7 should stand at seq 4 of room g, where there is event 8",
            "event 8 does not know that it stands at seq 4 of room g",
        ],
    ),
    ("UPDATE entries SET offset = 99 WHERE room = 'g' AND seq = 4", ["seq 4 of room g is event 99, which is not in"]),
    ("INSERT INTO entries VALUES ('g', 1, 6)", ["room g has seq 1 where seq 3 should be"]),
    (
        "INSERT INTO entries VALUES ('nowhere', 1, 6)",
        ["room nowhere has an event at seq 1, but is not in the list of rooms"],
    ),
    ("UPDATE rooms SET last = 7 WHERE room = 'g'", ["room g should end at seq 7, but what there is ends at 6"]),
    ("UPDATE rooms SET first = 2 WHERE room = 'g'", ["room g lacks seq 2"]),
    ("DELETE FROM alerts", ["alert a was raised by event 7, but its state is missing"]),
    ("UPDATE alerts SET revision = 1", ["alert a is at revision 1, but its last event at 2"]),
    ("UPDATE alerts SET raised = 3", ["alert a is kept, but event 3 did not raise it"]),
    ("UPDATE alerts SET body = replace(body, 'going_on', 'closed')", ["alert a is not as its last event says"]),
    ("UPDATE alerts SET body = '{'", ["alert a cannot be read: damaged alert of version 2"]),
    ("DELETE FROM memberships WHERE user_id = 'cecilia'", ["cecilia joined group g, but is not among its members"]),
    (
        "UPDATE memberships SET ended_at = NULL WHERE user_id = 'bo'",
        ["bo left group g, but is still among its members"],
    ),
    (
        "UPDATE memberships SET from_seq = 1 WHERE user_id = 'cecilia'",
        ["cecilia may see group g from seq 7, but the list of members says 1"],
    ),
    (
        "DELETE FROM groups",
        [
            "a row of memberships belongs to one of groups that is not there",
            "group g was made by event 3, but is not in the list of groups",
        ],
    ),
    ("DELETE FROM facts", ["appointment 1:g/3:dan was said, but is not among what holds"]),
    ('UPDATE facts SET "set" = 3', ["appointment 1:g/3:dan is not what was said of it last"]),
    ("UPDATE facts SET key = '1:g/2:bo'", ["appointment 1:g/2:bo is not what was said", "appointment 1:g/3:dan was"]),
    ("UPDATE facts SET body = replace(body, 'dan', 'eva')", ["appointment 1:g/3:dan is not as event 14 says"]),
    ("UPDATE facts SET body = '{'", ["appointment 1:g/3:dan cannot be read: damaged fact of version 1"]),
    ("UPDATE markers SET seq = 7", ["anna has read room g up to seq 7, which it never had"]),
    ("UPDATE markers SET room = 'nowhere'", ["anna has read room nowhere up to seq 3, which it never had"]),
]


@pytest.mark.parametrize(("broken", "sentences"), BREAKING)
async def test_each_way_of_being_broken_is_named(folder: Path, broken: str, sentences: list[str]) -> None:
    with closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as db:
        db.execute(broken.removeprefix("SIGNED "))
        if broken.startswith("SIGNED"):
            signed(db)
    told = found(folder)
    for sentence in sentences:
        assert [line for line in told if line.startswith(sentence)], (sentence, told)


@pytest.mark.parametrize("spoil", [lambda page: bytes(len(page)), lambda page: page[::-1]], ids=["zeros", "reversed"])
async def test_a_page_that_a_disk_has_lost_is_found(folder: Path, spoil: Callable[[bytes], bytes]) -> None:
    path = folder / DATABASE
    with closing(sqlite3.connect(path)) as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'events'").fetchone()
    content = path.read_bytes()
    begin, end = (page - 1) * 4096, page * 4096
    path.write_bytes(content[:begin] + spoil(content[begin:end]) + content[end:])
    told = found(folder)
    assert told[0] == "the database cannot be read any further as a file: database disk image is malformed"


async def test_of_many_that_are_alike_the_first_are_told(tmp_path: Path) -> None:
    store = await SqlStore.open(tmp_path)
    await store.append([entry(message(), "g") for _ in range(50)])
    await store._writer.run(lambda db: db.execute("UPDATE events SET world = 'x'"))
    await store.close()
    assert len(found(tmp_path)) == 21
    assert found(tmp_path)[20] == "... and 30 more like these"


async def test_how_far_it_is_can_be_shown(folder: Path) -> None:
    told: list[tuple[str, int, int]] = []
    verify(folder / DATABASE, lambda *progress: told.append(progress))
    assert [step for step in told if step[1] == step[2]] == [
        ("asking SQLite", 1, 1),
        ("checking events", 13, 13),
        ("checking rooms", 9, 9),
    ]


def test_what_is_no_database_of_ours_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="there is no database"):
        found(tmp_path)
    (tmp_path / DATABASE).write_text("Dear diary, " * 1_000)
    with pytest.raises(StorageError, match="file is not a database"):
        found(tmp_path)
    (tmp_path / DATABASE).unlink()
    with closing(sqlite3.connect(tmp_path / DATABASE)) as db:
        db.execute("CREATE TABLE recipes (name)")
    with pytest.raises(StorageError, match="is not a database of samverkan"):
        found(tmp_path)


async def test_another_schema_is_said_to_be_one(folder: Path) -> None:
    for version, told in (("9999", r"newer samverkan \(schema 9999\)"), ("0001", "older samverkan")):
        with closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as db:
            db.execute("UPDATE alembic_version SET version_num = ?", (version,))
        with pytest.raises(StorageError, match=told):
            found(folder)
