"""Two runs held against each other, and what makes them no fair comparison."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from bench.compare import main

RUN: dict[str, Any] = {
    "profile": "must-hold",
    "clients": 1_000,
    "seconds": 60.0,
    "seed": 1,
    "valid": True,
    "connected": 1_000,
    "lost": 0,
    "last_recipient_ms": {"red": {"p50": 10.0, "p99": 20.0, "max": 30.0}},
    "server_cpu_us_per_delivery": 30.0,
    "floor_cpu_us_per_delivery": 10.0,
    "rss_kib_per_connection": 5.0,
    "settings": {},
    "machine": {"cpu": "this one"},
    "time_budget": [{"name": "T1", "state": "met"}, {"name": "T2", "state": "elsewhere"}],
}


def compared(tmp_path: Path, other: Any) -> tuple[int, str]:
    for name, of in (("a.json", RUN), ("b.json", other)):
        (tmp_path / name).write_text(of if isinstance(of, str) else json.dumps(of))
    done = CliRunner().invoke(main, [str(tmp_path / "a.json"), str(tmp_path / "b.json")])
    return done.exit_code, done.output


def test_ratios_are_of_the_second_to_the_first(tmp_path: Path) -> None:
    better = RUN | {"last_recipient_ms": {"red": {"p50": 5.0, "p99": 30.0}}, "server_cpu_us_per_delivery": 15.0}
    code, said = compared(tmp_path, better)
    rows = {" ".join(line.split()[:-3]): line.split()[-3:] for line in said.splitlines() if "×" in line}
    assert code == 0
    assert "not alike" not in said
    assert " ".join(rows["last recipient, red, p50, ms 10"]) == "5 0.50 ×"
    assert " ".join(rows["last recipient, red, p99, ms 20"]) == "30 1.50 ×"
    assert " ".join(rows["server / floor 3"]) == "1.5 0.50 ×"
    assert "T1" in said
    assert "T2" not in said


def test_what_is_not_alike_is_said_first(tmp_path: Path) -> None:
    code, said = compared(
        tmp_path,
        RUN
        | {
            "settings": {"world": "exercise"},
            "profile": "small",
            "valid": False,
            "invalid_because": ["it was busy"],
            "machine": {"cpu": "another"},
        },
    )
    assert code == 0
    assert "not alike: the second is not valid: it was busy" in said
    assert "not alike: profile: must-hold and small" in said
    assert "not alike: world in the settings: None and exercise" in said
    assert "not alike: cpu of the machine: this one and another" in said


def test_a_file_that_is_none_is_refused_in_a_line(tmp_path: Path) -> None:
    assert compared(tmp_path, "{")[0] == 1
    assert "is not what a deadline run leaves" in compared(tmp_path, {"how": "cut"})[1]
