"""What a command lists, on a narrow terminal and in a pipe."""

import pytest
from rich.console import Console

from realtime.commands import tables

TITLES = ("when", "state", "category", "headline", "alert")
ALERT = "f84e8eaf266d973bd38dffba157f5785"
ROW = ("2026-11-26 16:27", "going_on", "", "Somebody tries the doors in the yard behind the bakery", ALERT)


def print_row(monkeypatch: pytest.MonkeyPatch, *, terminal: bool) -> None:
    console = Console(width=80, force_terminal=terminal, color_system=None, soft_wrap=True)
    monkeypatch.setattr(tables, "make_console", lambda: console)
    tables.print_table(TITLES, [ROW])


def test_an_id_and_short_words_are_whole_at_80_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    print_row(monkeypatch, terminal=True)
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    assert all(word in shown.split() for word in (*ROW[3].split(), "2026-11-26", "going_on", ALERT))
    assert "category" not in shown  # nothing has one


def test_a_pipe_gets_a_line_for_each_row(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    print_row(monkeypatch, terminal=False)
    assert capsys.readouterr().out == "\t".join(ROW) + "\n"
