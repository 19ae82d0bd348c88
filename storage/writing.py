"""What the writer does in one transaction: number a batch, change the tables by it and store it."""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from realtime.messages import World
from storage import statements
from storage.checksums import checksum
from storage.events import (
    Alert,
    AlertRaised,
    AlertUpdated,
    Entry,
    Event,
    FactDropped,
    FactSet,
    GroupCreated,
    LoggedEvent,
    Marker,
    MemberJoined,
    MemberLeft,
    MessageRevised,
    RoomId,
)
from storage.facts import KINDS
from storage.log import AlreadyStored, distinct_keys, relevant_until
from storage.reading import event_of, find
from storage.revising import filled_in
from storage.serial import ALERT_VERSION, FACT_VERSION, dump_alert, dump_event, dump_fact, dump_rooms
from storage.sqlite import transaction

PRUNED: Final = "pruned"  # the fact that remembers the last pruned offset, so that none is ever given again


def append(db: sqlite3.Connection, entries: Sequence[Entry]) -> list[LoggedEvent]:
    """`EventLog.append`. Nobody asks first which keys are known: the table refuses them, and that is rare."""
    try:
        return _append(db, entries)
    except sqlite3.IntegrityError:
        if found := find(db, distinct_keys(entries)):
            raise AlreadyStored(found) from None
        raise


@transaction
def _append(db: sqlite3.Connection, entries: Sequence[Entry]) -> list[LoggedEvent]:
    batch = _Batch(db, entries)
    logged = [batch.add(entry) for entry in entries]
    batch.store()
    return logged


class _Batch:
    """A batch between its numbers, taken from the database's own rows, and its commit.

    Tables change entry by entry, so that each sees what those before it did; the log's rows go in together at the end,
    or before a revision, which may concern one of them.
    """

    def __init__(self, db: sqlite3.Connection, entries: Sequence[Entry]) -> None:
        self._db = db
        self._unstored: list[LoggedEvent] = []
        self._offset = last_offset(db)
        wanted = Counter(room for entry in entries for room in set(entry.rooms))
        self._lasts: dict[RoomId, int] = {
            room: statements.RESERVE.run(db, room=room, count=count).fetchone()[0] - count
            for room, count in wanted.items()
        }

    def add(self, entry: Entry) -> LoggedEvent:
        """Give an entry its numbers, and let it change the tables."""
        self._offset += 1
        body = self._placed(entry)  # before the event takes its own seqs
        rooms = {room: self._take_seq(room) for room in dict.fromkeys(entry.rooms)}
        if isinstance(body, MessageRevised):
            body = self._revise(body, entry.world, rooms.get(body.group))
        event = LoggedEvent(
            offset=self._offset,
            body=body,
            world=entry.world,
            at=entry.at,
            rooms=rooms,
            key=entry.key,
            digest=entry.digest,
        )
        self._apply(event)
        self._unstored.append(event)
        return event

    def store(self) -> None:
        """Write the rows of what was added so far."""
        statements.INSERT_EVENTS.run(self._db, map(event_row, self._unstored))
        statements.INSERT_ENTRIES.run(
            self._db, ((room, seq, event.offset) for event in self._unstored for room, seq in event.rooms.items())
        )
        self._unstored.clear()

    def _take_seq(self, room: RoomId) -> int:
        self._lasts[room] += 1
        return self._lasts[room]

    def _placed(self, entry: Entry) -> Event:
        body = entry.body
        if not isinstance(body, MemberJoined):
            return body
        stay = statements.LASTING_STAY.run(self._db, group=body.group, user=body.user).fetchone()
        if stay is not None and stay[0] == entry.world:
            return replace(body, from_seq=stay[1])
        history = statements.GROUP_HISTORY.run(self._db, group=body.group, its_world=entry.world).fetchone()
        if history is not None and history[0] == "all":
            return replace(body, from_seq=1)
        return replace(body, from_seq=self._last_seq(body.group) + 1)

    def _revise(self, body: MessageRevised, world: World, own_seq: int | None) -> MessageRevised:
        self.store()
        stored = self._standing(body.group, body.seq)
        body = filled_in(body, stored, world, own_seq)
        if stored is not None and body.message is not None:
            rewrite(self._db, [replace(stored, body=body.message)])
            for seq in body.message.revisions[-2:-1]:
                before = self._standing(body.group, seq)
                if before is not None and isinstance(before.body, MessageRevised):  # else it was erased
                    rewrite(self._db, [replace(before, body=before.body.superseded())])
        return body

    def _standing(self, room: RoomId, seq: int) -> LoggedEvent | None:
        row = statements.EVENT_AT.run(self._db, room=room, seq=seq).fetchone()
        return None if row is None else event_of(row)

    def _last_seq(self, room: RoomId) -> int:
        if room not in self._lasts:
            row = statements.LAST_SEQ.run(self._db, room=room).fetchone()
            return row[0] if row else 0
        return self._lasts[room]

    def _apply(self, event: LoggedEvent) -> None:
        match event.body:
            case AlertRaised(alert):
                self._raise_alert(event, alert)
            case AlertUpdated(alert):
                self._update_alert(event, alert)
            case GroupCreated() as created:
                self._create_group(event, created)
            case MemberJoined() as joined:
                self._begin_stay(event, joined.group, joined.user, joined.from_seq)
            case MemberLeft() as left:
                self._end_stay(event, left.group, left.user)
            case FactSet() as said:
                self._set_fact(event, said)
            case FactDropped(fact=fact):
                statements.DROP_FACT.run(self._db, its_world=event.world, its_kind=KINDS[type(fact)], its_key=fact.key)

    def _raise_alert(self, event: LoggedEvent, alert: Alert) -> None:
        statements.RAISE_ALERT.run(
            self._db,
            id=alert.id,
            world=event.world,
            raised=event.offset,
            revision=alert.revision,
            relevant_until=relevant_until(alert),
            rooms=dump_rooms(event.rooms),
            version=ALERT_VERSION,
            body=dump_alert(alert),
        )

    def _update_alert(self, event: LoggedEvent, alert: Alert) -> None:
        statements.UPDATE_ALERT.run(
            self._db,
            alert=alert.id,
            its_world=event.world,
            to_revision=alert.revision,
            until=relevant_until(alert),
            as_version=ALERT_VERSION,
            state=dump_alert(alert),
        )

    def _create_group(self, event: LoggedEvent, created: GroupCreated) -> None:
        made = statements.CREATE_GROUP.run(
            self._db,
            id=created.group,
            created=event.offset,
            world=event.world,
            creator=created.creator,
            name=created.name,
            purpose=created.purpose,
            conduct=created.conduct,
            locked=created.locked,
            created_at=event.at,
            history=created.history,
        )
        if made.rowcount == 1:
            self._begin_stay(event, created.group, created.creator, from_seq=1)

    def _begin_stay(self, event: LoggedEvent, group: str, user: str, from_seq: int) -> None:
        statements.BEGIN_STAY.run(
            self._db, offset=event.offset, group=group, world=event.world, user=user, from_seq=from_seq, at=event.at
        )

    def _end_stay(self, event: LoggedEvent, group: str, user: str) -> None:
        ended = statements.END_STAY.run(self._db, group=group, user=user, its_world=event.world, at=event.at)
        if ended.rowcount == 1:
            statements.DROP_MARKER.run(self._db, its_world=event.world, user=user, of_room=group)

    def _set_fact(self, event: LoggedEvent, said: FactSet) -> None:
        statements.SET_FACT.run(
            self._db,
            world=event.world,
            kind=KINDS[type(said.fact)],
            key=said.fact.key,
            set=event.offset,
            at=event.at,
            by=said.by,
            version=FACT_VERSION,
            body=dump_fact(said.fact),
        )


def event_row(event: LoggedEvent) -> tuple[object, ...]:
    """An event's columns, its checksum last."""
    kind, version, body = dump_event(event.body)
    rooms = dump_rooms(event.rooms)
    # The time as the column will give it back, though a caller may have given a whole number.
    columns = event.offset, event.world, kind, version, float(event.at), event.key, event.digest, rooms, body
    return *columns, checksum(columns)


def rewrite(db: sqlite3.Connection, logged: Sequence[LoggedEvent]) -> None:
    """Store these events instead of what stands at their offsets."""
    statements.REWRITE_EVENTS.run(db, ((*columns, offset) for offset, *columns in map(event_row, logged)))


def last_offset(db: sqlite3.Connection) -> int:
    """The last offset that was ever given."""
    (last,) = statements.LAST_OFFSET.run(db).fetchone()
    return get_number(db, PRUNED) if last is None else int(last)


@transaction
def mark(db: sqlite3.Connection, markers: Sequence[Marker]) -> None:
    """`Markers.mark`."""
    statements.MARK.run(db, ((marker.world, marker.user, marker.room, marker.seq) for marker in markers))


def get_number(db: sqlite3.Connection, name: str) -> int:
    """A fact that is a number; 0 if it is not known."""
    row = statements.GET_META.run(db, fact=name).fetchone()
    return int(row[0]) if row else 0


def set_number(db: sqlite3.Connection, name: str, value: int) -> None:
    statements.SET_META.run(db, name=name, value=str(value).encode())


@transaction
def set_fact(db: sqlite3.Connection, name: str, value: bytes) -> None:
    statements.SET_META.run(db, name=name, value=value)


@transaction
def keep_fact(db: sqlite3.Connection, name: str, value: bytes) -> bytes:
    """Give a fact this value unless it has one; return what it has."""
    statements.KEEP_META.run(db, name=name, value=value)
    kept: bytes = statements.GET_META.run(db, fact=name).fetchone()[0]
    return kept
