"""The `samverkan` command: alone, and against a server that it started itself."""

import asyncio
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from realtime.arguments import At, Url
from realtime.cli import main
from realtime.client import Client
from realtime.clock import SystemClock
from realtime.config import TokenSettings
from realtime.connection.auth import Verifier
from realtime.connection.keys import load_keys
from tests.program import Program

AT = "59.3251,18.0707"


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("SAMVERKAN_")]:
        monkeypatch.delenv(name)


def samverkan(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=typed)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A server's address and its data folder."""
    data = tmp_path_factory.mktemp("server") / "data"
    quick = {"SAMVERKAN_ALERTS_REACH_AFTER_S": "0.05", "SAMVERKAN_SERVER_DRAIN_S": "0.1"}
    with Program("serve", "--port", "0", "--data", str(data), **quick) as program:
        line = program.until("listening")
        ready = re.fullmatch(r"samverkan is listening on (ws://127\.0\.0\.1:\d+/v1) \(data in (.*)\)\n", line)
        assert ready is not None
        assert Path(ready[2]) == data
        yield ready[1], data
        code, said = program.end(signal.SIGTERM)
        assert code == 0, said


# --- alone -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", *main.commands])
def test_every_help_ends_with_an_example(name: str) -> None:
    text = samverkan(*([name] if name else []), "--help").output
    example = text.partition("Example:\n")[2]
    assert example.strip().startswith(f"samverkan {name}".strip())
    assert text.endswith(example)


def test_examples_are_valid_commands() -> None:
    """Each parses, up to the point where it would be carried out."""
    for name, command in main.commands.items():
        assert command.epilog is not None
        for line in command.epilog.splitlines()[2:]:
            program, said, *arguments = shlex.split(line)
            assert (program, said) == ("samverkan", name)
            command.make_context(name, arguments)


def test_without_its_extra_the_bench_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError("No module named 'matplotlib'", name="matplotlib")

    monkeypatch.setattr("realtime.benches.importlib.import_module", missing)
    for arguments in (("deadline", "--profile", "small"), ("compare", "a.json", "b.json")):
        done = samverkan("bench", *arguments)
        assert done.exit_code == 1
        assert "matplotlib is missing. The benches need more" in done.output
        assert 'pip install "samverkan[bench]"' in done.output


def test_the_version_is_told() -> None:
    assert re.fullmatch(r"samverkan, version \d+\.\d+\.\d+\n", samverkan("--version").output)


def test_check_says_ok_and_what_is_not_at_its_default(tmp_path: Path) -> None:
    assert samverkan("check").output == "ok\n"
    (tmp_path / "samverkan.toml").write_text(f'[server]\nport = 9000\n[tokens]\nhs256_secret = "{"s" * 32}"\n')
    assert samverkan("check").output == "ok\n  server.port = 9000\n  tokens.hs256_secret = (given)\n"


def test_check_says_all_that_is_wrong_and_where(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[server]\nport = 99999\n[alert]\nred_radius_m = 5\n")
    result = samverkan("check", "--config", str(file))
    assert result.exit_code == 1
    assert f"{file}:2" in result.stderr
    assert f"{file}:3" in result.stderr
    assert len(result.stderr.splitlines()) == 2
    assert result.stdout == ""


def test_a_token_is_printed_alone_and_the_servers_key_honours_it(tmp_path: Path) -> None:
    verifier = Verifier(load_keys(TokenSettings(), tmp_path / "data"), SystemClock())
    plain = verifier.identify(samverkan("token", "--user", "anna").stdout.removesuffix("\n"))
    assert (plain.user, plain.world, plain.role, plain.vouched) == ("anna", "real", "member", True)
    duty = verifier.identify(
        samverkan("token", "--user", "bo", "--role", "guard", "--new", "--exercise").stdout.strip()
    )
    assert (duty.user, duty.world, duty.role, duty.vouched) == ("bo", "exercise", "guard", False)


def test_many_tokens_are_one_a_line(tmp_path: Path) -> None:
    result = samverkan("token", "--user", "load", "--count", "3", "--data", str(tmp_path / "d"))
    verifier = Verifier(load_keys(TokenSettings(), tmp_path / "d"), SystemClock())
    assert [verifier.identify(line).user for line in result.stdout.splitlines()] == ["load-0", "load-1", "load-2"]


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ("59.3", "write latitude,longitude"),
        ("north,18", "write latitude,longitude"),
        ("91,18", "latitude 91 is not from -90 to 90"),
        ("nan,18", "latitude nan"),
        ("59,181", "longitude 181 is not from -180 to 180"),
    ],
)
def test_a_place_that_is_none_is_refused_with_the_reason(given: str, wrong: str) -> None:
    result = samverkan("listen", "--at", given)
    assert result.exit_code == 2
    assert wrong in result.stderr


def test_addresses_may_leave_out_the_path() -> None:
    assert At().convert("-1,-2.5", None, None) == (-1, -2.5)
    assert Url().convert("ws://host:1", None, None) == "ws://host:1/v1"
    assert Url().convert("wss://host/behind/a/proxy", None, None) == "wss://host/behind/a/proxy"
    for wrong in ("http://host", "host:80", "ws://host:port", "ws://"):
        with pytest.raises(click.BadParameter, match="no address"):
            Url().convert(wrong, None, None)


@pytest.mark.parametrize(
    "arguments",
    [
        ("alert", "red", "x", "--at", AT, "--private"),
        ("alert", "purple", "x", "--at", AT),
        ("listen", "--at", AT, "--token", "t", "--user", "u"),
        ("chat", "--group", "g", "--create", "G"),
        ("chat", "--group", "g", "--locked"),
    ],
)
def test_what_contradicts_itself_is_a_mistake_of_use(arguments: Sequence[str]) -> None:
    assert samverkan(*arguments).exit_code == 2


def one_line(result: Result, part: str) -> None:
    assert result.exit_code == 1
    assert result.stdout == ""
    assert re.fullmatch(r"Error: .*\n", result.stderr), result.stderr
    assert part in result.stderr


def test_no_server_there_is_one_line() -> None:
    with socket.socket() as bound:  # bound, and never listening
        bound.bind(("127.0.0.1", 0))
        url = f"ws://127.0.0.1:{bound.getsockname()[1]}/v1"
        samverkan("token", "--user", "makes-the-key")
        for command in (["listen", "--at", AT], ["alert", "red", "--at", AT], ["chat"]):
            one_line(samverkan(*command, "--url", url), f"no server answers at {url}")
        one_line(samverkan("health", "--url", url), "no server answers")


def test_a_folder_without_a_key_is_told_rather_than_given_one(tmp_path: Path) -> None:
    one_line(samverkan("listen", "--at", AT, "--data", "elsewhere"), "name its folder with --data")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_taken_port_is_one_line(command: str) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        Program(command, "--port", str(taken.getsockname()[1])) as program,
    ):
        code, out, said = program.ended()
    assert (code, out) == (1, "")
    assert re.fullmatch(r"Error: cannot listen on 127\.0\.0\.1 port \d+: .*\n", said)


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_an_unwritable_folder_is_one_line(command: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with Program(command, "--port", "0", "--data", str(tmp_path / "file" / "data")) as program:
        code, out, said = program.ended()
    assert (code, out) == (1, "")
    assert re.fullmatch(r"Error: .*data folder.*\n", said)


# --- with a server ---------------------------------------------------------------------------------------------------


def test_health_is_well(server: tuple[str, Path]) -> None:
    result = samverkan("health", "--url", server[0])
    assert result.exit_code == 0, result.stderr
    assert "/health: well" in result.stdout
    assert "/ready: well" in result.stdout


def test_a_forged_token_is_one_line(server: tuple[str, Path]) -> None:
    one_line(samverkan("listen", "--at", AT, "--url", server[0], "--token", "x.y.z"), "token")


def test_what_the_server_refuses_is_one_line(server: tuple[str, Path]) -> None:
    url, data = server
    rest = ["--at", AT, "--url", url, "--data", str(data), "--exercise"]
    one_line(samverkan("alert", "red", "--radius", "90000", *rest), "refused: ")
    one_line(samverkan("alert", "red", "--private", "--group", "none", *rest), "refused: ")
    result = samverkan("chat", *rest[2:])
    assert result.exit_code == 1
    assert "you are in no group yet" in result.stderr


def test_an_alert_is_told_as_ok_with_its_reach_and_printed_by_whoever_listens(server: tuple[str, Path]) -> None:
    url, data = server
    rest = ["--at", AT, "--url", url, "--data", str(data), "--exercise"]
    with Program("listen", *rest) as listener:
        listener.until("listening at")
        result = samverkan("alert", "red", "Somebody tries the doors", *rest)
        assert result.exit_code == 0, result.stderr
        first, second = result.stdout.splitlines()
        assert re.fullmatch(r"ok: on disk, and going out, .* after sending \(alert \w+\)", first)
        assert second == "reach: <5 people"
        head = listener.until("RED")
        assert "▲ RED  signal  exercise  Somebody tries the doors  (going on)" in head
        assert "\x1b" not in head
        assert re.search(r"sent \d+ ms ago; you are near", listener.until("at 59."))
        listener.until("Do not intervene")
        assert listener.end() == (0, "")


def test_an_alert_need_not_wait_for_its_reach(server: tuple[str, Path]) -> None:
    url, data = server
    result = samverkan(
        "alert", "yellow", "--at", AT, "--url", url, "--data", str(data), "--exercise", "--no-wait", "--kind", "inform"
    )
    assert result.exit_code == 0, result.stderr
    assert len(result.stdout.splitlines()) == 1


def test_two_people_chat_in_a_locked_group(server: tuple[str, Path]) -> None:
    url, data = server
    rest = ["--url", url, "--data", str(data), "--exercise"]
    with Program("chat", "--create", "Yard", "--locked", "--user", "Anna", *rest) as anna:
        invitation = re.search(r"--group (\S+) --code (\S+)", anna.until("others join with"))
        assert invitation is not None
        group, code = invitation.groups()
        wrong = samverkan("chat", "--group", group, "--code", "wrong", *rest)
        assert (wrong.exit_code, wrong.stdout) == (1, "")
        assert wrong.stderr.startswith("Error: refused: ")
        with Program("chat", "--group", group, "--code", code, "--user", "Bo", *rest) as bo:
            bo.until("How members behave: Say what you saw")  # shown before joining
            bo.until("each line is a message")
            anna.type("Is anybody at the gate?\n")
            assert "Anna: Is anybody at the gate?" in bo.until("gate")
            bo.type("I am\n")
            assert "Bo: I am" in anna.until("I am")
            code, said, complained = bo.ended()  # with the end of what is typed
            assert (code, complained, "gate" in said) == (0, "", False)  # that he has joined may come last
        assert anna.ended() == (0, "", "")
    with Program("chat", "--user", "Anna", *rest) as later:  # without --group: the only one that she is in
        assert "Bo: I am" in later.until("I am")
        assert later.end() == (0, "")


def test_what_any_client_sends_is_printed_with_its_state_changes(server: tuple[str, Path]) -> None:
    url, data = server
    token = samverkan("token", "--user", "api", "--exercise", "--data", str(data)).stdout.strip()

    async def raise_and_correct() -> None:
        async with Client(url, token, encoding="msgpack") as client:
            ok = await client.raise_alert("yellow", lat=59.3251, lon=18.0707, headline="A ladder at a window")
            assert ok.alert is not None
            await client.update_alert(ok.alert, state="false_alarm", wrong="They clean windows")

    with Program("listen", "--at", AT, "--url", url, "--data", str(data), "--exercise") as listener:
        listener.until("listening at")
        asyncio.run(raise_and_correct())
        assert "signal" in listener.until("◆ YELLOW")
        assert "all clear" in listener.until("update 2")
        listener.until("What was wrong: They clean windows")
        assert listener.end() == (0, "")


def test_the_module_runs_as_a_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "realtime.cli", "--version"], capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout.startswith("samverkan")
