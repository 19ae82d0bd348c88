"""Counts without persons: what every store promises."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.counts import Counting, CountKey
from storage.sql import SqlStore
from tests.storage.samples import entry, message
from tests.storage.stores import STORES, Store

DAY = CountKey("real", "", "2026-11-26", "message", ("<5", "open"))
HOUR = CountKey("real", "old-town", "2026-11-26T21", "alert", ("red", "public"))


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with STORES[request.param](tmp_path) as opened:
        yield opened


async def test_numbers_add_up_and_notes_come_and_go(store: Store) -> None:
    assert await store.counting() == Counting(0, {})
    assert await store.count({DAY: 2, HOUR: 1}, {"a": b"1", "b": b"2"}, (0, 7))
    assert await store.count({DAY: 3, HOUR: -1}, {"a": None, "b": b"3", "never there": None})
    assert await store.counting() == Counting(7, {"b": b"3"})
    assert await store.counts("2026", "2027") == {DAY: 5}  # what came to nothing is left out


async def test_what_was_counted_is_not_counted_again(store: Store) -> None:
    await store.count({DAY: 1}, {}, (0, 7))
    assert not await store.count({DAY: 1}, {"a": b"1"}, (0, 7))
    assert await store.counts("", "9") == {DAY: 1}
    assert await store.counting() == Counting(7, {})


async def test_periods_are_chosen_as_text(store: Store) -> None:
    await store.count({DAY: 1, HOUR: 1}, {})
    assert set(await store.counts("2026-11-26", "2026-11-27")) == {DAY, HOUR}
    assert await store.counts("2026-11-27", "2026-11-30") == {}
    assert await store.counts("2026-11-25", "2026-11-26") == {}


async def test_counts_outlive_events_and_restarts(tmp_path: Path) -> None:
    store = await SqlStore.open(tmp_path)
    await store.append([entry(message(), "g")])
    await store.count({DAY: 1}, {"a": b"1"}, (0, 1))
    await store.prune({"message": 9.0}, 100)
    await store.close()
    store = await SqlStore.open(tmp_path)
    assert await store.counts("", "9") == {DAY: 1}
    assert await store.counting() == Counting(1, {"a": b"1"})
    await store.close()


async def test_a_step_that_fails_leaves_nothing(tmp_path: Path) -> None:
    store = await SqlStore.open(tmp_path)
    with pytest.raises(sqlite3.ProgrammingError):
        await store.count({DAY: 1}, {"a": b"1", "b": object()}, (0, 7))  # type: ignore[dict-item]
    assert await store.counting() == Counting(0, {})
    assert await store.counts("", "9") == {}
    await store.close()
