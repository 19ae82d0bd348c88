"""What is read from the database: rows to events, alerts, groups and stays. Each call sees only whole transactions."""

import sqlite3
from collections.abc import Sequence
from math import inf
from operator import itemgetter
from typing import Any

from realtime.messages import World
from storage import statements
from storage.events import (
    AlertRaised,
    Event,
    Group,
    HeldFact,
    LoggedAlert,
    LoggedEvent,
    Marker,
    Membership,
    RoomId,
    RoomSpan,
)
from storage.log import Bounds, HistoryLost
from storage.serial import load_alert, load_event, load_fact, load_rooms

Row = tuple[Any, ...]


def find(db: sqlite3.Connection, keys: Sequence[str]) -> dict[str, LoggedEvent]:
    rows = ((key, statements.EVENT_BY_KEY.run(db, key=key).fetchone()) for key in keys)
    return {key: event_of(row) for key, row in rows if row is not None}


def after(db: sqlite3.Connection, room: RoomId, seq: int, limit: int) -> list[LoggedEvent]:
    page = [event_of(row) for row in statements.PAGE_AFTER.run(db, room=room, seq=seq, limit=limit)]
    # Seqs are dense: a page that begins with the next one has lost nothing, and needs no second question.
    if not page or page[0].rooms[room] != seq + 1:
        first = statements.FIRST_SEQ.run(db, room=room).fetchone()
        if first is not None and max(seq, 0) + 1 < first[0]:
            raise HistoryLost(room, first[0])
    return page


def before(db: sqlite3.Connection, room: RoomId, seq: int, limit: int) -> list[LoggedEvent]:
    page = [event_of(row) for row in statements.PAGE_BEFORE.run(db, room=room, seq=seq, limit=limit)]
    return page[::-1]


def scan(db: sqlite3.Connection, after: int, limit: int) -> list[LoggedEvent]:
    return [event_of(row) for row in statements.NEXT_EVENTS.run(db, above=after, limit=limit)]


def event_of(row: Row) -> LoggedEvent:
    """An event from its columns; the two more that a page has are the current state of the alert that it raised."""
    offset, world, kind, version, at, key, digest, rooms, body, *alert = row
    if alert and alert[0] is not None:
        event: Event = AlertRaised(load_alert(*alert))
    else:
        event = load_event(kind, version, body)
    return LoggedEvent(offset=offset, body=event, world=world, at=at, rooms=load_rooms(rooms), key=key, digest=digest)


def rooms(db: sqlite3.Connection) -> dict[RoomId, RoomSpan]:
    return {room: RoomSpan(first=first, last=last) for room, first, last in statements.ROOMS.run(db)}


def alerts(db: sqlite3.Connection, since: float) -> list[LoggedAlert]:
    return [
        LoggedAlert(alert=load_alert(version, body), world=world, rooms=load_rooms(rooms))
        for _, world, rooms, version, body in sorted(statements.ALERTS_SINCE.run(db, since=since), key=itemgetter(0))
    ]


def public_alerts(
    db: sqlite3.Connection,
    world: World,
    bounds: Sequence[Bounds],
    since: float,
    before: tuple[float, str] | None,
    limit: int,
) -> list[LoggedAlert]:
    until, below = before or (inf, "")
    west, south, east, north = bounds[0]
    other_west, _, other_east, _ = bounds[-1]
    rows = statements.PUBLIC_ALERTS.run(
        db,
        its_world=world,
        since=since,
        until=until,
        below=below,
        south=south,
        north=north,
        west=west,
        east=east,
        other_west=other_west,
        other_east=other_east,
        limit=limit,
    )
    return [
        LoggedAlert(alert=load_alert(version, body), world=its_world, rooms=load_rooms(rooms))
        for its_world, rooms, version, body in rows
    ]


def alert(db: sqlite3.Connection, id: str) -> LoggedAlert | None:
    row = statements.ALERT.run(db, alert=id).fetchone()
    if row is None:
        return None
    world, rooms, version, body = row
    return LoggedAlert(alert=load_alert(version, body), world=world, rooms=load_rooms(rooms))


def groups(db: sqlite3.Connection) -> list[Group]:
    return [
        Group(
            id=id,
            world=world,
            creator=creator,
            name=name,
            purpose=purpose,
            conduct=conduct,
            locked=bool(locked),
            created_at=created_at,
            history=history,
        )
        for id, _, world, creator, name, purpose, conduct, locked, created_at, history in statements.GROUPS.run(db)
    ]


def memberships(db: sqlite3.Connection, ended_after: float) -> list[Membership]:
    lasting_or_ended = sorted(statements.MEMBERSHIPS.run(db, ended_after=ended_after), key=itemgetter(0))
    return [
        Membership(group=group, world=world, user=user, from_seq=from_seq, began_at=began_at, ended_at=ended_at)
        for _, group, world, user, from_seq, began_at, ended_at in lasting_or_ended
    ]


def facts(db: sqlite3.Connection) -> list[HeldFact]:
    return [
        HeldFact(fact=load_fact(version, body), world=world, by=by, at=at)
        for world, by, at, version, body in statements.FACTS.run(db)
    ]


def markers(db: sqlite3.Connection) -> list[Marker]:
    return [Marker(world=world, user=user, room=room, seq=seq) for world, user, room, seq in statements.MARKERS.run(db)]
