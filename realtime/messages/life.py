"""A connection from hello to goodbye: who is there, where they are, and what was refused."""

from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from realtime.messages.base import Answer, Message, Request
from realtime.messages.maps import Box
from realtime.messages.terms import Id, Lat, Level, Lon, Place, Seconds


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
    watch: Box | None = None
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


class Ack(Request, frozen=True, kw_only=True, tag="ack"):
    """Alerts that were shown to the person, several at a time; and how many counted frames have arrived."""

    alerts: Annotated[tuple[Id, ...], Meta(max_length=300)] = ()
    delivered: Annotated[int, Meta(ge=0)] | None = None


class Ping(Request, frozen=True, kw_only=True, tag="ping"):
    """For clients that cannot see the socket's pings."""


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


class Welcome(Message, frozen=True, kw_only=True, tag="welcome"):
    user: str
    session: str
    epoch: str
    limits: Limits
    position: bool
    rooms: dict[str, RoomPlace]
    server_time: float
    exercise: bool = False
    id: str | None = None
    conduct: str | None = None  # the version of the code of conduct that this person has to accept before they post


class Ok(Answer, frozen=True, kw_only=True, tag="ok"):
    """`durable`: what was asked for is on disk, and going out now."""

    durable: bool
    alert: str | None = None
    revision: int | None = None
    message: str | None = None
    group: str | None = None
    code: str | None = None
    call: str | None = None
    rooms: dict[str, int] = {}
    merged: bool = False
    report: str | None = None
    export: str | None = None
    withheld: tuple[str, ...] = ()
    same_as: tuple[str, ...] = ()


class Refused(Message, frozen=True, kw_only=True, tag="error"):
    code: str
    message: str
    id: str | None = None
    field: str | None = None
    found: tuple[str, ...] = ()
    retry_after_s: float | None = None
    offer: Level | None = None
    version: str | None = None
    until: float | None = None
    reason: str | None = None
    decision: str | None = None


class Heartbeat(Message, frozen=True, kw_only=True, tag="heartbeat"):
    """How many `alert`, `update` and `message` frames this session has been sent, replay included."""

    delivered: int
    rooms: dict[str, int] = {}


class StartOver(Message, frozen=True, kw_only=True, tag="start_over"):
    epoch: str


class NoticeNews(Message, frozen=True, kw_only=True, tag="notice"):
    """Something that the server tells one person: `code` for programs, `text` for people, `about` what it names."""

    code: str
    text: str
    rooms: dict[str, int]
    about: dict[str, str] = {}
    exercise: bool = False


class Drain(Message, frozen=True, kw_only=True, tag="drain"):
    reconnect_after_s: float


FromClient: TypeAlias = Hello | Position | Ack | Ping

FromServer: TypeAlias = Welcome | Ok | Refused | Heartbeat | StartOver | NoticeNews | Drain
