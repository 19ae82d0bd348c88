"""Counts and notes in the database."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert as upsert

from storage import reading
from storage.counts import Counting, CountKey
from storage.events import HeldFact
from storage.log import StorageError
from storage.migrations import require_schema
from storage.schema import counting as notes_table
from storage.schema import counts as counts_table
from storage.serial import Unreadable
from storage.sqlite import connect_to_read, transaction
from storage.statements import Rows, Statement
from storage.writing import get_number, set_number

COUNTED: Final = "counted"  # the fact that remembers up to which offset the log is counted

_add = upsert(counts_table)
_ADD: Final = Rows(
    _add.on_conflict_do_update(
        index_elements=list(counts_table.primary_key),
        set_={"number": counts_table.c.number + _add.excluded.number},
    )
)
_note = upsert(notes_table)
_NOTE: Final = Rows(
    _note.on_conflict_do_update(index_elements=[notes_table.c.name], set_={"value": _note.excluded.value})
)
_DROP_NOTE: Final = Rows(delete(notes_table).where(notes_table.c.name == bindparam("note")))
_NOTES: Final = Statement(select(notes_table))
_COUNTS: Final = Statement(
    select(counts_table).where(
        counts_table.c.period >= bindparam("since"),
        counts_table.c.period < bindparam("until"),
        counts_table.c.number != bindparam("nothing"),
    )
)
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(tuple[str, ...]).decode


@transaction
def count(
    db: sqlite3.Connection,
    added: Mapping[CountKey, int],
    notes: Mapping[str, bytes | None],
    reached: tuple[int, int] | None,
) -> bool:
    """`Counts.count`."""
    if reached is not None:
        before, after = reached
        if get_number(db, COUNTED) != before:
            return False
        set_number(db, COUNTED, after)
    _ADD.run(db, ((*key[:-1], _encode(key.of).decode(), number) for key, number in added.items()))
    _NOTE.run(db, ((name, value) for name, value in notes.items() if value is not None))
    _DROP_NOTE.run(db, ((name,) for name, value in notes.items() if value is None))
    return True


def counting(db: sqlite3.Connection) -> Counting:
    """`Counts.counting`."""
    return Counting(get_number(db, COUNTED), dict(_NOTES.run(db).fetchall()))


def counts(db: sqlite3.Connection, since: str, until: str) -> dict[CountKey, int]:
    """`Counts.counts`."""
    rows = _COUNTS.run(db, since=since, until=until, nothing=0)
    return {CountKey(world, area, period, what, _decode(of)): number for world, area, period, what, of, number in rows}


class Kept(NamedTuple):
    """What a database has counted, and what it says of areas and surveys."""

    counts: dict[CountKey, int]
    facts: list[HeldFact]


def read(path: Path, since: str, until: str) -> Kept:
    """Counts of some periods, as in `Counts.counts`, also of a running server's database. Raises StorageError."""
    with closing(connect_to_read(path)) as db:
        require_schema(db, path)
        db.execute("BEGIN")
        try:
            return Kept(counts(db, since, until), reading.facts(db))
        except (sqlite3.Error, Unreadable) as error:
            raise StorageError(f"cannot read {path}: {error}") from error
