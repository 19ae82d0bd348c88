"""The database's schema: what the migrations make is what the code works with."""

import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from storage import migrations
from storage.checksums import checksum
from storage.log import StorageError
from storage.migrations import configuration, connection, migrate
from storage.schema import metadata
from storage.sql import SqlStore
from tests.storage.samples import entry, message, revised
from tests.storage.test_serial import WRITTEN, WRITTEN_ALERTS


def test_the_migrations_make_what_the_schema_says(tmp_path: Path) -> None:
    path = tmp_path / "migrated.db"
    migrate(lambda: sqlite3.connect(path, isolation_level=None))
    with create_engine(f"sqlite:///{path}").connect() as db:
        assert compare_metadata(MigrationContext.configure(db, opts={"compare_type": True}), metadata) == []
    made = sqlite3.connect(path).execute("SELECT name, sql FROM sqlite_master WHERE name != 'alembic_version'")
    with create_engine("sqlite://").connect() as db:
        metadata.create_all(db)
        wanted = db.exec_driver_sql("SELECT name, sql FROM sqlite_master").fetchall()
    assert {name: _plain(sql) for name, sql in made if "alembic" not in name} == {n: _plain(sql) for n, sql in wanted}


def _plain(sql: str | None) -> set[str]:
    """A definition as a bag of words: spacing and the order of constraints mean nothing."""
    return set((sql or "").replace(",", " ").split())


def test_the_schema_suits_postgresql_too() -> None:
    for table in metadata.sorted_tables:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=postgresql.dialect()))
        for index in table.indexes:
            assert "CREATE" in str(CreateIndex(index).compile(dialect=postgresql.dialect()))


async def test_a_database_from_the_future_is_refused_and_kept(tmp_path: Path) -> None:
    store = await SqlStore.open(tmp_path)
    logged = await store.append([entry(message(), "g")])
    await store._writer.run(lambda db: db.execute("UPDATE alembic_version SET version_num = '9999'"))
    await store.close()
    for _ in range(2):
        with pytest.raises(StorageError, match=r"newer samverkan \(schema 9999\); this one knows schemas up to 0"):
            await SqlStore.open(tmp_path)
    with sqlite3.connect(tmp_path / "samverkan.db") as db:
        db.execute("UPDATE alembic_version SET version_num = (?)", (head(),))
    db.close()
    store = await SqlStore.open(tmp_path)
    assert await store.after("g", 0, 10) == logged
    await store.close()


async def test_a_start_that_died_while_migrating_left_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All migrations are one transaction, the tables that they make included."""

    def upgrade_and_die(*args: object) -> None:
        upgrade(*args)
        raise KeyboardInterrupt

    upgrade = command.upgrade
    monkeypatch.setattr(migrations.command, "upgrade", upgrade_and_die)
    with pytest.raises(KeyboardInterrupt):
        migrate(lambda: sqlite3.connect(tmp_path / "samverkan.db", isolation_level=None))
    monkeypatch.undo()
    with sqlite3.connect(tmp_path / "samverkan.db") as db:
        assert db.execute("SELECT name FROM sqlite_master").fetchall() == []
    db.close()
    await (await SqlStore.open(tmp_path)).close()


def test_the_draft_of_a_next_migration_would_be_empty() -> None:
    settings = configuration()
    with connection(lambda: sqlite3.connect(":memory:", isolation_level=None)) as db, db.begin():
        settings.attributes["connection"] = db
        command.upgrade(settings, "head")
        command.check(settings)


async def test_a_database_of_the_first_schema_is_taken_over(tmp_path: Path) -> None:
    """Its rows get their checksums; what its way of pruning left without an event goes."""
    settings = configuration()
    path = tmp_path / "samverkan.db"
    with connection(lambda: sqlite3.connect(path, isolation_level=None)) as made, made.begin():
        settings.attributes["connection"] = made
        command.upgrade(settings, "0001")
    with sqlite3.connect(path) as db:
        db.executemany(
            "INSERT INTO events VALUES (?, 'real', ?, 1, ?, NULL, NULL, ?, ?)",
            [
                (8, "group_created", 5.0, "{}", WRITTEN["group_created", 1][0]),
                (9, "message_posted", 6.0, '{"g":3}', WRITTEN["message_posted", 1][0]),
            ],
        )
        db.execute("INSERT INTO entries VALUES ('g', 3, 9)")
        db.execute("INSERT INTO rooms VALUES ('g', 3, 3)")
        db.execute("INSERT INTO meta VALUES ('pruned', '7')")
        db.execute("INSERT INTO groups VALUES ('g', 8, 'real', 'anna', 'G', '', '', 0, 5.0)")
        stays = [(2, "bo", 2.0, 4.0), (3, "cecilia", 2.0, 7.0), (8, "anna", 5.0, None)]
        db.executemany("INSERT INTO memberships VALUES (?, 'g', 'real', ?, 1, ?, ?)", stays)
        alert = "INSERT INTO alerts VALUES (?, 'real', ?, 1, 9.0, '{}', 1, ?)"
        db.executemany(alert, [("pruned", 7, WRITTEN_ALERTS[1][0])])
    db.close()
    store = await SqlStore.open(tmp_path)
    (event,) = await store.after("g", 2, 10)
    assert event.body == message()
    assert [(group.id, group.history) for group in await store.groups()] == [("g", "joining")]
    assert [stay.user for stay in await store.memberships(0.0)] == ["cecilia", "anna"]
    assert await store.alerts(0.0) == []
    rows = await store._writer.run(lambda db: db.execute("SELECT * FROM events").fetchall())
    assert [said for *_, said in rows] == [checksum(columns) for *columns, _ in rows]
    (logged,) = await store.append([entry(revised(3), "g")])
    assert (logged.offset, logged.rooms, logged.body.message.revisions) == (10, {"g": 4}, (4,))
    await store.close()


def head() -> str:
    return ScriptDirectory.from_config(configuration()).get_current_head() or ""
