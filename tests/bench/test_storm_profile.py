"""A storm told as a deadline run: the same fields in its JSON, T5 judged, a page that stands alone."""

from dataclasses import replace

import numpy as np
import pytest

from bench import storm_profile, workload
from bench.judge import Verdict
from bench.records import Generator
from bench.storm_course import Load
from bench.storm_judge import StormVerdict
from bench.storm_records import CrowdRecords, Return, Visit
from bench.storm_report import StormReport
from tests.bench.test_page import Seen
from tests.bench.worlds import LAT, deliveries, positions, raised, records

S = 1_000_000_000
PROFILE = workload.load("reconnect-storm")


def storm(last_ns: int = S + 20_000_000) -> StormReport:
    """Three come back between the first second and the fourth; a red is due meanwhile, and got by one who stayed."""
    red = raised(S + 1, S + 2)
    red.due_ns = S
    came = deliveries((1, last_ns, 1, True))
    visits = [Visit({}, knocked_ns=S + one, live_ns=(2 + one) * S) for one in range(3)]
    visits[0].knocked_ns = S // 2
    returns = [Return(number, [one]) for number, one in enumerate(visits)]
    calm = Generator(cpu=0.1, lag_ns=np.zeros(1, np.int64), late_ns=np.zeros(1, np.int64))
    return StormReport(
        how="cut",
        clients=3,
        away_s=1.0,
        within_s=30.0,
        seed=1,
        missed=20.0,
        crowds=[CrowdRecords(returns=returns, generator=calm, cpu_s=0.1)],
        stayers=records(positions((1, LAT, 0, 10)), [red], came),
        verdict=StormVerdict(expected=60, delivered=60, back=3),
        red_verdict=Verdict(expected=1, delivered=1, raised=1),
        load=Load(1.0, 10.0, 50_000, 50_000, 60_000, 0.01, 0.02, 0.0, None),
        generator_cores=1,
    )


def test_the_profile_has_the_missions_storm() -> None:
    assert PROFILE.storm is not None
    assert (PROFILE.clients, PROFILE.storm.within_s, PROFILE.storm.red_every_s) == (10_000, 30, 2)


def test_its_json_has_what_every_deadline_json_has() -> None:
    told = storm_profile.as_json(PROFILE, storm())
    assert (told["profile"], told["valid"], told["lost"], told["duplicate"], told["wrong"]) == (
        PROFILE.name,
        True,
        0,
        0,
        0,
    )
    assert told["last_recipient_ms"]["red"]["max"] == 20.0
    assert told["storm"]["back"] == 3
    assert {"settings", "machine", "connected", "server_cpu_us_per_delivery"} <= set(told)
    faulty = storm()
    faulty.verdict.faults.update({"lost": 1, "never live": 2, "doubled": 3})
    told = storm_profile.as_json(PROFILE, faulty)
    assert (told["lost"], told["duplicate"]) == (3, 3)


@pytest.mark.parametrize(("last_ms", "back", "state"), [(20, 10_000, "met"), (20, 3, "unproven"), (260, 3, "missed")])
def test_t5_is_judged_by_the_reds_of_those_connected(last_ms: int, back: int, state: str) -> None:
    report = storm(S + last_ms * 1_000_000)
    report.verdict.back = back
    assert {one.name: one.state for one in storm_profile.judged(report)}["T5"] == state


def test_its_page_stands_alone_and_says_what_went_wrong() -> None:
    text = storm_profile.page(PROFILE, storm())
    seen = Seen(text)
    assert (seen.open, len(seen.loads)) == ([], 2)
    assert all(one.startswith("data:image/png;base64,") for one in seen.loads)
    assert "All are back, with everything they had missed" in text
    slow = replace(storm(), within_s=0.1)  # all are to be back within two seconds more
    assert "Not all went as promised" in storm_profile.page(PROFILE, slow)
    busy = replace(storm(), generator_cores=0.01)
    assert "is not valid, and proves nothing" in storm_profile.page(PROFILE, busy)
