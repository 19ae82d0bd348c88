"""Erasing what is too old, in transactions so small that no append notices: the steps of `EventLog.prune`.

Each kind has a cursor in `meta`, up to which nothing of it is left to erase. A step looks at the next events from
there, and stops at the first of its kind that is too young. No index helps, for every append would pay for it.
"""

import sqlite3
from collections.abc import Iterable
from itertools import takewhile
from typing import Final, NamedTuple

from msgspec.structs import replace

from storage import statements
from storage.events import AlertRaised, AlertUpdated, Erased, Kept, LoggedEvent, MemberLeft, RoomId
from storage.reading import Row, event_of
from storage.retention import kept_as
from storage.serial import dump_event, load_rooms
from storage.sqlite import transaction
from storage.writing import PRUNED, get_number, rewrite, set_number

_ERASED: Final = dump_event(Erased()).kind
_EXERCISE: Final = ("exercise", "probe")  # the kinds that are only in the exercise world


class Step(NamedTuple):
    """What a step did: the rooms in which it erased with where they begin now, and what another has to finish."""

    firsts: dict[RoomId, int]
    unfinished: frozenset[RoomId] = frozenset()
    reaches_back: bool = False  # the log may still begin with erased events

    @property
    def is_whole(self) -> bool:
        return not self.unfinished and not self.reaches_back


@transaction
def erase(db: sqlite3.Connection, kind: Kept, before: float, limit: int) -> Step | None:
    """Look at the next `limit` events, and erase those of one kind that are too old; None if there is no next."""
    start = looked_at = max(get_number(db, cursor(kind)), get_number(db, PRUNED))
    old = []
    for row in statements.NEXT_EVENTS.run(db, above=start, limit=limit).fetchall():
        if (event := _of_kind(kind, row)) is not None:
            if _logged_at(db, event) >= before:
                break
            old.append(event)
        looked_at = row[0]
    if looked_at == start:
        return None
    set_number(db, cursor(kind), looked_at)
    if not old:
        return Step({})
    _erase(db, old)
    return _settle(db, {room for event in old for room in event.rooms}, limit)


@transaction
def finish(db: sqlite3.Connection, rooms: frozenset[RoomId], limit: int) -> Step:
    """Go on where a step stopped for having done enough in one transaction."""
    return _settle(db, rooms, limit)


def cursor(kind: Kept) -> str:
    """The name of the fact that tells up to which offset nothing of a kind is left to erase."""
    return f"{PRUNED} {kind}"


def _of_kind(kind: Kept, row: Row) -> LoggedEvent | None:
    """The event in a row, if it is of this kind and not erased yet. Most rows are not worth decoding."""
    _, world, stored_as, *_ = row
    if (world == "exercise") != (kind in _EXERCISE) or stored_as == _ERASED:
        return None
    event = event_of(row)
    return event if kept_as(event.body, event.world) == kind else None


def _logged_at(db: sqlite3.Connection, event: LoggedEvent) -> float:
    if isinstance(event.body, AlertRaised | AlertUpdated):
        row = statements.ALERT_RELEVANCE.run(db, alert=event.body.alert.id, its_world=event.world).fetchone()
        if row is not None:
            return float(row[0])
    return event.at


def _erase(db: sqlite3.Connection, old: list[LoggedEvent]) -> None:
    statements.DROP_ALERT.run(db, ((event.offset,) for event in old if isinstance(event.body, AlertRaised)))
    for event in old:
        if isinstance(event.body, MemberLeft):  # the stay that it ended
            left = event.body
            statements.DROP_STAY.run(db, at=event.at, its_world=event.world, group=left.group, user=left.user)
    rewrite(db, [replace(event, body=Erased(), key=None, digest=None) for event in old])


def _settle(db: sqlite3.Connection, rooms: Iterable[RoomId], limit: int) -> Step:
    """Let the log and the rooms begin at what is not erased, as far as `limit` rows of each."""
    beyond, reaches_back = _forget_oldest(db, limit)
    firsts = {room: _begin(db, room, limit) for room in {*rooms, *beyond}}
    unfinished = frozenset(room for room, (_, is_done) in firsts.items() if not is_done)
    return Step({room: first for room, (first, _) in firsts.items()}, unfinished, reaches_back)


def _forget_oldest(db: sqlite3.Connection, limit: int) -> tuple[set[RoomId], bool]:
    """Drop the erased events with which the log begins; the rooms that reached as far back, and whether to go on."""
    last = None
    seqs: dict[RoomId, int] = {}
    oldest = statements.OLDEST.run(db, limit=limit).fetchall()
    for offset, kind, key, rooms in oldest:
        if kind != _ERASED or key is not None:
            break
        last = offset
        seqs |= load_rooms(rooms)
    if last is None:
        return set(), False
    statements.DROP_EVENTS.run(db, to_offset=last)
    set_number(db, PRUNED, last)
    beyond = {room for room, seq in seqs.items() if statements.FIRST_SEQ.run(db, room=room).fetchone()[0] <= seq}
    for room in beyond:
        _begin_at(db, room, seqs[room] + 1)
    return beyond, last == oldest[-1][0]


def _begin(db: sqlite3.Connection, room: RoomId, limit: int) -> tuple[int, bool]:
    """Let a room begin at its first event that is not erased; where that is, and whether it is certain."""
    standing = statements.KINDS_FROM_FIRST.run(db, room=room, limit=limit)  # seldom read beyond the first
    erased = [seq for seq, _ in takewhile(lambda place: place[1] == _ERASED, standing)]
    standing.close()
    if erased:
        _begin_at(db, room, erased[-1] + 1)
    first: int = statements.FIRST_SEQ.run(db, room=room).fetchone()[0]
    return first, len(erased) < limit


def _begin_at(db: sqlite3.Connection, room: RoomId, first: int) -> None:
    statements.DROP_ENTRIES.run(db, of_room=room, to_first=first)
    statements.SET_FIRST.run(db, of_room=room, to_first=first)
