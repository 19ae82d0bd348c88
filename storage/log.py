"""The event log: what every implementation promises, and the errors it may raise."""

from collections.abc import Sequence
from typing import Protocol

from storage.events import Alert, Entry, LoggedAlert, LoggedEvent, RoomId, RoomSpan


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


def distinct_keys(entries: Sequence[Entry]) -> list[str]:
    """The idempotency keys of a batch; raises ValueError if two entries have the same, which is a caller's bug."""
    keys = [entry.key for entry in entries if entry.key is not None]
    if len(set(keys)) < len(keys):
        raise ValueError("two entries of one batch have the same key")
    return keys


def relevant_until(alert: Alert) -> float:
    """The last time (Unix seconds) at which an alert changes, ends or expires, as far as is known."""
    return max(alert.updated_at, alert.expires_at, alert.ended_at or 0.0)


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
        transaction. An event that does not fit them is logged and changes no table: a group that exists already, a
        join while a stay lasts or of a group unknown in that world, a leave without a stay, an update of an unknown
        alert or of no higher revision. An alert raised again counts as an update.

        `MemberJoined.from_seq` is filled in: one above the last seq of the group's room before this entry, or that of
        the stay that lasts already. A group's creator stays from seq 1. A room named twice in an entry counts once.

        Raises AlreadyStored if any key is known, else StorageError; either way nothing is stored. Raises ValueError
        if two entries have the same key. Cancelling the call does not undo it: it may be stored nevertheless.
        """

    async def find(self, keys: Sequence[str]) -> dict[str, LoggedEvent]:
        """The events that were stored with these idempotency keys, as they were logged."""

    async def after(self, room: RoomId, seq: int, limit: int) -> list[LoggedEvent]:
        """The next `limit` events of a room above `seq`, oldest first; a raised alert is given at its current revision.

        Raises HistoryLost if any event above `seq` is pruned. A room that never took one is empty.
        """

    async def before(self, room: RoomId, seq: int, limit: int) -> list[LoggedEvent]:
        """The last `limit` events of a room below `seq` that are not pruned, oldest first; alerts as in `after`."""

    async def rooms(self) -> dict[RoomId, RoomSpan]:
        """Every room that ever took an event, and what it still holds."""

    async def alerts(self, since: float) -> list[LoggedAlert]:
        """Alerts with `relevant_until` at or after `since` (Unix seconds), as they are now, in the order of raising."""

    async def prune(self, before: float, limit: int) -> dict[RoomId, int]:
        """Drop at most `limit` of the oldest events logged before `before` from the rooms' histories.

        Only a contiguous oldest part of the log goes, up to the first event logged at or after `before`; the
        idempotency keys of its events go with it. Tables keep what is current: groups and memberships stay, an alert
        goes when its raising is pruned and it was relevant only until before `before`. Returns the rooms that were
        touched with their new first seq; empty when nothing is left to prune: events that stand in no room do not
        count, another `limit` follows them. Each `limit` is a transaction of its own, between which appends go on.
        Offsets and seqs are never given again.
        """

    async def check_writable(self) -> None:
        """Return if a small write just reached the disk; raise StorageError if not."""

    async def close(self) -> None:
        """Finish what is under way and let go of files and threads."""
