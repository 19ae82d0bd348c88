"""Boxes in an R-tree: parts of a map that somebody looks at, and places as boxes of no size.

Unlike the index of positions this one is asked once for an alert and changed when somebody moves a map: it is plain.
"""

from collections.abc import Sequence
from itertools import count
from math import cos, radians
from typing import Generic, TypeVar

from rtree import index as rtree

from geo.distance import EARTH_RADIUS_M, Box, check_position

K = TypeVar("K")  # can be hashed
M_PER_DEGREE = radians(1.0) * EARTH_RADIUS_M  # from south to north


def view(south: float, west: float, north: float, east: float) -> list[Box]:
    """What a map shows from corner to corner: one box, or two if it shows the 180th meridian (`west` > `east`).

    Raises ValueError if a corner is no place, or south lies above north.
    """
    check_position(south, west)
    check_position(north, east)
    if south > north:
        raise ValueError(f"no map: south {south} is above north {north}")
    if west <= east:
        return [(west, south, east, north)]
    return [(west, south, 180.0, north), (-180.0, south, east, north)]


def sides_m(boxes: Sequence[Box]) -> tuple[float, float]:
    """The height and the width of what a map shows, the width where it is widest: nearest to the equator."""
    _, south, _, north = boxes[0]
    widest = 0.0 if south <= 0.0 <= north else min(abs(south), abs(north))
    width_deg = sum(east - west for west, _, east, _ in boxes)
    return (north - south) * M_PER_DEGREE, width_deg * M_PER_DEGREE * cos(radians(widest))


def in_boxes(lat: float, lon: float, boxes: Sequence[Box]) -> bool:
    """Whether a point is in one of them, by either name of the 180th meridian."""
    return any(
        west <= name <= east and south <= lat <= north
        for west, south, east, north in boxes
        for name in ((180.0, -180.0) if abs(lon) == 180.0 else (lon,))
    )


class BoxIndex(Generic[K]):
    """Boxes by key, one or more for each, edges included. Not for several threads."""

    __slots__ = ("_boxes", "_keys", "_next", "_numbers", "_tree")

    def __init__(self) -> None:
        self._tree = rtree.Index(properties=tree_properties())
        self._numbers: dict[K, tuple[int, ...]] = {}
        self._keys: dict[int, K] = {}
        self._boxes: dict[int, Box] = {}
        self._next = count()

    def __len__(self) -> int:
        return len(self._numbers)

    def put(self, key: K, boxes: Sequence[Box]) -> None:
        """Give a key these boxes, in place of those that it had. One that has the same already costs a look."""
        had = self._numbers.get(key, ())
        if tuple(self._boxes[number] for number in had) == tuple(boxes):
            return
        self.remove(key)
        numbers = []
        for box in boxes:
            number = next(self._next)
            self._tree.insert(number, box)
            self._keys[number] = key
            self._boxes[number] = box
            numbers.append(number)
        self._numbers[key] = tuple(numbers)

    def put_point(self, key: K, lat: float, lon: float) -> None:
        self.put(key, [(lon, lat, lon, lat)])

    def remove(self, key: K) -> None:
        """Take a key out, if it is there."""
        for number in self._numbers.pop(key, ()):
            self._tree.delete(number, self._boxes.pop(number))  # by exact box: any other it would not find, silently
            del self._keys[number]

    def holding(self, lat: float, lon: float) -> list[K]:
        """The keys whose boxes hold a point, each once, in no order."""
        return self.touching([(lon, lat, lon, lat)])

    def touching(self, boxes: Sequence[Box]) -> list[K]:
        """The keys whose boxes touch any of these, each once, in no order; -180 and 180 are the same meridian."""
        if not self._numbers:
            return []
        found = {number for box in _both_names(boxes) for number in self._tree.intersection(box)}
        return list({self._keys[number]: None for number in found})


def _both_names(boxes: Sequence[Box]) -> list[Box]:
    """These boxes, and what of them lies on the 180th meridian also by its other name."""
    others = [(-180.0, south, -180.0, north) for _, south, east, north in boxes if east == 180.0]
    others += [(180.0, south, 180.0, north) for west, south, _, north in boxes if west == -180.0]
    return [*boxes, *others]


def tree_properties() -> rtree.Property:
    """Small nodes and the plain quadratic split: moves are 25 times as fast as with the defaults, queries as fast."""
    return rtree.Property(
        leaf_capacity=20,
        index_capacity=20,
        near_minimum_overlap_factor=10,
        variant=rtree.RT_Quadratic,
        fill_factor=0.4,
    )
