"""The event log: what every implementation promises, and the errors it may raise."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from realtime.messages import World
from storage.events import Alert, Entry, Kept, LoggedAlert, LoggedEvent, RoomId, RoomSpan

Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees, edges included."""


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

        `FactSet` takes the place of what had its kind and key in its world, and `FactDropped` removes it.

        `MemberJoined.from_seq` is filled in: that of the stay that lasts already, else 1 where the group's history is
        all for its members to see, else one above the last seq of the group's room before this entry. A group's creator
        stays from seq 1. A room named twice in an entry counts once.

        `MessageRevised.message` is filled in, and its `revision`: the message at `seq` of the group's room with the new
        text and one revision more, if it is this author's and was not taken back. The stored message becomes that, in
        the same transaction, and the event of the revision before, if there is one, loses its `text` and its `message`:
        what was withdrawn is never read again (its bytes go with `scrub`), and a retry of that revision is still
        recognised. A revision
        that takes no seq in the group's room itself fits no message.

        Raises AlreadyStored if any key is known, else StorageError; either way nothing is stored. Raises ValueError
        if two entries have the same key. Cancelling the call does not undo it: it may be stored nevertheless.
        """

    async def find(self, keys: Sequence[str]) -> dict[str, LoggedEvent]:
        """The events that were stored with these idempotency keys, as they were logged."""

    async def after(self, room: RoomId, seq: int, limit: int) -> list[LoggedEvent]:
        """The next `limit` events of a room above `seq`, oldest first; a raised alert is given at its current revision.

        Raises HistoryLost if the room now begins above `seq + 1`; what is erased further on comes as Erased. A room
        that never took one is empty.
        """

    async def before(self, room: RoomId, seq: int, limit: int) -> list[LoggedEvent]:
        """The last `limit` events of a room below `seq`, oldest first; alerts and erased ones as in `after`."""

    async def scan(self, after: int, limit: int) -> list[LoggedEvent]:
        """The next `limit` events of the whole log above an offset, of both worlds, oldest first; empty if none is.

        They come as they stand in the log now: what was pruned is passed over or comes as Erased.
        """

    async def rooms(self) -> dict[RoomId, RoomSpan]:
        """Every room that ever took an event, and what it still holds."""

    async def alerts(self, since: float) -> list[LoggedAlert]:
        """Alerts with `relevant_until` at or after `since` (Unix seconds), as they are now, in the order of raising."""

    async def public_alerts(
        self, world: World, bounds: Sequence[Bounds], since: float, before: tuple[float, str] | None, limit: int
    ) -> list[LoggedAlert]:
        """Public alerts of a world as they are now, published in any of one or two bounds, the last relevant first.

        Those with `relevant_until` at or after `since` (Unix seconds), and with that and their id below `before`.
        """

    async def alert(self, id: str) -> LoggedAlert | None:
        """One alert as it is now, for as long as it is kept."""

    async def prune(self, before: Mapping[Kept, float], limit: int) -> dict[RoomId, int]:
        """Erase some of the oldest events that were logged before the time that `before` has for their kind.

        An alert's events count as logged when the alert was last relevant, and it goes with them. An erased event
        leaves Erased in its place, without its idempotency key; a room then begins at its first seq that is not erased,
        and the log at its first event that is not. Groups and memberships that last stay; a stay that ended goes with
        the leave that ended it.

        Only an unbroken oldest part of each kind goes: a younger one holds back what was logged after it. A kind that
        `before` does not name is kept. Looks at no more than `limit` events of one kind in a transaction, between which
        appends go on. Returns each room in
        which something was erased with the seq at which it begins now; empty when nothing is left to erase: steps that
        touched no room do not count, another follows them. Offsets and seqs are never given again.
        """

    async def forget(self, world: World, user: str, offsets: Sequence[int]) -> None:
        """Put what `storage.forgetting` leaves of the events at these offsets in their place, all in one transaction.

        The state of an alert whose last event is among them changes with it, and a stay goes with the leave that ended
        it. Nobody is told; rooms keep their seqs.
        """

    async def raised_at(self, alert: str) -> int | None:
        """The offset of the event that raised an alert; None if it is not kept."""

    async def retract(self, alert: str, offsets: Sequence[int]) -> None:
        """Leave no words of one alert in its events at these offsets, and in its state if its last is among them."""

    async def forget_rest(self, world: World, user: str, above: int, limit: int) -> bool:
        """Let go of what else is stored of somebody whose events up to `above` are forgotten. True if all is gone.

        That is: their own rooms, `limit` events of these in a transaction; how far they have read; their name at groups
        that they made and at facts that they set; and the fact that they are being erased. False, and only some of it
        is gone, if an event came above `above`: look at it first.
        """

    async def scrub(self) -> None:
        """Let what was erased or withdrawn be in no file of the log any more, wherever no reader still needs it.

        May do nothing, or not all; the next call does the rest.
        """

    async def check_writable(self) -> None:
        """Return if a small write just reached the disk; raise StorageError if not."""

    async def close(self) -> None:
        """Finish what is under way and let go of files and threads."""
