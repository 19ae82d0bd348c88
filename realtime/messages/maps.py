"""What is said and told of places: a map that somebody looks at, areas that somebody follows, areas with rules."""

from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from realtime.messages.alerts import AlertNews, Corner, Polygon
from realtime.messages.base import Answer, Request
from realtime.messages.terms import Category, Id, Lat, Level, Lon

AreaName = Annotated[str, Meta(min_length=1, max_length=40)]
RadiusM = Annotated[float, Meta(ge=1, le=100_000)]


class Box(Struct, frozen=True, kw_only=True):
    """What a map shows, from corner to corner; `west` is greater than `east` where it shows the 180th meridian."""

    south: Lat
    west: Lon
    north: Lat
    east: Lon


class Circle(Struct, frozen=True, kw_only=True):
    lat: Lat
    lon: Lon
    radius_m: Annotated[float, Meta(ge=100, le=5_000)]


class Watch(Request, frozen=True, kw_only=True, tag="watch"):
    """This session looks at a part of the map, in place of the one before, or at none: exactly one of the two."""

    box: Box | None = None
    off: bool = False


class ReadMap(Request, frozen=True, kw_only=True, tag="map"):
    """What was public in a part of the map lately, the latest first."""

    box: Box
    limit: Annotated[int, Meta(ge=1, le=100)]
    since_s: Annotated[float, Meta(gt=0, le=2_592_000)] = 86_400.0
    before: Annotated[str, Meta(max_length=100)] | None = None


class MapPage(Answer, frozen=True, kw_only=True, tag="map"):
    """Public alerts as they are now, without a signal; `next` leads to the page after it."""

    alerts: tuple[AlertNews, ...]
    more: bool
    next: str | None = None


class Follow(Request, frozen=True, kw_only=True, tag="follow"):
    """Hear of what happens in a circle or a polygon, exactly one of the two, wherever one is (R26)."""

    name: AreaName
    circle: Circle | None = None
    polygon: Polygon | None = None
    levels: Annotated[tuple[Level, ...], Meta(max_length=3)] = ()
    categories: Annotated[tuple[Category, ...], Meta(max_length=40)] = ()


class Unfollow(Request, frozen=True, kw_only=True, tag="unfollow"):
    name: AreaName


class ListAreas(Request, frozen=True, kw_only=True, tag="areas"):
    """Which areas one follows."""


class Followed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A followed area as it is kept: rounded. No `levels`, or no `categories`: all."""

    name: str
    circle: Circle | None = None
    polygon: tuple[Corner, ...] | None = None
    levels: tuple[Level, ...] = ()
    categories: tuple[str, ...] = ()


class FollowedAreas(Answer, frozen=True, kw_only=True, tag="areas"):
    areas: tuple[Followed, ...]


class AreaPart(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One polygon of an area, and what is cut out of it."""

    corners: Annotated[tuple[Corner, ...], Meta(min_length=3, max_length=4_000)]
    holes: Annotated[tuple[tuple[Corner, ...], ...], Meta(max_length=50)] = ()


class SetArea(Request, frozen=True, kw_only=True, tag="set_area"):
    """An area of the platform with rules of its own, by its owner; in place of the one of this id (F87, F88)."""

    area: Id
    name: Annotated[str, Meta(min_length=1, max_length=80)]
    parts: Annotated[tuple[AreaPart, ...], Meta(min_length=1, max_length=100)]
    categories: Annotated[tuple[Category, ...], Meta(max_length=100)] = ()
    organisations: Annotated[tuple[Id, ...], Meta(max_length=50)] = ()
    red_radius_m: RadiusM | None = None
    red_radius_limits_m: tuple[RadiusM, RadiusM] | None = None
    yellow_radius_m: RadiusM | None = None
    yellow_radius_limits_m: tuple[RadiusM, RadiusM] | None = None


class DropArea(Request, frozen=True, kw_only=True, tag="drop_area"):
    area: Id


class FindArea(Request, frozen=True, kw_only=True, tag="area"):
    """The areas that hold a place, the smallest first; or all of them by id, some at a time."""

    lat: Lat | None = None
    lon: Lon | None = None
    after: Id | None = None


class AreaCard(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An area's rules; what is not given is as elsewhere. No `categories`: all."""

    area: str
    name: str
    categories: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    red_radius_m: float | None = None
    red_radius_limits_m: tuple[float, float] | None = None
    yellow_radius_m: float | None = None
    yellow_radius_limits_m: tuple[float, float] | None = None


class FoundAreas(Answer, frozen=True, kw_only=True, tag="area"):
    areas: tuple[AreaCard, ...]
    more: bool = False


class GoOnDuty(Request, frozen=True, kw_only=True, tag="duty"):
    """The police of an area: public reds in it come at once, wherever one is (F22). On: in an area, or a polygon."""

    on: bool
    area: Id | None = None
    polygon: Polygon | None = None


FromClient: TypeAlias = Watch | ReadMap | Follow | Unfollow | ListAreas | SetArea | DropArea | FindArea | GoOnDuty

FromServer: TypeAlias = MapPage | FollowedAreas | FoundAreas
