"""Every message on the wire as a type, with its bounds. `protocol.md` says what each means and shows one of each."""

from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta, Struct

Level = Literal["red", "yellow", "info"]
Kind = Literal["inform", "warn", "help"]
State = Literal["may_happen", "going_on", "has_happened", "false_alarm", "closed"]
World = Literal["real", "exercise"]
History = Literal["joining", "all"]  # from where a room's history is a new member's to see
Encoding = Literal["json", "msgpack"]

LEVEL_NUMBER: Final[dict[Level, int]] = {"red": 3, "yellow": 2, "info": 1}  # R34: never colour alone
ENDINGS: Final[frozenset[State]] = frozenset({"false_alarm", "closed"})
ADVICE: Final = "Do not intervene. Keep distance."  # R7, on every red

# The bounds also keep out NaN and infinity, which MessagePack can carry.
Lat = Annotated[float, Meta(ge=-90, le=90)]
Lon = Annotated[float, Meta(ge=-180, le=180)]
Id = Annotated[str, Meta(min_length=1, max_length=64)]
Seconds = Annotated[float, Meta(ge=0, le=86_400)]
Timestamp = Annotated[float, Meta(ge=0, le=1e11)]  # seconds since 1970-01-01 UTC, fractions allowed
Headline = Annotated[str, Meta(max_length=110)]
Text = Annotated[str, Meta(min_length=1, max_length=2_000)]
Category = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,39}$")]
Place = Annotated[int, Meta(ge=0, lt=2**53)]  # what a JavaScript client can hold exactly


class _Message(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """An object with `type`. Fields at their default are left out; unknown fields are ignored."""


class Request(_Message, frozen=True, kw_only=True):
    """What a client says. Whoever wants an answer gives an `id`; what is stored must have one."""

    id: Id | None = None


# --- client to server ------------------------------------------------------------------------------------------------


class GivenPosition(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a device is. `accuracy_m` absent is 0; `age_s` says how long ago it was measured."""

    lat: Lat
    lon: Lon
    accuracy_m: Annotated[float, Meta(ge=0, le=100_000)] = 0.0
    age_s: Seconds = 0.0


class Held(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An alert that the client still shows; `quiet` if it has given no signal for it."""

    alert: Id
    revision: Annotated[int, Meta(ge=1)]
    quiet: bool = False


class Hello(Request, frozen=True, kw_only=True, tag="hello"):
    token: Annotated[str, Meta(min_length=1, max_length=8_192)]
    device: Id
    position: GivenPosition | None = None
    rooms: dict[Id, Place] = {}
    holds: tuple[Held, ...] = ()
    epoch: Id | None = None
    client: Annotated[str, Meta(max_length=100)] | None = None
    ping_s: Annotated[float, Meta(ge=1, le=3_600)] | None = None


class Position(Request, frozen=True, kw_only=True, tag="position"):
    """`lat` and `lon`, or `renew`, or `withdraw`: exactly one of the three."""

    lat: Lat | None = None
    lon: Lon | None = None
    accuracy_m: Annotated[float, Meta(ge=0, le=100_000)] = 0.0
    age_s: Seconds = 0.0
    renew: bool = False
    withdraw: bool = False


class RaiseAlert(Request, frozen=True, kw_only=True, tag="alert"):
    """Warn everyone near a place, or in some groups, or both; the scope is always stated (F2)."""

    level: Level
    kind: Kind
    lat: Lat
    lon: Lon
    public: bool
    groups: Annotated[tuple[Id, ...], Meta(max_length=20)]
    category: Category | None = None
    at_home: bool = False
    headline: Headline | None = None
    text: Text | None = None
    called_112: bool | None = None
    radius_m: Annotated[float, Meta(ge=0, le=1e6)] | None = None
    sent_at: Timestamp | None = None


class UpdateAlert(Request, frozen=True, kw_only=True, tag="update"):
    alert: Id
    headline: Headline | None = None
    text: Text | None = None
    category: Category | None = None
    called_112: bool | None = None
    level: Level | None = None
    lat: Lat | None = None
    lon: Lon | None = None
    state: State | None = None
    wrong: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    extend_s: Annotated[float, Meta(gt=0, le=86_400)] | None = None


class PostMessage(Request, frozen=True, kw_only=True, tag="message"):
    group: Id
    text: Text


class ReviseMessage(Request, frozen=True, kw_only=True, tag="revise"):
    """Say a message of one's own otherwise, or take it back: exactly one of the two."""

    group: Id
    seq: Annotated[int, Meta(ge=1, lt=2**53)]
    text: Text | None = None
    removed: bool = False


class CreateGroup(Request, frozen=True, kw_only=True, tag="create_group"):
    name: Annotated[str, Meta(min_length=1, max_length=80)]
    purpose: Annotated[str, Meta(min_length=1, max_length=500)]
    conduct: Annotated[str, Meta(min_length=1, max_length=2_000)]
    locked: bool
    history: History = "joining"


class JoinGroup(Request, frozen=True, kw_only=True, tag="join"):
    group: Id
    code: Annotated[str, Meta(max_length=64)] | None = None
    accepted: bool = False


class LeaveGroup(Request, frozen=True, kw_only=True, tag="leave"):
    group: Id


class ReadHistory(Request, frozen=True, kw_only=True, tag="history"):
    room: Id
    limit: Annotated[int, Meta(ge=1, le=100)]
    before: Place | None = None
    after: Place | None = None


class MarkRead(Request, frozen=True, kw_only=True, tag="read"):
    """The person has read a room up to this seq."""

    room: Id
    seq: Place


class Ack(Request, frozen=True, kw_only=True, tag="ack"):
    """Alerts that were shown to the person, several at a time; and how many counted frames have arrived."""

    alerts: Annotated[tuple[Id, ...], Meta(max_length=300)] = ()
    delivered: Annotated[int, Meta(ge=0)] | None = None


class Ping(Request, frozen=True, kw_only=True, tag="ping"):
    """For clients that cannot see the socket's pings."""


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
    | ReadHistory
    | MarkRead
    | Ack
    | Ping
)


# --- server to client ------------------------------------------------------------------------------------------------


class RoomPlace(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """A room's latest `seq`; `from`, the first that is this member's to see; and how far the person has read."""

    seq: int
    from_: int
    read: int
    unread: int


class Limits(Struct, frozen=True, kw_only=True):
    """What this server accepts, so that a client need not find out by being refused."""

    message_bytes: int
    hello_rooms: int
    hello_holds: int
    ping_s: float
    red_radius_m: tuple[float, float]
    yellow_radius_m: tuple[float, float]
    position_ttl_s: float


class Welcome(_Message, frozen=True, kw_only=True, tag="welcome"):
    user: str
    session: str
    epoch: str
    limits: Limits
    position: bool
    rooms: dict[str, RoomPlace]
    server_time: float
    exercise: bool = False
    id: str | None = None


class Ok(_Message, frozen=True, kw_only=True, tag="ok"):
    """`durable`: what was asked for is on disk, and going out now."""

    id: str
    durable: bool
    alert: str | None = None
    revision: int | None = None
    message: str | None = None
    group: str | None = None
    code: str | None = None
    rooms: dict[str, int] = {}
    merged: bool = False


class Refused(_Message, frozen=True, kw_only=True, tag="error"):
    code: str
    message: str
    id: str | None = None
    field: str | None = None
    retry_after_s: float | None = None
    offer: Level | None = None


class Stored(_Message, frozen=True, kw_only=True, tag="stored"):
    alert: str
    revision: int
    rooms: dict[str, int] = {}


class Author(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """In public a role and a pseudonym that holds for one alert; rooms see the name."""

    role: str
    pseudonym: str | None = None
    name: str | None = None


class _AlertState(_Message, frozen=True, kw_only=True):
    alert: str
    revision: int
    level: Level
    level_number: int
    kind: Kind
    lat: float
    lon: float
    state: State
    author: Author
    sent_at: float
    received_at: float
    expires_at: float
    why: tuple[str, ...]
    signal: bool
    durable: bool = True
    cell_m: float | None = None
    category: str | None = None
    headline: str | None = None
    text: str | None = None
    called_112: bool | None = None
    wrong: str | None = None
    verified_role: str | None = None
    rooms: dict[str, int] = {}
    tone: Literal["all_clear"] | None = None
    late: bool = False
    unverified: bool = False
    exercise: bool = False
    advice: str | None = None


class AlertNews(_AlertState, frozen=True, kw_only=True, tag="alert"):
    """A session's first copy of an alert, whole, at its current revision."""


class AlertChange(_AlertState, frozen=True, kw_only=True, tag="update"):
    """A later revision of an alert that the session has, whole."""


class MessageNews(_Message, frozen=True, kw_only=True, tag="message"):
    """A message as it is now. `revises`: this is a change of the message at that seq."""

    message: str
    group: str
    author: Author
    sent_at: float
    received_at: float
    rooms: dict[str, int]
    text: str = ""
    revision: int = 1
    revises: int | None = None
    removed: bool = False
    verified_role: str | None = None
    exercise: bool = False


class MembershipNews(_Message, frozen=True, kw_only=True, tag="membership", rename={"from_": "from"}):
    group: str
    state: Literal["member", "left"]
    rooms: dict[str, int]
    name: str | None = None
    from_: int | None = None
    seq: int | None = None  # the room's latest as it begins
    exercise: bool = False


class Reach(_Message, frozen=True, kw_only=True, tag="reach"):
    """Who got an alert, as a bucket; `null` for accounts under 7 days (R19)."""

    alert: str
    bucket: Literal["<5", "5-19", "20-99", "100+"] | None


class Live(_Message, frozen=True, kw_only=True, tag="live"):
    """Everything up to these places has been sent, or is not this member's to see."""

    rooms: dict[str, int]


class Heartbeat(_Message, frozen=True, kw_only=True, tag="heartbeat"):
    """How many `alert`, `update` and `message` frames this session has been sent, replay included."""

    delivered: int
    rooms: dict[str, int] = {}


class ReadUpTo(_Message, frozen=True, kw_only=True, tag="read"):
    room: str
    seq: int


class Unconfirmed(_Message, frozen=True, kw_only=True, tag="unconfirmed"):
    """Alerts named in `holds` that are unknown here or not this client's; it does not say which."""

    alerts: tuple[str, ...]


class StartOver(_Message, frozen=True, kw_only=True, tag="start_over"):
    epoch: str


class HistoryLost(_Message, frozen=True, kw_only=True, tag="history_lost", rename={"from_": "from"}):
    room: str
    from_: int


class Drain(_Message, frozen=True, kw_only=True, tag="drain"):
    reconnect_after_s: float


class HistoryPage(_Message, frozen=True, kw_only=True, tag="history"):
    """One page of a room, oldest first; `more` if this member may see more beyond, which `next` leads to."""

    id: str
    room: str
    events: tuple[AlertNews | MessageNews | MembershipNews, ...]
    more: bool
    next: int | None = None


ServerMessage: TypeAlias = (
    Welcome
    | Ok
    | Refused
    | Stored
    | AlertNews
    | AlertChange
    | MessageNews
    | MembershipNews
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
