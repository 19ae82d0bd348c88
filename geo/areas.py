"""Polygons and circles: whether a place is in one of them, or so near that nobody may take it for outside.

An edge is a straight line between two corners in degrees, as on a common map (RFC 7946 section 3.1.1). Corners are
(latitude, longitude) here as everywhere; only inside this file x is longitude.
"""

from collections.abc import Sequence
from math import cos, hypot, inf, radians
from typing import Final, Generic, Protocol, TypeAlias, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.boxes import M_PER_DEGREE, BoxIndex
from geo.distance import Box, box_around, check_position, metres_between

Ring: TypeAlias = Sequence[tuple[float, float]]
"""Corners in turn; the last may be the first again."""
Part: TypeAlias = Sequence[Ring]
"""One piece of an area: its outline, and what is cut out of it."""

MAX_LAT: Final = 85.0  # nearer to a pole no flat map shows how far two places are apart
K = TypeVar("K")


class Shape(Protocol):
    """A part of the Earth."""

    def boxes(self, margin_m: float) -> list[Box]:
        """Boxes that hold it and all that is at most so far from it."""

    def reaches(self, lat: float, lon: float, margin_m: float) -> bool:
        """Whether a place is in it, or at most so far from it: better one too many than one too few."""

    def meets(self, area: "Area", margin_m: float) -> bool:
        """Whether an area has a place in common with it, or comes so near to it."""


class Circle:
    __slots__ = ("_lat", "_lon", "_radius_m")

    def __init__(self, lat: float, lon: float, radius_m: float) -> None:
        check_position(lat, lon)
        if not 0.0 <= radius_m < inf:
            raise ValueError(f"no radius: {radius_m}")
        self._lat, self._lon, self._radius_m = lat, lon, radius_m

    def boxes(self, margin_m: float) -> list[Box]:
        return box_around(self._lat, self._lon, self._radius_m + margin_m)

    def reaches(self, lat: float, lon: float, margin_m: float) -> bool:
        return metres_between(self._lat, self._lon, lat, lon) <= self._radius_m + margin_m

    def meets(self, area: "Area", margin_m: float) -> bool:
        return area.reaches(self._lat, self._lon, self._radius_m + margin_m)


class Area:
    """One or more polygons with holes, across the 180th meridian too, but not at a pole.

    Distances are measured on a flat map that is right at the corner nearest to a pole and shows the rest narrower than
    it is: in an area of 50 km at 60° a margin counts up to 1.4 % wider, never less.
    """

    __slots__ = ("_cos", "_lat", "_lon", "_shape", "height_m", "size_m2", "width_m")

    def __init__(self, parts: Sequence[Part], *, mended: bool = False) -> None:
        """Raises ValueError, in words for people, if these are no polygons. `mended`: their corners were rounded, which
        may have made lines or a point of them, and they are taken for whatever that encloses.
        """
        if not parts:
            raise ValueError("an area has at least one part")
        unrolled = [[_unrolled(ring, mended=mended) for ring in part] for part in parts]
        self._lon = unrolled[0][0][0][1]
        lats = [lat for part in unrolled for ring in part for lat, _ in ring]
        self._lat = min(lats)
        self._cos = cos(radians(max(abs(lat) for lat in lats)))
        shapes = [self._polygon(part, mended=mended) for part in unrolled]
        self._shape = shapes[0] if len(shapes) == 1 else shapely.unary_union(shapes)
        west, south, east, north = self._shape.bounds
        self.width_m, self.height_m = float(east - west), float(north - south)
        self.size_m2 = float(self._shape.area)
        if self.width_m / self._cos >= 180.0 * M_PER_DEGREE:
            raise ValueError("an area may not go half around the Earth")
        shapely.prepare(self._shape)

    def boxes(self, margin_m: float) -> list[Box]:
        grown_m = margin_m * 1.001 + 0.01  # what rounding may cost, and more
        west, south, east, north = self._shape.bounds
        low, high = self._lat + (south - grown_m) / M_PER_DEGREE, self._lat + (north + grown_m) / M_PER_DEGREE
        half_width = grown_m / (M_PER_DEGREE * self._cos)
        left = self._lon + west / (M_PER_DEGREE * self._cos) - half_width
        right = self._lon + east / (M_PER_DEGREE * self._cos) + half_width
        return _rolled_up(left, low, right, high)

    def circle(self) -> tuple[float, float, float]:
        """The centre (latitude, longitude) and radius, in metres, of a circle that holds it; not the smallest."""
        west, south, east, north = self._shape.bounds
        lat = self._lat + (south + north) / 2.0 / M_PER_DEGREE
        lon = self._lon + (west + east) / 2.0 / (M_PER_DEGREE * self._cos)
        widest = cos(radians(max(0.0, abs(lat) - (north - south) / 2.0 / M_PER_DEGREE)))
        radius_m = hypot((east - west) / self._cos * widest, north - south) / 2.0
        return lat, (lon + 180.0) % 360.0 - 180.0, radius_m * 1.001 + 0.01

    def reaches(self, lat: float, lon: float, margin_m: float) -> bool:
        return bool(shapely.dwithin(self._shape, shapely.Point(self._x(lon), self._y(lat)), margin_m))

    def reaches_each(
        self, lats: NDArray[np.float64], lons: NDArray[np.float64], margins_m: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """`reaches` for many places, each with its own margin, as an array of the same length."""
        xs = ((lons - self._lon + 180.0) % 360.0 - 180.0) * (M_PER_DEGREE * self._cos)
        found: NDArray[np.bool_] = shapely.dwithin(
            self._shape, shapely.points(xs, (lats - self._lat) * M_PER_DEGREE), margins_m
        )
        return found

    def meets(self, area: "Area", margin_m: float) -> bool:
        return bool(shapely.dwithin(self._shape, area.drawn_on(self._lat, self._lon, self._cos), margin_m))

    def drawn_on(self, lat: float, lon: float, narrowed: float) -> shapely.Geometry:
        """Its shape on a flat map with its origin there, on which a degree from west to east is so much narrower."""
        east_m = ((self._lon - lon + 180.0) % 360.0 - 180.0) * M_PER_DEGREE * narrowed
        moved_m = np.array((east_m, (self._lat - lat) * M_PER_DEGREE))
        return shapely.transform(self._shape, lambda corners: corners * (narrowed / self._cos, 1.0) + moved_m)

    def _polygon(self, rings: Sequence[Ring], *, mended: bool) -> shapely.Geometry:
        around = round((rings[0][0][1] - self._lon) / 360.0) * 360.0  # the part's other name beside the first part
        outline, *holes = [
            [((lon - around - self._lon) * M_PER_DEGREE * self._cos, self._y(lat)) for lat, lon in ring]
            for ring in rings
        ]
        if mended and len(set(outline)) < 3:
            return shapely.MultiPoint(outline).convex_hull  # a point, or a line
        polygon = shapely.Polygon(outline, holes)
        if mended:
            return shapely.make_valid(polygon)
        if not polygon.is_valid:
            reason = shapely.is_valid_reason(polygon).partition("[")[0].lower()
            raise ValueError(f"these corners make no polygon: {reason}")
        if not polygon.area > 0.0:
            raise ValueError("these corners enclose nothing")
        return polygon

    def _x(self, lon: float) -> float:
        return ((lon - self._lon + 180.0) % 360.0 - 180.0) * (M_PER_DEGREE * self._cos)

    def _y(self, lat: float) -> float:
        return (lat - self._lat) * M_PER_DEGREE


def simplified(parts: Sequence[Part], tolerance_m: float) -> list[list[list[tuple[float, float]]]]:
    """The same parts with fewer corners, no edge moved by more than the tolerance; raises ValueError like `Area`."""
    found = []
    for part in parts:
        rings = [_unrolled(ring) for ring in part]
        scale = cos(radians(max(abs(lat) for lat, _ in rings[0])))
        polygon = shapely.Polygon(*_flat(rings, scale)).simplify(tolerance_m / M_PER_DEGREE)
        if polygon.is_empty or polygon.geom_type != "Polygon":
            continue
        outlines = [polygon.exterior, *polygon.interiors]
        found.append([[(y, _named(x / scale)) for x, y in line.coords[:-1]] for line in outlines])
    return found


def _flat(rings: Sequence[Ring], scale: float) -> tuple[list[tuple[float, float]], list[list[tuple[float, float]]]]:
    outline, *holes = [[(lon * scale, lat) for lat, lon in ring] for ring in rings]
    return outline, holes


def _named(lon: float) -> float:
    return lon if -180.0 <= lon <= 180.0 else (lon + 180.0) % 360.0 - 180.0


def _unrolled(ring: Ring, *, mended: bool = False) -> list[tuple[float, float]]:
    """The corners with longitudes that go on past 180 instead of jumping: the way to the next is the short one."""
    corners = [(min(max(lat, -MAX_LAT), MAX_LAT), lon) for lat, lon in ring] if mended else list(ring)
    if len(corners) > 1 and corners[0] == corners[-1]:
        corners.pop()
    if len(corners) < (1 if mended else 3):
        raise ValueError("a polygon has at least three corners")
    for lat, lon in corners:
        check_position(lat, lon)
        if abs(lat) > MAX_LAT:
            raise ValueError(f"a polygon ends at {MAX_LAT:g}° north and south")
    unrolled = [corners[0]]
    for lat, lon in [*corners[1:], corners[0]]:
        before = unrolled[-1][1]
        unrolled.append((lat, before + (lon - before + 180.0) % 360.0 - 180.0))
    if abs(unrolled.pop()[1] - corners[0][1]) > 1.0:
        raise ValueError("a polygon may not go around a pole")
    return unrolled


def _rolled_up(west: float, south: float, east: float, north: float) -> list[Box]:
    """A box with longitudes that may go past 180 as boxes that do not; both names of the 180th meridian are covered."""
    if east - west >= 360.0:
        return [(-180.0, south, 180.0, north)]
    turns = (west + 180.0) // 360.0 * 360.0
    west, east = west - turns, east - turns
    if east > 180.0:
        return [(west, south, 180.0, north), (-180.0, south, east - 360.0, north)]
    return [(west, south, east, north)]


class AreaIndex(Generic[K]):
    """Shapes by key, and which of them reach a place. They change one at a time, so their boxes are in an R-tree:
    shapely's own STRtree has to be built anew for each change.
    """

    __slots__ = ("_boxes", "_shapes")

    def __init__(self) -> None:
        self._boxes: BoxIndex[K] = BoxIndex()
        self._shapes: dict[K, tuple[Shape, float]] = {}

    def __len__(self) -> int:
        return len(self._shapes)

    def __contains__(self, key: K) -> bool:
        return key in self._shapes

    def put(self, key: K, shape: Shape, slack_m: float = 0.0) -> None:
        """Give a key this shape, which counts so much wider than it is."""
        self._shapes[key] = shape, slack_m
        self._boxes.put(key, shape.boxes(slack_m))

    def remove(self, key: K) -> None:
        """Take a key out, if it is there."""
        if self._shapes.pop(key, None) is not None:
            self._boxes.remove(key)

    def reaching(self, lat: float, lon: float, margin_m: float = 0.0) -> list[K]:
        """The keys whose shape holds a place or is at most so far from it, each once, in no order."""
        if not self._shapes:
            return []
        found = self._boxes.touching(box_around(lat, lon, margin_m))
        return [key for key in found if self.reaches(key, lat, lon, margin_m)]

    def meeting(self, area: Area, margin_m: float = 0.0) -> list[K]:
        """The keys whose shape meets an area or comes so near to it, each once, in no order."""
        if not self._shapes:
            return []
        found = self._boxes.touching(area.boxes(margin_m))
        return [key for key in found if self.meets(key, area, margin_m)]

    def reaches(self, key: K, lat: float, lon: float, margin_m: float = 0.0) -> bool:
        """The same for one key that is there."""
        shape, slack_m = self._shapes[key]
        return shape.reaches(lat, lon, margin_m + slack_m)

    def meets(self, key: K, area: Area, margin_m: float = 0.0) -> bool:
        """The same for one key that is there."""
        shape, slack_m = self._shapes[key]
        return shape.meets(area, margin_m + slack_m)

    def boxes(self, key: K, margin_m: float) -> list[Box]:
        """Boxes that hold all places which this key's shape reaches with this margin."""
        shape, slack_m = self._shapes[key]
        return shape.boxes(margin_m + slack_m)
