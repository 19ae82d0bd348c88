"""A workload profile: who is where, how they move, what groups they are in, and which alerts come. From TOML.

Profiles are data: a new one is a new file in bench/profiles/, with no code. Distances are metres, times seconds,
boxes are [west, south, east, north] in degrees.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import Meta, Struct

from realtime.messages import Lat, Level, Lon

FOLDER = Path(__file__).parent / "profiles"

Share = Annotated[float, Meta(ge=0)]
Metres = Annotated[float, Meta(ge=0)]
Seconds = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=1)]
Box: TypeAlias = tuple[Lon, Lat, Lon, Lat]


class Strict(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A misspelt field in a profile is an error, not a default."""


class Spread(Strict, frozen=True, kw_only=True):
    """Some of the people, and where they are.

    Even over the profile's box, or over a `box` of their own; around a place (`disc_m` even, or `sd_m` normal), or
    around so many `towns` at random places (`sd_m` each, some larger than others); or within `along_m` of the path.
    `count` of them, or `share` of those whom no count claims. Nobody is outside of the profile's box.
    """

    name: str
    count: Count | None = None
    share: Share = 0.0
    lat: Lat | None = None
    lon: Lon | None = None
    disc_m: Metres | None = None
    sd_m: Metres | None = None
    box: Box | None = None
    towns: Count | None = None
    along_m: Metres | None = None
    still_interval_s: Seconds | None = None  # otherwise as for everybody


class People(Strict, frozen=True, kw_only=True):
    """`walking_share` of them walk at `speed_m_s` within `wander_m` of where they began; the rest stay, give or take.

    Each reports every so many seconds, from a random moment on, with an accuracy drawn once. `deaf_share` read nothing
    and say nothing once the run begins, with their sockets open: dead phones, as the server sees them. With
    `one_leaves` the creator of the first group, who never raises anything, goes half way (as a municipality did).
    """

    spread: tuple[Spread, ...]
    walking_share: Share = 0.0
    speed_m_s: tuple[float, float] = (0.8, 1.8)
    wander_m: Metres = 400.0
    still_interval_s: Seconds = 300.0
    walking_interval_s: Seconds = 30.0
    jitter_m: Metres = 5.0
    accuracy_m: tuple[float, float] = (5.0, 30.0)
    msgpack_share: Share = 0.0
    groups_each: Count = 3
    deaf_share: Share = 0.0
    one_leaves: bool = False


class Groups(Strict, frozen=True, kw_only=True):
    """`count` groups of `size` members, from one spread or from everybody.

    Or of mixed `sizes`, from the smallest to the largest: even, or log-normal around a `median`. `for_clients`: the
    count is for so many people, and fewer have fewer groups.
    """

    count: Count
    size: Count | None = None
    sizes: tuple[Count, Count] | None = None
    median: Count | None = None
    for_clients: Count | None = None
    of: str | None = None
    locked: bool = False


class Scope(Strict, frozen=True, kw_only=True):
    """Whom an alert is for. `locked`: only such groups, or only open ones; `of`: only groups of that spread."""

    share: Share
    public: bool
    rooms: Annotated[int, Meta(ge=0, le=20)] = 0
    locked: bool | None = None
    of: str | None = None


class Where(Strict, frozen=True, kw_only=True):
    """The place of an alert: within `disc_m` of its author, or of the given place."""

    share: Share = 1.0
    disc_m: Metres = 0.0
    lat: Lat | None = None
    lon: Lon | None = None


class Updates(Strict, frozen=True, kw_only=True):
    """What follows an alert: which share of alerts gets it, and how long after the alert.

    Words that follow a red (R9); comments, so many a minute until the end; corrections of what was wrong; endings, as
    closed or as a false alarm.
    """

    words_share: Share = 0.0
    words_after_s: tuple[float, float] = (2.0, 6.0)
    comments_per_min: Share = 0.0
    comments_for_s: Seconds = 180.0
    correct_share: Share = 0.0
    correct_after_s: tuple[float, float] = (4.0, 8.0)
    close_share: Share = 0.0
    close_after_s: tuple[float, float] = (10.0, 20.0)
    false_share: Share = 0.0  # of those that end


class Stream(Strict, frozen=True, kw_only=True):
    """Alerts of one sort: at random (Poisson) `per_min` on average, or one `every_s`, whatever the server does.

    `along_path`: each is further along the path than the one before, as a car drives by, one every `every_s`; the
    stream ends with the path, after `count` of them. `name` says which case of the time budget they are.
    """

    name: str = ""
    per_min: Annotated[float, Meta(gt=0)] | None = None
    every_s: Seconds | None = None
    count: Count | None = None
    levels: dict[Level, Share]
    scopes: tuple[Scope, ...]
    places: tuple[Where, ...] = (Where(disc_m=50.0),)
    along_path: bool = False
    red_radius_m: Metres = 500.0
    yellow_radius_m: Metres = 300.0
    headline: str = "Three people are testing doors, walking north"
    updates: Updates = Updates()

    def radius_m(self, level: Level) -> float | None:
        """How far a public alert of this level carries; info is pushed to nobody for being near."""
        return {"red": self.red_radius_m, "yellow": self.yellow_radius_m, "info": None}[level]


class Chat(Strict, frozen=True, kw_only=True):
    """Messages to rooms of one spread, one `every_s`, by members drawn at random; none in the silence at the end."""

    every_s: Seconds
    of: str


class Quiet(Strict, frozen=True, kw_only=True):
    """The end of the run: nobody raises or changes anything for `silence_s`, then there is one alert of a stream."""

    silence_s: Seconds
    like: str


class Storm(Strict, frozen=True, kw_only=True):
    """All are cut off at once, and come back within so many seconds: bench/storm.py plays it."""

    within_s: Seconds
    away_s: Seconds
    missed: Count
    watchers: Count
    red_every_s: Seconds


class Profile(Strict, frozen=True, kw_only=True):
    """`settings` goes to a server of the bench's own as its settings file, table by table."""

    name: str
    summary: str
    clients: Count
    seconds: Seconds
    box: Box
    people: People
    path: tuple[tuple[Lat, Lon], ...] = ()
    groups: tuple[Groups, ...] = ()
    alerts: Stream
    streams: tuple[Stream, ...] = ()  # more of them, at the same time
    chat: Chat | None = None
    quiet: Quiet | None = None
    storm: Storm | None = None
    settings: dict[str, dict[str, Any]] = {}

    @property
    def every_stream(self) -> tuple[Stream, ...]:
        return (self.alerts, *self.streams)

    @property
    def quotas(self) -> bool:
        """Whether limits on alerts (R10) are on; everything here is in the exercise world, where they are off."""
        return bool(self.settings.get("exercise_quotas", {}).get("enforced", False))


class BadProfile(ValueError):
    """The file is missing, is not TOML, or says something that a profile cannot."""


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(name: str) -> Profile:
    """A profile by its name in bench/profiles/, or by the path of a file. Raises BadProfile."""
    path = Path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"
    try:
        return msgspec.convert({"name": path.stem, **tomllib.loads(path.read_text())}, Profile)
    except FileNotFoundError:
        raise BadProfile(f"no profile {name}; there are {', '.join(names())}") from None
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadProfile(f"{path}: {error}") from None
