"""Areas of the platform, each with rules of its own: set by data alone, by the platform's owner (F87, F88)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from geo.areas import Area, AreaIndex
from realtime.categories import Categories
from realtime.clock import Clock
from realtime.config import AlertSettings
from realtime.delivery.hub import Hub
from realtime.delivery.writer import Writer
from realtime.errors import Invalid, NotFound
from realtime.messages import AreaCard, DropArea, FindArea, FoundAreas, SetArea
from realtime.service.access import Access
from realtime.service.acts import act_for, required_id
from realtime.service.caller import Caller
from realtime.service.places.following import ring_of
from storage.events import Entry, FactDropped, FactSet, audit_room
from storage.facts import PlatformArea

_PAGE: Final = 50  # areas in one answer


class Areas:
    """The areas of one world. Where several hold a place, the smallest one's rules are those of the place."""

    def __init__(
        self, hub: Hub, writer: Writer, clock: Clock, access: Access, settings: AlertSettings, categories: Categories
    ) -> None:
        self._hub = hub
        self._writer = writer
        self._clock = clock
        self._access = access
        self._settings = settings
        self.categories = categories
        self._index: AreaIndex[str] = AreaIndex()
        self._sizes_m2: dict[str, float] = {}
        self._rules: dict[str, AlertSettings] = {}
        hub.facts.listen(PlatformArea, self._told)

    # --- the rules of a place ---

    def at(self, lat: float, lon: float) -> list[PlatformArea]:
        """The areas that hold a place, the smallest first."""
        found = sorted(self._index.reaching(lat, lon), key=lambda area: (self._sizes_m2[area], area))
        held = self._hub.facts.of(PlatformArea)
        return [held[area] for area in found]

    def settings_at(self, lat: float, lon: float) -> AlertSettings:
        """What an alert there may ask for, and gets if it does not ask."""
        areas = self.at(lat, lon)
        return self._rules[areas[0].area] if areas else self._settings

    def categories_at(self, lat: float, lon: float) -> Categories:
        """What an alert there can be about: what its area has chosen of the whole list, or all of that (F88)."""
        areas = self.at(lat, lon)
        return self.categories.only(areas[0].categories) if areas and areas[0].categories else self.categories

    # --- what is said of them ---

    def find(self, caller: Caller, message: FindArea) -> None:
        id = required_id(message)
        if message.lat is not None and message.lon is not None and message.after is None:
            caller.answer(FoundAreas(id=id, areas=tuple(_card(area) for area in self.at(message.lat, message.lon))))
            return
        if message.lat is not None or message.lon is not None:
            raise Invalid("a place is lat and lon, both; a page of all areas has neither", field="lat")
        held = self._hub.facts.of(PlatformArea)
        listed = sorted(area for area in held if message.after is None or area > message.after)
        cards = tuple(_card(held[area]) for area in listed[:_PAGE])
        caller.answer(FoundAreas(id=id, areas=cards, more=len(listed) > _PAGE))

    def set(self, caller: Caller, message: SetArea) -> None:
        """It stands in the platform's audit trail."""
        fact = PlatformArea(
            area=message.area,
            name=message.name,
            parts=tuple((ring_of(part.corners), *map(ring_of, part.holes)) for part in message.parts),
            categories=tuple(dict.fromkeys(message.categories)),
            organisations=tuple(dict.fromkeys(message.organisations)),
            red_radius_m=message.red_radius_m,
            red_radius_limits_m=message.red_radius_limits_m,
            yellow_radius_m=message.yellow_radius_m,
            yellow_radius_limits_m=message.yellow_radius_limits_m,
        )

        def decide(key: str, digest: bytes) -> Entry:
            self._access.require_office(caller.identity, message)
            try:
                Area(fact.parts)
            except ValueError as error:
                raise Invalid(str(error), field="parts") from None
            _rules(fact, self._settings)
            if unknown := [name for name in fact.categories if self.categories.get(name) is None]:
                raise Invalid(f"no such categories: {', '.join(unknown)}", field="categories")
            return self._entry(caller, FactSet(fact=fact, by=caller.identity.user), key, digest)

        self._submit(caller, message, decide)

    def drop(self, caller: Caller, message: DropArea) -> None:
        def decide(key: str, digest: bytes) -> Entry:
            self._access.require_office(caller.identity, message)
            held = self._hub.facts.latest(PlatformArea, message.area)
            if held is None:
                raise NotFound("no such area", field="area")
            return self._entry(caller, FactDropped(fact=held, by=caller.identity.user), key, digest)

        self._submit(caller, message, decide)

    def _entry(self, caller: Caller, body: FactSet | FactDropped, key: str, digest: bytes) -> Entry:
        world = caller.identity.world
        rooms = (audit_room(world, ""),)
        return Entry(body=body, world=world, at=self._clock.now(), rooms=rooms, key=key, digest=digest)

    def _submit(self, caller: Caller, message: SetArea | DropArea, decide: Callable[[str, bytes], Entry]) -> None:
        self._writer.submit(act_for(caller, message, decide=decide))

    def _told(self, before: PlatformArea | None, now: PlatformArea | None) -> None:
        if before is not None:
            self._index.remove(before.area)
        if now is not None:
            shape = Area(now.parts)
            self._index.put(now.area, shape)
            self._sizes_m2[now.area] = shape.size_m2
            self._rules[now.area] = _rules(now, self._settings)


def _rules(area: PlatformArea, settings: AlertSettings) -> AlertSettings:
    """The settings with what the area says otherwise. Raises Invalid if a default is outside its own limits."""
    given = {
        name: value
        for name in ("red_radius_m", "red_radius_limits_m", "yellow_radius_m", "yellow_radius_limits_m")
        if (value := getattr(area, name)) is not None
    }
    rules = replace(settings, **given)
    for level in ("red", "yellow"):
        radius_m, (least, most) = getattr(rules, f"{level}_radius_m"), getattr(rules, f"{level}_radius_limits_m")
        if not least <= radius_m <= most:
            field = f"{level}_radius_m" if f"{level}_radius_m" in given else f"{level}_radius_limits_m"
            raise Invalid(f"a {level} there would reach {radius_m:g} m, outside {least:g} to {most:g}", field=field)
    return rules


def _card(area: PlatformArea) -> AreaCard:
    return AreaCard(
        area=area.area,
        name=area.name,
        categories=area.categories,
        organisations=area.organisations,
        red_radius_m=area.red_radius_m,
        red_radius_limits_m=area.red_radius_limits_m,
        yellow_radius_m=area.yellow_radius_m,
        yellow_radius_limits_m=area.yellow_radius_limits_m,
    )
