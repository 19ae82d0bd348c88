"""Who is connected in one world, and where their devices were last."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from geo.areas import Area
from geo.grid import Grid
from geo.index import Position, PositionIndex
from realtime.clock import Clock
from realtime.delivery.roster import Numbers, Roster
from realtime.delivery.subscriber import Device, Subscriber

_DROPPED_AT_ONCE = 200  # positions; each costs some 25 µs of loop time
_NONE: Mapping[str, Subscriber] = MappingProxyType({})


class Presence:
    """Sessions by person and device, and the index of last-known positions.

    A position belongs to a device and outlives its connection until its time to live (R17), so that a tunnel does not
    hide a neighbour: what is nearby meanwhile is given when the device is back.
    """

    def __init__(self, clock: Clock, ttl_s: float, max_devices: int) -> None:
        self._clock = clock
        self._max_devices = max_devices
        self._sessions: dict[str, dict[str, Subscriber]] = {}  # user: {device: session}
        self.index = PositionIndex(ttl_s=ttl_s)
        self._numbers: dict[str, dict[str, int]] = {}  # user: {device: its number}, the oldest first
        self.roster = Roster()
        self._owner: list[Device | None] = []
        self._gone_at: dict[int, float] = {}  # device number: when a device with a live position was last heard
        self._free: list[int] = []
        self.connected = 0
        self.hellos = 0  # so far

    @property
    def positions(self) -> int:
        return len(self.index)

    # --- sessions ---

    def attach(self, session: Subscriber) -> Subscriber | None:
        """A session has said hello; returns the older one of the same device, which it replaces."""
        user, device = session.identity.user, session.device
        self.hellos += 1
        devices = self._sessions.setdefault(user, {})
        older = devices.pop(device, None)
        devices[device] = session  # last in the dict: the youngest
        self.roster.enter(self._number(user, device), session)
        if older is None:
            self.connected += 1
        else:
            self._gone_at[session.number] = older.heard_at
        return older

    def detach(self, session: Subscriber) -> bool:
        """A session has ended; its device's position lives on. False if it was replaced before."""
        user, device = session.identity.user, session.device
        devices = self._sessions.get(user, {})
        if devices.get(device) is not session:
            return False
        del devices[device]
        if not devices:
            del self._sessions[user]
        self.connected -= 1
        self.roster.leave(session.number)
        if self.index.get(session.number, self._clock.monotonic()) is None:
            self._release(session.number)
        else:
            self._gone_at[session.number] = session.heard_at
        return True

    def of_user(self, user: str) -> Iterable[Subscriber]:
        """A person's sessions, the oldest first."""
        return self._sessions.get(user, _NONE).values()

    # --- positions ---

    def near(self, lat: float, lon: float, reach_m: float) -> tuple[Numbers, list[Device]]:
        """The connected within reach of a place, their accuracy counted; and the devices there that are not."""
        return self._sorted_out(self.index.within(lat, lon, reach_m, self._clock.monotonic()))

    def inside(self, area: Area, margin_m: float) -> tuple[Numbers, list[Device]]:
        """The same for an area and what is at most so far from it."""
        return self._sorted_out(self.index.inside(area, margin_m, self._clock.monotonic()))

    def _sorted_out(self, found: Numbers) -> tuple[Numbers, list[Device]]:
        """The connected of these, and whose the others are."""
        is_here = self.roster.is_here[found]
        owners = [self._owner[number] for number in found[~is_here].tolist()]
        return found[is_here], [owner for owner in owners if owner is not None]

    def has_position(self, user: str, device: str) -> bool:
        """Whether a device has a live position, connected or not."""
        number = self._numbers.get(user, {}).get(device)
        return number is not None and self.index.get(number, self._clock.monotonic()) is not None

    def position(self, session: Subscriber) -> Position | None:
        """A device's last position, while it is live."""
        return self.index.get(session.number, self._clock.monotonic())

    def last_heard(self, session: Subscriber) -> float | None:
        """When a device that is back was last heard before (Unix seconds); None if nothing of it was kept."""
        return self._gone_at.pop(session.number, None)

    def move(self, session: Subscriber, lat: float, lon: float, accuracy_m: float, age_s: float) -> None:
        self.index.put(session.number, lat, lon, accuracy_m, self._clock.monotonic() - age_s)

    def renew(self, session: Subscriber) -> bool:
        """Count a position as fresh; False if none is live."""
        return self.index.renew(session.number, self._clock.monotonic())

    def withdraw(self, session: Subscriber) -> None:
        """Erase a position at once (R17)."""
        self.index.remove(session.number)

    def withdraw_all(self, user: str) -> None:
        """Erase every position of a person at once, also of devices that are gone."""
        for number in list(self._numbers.get(user, {}).values()):
            if self.roster.is_here[number]:
                self.index.remove(number)
            else:
                self._release(number)

    def forget_old(self) -> bool:
        """Drop some positions whose time has passed, and devices that are gone with them; True if more waits."""
        dropped = self.index.expire(self._clock.monotonic(), limit=_DROPPED_AT_ONCE)
        for number in dropped:
            if not self.roster.is_here[number]:
                self._release(number)
        return len(dropped) == _DROPPED_AT_ONCE

    def people_in(self, grid: Grid, cell: tuple[int, int]) -> set[str]:
        """Whose devices are in one cell of a grid now, connected or not."""
        found = self.index.in_cell(grid, cell, self._clock.monotonic())
        return {owner[0] for number in found if (owner := self._owner[number]) is not None}

    # --- device numbers ---

    def _number(self, user: str, device: str) -> int:
        devices = self._numbers.setdefault(user, {})
        number = devices.get(device)
        if number is None:
            self._forget_oldest(devices)
            if self._free:
                number = self._free.pop()
            else:
                number = self.roster.add()
                self._owner.append(None)
            self._numbers.setdefault(user, devices)[device] = number
            self._owner[number] = (user, device)
        return number

    def _forget_oldest(self, devices: Mapping[str, int]) -> None:
        """A person has so many devices, also of those that left only a position behind."""
        if len(devices) >= self._max_devices:
            gone = next((number for number in devices.values() if not self.roster.is_here[number]), None)
            if gone is not None:
                self._release(gone)

    def _release(self, number: int) -> None:
        self.index.remove(number)  # a stale position that is not dropped yet must not outlive its number
        owner = self._owner[number]
        if owner is not None:
            user, device = owner
            devices = self._numbers[user]
            del devices[device]
            if not devices:
                del self._numbers[user]
        self._owner[number] = None
        self._gone_at.pop(number, None)
        self._free.append(number)
