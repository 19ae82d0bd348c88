"""The demo as a newcomer sees it: an evening, then commands that work as they are printed."""

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

from tests.program import DEADLINE_S, Program

QUICK = ("--port", "0", "--members", "40", "--fast")


def rewritten(command: str) -> list[str]:
    """A printed command as a list, run by this very interpreter, whatever its environment is called."""
    program, *arguments = shlex.split(command)
    assert Path(program).name == "samverkan"
    return arguments


def test_an_evening_is_shown_and_the_printed_commands_work(tmp_path: Path) -> None:
    with Program("demo", *QUICK, "--data", str(tmp_path / "data")) as demo:
        server = re.search(r"ws://127\.0\.0\.1:\d+/v1", demo.until("the server is up on"))
        assert server is not None
        for shown in (
            "◆ YELLOW",
            "… chat",
            "▲ RED",
            "update 2",
            "✉ private",
            "closed: ",
            "what came of it",
            "Nothing was stolen",
        ):
            line = demo.until(shown)
            reached = re.search(r"reached (\d+)[ +\d]*, half within ([\d.]+) ms, the last in ([\d.]+) ms$", line)
            assert reached is not None, line
            assert int(reached[1]) > 0
        names = ("listen", "alert", "chat", "org")
        listen, alert, chat, org = (demo.until(f"samverkan {name}").strip() for name in names)
        assert server[0] in listen
        with Program(*rewritten(listen)) as listener, Program(*rewritten(chat)) as chatter:
            listener.until("listening at")
            chatter.until("each line is a message")
            raised = subprocess.run(
                [sys.executable, "-m", "realtime.cli", *rewritten(alert)],
                capture_output=True,
                text=True,
                check=True,
                timeout=DEADLINE_S,
            )
            assert raised.stdout.startswith("ok: on disk")
            there = subprocess.run(
                [sys.executable, "-m", "realtime.cli", *rewritten(org)],
                capture_output=True,
                text=True,
                check=True,
                timeout=DEADLINE_S,
            )
            assert "Police of the old town" in there.stdout
            assert "reach: " in raised.stdout
            listener.until("Somebody is threatened on the square")
            assert "reached" in demo.until("Somebody is threatened on the square")  # who lives there has it, too
            chatter.type("Is everybody all right?\n")
            demo.until("Is everybody all right?")
        assert demo.end(signal.SIGINT) == (0, "")
    done = subprocess.run(
        [sys.executable, "-m", "realtime.cli", "health", "--url", server[0]], capture_output=True, timeout=DEADLINE_S
    )
    assert done.returncode == 1  # the child is gone, too


def test_a_second_evening_finds_the_same_groups_and_ends_at_sigterm_too(tmp_path: Path) -> None:
    groups = []
    for number in (signal.SIGTERM, signal.SIGHUP):
        with Program("demo", *QUICK, "--data", str(tmp_path / "data")) as demo:
            groups.append(re.findall(r"--group (\S+)", demo.until("samverkan chat")))
            assert demo.end(number) == (0, "")
    assert groups[0] == groups[1]


def test_the_demo_ends_with_its_server(tmp_path: Path) -> None:
    """Killed from outside, say by the system: one line, and no member left behind."""
    with Program("demo", *QUICK, "--data", str(tmp_path / "data")) as demo:
        demo.until("an evening begins")
        children = Path(f"/proc/{demo.process.pid}/task/{demo.process.pid}/children").read_text().split()
        for child in children:
            os.kill(int(child), signal.SIGKILL)
        code, _, said = demo.ended()
    assert code == 1
    assert re.fullmatch(r"Error: .*\n", said)
