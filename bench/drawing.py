"""Chance with a seed: places in metres around others, along a path, and things drawn by their shares."""

from collections.abc import Sequence
from typing import Final, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
T = TypeVar("T")

METRES_PER_DEGREE: Final = 111_195.0  # along a meridian of the mean sphere
DECIMALS: Final = 6  # of a degree, on the wire and in the books alike


def drawn(things: Sequence[T], shares: Sequence[float], rng: np.random.Generator) -> T:
    weights = np.array(shares, float)
    return things[int(rng.choice(len(things), p=weights / weights.sum()))]


def in_disc(radius_m: float, count: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Metres north and east, even over the disc."""
    distance_m, direction = radius_m * np.sqrt(rng.random(count)), rng.uniform(0, 2 * np.pi, count)
    return distance_m * np.cos(direction), distance_m * np.sin(direction)


def moved(lat: float | Floats, lon: float | Floats, north_m: Floats, east_m: Floats) -> tuple[Floats, Floats]:
    to_lat = lat + north_m / METRES_PER_DEGREE
    return to_lat, lon + east_m / (METRES_PER_DEGREE * np.cos(np.radians(to_lat)))


class Path:
    """A line from place to place, on which each share of its length has a place. Flat: for a few kilometres."""

    def __init__(self, places: Sequence[tuple[float, float]]) -> None:
        self._lat, self._lon = np.array(places, float).reshape(-1, 2).T
        north_m = np.diff(self._lat) * METRES_PER_DEGREE
        east_m = np.diff(self._lon) * METRES_PER_DEGREE * np.cos(np.radians(self._lat[:-1]))
        self._far_m = np.concatenate([[0.0], np.cumsum(np.hypot(north_m, east_m))])

    @property
    def length_m(self) -> float:
        return float(self._far_m[-1])

    def at(self, share: float | Floats) -> tuple[Floats, Floats]:
        """The places at these shares of the length, from 0 to 1."""
        far_m = np.asarray(share) * self.length_m
        return np.interp(far_m, self._far_m, self._lat), np.interp(far_m, self._far_m, self._lon)
