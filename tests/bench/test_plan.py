"""Profiles are what they say they are."""

import numpy as np
import pytest

from bench import plan, workload
from bench.oracle import Life, Oracle, great_circle_m
from bench.records import Positions
from bench.workload import BadProfile


@pytest.mark.parametrize("name", workload.names())
def test_every_profile_makes_a_plan_and_the_same_for_the_same_seed(name):
    profile = workload.load(name)
    one, same, other = (plan.make(profile, profile.clients, 30, seed) for seed in (1, 1, 2))
    assert one.alerts == same.alerts
    assert one.groups == same.groups
    assert np.array_equal(one.moves.lat, same.moves.lat)
    assert one.alerts != other.alerts
    assert (np.diff(one.moves.at_s) >= 0).all()
    assert one.moves.at_s.max() < 30
    west, south, east, north = profile.box
    assert ((one.lat >= south) & (one.lat <= north) & (one.lon >= west) & (one.lon <= east)).all()
    assert all(alert.author in one.groups[group].members for alert in one.alerts for group in alert.groups)
    memberships = np.bincount([client for group in one.groups for client in group.members], minlength=1)
    assert memberships.max() <= profile.people.groups_each


def test_must_hold_has_500_near_and_a_room_of_150_at_every_alert():
    profile = workload.load("must-hold")
    made = plan.make(profile, 1_000, 60, 7)
    hello = Positions(
        np.arange(1_000, dtype=np.int32), made.lat, made.lon, made.accuracy_m, np.zeros(1_000, int), np.ones(1_000, int)
    )
    oracle = Oracle(made, hello)
    for alert in made.alerts:
        entitled = oracle.entitled(alert, Life(sent_ns=10, dispatched_by_ns=20), None)
        rooms = oracle.members(alert.groups)
        assert (entitled.must & ~rooms).sum() == 500
        assert (entitled.must & rooms).sum() == 150
    walked_m = great_circle_m(made.moves.lat, made.moves.lon, 59.3250, 18.0710)
    assert not ((walked_m > 280) & (walked_m < 2_000)).any()  # nobody comes or goes: the case is the same throughout


def test_a_few_people_make_small_groups():
    made = plan.make(workload.load("small"), 5, 3, 1)
    assert all(0 < len(group.members) <= 5 for group in made.groups)


def test_what_is_wrong_with_a_profile_is_said(tmp_path):
    with pytest.raises(BadProfile, match=r"no profile elsewhere; there are .*small"):
        workload.load("elsewhere")
    bad = tmp_path / "bad.toml"
    bad.write_text((workload.FOLDER / "small.toml").read_text().replace("walking_share", "walking_shear"))
    with pytest.raises(BadProfile, match="walking_shear"):
        workload.load(str(bad))
    with pytest.raises(BadProfile, match="more than 100"):
        plan.make(workload.load("must-hold"), 100, 1, 1)
