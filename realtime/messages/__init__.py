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
    Language,
    Lat,
    Level,
    Lon,
    Place,
    Purpose,
    Seconds,
    State,
    Text,
    Timestamp,
    Trust,
    World,
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
    | Prefer
    | Pause
    | Share
    | GiveConsent
    | AskPreferences
    | AskConsents
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
    | Preferences
    | Consents
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
    "AskConsents",
    "AskPreferences",
    "Author",
    "Category",
    "ClientMessage",
    "ConsentEntry",
    "Consents",
    "CreateGroup",
    "Drain",
    "Encoding",
    "GiveConsent",
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
    "Language",
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
    "Pause",
    "Ping",
    "Place",
    "Position",
    "PostMessage",
    "Prefer",
    "Preferences",
    "Purpose",
    "QuietHours",
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
    "Share",
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
