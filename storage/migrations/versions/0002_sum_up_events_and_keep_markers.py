"""Sum up each event, let groups say from where their history is seen, and keep how far people have read.

What pruning left behind when it took the oldest of everything goes as well: alerts and stays now go with their events.
"""

import sqlite3

import sqlalchemy as sa
from alembic import op

from storage.checksums import checksum

revision: str = "0002"
down_revision: str | None = "0001"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COLUMNS = '"offset", world, kind, version, "at", "key", digest, rooms, body'


def upgrade() -> None:
    op.add_column("groups", sa.Column("history", sa.String(), nullable=False, server_default="joining"))
    op.create_table(
        "markers",
        sa.Column("world", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("seq", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("world", "user_id", "room", name="pk_markers"),
        sqlite_with_rowid=False,
    )
    op.add_column("events", sa.Column("checksum", sa.LargeBinary(), nullable=False, server_default=sa.text("''")))
    db = op.get_bind().connection.driver_connection
    assert isinstance(db, sqlite3.Connection)
    db.create_function("checksum", 9, lambda *columns: checksum(columns), deterministic=True)
    op.execute(f"UPDATE events SET checksum = checksum({COLUMNS})")

    op.execute('DELETE FROM alerts WHERE raised NOT IN (SELECT "offset" FROM events)')
    op.execute(
        "DELETE FROM memberships WHERE EXISTS (SELECT 1 FROM meta WHERE name = 'pruned')"
        ' AND ended_at < (SELECT coalesce(min("at"), 1e300) FROM events)'
    )
