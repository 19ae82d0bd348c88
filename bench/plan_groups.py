"""Who is in which groups."""

import numpy as np
from numpy.typing import NDArray

from bench.planned import GroupPlan
from bench.workload import BadProfile, Groups, Profile

SIGMA = 0.8  # of log-normal sizes: with a median of 25 a tenth is below 9, and a tenth above 70


def groups(profile: Profile, of: NDArray[np.int32], rng: np.random.Generator) -> tuple[GroupPlan, ...]:
    """Members are drawn at random, those in few groups first, nobody into more than `groups_each`."""
    names = [given.name for given in profile.people.spread]
    memberships = np.zeros(len(of), np.int32)
    plans: list[GroupPlan] = []
    for given in profile.groups:
        if given.of is not None and given.of not in names:
            raise BadProfile(f"groups are of {given.of!r}, but the spreads are {', '.join(names)}")
        pool = np.arange(len(of)) if given.of is None else np.flatnonzero(of == names.index(given.of))
        for size in _sizes(given, len(of), rng):
            free = pool[memberships[pool] < profile.people.groups_each]
            # The noise lets groups overlap; without it everybody would be in one before anybody is in two.
            turn = memberships[free] + rng.uniform(0, 1.5, len(free))
            chosen = free[np.argpartition(turn, size)[:size]] if size < len(free) else free
            memberships[chosen] += 1
            if len(chosen):
                plans.append(GroupPlan(f"Group {len(plans) + 1}", given.locked, tuple(chosen.tolist()), given.of))
    return tuple(plans)


def _sizes(given: Groups, clients: int, rng: np.random.Generator) -> list[int]:
    count = given.count if given.for_clients is None else max(1, round(given.count * clients / given.for_clients))
    if given.size is not None:
        return [given.size] * count
    if given.sizes is None:
        raise BadProfile("groups have neither a size nor sizes")
    smallest, largest = given.sizes
    if given.median is None:
        sizes = rng.integers(smallest, largest + 1, count)
    else:
        sizes = rng.lognormal(np.log(given.median), SIGMA, count).round().clip(smallest, largest).astype(int)
    return [int(size) for size in sizes]
