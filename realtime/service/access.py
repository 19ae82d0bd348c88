"""Who may do what to what, as one table.

What a message does is allowed to whoever stands in one of these ways to its object: a group, or something that somebody
made. What is not allowed to a stranger is not there for them (R23); who can see it is told that it is not theirs to do.
"""

from collections.abc import Iterator, Mapping
from typing import Final, Literal, TypeAlias

from realtime.delivery.hub import Hub
from realtime.errors import Forbidden
from realtime.identity import Identity
from realtime.messages import (
    AnswerAlert,
    Appoint,
    BanMember,
    CloseGroup,
    Decide,
    DropArea,
    GoOnDuty,
    HandOver,
    Invite,
    LeaveGroup,
    MarkRead,
    MuteGroup,
    PostMessage,
    ReadActivity,
    ReadApplications,
    ReadAudit,
    ReadGroupMap,
    ReadHistory,
    ReadInvitations,
    ReadMembers,
    Remove,
    Request,
    ReviseMessage,
    Revoke,
    SetArea,
    SetGroup,
    Trust,
    Unban,
    UpdateAlert,
)
from realtime.service.groupbook import GroupBook, no_such_group
from storage.facts import Appointment, joined_key

Standing: TypeAlias = Literal["anyone", "author", "member", "creator", "owner", "police", "duty", "recipient"] | Trust

MAY: Final[Mapping[type[Request], frozenset[Standing]]] = {
    UpdateAlert: frozenset({"author", "duty"}),
    AnswerAlert: frozenset({"recipient"}),
    PostMessage: frozenset({"member"}),
    ReviseMessage: frozenset({"author"}),
    ReadHistory: frozenset({"member"}),
    MarkRead: frozenset({"member"}),
    LeaveGroup: frozenset({"member"}),
    Appoint: frozenset({"creator", "admin"}),
    SetGroup: frozenset({"creator", "admin"}),
    ReadMembers: frozenset({"member"}),
    ReadGroupMap: frozenset({"member"}),
    MuteGroup: frozenset({"member"}),
    ReadApplications: frozenset({"creator", "admin", "approver"}),
    Decide: frozenset({"creator", "admin", "approver"}),
    Invite: frozenset({"creator", "admin", "approver", "ambassador"}),
    ReadInvitations: frozenset({"creator", "admin", "approver", "ambassador"}),
    Revoke: frozenset({"creator", "admin", "approver", "ambassador"}),
    Remove: frozenset({"creator", "admin"}),
    BanMember: frozenset({"creator", "admin"}),
    Unban: frozenset({"creator", "admin"}),
    ReadAudit: frozenset({"creator", "admin"}),
    ReadActivity: frozenset({"creator"}),
    HandOver: frozenset({"creator"}),
    CloseGroup: frozenset({"creator"}),
    SetArea: frozenset({"owner"}),
    DropArea: frozenset({"owner"}),
    GoOnDuty: frozenset({"police"}),
}
"""What is not named here everybody may, with what is theirs."""


class Access:
    """The table, applied to one world as it is now."""

    def __init__(self, hub: Hub, book: GroupBook) -> None:
        self._hub = hub
        self._book = book

    def require(self, identity: Identity, message: Request, *, group: str) -> None:
        """Raise NotFound for who has nothing to do with the group, and Forbidden for a member who may not do this."""
        standings = set(self.in_group(identity.user, group))
        if not standings & MAY[type(message)]:
            if "member" in standings:
                raise Forbidden("in this group that is not yours to do", field="group")
            raise no_such_group()

    def require_office(self, identity: Identity, message: Request) -> None:
        """Raise Forbidden for who does not hold an office that this needs. Everybody knows that there are such."""
        if identity.role not in MAY[type(message)]:
            raise Forbidden("that is not yours to do")

    def in_group(self, user: str, group: str) -> Iterator[Standing]:
        """How somebody stands to a group; nothing for who does not belong to it."""
        if user not in self._hub.rooms.members(group):
            return
        yield "member"
        if self._book.owner(group) == user:
            yield "creator"
        appointment = self._hub.facts.get(Appointment, joined_key(group, user))
        if appointment is not None:
            yield from appointment.trusted
