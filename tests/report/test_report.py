"""`samverkan report`: what may be told of what was counted, and nothing that may not."""

import csv
import importlib
import json
import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import example, given
from hypothesis import strategies as st

from realtime.cli import main
from realtime.report.tables import SPECS, Chosen
from realtime.suppressing import FEW, HIDDEN, LEAST, protected, published, share
from storage.backup import back_up
from storage.counts import CountKey
from storage.events import FactSet
from storage.facts import PlatformArea, Survey
from storage.sql import SqlStore
from tests.storage.samples import entry

SQUARE = ((59.32, 18.06), (59.32, 18.08), (59.33, 18.08))
SPAN = ("--from", "2026-11-01", "--to", "2026-11-30")


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
async def running(tmp_path: Path) -> SqlStore:
    """What a running server holds of ./data, with something counted."""
    store = await SqlStore.open(tmp_path / "data")
    await store.append([entry(FactSet(fact=PlatformArea(area="old", name="Gamla stan", parts=((SQUARE,),))))])
    added = {
        CountKey("real", area, f"2026-{day}T21", "alert", (level, "public")): number
        for area, level, day, number in (
            ("", "red", "11-03", 40),
            ("old", "red", "11-03", 12),
            ("old", "info", "11-30", 4),
            ("", "red", "12-01", 90),
        )
    }  # fmt: skip
    added[CountKey("exercise", "", "2026-11-03T21", "alert", ("red", "public"))] = 600
    added[CountKey("real", "old", "2026-11-03", "alert_category", ("one_of_a_kind",))] = 4
    await store.count(added, {})
    return store


def samverkan(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["report", *SPAN, "--out", "out", *arguments])


def rows(name: str) -> list[list[str]]:
    with (Path("out") / f"{name}.csv").open(newline="") as file:
        return list(csv.reader(file))


def everything() -> str:
    return "".join(file.read_text() for file in Path("out").glob("*.[ch]*"))


def pictures() -> set[str]:
    """Those of the page that are there."""
    named = re.findall(r'src="(\w+\.png)"', Path("out/report.html").read_text())
    return {name for name in named if (Path("out") / name).read_bytes().startswith(b"\x89PNG")}


async def test_a_report_of_an_area_while_its_server_runs(running: SqlStore) -> None:
    """F82: by level and hour of the day, of one world, in some days."""
    done = samverkan("--area", "gamla stan")
    assert done.output == f"ok: {Path('out') / 'report.html'}\n"
    assert rows("levels") == [["level", "alerts"], ["red", "–"], ["yellow", "<5"], ["info", "<5"], ["total", "15"]]
    assert ["red", "21", "–"] in rows("hours")
    assert len(rows("hours")) == 1 + 3 * 24
    assert "<h1>Gamla stan, 2026-11-01 to 2026-11-30</h1>" in everything()
    assert pictures() == {"hours.png", "answers.png", "groups.png"}
    await running.close()


async def test_what_is_too_rare_is_named_nowhere(running: SqlStore) -> None:
    """R19: that there was any of a sort is a count, too."""
    samverkan("--area", "old")
    assert rows("categories") == [["category", "alerts"], ["total", "<5"]]
    assert "one_of_a_kind" not in everything()
    await running.close()


async def test_a_backup_will_do(running: SqlStore, tmp_path: Path) -> None:
    back_up(tmp_path / "data", tmp_path / "monday", {}, lambda *_: None, replace=False)
    await running.close()
    done = samverkan("monday")
    assert done.exit_code == 0, done.output
    assert rows("levels")[-1] == ["total", "40"]
    assert samverkan("monday", "--data", "data").exit_code == 2


async def test_what_cannot_be_told_is_told_in_a_line(running: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    await running.close()
    assert "there is no area nowhere; there are: old" in samverkan("--area", "nowhere").stderr
    assert "there is no database" in samverkan("--data", "gone").stderr
    assert "there are no days" in samverkan("--to", "2026-10-01").stderr

    def missing(name: str) -> None:
        raise ModuleNotFoundError("No module named 'matplotlib'", name="matplotlib")

    monkeypatch.setattr(importlib, "import_module", missing)
    assert "matplotlib is missing. A report needs more than the server does" in samverkan().stderr
    assert "realtime.report.page" in sys.modules


async def test_the_owner_reads_the_same_numbers_in_the_terminal(running: SqlStore) -> None:
    asked = ("admin", "statistics", *SPAN, "--data", "data")
    done = CliRunner().invoke(main, asked)
    assert done.exit_code == 0, done.output
    assert re.search(r"Alerts by level, everywhere *\nlevel +alerts *\nred +– *\ntotal +40", done.output), done.output
    lines = CliRunner().invoke(main, [*asked, "--area", "old", "--json"]).output.splitlines()
    objects = [json.loads(line) for line in lines]
    assert {"table": "levels", "level": "info", "alerts": "<5"} in objects
    assert "there is no area x" in CliRunner().invoke(main, [*asked, "--area", "x"]).stderr
    await running.close()


@pytest.mark.parametrize(("number", "expected"), [(0, "<5"), (4, "<5"), (5, "5"), (7, "5"), (8, "10"), (1_003, "1005")])
def test_numbers_are_told_to_the_nearest_five(number: int, expected: str) -> None:
    assert str(published(number)) == expected


def test_shares_come_from_what_is_told() -> None:
    assert (share(10, 40), share(FEW, 40), share(5, FEW), share(45, 40)) == ("25 %", "", "", "100 %")


RANGES = {FEW: (0, LEAST - 1), HIDDEN: (0, 10_000)}


@given(st.lists(st.integers(0, 14) | st.integers(0, 6), min_size=1, max_size=8))
@example([4, 12, 12])
@example([4, 4])
@example([0, 8, 8, 8, 8])
def test_no_part_of_some_can_be_found_by_subtraction(parts: list[int]) -> None:
    """To who knows the total exactly, too: what a hidden part of some could be is more than one number."""
    ranges = [RANGES.get(told) or (max(told - 2, LEAST), told + 2) for told in protected(parts)]
    for place, (part, (low, high)) in enumerate(zip(parts, ranges, strict=True)):
        others = ranges[:place] + ranges[place + 1 :]
        least = max(low, sum(parts) - sum(most for _, most in others))
        most = min(high, sum(parts) - sum(least for least, _ in others))
        assert least <= part <= most
        if 0 < part < LEAST and len(parts) > 1:
            assert least < most


def test_the_only_part_of_a_total_does_not_tell_whether_there_was_any() -> None:
    """As removals of alerts, which only moderators do."""
    assert [protected([number]) for number in (0, 1, 4)] == [[FEW]] * 3


def test_every_table_tells_nothing_below_the_least() -> None:
    counts = {
        CountKey("real", "", "2026-11-03T21", what, ("red", "60")): LEAST - 1 for what in {spec.what for spec in SPECS}
    }
    for table in Chosen(counts, "real").all("", "everywhere"):
        assert {number for _, number in table.rows} <= {FEW, HIDDEN}


async def test_a_survey_is_told_when_it_is_over(tmp_path: Path) -> None:
    """F85: those of the area beside those to compare with; and not while it goes on."""
    store = await SqlStore.open(tmp_path / "data")
    for name, until in (("autumn", 1_000_000.0), ("winter", 9e10)):
        fact = Survey(survey=name, area="old", put_at=0.0, until=until, day="2026-11-03", questions=("safety",))
        await store.append([entry(FactSet(fact=fact))])
    added = {
        CountKey("real", "", "2026-11-03", "survey", (name, "safety", group, answer)): number
        for name in ("autumn", "winter")
        for group, answer, number in (("area", "safer", 30), ("area", "unchanged", 10), ("control", "safer", 12))
    }
    await store.count(added, {})
    await store.close()
    samverkan()
    assert rows("surveys")[1:] == [
        ["autumn", "safety", "area", "safer", "30"],
        ["autumn", "safety", "area", "unchanged", "10"],
        ["autumn", "safety", "control", "safer", "10"],
    ]
    assert "winter" not in everything()
