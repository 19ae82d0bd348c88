"""The bench of the log stores what it says that it measures."""

from pathlib import Path

import pytest

from bench import log
from storage.sql import SqlStore


async def test_each_way_stores_its_batches(tmp_path: Path) -> None:
    store = await SqlStore.open(tmp_path / "store")
    folders = [tmp_path / "floor", tmp_path / "core"]
    for folder in folders:
        folder.mkdir()
    floor, core = log.Floor(folders[0], "FULL"), log.Core(folders[1])
    for way in (floor, core, log.Store(store)):
        for size in (1, 10):
            await way.append(way.prepare(size))
    for way in (floor, core):
        assert way._db.execute("SELECT count(*), max(last) FROM events, rooms").fetchall() == [(11, 11)]
        assert way._db.execute("PRAGMA synchronous").fetchall() == [(2,)]
        way.close()
    assert len(await store.after("g", 0, 100)) == 11
    await store.close()


def test_ratios_are_to_the_floor() -> None:
    took = {(1, "floor"): [0.001] * 50, (1, "store"): [0.002] * 50}
    heading, floor, store = log.table(took)
    assert heading.split()[-2:] == ["×p10", "×p50"]
    assert floor.split()[-2:] == ["1.00", "1.00"]
    assert store.split() == ["1", "store", "500", "500", "2.000", "2.000", "2.000", "2.00", "2.00", "2.00"]


@pytest.mark.parametrize(("share", "wanted"), [(0.0, 1.0), (0.5, 3.0), (1.0, 5.0)])
def test_quantiles_are_of_what_was_measured(share: float, wanted: float) -> None:
    assert log.quantile([5.0, 1.0, 4.0, 2.0, 3.0], share) == wanted
