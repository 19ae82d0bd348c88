"""The log, the directory and the markers in plain dicts: the reference that the others are tested against."""

import secrets
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from realtime.messages import World
from storage.counts import Counting, CountKey
from storage.events import (
    Alert,
    AlertRaised,
    AlertUpdated,
    Entry,
    Erased,
    Event,
    FactDropped,
    FactSet,
    Group,
    GroupCreated,
    HeldFact,
    Kept,
    LoggedAlert,
    LoggedEvent,
    Marker,
    MemberJoined,
    MemberLeft,
    Membership,
    MessageRevised,
    RoomId,
    RoomSpan,
)
from storage.facts import Fact
from storage.log import AlreadyStored, Bounds, HistoryLost, distinct_keys, relevant_until
from storage.memory_forgetting import MemoryForgetting, Room
from storage.retention import KEPT, kept_as
from storage.revising import filled_in


class MemoryStore(MemoryForgetting):
    """EventLog, Directory and Markers for tests and for trying things out. Nothing here ever really waits."""

    def __init__(self, *, epoch: str | None = None, secret: bytes | None = None) -> None:
        self.epoch = epoch or secrets.token_hex(8)
        self.secret = secret or secrets.token_bytes(32)
        self._last_offset = 0
        self._events: dict[int, LoggedEvent] = {}
        self._by_key: dict[str, int] = {}
        self._rooms: dict[RoomId, Room] = {}
        self._alerts: dict[str, LoggedAlert] = {}  # in the order of their raising
        self._raised: dict[int, str] = {}  # the id of each of them, by the offset of the event that raised it
        self._groups: dict[str, Group] = {}
        self._stays: dict[int, Membership] = {}  # by the offset of the event that began it
        self._open: dict[tuple[str, str], int] = {}  # the key of the stay of a person in a group that lasts
        self._markers: dict[tuple[World, str, RoomId], Marker] = {}
        self._facts: dict[tuple[World, type[Fact], str], HeldFact] = {}  # in the order in which they were last said
        self._counts: dict[CountKey, int] = {}
        self._counting = Counting(0, {})
        self._pruned = 0  # the log begins above this offset
        self._looked_at: dict[Kept, int] = {}  # up to this offset nothing of the kind is left to erase

    # --- writing: everything that can be refused is refused before the first change ---

    async def append(self, entries: Sequence[Entry]) -> list[LoggedEvent]:
        if found := await self.find(distinct_keys(entries)):
            raise AlreadyStored(found)
        return [self._store(entry) for entry in entries]

    def _store(self, entry: Entry) -> LoggedEvent:
        body = self._placed(entry)  # before the event takes its own seqs
        self._last_offset += 1
        rooms = {room: self._take_seq(room) for room in dict.fromkeys(entry.rooms)}
        if isinstance(body, MessageRevised):
            body = self._revise(body, entry.world, rooms.get(body.group))
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

    def _placed(self, entry: Entry) -> Event:
        body = entry.body
        if not isinstance(body, MemberJoined):
            return body
        stay = self._open_stay(entry.world, body.group, body.user)
        if stay is not None:
            return replace(body, from_seq=stay.from_seq)
        group = self._groups.get(body.group)
        if group is not None and group.world == entry.world and group.history == "all":
            return replace(body, from_seq=1)
        return replace(body, from_seq=self._room(body.group).last + 1)

    def _revise(self, body: MessageRevised, world: World, own_seq: int | None) -> MessageRevised:
        stored = self._standing(body.group, body.seq)
        body = filled_in(body, stored, world, own_seq)
        if stored is not None and body.message is not None:
            self._events[stored.offset] = replace(stored, body=body.message)
            for seq in body.message.revisions[-2:-1]:
                before = self._standing(body.group, seq)
                if before is not None and isinstance(before.body, MessageRevised):  # else it was erased
                    self._events[before.offset] = replace(before, body=before.body.superseded())
        return body

    def _standing(self, room: RoomId, seq: int) -> LoggedEvent | None:
        return self._events.get(self._room(room).offsets.get(seq, 0))

    def _room(self, room: RoomId) -> Room:
        return self._rooms.get(room) or Room()

    def _take_seq(self, room: RoomId) -> int:
        held = self._rooms.setdefault(room, Room())
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
            case FactSet(fact=fact, by=by):
                self._facts.pop((event.world, type(fact), fact.key), None)
                self._facts[event.world, type(fact), fact.key] = HeldFact(
                    fact=fact, world=event.world, by=by, at=event.at
                )
            case FactDropped(fact=fact):
                self._facts.pop((event.world, type(fact), fact.key), None)

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
            history=created.history,
        )
        self._begin_stay(event, created.group, created.creator, from_seq=1)

    def _open_stay(self, world: World, group: str, user: str) -> Membership | None:
        began = self._open.get((group, user))
        stay = None if began is None else self._stays[began]
        return stay if stay is not None and stay.world == world else None

    def _begin_stay(self, event: LoggedEvent, group: str, user: str, from_seq: int) -> None:
        known = self._groups.get(group)
        if known is None or known.world != event.world or (group, user) in self._open:
            return
        self._open[group, user] = event.offset
        self._stays[event.offset] = Membership(
            group=group, world=event.world, user=user, from_seq=from_seq, began_at=event.at
        )

    def _end_stay(self, event: LoggedEvent, left: MemberLeft) -> None:
        stay = self._open_stay(event.world, left.group, left.user)
        if stay is not None:
            self._stays[self._open.pop((left.group, left.user))] = replace(stay, ended_at=event.at)
            self._markers.pop((event.world, left.user, left.group), None)

    async def mark(self, markers: Sequence[Marker]) -> None:
        for marker in markers:
            place = (marker.world, marker.user, marker.room)
            known = self._markers.get(place)
            if known is None or known.seq < marker.seq:
                self._markers[place] = marker

    async def scrub(self) -> None:
        return

    async def check_writable(self) -> None:
        return

    async def close(self) -> None:
        return

    # --- pruning: in the same steps as a database, whose answers tell how far each went ---

    async def prune(self, before: Mapping[Kept, float], limit: int) -> dict[RoomId, int]:
        for kind in KEPT:
            while kind in before and (old := self._look(kind, before[kind], limit)) is not None:
                if touched := self._erase(old):
                    return touched
        return {}

    def _look(self, kind: Kept, before: float, limit: int) -> list[LoggedEvent] | None:
        """What is to be erased among the next `limit` events, up to the first that is too young; None at the end."""
        start = looked_at = max(self._looked_at.get(kind, 0), self._pruned)
        old = []
        for offset in range(start + 1, min(start + limit, self._last_offset) + 1):
            event = self._events[offset]
            if not _is_gone(event) and kept_as(event.body, event.world) == kind:
                if self._logged_at(event) >= before:
                    break
                old.append(event)
            looked_at = offset
        self._looked_at[kind] = looked_at
        return old if looked_at > start else None

    def _logged_at(self, event: LoggedEvent) -> float:
        if isinstance(event.body, AlertRaised | AlertUpdated):
            known = self._alerts.get(event.body.alert.id)
            if known is not None and known.world == event.world:
                return relevant_until(known.alert)
        return event.at

    def _erase(self, old: list[LoggedEvent]) -> dict[RoomId, int]:
        touched: set[RoomId] = set()
        for event in old:
            self._erase_one(event)
            touched |= event.rooms.keys()
        touched |= self._forget_oldest()
        return {room: self._begin(self._rooms[room]) for room in touched}

    def _erase_one(self, event: LoggedEvent) -> None:
        if event.key is not None:
            del self._by_key[event.key]
        if (id := self._raised.pop(event.offset, None)) is not None:
            del self._alerts[id]
        if isinstance(event.body, MemberLeft):
            self._drop_stay(event, event.body)
        self._events[event.offset] = replace(event, body=Erased(), key=None, digest=None)

    def _forget_oldest(self) -> set[RoomId]:
        """Let the log begin at its first event that is not erased; return the rooms that reached further back."""
        touched: set[RoomId] = set()
        while (event := next(iter(self._events.values()), None)) is not None and _is_gone(event):
            del self._events[event.offset]
            self._pruned = event.offset
            for room, seq in event.rooms.items():
                held = self._rooms[room]
                if held.offsets.pop(seq, None) is not None:
                    held.first = seq + 1
                    touched.add(room)
        return touched

    def _begin(self, held: Room) -> int:
        while held.first <= held.last and isinstance(self._events[held.offsets[held.first]].body, Erased):
            del held.offsets[held.first]
            held.first += 1
        return held.first

    # --- reading ---

    async def find(self, keys: Sequence[str]) -> dict[str, LoggedEvent]:
        return {key: self._events[self._by_key[key]] for key in keys if key in self._by_key}

    async def after(self, room: RoomId, seq: int, limit: int) -> list[LoggedEvent]:
        held = self._room(room)
        if max(seq, 0) + 1 < held.first:
            raise HistoryLost(room, held.first)
        return self._page(held, max(seq, 0) + 1, min(held.last, max(seq, 0) + limit))

    async def scan(self, after: int, limit: int) -> list[LoggedEvent]:
        start = max(after, self._pruned) + 1
        return [self._events[offset] for offset in range(start, min(start + limit, self._last_offset + 1))]

    async def before(self, room: RoomId, seq: int, limit: int) -> list[LoggedEvent]:
        held = self._room(room)
        end = min(held.last, seq - 1)
        return self._page(held, max(held.first, end - limit + 1), end)

    def _page(self, room: Room, first: int, last: int) -> list[LoggedEvent]:
        return [self._current(self._events[room.offsets[seq]]) for seq in range(first, last + 1)]

    def _current(self, event: LoggedEvent) -> LoggedEvent:
        id = self._raised.get(event.offset)
        return event if id is None else replace(event, body=AlertRaised(self._alerts[id].alert))

    async def rooms(self) -> dict[RoomId, RoomSpan]:
        return {room: RoomSpan(first=held.first, last=held.last) for room, held in self._rooms.items()}

    async def alerts(self, since: float) -> list[LoggedAlert]:
        return [logged for logged in self._alerts.values() if relevant_until(logged.alert) >= since]

    async def public_alerts(
        self, world: World, bounds: Sequence[Bounds], since: float, before: tuple[float, str] | None, limit: int
    ) -> list[LoggedAlert]:
        def place(logged: LoggedAlert) -> tuple[float, str]:
            return relevant_until(logged.alert), logged.alert.id

        wanted = (
            logged
            for logged in self._alerts.values()
            if logged.world == world
            and logged.alert.public
            and relevant_until(logged.alert) >= since
            and (before is None or place(logged) < before)
            and any(_is_in(logged.alert, each) for each in bounds)
        )
        return sorted(wanted, key=place, reverse=True)[:limit]

    async def alert(self, id: str) -> LoggedAlert | None:
        return self._alerts.get(id)

    async def groups(self) -> list[Group]:
        return list(self._groups.values())

    async def memberships(self, ended_after: float) -> list[Membership]:
        return [stay for stay in self._stays.values() if stay.ended_at is None or stay.ended_at > ended_after]

    async def facts(self) -> list[HeldFact]:
        return list(self._facts.values())

    async def markers(self) -> list[Marker]:
        return list(self._markers.values())

    async def counting(self) -> Counting:
        return Counting(self._counting.reached, dict(self._counting.notes))

    async def count(
        self, added: Mapping[CountKey, int], notes: Mapping[str, bytes | None], reached: tuple[int, int] | None = None
    ) -> bool:
        if reached is not None:
            if self._counting.reached != reached[0]:
                return False
            self._counting = self._counting._replace(reached=reached[1])
        for key, number in added.items():
            self._counts[key] = self._counts.get(key, 0) + number
        for name, value in notes.items():
            if value is None:
                self._counting.notes.pop(name, None)
            else:
                self._counting.notes[name] = value
        return True

    async def counts(self, since: str, until: str) -> dict[CountKey, int]:
        return {key: number for key, number in self._counts.items() if number and since <= key.period < until}


def _is_gone(event: LoggedEvent) -> bool:
    """Nothing of it is left to erase: of what was superseded, the idempotency key outlives the text."""
    return isinstance(event.body, Erased)


def _is_in(alert: Alert, bounds: Bounds) -> bool:
    west, south, east, north = bounds
    return west <= alert.public_lon <= east and south <= alert.public_lat <= north
