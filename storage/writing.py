"""What the writer does in one transaction: number a batch, change the tables by it and store it; or prune."""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from storage import statements
from storage.events import (
    Alert,
    AlertRaised,
    AlertUpdated,
    Entry,
    Event,
    GroupCreated,
    LoggedEvent,
    MemberJoined,
    MemberLeft,
    RoomId,
)
from storage.log import AlreadyStored, distinct_keys, relevant_until
from storage.reading import find
from storage.serial import ALERT_VERSION, dump_alert, dump_event, dump_rooms, load_rooms
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
    batch.store(logged)
    return logged


class _Batch:
    """A batch between its numbers, taken from the database's own rows, and its commit.

    Tables change entry by entry, so that each sees what those before it did; the log's rows go in together at the end.
    """

    def __init__(self, db: sqlite3.Connection, entries: Sequence[Entry]) -> None:
        self._db = db
        self._offset = _last_offset(db)
        wanted = Counter(room for entry in entries for room in set(entry.rooms))
        self._lasts: dict[RoomId, int] = {
            room: statements.RESERVE.run(db, room=room, count=count).fetchone()[0] - count
            for room, count in wanted.items()
        }

    def add(self, entry: Entry) -> LoggedEvent:
        """Give an entry its numbers, and let it change the tables."""
        self._offset += 1
        body = self._placed(entry)  # before the event takes its own seqs
        event = LoggedEvent(
            offset=self._offset,
            body=body,
            world=entry.world,
            at=entry.at,
            rooms={room: self._take_seq(room) for room in dict.fromkeys(entry.rooms)},
            key=entry.key,
            digest=entry.digest,
        )
        self._apply(event)
        return event

    def store(self, logged: list[LoggedEvent]) -> None:
        statements.INSERT_EVENTS.run(self._db, map(_event_row, logged))
        statements.INSERT_ENTRIES.run(
            self._db, ((room, seq, event.offset) for event in logged for room, seq in event.rooms.items())
        )

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
        return replace(body, from_seq=self._last_seq(body.group) + 1)

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
                statements.END_STAY.run(self._db, group=left.group, user=left.user, its_world=event.world, at=event.at)

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
        )
        if made.rowcount == 1:
            self._begin_stay(event, created.group, created.creator, from_seq=1)

    def _begin_stay(self, event: LoggedEvent, group: str, user: str, from_seq: int) -> None:
        statements.BEGIN_STAY.run(
            self._db, offset=event.offset, group=group, world=event.world, user=user, from_seq=from_seq, at=event.at
        )


def _event_row(event: LoggedEvent) -> tuple[object, ...]:
    kind, version, body = dump_event(event.body)
    rooms = dump_rooms(event.rooms)
    return event.offset, event.world, kind, version, event.at, event.key, event.digest, rooms, body


def _last_offset(db: sqlite3.Connection) -> int:
    (last,) = statements.LAST_OFFSET.run(db).fetchone()
    if last is not None:
        return int(last)
    pruned = statements.GET_META.run(db, fact=PRUNED).fetchone()
    return int(pruned[0]) if pruned else 0


@transaction
def prune_once(db: sqlite3.Connection, before: float, limit: int) -> dict[RoomId, int] | None:
    """Drop at most `limit` events; return the touched rooms with their new first seq, or None if nothing was left."""
    firsts: dict[RoomId, int] = {}
    last = None
    for offset, at, rooms in statements.OLDEST.run(db, limit=limit).fetchall():
        if at >= before:
            break
        last = offset
        firsts |= {room: seq + 1 for room, seq in load_rooms(rooms).items()}
    if last is not None:
        _drop_to(db, last, firsts)
    pruned = statements.GET_META.run(db, fact=PRUNED).fetchone()
    statements.DROP_ALERTS.run(db, before=before, pruned=int(pruned[0]) if pruned else 0)
    return None if last is None else firsts


def _drop_to(db: sqlite3.Connection, offset: int, firsts: dict[RoomId, int]) -> None:
    statements.DROP_EVENTS.run(db, to_offset=offset)
    for room, first in firsts.items():
        statements.DROP_ENTRIES.run(db, of_room=room, to_first=first)
        statements.SET_FIRST.run(db, of_room=room, to_first=first)
    statements.SET_META.run(db, name=PRUNED, value=str(offset).encode())


@transaction
def set_fact(db: sqlite3.Connection, name: str, value: bytes) -> None:
    statements.SET_META.run(db, name=name, value=value)


@transaction
def keep_fact(db: sqlite3.Connection, name: str, value: bytes) -> bytes:
    """Give a fact this value unless it has one; return what it has."""
    statements.KEEP_META.run(db, name=name, value=value)
    kept: bytes = statements.GET_META.run(db, fact=name).fetchone()[0]
    return kept
