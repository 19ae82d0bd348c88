"""Alerts may be aimed at a polygon, which an older program would not see: no table changes."""

revision: str = "0004"
down_revision: str | None = "0003"


def upgrade() -> None: ...
