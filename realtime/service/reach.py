"""How many an alert reaches, told to its sender as a bucket that says nothing about any one person (R19)."""

from dataclasses import dataclass
from typing import Final

from geo.grid import Grid
from realtime.clock import Clock
from realtime.delivery.alertbook import reach_m
from realtime.delivery.buckets import Bucket, bucket_of
from realtime.delivery.hub import Hub
from storage.events import Alert

CELLS: Final = Grid(1_000.0)
_FIXED_S: Final = 600.0  # how long a cell's count stands


class Reach:
    """Counts people over whole cells of 1 km that are counted once in ten minutes, and members of addressed groups.

    The two are added and never joined: whether a group of one adds a person to the cells' count would tell whether that
    person is there.
    """

    def __init__(self, hub: Hub, clock: Clock) -> None:
        self._hub = hub
        self._clock = clock
        self._fixed: dict[tuple[int, int], _Count] = {}

    def bucket(self, alert: Alert) -> Bucket:
        """The bucket of one alert, its author's own devices not counted."""
        count = sum(len(self._hub.rooms.members(group).keys() - {alert.author}) for group in alert.groups)
        if alert.public and alert.radius_m is not None:
            for cell in CELLS.cells_touching(alert.public_lat, alert.public_lon, reach_m(alert)):
                fixed = self._count_of(cell)
                count += fixed.people - (alert.author in fixed.names)
        return bucket_of(count)

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
