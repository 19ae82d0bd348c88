"""Every message on the wire as a type, with its bounds. `protocol.md` says what each means and shows one of each.

`Name as Name` is how a module passes a name on, for mypy and ruff alike, without a second list of them all.
"""

# ruff: noqa: I001 — it would give each of these names a statement of its own

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
    AlertChange as AlertChange,
    AlertNews as AlertNews,
    Author as Author,
    Corner as Corner,
    Meeting as Meeting,
    MergeAlert as MergeAlert,
    Polygon as Polygon,
    RaiseAlert as RaiseAlert,
    Reach as Reach,
    Stored as Stored,
    Unconfirmed as Unconfirmed,
    UpdateAlert as UpdateAlert,
    VerifiedBy as VerifiedBy,
    Words as Words,
)
from realtime.messages.base import (
    Answer as Answer,
    Message as Message,
    Request as Request,
)
from realtime.messages.governing import (
    Activity as Activity,
    Applicant as Applicant,
    Applications as Applications,
    Apply as Apply,
    AreaRadius as AreaRadius,
    Audit as Audit,
    AuditLine as AuditLine,
    BanMember as BanMember,
    Card as Card,
    CloseGroup as CloseGroup,
    Code as Code,
    Decide as Decide,
    FindGroups as FindGroups,
    GroupActivity as GroupActivity,
    GroupMap as GroupMap,
    GroupsFound as GroupsFound,
    GroupShown as GroupShown,
    HandOver as HandOver,
    Invitations as Invitations,
    Invite as Invite,
    Invited as Invited,
    Member as Member,
    Members as Members,
    MuteGroup as MuteGroup,
    PlaceName as PlaceName,
    ReadActivity as ReadActivity,
    ReadApplications as ReadApplications,
    ReadAudit as ReadAudit,
    ReadGroupMap as ReadGroupMap,
    ReadInvitations as ReadInvitations,
    ReadMembers as ReadMembers,
    Remove as Remove,
    Revoke as Revoke,
    SetGroup as SetGroup,
    ShowGroup as ShowGroup,
    Unban as Unban,
    Withdraw as Withdraw,
)
from realtime.messages.groups import (
    Appoint as Appoint,
    CreateGroup as CreateGroup,
    JoinGroup as JoinGroup,
    LeaveGroup as LeaveGroup,
    MembershipNews as MembershipNews,
)
from realtime.messages.life import (
    Ack as Ack,
    Drain as Drain,
    GivenPosition as GivenPosition,
    Heartbeat as Heartbeat,
    Held as Held,
    Hello as Hello,
    Limits as Limits,
    NoticeNews as NoticeNews,
    Ok as Ok,
    Ping as Ping,
    Position as Position,
    Refused as Refused,
    RoomPlace as RoomPlace,
    StartOver as StartOver,
    Welcome as Welcome,
)
from realtime.messages.maps import (
    AreaCard as AreaCard,
    AreaName as AreaName,
    AreaPart as AreaPart,
    Box as Box,
    Circle as Circle,
    DropArea as DropArea,
    FindArea as FindArea,
    Follow as Follow,
    Followed as Followed,
    FollowedAreas as FollowedAreas,
    FoundAreas as FoundAreas,
    GoOnDuty as GoOnDuty,
    ListAreas as ListAreas,
    MapPage as MapPage,
    RadiusM as RadiusM,
    ReadMap as ReadMap,
    SetArea as SetArea,
    Unfollow as Unfollow,
    Watch as Watch,
)
from realtime.messages.media import (
    GivenPicture as GivenPicture,
    Picture as Picture,
)
from realtime.messages.organisations import (
    Area as Area,
    FindOrganisations as FindOrganisations,
    GrantRole as GrantRole,
    HeldRole as HeldRole,
    Inform as Inform,
    LetOrganisationIn as LetOrganisationIn,
    ListRoles as ListRoles,
    ListStaff as ListStaff,
    OrganisationList as OrganisationList,
    Point as Point,
    Profile as Profile,
    RevokeRole as RevokeRole,
    RoleList as RoleList,
    SetOrganisation as SetOrganisation,
    SetStaff as SetStaff,
    StaffList as StaffList,
    StaffMember as StaffMember,
)
from realtime.messages.rooms import (
    HistoryLost as HistoryLost,
    HistoryPage as HistoryPage,
    Live as Live,
    MarkRead as MarkRead,
    MessageNews as MessageNews,
    PostMessage as PostMessage,
    ReadHistory as ReadHistory,
    ReadUpTo as ReadUpTo,
    ReviseMessage as ReviseMessage,
)
from realtime.messages.surveys import (
    CHOICES as CHOICES,
    AnswerSurvey as AnswerSurvey,
    AskedQuestion as AskedQuestion,
    Choice as Choice,
    Effect as Effect,
    Knowledge as Knowledge,
    ListSurveys as ListSurveys,
    PutSurvey as PutSurvey,
    Question as Question,
    ReadSurvey as ReadSurvey,
    Safety as Safety,
    SurveyCard as SurveyCard,
    SurveyList as SurveyList,
    SurveyNews as SurveyNews,
    SurveyResult as SurveyResult,
    SurveyRow as SurveyRow,
)
from realtime.messages.terms import (
    ADVICE as ADVICE,
    ADVICE_SV as ADVICE_SV,
    ENDINGS as ENDINGS,
    LEVEL_NUMBER as LEVEL_NUMBER,
    OFFICE_OF as OFFICE_OF,
    SEARCHES as SEARCHES,
    Bucket as Bucket,
    Called112 as Called112,
    Calling as Calling,
    Category as Category,
    Encoding as Encoding,
    GroupKind as GroupKind,
    Headline as Headline,
    History as History,
    Id as Id,
    Kind as Kind,
    Language as Language,
    Lat as Lat,
    Level as Level,
    Lon as Lon,
    Office as Office,
    Official as Official,
    OrganisationId as OrganisationId,
    Outcome as Outcome,
    Place as Place,
    Purpose as Purpose,
    Reason as Reason,
    Said as Said,
    Seconds as Seconds,
    Sector as Sector,
    Short as Short,
    Shows as Shows,
    Standing as Standing,
    State as State,
    Text as Text,
    ThreadKind as ThreadKind,
    Timestamp as Timestamp,
    Trust as Trust,
    World as World,
)
from realtime.messages.threads import (
    Assign as Assign,
    CloseThread as CloseThread,
    ListThreads as ListThreads,
    ReopenThread as ReopenThread,
    ThreadCard as ThreadCard,
    ThreadList as ThreadList,
    WriteTo as WriteTo,
)
from realtime.messages.trust import (
    Accept as Accept,
    Account as Account,
    Accounts as Accounts,
    AppealDecision as AppealDecision,
    AskConduct as AskConduct,
    AskTransparency as AskTransparency,
    Conduct as Conduct,
    Deed as Deed,
    ExportPart as ExportPart,
    ExportUser as ExportUser,
    Fault as Fault,
    FlaggedPost as FlaggedPost,
    Flagging as Flagging,
    Flags as Flags,
    Lift as Lift,
    ListAccounts as ListAccounts,
    ListFlags as ListFlags,
    ListReports as ListReports,
    Moderate as Moderate,
    MonthCounts as MonthCounts,
    OpenAppeal as OpenAppeal,
    ReadExport as ReadExport,
    ReportedPost as ReportedPost,
    ReportPost as ReportPost,
    Reports as Reports,
    Resolution as Resolution,
    Resolve as Resolve,
    Seq as Seq,
    Suspend as Suspend,
    SuspendGroup as SuspendGroup,
    Transparency as Transparency,
    Why as Why,
    Withholding as Withholding,
)
from realtime.messages.volunteers import (
    CallNews as CallNews,
    CallVolunteers as CallVolunteers,
    EndCall as EndCall,
    VolunteerFor as VolunteerFor,
)
from realtime.messages.wishes import (
    AskConsents as AskConsents,
    AskPreferences as AskPreferences,
    ConsentEntry as ConsentEntry,
    Consents as Consents,
    EraseAccount as EraseAccount,
    EraseAlert as EraseAlert,
    ExportMe as ExportMe,
    GiveConsent as GiveConsent,
    Pause as Pause,
    Prefer as Prefer,
    Preferences as Preferences,
    QuietHours as QuietHours,
    Share as Share,
)
from realtime.messages.words import (
    AnswerAlert as AnswerAlert,
    AnswersNews as AnswersNews,
    CategoryList as CategoryList,
    CategoryRow as CategoryRow,
    ReadCategories as ReadCategories,
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
