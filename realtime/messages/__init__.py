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
    | surveys.FromClient
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
    | surveys.FromServer
    | threads.FromServer
    | trust.FromServer
    | volunteers.FromServer
    | words.FromServer
)

__all__ = ["Accept", "Account", "Accounts", "Ack", "Activity", "AlertChange", "AlertNews", "Answer"]
__all__ += ["AnswerAlert", "AnswerSurvey", "AnswersNews", "AppealDecision", "Applicant", "Applications"]
__all__ += ["Apply", "Appoint", "Area", "AreaCard", "AreaName", "AreaPart", "AreaRadius", "AskConduct"]
__all__ += ["AskTransparency", "AskedQuestion", "Assign", "Audit", "AuditLine", "Author", "BanMember", "Box"]
__all__ += ["Bucket", "CallNews", "CallVolunteers", "Called112", "Calling", "Card", "Category"]
__all__ += ["CategoryList", "CategoryRow", "Choice", "Circle", "ClientMessage", "CloseGroup", "CloseThread"]
__all__ += ["Code", "Conduct", "Corner", "CreateGroup", "Decide", "Deed", "Drain", "DropArea", "Effect", "Encoding"]
__all__ += ["EndCall", "ExportPart", "ExportUser", "Fault", "FindArea", "FindGroups", "FindOrganisations"]
__all__ += ["FlaggedPost", "Flagging", "Flags", "Follow", "Followed", "FollowedAreas", "FoundAreas"]
__all__ += ["GivenPicture", "GivenPosition", "GoOnDuty", "GrantRole", "GroupActivity", "GroupKind"]
__all__ += ["GroupMap", "GroupShown", "GroupsFound", "HandOver", "Headline", "Heartbeat", "Held", "HeldRole"]
__all__ += ["Hello", "History", "HistoryLost", "HistoryPage", "Id", "Inform", "Invitations", "Invite"]
__all__ += ["Invited", "JoinGroup", "Kind", "Knowledge", "Language", "Lat", "LeaveGroup", "LetOrganisationIn", "Level"]
__all__ += ["Lift", "Limits", "ListAccounts", "ListAreas", "ListFlags", "ListReports", "ListRoles"]
__all__ += ["ListStaff", "ListSurveys", "ListThreads", "Live", "Lon", "MapPage", "MarkRead", "Meeting"]
__all__ += ["Member", "Members", "MembershipNews", "Message", "MessageNews", "Moderate", "MonthCounts"]
__all__ += ["MuteGroup", "NoticeNews", "Office", "Official", "Ok", "OpenAppeal", "OrganisationId"]
__all__ += ["OrganisationList", "Outcome", "Picture", "Ping", "Place", "PlaceName", "Point", "Polygon"]
__all__ += ["Position", "PostMessage", "Profile", "PutSurvey", "Question", "RadiusM", "RaiseAlert", "Reach"]
__all__ += ["ReadActivity", "ReadApplications", "ReadAudit", "ReadCategories", "ReadExport", "ReadGroupMap"]
__all__ += ["ReadHistory", "ReadInvitations", "ReadMap", "ReadMembers", "ReadSurvey", "ReadUpTo", "Reason"]
__all__ += ["Refused", "Remove", "ReopenThread", "ReportPost", "ReportedPost", "Reports", "Request"]
__all__ += ["Resolution", "Resolve", "ReviseMessage", "Revoke", "RevokeRole", "RoleList", "RoomPlace", "Safety", "Said"]
__all__ += ["Seconds", "Sector", "Seq", "ServerMessage", "SetArea", "SetGroup", "SetOrganisation", "SetStaff"]
__all__ += ["Short", "ShowGroup", "Shows", "StaffList", "StaffMember", "Standing", "StartOver", "State"]
__all__ += ["Stored", "SurveyCard", "SurveyList", "SurveyNews", "SurveyResult", "SurveyRow", "Suspend"]
__all__ += ["SuspendGroup", "Text", "ThreadCard", "ThreadKind", "ThreadList", "Timestamp", "Transparency"]
__all__ += ["Trust", "Unban", "Unconfirmed", "Unfollow", "UpdateAlert", "VerifiedBy", "VolunteerFor", "Watch"]
__all__ += ["Welcome", "Why", "Withdraw", "Withholding", "Words", "World", "WriteTo"]
__all__ += ["ADVICE", "CHOICES", "ENDINGS", "LEVEL_NUMBER", "OFFICE_OF", "SEARCHES"]
