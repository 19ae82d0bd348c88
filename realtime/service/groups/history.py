"""Reading back what was said in a room, and how far somebody has read."""

from typing import Final, TypeAlias

from realtime.clock import Clock
from realtime.delivery.alertbook import Record
from realtime.delivery.hub import Hub
from realtime.delivery.views import AlertCopies, reasons_for, room_news
from realtime.errors import Invalid, NotFound
from realtime.frames import Frames
from realtime.lanes import Lane
from realtime.messages import (
    AlertNews,
    HistoryPage,
    MarkRead,
    MembershipNews,
    MessageNews,
    NoticeNews,
    Ok,
    ReadHistory,
    ReadUpTo,
)
from realtime.naming import Naming
from realtime.service.acts import required_id
from realtime.service.caller import Caller
from realtime.service.errands import Errands
from realtime.service.words.composing import WORDS
from storage.events import AlertRaised, LoggedEvent, MessageRevised, own_room
from storage.log import EventLog, HistoryLost

Shown: TypeAlias = AlertNews | MessageNews | MembershipNews | NoticeNews

_PAGE_BYTES: Final = 65_536  # about: a page goes out in one piece, which no red can overtake
_MOST_READS: Final = 10  # of pages in which everything was erased, for one answer


class History:
    """Pages of a room, as its events are now. Nothing in them counts as delivered, and nothing sounds."""

    def __init__(self, hub: Hub, log: EventLog, clock: Clock, naming: Naming, errands: Errands) -> None:
        self._hub = hub
        self._log = log
        self._clock = clock
        self._naming = naming
        self._errands = errands

    def read(self, caller: Caller, message: ReadHistory) -> None:
        id = required_id(message)
        self._visible_from(caller, message.room)
        if message.before is not None and message.after is not None:
            raise Invalid("read back before a seq or after one, not both", field="after")
        self._errands.run(caller, id, self._answer(caller, message, id))

    def mark(self, caller: Caller, message: MarkRead) -> None:
        """The person has read up to a seq: their other devices are told, and it is saved with the next few."""
        room, _ = self._visible_from(caller, message.room)
        if message.seq > self._hub.rooms.room(room).last:
            raise Invalid("nobody can have read this yet: the room has not come so far", field="seq")
        user = caller.identity.user
        if self._hub.markers.move(user, room, message.seq):
            self._hub.tell_others(user, [caller], Frames(ReadUpTo(room=message.room, seq=message.seq)))
        if message.id is not None:
            caller.answer(Ok(id=message.id, durable=False), Lane.REST)

    async def _answer(self, caller: Caller, message: ReadHistory, id: str) -> None:
        """Read on until there is something to show, or nothing more: what is erased takes seqs, and no place."""
        room, first = self._visible_from(caller, message.room)
        last = self._hub.rooms.room(room).last
        forward = message.after is not None
        end = last + 1 if message.before is None else min(message.before, last + 1)
        place = end if message.after is None else message.after
        shown: list[Shown] = []
        more = True
        for _ in range(_MOST_READS):
            events = await self._events(caller, room, place, first, message)
            room, first = self._visible_from(caller, message.room)  # who has left meanwhile sees nothing
            here = self._hub.rooms.room(room)
            shown, place = self._page(
                caller, room, place, [e for e in events if first <= e.rooms[room] <= here.last], forward
            )
            more = bool(events) and (place < here.last if forward else place > max(first, here.first))
            if shown or not more:
                break
        next_place = place if more else None
        caller.answer(HistoryPage(id=id, room=message.room, events=tuple(shown), more=more, next=next_place))

    async def _events(
        self, caller: Caller, room: str, place: int, first: int, message: ReadHistory
    ) -> list[LoggedEvent]:
        """The next events from a place, oldest first; nothing is read for who has hung up."""
        async with self._errands.reading:
            if not caller.is_open:
                return []
            if message.after is None:
                return await self._log.before(room, place, message.limit)
            try:
                return await self._log.after(room, max(place, first - 1), message.limit)
            except HistoryLost as lost:
                return await self._log.after(room, lost.first - 1, message.limit)

    def _page(
        self, caller: Caller, room: str, place: int, events: list[LoggedEvent], forward: bool
    ) -> tuple[list[Shown], int]:
        """As many of these as make one page, oldest first, and the place that they lead to."""
        shown: list[Shown] = []
        size = 0
        for logged in events if forward else reversed(events):
            if size >= _PAGE_BYTES:
                break
            place = logged.rooms[room]
            if (news := self._shown(caller, logged)) is not None:
                shown.append(news)
                size += _size(news)
        return (shown if forward else shown[::-1]), place

    def _visible_from(self, caller: Caller, name: str) -> tuple[str, int]:
        user = caller.identity.user
        room = own_room(self._hub.world, user) if name == "me" else name
        first = self._hub.rooms.visible_from(user, room)
        if first is None:
            raise NotFound("no such room, or not one of yours", field="room")
        return room, first

    def _shown(self, caller: Caller, logged: LoggedEvent) -> Shown | None:
        """An event as it is now; None if nothing is left of it, or it changes what was before this membership."""
        if isinstance(logged.body, MessageRevised):
            first = self._hub.rooms.visible_from(caller.identity.user, logged.body.group) or 1
            if logged.body.seq < first:
                return None
        if not isinstance(logged.body, AlertRaised):
            return room_news(logged, self._naming, self._hub.rooms)
        alert = logged.body.alert
        record = self._hub.alerts.record(alert.id) or Record(alert, logged.rooms, durable=True)
        reasons = reasons_for(caller, record, self._hub.rooms, near=False)
        copies = AlertCopies(record, self._hub.world, self._naming, self._hub.rooms)
        return copies.silent(reasons, is_active=record.is_active(self._clock.now()))


def _size(news: Shown) -> int:
    """About how many bytes something takes on the wire."""
    words = (getattr(news, name, None) for name in (*WORDS, "wrong", "name"))
    return 400 + sum(len(word.encode()) for word in words if isinstance(word, str))
