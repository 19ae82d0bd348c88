"""What the members of a group are trusted with, and by whom."""

from collections.abc import Mapping

from realtime.clock import Clock
from realtime.delivery.hub import Hub
from realtime.delivery.writer import Writer
from realtime.errors import NotFound
from realtime.messages import Appoint, Ok
from realtime.service.access import Access
from realtime.service.acts import act_for, noticed, required_id
from realtime.service.caller import Caller
from realtime.service.groupbook import GroupBook
from storage.events import Entry, Event, FactDropped, FactSet, audit_room
from storage.facts import Appointment


class Trusting:
    """Admins, approvers and ambassadors of the groups of one world (F27, F47)."""

    def __init__(self, hub: Hub, writer: Writer, clock: Clock, access: Access, book: GroupBook) -> None:
        self._hub = hub
        self._writer = writer
        self._clock = clock
        self._access = access
        self._book = book

    def appoint(self, caller: Caller, message: Appoint) -> None:
        """The change stands in the group's audit trail, and whom it concerns is told."""
        world, by, group = caller.identity.world, caller.identity.user, message.group
        fact = Appointment(group=group, user=message.user, trusted=tuple(dict.fromkeys(message.trusted)))

        def decide(key: str, digest: bytes) -> Entry:
            self._access.require(caller.identity, message, group=group)
            if not self._book.stays(group, message.user):
                raise NotFound("nobody of that name is in this group", field="user")
            now = self._clock.now()
            revoked = (
                ()
                if fact.trusted or self._book.owner(group) == fact.user
                else self._book.revoked(group, fact.user, by, now)
            )
            card = self._hub.rooms.group(group)
            about = {"group": group, "name": card.name if card else group, "trusted": ", ".join(fact.trusted)}
            return Entry(
                body=FactSet(fact=fact, by=by) if fact.trusted else FactDropped(fact=fact, by=by),
                world=world,
                at=now,
                rooms=(audit_room(world, group),),
                key=key,
                digest=digest,
                also=(
                    noticed(world, message.user, "trusted" if fact.trusted else "not_trusted", now, **about),
                    *revoked,
                ),
            )

        def ok(event: Event, seqs: Mapping[str, int], durable: bool) -> Ok:
            return Ok(id=required_id(message), durable=durable, group=group)

        self._writer.submit(act_for(caller, message, decide=decide, ok=ok))
