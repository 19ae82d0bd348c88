import pytest

from bench import codec


def test_every_way_means_the_same_and_is_measured() -> None:
    figures = codec.measure(rounds=1, calls=2)
    assert {found.case.encoding for found in figures} == {"json", "msgpack"}
    assert all(len(found.us[way]) == 1 for found in figures for way in codec.WAYS)
    assert len(list(codec.table(figures))) == len(figures) + 1


def test_ways_that_do_not_agree_fail_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec.json, "loads", lambda _: {})
    with pytest.raises(SystemExit, match="do not agree"):
        list(codec.cases())


def test_ratios_are_of_the_same_round() -> None:
    case = next(codec.cases())
    figures = codec.Figures(case, {"ours": [2.0, 40.0, 6.0], "msgspec": [1.0, 20.0, 2.0], "foreign": [4.0, 80.0, 12.0]})
    assert figures.ratio("msgspec") == 2.0
    assert figures.ratio("foreign") == 0.5
