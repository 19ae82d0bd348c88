"""The budget of the hot path, without the system calls: they need strace, and `make bench-guard` counts them."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bench.guard import KINDS, as_toml, calls, count_inside, load, over
from realtime.connection.server import run
from realtime.connection.session import Session


def counted() -> dict[str, dict[str, float]]:
    """Without memory, which has other figures while coverage is measured."""
    return run(count_inside(16, (calls,)))


def test_a_delivery_and_a_position_keep_within_their_budget() -> None:
    found = counted()
    assert over(found, load()) == []
    assert all(found[kind]["tasks"] == found[kind]["steps"] == 0 for kind in KINDS)


def test_a_task_for_each_delivery_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    deliver = Session.deliver

    def deliver_in_a_task(self: Session, *what: Any) -> None:
        async def nothing() -> None: ...

        asyncio.get_running_loop().create_task(nothing())
        deliver(self, *what)

    monkeypatch.setattr(Session, "deliver", deliver_in_a_task)
    wrong = over(counted(), load())
    assert {(kind, "tasks") for kind in ("red", "words", "chat")} <= set(wrong)
    assert ("position", "tasks") not in wrong


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
