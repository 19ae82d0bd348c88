"""Gamla Stan, and people who walk through it."""

import math
import random
from typing import Final

WEST, SOUTH, EAST, NORTH = 18.060, 59.3205, 18.079, 59.3285
CORNERS: Final = ((SOUTH, WEST), (SOUTH, EAST), (NORTH, EAST), (NORTH, WEST))
SQUARE: Final = (59.3251, 18.0707)  # Stortorget, in the middle
STREET: Final = (59.3243, 18.0697)  # Västerlånggatan, where the shops are

_METRES_OF_LAT: Final = 111_320.0
_METRES_OF_LON: Final = _METRES_OF_LAT * math.cos(math.radians(SQUARE[0]))


class Walker:
    """Somebody who goes from one place of the old town to the next; with `pace_m_s` 0, somebody who stays."""

    def __init__(self, chance: random.Random, pace_m_s: float) -> None:
        self._chance = chance
        self._pace_m_s = pace_m_s
        self.lat, self.lon = self._somewhere()
        self._goal = self._somewhere()

    def walk(self, seconds: float) -> None:
        """Go on towards the goal; there, choose another."""
        north_m = (self._goal[0] - self.lat) * _METRES_OF_LAT
        east_m = (self._goal[1] - self.lon) * _METRES_OF_LON
        left_m = math.hypot(north_m, east_m)
        step_m = self._pace_m_s * seconds
        if step_m >= left_m:
            self.lat, self.lon = self._goal
            self._goal = self._somewhere()
        else:
            self.lat += north_m * step_m / left_m / _METRES_OF_LAT
            self.lon += east_m * step_m / left_m / _METRES_OF_LON

    def _somewhere(self) -> tuple[float, float]:
        return self._chance.uniform(SOUTH, NORTH), self._chance.uniform(WEST, EAST)
