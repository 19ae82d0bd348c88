"""What is said and told of alerts."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self, TypeAlias

from msgspec import Meta, Struct, structs

from realtime.messages.base import Message, Request
from realtime.messages.media import GivenPicture, Picture
from realtime.messages.terms import (
    Bucket,
    Called112,
    Category,
    Headline,
    Id,
    Kind,
    Lat,
    Level,
    Lon,
    Official,
    Outcome,
    Short,
    State,
    Text,
    Timestamp,
)


class Corner(Struct, frozen=True, kw_only=True):
    lat: Lat
    lon: Lon


Polygon = Annotated[tuple[Corner, ...], Meta(min_length=3, max_length=100)]


class Meeting(Struct, frozen=True, kw_only=True):
    """When (Unix seconds) and where people can meet (F89)."""

    at: Timestamp
    place: Short


class Words(Request, frozen=True, kw_only=True):
    """What is said of what happens: behaviour first, and last, if at all, how somebody looks (R1)."""

    category: Category | None = None
    headline: Headline | None = None
    what: Short | None = None
    where: Short | None = None
    how_many: Annotated[int, Meta(ge=1, le=1_000)] | None = None
    direction: Short | None = None
    text: Text | None = None
    called_112: Called112 | None = None
    vehicle: Short | None = None
    clothes: Short | None = None

    def changed(self, changes: Mapping[str, object]) -> Self:
        """The same with these fields changed."""
        return structs.replace(self, **changes)


class RaiseAlert(Words, frozen=True, kw_only=True, tag="alert"):
    """Warn everyone near a place, or in some groups, or both; the scope is always stated (F2)."""

    level: Level
    kind: Kind
    lat: Lat
    lon: Lon
    public: bool
    groups: Annotated[tuple[Id, ...], Meta(max_length=20)]
    at_home: bool = False
    radius_m: Annotated[float, Meta(ge=0, le=1e6)] | None = None
    polygon: Polygon | None = None
    image: GivenPicture | None = None
    sent_at: Timestamp | None = None
    official: Official | None = None
    until: Timestamp | None = None
    about: Annotated[tuple[Id, ...], Meta(max_length=10)] = ()
    meeting: Meeting | None = None


class UpdateAlert(Words, frozen=True, kw_only=True, tag="update"):
    alert: Id
    level: Level | None = None
    lat: Lat | None = None
    lon: Lon | None = None
    state: State | None = None
    wrong: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    extend_s: Annotated[float, Meta(gt=0, le=86_400)] | None = None
    image: GivenPicture | None = None
    outcome: Outcome | None = None


class MergeAlert(Request, frozen=True, kw_only=True, tag="merge"):
    """A red is of the same thing as an earlier one, which goes on for both; without `into`: it is another (R11)."""

    alert: Id
    into: Id | None = None


class Author(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """In public a role and a pseudonym that holds for one alert; rooms see the name."""

    role: str
    pseudonym: str | None = None
    name: str | None = None


class VerifiedBy(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who says that somebody holds their role: an organisation, or `platform` (R31)."""

    name: str
    organisation: str | None = None
    emblem: str | None = None


class _AlertState(Message, frozen=True, kw_only=True):
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
    polygon: tuple[Corner, ...] | None = None
    category: str | None = None
    headline: str | None = None
    text: str | None = None
    what: str | None = None
    where: str | None = None
    how_many: int | None = None
    direction: str | None = None
    vehicle: str | None = None
    clothes: str | None = None
    called_112: Called112 | None = None
    wrong: str | None = None
    image: Picture | None = None
    verified_role: str | None = None
    verified_by: VerifiedBy | None = None
    rooms: dict[str, int] = {}
    tone: Literal["all_clear"] | None = None
    late: bool = False
    unverified: bool = False
    by_role: str | None = None
    disputed: bool = False
    outcome: Outcome | None = None
    official: Official | None = None
    meeting: Meeting | None = None
    merged_into: str | None = None
    exercise: bool = False
    advice: str | None = None


class AlertNews(_AlertState, frozen=True, kw_only=True, tag="alert"):
    """A session's first copy of an alert, whole, at its current revision."""


class AlertChange(_AlertState, frozen=True, kw_only=True, tag="update"):
    """A later revision of an alert that the session has, whole."""


class Stored(Message, frozen=True, kw_only=True, tag="stored"):
    alert: str
    revision: int
    rooms: dict[str, int] = {}


class Reach(Message, frozen=True, kw_only=True, tag="reach"):
    """Who got an alert, as a bucket; `null` for accounts under 7 days (R19)."""

    alert: str
    bucket: Bucket | None


class Unconfirmed(Message, frozen=True, kw_only=True, tag="unconfirmed"):
    """Alerts named in `holds` that are unknown here or not this client's; it does not say which."""

    alerts: tuple[str, ...]


FromClient: TypeAlias = MergeAlert | RaiseAlert | UpdateAlert

FromServer: TypeAlias = AlertNews | AlertChange | Stored | Reach | Unconfirmed
