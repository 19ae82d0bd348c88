"""Five other ways to keep last-known positions, to measure ours against; all with the same columns and exact check.

So they differ in one thing only: how candidates are found, and what a move costs. None knows expiry, and the grids are
for places away from the poles and the 180th meridian.
"""

from array import array
from collections.abc import Collection, Iterable
from itertools import chain
from math import ceil, floor
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from rtree import index as rtree

from geo.distance import MAX_MARGIN_M, Box, box_around, metres_to_each

CELL_LAT_DEG, CELL_LON_DEG = 0.0025, 0.005  # 278 m by 280 m at 60°
Key = tuple[int, int]


class Peer(Protocol):
    def put(self, device: int, lat: float, lon: float, accuracy_m: float, at: float) -> None: ...
    def within(self, lat: float, lon: float, reach_m: float, now: float) -> Collection[int]: ...


class BruteForce:
    """numpy over everybody, each time; also the columns and the exact check of the other peers."""

    def __init__(self, size: int) -> None:
        self._lat, self._lon, self._accuracy = (array("d", bytes(8 * size)) for _ in range(3))
        self._lats, self._lons, self._accuracies = (
            np.frombuffer(column, np.float64) for column in (self._lat, self._lon, self._accuracy)
        )
        self._everybody = np.arange(size)

    def put(self, device: int, lat: float, lon: float, accuracy_m: float, at: float) -> None:
        self._lat[device], self._lon[device], self._accuracy[device] = lat, lon, accuracy_m

    def within(self, lat: float, lon: float, reach_m: float, now: float) -> list[int]:
        devices = self._candidates(box_around(lat, lon, reach_m + MAX_MARGIN_M)[0])
        distances = metres_to_each(lat, lon, self._lats[devices], self._lons[devices])
        near = distances - np.minimum(self._accuracies[devices], MAX_MARGIN_M) <= reach_m
        found: list[int] = devices[near].tolist()
        return found

    def _candidates(self, box: Box) -> NDArray[np.int64]:
        return self._everybody


class PointTree(BruteForce):
    """An R-tree of points, where every move deletes and inserts."""

    def __init__(self, size: int, properties: rtree.Property) -> None:
        super().__init__(size)
        self._tree = rtree.Index(properties=properties)
        self._held = bytearray(size)

    def put(self, device: int, lat: float, lon: float, accuracy_m: float, at: float) -> None:
        if self._held[device]:
            was_lat, was_lon = self._lat[device], self._lon[device]
            self._tree.delete(device, (was_lon, was_lat, was_lon, was_lat))
        self._held[device] = True
        self._tree.insert(device, (lon, lat, lon, lat))
        super().put(device, lat, lon, accuracy_m, at)

    def _candidates(self, box: Box) -> NDArray[np.int64]:
        return np.fromiter(self._tree.intersection(box), np.int64)


class DictGrid(BruteForce):
    """A dict from cell to the devices in it."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self._cells: dict[Key, set[int]] = {}
        self._cell_of: list[Key | None] = [None] * size

    def put(self, device: int, lat: float, lon: float, accuracy_m: float, at: float) -> None:
        cell, old = (floor(lat / CELL_LAT_DEG), floor(lon / CELL_LON_DEG)), self._cell_of[device]
        if cell != old:
            if old is not None:
                self._cells[old].remove(device)
                if not self._cells[old]:
                    self._close(old)
            if cell not in self._cells:
                self._open(cell)
            self._cells[cell].add(device)
            self._cell_of[device] = cell
        super().put(device, lat, lon, accuracy_m, at)

    def _candidates(self, box: Box) -> NDArray[np.int64]:
        empty: set[int] = set()
        return np.fromiter(chain.from_iterable(self._cells.get(cell, empty) for cell in self._touched(box)), np.int64)

    def _touched(self, box: Box) -> Iterable[Key]:
        west, south, east, north = box
        for row in range(floor(south / CELL_LAT_DEG), ceil(north / CELL_LAT_DEG)):
            for column in range(floor(west / CELL_LON_DEG), ceil(east / CELL_LON_DEG)):
                yield row, column

    def _open(self, cell: Key) -> None:
        self._cells[cell] = set()

    def _close(self, cell: Key) -> None:
        del self._cells[cell]


class CellTree(DictGrid):
    """The same cells, of which those that hold somebody are found by an R-tree."""

    def __init__(self, size: int, properties: rtree.Property) -> None:
        super().__init__(size)
        self._tree = rtree.Index(properties=properties)
        self._number: dict[Key, int] = {}
        self._by_number: dict[int, Key] = {}
        self._next = 0

    def _touched(self, box: Box) -> Iterable[Key]:
        return [self._by_number[number] for number in self._tree.intersection(box)]

    def _open(self, cell: Key) -> None:
        super()._open(cell)
        self._number[cell], self._by_number[self._next] = self._next, cell
        self._tree.insert(self._next, _box_of(cell))
        self._next += 1

    def _close(self, cell: Key) -> None:
        super()._close(cell)
        number = self._number.pop(cell)
        del self._by_number[number]
        self._tree.delete(number, _box_of(cell))


def _box_of(cell: Key) -> Box:
    row, column = cell
    return (
        column * CELL_LON_DEG - 1e-9,
        row * CELL_LAT_DEG - 1e-9,
        (column + 1) * CELL_LON_DEG + 1e-9,
        (row + 1) * CELL_LAT_DEG + 1e-9,
    )
