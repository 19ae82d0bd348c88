"""Every target in one run: rows from what the benches leave, a report that hides nothing, and parts that may break."""

import re
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from bench import all as whole
from bench.all import NAMES, PARTS, Part, gathered, main, played, run
from bench.all_docs import BEGIN, END, write_docs
from bench.all_report import page, terminal
from bench.rows import Row, faults, rows, time_budget


def judged(name: str, figures: dict[str, float], state: str = "met", note: str = "") -> dict[str, Any]:
    limits = dict.fromkeys(figures, 50.0)
    told = {"name": name, "promise": f"what {name} is", "state": state, "unit": "ms", "limits": limits}
    return told | {"figures": figures, "count": 84, "note": note}


def good() -> dict[str, Any]:
    """What every part leaves, with nothing missed; the handshake's bench is not there."""

    def kind() -> dict[str, Any]:
        return {"ratio": {"write": 1.1}, "stall_ms": {"p50": 12.0, "max": 15.0}}

    def case() -> dict[str, Any]:
        return {"cpu_us": 8.0, "ratio": 1.2, "ratio_to_picows": 1.1}

    def peer(name: str) -> dict[str, Any]:
        figures = {"cpu_us_per_delivery": {"median": 1.0}, "last_ratio_to_write": {"median": 1.0}}
        return {"name": name, "fault": None, "failed": None, **figures}

    stretch = {"stretch": "commit", "what": "written", "p50": 1.0}
    return {
        "alerts": {
            "design": [
                judged("red", {"p50": 12.0, "p99": 40.0}, note="every red was on disk first"),
                judged("red, inside", {"p50": 9.0}),
                judged("yellow", {"p99": 40.0}),
                judged("chat", {"p99": 9.0}),
            ],
            "time_budget": [
                judged("T1", {"p50": 12.0, "p99": 40.0}),
                judged("T5", {}, "elsewhere", "samverkan bench deadline --profile reconnect-storm")
                | {"limits": {"p99": 250.0, "max": 1_000.0}},
            ],
            **dict.fromkeys(("lost", "duplicate", "wrong", "disordered", "unanswered"), 0),
            "case_ms": {"red": [10.0, 12.0, 40.0], "yellow": [9.0], "chat": [3.0, 4.0]},
            "red_way_ms": {"stretches": [stretch]},
        },
        "coming back": {
            "valid": True,
            "invalid_because": [],
            "faults": {"lost": 0},
            "red_faults": {},
            "back": 10_000,
            "targets": [{"name": "first attempt to last client caught up", "figure": 10.1}],
            "red_during_ms": {"count": 5, "p99": 20.0, "max": 21.0},
        },
        "peers": {"runs": [peer("samverkan"), peer("picows")]},
        "crowd": {"red": kind()},
        "delivery": {"red": kind(), "words": kind(), "chat": kind()},
        "position": {"quiet": case(), "busy": case()},
        "index": {
            "results": [
                {"name": "ours", "still_per_s": 2e6, "mix_per_s": 5e5, "hits": [533, 134], "query_p99_us": [300, 150]}
            ]
        },
        "memory": {"kib_per_connection": {"whole": 5.2}},
    }


def states(results: dict[str, Any]) -> dict[str, str]:
    return {row.name: row.state for row in rows(results)}


def test_a_good_run_meets_all_but_what_it_cannot_measure() -> None:
    found = states(good())
    assert {name for name, state in found.items() if state != "met"} == {"handshake", "70,000 over several workers"}
    assert len(found) == 13
    assert states(good() | {"handshake": {"seen_us": 280.0, "hs256_us": 290.0}})["handshake"] == "met"


def test_without_any_part_every_row_is_there_and_none_is_met() -> None:
    assert set(states({}).values()) == {"elsewhere"}
    assert list(states({})) == list(states(good()))
    assert faults({}) is None
    assert time_budget({}) == []


@pytest.mark.parametrize(
    ("part", "path", "value", "row"),
    [
        ("crowd", ("red", "stall_ms", "p50"), 20.1, "all 10,000 near"),
        ("peers", ("runs", 0, "last_ratio_to_write", "median"), 1.31, "all 10,000 near"),
        ("peers", ("runs", 0, "cpu_us_per_delivery", "median"), 1.11, "processor time of a delivery"),
        ("delivery", ("chat", "ratio", "write"), 1.21, "processor time of a delivery"),
        ("position", ("busy", "ratio"), 1.31, "one position in"),
        ("position", ("quiet", "ratio_to_picows"), 1.21, "one position in"),
        ("position", ("quiet", "cpu_us"), 41.0, "positions a second and core"),
        ("index", ("results", 0, "still_per_s"), 499_000.0, "positions a second and core"),
        ("index", ("results", 0, "query_p99_us", 1), 201.0, "who is near, of 70,000"),
        ("memory", ("kib_per_connection", "whole"), 9.1, "memory of a connection"),
        ("coming back", ("targets", 0, "figure"), 12.1, "10,000 come back within 10 s"),
        ("coming back", ("faults", "lost"), 1, "lost, doubled, or to the wrong person"),
        ("alerts", ("wrong",), 2, "lost, doubled, or to the wrong person"),
        ("peers", ("runs", 0, "fault"), "3 missing", "lost, doubled, or to the wrong person"),
        ("alerts", ("design", 1, "figures", "p50"), 10.1, "red"),
    ],
)
def test_each_figure_can_miss_its_row_and_no_other(part: str, path: tuple[Any, ...], value: Any, row: str) -> None:
    results = good()
    at = results[part]
    for name in path[:-1]:
        at = at[name]
    at[path[-1]] = value
    found = states(results)
    assert [name for name, state in found.items() if state == "missed"] == [row]


def test_what_is_not_proven_or_only_half_there_is_not_met() -> None:
    results = good()
    results["alerts"]["design"][2] |= {"state": "unproven", "note": "others had 50% of the server's core"}
    for case in ("quiet", "busy"):
        results["position"][case]["ratio_to_picows"] = None
    results["coming back"] |= {"valid": False, "invalid_because": ["a late generator"]}
    found = {row.name: row for row in rows(results)}
    assert found["yellow"].state == found["one position in"].state == "unproven"
    assert found["10,000 come back within 10 s"].state == "unproven"
    assert "others had 50%" in found["yellow"].words
    assert "picows not in this run" in found["one position in"].found


def test_reds_while_all_come_back_are_the_fifth_promise() -> None:
    results = good()
    first, fifth = time_budget(results)
    assert (first.state, fifth.state) == ("met", "met")
    assert "5 of them, while all come back within 10 s" in fifth.note
    results["coming back"]["back"] = 9_999
    assert time_budget(results)[1].state == "unproven"
    del results["coming back"]
    assert time_budget(results)[1].state == "elsewhere"


def told(tmp_path: Path, results: dict[str, Any]) -> whole.Told:
    return whole.told_of(results, {}, [], tmp_path)


def test_the_page_stands_alone_and_says_first_what_went_wrong(tmp_path: Path) -> None:
    text = page(told(tmp_path, good()))
    assert "Nothing was lost, doubled or sent to the wrong person. Of 13 targets 11 met, 2 not in this run." in text
    assert text.count("data:image/png") == 2
    assert not re.search(r"https?:|url\(|@import|<script", text)
    (tmp_path / "alerts").mkdir()
    (tmp_path / "alerts" / "deadline.html").touch()
    bad = good()
    bad["alerts"]["lost"] = 7
    text = page(told(tmp_path, bad))
    assert "Not everybody got what was theirs: 7 deliveries lost" in text
    assert 'href="alerts/deadline.html"' in text
    assert page(told(tmp_path, {})).count("not in this run") >= 13  # and no picture of nothing


def test_the_terminal_and_the_machine_have_every_row(tmp_path: Path) -> None:
    it = told(tmp_path, good())
    console = Console(width=120, record=True, file=StringIO())
    console.print(terminal(it))
    words = console.export_text()
    assert all(row.name.split(",")[0] in words for row in it.rows)
    assert [row["state"] for row in it.as_json()["rows"]] == [row.state for row in it.rows]


def test_the_docs_are_written_between_the_marks_and_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text(f"before\n\n{BEGIN}\nyesterday\n{END}\n\nafter\n")
    for _ in range(2):  # the second time in place of the first
        write_docs(told(tmp_path, good()), tmp_path)
    readme = (tmp_path / "README.md").read_text()
    assert readme.startswith("before\n")
    assert readme.endswith("\nafter\n")
    assert "yesterday" not in readme
    assert readme.count("| **red**") == readme.count(BEGIN) == readme.count(END) == 1
    assert (tmp_path / "docs" / "bench.png").read_bytes()[:4] == b"\x89PNG"
    assert "## What to bear in mind" in (tmp_path / "docs" / "bench.md").read_text()
    ours = (Path(whole.__file__).parent.parent / "README.md").read_text()
    assert ours.count(BEGIN) == ours.count(END) == 1


def test_a_part_that_breaks_stops_no_other_and_is_told(tmp_path: Path) -> None:
    broken = Part("broken", "bench.no_such_bench", "figures.json", 1)
    stale = tmp_path / "broken" / "figures.json"
    stale.parent.mkdir()
    stale.write_text("{}")  # of an earlier run: it must not pass for this one's
    fine = Part("fine", "bench.geo --sizes 50 --seconds 0.01 --json {out}/figures.json", "figures.json", 60)
    why = run([broken, fine], tmp_path, Console(file=StringIO()))
    assert len(why) == 1
    assert why[0].startswith("broken: ")
    assert "no_such_bench" in why[0]
    assert not stale.exists()
    assert (tmp_path / "fine" / "figures.json").exists()


def test_a_part_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "GRACE_S", 0.0)
    monkeypatch.setattr(whole, "LOOK_S", 0.05)
    monkeypatch.setattr(Part, "command", lambda self, out: [sys.executable, "-c", "input()"])
    reading = Part("hangs", "", "figures.json", 0)
    assert "no figures within" in (played(reading, tmp_path, lambda now_s: None) or "")


def test_figures_of_an_earlier_run_are_dated(tmp_path: Path) -> None:
    memory = next(part for part in PARTS if part.name == "memory")
    memory.file(tmp_path).parent.mkdir()
    memory.file(tmp_path).write_text('{"kib_per_connection": {"whole": 5.0}}')
    at = memory.file(tmp_path).stat().st_mtime
    assert list(gathered(tmp_path, at + 1, []).older) == ["memory"]
    assert gathered(tmp_path, at - 1, []).older == {}
    row: Row = next(row for row in gathered(tmp_path, at, []).rows if row.name == "memory of a connection")
    assert row.state == "met"


def test_the_whole_takes_less_than_a_quarter_of_an_hour() -> None:
    assert sum(part.about_s for part in PARTS) < 14 * 60
    assert len(set(NAMES)) == len(PARTS)
    assert "no part elsewhere" in CliRunner().invoke(main, ["--only", "elsewhere"]).output
