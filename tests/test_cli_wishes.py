"""`samverkan me`, against a server that it started itself."""

import json
import re
import shlex
import signal
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from realtime.cli import main
from realtime.commands.wishes import EXAMPLES, me
from tests.program import Program


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, ...]]:
    """What says to the commands where the server is, and who asks."""
    data = tmp_path_factory.mktemp("server") / "data"
    with Program("serve", "--port", "0", "--data", str(data), SAMVERKAN_SERVER_DRAIN_S="0.1") as program:
        ready = re.search(r"ws://[^ ]*", program.until("listening"))
        assert ready is not None
        yield "--url", ready[0], "--data", str(data), "--user", "anna"
        program.end(signal.SIGTERM)


def asked(server: tuple[str, ...], *arguments: str) -> Result:
    return CliRunner().invoke(main, ["me", *arguments, *server])


def test_what_is_preferred_is_shown(server: tuple[str, ...]) -> None:
    quiet = ("--quiet", "22:00-06:30", "--zone", "Europe/Stockholm", "--hold-red")
    said = asked(server, "prefer", "--no-yellow", "--without", "noise", "--distance", "200", *quiet)
    assert said.exit_code == 0, said.output
    assert "22:00-06:30 Europe/Stockholm, red too" in said.output
    assert "coarse" in asked(server, "share", "--coarse").output
    shown = asked(server, "show").output
    assert "red, info" in shown
    assert "200 m" in shown


def test_a_pause_begins_and_ends(server: tuple[str, ...]) -> None:
    assert "ok" in asked(server, "pause", "--hours", "2").output
    assert "paused" in asked(server, "show").output
    assert "over" in asked(server, "pause", "--over").output
    assert "paused" not in asked(server, "show").output
    assert asked(server, "pause", "--over", "--hours", "2").exit_code == 2


def test_consents_are_listed_for_people_and_for_programs(server: tuple[str, ...]) -> None:
    assert asked(server, "consent", "survey", "--version", "2025-11").exit_code == 0
    assert asked(server, "consent", "survey", "--version", "2025-11", "--withdraw").exit_code == 0
    assert "taken back" in asked(server, "consents").output
    rows = json.loads(asked(server, "consents", "--json").output)
    assert [(row["purpose"], row["given"]) for row in rows] == [("survey", True), ("survey", False)]


def test_all_on_oneself_goes_into_one_file(server: tuple[str, ...], tmp_path: Path) -> None:
    asked(server, "consent", "survey", "--version", "of the export")
    out = tmp_path / "anna.json"
    assert asked(server, "export", "--out", str(out)).exit_code == 0
    assert "of the export" in out.read_text()
    assert out.stat().st_mode & 0o077 == 0
    assert asked(server, "export", "--out", str(out)).exit_code == 2


def test_an_account_is_erased_by_whose_it_is_and_by_the_owner(server: tuple[str, ...]) -> None:
    mine = (*server[:-1], "zelda")
    assert asked(mine, "prefer", "--no-yellow").exit_code == 0
    assert asked(mine, "erase").exit_code == 1  # nobody said yes
    erased = asked(mine, "erase", "--yes")
    assert (erased.exit_code, "erased" in erased.output) == (0, True), erased.output
    owner = CliRunner().invoke(main, ["admin", "erase", "bo", "--yes", *server[:-2]])
    assert (owner.exit_code, owner.output) == (0, "ok\n")


def test_a_refusal_is_one_line(server: tuple[str, ...]) -> None:
    said = asked(server, "prefer", "--quiet", "22:00-06:00", "--zone", "Europe/Atlantis")
    assert (said.exit_code, said.output.count("\n")) == (1, 1)
    assert asked(server, "prefer", "--quiet", "late").exit_code == 2


@pytest.mark.parametrize("name", me.commands)
def test_every_help_ends_with_examples_that_are_valid(name: str) -> None:
    text = CliRunner().invoke(main, ["me", name, "--help"]).output
    assert text.rstrip().endswith(EXAMPLES[name][-1])
    for line in EXAMPLES[name]:
        program, group, said, *arguments = shlex.split(line)
        assert (program, group, said) == ("samverkan", "me", name)
        me.commands[name].make_context(name, arguments)


def test_all_commands_have_one() -> None:
    assert isinstance(me, click.Group)
    assert set(EXAMPLES) == {"me", *me.commands}
