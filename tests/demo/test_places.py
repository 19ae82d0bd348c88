"""Walkers stay in the old town, and walk no faster than they are meant to."""

import random

from hypothesis import given
from hypothesis import strategies as st

from geo.distance import metres_between
from realtime.demo.places import EAST, NORTH, SOUTH, WEST, Walker


@given(seed=st.integers(), pace_m_s=st.floats(0.1, 3), steps=st.lists(st.floats(0.1, 60), max_size=50))
def test_walkers_stay_in_the_old_town_at_their_pace(seed: int, pace_m_s: float, steps: list[float]) -> None:
    walker = Walker(random.Random(seed), pace_m_s)
    for seconds in steps:
        lat, lon = walker.lat, walker.lon
        walker.walk(seconds)
        assert SOUTH <= walker.lat <= NORTH
        assert WEST <= walker.lon <= EAST
        assert metres_between(lat, lon, walker.lat, walker.lon) <= pace_m_s * seconds * 1.01


def test_a_walker_arrives_and_goes_on_elsewhere() -> None:
    walker = Walker(random.Random(1), 100.0)
    seen = {(walker.lat, walker.lon)}
    for _ in range(20):
        walker.walk(60)
        seen.add((walker.lat, walker.lon))
    assert len(seen) == 21
