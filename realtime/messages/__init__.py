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
)

__all__ = [
    "ADVICE",
    "ENDINGS",
    "LEVEL_NUMBER",
    "Ack",
    "AlertChange",
    "AlertNews",
    "Answer",
    "Appoint",
    "Author",
    "Category",
    "ClientMessage",
    "CreateGroup",
    "Drain",
    "Encoding",
    "GivenPicture",
    "GivenPosition",
    "Headline",
    "Heartbeat",
    "Held",
    "Hello",
    "History",
    "HistoryLost",
    "HistoryPage",
    "Id",
    "JoinGroup",
    "Kind",
    "Lat",
    "LeaveGroup",
    "Level",
    "Limits",
    "Live",
    "Lon",
    "MarkRead",
    "MembershipNews",
    "Message",
    "MessageNews",
    "NoticeNews",
    "Ok",
    "Picture",
    "Ping",
    "Place",
    "Position",
    "PostMessage",
    "RaiseAlert",
    "Reach",
    "ReadHistory",
    "ReadUpTo",
    "Refused",
    "Request",
    "ReviseMessage",
    "RoomPlace",
    "Seconds",
    "ServerMessage",
    "Shows",
    "StartOver",
    "State",
    "Stored",
    "Text",
    "Timestamp",
    "Trust",
    "Unconfirmed",
    "UpdateAlert",
    "Welcome",
    "World",
]
