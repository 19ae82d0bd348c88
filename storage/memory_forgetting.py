"""What the log in plain dicts lets go of when somebody takes back an alert, or erases their account."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from realtime.messages import World
from storage.events import (
    AlertRaised,
    AlertUpdated,
    Erased,
    Group,
    HeldFact,
    LoggedAlert,
    LoggedEvent,
    Marker,
    MemberLeft,
    Membership,
    RoomId,
)
from storage.facts import Erasing, Fact
from storage.forgetting import NOBODY, alert_without_author, alert_without_words, forgotten, rooms_of


@dataclass(slots=True)
class Room:
    """Offsets by seq, and where the room begins and ends; `first` is `last + 1` when all is pruned."""

    offsets: dict[int, int] = field(default_factory=dict)
    first: int = 1
    last: int = 0


class MemoryForgetting:
    """A part of `MemoryStore`, on its dicts."""

    _last_offset: int
    _events: dict[int, LoggedEvent]
    _by_key: dict[str, int]
    _rooms: dict[RoomId, Room]
    _alerts: dict[str, LoggedAlert]
    _raised: dict[int, str]
    _groups: dict[str, Group]
    _stays: dict[int, Membership]
    _markers: dict[tuple[World, str, RoomId], Marker]
    _facts: dict[tuple[World, type[Fact], str], HeldFact]

    async def forget(self, world: World, user: str, offsets: Sequence[int]) -> None:
        for offset in offsets:
            event = self._events.get(offset)
            if event is None:
                continue
            left = self._events[offset] = forgotten(event, world, user)
            if isinstance(event.body, MemberLeft) and isinstance(left.body, Erased):
                self._drop_stay(event, event.body)
            if event.key is not None and left.key is None:
                del self._by_key[event.key]
            if isinstance(left.body, AlertRaised | AlertUpdated):
                known = self._alerts.get(left.body.alert.id)
                if known is not None and known.alert.author == user and known.world == world:
                    self._alerts[known.alert.id] = replace(known, alert=alert_without_author(known.alert))

    async def raised_at(self, alert: str) -> int | None:
        return next((offset for offset, id in self._raised.items() if id == alert), None)

    async def retract(self, alert: str, offsets: Sequence[int]) -> None:
        for offset in offsets:
            event = self._events.get(offset)
            if event is None or not isinstance(event.body, AlertRaised | AlertUpdated) or event.body.alert.id != alert:
                continue
            left = alert_without_words(event.body.alert)
            self._events[offset] = replace(event, body=type(event.body)(left))
            if (known := self._alerts.get(alert)) is not None and known.alert.revision == left.revision:
                self._alerts[alert] = replace(known, alert=alert_without_words(known.alert))

    async def forget_rest(self, world: World, user: str, above: int, limit: int) -> bool:
        for room in rooms_of(world, user):
            self._leave_room(room)
        if self._last_offset > above:
            return False
        self._forget_in_tables(world, user)
        return True

    def _leave_room(self, room: RoomId) -> None:
        for offset in self._rooms.pop(room, Room()).offsets.values():
            event = self._events[offset]
            self._events[offset] = replace(event, rooms={r: seq for r, seq in event.rooms.items() if r != room})

    def _forget_in_tables(self, world: World, user: str) -> None:
        for place in [place for place in self._markers if place[:2] == (world, user)]:
            del self._markers[place]
        for id, group in self._groups.items():
            if (group.world, group.creator) == (world, user):
                self._groups[id] = replace(group, creator=NOBODY)
        for named, said in self._facts.items():
            if (said.world, said.by) == (world, user):
                self._facts[named] = replace(said, by=NOBODY)
        self._facts.pop((world, Erasing, Erasing(user=user).key), None)

    def _drop_stay(self, event: LoggedEvent, left: MemberLeft) -> None:
        """Of the stay that it ended nothing is left."""
        ended = (event.world, left.group, left.user, event.at)
        for began, stay in list(self._stays.items()):
            if (stay.world, stay.group, stay.user, stay.ended_at) == ended:
                del self._stays[began]
