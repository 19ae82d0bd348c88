"""The accounting finds what is wrong: each record here is right but for one thing, and just that is flagged."""

from collections.abc import Callable

import pytest

from bench.judge import Verdict, judge
from bench.plan import GroupPlan, Step
from bench.records import Deliveries, Records
from tests.bench.worlds import LAT, alert, deliveries, north, plan, positions, raised, records, updated

# 0 is the author, 1 and 2 are near, 3 is far away; revision 2 are words, revision 3 is the end.
PLAN = plan([LAT, LAT, LAT, north(5_000)], alert(steps=(Step(1.0, text="words"), Step(2.0, state="closed"))))
PLACES = positions(*((client, lat, 0, 10) for client, lat in enumerate(PLAN.lat)))
ACTS = [raised(), updated(1, 1_000, 1_010), updated(2, 2_000, 2_010)]
RIGHT = [
    (client, at + client, revision, revision == 1)
    for client in (1, 2)
    for at, revision in ((120, 1), (1_020, 2), (2_020, 3))
]


def judged(rows: list[tuple[int, int, int, bool]], *, alone: bool = True) -> Verdict:
    return judge(PLAN, records(PLACES, ACTS, deliveries(*rows)), alone=alone)


def without(*gone: tuple[int, int]) -> list[tuple[int, int, int, bool]]:
    return [row for row in RIGHT if (row[0], row[2]) not in gone]


def test_a_right_record_has_no_fault():
    verdict = judged(RIGHT)
    assert verdict.complete
    assert (verdict.expected, verdict.delivered, verdict.raised, verdict.updated, verdict.band) == (2, 6, 1, 2, 0)


@pytest.mark.parametrize(
    ("rows", "faults"),
    [
        (without((2, 1), (2, 2), (2, 3)), {"lost": 1}),  # never heard of it: one alert lost, not three frames
        (without((2, 1)), {"lost": 1}),  # told more of what they never heard of
        (without((2, 2)), {"lost": 1}),
        (without((2, 3)), {"lost": 1}),
        (without((1, 2), (2, 3)), {"lost": 2}),
        ([*RIGHT, (1, 130, 1, True)], {"duplicate": 1}),
        ([*RIGHT, (1, 2_030, 2, False)], {"duplicate": 1}),
        ([*RIGHT, (1, 2_030, 3, True)], {"duplicate": 1}),  # the same revision in another form
        ([*without((1, 3)), (1, 2_030, 3, True)], {"duplicate": 1, "lost": 1}),  # a second first copy is no update
        ([*RIGHT, (3, 130, 1, True), (3, 1_030, 2, False), (3, 2_030, 3, False)], {"wrong": 1}),
        ([*RIGHT, (3, 1_030, 2, False)], {"wrong": 1}),
        ([*RIGHT, (0, 130, 1, True), (0, 1_030, 2, False), (0, 2_030, 3, False)], {"wrong": 1}),  # the author has `ok`
        ([*RIGHT, (1, 3_030, 4, False)], {"wrong": 1}),  # a revision that nobody made
        ([(1, 115, 2, False), *without((1, 2))], {"disordered": 1}),
    ],
)
def test_each_fault_is_counted_as_what_it_is(rows, faults):
    verdict = judged(rows)
    assert dict(verdict.faults) == faults
    assert not verdict.complete
    assert verdict.examples


def test_who_comes_in_at_a_later_revision_needs_no_earlier_one():
    walks = positions(*((client, lat, 0, 10) for client, lat in enumerate(PLAN.lat)), (3, float(LAT), 1_500, 1_510))
    rows = [*RIGHT, (3, 1_520, 2, True), (3, 2_023, 3, False)]
    verdict = judge(PLAN, records(walks, ACTS, deliveries(*rows)), alone=True)
    assert verdict.complete
    assert (verdict.expected, verdict.walked_in) == (3, 1)
    assert len(verdict.latencies["alert", "red"].every[0]) == 2  # who walks in has no deadline from the alert's due


def test_who_might_have_had_an_alert_and_is_told_only_more_of_it_has_lost_it():
    on_the_way = positions(
        *((client, lat, 0, 10) for client, lat in enumerate(PLAN.lat)),
        (3, float(LAT), 90, 110),
        (3, float(PLAN.lat[3]), 115, 118),
    )
    for more, faults in (([], {}), ([(3, 1_030, 2, False), (3, 2_030, 3, False)], {"lost": 1})):
        verdict = judge(PLAN, records(on_the_way, ACTS, deliveries(*RIGHT, *more)), alone=True)
        assert dict(verdict.faults) == faults
        assert (verdict.band, verdict.band_received) == (1, 0)


def test_latency_counts_from_due_to_each_receipt():
    latencies = judged(RIGHT).latencies["alert", "red"]
    assert sorted(latencies.every[0].tolist()) == [31, 32]  # due at 90
    assert (latencies.first, latencies.last) == ([31], [32])
    assert judged(RIGHT).latencies["update", "red"].last == [22, 22]


def test_an_alert_of_others_is_wrong_only_where_nobody_else_is():
    foreign = deliveries((1, 500, 1, True), id="other")
    found = records(PLACES, [], foreign)
    assert judge(PLAN, found, alone=True).faults == {"wrong": 1}
    assert judge(PLAN, found, alone=False).complete


def test_no_answer_is_a_fault_and_a_refusal_asks_nothing_of_anybody():
    silent = raised(answered=2**62)
    silent.alert_id = None
    assert not judge(PLAN, records(PLACES, [silent], deliveries()), alone=True).complete
    refused = raised()
    refused.alert_id, refused.error = None, "rate_limited"
    assert judge(PLAN, records(PLACES, [refused], deliveries()), alone=True).complete


def off_by_200_m(found: Deliveries) -> None:
    found.lat[:] = north(200)


def two_centres(found: Deliveries) -> None:
    found.lat[0] = north(20)


def as_chosen(found: Deliveries) -> None:
    found.cell_m[0] = float("nan")


@pytest.mark.parametrize(("doctor", "wrong"), [(off_by_200_m, 6), (two_centres, 5), (as_chosen, 1)])
def test_a_place_that_is_not_the_published_one_is_wrong(doctor: Callable[[Deliveries], None], wrong: int):
    rows = deliveries(*RIGHT)
    doctor(rows)
    assert judge(PLAN, records(PLACES, ACTS, rows), alone=True).faults == {"wrong": wrong}


def test_members_of_a_locked_group_see_the_place_as_chosen():
    locked = plan(list(PLAN.lat), alert(groups=(0,)), groups=(GroupPlan("g", True, (0, 1)),))
    rows = deliveries((1, 120, 1, True), (2, 121, 1, True))
    rows.cell_m[0] = float("nan")
    found: Records = records(PLACES, [raised()], rows)
    assert judge(locked, found, alone=True).complete
    rows.cell_m[1] = float("nan")
    assert judge(locked, found, alone=True).faults == {"wrong": 1}
