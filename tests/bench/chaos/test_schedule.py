"""Faults by a seed: all kinds, enough deaths, in their time."""

import pytest

from bench.chaos import schedule, town
from bench.chaos.schedule import DEATHS, NETWORK, TROUBLES


@pytest.mark.parametrize(("seconds", "kills"), [(10.0, 3), (600.0, 25)])
def test_a_schedule_has_all_kinds_and_as_many_deaths_as_asked(seconds: float, kills: int):
    made = schedule.make(seconds, kills, seed=5)
    assert made.kills == kills
    assert {fault.kind for fault in made.network} == set(NETWORK)
    kinds = [fault.kind for fault in made.server]
    assert set(TROUBLES) <= set(kinds)
    assert kills < len(DEATHS) or set(DEATHS) <= set(kinds)
    for faults in (made.server, made.network):
        times = [fault.at for fault in faults]
        assert times == sorted(times)
        assert 0 <= times[0] <= times[-1] <= seconds


def test_the_same_seed_gives_the_same_faults_and_the_same_town():
    assert schedule.make(60, 4, 1) == schedule.make(60, 4, 1) != schedule.make(60, 4, 2)
    assert town.make(100, 1) == town.make(100, 1) != town.make(100, 2)


def test_a_town_has_rooms_of_20_to_150_and_people_with_several_devices():
    made = town.make(1_000, 3)
    assert len(made.devices) == 1_000
    assert 800 < made.people < 950
    assert {device.person for device in made.devices} == set(range(made.people))
    assert all(20 <= len(group.members) <= 150 for group in made.groups)
    assert all(group.rovers < set(group.members) and group.members[0] not in group.rovers for group in made.groups)
    assert any(group.rovers for group in made.groups)
    assert {device.msgpack for device in made.devices} == {True, False}
