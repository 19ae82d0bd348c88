"""Fixed grids of the Earth: published places, coarse positions, and the cells in which people are counted."""

from math import ceil, cos, inf, pi, radians, sqrt

import numpy as np
from numpy.typing import NDArray

from geo.distance import EARTH_RADIUS_M, box_around, check_position, metres_between

Cell = tuple[int, int]
"""(row, column): rows from the south pole, columns eastwards from the 180th meridian."""


class Grid:
    """Cells of about `size_m`, the same for everybody and for ever.

    Rows have equal heights of at most `size_m`. Each row has a whole number of columns, as few as keep its cells from
    being wider than `size_m` at the row's longest parallel. So no point is farther than `half_diagonal_m` from its
    cell's centre.
    """

    __slots__ = ("_row_deg", "_rows", "half_diagonal_m", "size_m")

    def __init__(self, size_m: float) -> None:
        if not 0.0 < size_m < inf:
            raise ValueError(f"no size of a cell: {size_m}")
        self.size_m = size_m
        self.half_diagonal_m = size_m * sqrt(2.0) / 2.0
        self._rows = ceil(pi * EARTH_RADIUS_M / size_m)
        self._row_deg = 180.0 / self._rows

    def cell(self, lat: float, lon: float) -> Cell:
        """The one cell that holds a point; -180 and 180 are the same meridian. Raises ValueError if it is no place."""
        check_position(lat, lon)
        row = self._row(lat)
        columns = self._columns(row)
        return row, _column(lon, columns) % columns

    def centre(self, cell: Cell) -> tuple[float, float]:
        """The latitude and longitude in the middle of a cell."""
        row, column = cell
        return (row + 0.5) * self._row_deg - 90.0, (column + 0.5) * 360.0 / self._columns(row) - 180.0

    def snap(self, lat: float, lon: float) -> tuple[float, float]:
        """The centre of the cell that holds a point; snapping it again changes nothing."""
        return self.centre(self.cell(lat, lon))

    def holds(self, cell: Cell, lats: NDArray[np.float64], lons: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which of many points have this `cell`, as an array of the same length."""
        row, column = cell
        columns = self._columns(row)
        rows = np.minimum(((lats + 90.0) / self._row_deg).astype(np.int64), self._rows - 1)
        in_cell: NDArray[np.bool_] = (rows == row) & (
            ((lons + 180.0) / 360.0 * columns).astype(np.int64) % columns == column
        )
        return in_cell

    def cells_touching(self, lat: float, lon: float, radius_m: float) -> list[Cell]:
        """Every cell that a circle touches, sorted, and perhaps a few outside it; the same for the same circle.

        Meant for circles of some cells across: the work grows with their area.
        """
        farthest_m = radius_m + self.half_diagonal_m + 0.001  # what rounding may cost, and more
        found: set[Cell] = set()
        for west, south, east, north in box_around(lat, lon, radius_m):
            for row in range(self._row(south), self._row(north) + 1):
                columns = self._columns(row)
                for column in range(_column(west, columns), _column(east, columns) + 1):
                    cell = row, column % columns
                    if metres_between(lat, lon, *self.centre(cell)) <= farthest_m:
                        found.add(cell)
        return sorted(found)

    def _row(self, lat: float) -> int:
        return min(int((lat + 90.0) / self._row_deg), self._rows - 1)

    def _columns(self, row: int) -> int:
        south = row * self._row_deg - 90.0
        nearest_equator = max(south, -(south + self._row_deg), 0.0)
        return max(1, ceil(2.0 * pi * EARTH_RADIUS_M * cos(radians(nearest_equator)) / self.size_m))


def _column(lon: float, columns: int) -> int:
    """The column of a meridian; one past the last for the 180th by its eastern name, which is column 0 again."""
    return int((lon + 180.0) / 360.0 * columns)
