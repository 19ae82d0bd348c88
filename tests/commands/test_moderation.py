"""`samverkan admin` and `conduct`, against a server that the test started."""

import asyncio
import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from realtime.cli import main
from realtime.client import Client
from realtime.commands.admin import admin
from tests.program import Program


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A server's address and its data folder."""
    data = tmp_path_factory.mktemp("server") / "data"
    with Program("serve", "--port", "0", "--data", str(data), SAMVERKAN_SERVER_DRAIN_S="0.1") as program:
        yield program.until("listening").split()[4], str(data)
        code, said = program.end(signal.SIGTERM)
        assert code == 0, said


def samverkan(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def done(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize("name", admin.commands)
def test_every_help_ends_with_an_example(name: str) -> None:
    text = done(samverkan("admin", name, "--help"))
    assert text.partition("Example:\n")[2].strip().startswith(f"samverkan admin {name}")


@pytest.mark.parametrize(
    "arguments",
    [
        ("remove", "--reason", "x"),
        ("remove", "--reason", "x", "--group", "g"),
        ("suspend", "--reason", "x"),
        ("suspend", "bo", "--group", "g", "--reason", "x"),
        ("suspend", "bo"),
        ("resolve", "r", "forget", "--reason", "x"),
    ],
)
def test_what_is_not_whole_is_a_mistake_of_use(arguments: tuple[str, ...]) -> None:
    assert samverkan("admin", *arguments).exit_code == 2


def test_from_a_report_to_its_end_on_the_command_line(server: tuple[str, str], tmp_path: Path) -> None:
    url, data = server
    rest = ["--url", url, "--data", data]

    async def say() -> tuple[str, int]:
        token = done(samverkan("token", "--user", "bo", "--data", data)).strip()
        async with Client(url, token) as bo:
            group = (await bo.create_group("Yard", purpose="x", conduct="x")).group or ""
            return group, (await bo.post_message(group, "Buy my [bold]things[/bold]")).rooms[group]

    group, seq = asyncio.run(say())
    samverkan_ = [*rest, "--user", "anna"]
    report_it = ("conduct", "report", "commercial", "--group", group, "--seq")
    assert "refused" in samverkan(*report_it, str(seq), *samverkan_).stderr

    async def join() -> None:
        token = done(samverkan("token", "--user", "anna", "--data", data)).strip()
        async with Client(url, token) as anna:
            await anna.join(group, accepted=True)

    asyncio.run(join())
    refused = samverkan(*report_it, str(seq), *samverkan_)
    assert "refused" in refused.stderr  # it was said before she came

    async def say_again() -> int:
        token = done(samverkan("token", "--user", "bo", "--data", data)).strip()
        async with Client(url, token) as bo:
            return (await bo.post_message(group, "Buy my [bold]things[/bold]")).rooms[group]

    seq = asyncio.run(say_again())
    made = done(samverkan(*report_it, str(seq), *samverkan_))
    report = made.split()[-1]
    line = done(samverkan("admin", "reports", *rest))  # about the group's creator: so the owner's
    assert line.startswith(report)
    assert "Buy my [bold]things[/bold]" in line
    (shown,) = json.loads(done(samverkan("admin", "reports", "--json", *rest)))["reports"]
    assert (shown["report"], shown["user"]) == (report, "bo")
    assert (
        done(samverkan("admin", "resolve", report, "remove", "--reason", "No adverts.", *rest))
        == f"ok: report {report}\n"
    )
    assert done(samverkan("admin", "reports", *rest)) == "nothing\n"

    assert done(samverkan("admin", "suspend", "bo", "--days", "2", "--reason", "Again.", *rest)) == "ok\n"
    assert "this account is suspended" in samverkan("conduct", "show", *rest, "--user", "bo").stderr
    (account,) = json.loads(done(samverkan("admin", "users", "--json", *rest)))["accounts"]
    assert (account["user"], account["suspended"], account["decisions"]) == ("bo", True, 2)
    lines = json.loads(done(samverkan("admin", "audit", "--json", *rest)))["lines"]
    assert [line["what"] for line in lines] == ["suspend", "report_ended", "remove"]
    decision = lines[0]["about"]["id"]
    assert done(samverkan("conduct", "appeal", decision, "I did not", *rest, "--user", "bo")) == "ok\n"
    assert "I did not" in done(samverkan("admin", "reports", *rest))
    assert done(samverkan("admin", "lift", "bo", "--reason", "Time served.", *rest)) == "ok\n"
    assert "nothing" not in done(samverkan("admin", "audit", *rest))
    assert done(samverkan("admin", "flags", *rest)) == "nothing\n"
    assert "<5" in done(samverkan("admin", "transparency", *rest))

    out = tmp_path / "bo.json"
    exporting = ["admin", "export", "--user", "bo", "--reason", "order", "--case", "K 1", "--out", str(out), *rest]
    assert "items in" in done(samverkan(*exporting))
    document = json.loads(out.read_text())
    assert (document["user"], document["case"]) == ("bo", "K 1")
    assert {"group_created", "message_posted"} <= {item.get("logged") for item in document["items"]}
    assert out.stat().st_mode & 0o077 == 0
    assert samverkan(*exporting).exit_code == 2  # the file is there


def test_posts_are_hidden_shown_and_removed_and_groups_suspended(server: tuple[str, str]) -> None:
    url, data = server
    rest = ["--url", url, "--data", data, "--reason", "It names a person."]
    token = done(samverkan("token", "--user", "siv", "--unaccepted", "--data", data)).strip()

    async def call_for_help() -> str:
        async with Client(url, token) as siv:
            return (await siv.raise_alert("red", "help", lat=59.3, lon=18.0, headline="Ask Eva")).alert or ""

    alert = asyncio.run(call_for_help())
    (flag,) = json.loads(done(samverkan("admin", "flags", "--json", *rest[:4])))["flags"]
    assert (flag["alert"], flag["why"]) == (alert, ["unverified"])
    for command in ("hide", "show", "remove"):
        assert done(samverkan("admin", command, "--alert", alert, *rest)) == "ok\n"
    assert "removed before" in samverkan("admin", "remove", "--alert", alert, *rest).stderr

    async def make_group() -> str:
        token = done(samverkan("token", "--user", "ulla", "--data", data)).strip()
        async with Client(url, token) as ulla:
            return (await ulla.create_group("Cellar", purpose="x", conduct="x")).group or ""

    group = asyncio.run(make_group())
    assert done(samverkan("admin", "suspend", "--group", group, *rest)) == "ok\n"
    assert done(samverkan("admin", "lift", "--group", group, *rest)) == "ok\n"
    assert "suspend_group" in done(samverkan("admin", "audit", "--group", group, *rest[:4]))


def test_the_conduct_is_shown_and_accepted(server: tuple[str, str]) -> None:
    url, data = server
    token = done(samverkan("token", "--user", "nils", "--unaccepted", "--data", data)).strip()
    rest = ["--url", url, "--token", token]
    shown = done(samverkan("conduct", "show", *rest))
    assert "Ring 112" in shown
    assert shown.endswith("version 1: not accepted yet\n")
    assert "refused" in samverkan("alert", "yellow", "--at", "59.3251,18.0707", "--no-wait", *rest).stderr
    assert "call 112" in done(samverkan("conduct", "show", "--language", "en", "--accept", *rest))
    assert done(samverkan("alert", "yellow", "--at", "59.3251,18.0707", "--no-wait", *rest)).startswith("ok")


def test_who_is_not_the_owner_is_told_so(server: tuple[str, str]) -> None:
    url, data = server
    token = done(samverkan("token", "--user", "eva", "--data", data)).strip()
    result = samverkan("admin", "users", "--url", url, "--token", token)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "owner" in result.stderr
