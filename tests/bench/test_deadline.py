"""The bench as a whole: a server of its own, a swarm of its own, and the account of both."""

import json
import subprocess
from pathlib import Path

from click.testing import CliRunner

from bench.deadline import main
from bench.server import COMMAND


def test_fifty_members_for_three_seconds(tmp_path: Path):
    """Whether the run is valid depends on the machine; whether it is complete does not."""
    done = subprocess.run(
        [COMMAND, "bench", "deadline", "--clients", "50", "--seconds", "3", "--out", tmp_path],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "alert, last recipient" in done.stdout, done.stdout + done.stderr
    told = json.loads((tmp_path / "deadline.json").read_text())
    faults = {name: told[name] for name in ("lost", "duplicate", "wrong", "disordered", "unanswered", "miscounted")}
    assert faults == dict.fromkeys(faults, 0)
    assert (told["refused"], told["disconnected"], told["connected"]) == ({}, {}, 50)
    assert told["passed"] == told["valid"] == (done.returncode == 0)
    assert told["expected"] > 0
    assert told["band"]["pairs"] >= told["band"]["received"] >= 0
    for figures in told["last_recipient_ms"].values():
        assert 0 < figures["p50"] <= figures["p99"]
        assert figures["p50"] <= figures["max"]
    assert told["server_cpu_us_per_delivery"] > 0
    assert told["rss_kib_per_connection"] != 0
    assert told["machine"]["cores"] >= 1
    assert told["floor_cpu_us_per_delivery"] > 0
    assert told["settings"]["limits on alerts (R10)"] == "off"
    assert [one["name"] for one in told["time_budget"]] == [f"T{number}" for number in range(1, 9)]
    assert told["commit_ms"]["count"] > 0
    way = told["red_way_ms"]  # of every red that somebody got: whoever renames a function that is traced learns it here
    assert way["reds"] == way["seen"] == told["last_recipient_ms"].get("red", {"count": 0})["count"]
    assert way["seen"]
    assert not way["not_seen"]
    assert (tmp_path / "deadline.png").read_bytes()[:4] == b"\x89PNG"
    assert (tmp_path / "deadline.html").read_text().startswith("<!doctype html>")
    made = ["deadline.html", "deadline.json", "deadline.png"]
    assert sorted(path.name for path in tmp_path.iterdir()) == made  # its data are gone


def test_what_it_cannot_do_is_said_in_a_line(tmp_path: Path):
    (tmp_path / "tokens").write_text("")
    somewhere = ["--url", "ws://127.0.0.1:9/v1", "--tokens", str(tmp_path / "tokens")]
    for arguments, said in (
        (
            ["--profile", "elsewhere"],
            "Error: no profile elsewhere; there are burglary-day, gamla-stan-day, must-hold, platform-70k",
        ),
        (["--profile", "must-hold", "--clients", "10"], "Error: the profile counts 500 people, more than 10 clients"),
        (["--url", "ws://127.0.0.1:9/v1"], "Error: --url and --tokens go together"),
        (["--clients", "5", *somewhere], "Error: 5 members, but"),
        (["--profile", "reconnect-storm", *somewhere], "only with a server of its own, without --url"),
    ):
        result = CliRunner().invoke(main, [*arguments, "--out", str(tmp_path)])
        assert result.exit_code != 0
        assert said in result.output


def test_help_shows_an_example():
    assert "python -m bench.deadline --profile must-hold" in CliRunner().invoke(main, ["--help"]).output
