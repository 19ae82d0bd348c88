"""The whole log read in slices: what every store promises."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.storage.samples import entry, message, revised, said
from tests.storage.stores import STORES, Store


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with STORES[request.param](tmp_path) as opened:
        yield opened


async def test_a_scan_has_all_of_the_log_in_order_as_it_stands_there_now(store: Store) -> None:
    """Both worlds, events in no room too; from a place on, so many at a time; what is erased further on as such."""
    logged = await store.append(
        [
            entry(message("1"), "g"),
            entry(said("bo", "g", "admin"), world="exercise"),
            entry(message("3"), "g"),
            entry(revised(seq=2, text="", id="3"), "g"),
        ]
    )
    first = await store.scan(0, 2)
    rest = await store.scan(first[-1].offset, 10)
    assert first == logged[:2]
    assert [getattr(event.body, "text", None) for event in rest] == ["", ""]  # the message is as it is now
    assert await store.scan(rest[-1].offset, 10) == []
    await store.prune({"message": 9.0}, 100)
    assert [event.body for event in await store.scan(0, 1)] == [logged[1].body]
    await store.append([entry(message("5"), "g")])
    assert (await store.scan(rest[-1].offset, 10))[0].offset > rest[-1].offset
