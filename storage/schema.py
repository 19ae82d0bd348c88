"""The tables. Whoever changes them adds a migration: a test compares the two."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)

# Named, so that a later migration can drop them by name on any database.
metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

# In SQLite only INTEGER makes the primary key the row's own number, which saves a second tree; it holds 64 bits anyway.
Number = BigInteger().with_variant(Integer(), "sqlite")

# The log. `rooms` repeats what `entries` says, as a JSON object of seqs by room: an event is read whole without a
# second query, and `entries` needs no index but its own order.
events = Table(
    "events",
    metadata,
    Column("offset", Number, primary_key=True, autoincrement=False),
    Column("world", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("version", Integer, nullable=False),  # of the body's schema
    Column("at", Double, nullable=False),
    Column("key", String, unique=True),
    Column("digest", LargeBinary),
    Column("rooms", Text, nullable=False),
    Column("body", Text, nullable=False),  # JSON as text, for a person with a database shell
    Column("checksum", LargeBinary, nullable=False, server_default=text("''")),  # of the others: storage/checksums.py
)

# Which event stands where in which room. No foreign key: checking it from the side of `events` when pruning would cost
# an index on every append, and both are only ever written together.
entries = Table(
    "entries",
    metadata,
    Column("room", String, primary_key=True),
    Column("seq", Number, primary_key=True, autoincrement=False),
    Column("offset", Number, nullable=False),
    sqlite_with_rowid=False,
)

rooms = Table(
    "rooms",
    metadata,
    Column("room", String, primary_key=True),
    Column("first", Number, nullable=False),  # last + 1 when everything is pruned
    Column("last", Number, nullable=False),
    sqlite_with_rowid=False,
)

# Each alert at its current revision; `raised` is the offset of the event that raised it, `rooms` its seqs.
alerts = Table(
    "alerts",
    metadata,
    Column("id", String, primary_key=True),
    Column("world", String, nullable=False),
    Column("raised", Number, nullable=False, unique=True),
    Column("revision", Integer, nullable=False),
    Column("relevant_until", Double, nullable=False, index=True),
    Column("rooms", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
    sqlite_with_rowid=False,
)

groups = Table(
    "groups",
    metadata,
    Column("id", String, primary_key=True),
    Column("created", Number, nullable=False, unique=True),  # offset
    Column("world", String, nullable=False),
    Column("creator", String, nullable=False),
    Column("name", String, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("conduct", Text, nullable=False),
    Column("locked", Boolean, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("history", String, nullable=False, server_default="joining"),
    sqlite_with_rowid=False,
)

# One row a stay, numbered by the offset of the event that began it.
memberships = Table(
    "memberships",
    metadata,
    Column("began", Number, primary_key=True, autoincrement=False),
    Column("group_id", String, ForeignKey("groups.id"), nullable=False),
    Column("world", String, nullable=False),
    Column("user_id", String, nullable=False),
    Column("from_seq", Number, nullable=False),
    Column("began_at", Double, nullable=False),
    Column("ended_at", Double, index=True),
)
_lasting = memberships.c.ended_at.is_(None)
Index(
    "ix_memberships_lasting",
    memberships.c.group_id,
    memberships.c.user_id,
    unique=True,
    sqlite_where=_lasting,
    postgresql_where=_lasting,
)

# What holds until it is said otherwise; `set` is the offset of the event that said so.
facts = Table(
    "facts",
    metadata,
    Column("world", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("set", Number, nullable=False, unique=True),
    Column("at", Double, nullable=False),
    Column("by", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
    sqlite_with_rowid=False,
)

# How far each person has read in each room.
markers = Table(
    "markers",
    metadata,
    Column("world", String, primary_key=True),
    Column("user_id", String, primary_key=True),
    Column("room", String, primary_key=True),
    Column("seq", Number, nullable=False),
    sqlite_with_rowid=False,
)

# What was counted, for ever and without persons; `of` is a JSON array. And what is noted until it can be counted.
counts = Table(
    "counts",
    metadata,
    Column("world", String, primary_key=True),
    Column("area", String, primary_key=True),
    Column("period", String, primary_key=True),
    Column("what", String, primary_key=True),
    Column("of", String, primary_key=True),
    Column("number", Number, nullable=False),
    sqlite_with_rowid=False,
)
counting = Table(
    "counting",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

# Facts about the whole: epoch, secret, the last pruned offset, and how far each kind has been looked through.
meta = Table(
    "meta",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
