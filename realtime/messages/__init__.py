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
    Reason,
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
    SEARCHES,
    Bucket,
    Called112,
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
    Official,
    Outcome,
    Place,
    Said,
    Seconds,
    Short,
    Shows,
    State,
    Text,
    Timestamp,
    Trust,
    World,
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
    | PostMessage
    | ReviseMessage
    | ReadHistory
    | MarkRead
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
    | MessageNews
    | HistoryPage
    | Live
    | ReadUpTo
    | HistoryLost
    | AnswersNews
    | CategoryList
)

__all__ = [
    "ADVICE",
    "ENDINGS",
    "LEVEL_NUMBER",
    "SEARCHES",
    "Ack",
    "Activity",
    "AlertChange",
    "AlertNews",
    "Answer",
    "AnswerAlert",
    "AnswersNews",
    "Applicant",
    "Applications",
    "Apply",
    "Appoint",
    "AreaCard",
    "AreaName",
    "AreaPart",
    "AreaRadius",
    "Audit",
    "AuditLine",
    "Author",
    "BanMember",
    "Box",
    "Bucket",
    "Called112",
    "Card",
    "Category",
    "CategoryList",
    "CategoryRow",
    "Circle",
    "ClientMessage",
    "CloseGroup",
    "Code",
    "Corner",
    "CreateGroup",
    "Decide",
    "Drain",
    "DropArea",
    "Encoding",
    "FindArea",
    "FindGroups",
    "Follow",
    "Followed",
    "FollowedAreas",
    "FoundAreas",
    "GivenPicture",
    "GivenPosition",
    "GoOnDuty",
    "GroupActivity",
    "GroupKind",
    "GroupMap",
    "GroupShown",
    "GroupsFound",
    "HandOver",
    "Headline",
    "Heartbeat",
    "Held",
    "Hello",
    "History",
    "HistoryLost",
    "HistoryPage",
    "Id",
    "Invitations",
    "Invite",
    "Invited",
    "JoinGroup",
    "Kind",
    "Lat",
    "LeaveGroup",
    "Level",
    "Limits",
    "ListAreas",
    "Live",
    "Lon",
    "MapPage",
    "MarkRead",
    "Meeting",
    "Member",
    "Members",
    "MembershipNews",
    "Message",
    "MessageNews",
    "MuteGroup",
    "NoticeNews",
    "Official",
    "Ok",
    "Outcome",
    "Picture",
    "Ping",
    "Place",
    "PlaceName",
    "Polygon",
    "Position",
    "PostMessage",
    "RadiusM",
    "RaiseAlert",
    "Reach",
    "ReadActivity",
    "ReadApplications",
    "ReadAudit",
    "ReadCategories",
    "ReadGroupMap",
    "ReadHistory",
    "ReadInvitations",
    "ReadMap",
    "ReadMembers",
    "ReadUpTo",
    "Reason",
    "Refused",
    "Remove",
    "Request",
    "ReviseMessage",
    "Revoke",
    "RoomPlace",
    "Said",
    "Seconds",
    "ServerMessage",
    "SetArea",
    "SetGroup",
    "Short",
    "ShowGroup",
    "Shows",
    "StartOver",
    "State",
    "Stored",
    "Text",
    "Timestamp",
    "Trust",
    "Unban",
    "Unconfirmed",
    "Unfollow",
    "UpdateAlert",
    "Watch",
    "Welcome",
    "Withdraw",
    "Words",
    "World",
]
