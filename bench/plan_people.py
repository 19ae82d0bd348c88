"""Who is where, and how they move."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bench.drawing import DECIMALS, Floats, Path, in_disc, moved
from bench.planned import Moves
from bench.workload import BadProfile, Profile, Spread

Numbers: TypeAlias = NDArray[np.int32]
Rows: TypeAlias = list[tuple[Floats, NDArray[np.intp], Floats, Floats]]


def spread(spreads: tuple[Spread, ...], clients: int) -> Numbers:
    """Which spread each client belongs to: counts first, shares of the rest; whoever rounding leaves is in the last."""
    sizes = [given.count or 0 for given in spreads]
    rest = clients - sum(sizes)
    if rest < 0:
        raise BadProfile(f"the profile counts {sum(sizes)} people, more than {clients} clients")
    shares = sum(given.share for given in spreads if given.count is None)
    of = np.repeat(
        np.arange(len(spreads)),
        [given.count if given.count is not None else int(rest * given.share / max(shares, 1e-9)) for given in spreads],
    )
    return np.concatenate([of, np.full(clients - len(of), len(spreads) - 1)]).astype(np.int32)


def homes(profile: Profile, of: Numbers, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Where each is at the start."""
    west, south, east, north = profile.box
    lat, lon = np.zeros(len(of)), np.zeros(len(of))
    for number, given in enumerate(profile.people.spread):
        here = np.flatnonzero(of == number)
        lat[here], lon[here] = _places(profile, given, len(here), rng)
    return lat.clip(south, north).round(DECIMALS), lon.clip(west, east).round(DECIMALS)


def _places(profile: Profile, given: Spread, count: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    if given.towns is not None:
        return _in_towns(profile, given, count, rng)
    if given.along_m is not None:
        if len(profile.path) < 2:
            raise BadProfile(f"spread {given.name!r} is along a path, and the profile has none")
        return moved(*Path(profile.path).at(rng.random(count)), *in_disc(given.along_m, count, rng))
    if given.lat is None or given.lon is None:
        west, south, east, north = given.box or profile.box
        return rng.uniform(south, north, count), rng.uniform(west, east, count)
    if given.disc_m is not None:
        return moved(given.lat, given.lon, *in_disc(given.disc_m, count, rng))
    return moved(given.lat, given.lon, *rng.normal(0, given.sd_m or 0, (2, count)))


def _in_towns(profile: Profile, given: Spread, count: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Towns anywhere in the box; the nth has a share like 1 / (n + 10): some are ten times as large as others."""
    assert given.towns is not None
    west, south, east, north = given.box or profile.box
    lat, lon = rng.uniform(south, north, given.towns), rng.uniform(west, east, given.towns)
    weights = 1 / (np.arange(given.towns) + 10)
    town = rng.choice(given.towns, count, p=weights / weights.sum())
    return moved(lat[town], lon[town], *rng.normal(0, given.sd_m or 0, (2, count)))


# --- moving ----------------------------------------------------------------------------------------------------------


def moves(profile: Profile, of: Numbers, lat: Floats, lon: Floats, seconds: float, rng: np.random.Generator) -> Moves:
    """What everybody reports during the run."""
    walks = rng.random(len(lat)) < profile.people.walking_share
    rows = [
        *_still(profile, of, np.flatnonzero(~walks), lat, lon, seconds, rng),
        *_walking(profile, np.flatnonzero(walks), lat, lon, seconds, rng),
    ]
    at_s, client, to_lat, to_lon = (np.concatenate(column) for column in zip(*rows, strict=True))
    order = np.argsort(at_s, kind="stable")[: int(np.count_nonzero(at_s < seconds))]
    return Moves(
        at_s[order], client[order].astype(np.int32), to_lat[order].round(DECIMALS), to_lon[order].round(DECIMALS)
    )


def _still(
    profile: Profile,
    of: Numbers,
    still: NDArray[np.intp],
    lat: Floats,
    lon: Floats,
    seconds: float,
    rng: np.random.Generator,
) -> Rows:
    people, rows = profile.people, Rows()
    every_s = np.array([given.still_interval_s or people.still_interval_s for given in people.spread])
    for interval_s in np.unique(every_s).tolist():
        who = still[every_s[of[still]] == interval_s]
        at_s = rng.uniform(0, interval_s, len(who))
        for number in range(int(seconds / interval_s) + 1):
            north_m, east_m = rng.normal(0, people.jitter_m, (2, len(who)))
            rows.append((at_s + number * interval_s, who, *moved(lat[who], lon[who], north_m, east_m)))
    return rows


def _walking(
    profile: Profile, who: NDArray[np.intp], lat: Floats, lon: Floats, seconds: float, rng: np.random.Generator
) -> Rows:
    """Each walks to a random point within `wander_m` of home, then to another; never out of the box."""
    people, (west, south, east, north) = profile.people, profile.box
    at_s = rng.uniform(0, people.walking_interval_s, len(who))
    stride_m = rng.uniform(*people.speed_m_s, len(who)) * people.walking_interval_s
    here_n, here_e = np.zeros(len(who)), np.zeros(len(who))
    goal_n, goal_e = in_disc(people.wander_m, len(who), rng)
    rows = Rows()
    for number in range(int(seconds / people.walking_interval_s) + 1):
        left_m = np.hypot(goal_n - here_n, goal_e - here_e)
        part = np.minimum(1.0, stride_m / np.maximum(left_m, 1e-6))
        here_n, here_e = here_n + part * (goal_n - here_n), here_e + part * (goal_e - here_e)
        new_n, new_e = in_disc(people.wander_m, len(who), rng)
        goal_n, goal_e = np.where(part >= 1, new_n, goal_n), np.where(part >= 1, new_e, goal_e)
        to_lat, to_lon = moved(lat[who], lon[who], here_n, here_e)
        rows.append(
            (at_s + number * people.walking_interval_s, who, to_lat.clip(south, north), to_lon.clip(west, east))
        )
    return rows
