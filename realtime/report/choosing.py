"""What a report is about: an area, some days, one world."""

import time
from datetime import date, timedelta
from pathlib import Path

from realtime.messages import World
from realtime.report.tables import Chosen, Table
from storage.counting import Kept, read
from storage.counts import CountKey
from storage.facts import PlatformArea, Survey


def tables_of(database: Path, world: World, area: str | None, since: date, until: date) -> tuple[str, list[Table]]:
    """How a report of the days from `since` to `until`, both included, is called, and all its tables.

    Raises ValueError for an area that nobody knows, and StorageError.
    """
    if until < since:
        raise ValueError(f"there are no days from {since} to {until}")
    kept = read(database, f"{since}", f"{until + timedelta(days=1)}")
    id, name = _area(kept, world, area) if area is not None else ("", "everywhere")
    return f"{name[:1].upper()}{name[1:]}, {since} to {until}", Chosen(_told(kept, world), world).all(id, name)


def _told(kept: Kept, world: World) -> dict[CountKey, int]:
    """Without surveys that go on: who makes one report after another would see each answer come."""
    now = time.time()
    facts = [held.fact for held in kept.facts if held.world == world and isinstance(held.fact, Survey)]
    ended = {fact.survey for fact in facts if now >= fact.until}
    return {key: number for key, number in kept.counts.items() if key.what != "survey" or key.of[0] in ended}


def _area(kept: Kept, world: World, area: str) -> tuple[str, str]:
    """The id and the name of an area that is called so, by its id or by its name."""
    known = {
        held.fact.area: held.fact.name
        for held in kept.facts
        if held.world == world and isinstance(held.fact, PlatformArea)
    }
    if area in known:
        return area, known[area]
    found = [id for id, name in known.items() if name.casefold() == area.casefold()]
    if len(found) == 1:
        return found[0], known[found[0]]
    if len(found) > 1:
        raise ValueError(f"several areas are called {area}; name one by its id: {', '.join(sorted(found))}")
    raise ValueError(f"there is no area {area}; there are: {', '.join(sorted(known)) or 'none'}")
