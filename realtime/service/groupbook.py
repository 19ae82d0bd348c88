"""What is known of each group beside its room: its card, who answers for it, who asks to be let in."""

from collections.abc import Iterable, Iterator
from math import inf
from typing import Final, TypeVar

from realtime.delivery.hub import Hub
from realtime.errors import Forbidden, NotAccepted, NotFound
from realtime.messages import Card
from realtime.service.acts import noticed
from storage.events import Entry, Event, FactDropped, Group, MemberLeft, audit_room, is_thread, own_room
from storage.facts import (
    AnyFact,
    Application,
    Appointment,
    Ban,
    Fact,
    GroupCard,
    GroupClosed,
    GroupOwner,
    GroupSuspended,
    Invitation,
    MemberCard,
    Mute,
    joined_key,
)

F = TypeVar("F", Appointment, Application, Invitation)
_NO_FACTS: Final[dict[str, AnyFact]] = {}


class GroupBook:
    """The facts of one world's groups, by group. What decides is the latest; what shows is what was dispatched."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._of: dict[tuple[type, str], dict[str, AnyFact]] = {}
        self._listed: list[str] = []
        self._listed_of = 0  # so many groups; 0 when it has to be made anew
        for kind in (Appointment, Application, Invitation):
            hub.facts.listen(kind, self._told)
        hub.facts.listen(Mute, self._muted)
        hub.facts.listen(GroupCard, self._relisted)

    def _told(self, before: Fact | None, now: Fact | None) -> None:
        fact = now or before
        if not isinstance(fact, Appointment | Application | Invitation):
            return
        held = self._of.setdefault((type(fact), fact.group), {})
        if now is not None:
            held[fact.key] = fact
        else:
            held.pop(fact.key, None)
            if not held:
                del self._of[type(fact), fact.group]

    def _relisted(self, before: GroupCard | None, now: GroupCard | None) -> None:
        self._listed_of = 0

    def _muted(self, before: Mute | None, now: Mute | None) -> None:
        """Whose mutes there are is known where copies of alerts are chosen."""
        mutes = self._hub.rooms.mutes
        if now is not None:
            mutes.setdefault(now.user, {})[now.group] = inf if now.until is None else now.until
        elif before is not None:
            of_user = mutes.get(before.user, {})
            of_user.pop(before.group, None)
            if not of_user:
                mutes.pop(before.user, None)

    # --- shown ---

    def listed(self) -> list[str]:
        """The ids of all groups that are listed, in order: no others may be learnt from a list's pages (R23)."""
        groups = self._hub.rooms.all_groups()
        if self._listed_of != len(groups):
            self._listed = sorted(
                id for id, group in groups.items() if not is_thread(id) and self.facts_of(group).listed
            )
            self._listed_of = len(groups)
        return self._listed

    def held(self, kind: type[F], group: str) -> list[F]:
        """All that holds of one kind in a group."""
        return [fact for fact in self._of.get((kind, group), _NO_FACTS).values() if isinstance(fact, kind)]

    def group(self, group: str) -> Group | None:
        """A group that is there: not one that was closed."""
        if self._hub.facts.latest(GroupClosed, group) is not None:
            return None
        return self._hub.rooms.group(group)

    def name(self, group: str) -> str:
        found = self._hub.rooms.group(group)
        return group if found is None else found.name

    def facts_of(self, group: Group) -> GroupCard:
        """What a group says of itself, as last decided; as it was made, unless that was changed."""
        return self._hub.facts.latest(GroupCard, group.id) or GroupCard(
            group=group.id, purpose=group.purpose, conduct=group.conduct, listed=not group.locked
        )

    def card(self, group: Group) -> Card:
        said = self.facts_of(group)
        return Card(
            group=group.id,
            name=group.name,
            purpose=said.purpose,
            conduct=said.conduct,
            version=said.version,
            locked=group.locked,
            listed=said.listed,
            problem=said.problem,
            kind=said.sort,
            lat=said.lat,
            lon=said.lon,
            radius_m=said.radius_m,
            place=said.place,
        )

    def owner(self, group: str) -> str | None:
        """Who answers for a group: its creator, or whoever it was handed to."""
        handed = self._hub.facts.latest(GroupOwner, group)
        if handed is not None:
            return handed.user
        made = self._hub.rooms.group(group)
        return None if made is None else made.creator

    def trusted(self, group: str, *trusts: str) -> list[str]:
        """Who answers for the group, and whoever is trusted with one of these."""
        owner = self.owner(group)
        found = [each.user for each in self.latest(Appointment, group) if set(each.trusted) & set(trusts)]
        return found if owner is None or owner in found else [owner, *found]

    # --- decided ---

    def latest(self, kind: type[F], group: str) -> list[F]:
        """All that will hold of one kind in a group when all that is decided has happened."""
        decided = self._hub.facts.decided(kind)
        held = [fact for fact in self.held(kind, group) if fact.key not in decided]
        return held + [fact for fact in decided.values() if fact is not None and fact.group == group]

    def stays(self, group: str, user: str) -> bool:
        """Whether somebody will be a member when all that is decided has happened."""
        return self._hub.rooms.stays(group, user)

    def heir(self, group: str, leaving: str) -> str | None:
        """Who answers for a group when this one leaves: an admin, or else the member of longest standing."""
        others = (*self.trusted(group, "admin"), *self._hub.rooms.members_to_be(group))
        return next((user for user in others if user != leaving and self.stays(group, user)), None)

    def is_banned(self, group: str, user: str) -> bool:
        return self._hub.facts.latest(Ban, joined_key(group, user)) is not None

    def suspension(self, group: str, now: float) -> GroupSuspended | None:
        """Why nobody posts in a group at this time (Unix seconds)."""
        held = self._hub.facts.latest(GroupSuspended, group)
        return held if held is not None and (held.until is None or now < held.until) else None

    def open_to(self, group: str, user: str, now: float) -> Group | None:
        """A group that this person could come into; None also if it is closed, suspended, or they are banned."""
        found = self.group(group)
        if found is None or self.suspension(group, now) is not None or self.is_banned(group, user):
            return None
        return found

    def check_posting(self, group: str, now: float, field: str = "group") -> None:
        """Raise Forbidden for the members of a suspended group, who are told why (F49)."""
        if (suspended := self.suspension(group, now)) is not None:
            raise Forbidden(f"this group is suspended: {suspended.reason}", field=field)

    def has_accepted(self, group: str, user: str) -> bool:
        """Whether a member has accepted the conduct since it was changed last."""
        found = self._hub.rooms.group(group)
        held = self._hub.facts.latest(MemberCard, joined_key(group, user))
        return found is None or (1 if held is None else held.accepted) >= self.facts_of(found).version

    def check_accepted(self, group: str, user: str) -> None:
        """Raise NotAccepted for who has not accepted the conduct since it was changed (F36)."""
        found = self._hub.rooms.group(group)
        if found is not None and not self.has_accepted(group, user):
            raise not_accepted(found, self.facts_of(found))

    # --- made ---

    def departure(self, group: str, user: str, at: float, by: str = "", reason: str | None = None) -> Iterator[Entry]:
        """The end of a stay, and with it of all that was a member's: coming back brings no trust back.

        `by` is who sent them away, which stands in the audit trail.
        """
        world, key = self._hub.world, joined_key(group, user)
        audit = (audit_room(world, group),) if by else ()
        yield Entry(body=MemberLeft(group=group, user=user), world=world, at=at, rooms=(own_room(world, user),))
        card = self._hub.facts.latest(MemberCard, key) or MemberCard(group=group, user=user)
        yield Entry(body=FactDropped(fact=card, by=by, reason=reason), world=world, at=at, rooms=audit)
        for held in (self._hub.facts.latest(Appointment, key), self._hub.facts.latest(Mute, key)):
            if held is not None:
                yield Entry(body=FactDropped(fact=held, by=by or user), world=world, at=at)
        yield from self.revoked(group, user, by or user, at)

    def revoked(self, group: str, user: str, by: str, at: float) -> Iterator[Entry]:
        """The end of every invitation of somebody who is trusted with them no longer."""
        for invitation in self.latest(Invitation, group):
            if invitation.by == user:
                yield self.said(FactDropped(fact=invitation, by=by), at)

    def said(self, body: Event, at: float, *, audited: str | None = None) -> Entry:
        """An entry without a key; `audited`: the group in whose audit trail it stands."""
        rooms = () if audited is None else (audit_room(self._hub.world, audited),)
        return Entry(body=body, world=self._hub.world, at=at, rooms=rooms)

    def notice(self, to: str, code: str, group: str, at: float, **about: str) -> Entry:
        """Something about a group, for one person to be told; its code is `group_` and this."""
        return noticed(self._hub.world, to, f"group_{code}", at, group=group, name=self.name(group), **about)


def not_accepted(group: Group, said: GroupCard) -> NotAccepted:
    return NotAccepted(
        f"{group.name}. What it is for: {said.purpose} How members behave: {said.conduct} "
        "Join again with accepted: true if you agree.",
        field="accepted",
    )


def no_such_group() -> NotFound:
    """The one answer to whoever may not know whether it is there (R23)."""
    return NotFound("no such group, or not one of yours", field="group")


def suspension_notices(
    book: GroupBook, members: Iterable[str], suspended: GroupSuspended, at: float
) -> tuple[Entry, ...]:
    """What the members of a group are told when it is suspended: to be stored with the fact."""
    return tuple(book.notice(user, "suspended", suspended.group, at, reason=suspended.reason) for user in members)
