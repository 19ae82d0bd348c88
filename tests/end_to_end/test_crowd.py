"""A thousand clients at once, judged by brute force: nobody missed, nobody twice, nobody wrong."""

import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from bench import plan, workload
from bench.judge import judge
from bench.swarm import Shard, Swarm, limit_open_files
from tests.served import served

ALERTS_PER_MIN = 150
SECONDS = 2.0


async def test_of_a_thousand_all_650_whom_an_alert_concerns_have_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """500 near and a room of 150 elsewhere; words follow, and endings; some walk. In both encodings."""
    monkeypatch.setattr("bench.running.QUIET_S", 0.5)
    limit_open_files()
    profile = workload.load("must-hold")
    updates = replace(profile.alerts.updates, words_after_s=(0.1, 0.5), close_after_s=(0.5, 1.0))
    alerts = replace(profile.alerts, per_min=ALERTS_PER_MIN, updates=updates)
    made = plan.make(replace(profile, alerts=alerts), 1_000, SECONDS, seed=4)
    async with served(tmp_path) as server:
        tokens = {client: server.token(f"bench-{client}") for client in range(made.clients)}
        swarm = Swarm(Shard(plan=made, url=server.url, run="crowd", tokens=tokens), lambda stage, count: None)
        assert await swarm.connect() == 1_000
        await swarm.join_groups(await swarm.create_groups())
        await swarm.run(time.monotonic_ns())
        swarm.leave()
        records = swarm.records()
        server.kill()
    verdict = judge(made, records, alone=True)
    assert verdict.examples == []
    assert verdict.complete
    assert (records.connected, records.refused, records.miscounted) == (1_000, {}, 0)
    assert verdict.raised == len(made.alerts) >= 3
    assert verdict.expected == 650 * verdict.raised
    assert verdict.updated > 0
