"""Every message on the wire as a type, with its bounds. `protocol.md` says what each means and shows one of each."""

from typing import TypeAlias

from realtime.messages import (
    alerts,
    governing,
    groups,
    life,
    maps,
    organisations,
    rooms,
    threads,
    trust,
    volunteers,
    words,
)
from realtime.messages.alerts import (
    AlertChange,
    AlertNews,
    Author,
    Corner,
    Meeting,
    MergeAlert,
    Polygon,
    RaiseAlert,
    Reach,
    Stored,
    Unconfirmed,
    UpdateAlert,
    VerifiedBy,
    Words,
)
from realtime.messages.base import (
    Answer,
    Message,
    Request,
)
from realtime.messages.governing import (
    Activity,
    Applicant,
    Applications,
    Apply,
    AreaRadius,
    Audit,
    AuditLine,
    BanMember,
    Card,
    CloseGroup,
    Code,
    Decide,
    FindGroups,
    GroupActivity,
    GroupMap,
    GroupsFound,
    GroupShown,
    HandOver,
    Invitations,
    Invite,
    Invited,
    Member,
    Members,
    MuteGroup,
    PlaceName,
    ReadActivity,
    ReadApplications,
    ReadAudit,
    ReadGroupMap,
    ReadInvitations,
    ReadMembers,
    Remove,
    Revoke,
    SetGroup,
    ShowGroup,
    Unban,
    Withdraw,
)
from realtime.messages.groups import (
    Appoint,
    CreateGroup,
    JoinGroup,
    LeaveGroup,
    MembershipNews,
)
from realtime.messages.life import (
    Ack,
    Drain,
    GivenPosition,
    Heartbeat,
    Held,
    Hello,
    Limits,
    NoticeNews,
    Ok,
    Ping,
    Position,
    Refused,
    RoomPlace,
    StartOver,
    Welcome,
)
from realtime.messages.maps import (
    AreaCard,
    AreaName,
    AreaPart,
    Box,
    Circle,
    DropArea,
    FindArea,
    Follow,
    Followed,
    FollowedAreas,
    FoundAreas,
    GoOnDuty,
    ListAreas,
    MapPage,
    RadiusM,
    ReadMap,
    SetArea,
    Unfollow,
    Watch,
)
from realtime.messages.media import (
    GivenPicture,
    Picture,
)
from realtime.messages.organisations import (
    Area,
    FindOrganisations,
    GrantRole,
    HeldRole,
    Inform,
    LetOrganisationIn,
    ListRoles,
    ListStaff,
    OrganisationList,
    Point,
    Profile,
    RevokeRole,
    RoleList,
    SetOrganisation,
    SetStaff,
    StaffList,
    StaffMember,
)
from realtime.messages.rooms import (
    HistoryLost,
    HistoryPage,
    Live,
    MarkRead,
    MessageNews,
    PostMessage,
    ReadHistory,
    ReadUpTo,
    ReviseMessage,
)
from realtime.messages.terms import (
    ADVICE,
    ADVICE_SV,
    ENDINGS,
    LEVEL_NUMBER,
    OFFICE_OF,
    SEARCHES,
    Bucket,
    Called112,
    Calling,
    Category,
    Encoding,
    GroupKind,
    Headline,
    History,
    Id,
    Kind,
    Lat,
    Level,
    Lon,
    Office,
    Official,
    OrganisationId,
    Outcome,
    Place,
    Reason,
    Said,
    Seconds,
    Sector,
    Short,
    Shows,
    Standing,
    State,
    Text,
    ThreadKind,
    Timestamp,
    Trust,
    World,
)
from realtime.messages.threads import (
    Assign,
    CloseThread,
    ListThreads,
    ReopenThread,
    ThreadCard,
    ThreadList,
    WriteTo,
)
from realtime.messages.trust import (
    Accept,
    Account,
    Accounts,
    AppealDecision,
    AskConduct,
    AskTransparency,
    Conduct,
    Deed,
    ExportPart,
    ExportUser,
    Fault,
    FlaggedPost,
    Flagging,
    Flags,
    Language,
    Lift,
    ListAccounts,
    ListFlags,
    ListReports,
    Moderate,
    MonthCounts,
    OpenAppeal,
    ReadExport,
    ReportedPost,
    ReportPost,
    Reports,
    Resolution,
    Resolve,
    Seq,
    Suspend,
    SuspendGroup,
    Transparency,
    Why,
    Withholding,
)
from realtime.messages.volunteers import (
    CallNews,
    CallVolunteers,
    EndCall,
    VolunteerFor,
)
from realtime.messages.words import (
    AnswerAlert,
    AnswersNews,
    CategoryList,
    CategoryRow,
    ReadCategories,
)

ClientMessage: TypeAlias = (
    alerts.FromClient
    | governing.FromClient
    | groups.FromClient
    | life.FromClient
    | maps.FromClient
    | organisations.FromClient
    | rooms.FromClient
    | threads.FromClient
    | trust.FromClient
    | volunteers.FromClient
    | words.FromClient
)

ServerMessage: TypeAlias = (
    alerts.FromServer
    | governing.FromServer
    | groups.FromServer
    | life.FromServer
    | maps.FromServer
    | organisations.FromServer
    | rooms.FromServer
    | threads.FromServer
    | trust.FromServer
    | volunteers.FromServer
    | words.FromServer
)

__all__ = ["Accept", "Account", "Accounts", "Ack", "Activity", "AlertChange", "AlertNews", "Answer"]
__all__ += ["AnswerAlert", "AnswersNews", "AppealDecision", "Applicant", "Applications", "Apply", "Appoint"]
__all__ += ["Area", "AreaCard", "AreaName", "AreaPart", "AreaRadius", "AskConduct", "AskTransparency", "Assign"]
__all__ += ["Audit", "AuditLine", "Author", "BanMember", "Box", "Bucket", "CallNews", "CallVolunteers"]
__all__ += ["Called112", "Calling", "Card", "Category", "CategoryList", "CategoryRow", "Circle", "ClientMessage"]
__all__ += ["CloseGroup", "CloseThread", "Code", "Conduct", "Corner", "CreateGroup", "Decide", "Deed", "Drain"]
__all__ += ["DropArea", "Encoding", "EndCall", "ExportPart", "ExportUser", "Fault", "FindArea", "FindGroups"]
__all__ += ["FindOrganisations", "FlaggedPost", "Flagging", "Flags", "Follow", "Followed", "FollowedAreas"]
__all__ += ["FoundAreas", "GivenPicture", "GivenPosition", "GoOnDuty", "GrantRole", "GroupActivity", "GroupKind"]
__all__ += ["GroupMap", "GroupShown", "GroupsFound", "HandOver", "Headline", "Heartbeat", "Held", "HeldRole"]
__all__ += ["Hello", "History", "HistoryLost", "HistoryPage", "Id", "Inform", "Invitations", "Invite", "Invited"]
__all__ += ["JoinGroup", "Kind", "Language", "Lat", "LeaveGroup", "LetOrganisationIn", "Level", "Lift", "Limits"]
__all__ += ["ListAccounts", "ListAreas", "ListFlags", "ListReports", "ListRoles", "ListStaff", "ListThreads"]
__all__ += [
    "Live",
    "Lon",
    "MapPage",
    "MarkRead",
    "Meeting",
    "Member",
    "Members",
    "MembershipNews",
    "MergeAlert",
    "Message",
]
__all__ += ["MessageNews", "Moderate", "MonthCounts", "MuteGroup", "NoticeNews", "Office", "Official", "Ok"]
__all__ += ["OpenAppeal", "OrganisationId", "OrganisationList", "Outcome", "Picture", "Ping", "Place"]
__all__ += ["PlaceName", "Point", "Polygon", "Position", "PostMessage", "Profile", "RadiusM", "RaiseAlert"]
__all__ += ["Reach", "ReadActivity", "ReadApplications", "ReadAudit", "ReadCategories", "ReadExport"]
__all__ += ["ReadGroupMap", "ReadHistory", "ReadInvitations", "ReadMap", "ReadMembers", "ReadUpTo", "Reason"]
__all__ += ["Refused", "Remove", "ReopenThread", "ReportPost", "ReportedPost", "Reports", "Request"]
__all__ += ["Resolution", "Resolve", "ReviseMessage", "Revoke", "RevokeRole", "RoleList", "RoomPlace", "Said"]
__all__ += ["Seconds", "Sector", "Seq", "ServerMessage", "SetArea", "SetGroup", "SetOrganisation", "SetStaff"]
__all__ += ["Short", "ShowGroup", "Shows", "StaffList", "StaffMember", "Standing", "StartOver", "State"]
__all__ += ["Stored", "Suspend", "SuspendGroup", "Text", "ThreadCard", "ThreadKind", "ThreadList", "Timestamp"]
__all__ += ["Transparency", "Trust", "Unban", "Unconfirmed", "Unfollow", "UpdateAlert", "VerifiedBy"]
__all__ += ["VolunteerFor", "Watch", "Welcome", "Why", "Withdraw", "Withholding", "Words", "World", "WriteTo"]
__all__ += ["ADVICE", "ADVICE_SV", "ENDINGS", "LEVEL_NUMBER", "OFFICE_OF", "SEARCHES"]
