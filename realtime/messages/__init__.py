"""Every message on the wire as a type, with its bounds. `protocol.md` says what each means and shows one of each."""

from typing import TypeAlias

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
    RaiseAlert
    | UpdateAlert
    | SetGroup
    | ShowGroup
    | FindGroups
    | ReadGroupMap
    | Apply
    | Withdraw
    | ReadApplications
    | Decide
    | Invite
    | ReadInvitations
    | Revoke
    | Remove
    | BanMember
    | Unban
    | HandOver
    | CloseGroup
    | MuteGroup
    | ReadMembers
    | ReadActivity
    | ReadAudit
    | CreateGroup
    | JoinGroup
    | LeaveGroup
    | Appoint
    | Hello
    | Position
    | Ack
    | Ping
    | Watch
    | ReadMap
    | Follow
    | Unfollow
    | ListAreas
    | SetArea
    | DropArea
    | FindArea
    | GoOnDuty
    | SetOrganisation
    | FindOrganisations
    | SetStaff
    | ListStaff
    | GrantRole
    | RevokeRole
    | ListRoles
    | LetOrganisationIn
    | Inform
    | PostMessage
    | ReviseMessage
    | ReadHistory
    | MarkRead
    | WriteTo
    | ListThreads
    | Assign
    | CloseThread
    | ReopenThread
    | AskConduct
    | Accept
    | ReportPost
    | ListReports
    | Resolve
    | Moderate
    | Suspend
    | SuspendGroup
    | Lift
    | AppealDecision
    | ListFlags
    | ListAccounts
    | ExportUser
    | ReadExport
    | AskTransparency
    | VolunteerFor
    | CallVolunteers
    | EndCall
    | AnswerAlert
    | ReadCategories
)

ServerMessage: TypeAlias = (
    AlertNews
    | AlertChange
    | Stored
    | Reach
    | Unconfirmed
    | GroupShown
    | GroupsFound
    | GroupMap
    | Applications
    | Invitations
    | Members
    | GroupActivity
    | Audit
    | MembershipNews
    | Welcome
    | Ok
    | Refused
    | Heartbeat
    | StartOver
    | NoticeNews
    | Drain
    | MapPage
    | FollowedAreas
    | FoundAreas
    | OrganisationList
    | StaffList
    | RoleList
    | MessageNews
    | HistoryPage
    | Live
    | ReadUpTo
    | HistoryLost
    | ThreadList
    | Conduct
    | Reports
    | Flags
    | Accounts
    | ExportPart
    | Transparency
    | CallNews
    | AnswersNews
    | CategoryList
)

__all__ = ["ADVICE", "ENDINGS", "LEVEL_NUMBER", "OFFICE_OF", "SEARCHES", "Accept", "Account", "Accounts", "Ack"]
__all__ += ["Activity", "AlertChange", "AlertNews", "Answer", "AnswerAlert", "AnswersNews", "AppealDecision"]
__all__ += ["Applicant", "Applications", "Apply", "Appoint", "Area", "AreaCard", "AreaName", "AreaPart", "AreaRadius"]
__all__ += ["AskConduct", "AskTransparency", "Assign", "Audit", "AuditLine", "Author", "BanMember", "Box", "Bucket"]
__all__ += ["CallNews", "CallVolunteers", "Called112", "Calling", "Card", "Category", "CategoryList", "CategoryRow"]
__all__ += ["Circle", "ClientMessage", "CloseGroup", "CloseThread", "Code", "Conduct", "Corner", "CreateGroup"]
__all__ += ["Decide", "Deed", "Drain", "DropArea", "Encoding", "EndCall", "ExportPart", "ExportUser", "Fault"]
__all__ += ["FindArea", "FindGroups", "FindOrganisations", "FlaggedPost", "Flagging", "Flags", "Follow", "Followed"]
__all__ += ["FollowedAreas", "FoundAreas", "GivenPicture", "GivenPosition", "GoOnDuty", "GrantRole", "GroupActivity"]
__all__ += ["GroupKind", "GroupMap", "GroupShown", "GroupsFound", "HandOver", "Headline", "Heartbeat", "Held"]
__all__ += ["HeldRole", "Hello", "History", "HistoryLost", "HistoryPage", "Id", "Inform", "Invitations", "Invite"]
__all__ += ["Invited", "JoinGroup", "Kind", "Language", "Lat", "LeaveGroup", "LetOrganisationIn", "Level", "Lift"]
__all__ += ["Limits", "ListAccounts", "ListAreas", "ListFlags", "ListReports", "ListRoles", "ListStaff", "ListThreads"]
__all__ += ["Live", "Lon", "MapPage", "MarkRead", "Meeting", "Member", "Members", "MembershipNews", "Message"]
__all__ += ["MessageNews", "Moderate", "MonthCounts", "MuteGroup", "NoticeNews", "Office", "Official", "Ok"]
__all__ += ["OpenAppeal", "OrganisationId", "OrganisationList", "Outcome", "Picture", "Ping", "Place", "PlaceName"]
__all__ += ["Point", "Polygon", "Position", "PostMessage", "Profile", "RadiusM", "RaiseAlert", "Reach", "ReadActivity"]
__all__ += ["ReadApplications", "ReadAudit", "ReadCategories", "ReadExport", "ReadGroupMap", "ReadHistory"]
__all__ += ["ReadInvitations", "ReadMap", "ReadMembers", "ReadUpTo", "Reason", "Refused", "Remove", "ReopenThread"]
__all__ += ["ReportPost", "ReportedPost", "Reports", "Request", "Resolution", "Resolve", "ReviseMessage", "Revoke"]
__all__ += ["RevokeRole", "RoleList", "RoomPlace", "Said", "Seconds", "Sector", "Seq", "ServerMessage", "SetArea"]
__all__ += ["SetGroup", "SetOrganisation", "SetStaff", "Short", "ShowGroup", "Shows", "StaffList", "StaffMember"]
__all__ += ["Standing", "StartOver", "State", "Stored", "Suspend", "SuspendGroup", "Text", "ThreadCard", "ThreadKind"]
__all__ += ["ThreadList", "Timestamp", "Transparency", "Trust", "Unban", "Unconfirmed", "Unfollow", "UpdateAlert"]
__all__ += ["VerifiedBy", "VolunteerFor", "Watch", "Welcome", "Why", "Withdraw", "Withholding", "Words", "World"]
__all__ += ["WriteTo"]
