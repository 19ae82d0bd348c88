"""A profile made into one run: every person, walk, group and alert, the same for the same seed."""

from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from bench.workload import BadProfile, People, Profile, Scope, Spread, Where
from realtime.messages import Kind, Level, State

Floats: TypeAlias = NDArray[np.float64]
METRES_PER_DEGREE = 111_195.0  # along a meridian of the mean sphere
KINDS: tuple[Kind, ...] = ("inform", "warn", "help")
T = TypeVar("T")
DECIMALS = 6  # of a degree, on the wire and in the books alike


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """Its first member creates it, the others join."""

    name: str
    locked: bool
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One update of an alert."""

    due_s: float
    text: str | None = None
    state: State | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPlan:
    due_s: float
    author: int
    level: Level
    kind: Kind
    lat: float
    lon: float
    radius_m: float | None
    public: bool
    groups: tuple[int, ...]
    headline: str
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Moves:
    """Position reports in the order of time; one column each."""

    at_s: Floats
    client: NDArray[np.int32]
    lat: Floats
    lon: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Columns are indexed by client."""

    seconds: float
    lat: Floats
    lon: Floats
    accuracy_m: Floats
    msgpack: NDArray[np.bool_]
    groups: tuple[GroupPlan, ...]
    alerts: tuple[AlertPlan, ...]
    moves: Moves

    @property
    def clients(self) -> int:
        return len(self.lat)


def make(profile: Profile, clients: int, seconds: float, seed: int) -> Plan:
    """Raises BadProfile if the profile names a spread that is not there, or has too few people for its counts."""
    rng = np.random.default_rng(seed)
    people = profile.people
    spread = _spread(people.spread, clients)
    lat, lon = _homes(profile, spread, rng)
    groups = _groups(profile, spread, rng)
    return Plan(
        seconds=seconds,
        lat=lat,
        lon=lon,
        accuracy_m=rng.uniform(*people.accuracy_m, clients).round(1),
        msgpack=rng.random(clients) < people.msgpack_share,
        groups=groups,
        alerts=_alerts(profile, lat, lon, groups, seconds, rng),
        moves=_moves(profile, lat, lon, seconds, rng),
    )


# --- people ----------------------------------------------------------------------------------------------------------


def _spread(spreads: tuple[Spread, ...], clients: int) -> NDArray[np.int32]:
    """Which spread each client belongs to: counts first, shares of the rest; whoever rounding leaves is in the last."""
    sizes = [spread.count or 0 for spread in spreads]
    rest = clients - sum(sizes)
    if rest < 0:
        raise BadProfile(f"the profile counts {sum(sizes)} people, more than {clients} clients")
    shares = sum(spread.share for spread in spreads if spread.count is None)
    of = np.repeat(
        np.arange(len(spreads)),
        [
            spread.count if spread.count is not None else int(rest * spread.share / max(shares, 1e-9))
            for spread in spreads
        ],
    )
    return np.concatenate([of, np.full(clients - len(of), len(spreads) - 1)]).astype(np.int32)


def _homes(profile: Profile, spread: NDArray[np.int32], rng: np.random.Generator) -> tuple[Floats, Floats]:
    west, south, east, north = profile.box
    lat, lon = rng.uniform(south, north, len(spread)), rng.uniform(west, east, len(spread))
    for number, given in enumerate(profile.people.spread):
        here = np.flatnonzero(spread == number)
        if given.lat is None or given.lon is None:
            continue
        if given.disc_m is not None:
            north_m, east_m = _in_disc(given.disc_m, len(here), rng)
        else:
            north_m, east_m = rng.normal(0, given.sd_m or 0, (2, len(here)))
        lat[here], lon[here] = _moved(given.lat, given.lon, north_m, east_m)
    return lat.round(DECIMALS), lon.round(DECIMALS)


def _moves(profile: Profile, lat: Floats, lon: Floats, seconds: float, rng: np.random.Generator) -> Moves:
    people = profile.people
    walks = rng.random(len(lat)) < people.walking_share
    rows = [
        *_still(people, np.flatnonzero(~walks), lat, lon, seconds, rng),
        *_walking(profile, np.flatnonzero(walks), lat, lon, seconds, rng),
    ]
    at_s, client, to_lat, to_lon = (np.concatenate(column) for column in zip(*rows, strict=True))
    order = np.argsort(at_s, kind="stable")[: int(np.count_nonzero(at_s < seconds))]
    return Moves(
        at_s[order], client[order].astype(np.int32), to_lat[order].round(DECIMALS), to_lon[order].round(DECIMALS)
    )


_Rows: TypeAlias = list[tuple[Floats, NDArray[np.intp], Floats, Floats]]


def _still(
    people: People, who: NDArray[np.intp], lat: Floats, lon: Floats, seconds: float, rng: np.random.Generator
) -> _Rows:
    at_s = rng.uniform(0, people.still_interval_s, len(who))
    rows: _Rows = []
    for number in range(int(seconds / people.still_interval_s) + 1):
        north_m, east_m = rng.normal(0, people.jitter_m, (2, len(who)))
        rows.append((at_s + number * people.still_interval_s, who, *_moved(lat[who], lon[who], north_m, east_m)))
    return rows


def _walking(
    profile: Profile, who: NDArray[np.intp], lat: Floats, lon: Floats, seconds: float, rng: np.random.Generator
) -> _Rows:
    """Each walks to a random point within `wander_m` of home, then to another; never out of the box."""
    people, (west, south, east, north) = profile.people, profile.box
    at_s = rng.uniform(0, people.walking_interval_s, len(who))
    stride_m = rng.uniform(*people.speed_m_s, len(who)) * people.walking_interval_s
    here_n, here_e = np.zeros(len(who)), np.zeros(len(who))
    goal_n, goal_e = _in_disc(people.wander_m, len(who), rng)
    rows: _Rows = []
    for number in range(int(seconds / people.walking_interval_s) + 1):
        left_m = np.hypot(goal_n - here_n, goal_e - here_e)
        part = np.minimum(1.0, stride_m / np.maximum(left_m, 1e-6))
        here_n, here_e = here_n + part * (goal_n - here_n), here_e + part * (goal_e - here_e)
        new_n, new_e = _in_disc(people.wander_m, len(who), rng)
        goal_n, goal_e = np.where(part >= 1, new_n, goal_n), np.where(part >= 1, new_e, goal_e)
        to_lat, to_lon = _moved(lat[who], lon[who], here_n, here_e)
        rows.append(
            (at_s + number * people.walking_interval_s, who, to_lat.clip(south, north), to_lon.clip(west, east))
        )
    return rows


# --- groups and alerts -----------------------------------------------------------------------------------------------


def _groups(profile: Profile, spread: NDArray[np.int32], rng: np.random.Generator) -> tuple[GroupPlan, ...]:
    """Members are drawn at random, those in few groups first, nobody into more than `groups_each`."""
    names = [given.name for given in profile.people.spread]
    memberships = np.zeros(len(spread), np.int32)
    plans: list[GroupPlan] = []
    for given in profile.groups:
        if given.of is not None and given.of not in names:
            raise BadProfile(f"groups are of {given.of!r}, but the spreads are {', '.join(names)}")
        pool = np.arange(len(spread)) if given.of is None else np.flatnonzero(spread == names.index(given.of))
        for _ in range(given.count):
            free = pool[memberships[pool] < profile.people.groups_each]
            # The noise lets groups overlap; without it everybody would be in one before anybody is in two.
            chosen = free[np.argsort(memberships[free] + rng.uniform(0, 1.5, len(free)))[: given.size]]
            memberships[chosen] += 1
            if len(chosen):
                plans.append(GroupPlan(f"Group {len(plans) + 1}", given.locked, tuple(chosen.tolist())))
    return tuple(plans)


def _alerts(
    profile: Profile,
    lat: Floats,
    lon: Floats,
    groups: tuple[GroupPlan, ...],
    seconds: float,
    rng: np.random.Generator,
) -> tuple[AlertPlan, ...]:
    given = profile.alerts
    due_s = np.cumsum(rng.exponential(60 / given.per_min, int(seconds * given.per_min / 30) + 50))
    plans: list[AlertPlan] = []
    for due in due_s[due_s < seconds].tolist():
        level = _drawn(tuple(given.levels), tuple(given.levels.values()), rng)
        scope = _drawn(given.scopes, tuple(one.share for one in given.scopes), rng)
        author, addressed = _addressed(scope, groups, len(lat), rng)
        place = _place(_drawn(given.places, tuple(one.share for one in given.places), rng), author, lat, lon, rng)
        plans.append(
            AlertPlan(
                due_s=due,
                author=author,
                level=level,
                kind=KINDS[rng.integers(len(KINDS))],
                lat=place[0],
                lon=place[1],
                radius_m=given.radius_m(level) if scope.public else None,
                public=scope.public,
                groups=addressed,
                headline=given.headline,
                steps=_steps(profile, due, seconds, rng),
            )
        )
    return tuple(plans)


def _addressed(
    scope: Scope, groups: tuple[GroupPlan, ...], clients: int, rng: np.random.Generator
) -> tuple[int, tuple[int, ...]]:
    """Who sends it and to which groups: a member of them, a large group more often than a small one."""
    if not scope.rooms or not groups:
        return int(rng.integers(clients)), ()
    first = _drawn(tuple(range(len(groups))), tuple(float(len(group.members)) for group in groups), rng)
    author = int(rng.choice(groups[first].members))
    others = [n for n, group in enumerate(groups) if n != first and author in group.members]
    return author, (first, *others[: scope.rooms - 1])


def _place(where: Where, author: int, lat: Floats, lon: Floats, rng: np.random.Generator) -> tuple[float, float]:
    """Where it is. The author's own place is where the author was at the start: the place is chosen, not measured."""
    around = (lat[author], lon[author]) if where.lat is None or where.lon is None else (where.lat, where.lon)
    north_m, east_m = _in_disc(where.disc_m, 1, rng)
    to_lat, to_lon = _moved(around[0], around[1], north_m, east_m)
    return round(float(to_lat[0]), DECIMALS), round(float(to_lon[0]), DECIMALS)


def _steps(profile: Profile, due_s: float, seconds: float, rng: np.random.Generator) -> tuple[Step, ...]:
    """Words, then the end. At least 1.5 s apart: an alert takes one update a second."""
    given, steps = profile.alerts.updates, []
    if rng.random() < given.words_share:
        steps.append(Step(due_s + rng.uniform(*given.words_after_s), text="Grey van, they went into number 14."))
    if rng.random() < given.close_share:
        earliest = steps[-1].due_s + 1.5 if steps else 0.0
        steps.append(Step(max(earliest, due_s + rng.uniform(*given.close_after_s)), state="closed"))
    return tuple(step for step in steps if step.due_s < seconds)


# --- drawing ---------------------------------------------------------------------------------------------------------


def _drawn(things: tuple[T, ...], shares: tuple[float, ...], rng: np.random.Generator) -> T:
    weights = np.array(shares, float)
    return things[int(rng.choice(len(things), p=weights / weights.sum()))]


def _in_disc(radius_m: float, count: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Metres north and east, even over the disc."""
    distance_m, direction = radius_m * np.sqrt(rng.random(count)), rng.uniform(0, 2 * np.pi, count)
    return distance_m * np.cos(direction), distance_m * np.sin(direction)


def _moved(lat: float | Floats, lon: float | Floats, north_m: Floats, east_m: Floats) -> tuple[Floats, Floats]:
    to_lat = lat + north_m / METRES_PER_DEGREE
    return to_lat, lon + east_m / (METRES_PER_DEGREE * np.cos(np.radians(to_lat)))
