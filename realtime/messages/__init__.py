"""Every message on the wire as a type, with its bounds. `protocol.md` says what each means and shows one of each."""

from typing import TypeAlias

from realtime.messages.alerts import (
    AlertChange,
    AlertNews,
    Author,
    RaiseAlert,
    Reach,
    Stored,
    Unconfirmed,
    UpdateAlert,
)
from realtime.messages.base import Answer, Message, Request
from realtime.messages.governing import (
    Activity,
    Applicant,
    Applications,
    Apply,
    Audit,
    AuditLine,
    BanMember,
    Card,
    CloseGroup,
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
from realtime.messages.media import GivenPicture, Picture
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
    Place,
    Seconds,
    Shows,
    State,
    Text,
    Timestamp,
    Trust,
    World,
)

ClientMessage: TypeAlias = (
    Hello
    | Position
    | RaiseAlert
    | UpdateAlert
    | PostMessage
    | ReviseMessage
    | CreateGroup
    | JoinGroup
    | LeaveGroup
    | Appoint
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
    | ReadHistory
    | MarkRead
    | Ack
    | Ping
)

ServerMessage: TypeAlias = (
    Welcome
    | Ok
    | Refused
    | Stored
    | AlertNews
    | AlertChange
    | MessageNews
    | MembershipNews
    | NoticeNews
    | Reach
    | Live
    | Heartbeat
    | ReadUpTo
    | Unconfirmed
    | StartOver
    | HistoryLost
    | Drain
    | HistoryPage
    | GroupShown
    | GroupsFound
    | GroupMap
    | Applications
    | Invitations
    | Members
    | GroupActivity
    | Audit
)

__all__ = [
    "ADVICE",
    "ENDINGS",
    "LEVEL_NUMBER",
    "Ack",
    "Activity",
    "AlertChange",
    "AlertNews",
    "Answer",
    "Applicant",
    "Applications",
    "Apply",
    "Appoint",
    "Audit",
    "AuditLine",
    "Author",
    "BanMember",
    "Card",
    "Category",
    "ClientMessage",
    "CloseGroup",
    "CreateGroup",
    "Decide",
    "Drain",
    "Encoding",
    "FindGroups",
    "GivenPicture",
    "GivenPosition",
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
    "Live",
    "Lon",
    "MarkRead",
    "Member",
    "Members",
    "MembershipNews",
    "Message",
    "MessageNews",
    "MuteGroup",
    "NoticeNews",
    "Ok",
    "Picture",
    "Ping",
    "Place",
    "Position",
    "PostMessage",
    "RaiseAlert",
    "Reach",
    "ReadActivity",
    "ReadApplications",
    "ReadAudit",
    "ReadGroupMap",
    "ReadHistory",
    "ReadInvitations",
    "ReadMembers",
    "ReadUpTo",
    "Refused",
    "Remove",
    "Request",
    "ReviseMessage",
    "Revoke",
    "RoomPlace",
    "Seconds",
    "ServerMessage",
    "SetGroup",
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
    "UpdateAlert",
    "Welcome",
    "Withdraw",
    "World",
]
