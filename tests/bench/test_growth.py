"""The bench of growth fits what it says, and judges it against what it may be."""

import json
import sys
from pathlib import Path

import pytest

from bench import growth
from bench.growth_fit import Curve, draw, table
from realtime.connection.server import run


def curve(exponent: float, at_most: float) -> Curve:
    return Curve("a thing", "sizes", at_most, [(size, 3.0 * size**exponent) for size in (10.0, 300.0, 7_000.0)])


@pytest.mark.parametrize("exponent", [-0.5, 0.0, 1.0, 2.0])
def test_a_power_is_found_with_its_scale(exponent: float) -> None:
    found = curve(exponent, 1.0)
    assert found.exponent == pytest.approx(exponent, abs=1e-9)
    assert found.fitted(100.0) == pytest.approx(3.0 * 100.0**exponent)


def test_one_size_fits_nothing() -> None:
    with pytest.raises(ValueError, match="two sizes"):
        _ = Curve("a thing", "sizes", 1.0, [(10.0, 1.0), (10.0, 2.0)]).exponent


def test_a_table_says_what_grows_faster_than_it_may() -> None:
    _, met, missed = table([curve(0.5, 0.6), curve(0.5, 0.4)])
    assert met.split()[-3:] == ["0.500", "0.60", "met"]
    assert missed.split()[-3:] == ["0.500", "0.40", "missed"]
    assert met.split()[3:5] == ["10", "7,000"]


def test_any_number_of_curves_is_drawn(tmp_path: Path) -> None:
    draw([curve(0.1 * number, 0.2) for number in range(5)], tmp_path / "growth.png")
    assert (tmp_path / "growth.png").read_bytes().startswith(b"\x89PNG")


def test_arguments() -> None:
    assert growth.arguments([]).out == Path("bench-out")
    assert growth.arguments(["--quick"]).quick
    assert growth.Plan().sizes > growth.QUICK.sizes


def test_a_missed_exponent_is_told_to_people_machines_and_whoever_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(growth, "measure", lambda *_: [curve(1.0, 1.1), curve(1.0, 0.9)])
    monkeypatch.setattr(sys, "argv", ["growth", "--out", str(tmp_path)])
    with pytest.raises(SystemExit, match=r"^1$"):
        growth.main()
    assert "missed: a thing" in capsys.readouterr().out
    assert json.loads((tmp_path / "growth.json").read_text())["curves"][0]["exponent"] == pytest.approx(1.0)


def test_the_log_and_the_index_are_measured_at_each_size(tmp_path: Path) -> None:
    plan, ticks = growth.Plan(events=(1_000, 1_500), positions=(200, 400), rounds=1), []
    curves = run(growth.by_events(plan, lambda: ticks.append(1), tmp_path))
    curves += growth.by_positions(plan, lambda: ticks.append(1))
    assert [[size for size, _ in one.points] for one in curves] == [[1_000, 1_500]] * 3 + [[200, 400]]
    assert len(ticks) == 4
    assert all(cost > 0 for one in curves for _, cost in one.points)
