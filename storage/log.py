"""The event log: what every implementation promises, and the errors it may raise."""

from collections.abc import Sequence
from typing import Protocol

from storage.events import Entry, LoggedAlert, LoggedEvent, RoomId, RoomSpan


class StorageError(Exception):
    """The log could not do it now: disk full, locked, gone. Nothing of the call was stored."""


class AlreadyStored(StorageError):
    """Some of a batch was stored before: `found` has those by key. Nothing of the batch was stored."""

    def __init__(self, found: dict[str, LoggedEvent]) -> None:
        super().__init__(f"{len(found)} of the batch were stored before")
        self.found = found


class HistoryLost(StorageError):
    """Seqs that were asked for are pruned; the room now begins at `first`."""

    def __init__(self, room: RoomId, first: int) -> None:
        super().__init__(f"history of {room} now begins at {first}")
        self.room = room
        self.first = first


class EventLog(Protocol):
    """Everything that is delivered, in the order it was logged; offsets rise in the order of commit."""

    @property
    def epoch(self) -> str:
        """Changes when history is no longer the same one: a new log, a restored backup."""

    @property
    def secret(self) -> bytes:
        """32 random bytes that live with the data: alert ids, pseudonyms and join codes are keyed hashes with it."""

    async def append(self, entries: Sequence[Entry]) -> list[LoggedEvent]:
        """Store all durably or none, in this order, and number each in its rooms: dense from 1.

        The tables that an event changes (groups, memberships, the current state of an alert) change in the same
        transaction, and `MemberJoined.from_seq` is filled in. An alert's state is replaced only by a higher revision.
        Raises AlreadyStored if any key is known, else StorageError; either way nothing is stored.
        """

    async def find(self, keys: Sequence[str]) -> dict[str, LoggedEvent]:
        """The events that were stored with these idempotency keys."""

    async def after(self, room: RoomId, seq: int, limit: int) -> list[LoggedEvent]:
        """The next `limit` events of a room above `seq`, oldest first; a raised alert is given at its current revision.

        Raises HistoryLost if any of them is pruned.
        """

    async def before(self, room: RoomId, seq: int, limit: int) -> list[LoggedEvent]:
        """The last `limit` events of a room below `seq` that are not pruned, oldest first; alerts as in `after`."""

    async def rooms(self) -> dict[RoomId, RoomSpan]:
        """Every room that ever took an event, and what it still holds."""

    async def alerts(self, since: float) -> list[LoggedAlert]:
        """Alerts that changed, end or expire at or after `since` (Unix seconds), as they are now, in log order."""

    async def prune(self, before: float, limit: int) -> dict[RoomId, int]:
        """Drop at most `limit` of the oldest events logged before `before` from the rooms' histories.

        Only a contiguous oldest part of the log goes; the idempotency keys of its events go with it. Tables keep what
        is current. Returns the rooms that were touched with their new first seq; empty when nothing is left to prune.
        """

    async def check_writable(self) -> None:
        """Return if a small write just reached the disk; raise StorageError if not."""

    async def close(self) -> None:
        """Finish what is under way and let go of files and threads."""
