"""`samverkan admin` and `samverkan org`, against a server."""

import json
import re
from collections.abc import Iterator

import click
import pytest

from realtime.cli import main
from tests.commands.running import done, samverkan

CIRCLE = "59.3251,18.0707,4000"


def test_an_owner_registers_and_members_write_and_are_answered(at: list[str]) -> None:
    registered = done(
        *("admin", "organisation", "set", "polisen", "--name", "Polisen", "--sector", "police", "--circle", CIRCLE), *at
    )
    assert registered == "ok: Polisen is registered as polisen\n"
    assert done("admin", "staff", "set", "polisen", "stina", "staff", *at) == "ok: stina is staff\n"
    grant = ["stina", "police", "--organisation", "polisen"]
    assert done("admin", "role", "grant", *grant, "--days", "30", *at) == "ok: stina is verified as police\n"
    assert "polisen" in done("admin", "role", "list", *at)
    (held,) = json.loads(done("admin", "staff", "list", "polisen", "--json", *at))
    assert held == {"user": "stina", "standing": "staff", "roles": "police"}
    (found,) = json.loads(done("org", "list", "--at", "59.3251,18.0707", "--json", *at))
    assert (found["organisation"], found["sector"]) == ("polisen", "police")
    wrote = done("org", "write", "polisen", "A van, each night", "--anonymous", "--user", "anna", *at)
    thread = wrote.removeprefix("ok: thread ").strip()
    (listed,) = json.loads(done("org", "threads", "--organisation", "polisen", "--json", "--user", "stina", *at))
    assert (listed["thread"], listed["unread"], listed["from"][:2]) == (thread, "1", "m-")
    assert done("org", "answer", thread, "Thank you", "--user", "stina", *at) == "ok\n"
    (own,) = json.loads(done("org", "threads", "--json", "--user", "anna", *at))
    assert own["unread"] == "1"
    assert done("admin", "role", "revoke", *grant, *at) == "ok: stina is no longer verified as police\n"
    assert done("admin", "role", "list", *at) == "nobody holds a role\n"
    assert "Polisen" in done("admin", "organisation", "list", *at)


def test_what_is_refused_is_one_line(at: list[str]) -> None:
    refused = samverkan("org", "write", "nobody", "Hello", "--user", "anna", *at)
    assert refused.exit_code == 1
    assert re.fullmatch(r"Error: refused: .*\n", refused.stderr)
    unclear = samverkan("admin", "organisation", "set", "x", "--name", "X", "--sector", "trade", *at)
    assert "either --circle" in unclear.stderr


def commands(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    for name, deeper in getattr(command, "commands", {}).items():
        yield from commands(deeper, (*path, name))


@pytest.mark.parametrize("name", ["admin", "org"])
def test_every_help_below_ends_with_an_example(name: str) -> None:
    for path, _ in commands(main.commands[name], (name,)):
        text = samverkan(*path, "--help").output
        assert text.partition("Example:\n")[2].strip().startswith("samverkan " + path[0]), path
