"""`samverkan verify`, `backup` and `restore`, as an operator sees them."""

import io
import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from realtime import keeping
from realtime.app import kept_since
from realtime.cli import main
from realtime.clock import SystemClock
from realtime.config import RetentionSettings, TokenSettings
from realtime.connection.auth import Verifier
from realtime.connection.keys import OWN_KEY_FILE, load_keys
from storage.retention import KEPT
from storage.sql import SqlStore
from tests.storage.samples import created, entry, message


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("SAMVERKAN_")]:
        monkeypatch.delenv(name)
    return tmp_path


@pytest.fixture
async def server(folder: Path) -> SqlStore:
    """What a running server holds of ./data: the log, and the lock."""
    store = await SqlStore.open(folder / "data")
    await store.append([entry(created()), entry(message(), "g")])
    return store


def samverkan(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def refused(result: Result, part: str) -> None:
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")
    assert part in result.stderr


async def test_a_running_server_is_backed_up_and_the_backup_restored_elsewhere(server: SqlStore, folder: Path) -> None:
    token = samverkan("token", "--user", "anna").stdout.strip()
    assert samverkan("verify").stdout == f"ok: 2 events in 1 rooms, epoch {server.epoch}\n"
    assert re.fullmatch(r"ok: monday \(0\.\d MB\)\n", samverkan("backup", "monday").stdout)
    assert samverkan("verify", "monday").stdout == f"ok: 2 events in 1 rooms, epoch {server.epoch}\n"
    assert samverkan("restore", "monday", "--data", "new").stdout == "ok: 2 events in 1 rooms, now in new\n"
    again = await SqlStore.open(folder / "new")
    assert [event.body for event in await again.after("g", 0, 10)] == [message()]
    assert (again.secret, again.epoch != server.epoch) == (server.secret, True)
    assert Verifier(load_keys(TokenSettings(), folder / "new"), SystemClock()).identify(token).user == "anna"
    assert (folder / "new" / OWN_KEY_FILE).stat().st_mode & 0o777 == 0o600
    await again.close()
    await server.close()


async def test_restoring_refuses_what_would_lose_something(server: SqlStore) -> None:
    samverkan("backup", "monday")
    refused(samverkan("backup", "monday"), "monday exists already; --force replaces it")
    assert samverkan("backup", "monday", "--force").exit_code == 0
    refused(samverkan("restore", "monday"), "data has a database already; --replace moves it aside")
    refused(samverkan("restore", "monday", "--replace"), "another server is using the data folder")
    await server.close()
    result = samverkan("restore", "monday", "--replace")
    assert re.search(r"\nthe database that was there is now data/samverkan\.db\.\d{8}-\d{6}\n", result.stdout)


async def test_a_key_that_is_there_stays_and_that_is_told(server: SqlStore, folder: Path) -> None:
    await server.close()
    samverkan("token", "--user", "anna")
    samverkan("backup", "monday")
    samverkan("token", "--user", "bo", "--data", "new")
    key = (folder / "new" / OWN_KEY_FILE).read_bytes()
    assert "token-key.json was there already, and stays" in samverkan("restore", "monday", "--data", "new").stdout
    assert (folder / "new" / OWN_KEY_FILE).read_bytes() == key


async def test_a_backup_without_a_key_needs_none(server: SqlStore, folder: Path) -> None:
    await server.close()
    samverkan("backup", "monday")
    assert samverkan("restore", "monday", "--data", "new").exit_code == 0
    assert not (folder / "new" / OWN_KEY_FILE).exists()


async def test_each_thing_that_is_broken_is_a_line_and_the_exit_code_tells(server: SqlStore, folder: Path) -> None:
    await server.close()
    with closing(sqlite3.connect(folder / "data" / "samverkan.db", isolation_level=None)) as db:
        db.execute("UPDATE rooms SET last = 5")
        db.execute("UPDATE events SET at = 0.5")
    result = samverkan("verify", "--data", "data")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "event 1 is not what was written: its checksum differs",
        "event 2 is not what was written: its checksum differs",
        "room g should end at seq 5, but what there is ends at 1",
    ]
    refused(samverkan("verify", "elsewhere"), "there is no database elsewhere")
    assert samverkan("verify", "file", "--data", "data").exit_code == 2


async def test_whoever_watches_sees_how_far_it_is(server: SqlStore, folder: Path) -> None:
    screen = io.StringIO()
    keeping.verify_log(folder / "data", None, Console(file=screen, force_terminal=True, width=80))
    assert "checking events" in screen.getvalue()
    silent = io.StringIO()
    keeping.verify_log(folder / "data", None, Console(file=silent))
    assert silent.getvalue() == ""
    await server.close()


def test_each_kind_is_kept_as_long_as_its_setting_says() -> None:
    given = RetentionSettings(
        public_alerts_s=1, room_alerts_s=2, messages_s=3, memberships_s=4, records_s=5, exercise_s=6, probe_s=7
    )
    assert kept_since(given, 100.0) == dict(zip(KEPT, range(99, 92, -1), strict=True))
