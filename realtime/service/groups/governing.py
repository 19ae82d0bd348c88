"""Who must go, who answers for a group, and when it ends (F27, F42)."""

from collections.abc import Iterator
from functools import partial

from realtime.errors import Forbidden, Invalid, NotFound
from realtime.messages import BanMember, CloseGroup, HandOver, LeaveGroup, MuteGroup, Remove, Unban
from realtime.service.caller import Caller
from realtime.service.groups.groupacts import Deed, GroupActs
from storage.events import Entry, FactDropped, FactSet, audit_room, own_room
from storage.facts import Application, Appointment, Ban, GroupClosed, GroupOwner, Invitation, Mute, joined_key


class Governing:
    """Ends of stays, bans, and the one who answers for a group, in one world."""

    def __init__(self, acts: GroupActs) -> None:
        self._acts = acts
        self._hub = acts.hub
        self._book = acts.book

    # --- ends of stays ---

    def leave(self, caller: Caller, message: LeaveGroup) -> None:
        """Whoever answers for the group leaves it to another: an admin, or the member of longest standing."""
        user, group = caller.identity.user, message.group

        def decide() -> Deed:
            self._acts.access.require(caller.identity, message, group=group)
            left, *also = self.departure(group, user, self._acts.clock.now())
            return Deed(left.body, left.rooms, also)

        self._acts.submit(caller, message, group, decide)

    def departure(self, group: str, user: str, now: float) -> Iterator[Entry]:
        """The end of a member's stay, and another who answers for the group if it was they."""
        yield from self._book.departure(group, user, now)
        if self._book.owner(group) == user:
            yield from self._succession(group, user, now)

    def remove(self, caller: Caller, message: Remove) -> None:
        """A member must go, and is told why; they may come back as they came."""
        self._send_away(caller, message)

    def ban(self, caller: Caller, message: BanMember) -> None:
        """Somebody must go, or not come: the group is not there for them any more."""
        self._send_away(caller, message)

    def unban(self, caller: Caller, message: Unban) -> None:
        by, group, now = caller.identity.user, message.group, self._acts.clock.now()

        def decide() -> Deed:
            self._acts.access.require(caller.identity, message, group=group)
            fact = self._hub.facts.latest(Ban, joined_key(group, message.user))
            if fact is None:
                raise NotFound("nobody of that name is banned from this group", field="user")
            self._check_reason(caller, message.reason)
            audit = audit_room(caller.identity.world, group)
            notices = self._told_why(group, message.user, "unbanned", message.reason, now)
            return Deed(FactDropped(fact=fact, by=by, reason=message.reason), (audit,), notices)

        self._acts.submit(caller, message, group, decide)

    def _send_away(self, caller: Caller, message: Remove | BanMember) -> None:
        by, group, user = caller.identity.user, message.group, message.user

        def decide() -> Deed:
            self._acts.access.require(caller.identity, message, group=group)
            now = self._acts.clock.now()
            self._check_below(caller, group, user)
            self._check_reason(caller, message.reason)
            is_member = self._book.stays(group, user)
            if not is_member and isinstance(message, Remove):
                raise NotFound("nobody of that name is in this group", field="user")
            code = "removed" if isinstance(message, Remove) else "banned"
            notices = self._told_why(group, user, code, message.reason, now)
            audited_by = by if isinstance(message, Remove) else ""  # a ban says it itself
            ending = [*self._book.departure(group, user, now, audited_by, message.reason)] if is_member else []
            if isinstance(message, Remove):
                card = next(each for each in ending if each.rooms == (audit_room(self._hub.world, group),))
                return Deed(card.body, card.rooms, [*(each for each in ending if each is not card), *notices])
            ban = FactSet(fact=Ban(group=group, user=user), by=by, reason=message.reason)
            return Deed(
                ban, (audit_room(self._hub.world, group),), [*ending, *self._closed_doors(group, user, now), *notices]
            )

        self._acts.submit(caller, message, group, decide)

    def _check_reason(self, caller: Caller, reason: str | None) -> None:
        """Whom it is told to have left when they read it."""
        self._acts.forms.to_strangers(caller.identity, {"reason": reason})

    def _told_why(self, group: str, user: str, code: str, reason: str, now: float) -> list[Entry]:
        """Who belongs to a group, did so lately, or has asked to. To strangers it says nothing: whoever makes a group
        could tell anybody anything."""
        has_applied = self._hub.facts.latest(Application, joined_key(group, user)) is not None
        if has_applied or self._book.stays(group, user) or self._hub.rooms.belonged_since(user, group, 0.0):
            return [self._book.notice(user, code, group, now, reason=reason)]
        return []

    def _check_below(self, caller: Caller, group: str, user: str) -> None:
        """Nobody sends away who answers for the group, and only that one an admin."""
        by = caller.identity.user
        if user == by:
            raise Invalid("to go yourself, leave", field="user")
        appointment = self._hub.facts.latest(Appointment, joined_key(group, user))
        is_admin = appointment is not None and "admin" in appointment.trusted
        owner = self._book.owner(group)
        if user == owner or (is_admin and by != owner):
            raise Forbidden("only who answers for the group may do this to an admin, and nobody to them", field="user")

    def _closed_doors(self, group: str, user: str, now: float) -> Iterator[Entry]:
        """Who is banned has no application waiting and no invitation."""
        application = self._hub.facts.latest(Application, joined_key(group, user))
        invitations = [each for each in self._book.latest(Invitation, group) if each.user == user]
        for fact in (application, *invitations):
            if fact is not None:
                yield self._book.said(FactDropped(fact=fact, by=user), now)

    # --- who answers for it ---

    def hand_over(self, caller: Caller, message: HandOver) -> None:
        """Another member answers for the group from now on; members and posts stay as they are."""
        by, group, now = caller.identity.user, message.group, self._acts.clock.now()

        def decide() -> Deed:
            self._acts.access.require(caller.identity, message, group=group)
            if not self._book.stays(group, message.user):
                raise NotFound("nobody of that name is in this group", field="user")
            fact = GroupOwner(group=group, user=message.user)
            audit = audit_room(caller.identity.world, group)
            notice = self._book.notice(message.user, "yours", group, now)
            return Deed(FactSet(fact=fact, by=by, reason=message.reason), (audit,), (notice,))

        self._acts.submit(caller, message, group, decide)

    def _succession(self, group: str, leaving: str, now: float) -> Iterator[Entry]:
        """Of an empty group it is whoever comes first."""
        heir = self._book.heir(group, leaving)
        if heir is not None:
            fact = GroupOwner(group=group, user=heir)
            yield self._book.said(FactSet(fact=fact, by=leaving), now, audited=group)
            yield self._book.notice(heir, "yours", group, now)

    def close(self, caller: Caller, message: CloseGroup) -> None:
        """Everybody leaves, and the group is there for nobody any more."""
        by, group, now = caller.identity.user, message.group, self._acts.clock.now()

        def decide() -> Deed:
            self._acts.access.require(caller.identity, message, group=group)
            self._check_reason(caller, message.reason)
            also: list[Entry] = []
            for user in self._hub.rooms.members_to_be(group):
                also += self._book.departure(group, user, now)
                also.append(self._book.notice(user, "closed", group, now, reason=message.reason))
            open_doors: list[Application | Invitation] = [
                *self._book.latest(Application, group),
                *self._book.latest(Invitation, group),
            ]
            for fact in open_doors:
                also.append(self._book.said(FactDropped(fact=fact, by=by), now))
            audit = audit_room(caller.identity.world, group)
            return Deed(FactSet(fact=GroupClosed(group=group), by=by, reason=message.reason), (audit,), also)

        self._acts.submit(caller, message, group, decide)

    # --- one's own ---

    def drop_old_mutes(self) -> None:
        """Let go of those whose time has passed."""
        now = self._acts.clock.now()
        for key, mute in self._hub.facts.of(Mute).items():
            if mute.until is not None and mute.until <= now:
                self._acts.submit_own(f"mute/{key}", partial(self._mute_dropped, key, now))

    def _mute_dropped(self, key: str, now: float) -> Entry:
        """Decided in its turn: they may have muted it anew."""
        mute = self._hub.facts.latest(Mute, key)
        if mute is None or mute.until is None or mute.until > now:
            raise NotFound("it is gone already, or lasts for longer")
        return self._book.said(FactDropped(fact=mute), now)

    def mute(self, caller: Caller, message: MuteGroup) -> None:
        """Told on the person's other devices by nothing: only the sound of alerts changes, wherever they are."""
        user, group = caller.identity.user, message.group

        def decide() -> Deed:
            self._acts.access.require(caller.identity, message, group=group)
            fact = Mute(group=group, user=user, until=message.until if message.muted else None)
            body = FactSet(fact=fact, by=user) if message.muted else FactDropped(fact=fact, by=user)
            return Deed(body, (own_room(caller.identity.world, user),))

        self._acts.submit(caller, message, group, decide)
