"""What every store promises of the map's history."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.log import Bounds
from tests.storage.samples import entry, raised, updated
from tests.storage.stores import STORES, Store


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with STORES[request.param](tmp_path) as opened:
        yield opened


SWEDEN = (11.0, 55.0, 24.0, 69.0)


async def test_public_alerts_of_a_part_of_the_map_are_read_in_pages(store: Store) -> None:
    """The last relevant first, as they are now; nothing of rooms, of elsewhere, of the other world, or too old."""
    places = {"north": (68.0, 20.0), "south": (56.0, 13.0), "fiji": (-17.0, 178.0), "samoa": (-13.0, -172.0)}
    for number, (id, (lat, lon)) in enumerate(places.items()):
        alert = raised(id, public_lat=lat, public_lon=lon, expires_at=10.0 + number)
        await store.append([entry(alert, "g")])
    await store.append(
        [
            entry(raised("locked", public=False, public_lat=60.0, public_lon=18.0, expires_at=20.0), "g"),
            entry(raised("old", public_lat=60.0, public_lon=18.0, expires_at=5.0)),
            entry(raised("exercise", public_lat=60.0, public_lon=18.0, expires_at=20.0), world="exercise"),
            entry(raised("tied", public_lat=60.0, public_lon=18.0, expires_at=11.0)),
            entry(updated("north", 2, public_lat=68.0, public_lon=20.0, expires_at=10.0, text="Gone")),
        ]
    )

    async def page(*bounds: Bounds, before: tuple[float, str] | None = None, limit: int = 9) -> list[str]:
        found = await store.public_alerts("real", bounds, 9.0, before, limit)
        return [f"{logged.alert.id}/{logged.alert.revision}" for logged in found]

    assert await page(SWEDEN) == ["tied/1", "south/1", "north/2"]
    assert await page(SWEDEN, limit=2) == ["tied/1", "south/1"]
    assert await page(SWEDEN, before=(11.0, "tied")) == ["south/1", "north/2"]
    assert await page(SWEDEN, before=(11.0, "south")) == ["north/2"]
    assert await page((170.0, -20.0, 180.0, 0.0), (-180.0, -20.0, -170.0, 0.0)) == ["samoa/1", "fiji/1"]
    assert await page((13.0, 56.0, 20.0, 68.0)) == ["tied/1", "south/1", "north/2"]
    (logged,) = await store.public_alerts("real", [(20.0, 68.0, 20.0, 68.0)], 9.0, None, 9)
    assert (logged.alert.text, logged.rooms) == ("Gone", {"g": 1})
