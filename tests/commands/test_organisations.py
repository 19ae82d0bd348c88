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


def test_staff_inform_and_call_and_groups_let_them_in(at: list[str]) -> None:
    done(
        *("admin", "organisation", "set", "rescue-1", "--name", "Rescue", "--sector", "rescue"), "--circle", CIRCLE, *at
    )
    done("admin", "staff", "set", "rescue-1", "karin", "chief", *at)
    done("admin", "role", "grant", "karin", "rescue", "--organisation", "rescue-1", *at)
    karin, anna = ["--user", "karin", *at], ["--user", "anna", *at]
    made = re.search(r"[0-9a-f]{32}", done("group", "create", "Yard", "--purpose", "x", "--conduct", "x", *anna))
    assert made is not None
    group = made[0]
    private = ("org", "inform", "rescue-1", "We are in your yard", "--private", "--group", group)
    assert samverkan(*private, *karin).exit_code == 1  # not let in
    assert done("org", "let-in", "rescue-1", "--group", group, *anna) == "ok\n"
    assert done(*private, *karin) == "ok\n"
    assert done("org", "inform", "rescue-1", "Ice is thin", *karin) == "ok\n"
    (shown,) = json.loads(done("map", "show", "--at", "59.3251,18.0707", "--km", "5", "--json", *anna))["alerts"]
    assert (shown["headline"], shown["verified_by"]["name"]) == ("Ice is thin", "Rescue")
    assert "needs a --group" in samverkan("org", "inform", "rescue-1", "x", "--private", *karin).stderr

    assert done("org", "volunteer", "rescue", *anna) == "ok\n"
    called = done("org", "call", "rescue-1", "A child is lost", "--circle", "59.3251,18.0707,1000", *karin)
    assert re.fullmatch(r"ok: call \S+\n", called)
    assert done("org", "end-call", called.split()[-1], *karin) == "ok\n"

    thread = done("org", "write", "rescue-1", "The ice cracks", *anna).split()[-1]
    assert done("org", "assign", thread, "karin", *karin) == "ok\n"
    (card,) = json.loads(done("org", "threads", "--organisation", "rescue-1", "--json", *karin))
    assert card["assigned"] == "karin"
    assert done("org", "close", thread, *karin) == "ok\n"
    assert samverkan("org", "answer", thread, "Hello?", *anna).exit_code == 1
    assert done("org", "reopen", thread, *karin) == "ok\n"
    assert done("org", "answer", thread, "It cracks still", *anna) == "ok\n"
