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
    surveys,
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
from realtime.messages.surveys import (
    CHOICES,
    AnswerSurvey,
    AskedQuestion,
    Choice,
    Effect,
    Knowledge,
    ListSurveys,
    PutSurvey,
    Question,
    ReadSurvey,
    Safety,
    SurveyCard,
    SurveyList,
    SurveyNews,
    SurveyResult,
    SurveyRow,
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
    | surveys.FromClient
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
    | surveys.FromServer
    | threads.FromServer
    | trust.FromServer
    | volunteers.FromServer
    | wishes.FromServer
    | words.FromServer
)

__all__ = ["Accept", "Account", "Accounts", "Ack", "Activity", "AlertChange", "AlertNews", "Answer"]
__all__ += ["AnswerAlert", "AnswerSurvey", "AnswersNews", "AppealDecision", "Applicant", "Applications", "Apply"]
__all__ += ["Appoint", "Area", "AreaCard", "AreaName", "AreaPart", "AreaRadius", "AskConduct", "AskConsents"]
__all__ += ["AskPreferences", "AskTransparency", "AskedQuestion", "Assign", "Audit", "AuditLine", "Author"]
__all__ += ["BanMember", "Box", "Bucket", "CallNews", "CallVolunteers", "Called112", "Calling", "Card"]
__all__ += ["Category", "CategoryList", "CategoryRow", "Choice", "Circle", "ClientMessage", "CloseGroup"]
__all__ += ["CloseThread", "Code", "Conduct", "ConsentEntry", "Consents", "Corner", "CreateGroup", "Decide"]
__all__ += ["Deed", "Drain", "DropArea", "Effect", "Encoding", "EndCall", "EraseAccount", "EraseAlert"]
__all__ += ["ExportMe", "ExportPart", "ExportUser", "Fault", "FindArea", "FindGroups", "FindOrganisations"]
__all__ += ["FlaggedPost", "Flagging", "Flags", "Follow", "Followed", "FollowedAreas", "FoundAreas"]
__all__ += ["GiveConsent", "GivenPicture", "GivenPosition", "GoOnDuty", "GrantRole", "GroupActivity"]
__all__ += ["GroupKind", "GroupMap", "GroupShown", "GroupsFound", "HandOver", "Headline", "Heartbeat", "Held"]
__all__ += ["HeldRole", "Hello", "History", "HistoryLost", "HistoryPage", "Id", "Inform", "Invitations"]
__all__ += ["Invite", "Invited", "JoinGroup", "Kind", "Knowledge", "Language", "Lat", "LeaveGroup"]
__all__ += ["LetOrganisationIn", "Level", "Lift", "Limits", "ListAccounts", "ListAreas", "ListFlags"]
__all__ += ["ListReports", "ListRoles", "ListStaff", "ListSurveys", "ListThreads", "Live", "Lon", "MapPage"]
__all__ += ["MarkRead", "Meeting", "Member", "Members", "MembershipNews", "MergeAlert", "Message", "MessageNews"]
__all__ += ["Moderate", "MonthCounts", "MuteGroup", "NoticeNews", "Office", "Official", "Ok", "OpenAppeal"]
__all__ += ["OrganisationId", "OrganisationList", "Outcome", "Pause", "Picture", "Ping", "Place", "PlaceName"]
__all__ += ["Point", "Polygon", "Position", "PostMessage", "Prefer", "Preferences", "Profile", "Purpose"]
__all__ += ["PutSurvey", "Question", "QuietHours", "RadiusM", "RaiseAlert", "Reach", "ReadActivity"]
__all__ += ["ReadApplications", "ReadAudit", "ReadCategories", "ReadExport", "ReadGroupMap", "ReadHistory"]
__all__ += ["ReadInvitations", "ReadMap", "ReadMembers", "ReadSurvey", "ReadUpTo", "Reason", "Refused", "Remove"]
__all__ += ["ReopenThread", "ReportPost", "ReportedPost", "Reports", "Request", "Resolution", "Resolve"]
__all__ += ["ReviseMessage", "Revoke", "RevokeRole", "RoleList", "RoomPlace", "Safety", "Said", "Seconds"]
__all__ += ["Sector", "Seq", "ServerMessage", "SetArea", "SetGroup", "SetOrganisation", "SetStaff", "Share"]
__all__ += ["Short", "ShowGroup", "Shows", "StaffList", "StaffMember", "Standing", "StartOver", "State"]
__all__ += ["Stored", "SurveyCard", "SurveyList", "SurveyNews", "SurveyResult", "SurveyRow", "Suspend"]
__all__ += ["SuspendGroup", "Text", "ThreadCard", "ThreadKind", "ThreadList", "Timestamp", "Transparency"]
__all__ += ["Trust", "Unban", "Unconfirmed", "Unfollow", "UpdateAlert", "VerifiedBy", "VolunteerFor", "Watch"]
__all__ += ["ADVICE", "ADVICE_SV", "Welcome", "Why", "Withdraw", "Withholding", "Words", "World", "WriteTo"]
__all__ += ["CHOICES", "ENDINGS", "LEVEL_NUMBER", "OFFICE_OF", "SEARCHES"]
