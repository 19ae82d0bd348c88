"""Who may do what to what, as one table.

What a message does is allowed to whoever stands in one of these ways to its object: a group, or something that somebody
made. What is not allowed to a stranger is not there for them (R23); who can see it is told that it is not theirs to do.
"""

from collections.abc import Iterator, Mapping
from typing import Final, Literal, TypeAlias

from realtime.delivery.hub import Hub
from realtime.errors import Forbidden, NotFound
from realtime.identity import Identity
from realtime.messages import (
    AnswerAlert,
    AppealDecision,
    Appoint,
    Assign,
    BanMember,
    CallVolunteers,
    CloseGroup,
    CloseThread,
    Decide,
    DropArea,
    EndCall,
    EraseAccount,
    EraseAlert,
    ExportUser,
    GoOnDuty,
    GrantRole,
    HandOver,
    Inform,
    Invite,
    LeaveGroup,
    LetOrganisationIn,
    Lift,
    ListAccounts,
    ListFlags,
    ListReports,
    ListRoles,
    ListStaff,
    ListSurveys,
    ListThreads,
    MarkRead,
    MergeAlert,
    Moderate,
    MuteGroup,
    PostMessage,
    PutSurvey,
    ReadActivity,
    ReadApplications,
    ReadAudit,
    ReadExport,
    ReadGroupMap,
    ReadHistory,
    ReadInvitations,
    ReadMembers,
    ReadSurvey,
    Remove,
    ReopenThread,
    ReportPost,
    Request,
    Resolve,
    ReviseMessage,
    Revoke,
    RevokeRole,
    SetArea,
    SetGroup,
    SetOrganisation,
    SetStaff,
    Suspend,
    SuspendGroup,
    Trust,
    Unban,
    UpdateAlert,
)
from realtime.service.groupbook import GroupBook, no_such_group
from storage.events import is_thread
from storage.facts import Appointment, Report, Staff, joined_key

InGroup: TypeAlias = Literal["member", "creator", "correspondent"] | Trust
Standing: TypeAlias = (
    Literal[
        "anyone",
        "author",
        "staff",
        "chief",
        "owner",
        "police",
        "duty",
        "recipient",
    ]
    | InGroup
)

MAY: Final[Mapping[type[Request], frozenset[Standing]]] = {
    UpdateAlert: frozenset({"author", "duty"}),
    MergeAlert: frozenset({"author", "duty"}),
    AnswerAlert: frozenset({"recipient"}),
    PostMessage: frozenset({"member", "correspondent"}),
    ReviseMessage: frozenset({"author"}),
    ReadHistory: frozenset({"member"}),
    MarkRead: frozenset({"member"}),
    LeaveGroup: frozenset({"member"}),
    Appoint: frozenset({"creator", "admin"}),
    ReportPost: frozenset({"member", "correspondent"}),
    ListReports: frozenset({"creator", "admin", "owner"}),
    Resolve: frozenset({"creator", "admin", "owner"}),
    Moderate: frozenset({"creator", "admin", "owner"}),
    ReadAudit: frozenset({"creator", "admin", "owner"}),
    AppealDecision: frozenset({"author"}),
    Suspend: frozenset({"owner"}),
    SuspendGroup: frozenset({"owner"}),
    Lift: frozenset({"owner"}),
    ListFlags: frozenset({"owner"}),
    ListAccounts: frozenset({"owner"}),
    ExportUser: frozenset({"owner"}),
    EraseAlert: frozenset({"author"}),
    EraseAccount: frozenset({"owner"}),  # that of somebody else
    ReadExport: frozenset({"owner"}),
    LetOrganisationIn: frozenset({"creator", "admin"}),
    SetOrganisation: frozenset({"owner"}),
    SetStaff: frozenset({"owner", "chief"}),
    ListStaff: frozenset({"owner", "staff"}),
    GrantRole: frozenset({"owner", "chief"}),
    RevokeRole: frozenset({"owner", "chief"}),
    ListRoles: frozenset({"owner", "chief"}),
    ListThreads: frozenset({"staff"}),
    Assign: frozenset({"staff"}),
    CloseThread: frozenset({"staff"}),
    ReopenThread: frozenset({"staff"}),
    Inform: frozenset({"staff"}),
    CallVolunteers: frozenset({"staff"}),
    EndCall: frozenset({"staff"}),
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
    ReadActivity: frozenset({"creator"}),
    HandOver: frozenset({"creator"}),
    CloseGroup: frozenset({"creator"}),
    SetArea: frozenset({"owner"}),
    DropArea: frozenset({"owner"}),
    GoOnDuty: frozenset({"police"}),
    PutSurvey: frozenset({"owner"}),
    ListSurveys: frozenset({"owner"}),
    ReadSurvey: frozenset({"owner"}),
}
"""What is not named here everybody may, with what is theirs."""


class Access:
    """The table, applied to one world as it is now."""

    def __init__(self, hub: Hub, book: GroupBook) -> None:
        self._hub = hub
        self._book = book

    def require(self, identity: Identity, message: Request, *, group: str) -> None:
        """Raise NotFound for who has nothing to do with the group, and Forbidden for a member who may not do this."""
        standings: set[Standing] = set(self.in_group(identity.user, group))
        if identity.is_owner:
            standings.add("owner")
        if not standings & MAY[type(message)]:
            if "member" in standings:
                raise Forbidden("in this group that is not yours to do", field="group")
            raise no_such_group()

    def require_office(self, identity: Identity, message: Request) -> None:
        """Raise Forbidden for who does not hold an office that this needs. Everybody knows that there are such."""
        if identity.role not in MAY[type(message)]:
            raise Forbidden("that is not yours to do")

    def require_owner(self, identity: Identity, message: Request) -> None:
        """Raise Forbidden unless this is the platform owner, and the message is theirs: whatever it names (R23)."""
        if not identity.is_owner or "owner" not in MAY[type(message)]:
            raise Forbidden("that is for the platform's owner")

    def looking_after(self, group: str) -> list[str]:
        """The members who look after a group, whoever answers for it first: its creator and its admins."""
        standings = {user: set(self.in_group(user, group)) for user in self._hub.rooms.members_to_be(group)}
        found = [user for user, stands in standings.items() if stands & {"creator", "admin"}]
        return sorted(found, key=lambda user: ("creator" not in standings[user], user))

    def is_owners(self, report: Report) -> bool:
        """Whether the platform's owner decides a report: also if who it is about looks after the group by now (R33)."""
        stands = () if report.group is None else self.in_group(report.author, report.group)
        return report.is_owners or not {"creator", "admin"}.isdisjoint(stands)

    def require_in(self, identity: Identity, message: Request, *, organisation: str, field: str) -> None:
        """The same for an organisation: NotFound for who has no part in it, and Forbidden for those who work there."""
        standings = set(self.in_organisation(identity, organisation))
        if not standings & MAY[type(message)]:
            if "staff" in standings:
                raise Forbidden("in this organisation that is not yours to do", field=field)
            raise NotFound("no such organisation, or not one of yours", field=field)

    def in_organisation(self, identity: Identity, organisation: str) -> Iterator[Standing]:
        """How somebody stands to an organisation, as it is decided; the platform's owner to every one."""
        if identity.is_owner:
            yield "owner"
        staff = self._hub.facts.latest(Staff, joined_key(organisation, identity.user))
        if staff is not None:
            yield "staff"
            if staff.chief:
                yield "chief"

    def in_group(self, user: str, group: str) -> Iterator[InGroup]:
        """How somebody stands to a group, as it is decided; nothing for who does not belong to it."""
        if not self._hub.rooms.stays(group, user):
            return
        if is_thread(group):
            yield "correspondent"
            return
        yield "member"
        if self._book.owner(group) == user:
            yield "creator"
        appointment = self._hub.facts.latest(Appointment, joined_key(group, user))
        if appointment is not None:
            yield from appointment.trusted
