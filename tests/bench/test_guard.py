"""The budget of the hot path, without the system calls: they need strace, and `make bench-guard` counts them."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bench.guard import KINDS, Unable, _by_mark, as_toml, calls, copies, count_inside, load, over
from realtime.connection.lines import Lines
from realtime.connection.server import run
from realtime.connection.session import Session
from realtime.connection.transport import Transport


def counted() -> dict[str, dict[str, float]]:
    """Without memory, which has other figures while coverage is measured."""
    return run(count_inside(16, (calls,)))


def test_a_delivery_and_a_position_keep_within_their_budget() -> None:
    found = counted()
    assert over(found, load()) == []
    assert all(found[kind]["tasks"] == found[kind]["steps"] == 0 for kind in KINDS)


def test_a_task_for_each_delivery_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    write = Lines.write

    def write_with_tasks(self: Lines, files: Any, frames: Any) -> Any:
        async def nothing() -> None: ...

        for _ in frames:
            asyncio.get_running_loop().create_task(nothing())
        return write(self, files, frames)

    monkeypatch.setattr(Lines, "write", write_with_tasks)
    wrong = over(counted(), load())
    assert {(kind, "tasks") for kind in ("red", "words", "chat")} <= set(wrong)
    assert ("position", "tasks") not in wrong


def test_a_copy_of_the_frame_for_each_recipient_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def found() -> dict[str, dict[str, float]]:
        return run(count_inside(16, (copies,)))

    assert over(found(), load()) == []
    write = Lines.write

    def write_copies(self: Lines, files: Any, frames: Any) -> Any:
        return write(self, files, [bytes(bytearray(frame)) for frame in frames])

    monkeypatch.setattr(Lines, "write", write_copies)
    copied = found()
    assert over(copied, load()) == [(kind, "copied") for kind in ("red", "words", "chat")]
    assert all(copied[kind]["copied"] > 200 for kind in ("red", "words", "chat"))  # a whole frame each


def test_what_is_written_some_other_way_is_no_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lines, "write", lambda self, files, frames: [(place, 0) for place in range(len(frames))])
    monkeypatch.setattr(Transport, "_write", lambda self, frame: self._socket.write(frame) is None)
    with pytest.raises(Unable, match="not all goes through"):
        run(count_inside(4, (copies,)))


def test_bytes_are_counted_by_what_a_call_returned() -> None:
    log = (
        '7 write(-1, "mark red few.", 13) = -1 EBADF (Bad file descriptor)\n'
        '7 write(11, "..."..., 515) = 515\n'
        '7 write(12, "..."..., 515 <unfinished ...>\n'
        '9 <... recvfrom resumed>"...", 65536, 0, NULL, NULL) = 97\n'
        "7 <... write resumed>) = 500\n"
        '7 write(13, "..."..., 515) = -1 EAGAIN (Resource temporarily unavailable)\n'
        '7 write(-1, "mark .", 6) = -1 EBADF (Bad file descriptor)\n'
        '7 write(11, "..."..., 515) = 515\n'
    )
    assert _by_mark(log) == {"red few": {"sends": 3, "sent": 1_015, "got": 97, "reads": 0}}


def test_a_call_more_for_each_position_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    received = Session.received
    monkeypatch.setattr(Session, "received", lambda self, payload: received(self, payload))
    assert over(counted(), load()) == [("position", "python")]


def test_the_budget_allows_what_was_counted_and_little_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"red": {"tasks": 0.0, "python": 4.125, "peak": 262.0}}
    monkeypatch.setattr("bench.guard.BUDGET", tmp_path / "budget.toml")
    (tmp_path / "budget.toml").write_text(as_toml(found))
    assert load() == {"red": {"tasks": 0.0, "python": 4.21, "peak": 283.1}}
    assert over({"red": {"tasks": 0.0, "python": 5.0, "peak": 262.0}}, load()) == [("red", "python")]
