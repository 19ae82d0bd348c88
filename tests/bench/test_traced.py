"""The way of an alert as the server is seen to do it, by a server of the bench's own."""

import asyncio
import os
from pathlib import Path
from time import monotonic_ns

import pytest

from bench.server import Server, ServerFailed
from bench.traced import MOST, Notes, TracedServer, Way
from realtime.client import Client
from realtime.messages import AlertNews

AT = (59.325, 18.071)


async def warn(url: str, tokens: list[str]) -> tuple[str, int, int]:
    """A red from one to another who stands beside; its id, when it was sent, and when it was there."""
    async with Client(url, tokens[0]) as one, Client(url, tokens[1]) as other:
        one.position(*AT)
        other.position(*AT)
        sent_ns = monotonic_ns()
        ok = await one.raise_alert("red", "warn", lat=AT[0], lon=AT[1])
        async for event in other.events():
            if isinstance(event, AlertNews):
                break
        assert ok.alert is not None
        return ok.alert, sent_ns, monotonic_ns()


def test_an_alert_passes_every_place_once_and_in_order(tmp_path: Path) -> None:
    with TracedServer(tmp_path, {"probe": {"enabled": False}}, os.sched_getaffinity(0)) as server:
        assert server.ways() == {}
        tokens = server.tokens(2)
        red, sent_ns, there_ns = asyncio.run(asyncio.wait_for(warn(server.url, tokens), 20.0))
        ways = server.ways()
        assert list(ways) == [red]
        way = ways[red]
        assert way.is_whole
        assert list(way) == sorted(way)
        assert sent_ns < way.read
        assert way.first < there_ns  # the last write may come back after the phone has read what it wrote
        server.kill()
        with pytest.raises(ServerFailed):
            server.ways()


def test_a_server_that_is_not_traced_has_no_wrapper(tmp_path: Path) -> None:
    """What is measured elsewhere is the command as everybody runs it."""
    with Server(tmp_path, {}, os.sched_getaffinity(0)) as server:
        assert not (tmp_path / "ways").exists()
        assert "bench.traced" not in Path(f"/proc/{server._process.pid}/cmdline").read_text()


def test_only_the_last_few_thousand_are_kept() -> None:
    notes = Notes()
    for number in range(MOST + 3):
        notes.asked = [number] * len(Way._fields)
        notes.keep(str(number))
    assert (len(notes.of), next(iter(notes.of))) == (MOST, "3")
    notes.asked = [0] * len(Way._fields)
    notes.keep("3000")  # a retry of it: the first counts
    assert notes.of["3000"][0] == 3_000
