"""Whether a database is whole: everything that the tables say of each other, checked against the events themselves.

It reads one snapshot through a connection that cannot write, so that it may look at a running server's database. What
is broken is told in sentences, for somebody who has to decide at night whether to restore.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, func, select

from storage import statements
from storage.agreement import Agreement
from storage.checksums import checksum
from storage.events import LoggedEvent, RoomId, RoomSpan
from storage.migrations import require_schema
from storage.pruning import cursor
from storage.reading import event_of
from storage.reading import markers as read_markers
from storage.reading import rooms as read_rooms
from storage.retention import KEPT
from storage.schema import entries, events
from storage.serial import Unreadable, load_rooms
from storage.sqlite import connect_to_read
from storage.statements import Statement
from storage.telling import Tell
from storage.writing import PRUNED, get_number, last_offset

_SHOWN: Final = 20  # of one check: a broken disk breaks many at once
_EVERY: Final = 1_000  # rows between two tellings of progress

_EVENTS: Final = Statement(select(events).order_by(events.c.offset))
_COUNT_EVENTS: Final = Statement(select(func.count()).select_from(events))
_COUNT_ENTRIES: Final = Statement(select(func.count()).select_from(entries))
_OFFSET_AT: Final = Statement(
    select(entries.c.offset).where(entries.c.room == bindparam("room"), entries.c.seq == bindparam("seq"))
)
_ENTRIES: Final = Statement(
    select(entries, events.c.rooms)
    .select_from(entries.outerjoin(events, events.c.offset == entries.c.offset))
    .order_by(entries.c.room, entries.c.seq)
)


class Verdict(NamedTuple):
    """What was found; nothing is broken if `broken` is empty."""

    events: int
    rooms: int
    epoch: str
    broken: list[str]


def verify(path: Path, tell: Tell) -> Verdict:
    """Check a database. Raises StorageError if it is none, or not of this program's schema."""
    with closing(connect_to_read(path)) as db:
        require_schema(db, path)
        db.execute("BEGIN")
        return _Verification(db, tell).verdict()


class _Verification:
    def __init__(self, db: sqlite3.Connection, tell: Tell) -> None:
        self._db = db
        self._tell = tell
        self._spans: dict[RoomId, RoomSpan] = {}
        self._events = 0

    def verdict(self) -> Verdict:
        broken: list[str] = []
        checks = {
            "as a file": self._sqlite,
            "for its facts": self._facts,
            "from event to event": self._log,
            "from room to room": self._rooms,
            "for what belongs together": self._foreign_keys,
            "for how far pruning is": self._cursors,
            "for how far people have read": self._markers,
        }
        for what, check in checks.items():
            found = self._tried(what, check)
            broken += found[:_SHOWN]
            if len(found) > _SHOWN:
                broken.append(f"... and {len(found) - _SHOWN} more like these")
        epoch = statements.GET_META.run(self._db, fact="epoch").fetchone()
        return Verdict(self._events, len(self._spans), epoch[0].decode() if epoch else "?", broken)

    def _tried(self, what: str, check: Callable[[], Iterator[str]]) -> list[str]:
        """What a check found until it could go on no more."""
        found = []
        try:
            for sentence in check():
                found.append(sentence)  # noqa: PERF402 — what was found before an error counts
        except (sqlite3.DatabaseError, Unreadable) as error:
            found.append(f"the database cannot be read any further {what}: {error}")
        return found

    # --- what SQLite knows of itself ---

    def _sqlite(self) -> Iterator[str]:
        self._tell("asking SQLite", 0, 1)
        for (said,) in self._db.execute("PRAGMA integrity_check"):
            if said != "ok":
                yield f"SQLite finds the file damaged: {said}"
        self._tell("asking SQLite", 1, 1)

    def _foreign_keys(self) -> Iterator[str]:
        for table, _, parent, _ in self._db.execute("PRAGMA foreign_key_check"):
            yield f"a row of {table} belongs to one of {parent} that is not there"

    def _facts(self) -> Iterator[str]:
        for fact in ("epoch", "secret"):
            if statements.GET_META.run(self._db, fact=fact).fetchone() is None:
                yield f"the {fact} of the log is missing"

    # --- the log ---

    def _log(self) -> Iterator[str]:
        """Each event by itself, then what all of them together have made of alerts and memberships."""
        self._spans = read_rooms(self._db)
        agreement = Agreement(self._db)
        expected = get_number(self._db, PRUNED) + 1
        for *columns, said in self._counted("checking events", _COUNT_EVENTS, _EVENTS):
            self._events += 1
            offset = columns[0]
            if offset != expected:
                yield _gap("the log", "offset", expected, offset)
            expected = offset + 1
            if checksum(columns) != said:
                yield f"event {offset} is not what was written: its checksum differs"
            try:
                event = event_of(tuple(columns))
            except Unreadable as error:
                yield f"event {offset} cannot be read: {error}"
            else:
                agreement.take(event)
                yield from self._standing(event)
        yield from agreement.broken()

    def _standing(self, event: LoggedEvent) -> Iterator[str]:
        for room, seq in event.rooms.items():
            if room in self._spans and seq < self._spans[room].first:
                continue
            found = _OFFSET_AT.run(self._db, room=room, seq=seq).fetchone()
            if found != (event.offset,):
                there = "nothing" if found is None else f"event {found[0]}"
                yield f"event {event.offset} should stand at seq {seq} of room {room}, where there is {there}"

    # --- the rooms ---

    def _rooms(self) -> Iterator[str]:
        """Each room's seqs, from its first to its last, and that each event there knows of it."""
        ends = dict.fromkeys(self._spans, 0)
        for room, seq, offset, rooms in self._counted("checking rooms", _COUNT_ENTRIES, _ENTRIES):
            if room not in self._spans:
                yield f"room {room} has an event at seq {seq}, but is not in the list of rooms"
                continue
            expected = max(ends[room] + 1, self._spans[room].first)
            if seq != expected:
                yield _gap(f"room {room}", "seq", expected, seq)
            ends[room] = seq
            if rooms is None:
                yield f"seq {seq} of room {room} is event {offset}, which is not in the log"
            elif load_rooms(rooms).get(room) != seq:
                yield f"event {offset} does not know that it stands at seq {seq} of room {room}"
        for room, span in self._spans.items():
            if max(ends[room], span.first - 1) != span.last:
                yield f"room {room} should end at seq {span.last}, but what there is ends at {ends[room]}"

    # --- what else has a place in the log ---

    def _cursors(self) -> Iterator[str]:
        for kind in KEPT:
            if (reached := get_number(self._db, cursor(kind))) > last_offset(self._db):
                yield f"pruning of {kind} has reached offset {reached}, beyond the end of the log"

    def _markers(self) -> Iterator[str]:
        for marker in read_markers(self._db):
            span = self._spans.get(marker.room)
            if not 0 <= marker.seq <= (span.last if span else 0):
                yield f"{marker.user} has read room {marker.room} up to seq {marker.seq}, which it never had"

    def _counted(self, what: str, count: Statement, rows: Statement) -> Iterator[tuple[Any, ...]]:
        (total,) = count.run(self._db).fetchone()
        for number, row in enumerate(rows.run(self._db)):
            if number % _EVERY == 0:
                self._tell(what, number, total)
            yield row
        self._tell(what, total, total)


def _gap(where: str, number: str, expected: int, found: int) -> str:
    if found < expected:
        return f"{where} has {number} {found} where {number} {expected} should be"
    missing = f"{number} {expected}" if found == expected + 1 else f"{number}s {expected} to {found - 1}"
    return f"{where} lacks {missing}"
