"""A profile made into one run: every person, walk, group and alert, the same for the same seed."""

from dataclasses import replace

import numpy as np

from bench import plan_alerts, plan_groups, plan_people
from bench.drawing import DECIMALS, METRES_PER_DEGREE, Floats
from bench.planned import AlertPlan, GroupPlan, Moves, Plan, Step
from bench.workload import Profile

__all__ = ["DECIMALS", "METRES_PER_DEGREE", "AlertPlan", "Floats", "GroupPlan", "Moves", "Plan", "Step", "make"]


def make(profile: Profile, clients: int, seconds: float, seed: int) -> Plan:
    """Raises BadProfile if the profile names a spread that is not there, or has too few people for its counts."""
    rng = np.random.default_rng(seed)
    people = profile.people
    spread = plan_people.spread(people.spread, clients)
    lat, lon = plan_people.homes(profile, spread, rng)
    groups = plan_groups.groups(profile, spread, rng)
    quiet_people = Plan(
        seconds=seconds,
        lat=lat,
        lon=lon,
        accuracy_m=rng.uniform(*people.accuracy_m, clients).round(1),
        msgpack=rng.random(clients) < people.msgpack_share,
        groups=groups,
        alerts=(),
        moves=plan_people.moves(profile, spread, lat, lon, seconds, rng),
        deaf=frozenset(np.flatnonzero(rng.random(clients) < people.deaf_share).tolist()),
        leaves=groups[0].members[0] if people.one_leaves and groups else None,
    )
    alerts = plan_alerts.alerts(profile, quiet_people, rng)
    return replace(quiet_people, alerts=alerts, said=plan_alerts.said(profile, quiet_people, rng))
