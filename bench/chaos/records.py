"""What a run leaves for the ledger: everything said, answered and heard, when, and on which connection.

Times are of `time.monotonic()`, one clock for all processes of a machine, in seconds.
"""

import math
from typing import Any, Final

import msgspec
from msgspec import Struct, field

NEVER: Final = math.inf
OWN: Final = "me"  # the name on the wire of everybody's own room


class Sent(Struct, array_like=True, gc=False):
    at: float
    device: int
    connection: int


class Answer(Struct, array_like=True):
    """An `ok`, or an `error` with its code. `made` is the id of the alert, message or group."""

    at: float
    device: int
    connection: int
    error: str | None = None
    durable: bool = True
    made: str | None = None
    revision: int = 0
    rooms: dict[str, int] = {}


class Request(Struct):
    """Something to be stored. It keeps its id and body for ever, however often it is sent."""

    id: str
    user: int
    type: str
    body: dict[str, Any]
    sent: list[Sent] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    given_up: bool = False  # answered by an `ok` that was not durable, and not asked again

    @property
    def first_sent(self) -> float:
        return self.sent[0].at if self.sent else NEVER

    @property
    def stored(self) -> Answer | None:
        """The first answer that says it is on disk."""
        return next((answer for answer in self.answers if answer.error is None and answer.durable), None)


class Connection(Struct):
    """One connection of a device. `proven`: whatever was dispatched to it before then has come."""

    opened: float
    hello: float = NEVER
    welcomed: float = NEVER
    live: float = NEVER
    lost: float = NEVER
    why: str = ""
    proven: float = -NEVER
    places: dict[str, int] = {}  # that `hello` claimed
    holds: dict[str, int] = {}
    rooms: dict[str, tuple[int, int]] = {}  # that `welcome` told: the latest seq, and the first that is theirs
    unconfirmed: dict[str, float] = {}
    miscounted: int = 0


class Message(Struct, array_like=True, gc=False):
    at: float
    connection: int
    room: str
    seq: int
    id: str
    text: int  # a digest; 0 if it was taken back
    revision: int = 1
    revises: int | None = None  # the seq of the message that this is a revision of


class Membership(Struct, array_like=True, gc=False):
    at: float
    connection: int
    seq: int
    group: str
    is_member: bool
    from_seq: int


class Copy(Struct, array_like=True):
    """A frame of an alert: its first on a connection, or an update. Only a rounded place has `cell_m`."""

    at: float
    connection: int
    alert: str
    revision: int
    is_first: bool
    level: str
    state: str
    headline: str | None
    lat: float
    lon: float
    cell_m: float | None
    why: tuple[str, ...]
    signal: bool
    all_clear: bool
    late: bool
    durable: bool
    rooms: dict[str, int]


class Confirmed(Struct, array_like=True):
    """A `stored`."""

    at: float
    connection: int
    alert: str
    revision: int
    rooms: dict[str, int]


class Position(Struct, array_like=True, gc=False):
    sent: float
    taken: float  # when its `ok`, or its `welcome`, came
    lat: float
    lon: float
    accuracy_m: float
    connection: int


class Stretch(Struct, array_like=True, gc=False):
    """From here on a device followed a room: everything above the place `after` is for it."""

    room: str
    after: int
    began: float
    connection: int
    ended: float = NEVER


class Device(Struct):
    index: int
    user: int
    name: str
    encoding: str
    connections: list[Connection] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    memberships: list[Membership] = field(default_factory=list)
    copies: list[Copy] = field(default_factory=list)
    confirmed: list[Confirmed] = field(default_factory=list)
    positions: list[Position] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)
    holds: dict[str, int] = {}  # at the end
    is_settled: bool = False  # at the end


class Page(Struct, array_like=True):
    """What the history of a room has at one seq, as one member was shown it at the end."""

    room: str
    seq: int
    type: str
    id: str
    text: int
    revises: int | None = None


class Life(Struct):
    """One process of the server. It died between the two last times; a `planned` end is a drain."""

    started: float
    ready: float = NEVER
    ending: float = NEVER
    ended: float = NEVER
    how: str = ""


class Records(Struct):
    devices: list[Device] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    lives: list[Life] = field(default_factory=list)
    notes: dict[str, int] = {}


def dump(records: Records) -> bytes:
    return msgspec.msgpack.encode(records)


def load(data: bytes) -> Records:
    return msgspec.msgpack.decode(data, type=Records)
