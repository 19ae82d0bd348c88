"""Looking at the map: what is active in the part that a session shows, and what was public there lately."""

from collections.abc import Sequence
from typing import Final

from geo.boxes import sides_m, view
from geo.distance import Box
from realtime.clock import Clock
from realtime.delivery.alertbook import Record
from realtime.delivery.catchup import CatchUp
from realtime.delivery.hub import Hub
from realtime.delivery.views import MAP_ONLY, AlertCopies, Signal, Variant
from realtime.errors import Invalid
from realtime.messages import AlertNews, MapPage, Ok, ReadMap, Watch
from realtime.messages import Box as Corners
from realtime.naming import Naming
from realtime.service.acts import required_id
from realtime.service.caller import Caller
from realtime.service.errands import Errands
from realtime.service.words.forms import TEXTS
from storage.events import Alert
from storage.log import EventLog, relevant_until

MAX_VIEW_M: Final = 200_000.0  # a county; to each side
_SILENT: Final = Signal(sounds=False, tone=None, signalled=0)
_PAGE_BYTES: Final = 65_536  # about: a page goes out in one piece, which no red can overtake


def viewed(box: Corners, field: str) -> list[Box]:
    """What a map shows. Raises Invalid if that is no part of one, or too much."""
    try:
        boxes = view(box.south, box.west, box.north, box.east)
    except ValueError as error:
        raise Invalid(str(error), field=field) from None
    if max(sides_m(boxes)) > MAX_VIEW_M:
        raise Invalid(f"one looks at {MAX_VIEW_M / 1_000:g} km to each side; look closer", field=field)
    return boxes


class Looking:
    """The maps of one world (F3, F7)."""

    def __init__(
        self, hub: Hub, catch_up: CatchUp, log: EventLog, clock: Clock, naming: Naming, errands: Errands
    ) -> None:
        self._hub = hub
        self._catch_up = catch_up
        self._log = log
        self._clock = clock
        self._naming = naming
        self._errands = errands

    def watch(self, caller: Caller, message: Watch) -> None:
        """The answer comes first; what is active there follows, as far as the session lacks it."""
        if (message.box is None) != message.off:
            raise Invalid("look at a box, or say off: exactly one of the two", field="box")
        viewports = self._hub.elsewhere.viewports
        if message.box is None:
            viewports.look_away(caller)
        else:
            viewports.look(caller, viewed(message.box, "box"))
        if message.id is not None:
            caller.answer(Ok(id=message.id, durable=False))
        if message.box is not None:
            self._catch_up.show_map(caller)

    def read(self, caller: Caller, message: ReadMap) -> None:
        id = required_id(message)
        bounds, before = viewed(message.box, "box"), _place(message.before)
        self._errands.run(caller, id, self._answer(caller, message, id, bounds, before))

    async def _answer(
        self, caller: Caller, message: ReadMap, id: str, bounds: Sequence[Box], before: tuple[float, str] | None
    ) -> None:
        since = self._clock.now() - message.since_s
        async with self._errands.reading:
            if not caller.is_open:
                return
            found = await self._log.public_alerts(self._hub.world, bounds, since, before, message.limit + 1)
        shown: list[AlertNews] = []
        size = 0
        last: Alert | None = None
        for logged in found[: message.limit]:
            if size >= _PAGE_BYTES:
                break
            last = logged.alert
            shown.append(self._shown(Record(last, logged.rooms, durable=True)))
            size += 400 + sum(len((getattr(last, name) or "").encode()) for name in TEXTS)
        more = len(shown) < len(found)
        next_page = None if last is None or not more else f"{relevant_until(last)!r}/{last.id}"
        caller.answer(MapPage(id=id, alerts=tuple(shown), more=more, next=next_page))

    def _shown(self, stored: Record) -> AlertNews:
        """As anybody sees it on the map, whoever asks: what was published, and no more."""
        record = self._hub.alerts.record(stored.alert.id) or stored
        is_late = not record.is_active(self._clock.now())
        variant = Variant(MAP_ONLY, _SILENT, is_first=True, is_late=is_late, on_duty=False)
        shown = AlertCopies(record, self._hub.world, self._naming, self._hub.rooms).message(variant)
        assert isinstance(shown, AlertNews)
        return shown


def _place(before: str | None) -> tuple[float, str] | None:
    """Where a page begins, from the `next` of the one before it."""
    if before is None:
        return None
    at, _, alert = before.partition("/")
    try:
        return float(at), alert
    except ValueError:
        raise Invalid("this is not the next of any page", field="before") from None
