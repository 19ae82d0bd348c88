"""Groups: making and joining them."""

from collections.abc import Mapping

from realtime.clock import Clock
from realtime.content.impersonation import is_deceptive
from realtime.delivery.hub import Hub
from realtime.delivery.writer import Writer
from realtime.errors import Impersonation
from realtime.messages import CreateGroup, JoinGroup, Ok
from realtime.naming import Naming
from realtime.service.acts import act_for, required_id
from realtime.service.caller import Caller
from realtime.service.groupbook import GroupBook
from realtime.service.groups.joining import Joining
from realtime.service.words.forms import Forms
from storage.events import Entry, Event, FactSet, GroupCreated, MemberJoined, own_room
from storage.facts import MemberCard


class Groups:
    """The groups of one world."""

    def __init__(
        self,
        hub: Hub,
        writer: Writer,
        clock: Clock,
        naming: Naming,
        book: GroupBook,
        joining: Joining,
        forms: Forms,
    ) -> None:
        self._forms = forms
        self._book = book
        self._joining = joining
        self._hub = hub
        self._writer = writer
        self._clock = clock
        self._naming = naming

    def create(self, caller: Caller, message: CreateGroup) -> None:
        identity = caller.identity
        user, world = identity.user, identity.world
        group = self._naming.made_by("group", world, user, required_id(message))
        code = self._naming.join_code(group) if message.locked else None
        body = GroupCreated(
            group=group,
            creator=user,
            name=message.name,
            purpose=message.purpose,
            conduct=message.conduct,
            locked=message.locked,
            history=message.history,
        )

        def ok(event: Event, seqs: Mapping[str, int], durable: bool) -> Ok:
            return Ok(id=required_id(message), durable=durable, group=group, code=code)

        def decide(key: str, digest: bytes) -> Entry:
            self._check_name(caller, message.name)
            card = {"name": message.name, "purpose": message.purpose, "conduct": message.conduct}
            self._forms.to_strangers(identity, card, audience="locked" if message.locked else "open")
            self._joining.check_room_for_more(user)
            member = MemberCard(group=group, user=user, role=identity.role, name=identity.name)
            also = (self._book.said(FactSet(fact=member, by=user), self._clock.now()),)
            return self._own_event(caller, body, key, digest, also)

        self._writer.submit(act_for(caller, message, decide=decide, ok=ok))

    def join(self, caller: Caller, message: JoinGroup) -> None:
        """Come in, or, as a member, accept the conduct anew."""
        user = caller.identity.user

        def decide(key: str, digest: bytes) -> Entry:
            also = tuple(self._joining.entered(caller.identity, message, self._clock.now()))
            return self._own_event(caller, MemberJoined(group=message.group, user=user), key, digest, also)

        def ok(event: Event, seqs: Mapping[str, int], durable: bool) -> Ok:
            return Ok(id=required_id(message), durable=durable, group=message.group)

        self._writer.submit(act_for(caller, message, decide=decide, ok=ok))

    def _own_event(
        self, caller: Caller, body: GroupCreated | MemberJoined, key: str, digest: bytes, also: tuple[Entry, ...]
    ) -> Entry:
        """An event that only the person's own room takes; the group's room learns nothing of it."""
        identity = caller.identity
        rooms = (own_room(identity.world, identity.user),)
        now = self._clock.now()
        return Entry(body=body, world=identity.world, at=now, rooms=rooms, key=key, digest=digest, also=also)

    def _check_name(self, caller: Caller, name: str) -> None:
        """A group is named like an authority only by somebody who is verified (R31)."""
        if not caller.identity.is_authority and is_deceptive(name):
            raise Impersonation("this name could be taken for an authority's, or hides something", field="name")
