"""Who should have had each alert, by brute force over every position reported. Shares no code with the server.

A person is near when `distance - min(accuracy_m, 300) <= radius_m + half the diagonal of the published cell`, from the
centre of that cell (`protocol.md`, "Near"). What the server did, and when, is known only between two times: a position
was taken between its sending and its `ok`, an alert dispatched between its sending and the first receipt. So there are
people who *must* have an alert, people who *may*, and everybody else, who must not. Those who may but need not are the
band: either answer is right, and its size is reported, for a wide band would hide mistakes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.plan import AlertPlan, Plan
from bench.records import NEVER, Floats, Positions, Times

EARTH_RADIUS_M = 6_371_008.8  # the mean radius (IUGG)
ACCURACY_CAP_M = 300.0
RIM_M = 0.01  # left to rounding, and to another choice of the mean radius


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """When an alert was active, as far as can be known from outside: begun and ended between two times each."""

    sent_ns: int
    dispatched_by_ns: int
    ending_sent_ns: int = NEVER
    ended_by_ns: int = NEVER


@dataclass(frozen=True, slots=True)
class Published:
    """The centre of the cell that the alert's frames showed."""

    lat: float
    lon: float
    cell_m: float

    @property
    def half_diagonal_m(self) -> float:
        return self.cell_m / 2**0.5


@dataclass(frozen=True, slots=True)
class Entitled:
    """One column each over clients. `prompt`: already when the alert was dispatched, so that its deadline counts."""

    must: NDArray[np.bool_]
    may: NDArray[np.bool_]
    prompt: NDArray[np.bool_]


def great_circle_m(lat: Floats, lon: Floats, to_lat: float, to_lon: float) -> Floats:
    """Metres on the mean sphere, by the haversine formula."""
    phi, to_phi = np.radians(lat), np.radians(to_lat)
    half_chord = (
        np.sin((to_phi - phi) / 2) ** 2 + np.cos(phi) * np.cos(to_phi) * np.sin(np.radians(to_lon - lon) / 2) ** 2
    )
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(half_chord, 0, 1))))


class Oracle:
    """All positions of a run, each with the time in which it was surely, or possibly, its client's last."""

    def __init__(self, plan: Plan, positions: Positions) -> None:
        self._plan = plan
        order = np.lexsort((positions.sent_ns, positions.client))
        self._client = positions.client[order]
        self._lat, self._lon = positions.lat[order], positions.lon[order]
        self._slack_m = np.minimum(positions.accuracy_m[order], ACCURACY_CAP_M)
        self._possible_from = positions.sent_ns[order]
        # A session takes its messages in order, so a later `ok` vouches for all before it.
        self._sure_from = _earliest_after(self._client, positions.acked_ns[order])
        self._sure_until = _following(self._client, self._possible_from)
        self._possible_until = _following(self._client, self._sure_from)
        self._member = np.zeros((len(plan.groups), plan.clients), bool)
        for number, group in enumerate(plan.groups):
            self._member[number, list(group.members)] = True
        self._excused = list(plan.excused)

    def members(self, groups: tuple[int, ...]) -> NDArray[np.bool_]:
        return np.asarray(self._member[list(groups)].any(axis=0))

    def entitled(self, alert: AlertPlan, life: Life, published: Published | None) -> Entitled:
        """Who had to get the alert, and who was free to. The author is told by `ok`, never by the alert."""
        members = self.members(alert.groups)
        surely, maybe = self._near(alert, published)
        began, ended = life.sent_ns, life.ended_by_ns
        possibly_then = (self._possible_from <= ended) & (self._possible_until >= began)
        surely_then = np.maximum(self._sure_from, life.dispatched_by_ns) < np.minimum(
            self._sure_until, life.ending_sent_ns
        )
        at_dispatch = (self._possible_from <= life.dispatched_by_ns) & (self._possible_until >= began)
        # At the dispatch: positioned before it began, and near by every position that may have been the last then.
        prompt = self._of_clients(at_dispatch & (self._sure_from <= began)) & ~self._of_clients(at_dispatch & ~surely)
        must = prompt | self._of_clients(surely_then & surely) | members
        may = must | self._of_clients(possibly_then & maybe)
        prompt |= members
        for column in (must, prompt):
            column[self._excused] = False
        for column in (must, may, prompt):
            column[alert.author] = False
        return Entitled(must, may, prompt)

    def _near(self, alert: AlertPlan, published: Published | None) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """For each position: surely near, possibly near."""
        if not alert.public or alert.radius_m is None:
            nobody = np.zeros(len(self._client), bool)
            return nobody, nobody
        if published is None:
            # No frame told the centre: it is at most half a diagonal off, and 500 m is the coarsest cell there is.
            half_m = 500.0 / 2**0.5
            beyond_m = great_circle_m(self._lat, self._lon, alert.lat, alert.lon) - self._slack_m - alert.radius_m
            return beyond_m <= -RIM_M, beyond_m <= 2 * half_m + RIM_M
        away_m = great_circle_m(self._lat, self._lon, published.lat, published.lon)
        beyond_m = away_m - self._slack_m - alert.radius_m - published.half_diagonal_m
        return beyond_m <= -RIM_M, beyond_m <= RIM_M

    def _of_clients(self, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which clients any of these rows belongs to."""
        found = np.zeros(self._plan.clients, bool)
        found[self._client[rows]] = True
        return found


def _following(client: NDArray[np.int32], times: Times) -> Times:
    """For each row the time of the same client's next row, or NEVER."""
    after = np.full(len(times), NEVER, np.int64)
    same = client[1:] == client[:-1]
    after[:-1][same] = times[1:][same]
    return after


def _earliest_after(client: NDArray[np.int32], times: Times) -> Times:
    """For each row the earliest time of it and the same client's later rows."""
    earliest = times.copy()
    for row in range(len(times) - 2, -1, -1):
        if client[row] == client[row + 1] and earliest[row + 1] < earliest[row]:
            earliest[row] = earliest[row + 1]
    return earliest
