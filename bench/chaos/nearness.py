"""Who was near an alert, by brute force over every position that was taken.

`bench/oracle.py` says what near means. Here positions end, too: whenever the server dies, all of them.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from bench.chaos.cases import Case, Place
from bench.chaos.records import NEVER, Device, Life
from bench.oracle import ACCURACY_CAP_M, RIM_M, great_circle_m

_COARSEST_M = 500.0


class Nearness:
    """All positions of a run, with the time in which each was surely, and possibly, its device's last."""

    def __init__(self, devices: list[Device], lives: list[Life]) -> None:
        positions = [(d.index, p) for d in devices for p in sorted(d.positions, key=lambda p: p.sent)]
        self._device = np.array([index for index, _ in positions], np.int32)
        self._lat = np.array([p.lat for _, p in positions])
        self._lon = np.array([p.lon for _, p in positions])
        self._slack_m = np.minimum(np.array([p.accuracy_m for _, p in positions]), ACCURACY_CAP_M)
        sent, taken = np.array([p.sent for _, p in positions]), np.array([p.taken for _, p in positions])
        self._possible_from, self._sure_from = sent, taken
        endings, deaths = sorted(life.ending for life in lives), sorted(life.ended for life in lives)
        self._sure_until = np.minimum(self._following(sent), _next_of(endings, taken))
        self._possible_until = np.minimum(
            self._following(_earliest_from_here(self._device, taken)), _next_of(deaths, sent)
        )

    def surely(self, case: Case) -> Iterator[tuple[int, float, float]]:
        """Devices that were surely near, each with a time in which they were, while the alert was surely active."""
        if "radius_m" not in case.body or not case.body["public"]:
            return
        for place in case.places:
            near, _ = self._near(case, place)
            since = np.maximum(self._sure_from, max(place.known, case.known))
            until = np.minimum(self._sure_until, min(place.leaving, case.ending))
            for row in np.flatnonzero(near & (since < until)):
                yield int(self._device[row]), float(since[row]), float(until[row])

    def possibly(self, case: Case) -> set[int]:
        """Devices that may have been near while the alert may have been active."""
        found: set[int] = set()
        if "radius_m" in case.body and case.body["public"]:
            for place in case.places:
                _, near = self._near(case, place)
                overlaps = (self._possible_from <= min(place.left, case.ended)) & (self._possible_until >= place.asked)
                found.update(self._device[near & overlaps].tolist())
        return found

    def _near(self, case: Case, place: Place) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        radius_m = case.body["radius_m"]
        if place.published is None:  # the centre is at most half a diagonal off
            away_m = great_circle_m(self._lat, self._lon, place.lat, place.lon) - self._slack_m - radius_m
            return away_m <= -RIM_M, away_m <= 2 * _COARSEST_M / 2**0.5 + RIM_M
        lat, lon, cell_m = place.published
        away_m = great_circle_m(self._lat, self._lon, lat, lon) - self._slack_m - radius_m - cell_m / 2**0.5
        return away_m <= -RIM_M, away_m <= RIM_M

    def _following(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """For each row the time of the same device's next row, or NEVER."""
        after = np.full(len(times), NEVER)
        same = self._device[1:] == self._device[:-1]
        after[:-1][same] = times[1:][same]
        return after


def _earliest_from_here(device: NDArray[np.int32], times: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each row the earliest time of it and the same device's later rows."""
    earliest = times.copy()
    for row in range(len(times) - 2, -1, -1):
        if device[row] == device[row + 1]:
            earliest[row] = min(earliest[row], earliest[row + 1])
    return earliest


def _next_of(ends: list[float], times: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each time the first of the ends after it, or NEVER."""
    return np.array([*ends, NEVER])[np.minimum(np.searchsorted(ends, times, side="right"), len(ends))]
