"""Nothing is lost, attacked in small: a server that is killed, frozen, starved and cut off, and the ledger's zeros."""

import json
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from bench.chaos.__main__ import main
from bench.chaos.verdict import KINDS


def test_sixty_clients_lose_nothing_through_three_deaths_of_the_server(tmp_path: Path):
    """How much a run holds depends on the machine; that nothing is lost does not."""
    options = {"--seconds": 8, "--clients": 60, "--kills": 3, "--seed": 11, "--out": tmp_path}
    command = [sys.executable, "-m", "bench.chaos", *(str(part) for option in options.items() for part in option)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert (tmp_path / "chaos.json").exists(), done.stdout + done.stderr
    told = json.loads((tmp_path / "chaos.json").read_text())
    assert told["faults"] == dict.fromkeys(KINDS, 0), done.stdout
    assert told["complaints"] == [], done.stdout
    assert told["kills"] >= 3
    assert told["figures"]["message: stored"] > 0
    assert told["figures"]["events that members had to get"] > 0
    assert told["figures"]["alerts to somebody who had to get them"] > 0
    assert all(told["endured"].get(kind) for kind in ("freeze", "stall", "full", "drain", "reset", "swallow", "hush"))
    assert told["passed"] == (done.returncode == 0)
    assert "seed 11" in done.stdout


def test_help_shows_an_example():
    assert "python -m bench.chaos --seconds 600 --clients 1000 --seed 7" in CliRunner().invoke(main, ["--help"]).output
