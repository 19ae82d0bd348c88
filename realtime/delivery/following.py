"""Which areas people follow, and in which the police are on duty. Facts: they outlive the server, unlike positions."""

from collections.abc import Callable, Iterator
from typing import Final

from geo.areas import Area, AreaIndex, Circle, Shape
from geo.distance import Box
from geo.grid import Grid
from realtime.delivery.facts import Facts
from storage.events import Alert
from storage.facts import DutyArea, FollowedArea, PlatformArea

# What a circle's centre and a polygon's corners are rounded to before they are stored (R26). The middle of a circle is
# somebody's door, as often as not; the corners of a polygon are around what matters.
CIRCLE_GRID: Final = Grid(400.0)
CORNER_GRID: Final = Grid(100.0)

AreaOf = Callable[[Alert], Area | None]


class Followed:
    """Followed areas, by whose they are and what they call them.

    An alert is in an area if its published place is, or less than half the published cell away: nobody whose area holds
    the true place is missed. An alert that is aimed at a polygon is also in every area that this meets.
    """

    def __init__(self, facts: Facts, area_of: AreaOf) -> None:
        self._area_of = area_of
        self._index: AreaIndex[tuple[str, str]] = AreaIndex()
        self._of: dict[str, dict[str, FollowedArea]] = {}  # user: {name: area}
        facts.listen(FollowedArea, self._told)

    def __len__(self) -> int:
        return len(self._index)

    def by(self, user: str) -> list[FollowedArea]:
        """What a person follows, by name."""
        return sorted(self._of.get(user, {}).values(), key=lambda area: area.name)

    def following(self, alert: Alert) -> dict[str, list[str]]:
        """Whose areas an alert is in, and how they call them."""
        found: dict[str, list[str]] = {}
        if not len(self._index):
            return found
        area = self._area_of(alert)
        keys = set(self._index.reaching(alert.public_lat, alert.public_lon, _half_cell_m(alert)))
        if area is not None:
            keys.update(self._index.meeting(area, _half_cell_m(alert)))
        for user, name in sorted(keys):
            if _wants(self._of[user][name], alert):
                found.setdefault(user, []).append(name)
        return found

    def names(self, user: str, alert: Alert) -> Iterator[str]:
        """Those of one person's areas that an alert is in, by name."""
        area = self._area_of(alert) if user in self._of else None
        for followed in self.by(user):
            key = user, followed.name
            is_there = self._index.reaches(key, alert.public_lat, alert.public_lon, _half_cell_m(alert))
            is_met = area is not None and self._index.meets(key, area, _half_cell_m(alert))
            if (is_there or is_met) and _wants(followed, alert):
                yield followed.name

    def boxes(self, user: str, margin_m: float) -> list[Box]:
        """Boxes that hold all places of alerts in a person's areas, if half their cells are no more than this."""
        return [box for name in self._of.get(user, ()) for box in self._index.boxes((user, name), margin_m)]

    def _told(self, before: FollowedArea | None, now: FollowedArea | None) -> None:
        gone = before or now
        if gone is not None:
            self._index.remove((gone.user, gone.name))
            own = self._of.get(gone.user, {})
            own.pop(gone.name, None)
            if not own:
                self._of.pop(gone.user, None)
        if now is not None:
            self._index.put((now.user, now.name), *_shape_of(now))
            self._of.setdefault(now.user, {})[now.name] = now


class Duties:
    """Where police are on duty; who is on duty in an area of the platform is so wherever that is now."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._index: AreaIndex[str] = AreaIndex()
        facts.listen(DutyArea, self._told)
        facts.listen(PlatformArea, self._area_changed)

    def __len__(self) -> int:
        return len(self._index)

    def at(self, alert: Alert) -> list[str]:
        """The users who are on duty where an alert is."""
        return self._index.reaching(alert.public_lat, alert.public_lon, _half_cell_m(alert))

    def is_at(self, user: str, alert: Alert) -> bool:
        if user not in self._index:
            return False
        return self._index.reaches(user, alert.public_lat, alert.public_lon, _half_cell_m(alert))

    def boxes(self, user: str, margin_m: float) -> list[Box]:
        return self._index.boxes(user, margin_m) if user in self._index else []

    def _told(self, before: DutyArea | None, now: DutyArea | None) -> None:
        if before is not None:
            self._index.remove(before.user)
        if now is not None and (shape := self._shape(now)) is not None:
            self._index.put(now.user, shape)

    def _area_changed(self, before: PlatformArea | None, now: PlatformArea | None) -> None:
        changed = now or before
        for duty in self._facts.of(DutyArea).values():
            if changed is not None and duty.area == changed.area:
                self._told(duty, duty)

    def _shape(self, duty: DutyArea) -> Area | None:
        if duty.area is None:
            return Area([[duty.corners]])
        area = self._facts.get(PlatformArea, duty.area)
        return None if area is None else Area(area.parts)


def _shape_of(followed: FollowedArea) -> tuple[Shape, float]:
    """The shape, and by how much wider it counts because it was rounded."""
    if followed.lat is not None and followed.lon is not None and followed.radius_m is not None:
        return Circle(followed.lat, followed.lon, followed.radius_m), CIRCLE_GRID.half_diagonal_m
    return Area([[followed.corners]], mended=True), CORNER_GRID.half_diagonal_m


def _wants(followed: FollowedArea, alert: Alert) -> bool:
    """Whether a person wants to hear of it there. A choice of categories holds back no red (F13)."""
    if followed.levels and alert.level not in followed.levels:
        return False
    return not followed.categories or alert.level == "red" or alert.category in followed.categories


def _half_cell_m(alert: Alert) -> float:
    return alert.cell_m * 2**0.5 / 2
