"""How many an alert reaches, told to its sender as a bucket that says nothing about any one person (R19).

And how far a red goes where few are near: decided by the same counts, and told to nobody.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from geo.areas import Area
from geo.grid import Grid
from realtime.clock import Clock
from realtime.config import AlertSettings
from realtime.delivery.alertbook import reach_m
from realtime.delivery.buckets import bucket_of
from realtime.delivery.hub import Hub
from realtime.messages import Bucket
from storage.events import Alert

CELLS: Final = Grid(1_000.0)
_FIXED_S: Final = 600.0  # how long a cell's count stands
_MAX_CELLS_M: Final = 5_000.0  # the radius of some 80 cells; only an organisation informs further
_MOST_CELLS: Final = 120  # that are counted for one alert; a circle of 3 km touches some fifty


def _drawn(about: int) -> int:
    """A number about so big that nobody can know."""
    return random.randint(about - about // 4, about + about // 4)


class Reach:
    """Counts people over whole cells of 1 km that are counted once in ten minutes, and members of addressed groups.

    The two are added and never joined: whether a group of one adds a person to the cells' count would tell whether that
    person is there.
    """

    def __init__(self, hub: Hub, clock: Clock, drawn: Callable[[int], int] = _drawn) -> None:
        self._hub = hub
        self._clock = clock
        self._draw = drawn
        self._fixed: dict[tuple[int, int], _Count] = {}

    def bucket(self, alert: Alert) -> Bucket | None:
        """The bucket of one alert, its author's own devices not counted.

        None for a polygon of too many cells, and for what goes only to groups that the author does not belong to: how
        big they are is not for an organisation to know that they let in.
        """
        members = [self._hub.rooms.members(group) for group in alert.groups]
        count = sum(len(people) - 1 for people in members if alert.author in people)
        if not alert.public and not any(alert.author in people for people in members):
            return None
        if alert.public and (alert.radius_m is not None or alert.polygon is not None):
            far_m = reach_m(alert)
            if alert.polygon is None and far_m > _MAX_CELLS_M:
                return bucket_of(count + self._count_around(alert, far_m))
            cells = self._cells(alert)
            if len(cells) > _MOST_CELLS:
                return None
            for cell in cells:
                fixed = self._count_of(cell)
                count += fixed.people - (alert.author in fixed.names)
        return bucket_of(count)

    def _count_around(self, alert: Alert, far_m: float) -> int:
        """Of an organisation's whole area: so many cells would take long, and so many people hide each one."""
        here, absent = self._hub.presence.near(alert.public_lat, alert.public_lon, far_m)
        sessions = self._hub.presence.roster.those(here)
        people = {session.identity.user for session in sessions}.union(user for user, _ in absent)
        return len(people - {alert.author})

    def _cells(self, alert: Alert) -> list[tuple[int, int]]:
        if alert.polygon is None:
            return CELLS.cells_touching(alert.public_lat, alert.public_lon, reach_m(alert))
        area = Area([[alert.polygon]])
        margin_m = reach_m(alert) + CELLS.half_diagonal_m
        cells = CELLS.cells_touching(*area.circle())
        return [cell for cell in cells if area.reaches(*CELLS.centre(cell), margin_m)]

    def widened_m(self, alert: Alert, settings: AlertSettings) -> float | None:
        """How far a public red goes from its published place: the first of the steps in which enough are near.

        Enough is a number drawn for the alert's cell when that is counted, and stands as long as the count. So the
        answer depends on the counts alone, and not on who has moved since, nor on who asks. What its author chose
        stays, and so does what is marked unverified (R12).
        """
        if (
            not settings.widen_until
            or alert.level != "red"
            or alert.radius_given
            or alert.unverified
            or not alert.public
            or alert.radius_m is None
        ):
            return alert.radius_m
        most_m = settings.red_radius_limits_m[1]
        radius_m = alert.radius_m
        enough = self._count_of(CELLS.cell(alert.public_lat, alert.public_lon)).enough(settings.widen_until, self._draw)
        for step_m in sorted(step for step in settings.widen_to_m if radius_m < step <= most_m):
            cells = CELLS.cells_touching(alert.public_lat, alert.public_lon, radius_m)
            if sum(self._count_of(cell).people for cell in cells) >= enough:
                break
            radius_m = step_m
        return radius_m

    def forget(self, user: str) -> None:
        """Somebody's position is erased: the counts stand, their name goes (R17)."""
        for fixed in self._fixed.values():
            fixed.names.discard(user)

    def forget_old(self) -> None:
        """Drop counts that no longer stand."""
        now = self._clock.monotonic()
        self._fixed = {cell: fixed for cell, fixed in self._fixed.items() if now < fixed.until}

    def _count_of(self, cell: tuple[int, int]) -> "_Count":
        now = self._clock.monotonic()
        fixed = self._fixed.get(cell)
        if fixed is None or now >= fixed.until:
            names = self._hub.presence.people_in(CELLS, cell)
            fixed = self._fixed[cell] = _Count(now + _FIXED_S, len(names), names)
        return fixed


@dataclass(slots=True)
class _Count:
    """How many were in a cell, for as long as that stands; and who, so that no author is counted among them."""

    until: float
    people: int
    names: set[str]
    threshold: int | None = None

    def enough(self, about: int, drawn: Callable[[int], int]) -> int:
        """How many are enough for an alert in this cell, for as long as this count stands."""
        if self.threshold is None:
            self.threshold = drawn(about)
        return self.threshold
