"""Last-known positions in an R-tree, and who is within reach of a place.

Inside this file x is longitude and y is latitude, as the tree has them; no other file sees that.
"""

from array import array
from ctypes import byref, c_double, c_int64, c_uint64
from math import cos, degrees, inf, isnan, nan, radians
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rtree import core
from rtree import index as rtree

from geo.distance import EARTH_RADIUS_M, MAX_MARGIN_M, Box, box_around, metres_to_each
from geo.grid import Cell, Grid

MAX_DEVICES: Final = 16_777_216  # a number above it is a mistake, not a device, and would cost gigabytes


class Position(NamedTuple):
    """Where a device was last known to be: live from `at` (inclusive) to `until` (exclusive), in monotonic seconds."""

    lat: float
    lon: float
    accuracy_m: float
    at: float
    until: float


class PositionIndex:
    """The last position of each device, for `ttl_s` seconds, in memory only.

    A device is a small number that the caller hands out at its first position and uses again when that is gone: the
    columns are as long as the highest number, 56 bytes for each. Moving in the tree is dear (delete and insert, 20 µs
    and more), so it holds a roomy box around each device, `slack_m` to each side, and is touched only when the device
    leaves it; the truth is in the columns, which every `put` writes. Not for several threads.
    """

    __slots__ = (
        "_accuracies", "_accuracy", "_at", "_buffer", "_count", "_east", "_lat", "_lats", "_lon", "_lons", "_north",
        "_slack_deg", "_south", "_tree", "_ttl_s", "_until", "_untils", "_west",
    )  # fmt: skip

    def __init__(self, ttl_s: float = 3_600.0, slack_m: float = 200.0) -> None:
        if not (0.0 < ttl_s < inf and 10.0 <= slack_m <= 10_000.0):
            raise ValueError(f"ttl_s must be above 0 and slack_m from 10 to 10,000: {ttl_s}, {slack_m}")
        self._ttl_s = ttl_s
        self._slack_deg = degrees(slack_m / EARTH_RADIUS_M)
        self._tree = rtree.Index(properties=tree_properties())
        self._count = 0
        self._buffer = np.empty(1_024, np.int64)
        # NaN stands for no position: every comparison with it is false, so that it is in no box, not live, and not due.
        # The box is what the tree was given, to the bit: it deletes by exact box, and says nothing if there is none.
        self._lat, self._lon, self._accuracy, self._at, self._until = (array("d") for _ in range(5))
        self._west, self._south, self._east, self._north = (array("f") for _ in range(4))
        self._see()

    def __len__(self) -> int:
        """How many positions are held, those included whose time has passed but which `expire` has not dropped yet."""
        return self._count

    def put(self, device: int, lat: float, lon: float, accuracy_m: float, at: float) -> None:
        """Replace a device's position by one that was measured `at`, live for `ttl_s` from then.

        Raises ValueError, and changes nothing, if it is no place, accuracy, time or device.
        """
        if not (
            -90.0 <= lat <= 90.0
            and -180.0 <= lon <= 180.0
            and 0.0 <= accuracy_m < inf
            and -inf < at < inf
            and 0 <= device < MAX_DEVICES
        ):
            raise ValueError(f"no position: device {device}, {lat}, {lon}, accuracy {accuracy_m} m, at {at}")
        if device >= len(self._until):
            self._grow(device + 1)
        if not (self._west[device] <= lon <= self._east[device] and self._south[device] <= lat <= self._north[device]):
            self._place(device, lat, lon)
        self._lat[device] = lat
        self._lon[device] = lon
        self._accuracy[device] = accuracy_m
        self._at[device] = at
        self._until[device] = at + self._ttl_s

    def renew(self, device: int, now: float) -> bool:
        """Let a live position live on for a whole `ttl_s` from now; False if none is live."""
        if not (0 <= device < len(self._until) and self._until[device] > now):
            return False
        self._until[device] = now + self._ttl_s
        return True

    def remove(self, device: int) -> None:
        """Erase a device's position, if it has one."""
        if not self._holds(device):
            return
        self._tree.delete(device, self._box(device))
        for column in (self._lat, self._lon, self._accuracy, self._at, self._until):
            column[device] = nan
        for side in (self._west, self._south, self._east, self._north):
            side[device] = nan
        self._count -= 1

    def get(self, device: int, now: float) -> Position | None:
        """A device's position, if one is live."""
        if not (0 <= device < len(self._until) and self._until[device] > now):
            return None
        return Position(
            self._lat[device], self._lon[device], self._accuracy[device], self._at[device], self._until[device]
        )

    def within(self, lat: float, lon: float, reach_m: float, now: float) -> list[int]:
        """The devices whose live position, less its accuracy, is at most `reach_m` away, each once, in no order.

        Accuracy counts up to 300 m. Raises ValueError if it is no place, or no reach.
        """
        if not 0.0 <= reach_m < inf:
            raise ValueError(f"no reach: {reach_m}")
        devices = self._in_boxes(box_around(lat, lon, reach_m + MAX_MARGIN_M))
        devices.sort()  # as columns, sessions and all that is done with them lie in memory: 4 % of a whole delivery
        distances = metres_to_each(lat, lon, self._lats[devices], self._lons[devices])
        near = distances - np.minimum(self._accuracies[devices], MAX_MARGIN_M) <= reach_m
        found: list[int] = devices[near & (self._untils[devices] > now)].tolist()
        return found

    def in_cell(self, grid: Grid, cell: Cell, now: float) -> list[int]:
        """The devices whose live position is in a cell of a grid, by its coordinates alone."""
        devices = self._in_boxes(box_around(*grid.centre(cell), grid.half_diagonal_m))
        live = devices[self._untils[devices] > now]
        found: list[int] = live[grid.holds(cell, self._lats[live], self._lons[live])].tolist()
        return found

    def expire(self, now: float, limit: int) -> list[int]:
        """Erase positions whose time has passed, at most `limit`, and say whose they were.

        Looking costs 0.3 µs for each 1,000 numbers in use, dropping some 20 µs a position: so ask often, for few.
        """
        due: list[int] = np.flatnonzero(self._untils <= now)[:limit].tolist()
        for device in due:
            self.remove(device)
        return due

    def _holds(self, device: int) -> bool:
        return 0 <= device < len(self._until) and not isnan(self._until[device])

    def _box(self, device: int) -> Box:
        return self._west[device], self._south[device], self._east[device], self._north[device]

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
        if self._holds(device):
            self._tree.delete(device, self._box(device))
        else:
            self._count += 1
        self._west[device], self._south[device], self._east[device], self._north[device] = box

    def _grow(self, size: int) -> None:
        missing = max(size, 2 * len(self._until), 64) - len(self._until)
        # A view forbids its array to change size, so all are made anew; this is once in a doubling.
        self._lat, self._lon, self._accuracy, self._at, self._until = (
            column + array("d", [nan]) * missing
            for column in (self._lat, self._lon, self._accuracy, self._at, self._until)
        )
        self._west, self._south, self._east, self._north = (
            column + array("f", [nan]) * missing for column in (self._west, self._south, self._east, self._north)
        )
        self._see()

    def _see(self) -> None:
        """Make the numpy views of the columns that queries read."""
        self._lats, self._lons, self._accuracies, self._untils = (
            np.frombuffer(column, np.float64) for column in (self._lat, self._lon, self._accuracy, self._until)
        )


def tree_properties() -> rtree.Property:
    """Small nodes and the plain quadratic split: moves are 25 times as fast as with the defaults, queries as fast."""
    return rtree.Property(
        leaf_capacity=20,
        index_capacity=20,
        near_minimum_overlap_factor=10,
        variant=rtree.RT_Quadratic,
        fill_factor=0.4,
    )
