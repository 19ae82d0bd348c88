"""Groups: making, joining and leaving them."""

from collections.abc import Mapping

from realtime.clock import Clock
from realtime.delivery.hub import Hub
from realtime.delivery.writer import Writer
from realtime.errors import NotAccepted, NotFound, TooMany
from realtime.messages import CreateGroup, JoinGroup, LeaveGroup, Ok
from realtime.naming import Naming
from realtime.service.access import Access
from realtime.service.acts import act_for, required_id
from realtime.service.caller import Caller
from storage.events import (
    Entry,
    Event,
    GroupCreated,
    MemberJoined,
    MemberLeft,
    own_room,
)


class Groups:
    """The groups of one world."""

    def __init__(
        self,
        hub: Hub,
        writer: Writer,
        clock: Clock,
        naming: Naming,
        access: Access,
        max_groups: int,
    ) -> None:
        """`max_groups`: of one person; a hello must be able to name them all."""
        self._max_groups = max_groups
        self._access = access
        self._hub = hub
        self._writer = writer
        self._clock = clock
        self._naming = naming

    def create(self, caller: Caller, message: CreateGroup) -> None:
        user, world = caller.identity.user, caller.identity.world
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
            self._check_room_for_more(user)
            return self._own_event(caller, body, key, digest)

        self._writer.submit(act_for(caller, message, decide=decide, ok=ok))

    def join(self, caller: Caller, message: JoinGroup) -> None:
        user = caller.identity.user

        def decide(key: str, digest: bytes) -> Entry:
            if user not in self._hub.rooms.members(message.group):
                self._check_entry(message)
                self._check_room_for_more(user)
            return self._own_event(caller, MemberJoined(group=message.group, user=user), key, digest)

        def ok(event: Event, seqs: Mapping[str, int], durable: bool) -> Ok:
            return Ok(id=required_id(message), durable=durable, group=message.group)

        self._writer.submit(act_for(caller, message, decide=decide, ok=ok))

    def leave(self, caller: Caller, message: LeaveGroup) -> None:
        user = caller.identity.user

        def decide(key: str, digest: bytes) -> Entry:
            self._access.require(caller.identity, message, group=message.group)
            return self._own_event(caller, MemberLeft(group=message.group, user=user), key, digest)

        def ok(event: Event, seqs: Mapping[str, int], durable: bool) -> Ok:
            return Ok(id=required_id(message), durable=durable, group=message.group)

        self._writer.submit(act_for(caller, message, decide=decide, ok=ok))

    def _own_event(
        self, caller: Caller, body: GroupCreated | MemberJoined | MemberLeft, key: str, digest: bytes
    ) -> Entry:
        """An event that only the person's own room takes; the group's room learns nothing of it."""
        identity = caller.identity
        room = own_room(identity.world, identity.user)
        return Entry(body=body, world=identity.world, at=self._clock.now(), rooms=(room,), key=key, digest=digest)

    def _check_entry(self, message: JoinGroup) -> None:
        """Raise unless this opens the group. A wrong code and an unknown group are one answer, in one time (R23)."""
        group = self._hub.rooms.group(message.group)
        opens = self._naming.opens(message.group, message.code)
        if group is None or (group.locked and not opens):
            raise NotFound("no such group, or it does not open with this code", field="group")
        if not message.accepted:
            raise NotAccepted(
                f"{group.name}. What it is for: {group.purpose} How members behave: {group.conduct} "
                "Join again with accepted: true if you agree.",
                field="accepted",
            )

    def _check_room_for_more(self, user: str) -> None:
        if len(self._hub.rooms.groups_of(user)) >= self._max_groups:
            raise TooMany(f"one can be in {self._max_groups} groups; leave one first", field="group")
