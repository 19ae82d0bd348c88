"""Accounts and groups that are suspended, and that they are no longer (F49, F71)."""

from collections.abc import Callable, Mapping

from realtime.clock import Clock
from realtime.delivery.hub import Hub
from realtime.delivery.writer import Writer
from realtime.errors import CloseCode, Invalid, NotFound, Suspended, refusal
from realtime.frames import Frames
from realtime.lanes import Lane
from realtime.messages import Lift, Ok, Suspend, SuspendGroup
from realtime.naming import Naming
from realtime.service.access import Access
from realtime.service.acts import act_for, noticed, required_id
from realtime.service.caller import Caller
from realtime.service.groupbook import GroupBook, suspension_notices
from realtime.service.moderation.conduct import suspension_of
from realtime.service.moderation.ledger import Ledger
from storage.events import Entry, Event, FactDropped, FactSet, Group
from storage.facts import Decision, GroupSuspended, Suspension


class Suspending:
    """The suspensions of one world. An account's connections close in the very step in which it is said."""

    def __init__(
        self,
        hub: Hub,
        writer: Writer,
        clock: Clock,
        naming: Naming,
        access: Access,
        book: GroupBook,
        ledger: Ledger,
    ) -> None:
        self._hub = hub
        self._writer = writer
        self._clock = clock
        self._naming = naming
        self._access = access
        self._book = book
        self._ledger = ledger
        hub.facts.listen(Suspension, self._told)

    def _told(self, before: Suspension | None, now: Suspension | None) -> None:
        if now is None or suspension_of(self._hub, now.user, self._clock.now()) is None:
            return
        why = refusal(Suspended(now.until, now.reason, now.decision), None)
        for session in list(self._hub.presence.of_user(now.user)):
            session.tell(Frames(why), Lane.RED)
            session.close(CloseCode.SUSPENDED, "this account is suspended")

    # --- accounts ---

    def suspend(self, caller: Caller, message: Suspend) -> None:
        """Of an account that never was here, too: it may come with its next token."""
        identity = caller.identity

        def decide(key: str, digest: bytes) -> Entry:
            self._access.require_owner(identity, message)
            return self._ledger.act(
                *self.entries(message.user, identity.user, message.reason, message.until, key), key=key, digest=digest
            )

        self._submit(caller, message, decide)

    def entries(self, user: str, by: str, reason: str, until: float | None, key: str) -> list[Entry]:
        """All that is stored of a suspension. Raises Invalid if it is one's own, or over already."""
        now = self._clock.now()
        if user == by:
            raise Invalid("you cannot suspend yourself", field="user")
        if until is not None and until <= now:
            raise Invalid("this time has passed", field="until")
        id = self._naming.made_by("decision", self._hub.world, by, key)
        fact = Suspension(user=user, reason=reason, decision=id, until=until)
        decision = Decision(id=id, user=user, action="suspend", by=by, reason=reason, at=now, until=until)
        return [
            Entry(body=FactSet(fact=fact, by=by, reason=reason), world=self._hub.world, at=now),
            *self._ledger.decided(decision),
            self._ledger.counted(now, suspensions=1),
        ]

    def lift(self, caller: Caller, message: Lift) -> None:
        required_id(message)
        if (message.user is None) == (message.group is None):
            raise Invalid("an account or a group: exactly one of the two", field="user")
        identity = caller.identity

        def decide(key: str, digest: bytes) -> Entry:
            self._access.require_owner(identity, message)
            if message.user is not None:
                lifted = self.lifted(message.user, identity.user, message.reason)
            else:
                lifted = self.group_lifted(message.group or "", identity.user, message.reason)
            if not lifted:
                raise NotFound("no such suspension", field="user" if message.user is not None else "group")
            return self._ledger.act(*lifted, key=key, digest=digest)

        self._submit(caller, message, decide)

    def lifted(self, user: str, by: str, reason: str) -> list[Entry]:
        """All that is stored of the end of an account's suspension; nothing if there is none."""
        now = self._clock.now()
        fact = suspension_of(self._hub, user, now)
        if fact is None:
            return []
        return [
            self._ledger.audited(FactDropped(fact=fact, by=by, reason=reason), now),
            noticed(self._hub.world, user, "suspension_lifted", now, reason=reason),
        ]

    # --- groups ---

    def suspend_group(self, caller: Caller, message: SuspendGroup) -> None:
        """Its members are told why, and who answers for it what to appeal by (F49). Nobody posts there or joins it."""
        identity = caller.identity

        def decide(key: str, digest: bytes) -> Entry:
            self._access.require_owner(identity, message)
            card, now = self._hub.rooms.group(message.group), self._clock.now()
            if card is None:
                raise NotFound("no such group", field="group")
            if message.until is not None and message.until <= now:
                raise Invalid("this time has passed", field="until")
            fact = GroupSuspended(group=message.group, reason=message.reason, until=message.until)
            decision = Decision(
                id=self._naming.made_by("decision", identity.world, identity.user, key),
                user=self._answering(card),
                action="suspend_group",
                by=identity.user,
                reason=message.reason,
                at=now,
                group=message.group,
                until=message.until,
            )
            body = FactSet(fact=fact, by=identity.user, reason=message.reason)
            members = self._hub.rooms.members_to_be(message.group)
            others = [user for user in members if user != decision.user]
            return self._ledger.act(
                Entry(body=body, world=identity.world, at=now),
                *self._ledger.decided(decision, name=card.name),
                *suspension_notices(self._book, others, fact, now),
                self._ledger.counted(now, suspensions=1),
                key=key,
                digest=digest,
            )

        self._submit(caller, message, decide)

    def group_lifted(self, group: str, by: str, reason: str) -> list[Entry]:
        """The same of a group's; nothing if there is none."""
        now = self._clock.now()
        fact = self._hub.facts.latest(GroupSuspended, group)
        card = self._hub.rooms.group(group)
        if fact is None or card is None:
            return []
        told = {"group": group, "name": card.name, "reason": reason}
        return [
            self._ledger.audited(FactDropped(fact=fact, by=by, reason=reason), now, group),
            noticed(self._hub.world, self._answering(card), "group_lifted", now, **told),
        ]

    def _answering(self, card: Group) -> str:
        """Who answers for a group: the first of those who look after it, or whoever made it."""
        return next(iter(self._access.looking_after(card.id)), card.creator)

    def _submit(
        self, caller: Caller, message: Suspend | SuspendGroup | Lift, decide: Callable[[str, bytes], Entry]
    ) -> None:
        group = None if isinstance(message, Suspend) else message.group

        def ok(event: Event, seqs: Mapping[str, int], durable: bool) -> Ok:
            return Ok(id=required_id(message), durable=durable, group=group)

        self._writer.submit(act_for(caller, message, decide=decide, ok=ok))
