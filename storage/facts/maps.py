"""What holds of places: areas that somebody follows, that have rules, or in which somebody is on duty."""

from typing import ClassVar, TypeAlias

from realtime.messages import Level
from storage.facts.base import Fact

Ring: TypeAlias = tuple[tuple[float, float], ...]
"""Corners in turn, latitude first."""


class FollowedArea(Fact, frozen=True, kw_only=True, tag="followed_area"):
    """A person wants to hear of what happens there, wherever they are: a circle, or a polygon of some corners.

    Rounded before it comes here (R26). No levels, or no categories: all.
    """

    NAMED_BY: ClassVar = ("user", "name")
    user: str
    name: str
    lat: float | None = None
    lon: float | None = None
    radius_m: float | None = None
    corners: Ring = ()
    levels: tuple[Level, ...] = ()
    categories: tuple[str, ...] = ()


class PlatformArea(Fact, frozen=True, kw_only=True, tag="platform_area"):
    """An area with rules of its own (F87, F88); each part is its outline and what is cut out of it.

    What is None is as elsewhere; no categories: all.
    """

    NAMED_BY: ClassVar = ("area",)
    area: str
    name: str
    parts: tuple[tuple[Ring, ...], ...]
    categories: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    red_radius_m: float | None = None
    red_radius_limits_m: tuple[float, float] | None = None
    yellow_radius_m: float | None = None
    yellow_radius_limits_m: tuple[float, float] | None = None


class DutyArea(Fact, frozen=True, kw_only=True, tag="duty_area"):
    """Police are on duty in an area of the platform, or in a polygon (F22)."""

    NAMED_BY: ClassVar = ("user",)
    user: str
    area: str | None = None
    corners: Ring = ()
