"""The disk under attack: it stalls at the commit, and is full when SQLite says so."""

import asyncio
from pathlib import Path

import pytest

from bench.chaos.server import take_hold_of
from storage.events import Entry, MessagePosted
from storage.log import StorageError
from storage.sql import SqlStore


def entry(key: str, text: str = "hello") -> Entry:
    body = MessagePosted(id=key, group="g", author="anna", text=text, sent_at=1.0, received_at=1.0)
    return Entry(body=body, world="exercise", at=1.0, rooms=("g",), key=key, digest=b"d")


async def test_a_stalled_commit_waits_and_then_is_there(tmp_path: Path):
    store = await SqlStore.open(tmp_path)
    obey = take_hold_of(store)
    obey("stall")
    appending = asyncio.create_task(store.append([entry("one")]))
    await asyncio.wait([appending], timeout=0.05)
    assert not appending.done()
    assert await store.after("g", 0, 10) == []  # what is not committed, nobody sees
    obey("go")
    (logged,) = await appending
    assert logged.rooms == {"g": 1}
    assert await store.after("g", 0, 10) == [logged]
    await store.close()


async def test_a_full_disk_refuses_and_keeps_nothing_until_it_is_free(tmp_path: Path):
    store = await SqlStore.open(tmp_path)
    obey = take_hold_of(store)
    obey("full")
    with pytest.raises(StorageError, match="full"):
        await store.append([entry("too large", "x" * 100_000)])
    obey("free")
    (logged,) = await store.append([entry("after", "x" * 100_000)])
    assert logged.rooms == {"g": 1}
    assert await store.after("g", 0, 100) == [logged]
    await store.close()
