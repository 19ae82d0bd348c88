"""Who is let into a group: by asking those who decide, or by being invited (F28, F29, F43)."""

from typing import Final

from realtime.errors import Forbidden, Invalid, NotFound
from realtime.messages import (
    Applicant,
    Applications,
    Apply,
    Decide,
    Invite,
    Invited,
    ReadApplications,
    ReadInvitations,
    Revoke,
    Withdraw,
)
from realtime.messages import Invitations as InvitationsPage
from realtime.service.acts import required_id
from realtime.service.caller import Caller
from realtime.service.groupbook import not_accepted
from realtime.service.groups.groupacts import Deed, GroupActs
from realtime.service.groups.invitations import FIRST, Invitations, is_live
from realtime.service.groups.joining import Joining
from realtime.service.paging import page
from storage.events import FactDropped, FactSet, audit_room, own_room
from storage.facts import Application, FirstCodeRevoked, Invitation, joined_key

MAX_WAITING: Final = 500  # applications and invitations of one group, each


class Admitting:
    """Applications and invitations of one world's groups."""

    def __init__(self, acts: GroupActs, joining: Joining, invitations: Invitations) -> None:
        self._acts = acts
        self._hub = acts.hub
        self._book = acts.book
        self._joining = joining
        self._invitations = invitations

    # --- applications ---

    def apply(self, caller: Caller, message: Apply) -> None:
        """To a locked group that is listed; those who decide are told. Any other is not there (R23)."""
        identity, now = caller.identity, self._acts.clock.now()
        user = identity.user

        def decide() -> Deed:
            group = self._book.open_to(message.group, user, now)
            if group is None or not group.locked or not self._book.facts_of(group).listed:
                raise NotFound("no such group, or it takes no applications", field="group")
            if self._book.stays(message.group, user):
                raise Invalid("you are a member of this group", field="group")
            if not message.accepted:
                raise not_accepted(group, self._book.facts_of(group))
            self._acts.forms.to_strangers(identity, {"text": message.text})
            key = joined_key(message.group, user)
            waiting = len(self._book.latest(Application, message.group))
            if waiting >= MAX_WAITING and self._hub.facts.latest(Application, key) is None:
                raise Forbidden("too many wait to be let in; try again in some days", field="group")
            is_new = self._hub.facts.latest(Application, key) is None
            fact = Application(
                group=message.group, user=user, at=now, role=identity.role, name=identity.name, text=message.text
            )
            who = identity.name or user
            told = self._book.trusted(message.group, "admin", "approver") if is_new else []
            notices = (
                self._book.notice(each, "applied", message.group, now, applicant=user, who=who)
                for each in told
                if self._book.stays(message.group, each)
            )
            return Deed(FactSet(fact=fact, by=user), (own_room(identity.world, user),), notices)

        self._acts.submit(caller, message, message.group, decide)

    def withdraw(self, caller: Caller, message: Withdraw) -> None:
        """Take one's own application back."""
        user = caller.identity.user

        def decide() -> Deed:
            fact = self._hub.facts.latest(Application, joined_key(message.group, user))
            if fact is None:
                raise NotFound("you have not applied to such a group", field="group")
            return Deed(FactDropped(fact=fact, by=user), (own_room(caller.identity.world, user),))

        self._acts.submit(caller, message, message.group, decide)

    def applications(self, caller: Caller, message: ReadApplications) -> None:
        id = required_id(message)
        self._acts.access.require(caller.identity, message, group=message.group)
        held = {each.user: each for each in self._book.held(Application, message.group)}
        users, following = page(held, message.after)
        shown = tuple(
            Applicant(user=user, role=held[user].role, at=held[user].at, name=held[user].name, text=held[user].text)
            for user in users
        )
        caller.answer(Applications(id=id, group=message.group, applications=shown, next=following))

    def decide(self, caller: Caller, message: Decide) -> None:
        """Let somebody in who has applied, or not; they are told, and it stands in the audit trail."""
        by, now, group = caller.identity.user, self._acts.clock.now(), message.group

        def decide() -> Deed:
            self._acts.access.require(caller.identity, message, group=group)
            fact = self._hub.facts.latest(Application, joined_key(group, message.user))
            if fact is None:
                raise NotFound("nobody of that name has applied", field="user")
            if not message.approve and message.reason is None:
                raise Invalid("say why, so that they know", field="reason")
            self._acts.forms.to_strangers(caller.identity, {"reason": message.reason})
            audit = (audit_room(caller.identity.world, group),)
            about = {"reason": message.reason} if message.reason else {}
            dropped = FactDropped(fact=fact, by=by, reason=message.reason)
            if not message.approve:
                notice = self._book.notice(message.user, "refused", group, now, **about)
                return Deed(dropped, audit, (notice,))
            self._book.check_posting(group, now)
            self._joining.check_room_for_more(message.user)
            card = self._joining.card(group, message.user, fact.role, fact.name)
            entries = (
                *self._joining.entries(card, now),  # which drops the application
                self._book.notice(message.user, "approved", group, now, **about),
            )
            return Deed(FactSet(fact=card, by=by, reason=message.reason), audit, entries)

        self._acts.submit(caller, message, group, decide)

    # --- invitations ---

    def invite(self, caller: Caller, message: Invite) -> None:
        """One person, who is told and joins without a code; or a code, for so many and so long."""
        by, now, group = caller.identity.user, self._acts.clock.now(), message.group
        code = None if message.user is not None else self._invitations.code(by, required_id(message))
        if message.expires_at is not None and message.expires_at <= now:
            raise Invalid("this is over already", field="expires_at")

        def decide() -> Deed:
            self._acts.access.require(caller.identity, message, group=group)
            self._book.check_posting(group, now)
            known = self._book.latest(Invitation, group)
            dead = [each for each in known if not is_live(each, now)]
            if len(known) - len(dead) >= MAX_WAITING:
                raise Forbidden(f"a group has {MAX_WAITING} invitations at most; revoke some", field="group")
            fact = Invitation(
                group=group,
                id=self._id(group, message.user, code),
                by=by,
                at=now,
                user=message.user,
                uses=1 if message.user is not None else message.uses,
                expires_at=message.expires_at,
            )
            also = [self._book.said(FactDropped(fact=each, by=by), now) for each in dead if each.key != fact.key]
            if message.user is not None:
                if self._book.stays(group, message.user):
                    raise Invalid("this person is a member already", field="user")
                if self._book.is_banned(group, message.user):
                    raise Forbidden("this person is banned from the group", field="user")
                if self._hub.facts.latest(Invitation, fact.key) is None:  # else they were told
                    who = caller.identity.name or by
                    also.append(self._book.notice(message.user, "invited", group, now, who=who, inviter=by))
            return Deed(FactSet(fact=fact, by=by), (audit_room(caller.identity.world, group),), also)

        self._acts.submit(caller, message, group, decide, code)

    def _id(self, group: str, user: str | None, code: str | None) -> str:
        return self._invitations.id_of_code(group, code) if user is None else self._invitations.id_for(group, user)

    def invitations(self, caller: Caller, message: ReadInvitations) -> None:
        """All of them for those who decide; an ambassador sees their own."""
        id, group = required_id(message), message.group
        self._acts.access.require(caller.identity, message, group=group)
        decides = self._decides(caller, group)
        held = {
            each.id: Invited(
                invitation=each.id,
                used=each.used,
                by=each.by,
                at=each.at,
                user=each.user,
                uses=each.uses,
                expires_at=each.expires_at,
            )
            for each in self._book.held(Invitation, group)
            if decides or each.by == caller.identity.user
        }
        made = self._hub.rooms.group(group)
        if decides and made is not None and made.locked and self._invitations.first_opens(group):
            held[FIRST] = Invited(invitation=FIRST, used=0)
        ids, following = page(held, message.after)
        shown = tuple(held[each] for each in ids)
        caller.answer(InvitationsPage(id=id, group=group, invitations=shown, next=following))

    def revoke(self, caller: Caller, message: Revoke) -> None:
        """From now on it opens nothing. An ambassador may revoke their own."""
        by, group = caller.identity.user, message.group

        def decide() -> Deed:
            self._acts.access.require(caller.identity, message, group=group)
            audit = (audit_room(caller.identity.world, group),)
            decides = self._decides(caller, group)
            if message.invitation == FIRST and decides and self._invitations.first_opens(group):
                return Deed(FactSet(fact=FirstCodeRevoked(group=group), by=by), audit)
            fact = self._hub.facts.latest(Invitation, joined_key(group, message.invitation))
            if fact is None or not (decides or fact.by == by):
                raise NotFound("no such invitation, or not one of yours", field="invitation")
            return Deed(FactDropped(fact=fact, by=by), audit)

        self._acts.submit(caller, message, group, decide)

    def _decides(self, caller: Caller, group: str) -> bool:
        return bool({"creator", "admin", "approver"} & set(self._acts.access.in_group(caller.identity.user, group)))
