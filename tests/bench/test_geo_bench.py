import json
import sys
from pathlib import Path

import pytest

from bench import geo


def test_all_ways_agree_and_each_is_told_with_its_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(geo, "MAX_MOVES", 2_000)
    path = tmp_path / "geo.json"
    monkeypatch.setattr(sys, "argv", ["geo", "--sizes", "300", "--seconds", "0.005", "--json", str(path)])
    geo.main()
    told = json.loads(path.read_text())
    assert [result["name"] for result in told["results"]] == list(geo._peers(1, []))
    assert all(result["mix_per_s"] > 0 for result in told["results"])
    assert "all answers agreed" in capsys.readouterr().out


def test_a_way_that_misses_somebody_fails_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geo, "MAX_MOVES", 600)
    monkeypatch.setattr(geo.DictGrid, "within", lambda *_: [])
    with pytest.raises(SystemExit, match="dict grid"):
        geo.measure(300, 0.005, [], lambda _: None)
