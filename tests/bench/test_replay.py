"""The bench of reading back, as a whole and in its parts."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.fill import LARGE, STAIRS, Log
from bench.replay import main
from bench.replay_measure import wrong_seqs
from storage.sql import SqlStore


def test_a_log_of_two_thousand(tmp_path: Path):
    """How long it takes depends on the machine; that every answer is right does not."""
    small = [
        "--events",
        "2000",
        "--replayed",
        "100",
        "--runs",
        "2",
        "--pages",
        "4",
        "--starts",
        "1",
        "--catch-ups",
        "5",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "bench.replay", *small, "--out", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert "2,000 events in 111 rooms" in done.stdout, done.stdout + done.stderr
    told = json.loads((tmp_path / "replay.json").read_text())
    assert told["targets"][0]["figure"] == 0, done.stdout
    assert told["passed"] == (done.returncode == 0)
    assert [one["name"] for one in told["replays"]] == [
        f"{room}, {encoding}" for room in (LARGE, STAIRS) for encoding in ("JSON", "MessagePack")
    ]
    assert [one["events"] for one in told["replays"][:2]] == [100, 100]
    assert {one["count"] for one in told["history"]} == {4}
    assert len(told["history"]) == 9
    assert list(told["starts"]) == ["200", "1000", "2000"]
    assert [one["events"] for one in told["memory"]] == [200, 1000, 2000]
    assert [path.name for path in tmp_path.iterdir()] == ["replay.json"]  # its data are gone


def test_help_shows_an_example():
    assert "python -m bench.replay --events 100000" in CliRunner().invoke(main, ["--help"]).output


@pytest.mark.parametrize(
    ("seqs", "fault"),
    [
        ([3, 4, 5], None),
        ([3, 5], "lost 1 of 3 to 5"),
        ([3, 4, 4, 5], "doubled 1 of 3 to 5"),
        ([4, 3, 5], "disordered 1 of 3 to 5"),
        ([3, 4, 5, 6], "wrong 1 of 3 to 5"),
        ([], "lost 3 of 3 to 5"),
    ],
)
def test_a_wrong_answer_is_found_and_named(seqs: list[int], fault: str | None):
    assert wrong_seqs(seqs, 3, 5) == fault


async def test_the_log_holds_what_the_filler_says(tmp_path: Path):
    """Also after it has been filled further."""
    log = Log(tmp_path, ["bench-0"], seed=1)
    told: list[int] = []
    await log.fill_to(1_200, told.append)
    filled = await log.fill_to(1_500, told.append)
    assert (filled.events, sum(filled.rooms.values()), told) == (1_500, 1_500, [1_000, 200, 300])
    store = await SqlStore.open(tmp_path)
    spans = await store.rooms()
    assert {room: spans[room].last for room in filled.rooms if room in spans} == {
        room: held for room, held in filled.rooms.items() if held
    }
    assert {stay.user for stay in await store.memberships(ended_after=0.0) if stay.group == LARGE} == {
        f"founder-of-{LARGE}",
        "bench-0",
    }
    await store.close()
