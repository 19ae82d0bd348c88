"""What the demo says can be tried next."""

import shlex
import shutil
import sys
from pathlib import Path

import pytest

from realtime.demo.show import ideas


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_commands_name_the_server_only_where_it_is_not_the_usual_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    for command in ideas("ws://127.0.0.1:8765/v1", Path("data"), "g1"):
        words = shlex.split(command)
        assert words[1] in ("listen", "alert", "chat", "org")
        assert words[-1] == "--exercise"
    for command in ideas("ws://127.0.0.1:9000/v1", Path("my data"), "g1"):
        assert shlex.split(command)[-5:] == ["--exercise", "--url", "ws://127.0.0.1:9000/v1", "--data", "my data"]


def test_the_program_is_called_as_this_shell_finds_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    beside = tmp_path / ".venv" / "bin" / "samverkan"
    monkeypatch.setattr(sys, "executable", str(beside.with_name("python")))

    def program() -> str:
        return shlex.split(ideas("ws://127.0.0.1:8765/v1", Path("data"), "g1")[0])[0]

    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert program() == ".venv/bin/samverkan"
    monkeypatch.setattr(shutil, "which", lambda _: str(beside))
    assert program() == "samverkan"
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/samverkan")  # another one
    assert program() == ".venv/bin/samverkan"
    monkeypatch.setattr(sys, "executable", "/elsewhere/bin/python")
    assert program() == "/elsewhere/bin/samverkan"
