"""The profiles of the mission have its numbers; what chance decides is judged by simple statistics."""

import numpy as np
import pytest
from msgspec.structs import replace

from bench import plan, workload
from bench.drawing import Path
from bench.oracle import great_circle_m
from bench.plan import Plan
from bench.plan_alerts import QUIET
from bench.workload import BadProfile, Profile

MISSION = {
    # name: clients, box, how many groups at that size, alerts a minute
    "gamla-stan-day": (300, (18.060, 59.3205, 18.079, 59.3285), 12, 6),
    "sigtuna-evening": (500, (17.60, 59.52, 18.05, 59.80), 23, 6),
    "strangnas": (400, (16.80, 59.20, 17.35, 59.48), 20, 3),
    "platform-70k": (10_000, (11.0, 55.3, 24.2, 69.1), None, 60),
    "burglary-day": (10_000, (17.85, 59.35, 18.15, 59.52), 150, None),
}


def made(name: str, seconds: float | None = None, clients: int | None = None) -> tuple[Profile, Plan]:
    profile = workload.load(name)
    return profile, plan.make(profile, clients or profile.clients, seconds or profile.seconds, 5)


def near(it: Plan, lat: float, lon: float, metres: float) -> int:
    return int((great_circle_m(it.lat, it.lon, lat, lon) <= metres).sum())


@pytest.mark.parametrize("name", MISSION)
def test_a_profile_has_the_missions_people_box_groups_and_rate(name: str) -> None:
    profile, it = made(name, 30)
    clients, box, groups, per_min = MISSION[name]
    assert (profile.clients, profile.box, profile.alerts.per_min) == (clients, box, per_min)
    assert groups is None or len(it.groups) == groups
    assert not profile.quotas


def test_sigtuna_lives_in_maersta_and_half_of_its_alerts_are_locked() -> None:
    _, it = made("sigtuna-evening", 3_600)
    away_m = great_circle_m(it.lat[:350], it.lon[:350], 59.622, 17.855)
    assert 1_100 < np.sqrt((away_m**2).mean() / 2) < 1_300  # of a normal spread, each way
    sizes = [len(group.members) for group in it.groups]
    assert sorted(sizes)[-3:] == [120, 140, 180]
    assert min(sizes) >= 10
    locked = sum(it.groups[alert.groups[0]].locked for alert in it.alerts) / len(it.alerts)
    assert 0.4 < locked < 0.6


def test_few_are_near_in_a_municipality_and_many_in_the_old_town() -> None:
    for name, fewest, most in (("gamla-stan-day", 94, 203), ("sigtuna-evening", 1, 26), ("strangnas", 1, 26)):
        _, it = made(name)
        counts = [near(it, float(it.lat[one]), float(it.lon[one]), 500) for one in range(0, it.clients, 3)]
        assert fewest <= np.median(counts) <= most


def test_in_strangnas_the_municipality_leaves_half_way_and_never_raises_anything() -> None:
    _, it = made("strangnas", 3_600)
    assert it.leaves == it.groups[0].members[0]
    assert it.excused == {it.leaves}
    assert it.leaves not in {alert.author for alert in it.alerts}


def test_the_platform_is_where_the_people_are_and_its_groups_are_small() -> None:
    _, it = made("platform-70k", 300, 70_000)
    rest = 70_000 - 651
    stockholm = (it.lon >= 17.8) & (it.lon <= 18.3) & (it.lat >= 59.345) & (it.lat <= 59.5)
    assert 0.39 < stockholm.sum() / rest < 0.42
    assert 0.14 < near(it, 57.707, 11.967, 16_000) / rest < 0.17
    assert near(it, 59.325, 18.071, 500) == 500
    sizes = np.array([len(group.members) for group in it.groups])
    assert (len(sizes), sizes.max(), (sizes >= 150).sum() >= 11) == (2_001, 1_000, True)
    assert 22 <= np.median(sizes) <= 28
    assert 200 < len(it.moves.at_s) / 300 / (0.9 + 0.1 * 10) < 260  # 233/s, if all stood still


def test_after_two_minutes_of_silence_comes_one_red_in_the_spot() -> None:
    _, it = made("platform-70k", 300)
    *before, last = it.alerts
    assert (last.case, last.level, last.due_s) == (QUIET, "red", 299)
    said_s = [step.due_s for alert in before for step in alert.steps] + [alert.due_s for alert in before]
    assert last.due_s - max(said_s) >= 120
    assert len(it.groups[last.groups[0]].members) == 151
    _, short = made("platform-70k", 60)
    assert QUIET not in {alert.case for alert in short.alerts}


def test_the_spots_alerts_are_a_case_of_their_own_and_some_are_corrected() -> None:
    _, it = made("platform-70k", 300)
    spot = [alert for alert in it.alerts if alert.case == "spot"]
    assert {len(it.groups[alert.groups[0]].members) for alert in spot} == {151}
    ends = [alert.steps[-1] for alert in spot if alert.steps]
    assert {step.state for step in ends} == {"closed", "false_alarm"}
    assert all((step.wrong is not None) == (step.state == "false_alarm") for step in ends)


def test_a_car_is_seen_14_times_along_12_km_by_500_each() -> None:
    profile, it = made("burglary-day")
    path = Path(profile.path)
    assert 11_500 < path.length_m < 12_500
    seen = [alert for alert in it.alerts if alert.case == "path"]
    assert np.diff([alert.due_s for alert in seen]) == pytest.approx([90] * 13)
    assert {alert.level for alert in seen} == {"red"}
    steps_m = great_circle_m(
        np.array([one.lat for one in seen[1:]]), np.array([one.lon for one in seen[1:]]), seen[0].lat, seen[0].lon
    )
    assert (np.diff(steps_m) > 0).all()
    assert 400 < np.median([near(it, one.lat, one.lon, 500) for one in seen[1:-1]]) < 650
    assert {len(it.groups[one.groups[0]].members) for one in seen} == {151}
    comments = [len([step for step in one.steps if step.text]) for one in seen[:10]]
    assert 8 < np.mean(comments) <= 17
    assert max(len(one.steps) for one in seen) <= 20  # an alert takes no more
    assert all(np.diff([step.due_s for step in one.steps]).min() > 1.49 for one in seen if len(one.steps) > 1)
    along = it.lat[: int(it.clients * 0.8)], it.lon[: int(it.clients * 0.8)]
    at = path.at(np.linspace(0, 1, 600))
    nearest_m = np.min([great_circle_m(*along, lat, lon) for lat, lon in zip(*at, strict=True)], axis=0)
    assert nearest_m.max() < 512
    often = np.bincount(it.moves.client[it.moves.at_s < 300], minlength=it.clients)
    assert np.median(often[: len(nearest_m)]) == 5


def test_the_deaf_are_so_many_and_raise_nothing() -> None:
    profile = workload.load("platform-70k")
    people = replace(profile.people, deaf_share=0.05)
    it = plan.make(replace(profile, people=people), 10_000, 60, 1)
    assert 400 < len(it.deaf) < 600
    assert it.deaf.isdisjoint(alert.author for alert in it.alerts)


@pytest.mark.parametrize(
    ("instead_of", "this", "said"),
    [
        ("per_min = 60\n", "", "neither per_min nor every_s"),
        ('like = "spot"', 'like = "stop"', "is no stream"),
        ("sizes = [5, 150]\n", "", "neither a size nor sizes"),
        ("towns = 200", "along_m = 200", "the profile has none"),
        ("per_min = 60\n", "per_min = 60\nalong_path = true\n", "it needs one, and a count"),
    ],
)
def test_a_profile_that_cannot_be_is_refused(tmp_path: object, instead_of: str, this: str, said: str) -> None:
    bad = tmp_path / "bad.toml"  # type: ignore[operator]
    bad.write_text((workload.FOLDER / "platform-70k.toml").read_text().replace(instead_of, this))
    with pytest.raises(BadProfile, match=said):
        plan.make(workload.load(str(bad)), 2_000, 300, 1)
