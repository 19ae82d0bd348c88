"""How far people have read: what every implementation promises. State without history, and no part of the log."""

from collections.abc import Sequence
from typing import Protocol

from storage.events import Marker


class Markers(Protocol):
    """One marker for each person and room. It only moves on, and goes when the person leaves the group."""

    async def mark(self, markers: Sequence[Marker]) -> None:
        """Move markers to these seqs, all in one transaction; one that is further already stays.

        Raises StorageError.
        """

    async def markers(self) -> list[Marker]:
        """All there are, in no particular order."""
