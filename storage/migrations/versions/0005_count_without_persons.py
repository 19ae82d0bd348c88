"""Count without persons what is told of use for ever, and note what must be remembered until it is counted."""

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "counts",
        sa.Column("world", sa.String(), nullable=False),
        sa.Column("area", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("of", sa.String(), nullable=False),
        sa.Column("number", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("world", "area", "period", "what", "of", name="pk_counts"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "counting",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counting"),
        sqlite_with_rowid=False,
    )
