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
    wishes,
    words,
)
from realtime.messages.alerts import (
    AlertChange,
    AlertNews,
    Author,
    Corner,
    Meeting,
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
    Language,
    Lat,
    Level,
    Lon,
    Office,
    Official,
    OrganisationId,
    Outcome,
    Place,
    Purpose,
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
from realtime.messages.wishes import (
    AskConsents,
    AskPreferences,
    ConsentEntry,
    Consents,
    EraseAccount,
    EraseAlert,
    ExportMe,
    GiveConsent,
    Pause,
    Prefer,
    Preferences,
    QuietHours,
    Share,
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
    | wishes.FromClient
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
    | wishes.FromServer
    | words.FromServer
)

__all__ = ["Accept", "Account", "Accounts", "Ack", "Activity", "AlertChange", "AlertNews", "Answer", "AnswerAlert"]
__all__ += ["AnswersNews", "AppealDecision", "Applicant", "Applications", "Apply", "Appoint", "Area", "AreaCard"]
__all__ += ["AreaName", "AreaPart", "AreaRadius", "AskConduct", "AskConsents", "AskPreferences", "AskTransparency"]
__all__ += ["Assign", "Audit", "AuditLine", "Author", "BanMember", "Box", "Bucket", "CallNews", "CallVolunteers"]
__all__ += ["Called112", "Calling", "Card", "Category", "CategoryList", "CategoryRow", "Circle", "ClientMessage"]
__all__ += ["CloseGroup", "CloseThread", "Code", "Conduct", "ConsentEntry", "Consents", "Corner", "CreateGroup"]
__all__ += ["Decide", "Deed", "Drain", "DropArea", "Encoding", "EndCall", "EraseAccount", "EraseAlert", "ExportMe"]
__all__ += ["ExportPart", "ExportUser", "Fault", "FindArea", "FindGroups", "FindOrganisations", "FlaggedPost"]
__all__ += ["Flagging", "Flags", "Follow", "Followed", "FollowedAreas", "FoundAreas", "GiveConsent", "GivenPicture"]
__all__ += ["GivenPosition", "GoOnDuty", "GrantRole", "GroupActivity", "GroupKind", "GroupMap", "GroupShown"]
__all__ += ["GroupsFound", "HandOver", "Headline", "Heartbeat", "Held", "HeldRole", "Hello", "History"]
__all__ += ["HistoryLost", "HistoryPage", "Id", "Inform", "Invitations", "Invite", "Invited", "JoinGroup", "Kind"]
__all__ += ["Language", "Lat", "LeaveGroup", "LetOrganisationIn", "Level", "Lift", "Limits", "ListAccounts"]
__all__ += ["ListAreas", "ListFlags", "ListReports", "ListRoles", "ListStaff", "ListThreads", "Live", "Lon"]
__all__ += ["MapPage", "MarkRead", "Meeting", "Member", "Members", "MembershipNews", "Message", "MessageNews"]
__all__ += ["Moderate", "MonthCounts", "MuteGroup", "NoticeNews", "Office", "Official", "Ok", "OpenAppeal"]
__all__ += ["OrganisationId", "OrganisationList", "Outcome", "Pause", "Picture", "Ping", "Place", "PlaceName"]
__all__ += ["Point", "Polygon", "Position", "PostMessage", "Prefer", "Preferences", "Profile", "Purpose"]
__all__ += ["QuietHours", "RadiusM", "RaiseAlert", "Reach", "ReadActivity", "ReadApplications", "ReadAudit"]
__all__ += ["ReadCategories", "ReadExport", "ReadGroupMap", "ReadHistory", "ReadInvitations", "ReadMap"]
__all__ += ["ReadMembers", "ReadUpTo", "Reason", "Refused", "Remove", "ReopenThread", "ReportPost", "ReportedPost"]
__all__ += ["Reports", "Request", "Resolution", "Resolve", "ReviseMessage", "Revoke", "RevokeRole", "RoleList"]
__all__ += ["RoomPlace", "Said", "Seconds", "Sector", "Seq", "ServerMessage", "SetArea", "SetGroup"]
__all__ += ["SetOrganisation", "SetStaff", "Share", "Short", "ShowGroup", "Shows", "StaffList", "StaffMember"]
__all__ += ["Standing", "StartOver", "State", "Stored", "Suspend", "SuspendGroup", "Text", "ThreadCard"]
__all__ += ["ThreadKind", "ThreadList", "Timestamp", "Transparency", "Trust", "Unban", "Unconfirmed", "Unfollow"]
__all__ += ["UpdateAlert", "VerifiedBy", "VolunteerFor", "Watch", "Welcome", "Why", "Withdraw", "Withholding"]
__all__ += ["Words", "World", "WriteTo"]
__all__ += ["ADVICE", "ENDINGS", "LEVEL_NUMBER", "OFFICE_OF", "SEARCHES"]
