"""The beginning of a stay in a group, whichever way it comes about."""

from collections.abc import Iterator
from typing import Final

from realtime.delivery.hub import Hub
from realtime.errors import NotFound, TooMany
from realtime.identity import Identity
from realtime.messages import JoinGroup
from realtime.service.groupbook import GroupBook, not_accepted
from realtime.service.groups.invitations import Invitations, used
from storage.events import Entry, FactDropped, FactSet, MemberJoined, is_thread, own_room
from storage.facts import Application, Appointment, GroupOwner, GrownPast, Invitation, MemberCard, joined_key

LARGE: Final = 150  # members, beyond which who answers for the group is told so (F39)


class Joining:
    """Whether somebody may come in, and what is stored when they do."""

    def __init__(self, hub: Hub, book: GroupBook, invitations: Invitations, max_groups: int) -> None:
        """`max_groups`: of one person; a hello must be able to name them all."""
        self._hub = hub
        self._book = book
        self._invitations = invitations
        self._max_groups = max_groups

    def entered(self, identity: Identity, message: JoinGroup, now: float) -> Iterator[Entry]:
        """What goes with somebody's joining by themselves, or accepting anew. Raises why they may not.

        A wrong code and an unknown group are one answer, in one time (R23).
        """
        user, group = identity.user, message.group
        opening = self._invitations.opening(group, user, message.code, now)
        found = self._book.open_to(group, user, now)
        is_member = self._book.stays(group, user)
        if is_member:
            found = self._hub.rooms.group(group)
        if found is None or (found.locked and not is_member and opening is None):
            raise NotFound("no such group, or it does not open with this code", field="group")
        said = self._book.facts_of(found)
        if not message.accepted and not (is_member and self._book.has_accepted(group, user)):
            raise not_accepted(found, said)
        card = self.card(group, user, identity.role, identity.name)
        if is_member:
            before = self._hub.facts.latest(MemberCard, card.key)
            card = card if before is None else card.known_to(before.invited_by)
            if message.accepted:
                yield self._book.said(FactSet(fact=card, by=user), now)
            return
        self.check_room_for_more(user)
        if isinstance(opening, Invitation):
            yield self._book.said(used(opening, user), now)
            if opening.user is not None:  # a code may have gone to anybody
                card = card.known_to(opening.by)
        yield self._book.said(FactSet(fact=card, by=user), now)
        yield from self._besides(card, now)

    def card(self, group: str, user: str, role: str, name: str | None) -> MemberCard:
        """A member who has accepted the conduct as it is now."""
        found = self._hub.rooms.group(group)
        version = 1 if found is None else self._book.facts_of(found).version
        return MemberCard(group=group, user=user, role=role, name=name, accepted=version)

    def entries(self, card: MemberCard, now: float) -> Iterator[Entry]:
        """What goes with the card of somebody whom others let in: the stay itself."""
        world, group, user = self._hub.world, card.group, card.user
        yield Entry(body=MemberJoined(group=group, user=user), world=world, at=now, rooms=(own_room(world, user),))
        yield from self._besides(card, now)

    def check_room_for_more(self, user: str) -> None:
        groups = sum(not is_thread(room) for room in self._hub.rooms.groups_to_be(user))
        if groups >= self._max_groups:
            raise TooMany(f"one can be in {self._max_groups} groups; leave one first", field="group")

    def _besides(self, card: MemberCard, now: float) -> Iterator[Entry]:
        """Nothing of an earlier stay or an open application is left; a group that grows large is told so once."""
        group, key = card.group, joined_key(card.group, card.user)
        for held in (self._hub.facts.latest(Appointment, key), self._hub.facts.latest(Application, key)):
            if held is not None:
                yield self._book.said(FactDropped(fact=held, by=card.user), now)
        owner = self._book.owner(group)
        if owner is not None and owner != card.user and not self._book.stays(group, owner):  # nobody was left
            owner = self._book.heir(group, owner) or card.user
            yield self._book.said(FactSet(fact=GroupOwner(group=group, user=owner)), now, audited=group)
        if owner is None or self._hub.facts.latest(GrownPast, group) is not None:
            return
        size = len(self._hub.rooms.members_to_be(group)) + 1
        if size > LARGE:
            yield self._book.said(FactSet(fact=GrownPast(group=group)), now)
            yield self._book.notice(owner, "grown", group, now, members=str(size))
