"""Accounts that are erased for good: at once nowhere to be met, and soon in no file (F78, R27)."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from realtime.clock import Clock
from realtime.delivery.hub import Hub
from realtime.delivery.writer import Writer
from realtime.errors import CloseCode, Invalid, RateLimited, SamverkanError
from realtime.messages import EraseAccount, Ok
from realtime.naming import Naming
from realtime.service.access import Access
from realtime.service.acts import NothingToDo, act_for, have_stored, required_id
from realtime.service.caller import Caller
from realtime.service.errands import Errands
from realtime.service.groupbook import GroupBook
from realtime.service.groups.governing import Governing
from realtime.service.groups.revising import Revisions
from storage.events import (
    AlertUpdated,
    Entry,
    Event,
    FactDropped,
    FactSet,
    LoggedEvent,
    MemberLeft,
    MessagePosted,
    MessageRevised,
    audit_room,
    is_thread,
    own_room,
)
from storage.facts import KINDS, Erasing, Erasure
from storage.forgetting import alert_without_author, fact_without, forgotten
from storage.log import EventLog, StorageError

_log = logging.getLogger(__name__)

_READ: Final = 100  # events looked at in one step
_REWRITTEN: Final = 25  # events in one transaction, which an append may have to wait for
_LOOKED_AT: Final = 500  # facts in one turn of the loop
_CHANGED: Final = 50  # facts in one act
_RETRY_S: Final = 5.0
_AGAIN_S: Final = 86_400.0  # R27 gives a day


class Eraser:
    """The erasures of one world.

    One act makes the account leave: sessions, positions, memberships, active alerts; from then on nobody is shown what
    it said. The rest goes in small pieces behind it, and goes on after a restart, for the fact that an account is being
    erased is the last of it to go.
    """

    def __init__(
        self,
        hub: Hub,
        writer: Writer,
        log: EventLog,
        clock: Clock,
        naming: Naming,
        access: Access,
        book: GroupBook,
        governing: Governing,
        revisions: Revisions,
        errands: Errands,
        forget_person: Callable[[str], None],
    ) -> None:
        """`forget_person` is told whom nothing may be remembered of any more."""
        self._hub = hub
        self._writer = writer
        self._log = log
        self._clock = clock
        self._naming = naming
        self._access = access
        self._book = book
        self._governing = governing
        self._revisions = revisions
        self._errands = errands
        self._forget_person = forget_person
        self._waiting: list[str] = []
        self._lately: dict[str, float] = {}  # when, by a keyed hash that is in memory only
        self._task: asyncio.Task[None] | None = None
        hub.facts.listen(Erasing, self._told)

    @property
    def is_busy(self) -> bool:
        return self._task is not None and not self._task.done()

    # --- asked for ---

    def erase(self, caller: Caller, message: EraseAccount) -> None:
        """One's own account; the owner may erase anybody's, whose token is then to be refused by who issues them."""
        identity = caller.identity
        user = message.user or identity.user

        def decide(key: str, digest: bytes) -> Entry:
            if user != identity.user:
                self._access.require_owner(identity, message)
            if not message.confirm:
                raise Invalid("there is no way back from this: say that you mean it", field="confirm")
            now = self._clock.now()
            fact = Erasing(user=user)
            known = self._hub.facts.latest(Erasing, user) is not None
            if user == identity.user and not known:
                self._check_rate(user, now)
            also = () if known else tuple(self._leaving(user, now, by_platform=user != identity.user))
            return Entry(body=FactSet(fact=fact), world=self._hub.world, at=now, key=key, digest=digest, also=also)

        def ok(event: Event, seqs: Mapping[str, int], durable: bool) -> Ok:
            return Ok(id=required_id(message), durable=durable)

        self._writer.submit(act_for(caller, message, decide=decide, ok=ok))

    def _check_rate(self, user: str, now: float) -> None:
        """Once a day: who could begin anew at will would have no limits (R10), and each time the whole log is read."""
        self._lately = {who: at for who, at in self._lately.items() if now - at < _AGAIN_S}
        who = self._naming.made_by("erased", self._hub.world, user, "")
        if (at := self._lately.get(who)) is not None:
            raise RateLimited("an account can be erased once a day", retry_after_s=at + _AGAIN_S - now)

    def _leaving(self, user: str, now: float, *, by_platform: bool) -> Iterator[Entry]:
        """All that happens in the one step in which others cease to meet this person."""
        world = self._hub.world
        id = self._naming.made_by("erasure", world, user, repr(now))
        record = FactSet(fact=Erasure(id=id, at=now, by_platform=by_platform))
        yield Entry(body=record, world=world, at=now, rooms=(audit_room(world, ""),))
        for group in list(self._hub.rooms.groups_of(user)):
            if is_thread(group):
                left = MemberLeft(group=group, user=user)
                yield Entry(body=left, world=world, at=now, rooms=(own_room(world, user),))
            elif self._book.stays(group, user):
                yield from self._governing.departure(group, user, now)
        for alert in self._hub.alerts.by_author(user):
            bare = alert_without_author(alert)
            changes: dict[str, object] = {}
            is_theirs = bare.official is None and not bare.for_issuer
            if is_theirs and alert.ended_at is None and now < alert.expires_at:
                changes = {"state": "closed", "ended_at": now, "corrected": alert.revision + 1}
            revised = bare.revised(now, changes)
            self._hub.alerts.decide(revised)
            yield Entry(body=AlertUpdated(revised), world=world, at=now)

    # --- at once ---

    def _told(self, before: Erasing | None, now: Erasing | None) -> None:
        if now is None:
            return
        user, hub = now.user, self._hub
        self._lately[self._naming.made_by("erased", hub.world, user, "")] = self._clock.now()
        hub.rooms.erasing.add(user)
        for session in list(hub.presence.of_user(user)):
            session.close(CloseCode.ERASED, "this account is erased")
        hub.presence.withdraw_all(user)
        hub.elsewhere.forget(user)
        hub.markers.forget_all(user)
        self._forget_person(user)
        hub.tail.forget_author(user)
        if user not in self._waiting:
            self._waiting.append(user)
        if not self.is_busy:
            self._task = asyncio.get_running_loop().create_task(self._run(), name="erasing")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    # --- in pieces ---

    async def _run(self) -> None:
        while self._waiting:
            user = self._waiting[0]
            try:
                await self._erase(user)
            except (StorageError, SamverkanError) as error:
                _log.warning("an account could not be erased yet; trying again: %s", error)
                await self._pass(_RETRY_S)
            except Exception:
                _log.exception("an account could not be erased yet; trying again")
                await self._pass(_RETRY_S)
            else:
                self._waiting.remove(user)

    async def _pass(self, seconds: float) -> None:
        over = asyncio.Event()
        self._clock.call_later(seconds, over.set)
        await over.wait()

    async def _erase(self, user: str) -> None:
        """Until nothing is left: others may name the person while it goes on."""
        world, above = self._hub.world, 0
        while True:
            await self._drop_facts(user)
            above = await self._forget_events(user, above)
            if await self._log.forget_rest(world, user, above, _REWRITTEN):
                break
        self._hub.facts.apply(FactDropped(fact=Erasing(user=user)))
        self._forget_person(user)  # after a restart it was loaded anew
        self._hub.markers.forget_all(user)
        self._hub.elsewhere.forget(user)
        self._hub.rooms.forget(user)
        self._hub.tail.forget_author(user)

    async def _drop_facts(self, user: str) -> None:
        """Whatever holds about them holds no longer; what outlives them names nobody."""
        changes: list[FactSet | FactDropped] = []
        looked_at = 0
        for kind in KINDS:
            if kind is Erasing:
                continue
            held: list[Any] = list(self._hub.facts.of(kind).values())
            for fact in held:
                looked_at += 1
                if looked_at % _LOOKED_AT == 0:
                    await asyncio.sleep(0)
                left = fact_without(fact, user)
                if left is not fact:
                    changes.append(FactDropped(fact=fact) if left is None else FactSet(fact=left))
                if len(changes) >= _CHANGED:
                    await self._store(changes)
                    changes = []
        if changes:
            await self._store(changes)

    async def _store(self, changes: list[FactSet | FactDropped]) -> None:
        """As they stand when they are decided: somebody else may have dropped them meanwhile."""

        def decide() -> Entry:
            now, latest = self._clock.now(), self._hub.facts.latest
            entries = [
                Entry(body=said, world=self._hub.world, at=now)
                for said in changes
                if latest(type(said.fact), said.fact.key) is not None
            ]
            if not entries:
                raise NothingToDo("nothing of this holds any more")
            first, *also = entries
            return Entry(body=first.body, world=first.world, at=now, also=tuple(also))

        await have_stored(self._writer, self._hub.world, decide)

    async def _forget_events(self, user: str, above: int) -> int:
        """Take back what they said and make all that is logged up to now nameless; returns how far that went."""
        world = self._hub.world
        while True:
            async with self._errands.reading:
                events = await self._log.scan(above, _READ)
            if not events:
                return above
            for logged in events:
                if isinstance(logged.body, MessagePosted) and logged.world == world and logged.body.author == user:
                    await self._take_back(logged, logged.body)
            found = [logged.offset for logged in events if forgotten(logged, world, user) is not logged]
            for begin in range(0, len(found), _REWRITTEN):
                await self._log.forget(world, user, found[begin : begin + _REWRITTEN])
            above = events[-1].offset
            await asyncio.sleep(0)

    async def _take_back(self, logged: LoggedEvent, message: MessagePosted) -> None:
        """As its author does it: whoever has it is told, also who is away now (R13)."""
        seq = logged.rooms.get(message.group)
        if seq is None or message.is_removed:
            return
        revision = MessageRevised(id=message.id, group=message.group, seq=seq, author=message.author, text="")

        def decide() -> Entry:
            return Entry(body=revision, world=self._hub.world, at=self._clock.now(), rooms=(message.group,))

        async with self._revisions.turn(message.group, seq):
            await have_stored(self._writer, self._hub.world, decide)
