"""Reading back what was said in a room."""

import asyncio
import logging

from realtime.clock import Clock
from realtime.delivery.alertbook import Record
from realtime.delivery.hub import Hub
from realtime.delivery.views import (
    AlertCopies,
    Reasons,
    Signal,
    Variant,
    membership_news,
    message_news,
    reasons_for,
)
from realtime.errors import Internal, NotFound, NotStored, SamverkanError, refusal
from realtime.messages import AlertNews, HistoryPage, MembershipNews, MessageNews, ReadHistory
from realtime.naming import Naming
from realtime.service.acts import required_id
from realtime.service.caller import Caller
from storage.events import AlertRaised, GroupCreated, LoggedEvent, MemberJoined, MemberLeft, MessagePosted, own_room
from storage.log import EventLog, StorageError

_log = logging.getLogger(__name__)

_SILENT = Signal(sounds=False, tone=None, signalled=0)


class History:
    """Pages of a room, as its events are now. Nothing in them counts as delivered, and nothing sounds."""

    def __init__(self, hub: Hub, log: EventLog, clock: Clock, naming: Naming) -> None:
        self._hub = hub
        self._log_store = log
        self._clock = clock
        self._naming = naming
        self._tasks: set[asyncio.Task[None]] = set()

    def read(self, caller: Caller, message: ReadHistory) -> None:
        id = required_id(message)
        self._visible_from(caller, message.room)
        task = asyncio.get_running_loop().create_task(self._answer(caller, message, id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _answer(self, caller: Caller, message: ReadHistory, id: str) -> None:
        try:
            caller.answer(await self._page(caller, message, id))
        except SamverkanError as error:
            caller.answer(refusal(error, id))
        except StorageError as error:
            _log.error("a page of history could not be read: %s", error)
            caller.answer(refusal(NotStored("the history cannot be read just now; ask again"), id))
        except Exception:
            _log.exception("a page of history could not be made")
            caller.answer(refusal(Internal("this went wrong here, and has been logged"), id))

    async def _page(self, caller: Caller, message: ReadHistory, id: str) -> HistoryPage:
        room, _ = self._visible_from(caller, message.room)
        last = self._hub.rooms.room(room).last
        before = last + 1 if message.before is None else min(message.before, last + 1)
        found = await self._log_store.before(room, before, message.limit)
        room, first = self._visible_from(caller, message.room)  # who has left meanwhile sees nothing
        visible = [logged for logged in found if logged.rooms[room] >= first]
        more = len(visible) == message.limit and visible[0].rooms[room] > max(first, self._hub.rooms.room(room).first)
        events = tuple(self._shown(caller, logged) for logged in visible)
        return HistoryPage(id=id, room=message.room, events=events, more=more)

    def _visible_from(self, caller: Caller, name: str) -> tuple[str, int]:
        user = caller.identity.user
        room = own_room(self._hub.world, user) if name == "me" else name
        first = self._hub.rooms.visible_from(user, room)
        if first is None:
            raise NotFound("no such room, or not one of yours", field="room")
        return room, first

    def _shown(self, caller: Caller, logged: LoggedEvent) -> AlertNews | MessageNews | MembershipNews:
        match logged.body:
            case MessagePosted() as message:
                return message_news(logged, message, self._naming)
            case GroupCreated() | MemberJoined() | MemberLeft() as change:
                return membership_news(logged, change, self._hub.rooms)
            case AlertRaised(alert):
                record = self._hub.alerts.record(alert.id) or Record(alert, logged.rooms, durable=True)
                reasons = reasons_for(caller, record, self._hub.rooms, near=False) or Reasons(("held",))
                is_late = not record.is_active(self._clock.now())
                variant = Variant(reasons, _SILENT, is_first=True, is_late=is_late, on_duty=False)
                shown = AlertCopies(record, self._hub.world, self._naming, self._hub.rooms).message(variant)
                if isinstance(shown, AlertNews):
                    return shown
        raise TypeError(f"a {type(logged.body).__name__} takes no seq in a room")
