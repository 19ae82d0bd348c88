"""The log and the directory in plain dicts and lists: the reference that the others are tested against."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from msgspec.structs import replace

from realtime.messages import World
from storage.events import (
    Alert,
    AlertRaised,
    AlertUpdated,
    Entry,
    Event,
    Group,
    GroupCreated,
    LoggedAlert,
    LoggedEvent,
    MemberJoined,
    MemberLeft,
    Membership,
    RoomId,
    RoomSpan,
)
from storage.log import AlreadyStored, HistoryLost, distinct_keys, relevant_until


@dataclass(slots=True)
class _Room:
    """Offsets by seq, and where the room begins and ends; `first` is `last + 1` when all is pruned."""

    offsets: dict[int, int] = field(default_factory=dict)
    first: int = 1
    last: int = 0


class MemoryStore:
    """EventLog and Directory for tests and for trying things out. Nothing here ever really waits."""

    def __init__(self, *, epoch: str | None = None, secret: bytes | None = None) -> None:
        self.epoch = epoch or secrets.token_hex(8)
        self.secret = secret or secrets.token_bytes(32)
        self._last_offset = 0
        self._events: dict[int, LoggedEvent] = {}
        self._by_key: dict[str, int] = {}
        self._rooms: dict[RoomId, _Room] = {}
        self._alerts: dict[str, LoggedAlert] = {}  # in the order of their raising
        self._raised: dict[int, str] = {}  # the id of each of them, by the offset of the event that raised it
        self._groups: dict[str, Group] = {}
        self._memberships: list[Membership] = []
        self._open: dict[tuple[str, str], int] = {}  # where in the list the stay of a person in a group is that lasts

    # --- writing: everything that can be refused is refused before the first change ---

    async def append(self, entries: Sequence[Entry]) -> list[LoggedEvent]:
        if found := await self.find(distinct_keys(entries)):
            raise AlreadyStored(found)
        return [self._store(entry) for entry in entries]

    def _store(self, entry: Entry) -> LoggedEvent:
        body = self._numbered(entry)  # before the event takes its own seqs
        self._last_offset += 1
        rooms = {room: self._take_seq(room) for room in dict.fromkeys(entry.rooms)}
        event = LoggedEvent(
            offset=self._last_offset,
            body=body,
            world=entry.world,
            at=entry.at,
            rooms=rooms,
            key=entry.key,
            digest=entry.digest,
        )
        self._events[event.offset] = event
        if event.key is not None:
            self._by_key[event.key] = event.offset
        self._apply(event)
        return event

    def _numbered(self, entry: Entry) -> Event:
        body = entry.body
        if not isinstance(body, MemberJoined):
            return body
        stay = self._open_stay(entry.world, body.group, body.user)
        if stay is not None:
            return replace(body, from_seq=stay.from_seq)
        return replace(body, from_seq=self._room(body.group).last + 1)

    def _room(self, room: RoomId) -> _Room:
        return self._rooms.get(room) or _Room()

    def _take_seq(self, room: RoomId) -> int:
        held = self._rooms.setdefault(room, _Room())
        held.last += 1
        held.offsets[held.last] = self._last_offset
        return held.last

    def _apply(self, event: LoggedEvent) -> None:
        match event.body:
            case AlertRaised(alert) if alert.id not in self._alerts:
                self._alerts[alert.id] = LoggedAlert(alert=alert, world=event.world, rooms=event.rooms)
                self._raised[event.offset] = alert.id
            case AlertRaised(alert) | AlertUpdated(alert):
                self._update_alert(event, alert)
            case GroupCreated() as created:
                self._create_group(event, created)
            case MemberJoined() as joined:
                self._begin_stay(event, joined.group, joined.user, joined.from_seq)
            case MemberLeft() as left:
                self._end_stay(event, left)

    def _update_alert(self, event: LoggedEvent, alert: Alert) -> None:
        known = self._alerts.get(alert.id)
        if known is not None and known.world == event.world and known.alert.revision < alert.revision:
            self._alerts[alert.id] = replace(known, alert=alert)

    def _create_group(self, event: LoggedEvent, created: GroupCreated) -> None:
        if created.group in self._groups:
            return
        self._groups[created.group] = Group(
            id=created.group,
            world=event.world,
            creator=created.creator,
            name=created.name,
            purpose=created.purpose,
            conduct=created.conduct,
            locked=created.locked,
            created_at=event.at,
        )
        self._begin_stay(event, created.group, created.creator, from_seq=1)

    def _open_stay(self, world: World, group: str, user: str) -> Membership | None:
        index = self._open.get((group, user))
        stay = None if index is None else self._memberships[index]
        return stay if stay is not None and stay.world == world else None

    def _begin_stay(self, event: LoggedEvent, group: str, user: str, from_seq: int) -> None:
        known = self._groups.get(group)
        if known is None or known.world != event.world or (group, user) in self._open:
            return
        self._open[group, user] = len(self._memberships)
        self._memberships.append(
            Membership(group=group, world=event.world, user=user, from_seq=from_seq, began_at=event.at)
        )

    def _end_stay(self, event: LoggedEvent, left: MemberLeft) -> None:
        stay = self._open_stay(event.world, left.group, left.user)
        if stay is not None:
            self._memberships[self._open.pop((left.group, left.user))] = replace(stay, ended_at=event.at)

    async def prune(self, before: float, limit: int) -> dict[RoomId, int]:
        touched: dict[RoomId, int] = {}
        while not touched and (oldest := self._oldest(before, limit)):
            for event in oldest:
                self._drop(event)
                touched |= {room: seq + 1 for room, seq in event.rooms.items()}
        self._forget_alerts(before)
        return touched

    def _oldest(self, before: float, limit: int) -> list[LoggedEvent]:
        oldest: list[LoggedEvent] = []
        for event in islice(self._events.values(), limit):
            if event.at >= before:
                break
            oldest.append(event)
        return oldest

    def _drop(self, event: LoggedEvent) -> None:
        del self._events[event.offset]
        if event.key is not None:
            del self._by_key[event.key]
        for room, seq in event.rooms.items():
            del self._rooms[room].offsets[seq]
            self._rooms[room].first = seq + 1

    def _forget_alerts(self, before: float) -> None:
        for offset, id in list(self._raised.items()):
            if offset not in self._events and relevant_until(self._alerts[id].alert) < before:
                del self._raised[offset], self._alerts[id]

    async def check_writable(self) -> None:
        return

    async def close(self) -> None:
        return

    # --- reading ---

    async def find(self, keys: Sequence[str]) -> dict[str, LoggedEvent]:
        return {key: self._events[self._by_key[key]] for key in keys if key in self._by_key}

    async def after(self, room: RoomId, seq: int, limit: int) -> list[LoggedEvent]:
        held = self._room(room)
        if max(seq, 0) + 1 < held.first:
            raise HistoryLost(room, held.first)
        return self._page(held, max(seq, 0) + 1, min(held.last, max(seq, 0) + limit))

    async def before(self, room: RoomId, seq: int, limit: int) -> list[LoggedEvent]:
        held = self._room(room)
        end = min(held.last, seq - 1)
        return self._page(held, max(held.first, end - limit + 1), end)

    def _page(self, room: _Room, first: int, last: int) -> list[LoggedEvent]:
        return [self._current(self._events[room.offsets[seq]]) for seq in range(first, last + 1)]

    def _current(self, event: LoggedEvent) -> LoggedEvent:
        id = self._raised.get(event.offset)
        return event if id is None else replace(event, body=AlertRaised(self._alerts[id].alert))

    async def rooms(self) -> dict[RoomId, RoomSpan]:
        return {room: RoomSpan(first=held.first, last=held.last) for room, held in self._rooms.items()}

    async def alerts(self, since: float) -> list[LoggedAlert]:
        return [logged for logged in self._alerts.values() if relevant_until(logged.alert) >= since]

    async def groups(self) -> list[Group]:
        return list(self._groups.values())

    async def memberships(self, ended_after: float) -> list[Membership]:
        return [stay for stay in self._memberships if stay.ended_at is None or stay.ended_at > ended_after]
