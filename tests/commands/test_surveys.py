"""`samverkan admin survey`, against a server."""

import asyncio
import json
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from realtime.cli import main
from realtime.client import Client
from realtime.messages import SurveyNews
from tests.program import Program

SQUARE = [[18.06, 59.32], [18.08, 59.32], [18.08, 59.33], [18.06, 59.33], [18.06, 59.32]]


def samverkan(*arguments: str) -> str:
    done: Result = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("SAMVERKAN_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def at(tmp_path: Path) -> Iterator[list[str]]:
    """The options that lead to a server."""
    data = tmp_path / "data"
    with Program("serve", "--port", "0", "--data", str(data), SAMVERKAN_SERVER_DRAIN_S="0.1") as program:
        ready = re.search(r"listening on (\S+)", program.until("listening"))
        assert ready is not None
        yield ["--url", ready[1], "--data", str(data)]
        program.end(signal.SIGTERM)


async def answered(url: str, token: str) -> None:
    async with Client(url, token) as client:
        client.position(59.325, 18.07)
        async for event in client.events():
            if isinstance(event, SurveyNews):
                await client.answer_survey(event, safety="safer")
                break


def test_a_survey_from_the_owner_to_a_member_and_back(at: list[str]) -> None:
    """Put on the command line, answered by a client that is there; its result waits for its end."""
    area = {"type": "Feature", "id": "old", "properties": {"name": "Gamla stan"}}
    Path("old.geojson").write_text(json.dumps({**area, "geometry": {"type": "Polygon", "coordinates": [SQUARE]}}))
    samverkan("admin", "area", "set", "old.geojson", *at)
    until = time.strftime("%Y-%m-%d", time.localtime(time.time() + 3 * 86_400))
    put = ["admin", "survey", "put", "autumn", "--area", "old", "--until", until, "--question", "safety"]
    assert samverkan(*put, *at) == "ok\n"
    token = samverkan("token", "--user", "anna", *at[2:]).strip()
    asyncio.run(answered(at[1], token))
    (listed,) = json.loads(samverkan("admin", "survey", "list", "--json", *at))["surveys"]
    assert (listed["survey"], listed["questions"]) == ("autumn", ["safety"])
    assert "autumn" in samverkan("admin", "survey", "list", *at)
    refused = CliRunner().invoke(main, ["admin", "survey", "result", "autumn", *at])
    assert "its result is told when it is over" in refused.stderr
