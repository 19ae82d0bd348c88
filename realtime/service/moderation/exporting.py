"""All that is stored on one person, a part at a time: for a lawful request (F73), and for themselves (R27)."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from realtime.clock import Clock
from realtime.delivery.hub import Hub
from realtime.delivery.writer import Writer
from realtime.errors import NotFound
from realtime.messages import ExportMe, ExportPart, ExportUser, Ok, ReadExport
from realtime.naming import Naming
from realtime.service.access import Access
from realtime.service.acts import act_for, noticed, required_id
from realtime.service.caller import Caller
from realtime.service.errands import Errands
from realtime.service.moderation.ledger import EXPORT_S, Ledger
from storage.events import (
    AlertRaised,
    AlertUpdated,
    Entry,
    Event,
    FactDropped,
    FactSet,
    GroupCreated,
    LoggedEvent,
    MemberJoined,
    MemberLeft,
    MessagePosted,
    MessageRevised,
    Noticed,
    is_thread,
    owner_of,
)
from storage.facts import KINDS, Export, Fact, Report
from storage.forgetting import INVITER
from storage.log import EventLog
from storage.plain import plain_event, plain_fact

_READ: Final = 200  # events read at once; others read in between
_MOST_READS: Final = 25  # for one part
_PART_BYTES: Final = 49_152  # about: a part goes out in one piece, which no red can overtake
_OWN_EXPORTS: Final = 100  # people whose place is remembered; who was forgotten begins anew
_WHOSE: Final = ("user", "author", "reporter", "by", "creator", "sender")  # the fields of a fact that name a person
_UNTOLD: Final = ("assigned", "invited_by", INVITER)  # and those that are not for who is exported to know


class Cursor(NamedTuple):
    """How far an export has come: in what holds, and then in the log."""

    held: int = 0
    offset: int = 0


class Part(NamedTuple):
    """Some of what is stored on a person, as plain values; `next` is None after the last."""

    items: list[dict[str, Any]]
    next: Cursor | None


class Exporter:
    """Collects from one world. The writer is never waited for, nor does it wait."""

    def __init__(self, hub: Hub, log: EventLog, errands: Errands) -> None:
        self._hub = hub
        self._log = log
        self._errands = errands

    async def part(self, user: str, cursor: Cursor, *, for_themselves: bool) -> Part:
        """One part: first of what holds, and then of what is logged, oldest first. Raises StorageError.

        Positions are in no part, because they are stored nowhere (R17). What others reported about a person is not for
        themselves to read: it would tell who did. Nor is who wrote in public what they reported.
        """
        items: list[dict[str, Any]] = []
        left = _PART_BYTES
        for item in self._held(user, for_themselves)[cursor.held :]:
            items.append(item)
            cursor = cursor._replace(held=cursor.held + 1)
            left -= len(str(item))
            if left <= 0:
                return Part(items, cursor)
        for _ in range(_MOST_READS):
            async with self._errands.reading:
                events = await self._log.scan(cursor.offset, _READ)
            if not events:
                return Part(items, None)
            for logged in events:
                cursor = cursor._replace(offset=logged.offset)
                if logged.world == self._hub.world and self._concerns(user, logged, for_themselves):
                    items.append(_told(plain_event(logged), user, for_themselves))
                    left -= len(str(items[-1]))
                    if left <= 0:
                        return Part(items, cursor)
        return Part(items, cursor)

    def _held(self, user: str, for_themselves: bool) -> list[dict[str, Any]]:
        facts = (
            _told(plain_fact(fact), user, for_themselves)
            for kind in KINDS
            for fact in self._hub.facts.of(kind).values()
            if _is_about(fact, user, for_themselves)
        )
        groups = (
            {"holds": "membership", "thread" if is_thread(group) else "group": group}
            for group in self._hub.rooms.groups_of(user)
        )
        return [*facts, *groups]

    def _concerns(self, user: str, logged: LoggedEvent, for_themselves: bool) -> bool:
        match logged.body:
            case AlertRaised(alert) | AlertUpdated(alert):
                return alert.author == user
            case MessagePosted(author=author) | MessageRevised(author=author):
                return author == user
            case GroupCreated(creator=creator):
                return creator == user
            case MemberJoined(user=whose) | MemberLeft(user=whose):
                return whose == user
            case FactSet(fact=fact) | FactDropped(fact=fact):
                return _is_about(fact, user, for_themselves)
            case Noticed():
                return any(owner_of(logged.world, room) == user for room in logged.rooms)
        return False


def _told(item: dict[str, Any], user: str, for_themselves: bool) -> dict[str, Any]:
    """What of it is theirs to know: not whom they reported, nor who decided, invited them or sees to their thread."""
    for held in (item, item.get("fact"), item.get("about")):
        if for_themselves and isinstance(held, dict):
            for name in _UNTOLD:
                held.pop(name, None)
            if "reporter" in held:
                held.pop("author", None)
            if held.get("by") != user:
                held.pop("by", None)
    return item


def _is_about(fact: Fact, user: str, for_themselves: bool) -> bool:
    if for_themselves and isinstance(fact, Report):
        return fact.reporter == user
    return any(getattr(fact, name, None) == user for name in _WHOSE) and not (
        for_themselves and isinstance(fact, Export)  # one that the law keeps silent must not be found here
    )


class OwnExport:
    """All that is stored on somebody, for themselves (R27): read in order, as often as they like."""

    def __init__(self, exporter: Exporter, errands: Errands) -> None:
        self._exporter = exporter
        self._errands = errands
        self._cursors: dict[str, list[Cursor]] = {}  # by user: where each part so far begins; the latest last

    def read(self, caller: Caller, message: ExportMe) -> None:
        id = required_id(message)
        self._errands.run(caller, id, self._read(caller, id, message.part))

    async def _read(self, caller: Caller, id: str, part: int) -> None:
        user = caller.identity.user
        cursors = self._cursors.pop(user, None) or [Cursor()]
        if part == 0:
            cursors = [Cursor()]
        self._cursors[user] = cursors
        while len(self._cursors) > _OWN_EXPORTS:
            del self._cursors[next(iter(self._cursors))]
        if part >= len(cursors):
            raise NotFound("no such part yet: read them in order, from 0 on", field="part")
        found = await self._exporter.part(user, cursors[part], for_themselves=True)
        if found.next is not None and part == len(cursors) - 1:
            cursors.append(found.next)
        following = None if found.next is None else part + 1
        caller.answer(ExportPart(id=id, user=user, items=tuple(found.items), next=following))


class Exporting:
    """Lawful exports of one world: begun with a reason and a case, which stand in the trail, and then read."""

    def __init__(
        self,
        hub: Hub,
        writer: Writer,
        clock: Clock,
        naming: Naming,
        access: Access,
        ledger: Ledger,
        exporter: Exporter,
        errands: Errands,
    ) -> None:
        self._hub = hub
        self._writer = writer
        self._clock = clock
        self._naming = naming
        self._access = access
        self._ledger = ledger
        self._exporter = exporter
        self._errands = errands
        self._cursors: dict[str, list[Cursor]] = {}  # by export: where each part so far begins

    def begin(self, caller: Caller, message: ExportUser) -> None:
        """The person is told, unless a law forbids it: that is said in the trail, too (R32)."""
        identity = caller.identity
        export_id = self._naming.made_by("export", identity.world, identity.user, required_id(message))

        def decide(key: str, digest: bytes) -> Entry:
            self._access.require_owner(identity, message)
            now = self._clock.now()
            fact = Export(
                id=export_id, user=message.user, by=identity.user, case=message.case, at=now, silent=message.silent
            )
            first = self._ledger.audited(FactSet(fact=fact, by=identity.user, reason=message.reason), now)
            told = [noticed(identity.world, message.user, "exported", now, case=message.case)]
            return self._ledger.act(first, *([] if message.silent else told), key=key, digest=digest)

        def ok(event: Event, seqs: Mapping[str, int], durable: bool) -> Ok:
            return Ok(id=required_id(message), durable=durable, export=export_id)

        self._writer.submit(act_for(caller, message, decide=decide, ok=ok))

    def read(self, caller: Caller, message: ReadExport) -> None:
        """For a day, and by whoever began it."""
        identity, id = caller.identity, required_id(message)
        self._access.require_owner(identity, message)
        export = self._hub.facts.get(Export, message.export)
        if export is None or export.by != identity.user or self._clock.now() >= export.at + EXPORT_S:
            raise NotFound("no such export, or not one that you began today", field="export")
        self._errands.run(caller, id, self._read(caller, id, export, message.part))

    async def _read(self, caller: Caller, id: str, export: Export, part: int) -> None:
        self._cursors = {
            id: known for id, known in self._cursors.items() if self._hub.facts.get(Export, id) is not None
        }
        cursors = self._cursors.setdefault(export.id, [Cursor()])
        if part >= len(cursors):
            raise NotFound("no such part yet: read them in order, after a restart from 0 on", field="part")
        found = await self._exporter.part(export.user, cursors[part], for_themselves=False)
        if found.next is not None and part == len(cursors) - 1:
            cursors.append(found.next)
        next_part = None if found.next is None else part + 1
        caller.answer(ExportPart(id=id, user=export.user, items=tuple(found.items), next=next_part))
