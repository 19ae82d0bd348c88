"""Letting go of a person, in small transactions: the steps of `EventLog.forget` and `EventLog.forget_rest`."""

import sqlite3
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from realtime.messages import World
from storage import statements
from storage.events import Alert, AlertRaised, AlertUpdated, MemberLeft, RoomId
from storage.facts import KINDS, Erasing
from storage.forgetting import NOBODY, alert_without_author, alert_without_words, forgotten, rooms_of
from storage.reading import event_of
from storage.serial import ALERT_VERSION, dump_alert, load_alert
from storage.sqlite import transaction
from storage.writing import last_offset, rewrite


@transaction
def forget(db: sqlite3.Connection, world: World, user: str, offsets: Sequence[int]) -> None:
    for offset in offsets:
        row = statements.EVENT.run(db, offset=offset).fetchone()
        if row is None:  # pruned meanwhile
            continue
        event = event_of(row)
        left = forgotten(event, world, user)
        if left is not event:
            rewrite(db, [left])
        if isinstance(event.body, MemberLeft) and event.body.user == user and event.world == world:
            statements.DROP_STAY.run(db, at=event.at, its_world=world, group=event.body.group, user=user)
        if isinstance(left.body, AlertRaised | AlertUpdated):
            alert = left.body.alert
            _change_state(
                db, alert, world, lambda state: alert_without_author(state) if state.author == user else state
            )


def _without(alert: Alert, user: str) -> Alert:
    return alert_without_author(alert) if alert.author == user else alert


@transaction
def retract(db: sqlite3.Connection, alert: str, offsets: Sequence[int]) -> None:
    for offset in offsets:
        row = statements.EVENT.run(db, offset=offset).fetchone()
        event = None if row is None else event_of(row)
        if event is None or not isinstance(event.body, AlertRaised | AlertUpdated) or event.body.alert.id != alert:
            continue
        left = alert_without_words(event.body.alert)
        rewrite(db, [replace(event, body=type(event.body)(left))])
        _change_state(db, left, event.world, alert_without_words)


def raised_at(db: sqlite3.Connection, alert: str) -> int | None:
    row = statements.RAISED_AT.run(db, alert=alert).fetchone()
    return None if row is None else int(row[0])


def _change_state(db: sqlite3.Connection, last: Alert, world: World, change: Callable[[Alert], Alert]) -> None:
    """With its last event, so that the two agree at every step."""
    row = statements.ALERT_ROW.run(db, alert=last.id, its_world=world).fetchone()
    if row is not None and row[0] == last.revision:
        state = dump_alert(change(load_alert(*row[1:])))
        statements.REWRITE_ALERT.run(db, alert=last.id, as_version=ALERT_VERSION, state=state)


@transaction
def leave_room(db: sqlite3.Connection, room: RoomId, limit: int) -> bool:
    """Let the oldest `limit` events of a room know nothing of it any more; True if it holds none then."""
    oldest = statements.OLDEST_OF_ROOM.run(db, room=room, limit=limit).fetchall()
    for _, offset in oldest:
        row = statements.EVENT.run(db, offset=offset).fetchone()
        if row is not None:
            event = event_of(row)
            rewrite(db, [replace(event, rooms={each: seq for each, seq in event.rooms.items() if each != room})])
    if oldest:
        first = oldest[-1][0] + 1
        statements.DROP_ENTRIES.run(db, of_room=room, to_first=first)
        statements.SET_FIRST.run(db, of_room=room, to_first=first)
    return len(oldest) < limit


@transaction
def forget_sayer(db: sqlite3.Connection, world: World, user: str, above: int, limit: int) -> int | None:
    """Take their name from the next `limit` facts above an offset; up to which that goes, None if there are none."""
    page = statements.NEXT_SAYERS.run(db, above=above, limit=limit).fetchall()
    said = [(NOBODY, offset) for offset, its_world, by in page if (its_world, by) == (world, user)]
    statements.FORGET_SAYERS.run(db, said)
    return page[-1][0] if page else None


@transaction
def forget_rest(db: sqlite3.Connection, world: World, user: str, above: int) -> bool:
    if last_offset(db) > above:
        return False
    for room in rooms_of(world, user):
        statements.DROP_ROOM.run(db, of_room=room)
    statements.DROP_MARKERS.run(db, its_world=world, user=user)
    statements.FORGET_CREATOR.run(db, its_world=world, user=user, nobody=NOBODY)
    erasing = Erasing(user=user)
    statements.DROP_FACT.run(db, its_world=world, its_kind=KINDS[Erasing], its_key=erasing.key)
    return True
