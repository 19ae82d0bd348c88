"""How a change of a group is asked for: judged, stored with its audit trail, answered with `ok`."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from realtime.clock import Clock
from realtime.delivery.hub import Hub
from realtime.delivery.writer import Writer
from realtime.messages import ClientMessage, Ok
from realtime.service.access import Access
from realtime.service.acts import act_for, own_act, required_id
from realtime.service.caller import Caller
from realtime.service.groupbook import GroupBook
from realtime.service.words.forms import Forms
from storage.events import Entry, Event, RoomId


class Deed(NamedTuple):
    """What is stored: the event that answers the request, the rooms in which it is kept, and what goes with it."""

    body: Event
    rooms: tuple[RoomId, ...] = ()
    also: Iterable[Entry] = ()


class GroupActs:
    """What every service of groups is made with."""

    def __init__(self, hub: Hub, writer: Writer, clock: Clock, access: Access, book: GroupBook, forms: Forms) -> None:
        self.forms = forms
        self.hub = hub
        self.clock = clock
        self.access = access
        self.book = book
        self._writer = writer

    def submit_own(self, about: str, decide: Callable[[], Entry]) -> None:
        """Have something done that nobody asked for, and nobody hears of."""
        self._writer.submit(own_act(self.hub.world, about, decide))

    def submit(
        self, caller: Caller, message: ClientMessage, group: str, decide: Callable[[], Deed], code: str | None = None
    ) -> None:
        """Have something done; `decide` judges it in its turn. `code` goes with the answer."""
        world = caller.identity.world

        def entry(key: str, digest: bytes) -> Entry:
            body, rooms, also = decide()
            now = self.clock.now()
            return Entry(body=body, world=world, at=now, rooms=rooms, key=key, digest=digest, also=tuple(also))

        def ok(event: Event, seqs: Mapping[str, int], durable: bool) -> Ok:
            return Ok(id=required_id(message), durable=durable, group=group, code=code)

        self._writer.submit(act_for(caller, message, decide=entry, ok=ok))
