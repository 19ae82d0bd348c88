"""Areas on the Earth: whether one holds a place, and the circle around it."""

from collections.abc import Sequence
from typing import TypeAlias

from geo.distance import metres_between

Outline: TypeAlias = Sequence[tuple[float, float]]
"""A polygon's corners as (latitude, longitude), in order, the last joined to the first; smaller than half the Earth."""


def holds(outline: Outline, lat: float, lon: float) -> bool:
    """Whether a place is within a polygon whose edges are straight in latitude and longitude (as maps draw them).

    Counts the edges that a line eastward from the place crosses. The 180th meridian is no border; a pole must not be
    inside.
    """
    inside = False
    corners = _around(outline, lon)
    for (lat1, lon1), (lat2, lon2) in zip(corners, [*corners[1:], *corners[:1]], strict=True):
        if (lat1 > lat) != (lat2 > lat) and lon < lon1 + (lat - lat1) / (lat2 - lat1) * (lon2 - lon1):
            inside = not inside
    return inside


def circle_around(outline: Outline) -> tuple[float, float, float]:
    """A circle that holds a polygon: latitude and longitude of its centre, and its radius in metres.

    The centre is that of the box around it: the circle is at most √2 as wide as the smallest one.
    """
    corners = _around(outline, outline[0][1])
    lats, lons = [corner[0] for corner in corners], [corner[1] for corner in corners]
    lat, lon = (min(lats) + max(lats)) / 2.0, (min(lons) + max(lons)) / 2.0
    lon = (lon + 180.0) % 360.0 - 180.0
    return lat, lon, max(metres_between(lat, lon, *corner) for corner in outline)


def _around(outline: Outline, lon: float) -> list[tuple[float, float]]:
    """The corners with their longitudes as they lie beside each other, and beside this one: they may pass 180."""
    corners: list[tuple[float, float]] = []
    before = lon
    for corner_lat, corner_lon in outline:
        before += (corner_lon - before + 180.0) % 360.0 - 180.0
        corners.append((corner_lat, before))
    return corners
