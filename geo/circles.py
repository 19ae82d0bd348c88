"""Active alerts' circles, and which of them hold a point: asked for every position that comes in."""

from math import inf
from typing import NamedTuple

from geo.distance import MAX_MARGIN_M, box_around, is_near

CELLS_PER_DEGREE = (
    20  # 5.6 km from south to north, 2.8 km from west to east at 60°: an ordinary circle touches one to four
)
MAX_CELLS = 64


_Cell = tuple[int, int]
"""A row, counted from the South Pole, and a column, from the 180th meridian."""


class _Circle(NamedTuple):
    lat: float
    lon: float
    reach_m: float
    cells: tuple[_Cell, ...]  # empty: in the short list


class CircleIndex:
    """Circles by id, in rows of coarse degree cells: a point with none in its neighbourhood costs a look or two.

    A circle that touches more than 64 cells, huge or at a pole, is in a short list that is looked through each time.
    """

    __slots__ = ("_circles", "_everywhere", "_rows")

    def __init__(self) -> None:
        self._circles: dict[str, _Circle] = {}
        self._rows: dict[int, dict[int, dict[str, _Circle]]] = {}
        self._everywhere: dict[str, _Circle] = {}

    def __len__(self) -> int:
        return len(self._circles)

    def add(self, id: str, lat: float, lon: float, reach_m: float) -> None:
        """Add a circle, or replace the one of this id. Raises ValueError, and changes nothing, if it is no circle."""
        if not 0.0 <= reach_m < inf:
            raise ValueError(f"no reach: {reach_m}")
        cells = _cells_of(lat, lon, reach_m + MAX_MARGIN_M)
        self.remove(id)
        circle = self._circles[id] = _Circle(lat, lon, reach_m, cells)
        for row, column in cells:
            self._rows.setdefault(row, {}).setdefault(column, {})[id] = circle
        if not cells:
            self._everywhere[id] = circle

    def remove(self, id: str) -> None:
        """Take a circle out, if it is there."""
        circle = self._circles.pop(id, None)
        if circle is None:
            return
        self._everywhere.pop(id, None)
        for row, column in circle.cells:
            in_row = self._rows[row]
            here = in_row[column]
            del here[id]
            if not here:
                del in_row[column]
            if not in_row:
                del self._rows[row]

    def touching(self, lat: float, lon: float, accuracy_m: float) -> list[str]:
        """The ids of the circles that reach a position: its distance less its accuracy, which counts up to 300 m."""
        in_row = self._rows.get(int((lat + 90.0) * CELLS_PER_DEGREE))
        here = None if in_row is None else in_row.get(int((lon + 180.0) * CELLS_PER_DEGREE))
        if here is None:
            if not self._everywhere:
                return []
            candidates = self._everywhere
        else:
            candidates = here | self._everywhere
        return [
            id
            for id, circle in candidates.items()
            if is_near(lat, lon, accuracy_m, circle.lat, circle.lon, circle.reach_m)
        ]


def _cell_of(lat: float, lon: float) -> _Cell:
    return int((lat + 90.0) * CELLS_PER_DEGREE), int((lon + 180.0) * CELLS_PER_DEGREE)


def _cells_of(lat: float, lon: float, radius_m: float) -> tuple[_Cell, ...]:
    """The cells that a circle touches; none if they are too many."""
    cells: list[_Cell] = []
    for west, south, east, north in box_around(lat, lon, radius_m):
        (first_row, first), (last_row, last) = _cell_of(south, west), _cell_of(north, east)
        rows, columns = range(first_row, last_row + 1), range(first, last + 1)
        if len(cells) + len(rows) * len(columns) > MAX_CELLS:
            return ()
        cells += ((row, column) for row in rows for column in columns)
    return tuple(cells)
