"""What a report is about: an area, some days, one world."""

from datetime import date, timedelta
from pathlib import Path

from realtime.messages import World
from realtime.report.tables import Chosen, Table
from storage.counting import Kept, read
from storage.facts import PlatformArea


def tables_of(database: Path, world: World, area: str | None, since: date, until: date) -> tuple[str, list[Table]]:
    """How a report of the days from `since` to `until`, both included, is called, and all its tables.

    Raises ValueError for an area that nobody knows, and StorageError.
    """
    if until < since:
        raise ValueError(f"there are no days from {since} to {until}")
    kept = read(database, f"{since}", f"{until + timedelta(days=1)}")
    id, name = _area(kept, world, area) if area is not None else ("", "everywhere")
    return f"{name[:1].upper()}{name[1:]}, {since} to {until}", Chosen(kept.counts, world).all(id, name)


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
