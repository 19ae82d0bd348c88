"""Last-known positions in an R-tree, and who is within reach of a place.

Inside this file x is longitude and y is latitude, as the tree has them; no other file sees that.
"""

from array import array
from ctypes import byref, c_double, c_int64, c_uint64
from math import cos, degrees, inf, isnan, nan, radians
from struct import Struct
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rtree import core
from rtree import index as rtree

from geo.areas import Area
from geo.boxes import tree_properties
from geo.distance import EARTH_RADIUS_M, MAX_MARGIN_M, Box, box_around, check_position, metres_to_each
from geo.grid import Cell, Grid

MAX_DEVICES: Final = 16_777_216  # a number above it is a mistake, not a device, and would cost gigabytes


# What is kept of a device, in one row: a `put` touches one piece of memory, by two calls. That is 24 % less than nine
# columns took among 70,000 devices, and 2.5 % of a whole position message.
_ROW: Final = np.dtype([
    ("lat", "f8"), ("lon", "f8"), ("accuracy_m", "f8"), ("at", "f8"), ("until", "f8"),
    ("west", "f4"), ("south", "f4"), ("east", "f4"), ("north", "f4"),
])  # fmt: skip
_SIZE: Final = _ROW.itemsize
_UNTIL_AT: Final = 32
_BOX_AT: Final = 40
_POSITION: Final = Struct("=5d")
_BOX: Final = Struct("=4f")
_TIME: Final = Struct("=d")
_read_box: Final = _BOX.unpack_from
_write_position: Final = _POSITION.pack_into
# NaN stands for no position: every comparison with it is false, so that it is in no box, not live, and not due.
_NOWHERE: Final = _POSITION.pack(*[nan] * 5) + _BOX.pack(*[nan] * 4)


class Position(NamedTuple):
    """Where a device was last known to be: live from `at` (inclusive) to `until` (exclusive), in monotonic seconds."""

    lat: float
    lon: float
    accuracy_m: float
    at: float
    until: float


class PositionIndex:
    """The last position of each device, for `ttl_s` seconds, in memory only.

    A device is a small number that the caller hands out at its first position and uses again when that is gone: there
    are as many rows as the highest number, 56 bytes each. Moving in the tree is dear (delete and insert, 20 µs
    and more), so it holds a roomy box around each device, `slack_m` to each side, and is touched only when the device
    leaves it; the truth is in the rows, which every `put` writes. Not for several threads.
    """

    __slots__ = (
        "_accuracies", "_buffer", "_count", "_lats", "_lons", "_rows", "_size", "_slack_deg", "_tree", "_ttl_s",
        "_untils",
    )  # fmt: skip

    def __init__(self, ttl_s: float = 3_600.0, slack_m: float = 200.0) -> None:
        if not (0.0 < ttl_s < inf and 10.0 <= slack_m <= 10_000.0):
            raise ValueError(f"ttl_s must be above 0 and slack_m from 10 to 10,000: {ttl_s}, {slack_m}")
        self._ttl_s = ttl_s
        self._slack_deg = degrees(slack_m / EARTH_RADIUS_M)
        self._tree = rtree.Index(properties=tree_properties())
        self._count = 0
        self._buffer = np.empty(1_024, np.int64)
        self._size = 0
        self._rows = bytearray()
        self._see()

    def __len__(self) -> int:
        """How many positions are held, those included whose time has passed but which `expire` has not dropped yet."""
        return self._count

    def put(self, device: int, lat: float, lon: float, accuracy_m: float, at: float) -> None:
        """Replace a device's position by one that was measured `at`, live for `ttl_s` from then.

        Raises ValueError, and changes nothing, if it is no place, accuracy, time or device.
        """
        if not (0.0 <= accuracy_m < inf and -inf < at < inf):
            raise ValueError(f"no position: accuracy {accuracy_m} m, at {at}")
        if not 0 <= device < self._size:
            self._make_room_for(device)
        row = device * _SIZE
        west, south, east, north = _read_box(self._rows, row + _BOX_AT)
        if not (west <= lon <= east and south <= lat <= north):
            check_position(lat, lon)  # a box holds nothing else
            self._place(device, lat, lon)
        _write_position(self._rows, row, lat, lon, accuracy_m, at, at + self._ttl_s)

    def renew(self, device: int, now: float) -> bool:
        """Let a live position live on for a whole `ttl_s` from now; False if none is live."""
        if not self._until(device) > now:
            return False
        _TIME.pack_into(self._rows, device * _SIZE + _UNTIL_AT, now + self._ttl_s)
        return True

    def remove(self, device: int) -> None:
        """Erase a device's position, if it has one."""
        if isnan(self._until(device)):
            return
        self._tree.delete(device, self._box(device))
        self._rows[device * _SIZE : (device + 1) * _SIZE] = _NOWHERE
        self._count -= 1

    def get(self, device: int, now: float) -> Position | None:
        """A device's position, if one is live."""
        if not self._until(device) > now:
            return None
        return Position(*_POSITION.unpack_from(self._rows, device * _SIZE))

    def within(self, lat: float, lon: float, reach_m: float, now: float) -> NDArray[np.int64]:
        """The devices whose live position, less its accuracy, is at most `reach_m` away, each once, in rising order.

        Accuracy counts up to 300 m. Raises ValueError if it is no place, or no reach.
        """
        if not 0.0 <= reach_m < inf:
            raise ValueError(f"no reach: {reach_m}")
        devices = self._in_boxes(box_around(lat, lon, reach_m + MAX_MARGIN_M))
        devices.sort()  # as rows, sessions and all that is done with them lie in memory: 4 % of a whole delivery
        distances = metres_to_each(lat, lon, self._lats[devices], self._lons[devices])
        near = distances - np.minimum(self._accuracies[devices], MAX_MARGIN_M) <= reach_m
        found: NDArray[np.int64] = devices[near & (self._untils[devices] > now)]
        return found

    def inside(self, area: Area, margin_m: float, now: float) -> NDArray[np.int64]:
        """The devices whose live position, less its accuracy, is at most so far from an area, in rising order."""
        devices = self._in_boxes(area.boxes(margin_m + MAX_MARGIN_M))
        devices.sort()
        devices = devices[self._untils[devices] > now]
        margins = margin_m + np.minimum(self._accuracies[devices], MAX_MARGIN_M)
        found: NDArray[np.int64] = devices[area.reaches_each(self._lats[devices], self._lons[devices], margins)]
        return found

    def metres_to(self, lat: float, lon: float, devices: NDArray[np.int64]) -> NDArray[np.float64]:
        """How far each of these is from a place, its accuracy taken off as in `within`; NaN for who has no position."""
        known = np.minimum(devices, self._size - 1)
        distances = metres_to_each(lat, lon, self._lats[known], self._lons[known])
        least: NDArray[np.float64] = distances - np.minimum(self._accuracies[known], MAX_MARGIN_M)
        return np.where(devices < self._size, least, nan)

    def in_cell(self, grid: Grid, cell: Cell, now: float) -> list[int]:
        """The devices whose live position is in a cell of a grid, by its coordinates alone."""
        devices = self._in_boxes(box_around(*grid.centre(cell), grid.half_diagonal_m))
        live = devices[self._untils[devices] > now]
        found: list[int] = live[grid.holds(cell, self._lats[live], self._lons[live])].tolist()
        return found

    def expire(self, now: float, limit: int) -> list[int]:
        """Erase positions whose time has passed, at most `limit`, and say whose they were.

        Looking costs 9 µs for each 1,000 numbers in use, dropping some 20 µs a position: so ask often, for few.
        """
        due: list[int] = np.flatnonzero(self._untils <= now)[:limit].tolist()
        for device in due:
            self.remove(device)
        return due

    def _until(self, device: int) -> float:
        """When a device's position ceases to be live; NaN if it has none."""
        if not 0 <= device < self._size:
            return nan
        until: float = _TIME.unpack_from(self._rows, device * _SIZE + _UNTIL_AT)[0]
        return until

    def _box(self, device: int) -> Box:
        # What the tree was given, to the bit: it deletes by exact box, and says nothing if there is none.
        west, south, east, north = _read_box(self._rows, device * _SIZE + _BOX_AT)
        return west, south, east, north

    def _in_boxes(self, boxes: list[Box]) -> NDArray[np.int64]:
        """Devices whose roomy boxes touch any of the boxes, each once."""
        if len(boxes) == 1:
            return self._in_box(*boxes[0])
        return np.unique(np.concatenate([self._in_box(*box) for box in boxes]))

    def _in_box(self, west: float, south: float, east: float, north: float) -> NDArray[np.int64]:
        """What `self._tree.intersection` yields, as an array at once: its generator costs as much again as the search.

        The library's own `intersection_v` searches twice instead, first into an array for two.
        """
        # One box in two dimensions, its corners one after the other. A longer answer than the buffer leaves it undone.
        low, high = (c_double * 2)(west, south), (c_double * 2)(east, north)
        count, done = c_uint64(), c_int64()
        while True:
            room = len(self._buffer)
            core.rt.Index_Intersects_id_v(
                self._tree.handle, 1, 2, room, 2, 1, low, high, self._buffer.ctypes.data, byref(count), byref(done)
            )
            if done.value == 1:
                return self._buffer[: count.value].copy()
            self._buffer = np.empty(2 * count.value, np.int64)

    def _place(self, device: int, lat: float, lon: float) -> None:
        """Give a device a new box around a point, inserted before the old one goes: a failure leaves the old one."""
        half_width = min(self._slack_deg / max(cos(radians(lat)), 1e-9), 360.0)
        box = array("f", (
            max(lon - half_width, -180.0),
            max(lat - self._slack_deg, -90.0),
            min(lon + half_width, 180.0),
            min(lat + self._slack_deg, 90.0),
        ))  # fmt: skip
        self._tree.insert(device, tuple(box))
        if isnan(self._until(device)):
            self._count += 1
        else:
            self._tree.delete(device, self._box(device))
        _BOX.pack_into(self._rows, device * _SIZE + _BOX_AT, *box)

    def _make_room_for(self, device: int) -> None:
        if not 0 <= device < MAX_DEVICES:
            raise ValueError(f"no position: device {device}")
        self._size = max(device + 1, 2 * self._size, 64)
        # A view forbids its bytes to change size, so they are made anew; this is once in a doubling.
        self._rows = self._rows + _NOWHERE * (self._size - len(self._rows) // _SIZE)
        self._see()

    def _see(self) -> None:
        """Make the numpy views of the rows that queries read."""
        rows = np.frombuffer(self._rows, _ROW)
        self._lats, self._lons, self._accuracies, self._untils = (
            rows[name] for name in ("lat", "lon", "accuracy_m", "until")
        )
