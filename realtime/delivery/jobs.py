"""What is being written to many, and what each of them may still have of it when their turn comes."""

from collections.abc import Callable

from realtime.delivery.account import Account
from realtime.delivery.alertbook import Record
from realtime.delivery.chosen import Chosen
from realtime.delivery.fanout import FrameKind
from realtime.delivery.holds import Codes, Holds, hold_of
from realtime.delivery.rooms import Rooms
from realtime.delivery.roster import Roster, is_on_duty
from realtime.delivery.subscriber import Subscriber
from realtime.delivery.views import DUTY, HELD_ONLY, Reasons, elsewhere_in, joined, reasons_for
from realtime.frames import Frames


class MessageJob:
    """A chat message on its way to those who follow its room."""

    kind: FrameKind = "message"
    is_counted = True

    def __init__(self, rooms: Rooms, group: str, seq: int) -> None:
        self._rooms = rooms
        self._group = group
        self._room = rooms.room(group)
        self._seq = seq
        self._departures = rooms.departures
        self._changes = self._room.changes

    def is_unchanged(self) -> bool:
        return self._rooms.departures == self._departures and self._room.changes == self._changes

    def not_written(self, session: Subscriber | None) -> None: ...

    def still_allowed(self, session: Subscriber, frames: Frames) -> Frames | None:
        if self._seq in self._room.withdrawn:
            return None  # how it is now follows
        first = self._rooms.visible_from(session.identity.user, self._group)
        return frames if first is not None and self._seq >= first else None


class AlertJob:
    """An alert's revision on its way to everyone whom it concerns.

    `former` is what they held before they were chosen: if somebody has left a group or an office since, they go back to
    that, and get what they may have now. `account` is told whom it did not get to, if it is the alert's first dispatch.
    """

    is_counted = True

    def __init__(
        self,
        rooms: Rooms,
        roster: Roster,
        holds: Holds,
        record: Record,
        chosen: Chosen,
        former: Codes,
        mark: Callable[[Subscriber, Record, Reasons], Frames | None],
        account: Account | None,
    ) -> None:
        self._rooms = rooms
        self._roster = roster
        self._holds = holds
        self._record = record
        self._chosen = chosen
        self._former = former
        self._mark = mark
        self._account = account
        self.kind: FrameKind = "alert" if record.alert.revision == 1 else "update"
        self._departures = rooms.departures
        self._duties = roster.duties

    def is_unchanged(self) -> bool:
        return self._rooms.departures == self._departures and self._roster.duties == self._duties

    def not_written(self, session: Subscriber | None) -> None:
        if self._account is not None:
            self._account.not_written(session)

    def still_allowed(self, session: Subscriber, frames: Frames) -> Frames | None:
        allowed = self._still_allowed(session, frames)
        if allowed is None and self._account is not None:
            self._account.withhold(session)
        return allowed

    def _still_allowed(self, session: Subscriber, frames: Frames) -> Frames | None:
        alert, reasons = self._record.alert, self._chosen.reasons(session.number)
        hold = self._holds.get(alert.id, session.number)
        if hold is None or hold.revision > alert.revision:
            return None  # a later revision is on its way to it
        former = hold_of(int(self._former[session.number]))
        near, tied = "near" in reasons.why, "about" in reasons.why
        own = reasons_for(session, self._record, self._rooms, near=near, tied=tied)
        elsewhere = elsewhere_in(reasons)
        if DUTY in elsewhere and not is_on_duty(session):
            elsewhere = tuple(why for why in elsewhere if why != DUTY)
        now = joined(own, elsewhere)
        if now is None and former is not None:
            now = HELD_ONLY
        if now == reasons and self._roster.duties == self._duties:
            return frames
        self._holds.set(alert.id, session.number, former)
        return None if now is None else self._mark(session, self._record, now)


class StoredJob:
    """The news that a red which outran the log is stored, on its way to all who have it."""

    kind: FrameKind = "stored"
    is_counted = False

    def is_unchanged(self) -> bool:
        return True

    def not_written(self, session: Subscriber | None) -> None: ...

    def still_allowed(self, session: Subscriber, frames: Frames) -> Frames | None:
        return frames
