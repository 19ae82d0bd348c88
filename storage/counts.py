"""Counts without persons, kept for ever (R29), and the notes that counting needs meanwhile: what every store promises.

Counts only ever grow or shrink by steps. Notes are what has to be remembered until something can be counted; each is
dropped for good as soon as it is.
"""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from realtime.messages import World
from storage.log import EventLog


class CountKey(NamedTuple):
    """What is counted: `what`, and `of` which sort, in an area (empty: everywhere) and a time.

    `period` is a local hour (`2026-11-26T21`), day (`2026-11-26`) or week (`2026-W48`), by what is counted.
    """

    world: World
    area: str
    period: str
    what: str
    of: tuple[str, ...]


class Counting(NamedTuple):
    """How far the log has been counted, and what is noted."""

    reached: int
    notes: dict[str, bytes]


class Counts(Protocol):
    async def counting(self) -> Counting:
        """The offset up to which everything is counted, and all notes."""

    async def count(
        self, added: Mapping[CountKey, int], notes: Mapping[str, bytes | None], reached: tuple[int, int] | None = None
    ) -> bool:
        """Add these numbers, set these notes or drop them (None), in one transaction.

        `reached`: from which offset to which the log is counted with it. If it was not counted up to the first, nothing
        changes and this returns False: what was stored already is never counted twice. Raises StorageError.
        """

    async def counts(self, since: str, until: str) -> dict[CountKey, int]:
        """Everything counted in periods from `since` up to below `until`, as text; what came to 0 is left out."""


class CountedLog(EventLog, Counts, Protocol):
    """A log, and the counts beside it."""
