"""Who should have had an alert, in cases small enough to say by hand. Times are in ns; the alert goes at 100 to 120."""

import numpy as np
import pytest

from bench.oracle import Life, Oracle, Published, great_circle_m
from bench.plan import AlertPlan, GroupPlan
from bench.records import NEVER, Positions
from tests.bench.worlds import CELL_M, HALF_M, LAT, LON, alert, north, plan, positions

PUBLISHED = Published(LAT, LON, CELL_M)
NOW = Life(sent_ns=100, dispatched_by_ns=120)
RIM_M = 500 + HALF_M


def sets(
    where: Positions,
    given: AlertPlan | None = None,
    life: Life = NOW,
    clients: int = 3,
    published: Published | None = PUBLISHED,
    groups: tuple[GroupPlan, ...] = (),
) -> tuple[set[int], set[int], set[int]]:
    """Who must, who may, and who must at once; client 0 is the author, far from everything."""
    given = given or alert()
    entitled = Oracle(plan([0.0] * clients, given, groups=groups), where).entitled(given, life, published)
    must, may, prompt = (set(map(int, np.flatnonzero(one))) for one in (entitled.must, entitled.may, entitled.prompt))
    return must, may, prompt


@pytest.mark.parametrize(
    ("metres", "near"),
    [(0, True), (RIM_M - 1, True), (RIM_M + 1, False), (5_000, False)],
)
def test_near_is_the_radius_and_half_the_cell(metres, near):
    must, may, prompt = sets(positions((1, north(metres), 0, 10)))
    assert must == may == prompt == ({1} if near else set())


def test_at_the_very_rim_either_answer_counts():
    must, may, _ = sets(positions((1, north(RIM_M), 0, 10)))
    assert (must, may) == (set(), {1})


@pytest.mark.parametrize(("accuracy_m", "near"), [(99, False), (101, True), (299, True), (5_000, False)])
def test_accuracy_counts_up_to_300_m(accuracy_m, near):
    beyond_m = 100 if accuracy_m < 200 else 298 if accuracy_m < 300 else 302
    must, may, _ = sets(positions((1, north(RIM_M + beyond_m), 0, 10), accuracy_m=accuracy_m))
    assert must == may == ({1} if near else set())


def test_the_author_is_never_told():
    assert sets(positions((0, LAT, 0, 10), (1, LAT, 0, 10)))[1] == {1}


def test_members_of_an_addressed_group_get_it_wherever_they_are():
    groups = (GroupPlan("one", False, (0, 1)), GroupPlan("other", False, (0, 2)))
    given = alert(public=False, groups=(0,), radius_m=None)
    assert sets(positions((2, LAT, 0, 10)), given, groups=groups) == ({1}, {1}, {1})


def test_nobody_gets_an_info_or_a_room_s_alert_for_being_near():
    where = positions((1, LAT, 0, 10))
    assert sets(where, alert(level="info", radius_m=None)) == (set(), set(), set())
    assert sets(where, alert(public=False)) == (set(), set(), set())


def test_a_position_on_its_way_while_the_alert_goes_out_leaves_it_open():
    for sent, acked in ((90, 110), (105, 115), (110, 130)):
        where = positions((1, north(5_000), 0, 10), (1, LAT, sent, acked))
        must, may, prompt = sets(where, life=Life(sent_ns=100, dispatched_by_ns=120, ending_sent_ns=125))
        assert 1 in may
        assert prompt == set()
        assert must == ({1} if acked < 125 else set())  # there while it was active: had to be told then
        leaving = positions((1, LAT, 0, 10), (1, north(5_000), sent, acked))
        assert sets(leaving, life=Life(sent_ns=100, dispatched_by_ns=120)) == (set(), {1}, set())


def test_a_position_never_acknowledged_may_or_may_not_count():
    assert sets(positions((1, LAT, 50, NEVER))) == (set(), {1}, set())


def test_a_later_ok_vouches_for_the_positions_before_it():
    arrived = positions((1, north(5_000), 0, 10), (1, LAT, 20, NEVER), (1, LAT, 30, 40))
    assert sets(arrived) == ({1}, {1}, {1})


def test_who_walks_in_while_it_is_active_must_get_it_but_not_at_once():
    walks_in = positions((1, north(5_000), 0, 10), (1, LAT, 500, 510))
    assert sets(walks_in) == ({1}, {1}, set())
    ends = {"ending_sent_ns": 505, "ended_by_ns": 520}
    assert sets(walks_in, life=Life(sent_ns=100, dispatched_by_ns=120, **ends)) == (set(), {1}, set())
    ends = {"ending_sent_ns": 400, "ended_by_ns": 420}
    assert sets(walks_in, life=Life(sent_ns=100, dispatched_by_ns=120, **ends)) == (set(), set(), set())


def test_only_the_last_position_counts():
    assert sets(positions((1, LAT, 0, 10), (1, north(5_000), 20, 30))) == (set(), set(), set())
    assert sets(positions((1, north(5_000), 0, 10), (1, LAT, 20, 30))) == ({1}, {1}, {1})


def test_without_a_published_place_the_coarsest_cell_bounds_the_answer():
    for metres, expected in ((499, ({1}, {1})), (600, (set(), {1})), (1_300, (set(), set()))):
        assert sets(positions((1, north(metres), 0, 10)), published=None)[:2] == expected


def test_the_great_circle_holds_at_the_pole_and_across_the_180th_meridian():
    lat, lon = np.array([90.0, 0.0, -0.5, 59.3293]), np.array([0.0, -179.5, 180.0, 18.0686])
    to = great_circle_m(lat, lon, 0.0, 179.5)
    degree_m = 6_371_008.8 * np.pi / 180
    assert to[:2] == pytest.approx([90 * degree_m, degree_m])
    assert to[2] == pytest.approx(degree_m * 2**0.5 / 2, rel=1e-4)
    # Stockholm to Göteborg, as any atlas has it.
    assert great_circle_m(lat[3:], lon[3:], 57.7089, 11.9746)[0] == pytest.approx(397_500, rel=2e-3)
