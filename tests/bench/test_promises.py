"""Verdicts from times made by hand: met, missed, not proven, or not in this run."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bench.judge import Timing
from bench.promises import Facts, Judged, design, lines, time_budget

MS = 1_000_000
RED = Timing(
    alert=0,
    step=0,
    level="red",
    case="spot",
    corrects=False,
    durable=True,
    recipients=650,
    near=500,
    sent_ns=0,
    answered_ns=2 * MS,
    first_ns=3 * MS,
    median_ns=6 * MS,
    last_ns=10 * MS,
)
GOOD = Facts(
    timings=(
        *(replace(RED, alert=number) for number in range(200)),
        replace(RED, level="yellow", last_ns=90 * MS),
        replace(RED, step=1, corrects=True),
        replace(RED, case="quiet"),
    ),
    connected=10_000,
    valid=True,
    faults=0,
    in_server_ms=np.array([8.0, 9.0]),
    position_ms=np.array([1.0, 2.0]),
    rss_kib_per_connection=5.0,
)


def rows(facts: Facts) -> dict[str, Judged]:
    return {one.name: one for one in (*time_budget(facts), *design(facts))}


def states(facts: Facts, *names: str) -> list[str]:
    return [rows(facts)[name].state for name in names]


def test_a_good_run_meets_what_it_exercises_and_names_the_command_for_the_rest() -> None:
    assert (
        states(GOOD, "T1", "T3", "T4", "T6", "T7", "red", "red, inside", "yellow", "memory", "accounting")
        == ["met"] * 10
    )
    assert states(GOOD, "T2", "T5", "T8", "fan-out", "delivery", "index") == ["elsewhere"] * 6
    assert rows(GOOD)["T8"].note == "samverkan bench deadline --profile platform-70k --deaf 0.05"
    assert "several workers" in rows(GOOD)["T2"].note
    assert rows(GOOD)["T1"].count == 200  # the yellow, the correction and the one after the silence are others


@pytest.mark.parametrize(
    ("name", "worse", "state"),
    [
        ("T1", replace(RED, last_ns=1_001 * MS), "missed"),  # the max
        ("red", replace(RED, last_ns=1_001 * MS), "met"),  # of which one in 201 is not the p99
        ("T3", replace(RED, level="yellow", last_ns=5_001 * MS), "missed"),
        ("T4", replace(RED, case="quiet", last_ns=251 * MS), "missed"),
        ("T6", replace(RED, step=2, corrects=True, last_ns=2_000 * MS), "missed"),
        ("T1", replace(RED, case="", last_ns=9_000 * MS), "met"),  # not the promise's case
        ("T1", replace(RED, recipients=20, last_ns=9_000 * MS), "met"),
    ],
)
def test_one_that_is_too_late_is_seen_where_it_belongs(name: str, worse: Timing, state: str) -> None:
    assert states(replace(GOOD, timings=(*GOOD.timings, worse)), name) == [state]


def test_fewer_than_promised_prove_nothing_but_can_still_miss() -> None:
    few = replace(GOOD, connected=1_000)
    assert states(few, "T1", "T3", "T4", "T6", "red") == ["unproven"] * 5
    assert rows(few)["T1"].note == "1,000 connected, and it is for 10,000"
    assert rows(few)["T1"].figures["p99"] == 10.0
    late = replace(few, timings=tuple(replace(one, last_ns=2_000 * MS) for one in few.timings))
    assert states(late, "T1") == ["missed"]


def test_an_invalid_run_proves_nothing_either_way() -> None:
    late = replace(GOOD, valid=False, timings=tuple(replace(one, last_ns=9_000 * MS) for one in GOOD.timings))
    assert states(late, "T1", "T3", "T6", "memory") == ["unproven"] * 4
    assert "the run is not valid" in rows(late)["T1"].note
    assert states(replace(late, faults=1), "accounting") == ["missed"]  # what is lost is lost


def test_a_miss_beside_a_busy_neighbour_is_not_proven_and_a_promise_that_is_kept_is_kept() -> None:
    late = replace(GOOD, others=0.5, timings=(*GOOD.timings, replace(RED, last_ns=1_001 * MS)))
    assert states(late, "T1", "T3", "T6") == ["unproven", "met", "met"]
    assert "others had 50% of the server's core" in rows(late)["T1"].note
    assert states(replace(late, faults=1), "accounting") == ["missed"]  # that is no matter of time


def test_some_need_more_than_times() -> None:
    assert states(replace(GOOD, deaf=500), "T8") == ["met"]
    assert states(replace(GOOD, connected=70_000), "T2") == ["met"]
    storm = replace(GOOD, timings=(), storm_ms=np.array([20.0, 260.0]), returned=10_000)
    assert states(storm, "T5", "T1") == ["missed", "elsewhere"]
    assert states(replace(GOOD, faults=1), "accounting") == ["missed"]
    assert states(replace(GOOD, in_server_ms=np.array([11.0])), "red, inside") == ["missed"]
    assert states(replace(GOOD, in_server_ms=np.zeros(0)), "red, inside") == ["elsewhere"]
    assert states(replace(GOOD, rss_kib_per_connection=None), "memory") == ["elsewhere"]
    assert "2 went out before the disk" in rows(replace(GOOD, outran_log=2))["red"].note


def test_the_terminal_has_one_line_for_each_verdict_and_one_for_each_command() -> None:
    told = [line.plain for line in lines(list(rows(replace(GOOD, connected=100)).values()))]
    assert told[0].startswith(
        "unproven T1: red to 500 near and a room of 150, 10,000 connected: p50 10, p99 10, max 10 ms"
    )
    assert told[0].endswith("(at most p50 50, p99 250, max 1,000 ms); 100 connected, and it is for 10,000")
    elsewhere = [line for line in told if line.startswith("–")]
    assert len(elsewhere) < sum(one.state == "elsewhere" for one in rows(GOOD).values()) + 2
    assert any("python -m bench.geo" in line for line in elsewhere)


def test_a_row_for_machines_has_everything() -> None:
    row: dict[str, Any] = rows(GOOD)["T1"].as_json()
    assert row["limits"] == {"p50": 50.0, "p99": 250.0, "max": 1_000.0}
    assert row["figures"] == {"p50": 10.0, "p99": 10.0, "max": 10.0}
    assert (row["state"], row["unit"], row["count"]) == ("met", "ms", 200)
