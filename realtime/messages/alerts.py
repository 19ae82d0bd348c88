"""What is said and told of alerts."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from realtime.messages.base import Message, Request
from realtime.messages.media import GivenPicture, Picture
from realtime.messages.terms import Category, Headline, Id, Kind, Lat, Level, Lon, State, Text, Timestamp


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
    image: GivenPicture | None = None
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
    image: GivenPicture | None = None


class Author(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """In public a role and a pseudonym that holds for one alert; rooms see the name."""

    role: str
    pseudonym: str | None = None
    name: str | None = None


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
    category: str | None = None
    headline: str | None = None
    text: str | None = None
    called_112: bool | None = None
    wrong: str | None = None
    image: Picture | None = None
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


class Stored(Message, frozen=True, kw_only=True, tag="stored"):
    alert: str
    revision: int
    rooms: dict[str, int] = {}


class Reach(Message, frozen=True, kw_only=True, tag="reach"):
    """Who got an alert, as a bucket; `null` for accounts under 7 days (R19)."""

    alert: str
    bucket: Literal["<5", "5-19", "20-99", "100+"] | None


class Unconfirmed(Message, frozen=True, kw_only=True, tag="unconfirmed"):
    """Alerts named in `holds` that are unknown here or not this client's; it does not say which."""

    alerts: tuple[str, ...]
