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

__all__ = ["Accept", "Account", "Accounts", "Ack", "Activity", "AlertChange", "AlertNews", "Answer"]
__all__ += ["AnswerAlert", "AnswersNews", "AppealDecision", "Applicant", "Applications", "Apply", "Appoint"]
__all__ += ["Area", "AreaCard", "AreaName", "AreaPart", "AreaRadius", "AskConduct", "AskConsents"]
__all__ += ["AskPreferences", "AskTransparency", "Assign", "Audit", "AuditLine", "Author", "BanMember", "Box"]
__all__ += ["Bucket", "CallNews", "CallVolunteers", "Called112", "Calling", "Card", "Category", "CategoryList"]
__all__ += ["CategoryRow", "Circle", "ClientMessage", "CloseGroup", "CloseThread", "Code", "Conduct"]
__all__ += ["ConsentEntry", "Consents", "Corner", "CreateGroup", "Decide", "Deed", "Drain", "DropArea"]
__all__ += ["Encoding", "EndCall", "ExportPart", "ExportUser", "Fault", "FindArea", "FindGroups"]
__all__ += ["FindOrganisations", "FlaggedPost", "Flagging", "Flags", "Follow", "Followed", "FollowedAreas"]
__all__ += ["FoundAreas", "GiveConsent", "GivenPicture", "GivenPosition", "GoOnDuty", "GrantRole"]
__all__ += ["GroupActivity", "GroupKind", "GroupMap", "GroupShown", "GroupsFound", "HandOver", "Headline"]
__all__ += ["Heartbeat", "Held", "HeldRole", "Hello", "History", "HistoryLost", "HistoryPage", "Id", "Inform"]
__all__ += ["Invitations", "Invite", "Invited", "JoinGroup", "Kind", "Language", "Lat", "LeaveGroup"]
__all__ += ["LetOrganisationIn", "Level", "Lift", "Limits", "ListAccounts", "ListAreas", "ListFlags"]
__all__ += ["ListReports", "ListRoles", "ListStaff", "ListThreads", "Live", "Lon", "MapPage", "MarkRead"]
__all__ += ["Meeting", "Member", "Members", "MembershipNews", "MergeAlert", "Message", "MessageNews", "Moderate"]
__all__ += ["MonthCounts", "MuteGroup", "NoticeNews", "Office", "Official", "Ok", "OpenAppeal", "OrganisationId"]
__all__ += ["OrganisationList", "Outcome", "Pause", "Picture", "Ping", "Place", "PlaceName", "Point", "Polygon"]
__all__ += ["Position", "PostMessage", "Prefer", "Preferences", "Profile", "Purpose", "QuietHours", "RadiusM"]
__all__ += ["RaiseAlert", "Reach", "ReadActivity", "ReadApplications", "ReadAudit", "ReadCategories"]
__all__ += ["ReadExport", "ReadGroupMap", "ReadHistory", "ReadInvitations", "ReadMap", "ReadMembers", "ReadUpTo"]
__all__ += ["Reason", "Refused", "Remove", "ReopenThread", "ReportPost", "ReportedPost", "Reports", "Request"]
__all__ += ["Resolution", "Resolve", "ReviseMessage", "Revoke", "RevokeRole", "RoleList", "RoomPlace", "Said"]
__all__ += ["Seconds", "Sector", "Seq", "ServerMessage", "SetArea", "SetGroup", "SetOrganisation", "SetStaff"]
__all__ += ["Share", "Short", "ShowGroup", "Shows", "StaffList", "StaffMember", "Standing", "StartOver", "State"]
__all__ += ["Stored", "Suspend", "SuspendGroup", "Text", "ThreadCard", "ThreadKind", "ThreadList", "Timestamp"]
__all__ += ["Transparency", "Trust", "Unban", "Unconfirmed", "Unfollow", "UpdateAlert", "VerifiedBy"]
__all__ += ["VolunteerFor", "Watch", "Welcome", "Why", "Withdraw", "Withholding", "Words", "World", "WriteTo"]
__all__ += ["ADVICE", "ADVICE_SV", "ENDINGS", "LEVEL_NUMBER", "OFFICE_OF", "SEARCHES"]
