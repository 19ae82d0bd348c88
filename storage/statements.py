"""Every statement of the log and the directory, built from the tables in SQLAlchemy Core and compiled once.

The embedded database is spoken to through its driver, from texts compiled here: Core's own execution costs as much
again as the durable commit itself (docs/decisions/0002-the-log.md).
"""

import sqlite3
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import ClauseElement, and_, bindparam, delete, exists, func, insert, or_, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite import insert as upsert

from storage.schema import alerts, entries, events, facts, groups, markers, memberships, meta, rooms

_NAMED: Final = sqlite.dialect(paramstyle="named")
_BY_POSITION: Final = sqlite.dialect(paramstyle="qmark")


class Statement:
    """One statement, run with its parameters by name."""

    def __init__(self, statement: ClauseElement) -> None:
        compiled = statement.compile(dialect=_NAMED)
        self.sql: Final = str(compiled)
        self.parameters: Final = frozenset(compiled.params)
        self._constants = {name: value for name, value in compiled.params.items() if value is not None}

    def run(self, db: sqlite3.Connection, **values: Any) -> sqlite3.Cursor:
        return db.execute(self.sql, self._constants | values)


class Rows:
    """A statement for many rows, each a tuple in the order of its parameters: a third faster than rows by name."""

    def __init__(self, statement: ClauseElement) -> None:
        self.sql: Final = str(statement.compile(dialect=_BY_POSITION))

    def run(self, db: sqlite3.Connection, rows: Iterable[tuple[object, ...]]) -> None:
        db.executemany(self.sql, rows)


# --- the log ---

INSERT_EVENTS: Final = Rows(insert(events))
INSERT_ENTRIES: Final = Rows(insert(entries))
_reserve = upsert(rooms).values(room=bindparam("room"), first=1, last=bindparam("count"))
RESERVE: Final = Statement(  # the next `count` seqs of a room; returns the last of them
    _reserve.on_conflict_do_update(
        index_elements=[rooms.c.room], set_={"last": rooms.c.last + _reserve.excluded.last}
    ).returning(rooms.c.last)
)
_columns = [column for column in events.c if column is not events.c.checksum]  # what an event is read from
LAST_OFFSET: Final = Statement(select(func.max(events.c.offset)))
LAST_SEQ: Final = Statement(select(rooms.c.last).where(rooms.c.room == bindparam("room")))
FIRST_SEQ: Final = Statement(select(rooms.c.first).where(rooms.c.room == bindparam("room")))
ROOMS: Final = Statement(select(rooms))
EVENT_BY_KEY: Final = Statement(select(*_columns).where(events.c.key == bindparam("key")))
EVENT_AT: Final = Statement(
    select(*_columns)
    .select_from(entries.join(events, events.c.offset == entries.c.offset))
    .where(entries.c.room == bindparam("room"), entries.c.seq == bindparam("seq"))
)
REWRITE_EVENTS: Final = Rows(  # in the order of the table, but for the offset, which comes last
    update(events)
    .where(events.c.offset == bindparam("offset"))
    .values({column: bindparam(f"new_{column.name}") for column in events.c if column is not events.c.offset})
)

_page = (
    select(*_columns, alerts.c.version.label("alert_version"), alerts.c.body.label("alert_body"))
    .select_from(
        entries.join(events, events.c.offset == entries.c.offset).outerjoin(alerts, alerts.c.raised == events.c.offset)
    )
    .where(entries.c.room == bindparam("room"))
    .limit(bindparam("limit"))
)
PAGE_AFTER: Final = Statement(_page.where(entries.c.seq > bindparam("seq")).order_by(entries.c.seq))
PAGE_BEFORE: Final = Statement(_page.where(entries.c.seq < bindparam("seq")).order_by(entries.c.seq.desc()))

# --- what events change ---

_raise = upsert(alerts)
RAISE_ALERT: Final = Statement(
    _raise.on_conflict_do_update(
        index_elements=[alerts.c.id],
        set_={column: _raise.excluded[column] for column in ("revision", "relevant_until", "version", "body")},
        where=and_(alerts.c.world == _raise.excluded.world, alerts.c.revision < _raise.excluded.revision),
    )
)
UPDATE_ALERT: Final = Statement(
    update(alerts)
    .where(alerts.c.id == bindparam("alert"), alerts.c.world == bindparam("its_world"))
    .where(alerts.c.revision < bindparam("to_revision"))
    .values(
        revision=bindparam("to_revision"),
        relevant_until=bindparam("until"),
        version=bindparam("as_version"),
        body=bindparam("state"),
    )
)
# Not ordered here: SQLite would rather walk all alerts in that order than find the few and sort them.
ALERTS_SINCE: Final = Statement(
    select(alerts.c.raised, alerts.c.world, alerts.c.rooms, alerts.c.version, alerts.c.body).where(
        alerts.c.relevant_until >= bindparam("since")
    )
)

# The wanted are found by reading what is said of each: a few thousand in a month, and no column or index to keep.
_lat, _lon, _public = (func.json_extract(alerts.c.body, f"$.{name}") for name in ("public_lat", "public_lon", "public"))
PUBLIC_ALERTS: Final = Statement(
    select(alerts.c.world, alerts.c.rooms, alerts.c.version, alerts.c.body)
    .where(alerts.c.world == bindparam("its_world"), alerts.c.relevant_until >= bindparam("since"))
    .where(
        or_(
            alerts.c.relevant_until < bindparam("until"),
            and_(alerts.c.relevant_until == bindparam("until"), alerts.c.id < bindparam("below")),
        )
    )
    .where(_public == 1, _lat.between(bindparam("south"), bindparam("north")))
    .where(
        or_(
            _lon.between(bindparam("west"), bindparam("east")),
            _lon.between(bindparam("other_west"), bindparam("other_east")),
        )
    )
    .order_by(alerts.c.relevant_until.desc(), alerts.c.id.desc())
    .limit(bindparam("limit"))
)

ALERT: Final = Statement(
    select(alerts.c.world, alerts.c.rooms, alerts.c.version, alerts.c.body).where(alerts.c.id == bindparam("alert"))
)

CREATE_GROUP: Final = Statement(upsert(groups).on_conflict_do_nothing(index_elements=[groups.c.id]))
GROUPS: Final = Statement(select(groups).order_by(groups.c.created))

_lasting = and_(
    memberships.c.group_id == bindparam("group"),
    memberships.c.user_id == bindparam("user"),
    memberships.c.ended_at.is_(None),
)
GROUP_HISTORY: Final = Statement(
    select(groups.c.history).where(groups.c.id == bindparam("group"), groups.c.world == bindparam("its_world"))
)
LASTING_STAY: Final = Statement(select(memberships.c.world, memberships.c.from_seq).where(_lasting))
BEGIN_STAY: Final = Statement(
    insert(memberships).from_select(
        ["began", "group_id", "world", "user_id", "from_seq", "began_at"],
        select(
            bindparam("offset"), groups.c.id, groups.c.world, bindparam("user"), bindparam("from_seq"), bindparam("at")
        )
        .where(groups.c.id == bindparam("group"), groups.c.world == bindparam("world"))
        .where(~exists().where(_lasting)),
    )
)
END_STAY: Final = Statement(
    update(memberships).where(_lasting, memberships.c.world == bindparam("its_world")).values(ended_at=bindparam("at"))
)
MEMBERSHIPS: Final = Statement(  # not ordered, as alerts
    select(memberships).where(or_(memberships.c.ended_at.is_(None), memberships.c.ended_at > bindparam("ended_after")))
)

_say = upsert(facts)
SET_FACT: Final = Statement(
    _say.on_conflict_do_update(
        index_elements=[facts.c.world, facts.c.kind, facts.c.key],
        set_={column: _say.excluded[column] for column in ("set", "at", "by", "version", "body")},
    )
)
DROP_FACT: Final = Statement(
    delete(facts)
    .where(facts.c.world == bindparam("its_world"), facts.c.kind == bindparam("its_kind"))
    .where(facts.c.key == bindparam("its_key"))
)
FACTS: Final = Statement(
    select(facts.c.world, facts.c.by, facts.c.at, facts.c.version, facts.c.body).order_by(facts.c.set)
)

# --- pruning ---

NEXT_EVENTS: Final = Statement(
    select(*_columns).where(events.c.offset > bindparam("above")).order_by(events.c.offset).limit(bindparam("limit"))
)
ALERT_RELEVANCE: Final = Statement(
    select(alerts.c.relevant_until).where(alerts.c.id == bindparam("alert"), alerts.c.world == bindparam("its_world"))
)
DROP_ALERT: Final = Rows(delete(alerts).where(alerts.c.raised == bindparam("offset")))
DROP_STAY: Final = Statement(
    delete(memberships)
    .where(memberships.c.ended_at == bindparam("at"), memberships.c.world == bindparam("its_world"))
    .where(memberships.c.group_id == bindparam("group"), memberships.c.user_id == bindparam("user"))
)
OLDEST: Final = Statement(
    select(events.c.offset, events.c.kind, events.c.key, events.c.rooms)
    .order_by(events.c.offset)
    .limit(bindparam("limit"))
)
DROP_EVENTS: Final = Statement(delete(events).where(events.c.offset <= bindparam("to_offset")))
KINDS_FROM_FIRST: Final = Statement(
    select(entries.c.seq, events.c.kind)
    .select_from(entries.join(events, events.c.offset == entries.c.offset))
    .where(entries.c.room == bindparam("room"))
    .order_by(entries.c.seq)
    .limit(bindparam("limit"))
)
DROP_ENTRIES: Final = Statement(
    delete(entries).where(entries.c.room == bindparam("of_room"), entries.c.seq < bindparam("to_first"))
)
SET_FIRST: Final = Statement(
    update(rooms).where(rooms.c.room == bindparam("of_room")).values(first=bindparam("to_first"))
)

# --- forgetting a person ---

EVENT: Final = Statement(select(*_columns).where(events.c.offset == bindparam("offset")))
ALERT_ROW: Final = Statement(
    select(alerts.c.revision, alerts.c.version, alerts.c.body).where(
        alerts.c.id == bindparam("alert"), alerts.c.world == bindparam("its_world")
    )
)
RAISED_AT: Final = Statement(select(alerts.c.raised).where(alerts.c.id == bindparam("alert")))
REWRITE_ALERT: Final = Statement(
    update(alerts)
    .where(alerts.c.id == bindparam("alert"))
    .values(version=bindparam("as_version"), body=bindparam("state"))
)
OLDEST_OF_ROOM: Final = Statement(
    select(entries.c.seq, entries.c.offset)
    .where(entries.c.room == bindparam("room"))
    .order_by(entries.c.seq)
    .limit(bindparam("limit"))
)
DROP_ROOM: Final = Statement(delete(rooms).where(rooms.c.room == bindparam("of_room")))
DROP_MARKERS: Final = Statement(
    delete(markers).where(markers.c.world == bindparam("its_world"), markers.c.user_id == bindparam("user"))
)
FORGET_CREATOR: Final = Statement(
    update(groups)
    .where(groups.c.world == bindparam("its_world"), groups.c.creator == bindparam("user"))
    .values(creator=bindparam("nobody"))
)
NEXT_SAYERS: Final = Statement(
    select(facts.c.set, facts.c.world, facts.c.by)
    .where(facts.c.set > bindparam("above"))
    .order_by(facts.c.set)
    .limit(bindparam("limit"))
)
FORGET_SAYERS: Final = Rows(update(facts).where(facts.c.set == bindparam("offset")).values(by=bindparam("nobody")))

# --- how far people have read ---

_mark = upsert(markers)
MARK: Final = Rows(
    _mark.on_conflict_do_update(
        index_elements=[markers.c.world, markers.c.user_id, markers.c.room],
        set_={"seq": _mark.excluded.seq},
        where=markers.c.seq < _mark.excluded.seq,
    )
)
DROP_MARKER: Final = Statement(
    delete(markers)
    .where(markers.c.world == bindparam("its_world"), markers.c.user_id == bindparam("user"))
    .where(markers.c.room == bindparam("of_room"))
)
MARKERS: Final = Statement(select(markers))

# --- facts about the whole ---

GET_META: Final = Statement(select(meta.c.value).where(meta.c.name == bindparam("fact")))
META_NAMES: Final = Statement(select(meta.c.name))
DROP_META: Final = Statement(delete(meta).where(meta.c.name == bindparam("fact")))
_set = upsert(meta)
SET_META: Final = Statement(
    _set.on_conflict_do_update(index_elements=[meta.c.name], set_={"value": _set.excluded.value})
)
KEEP_META: Final = Statement(upsert(meta).on_conflict_do_nothing(index_elements=[meta.c.name]))
