"""A swarm against a server that is right, and against one that is not."""

import dataclasses
from collections import Counter
from time import monotonic_ns
from typing import Any

import pytest
import uvloop
from msgspec.structs import replace

from bench import plan, workload
from bench.judge import Verdict, judge
from bench.plan import Plan
from bench.records import Records
from bench.report import Report
from bench.swarm import Shard, Swarm
from tests.bench.stand_in import StandIn, Tamper

CLIENTS = 24


@pytest.fixture(autouse=True)
def _briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.running.QUIET_S", 0.2)


def busy_plan() -> Plan:
    """The small profile in half a second: everybody walks, alerts come one on another, most end."""
    given = workload.load("small")
    updates = replace(given.alerts.updates, words_after_s=(0.02, 0.1), close_after_s=(0.1, 0.3), close_share=1.0)
    people = replace(given.people, walking_share=1.0, walking_interval_s=0.05, speed_m_s=(2_000, 9_000))
    return plan.make(
        replace(given, alerts=replace(given.alerts, per_min=6_000, updates=updates), people=people), CLIENTS, 0.5, 3
    )


def played(tamper: Tamper) -> tuple[Records, Verdict]:
    return uvloop.run(_played(StandIn(tamper), busy_plan()))


async def _played(stand_in: StandIn, made: Plan) -> tuple[Records, Verdict]:
    server, url = await stand_in.start()
    async with server:
        told: Counter[str] = Counter()

        def progress(stage: str, count: int) -> None:
            told[stage] += count

        tokens = {client: f"user-{client}" for client in range(CLIENTS)}
        swarm = Swarm(Shard(plan=made, url=url, run="test", tokens=tokens), progress)
        await swarm.connect()
        await swarm.join_groups(await swarm.create_groups())
        await swarm.run(monotonic_ns())
        swarm.leave()
        records = swarm.records()
    assert records.connected == told["connect"] == CLIENTS
    assert told["groups"] == len(made.groups)
    return records, judge(made, records, alone=True)


def test_a_right_server_passes():
    records, verdict = played(lambda user, message: 1)
    assert verdict.examples == []
    assert verdict.complete
    assert verdict.expected > 50
    assert verdict.updated > 5
    assert verdict.walked_in > 0
    assert len(records.positions.client) > 2 * CLIENTS
    assert verdict.latencies["alert", "yellow"].last


@pytest.mark.parametrize(
    ("type", "times", "fault"),
    [("alert", 0, "lost"), ("update", 0, "lost"), ("alert", 2, "duplicate"), ("update", 2, "duplicate")],
)
def test_one_frame_too_few_or_too_many_is_found(type: str, times: int, fault: str):
    """The fifth such frame is tampered with, and nothing else."""
    seen = 0

    def tamper(user: str, message: dict[str, Any]) -> int:
        nonlocal seen
        seen += message["type"] == type
        return times if message["type"] == type and seen == 5 else 1

    _, verdict = played(tamper)
    assert verdict.faults == {fault: 1}


def test_a_client_that_is_cut_off_is_counted():
    uvloop.run(_cut_off())


async def _cut_off() -> None:
    server, url = await StandIn().start()
    made = busy_plan()
    tokens = {client: f"user-{client}" for client in range(CLIENTS)}
    swarm = Swarm(Shard(plan=made, url=url, run="test", tokens=tokens), lambda stage, count: None)
    await swarm.connect()
    await swarm.join_groups(await swarm.create_groups())
    server.close(code=4002, reason="drain")
    await server.wait_closed()
    await swarm.run(monotonic_ns())
    swarm.leave()
    records = swarm.records()
    assert records.closed == {"4002 drain": CLIENTS}
    assert records.connected == 0
    report = Report(
        profile=workload.load("small"),
        clients=CLIENTS,
        seconds=0.3,
        seed=3,
        records=records,
        verdict=judge(made, records, alone=True),
        load=None,
    )
    assert not report.passed


def test_who_reads_nothing_or_leaves_is_nobodys_fault():
    """The others have everything, once; nothing is asked of those two, and they count as no disconnection."""
    excused = dataclasses.replace(busy_plan(), deaf=frozenset({3}), leaves=5)
    excused = dataclasses.replace(
        excused, alerts=tuple(alert for alert in excused.alerts if alert.author not in excused.excused)
    )
    stand_in = StandIn()
    records, verdict = uvloop.run(_played(stand_in, excused))
    assert verdict.examples == []
    assert verdict.complete
    assert records.closed == {}
    reported = records.positions.client.tolist()
    assert reported.count(3) == 1  # with its hello
    assert stand_in.gone[0] == "user-5"  # the others when the run was over
    assert 3 not in records.deliveries.client
    assert verdict.timings
