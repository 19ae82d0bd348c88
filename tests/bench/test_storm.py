"""A storm as a whole, its plan, its judge, and the way back of one client, against servers that make it hard."""

import json
import subprocess
import sys
from collections import Counter
from http import HTTPStatus
from pathlib import Path
from time import monotonic_ns
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from bench import storm_plan
from bench.records import NEVER
from bench.returning import SECOND_NS, Returner
from bench.storm import main
from bench.storm_judge import StormVerdict, judge
from bench.storm_records import Heard, Posted, Return, Visit

# --- as a whole ------------------------------------------------------------------------------------------------------


HOW = {"cut": [], "kill": ["--restart"], "drain": ["--restart", "--term"]}
SMALL = [
    "--clients",
    "60",
    "--missed",
    "3",
    "--away",
    "0.5",
    "--within",
    "0.5",
    "--watchers",
    "5",
    "--red-every",
    "0.2",
]


def test_sixty_come_back_whatever_cut_them_off(tmp_path: Path):
    """How long it takes depends on the machine; that everybody gets what they missed does not."""
    command = [sys.executable, "-m", "bench.storm", *SMALL]
    runs = {
        how: subprocess.Popen(
            [*command, *arguments, "--out", str(tmp_path / how)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for how, arguments in HOW.items()
    }
    for how, run in runs.items():
        said, _ = run.communicate(timeout=180)
        assert f"60 come back within 0.5 s ({how})" in said, said
        told = json.loads((tmp_path / how / f"storm-{how}.json").read_text())
        assert told["faults"] == dict.fromkeys(("lost", "doubled", "disordered", "wrong", "never live"), 0), said
        assert told["red_faults"] == {}
        assert told["back"] == told["own_ms"]["count"] == 60
        assert told["expected"] == told["delivered"] > 60
        assert told["passed"] == (run.returncode == 0)
        assert told["server"]["rss_before_kib"] > 0
        assert (told["server"]["down_s"] is None) == (how == "cut")
        assert told["generator"]["cpu"] > 0
        assert [path.name for path in (tmp_path / how).iterdir()] == [f"storm-{how}.json"]  # its data are gone


def test_help_shows_an_example():
    assert "python -m bench.storm --restart" in CliRunner().invoke(main, ["--help"]).output


# --- the plan --------------------------------------------------------------------------------------------------------


def test_everybody_is_in_about_three_groups_and_misses_about_twenty():
    storm = storm_plan.make(clients=2_000, missed=20, away_s=60.0, within_s=10.0, seed=4)
    seats = Counter(member for group in storm.crowd.groups for member in group.members[1:])
    assert set(seats) == set(range(2_000))
    assert set(seats.values()) <= {2, 3}  # twice in one hand counts once
    assert 19 < storm.missed < 21
    assert all(21 <= len(group.members) <= 151 for group in storm.crowd.groups[:-1])  # the last takes what is left
    assert {group.members[0] for group in storm.crowd.groups} == set(range(2_000, storm.crowd.clients))
    assert all(0 < post.due_s < 60 for post in storm.posts)
    assert 0 <= storm.first_try_s.min() <= storm.first_try_s.max() <= 10


def test_reds_come_as_often_as_they_are_wanted():
    plan = storm_plan.stayers(watchers=7, red_every_s=2.0, seconds=20.0, seed=1)
    assert plan.clients == 8
    assert [alert.due_s for alert in plan.alerts] == [0.5 + 2 * number for number in range(10)]
    assert {alert.author for alert in plan.alerts} == {7}


# --- the judge -------------------------------------------------------------------------------------------------------

POSTED = [Posted("yard", seq, f"y{seq}") for seq in range(1, 5)] + [Posted("shops", 1, "s1")]
ROOMS = [{"yard", "shops"}]
MISSED = [Heard("yard", 3, "y3"), Heard("yard", 4, "y4"), Heard("shops", 1, "s1")]


def visit(heard: list[Heard], *, before_live: int | None = None, live: bool = True, **claimed: int) -> Visit:
    return Visit(
        claimed=claimed or {"yard": 2, "me": 5},
        knocked_ns=0,
        live_ns=1 if live else NEVER,
        heard=heard,
        before_live=len(heard) if before_live is None else before_live,
        ended=None if live else "4000 slow",
    )


def judged(*visits: Visit) -> StormVerdict:
    return judge(POSTED, ROOMS, [Return(0, list(visits))])


def test_who_got_all_that_was_missed_is_complete():
    verdict = judged(visit(MISSED))
    assert verdict.complete
    assert (verdict.expected, verdict.delivered, verdict.back) == (3, 3, 1)


@pytest.mark.parametrize(
    ("fault", "heard"),
    [
        ("lost", [MISSED[0], MISSED[2]]),
        ("doubled", [*MISSED, MISSED[0]]),
        ("doubled", [Heard("yard", 2, "y2"), *MISSED]),
        ("disordered", [MISSED[1], MISSED[0], MISSED[2]]),
        ("wrong", [*MISSED, Heard("cellar", 1, "c1")]),
        ("wrong", [*MISSED, Heard("me", 6, "membership")]),
    ],
)
def test_one_fault_is_found_and_named(fault: str, heard: list[Heard]):
    verdict = judged(visit(heard))
    assert verdict.faults == {fault: 1}
    assert verdict.examples[0].startswith(f"{fault}: ")
    assert "client 0" in verdict.examples[0]


def test_another_message_at_a_seq_is_wrong():
    """And the right one is not lost as well: something came at its seq."""
    assert judged(visit([Heard("yard", 3, "y4"), *MISSED[1:]])).faults == {"wrong": 1}


def test_what_comes_after_live_is_disordered():
    assert judged(visit(MISSED, before_live=2)).faults == {"disordered": 1}


def test_a_second_visit_goes_on_where_the_first_ended():
    assert judged(visit(MISSED[:1], live=False), visit(MISSED[1:], yard=3)).complete
    assert judged(visit(MISSED[:1], live=False), visit(MISSED, yard=3)).faults == {"doubled": 1}


def test_who_is_never_live_is_counted_once():
    verdict = judged(visit(MISSED[:1], live=False))
    assert verdict.faults == {"never live": 1}
    assert verdict.examples == ["never live: client 0, 4000 slow"]
    assert judge(POSTED, ROOMS, []).faults == {"never live": 1}


def test_what_has_no_place_in_a_return_is_wrong():
    came = visit(MISSED)
    came.odd = ["start_over"]
    assert judged(came).examples == ["wrong: start_over, client 0"]


# --- one client's way back -------------------------------------------------------------------------------------------

Send = dict[str, Any]
WELCOME: Send = {"type": "welcome", "id": "h0", "rooms": {"yard": {"seq": 4, "from": 1}}}


def message(seq: int) -> Send:
    return {"type": "message", "message": f"y{seq}", "group": "yard", "rooms": {"yard": seq}}


class Hard:
    """Refuses the first connection, is busy at the second's first hello, then drains; the third it lets in."""

    def __init__(self) -> None:
        self.connections = 0
        self.hellos: list[tuple[int, dict[str, int]]] = []  # by number of the connection, with the places claimed

    async def start(self) -> tuple[Server, str]:
        server = await serve(
            self._session,
            "127.0.0.1",
            0,
            subprotocols=["samverkan.v1.json"],
            process_request=self._refuse,  # type: ignore[list-item]
        )
        return server, f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"

    def _refuse(self, socket: ServerConnection, request: Request) -> Response | None:
        self.connections += 1
        if self.connections > 1:
            return None
        refused = socket.respond(HTTPStatus.SERVICE_UNAVAILABLE, "Full.\n")
        refused.headers["Retry-After"] = "0"
        return refused

    async def _session(self, socket: ServerConnection) -> None:
        while (payload := await self._next(socket)) is not None:
            hello = msgspec.json.decode(payload)
            self.hellos.append((self.connections, hello["rooms"]))
            if len(self.hellos) == 1:
                await self._send(socket, {"type": "error", "id": "h0", "code": "busy", "retry_after_s": 0.001})
            elif self.connections == 2:
                await self._send(socket, WELCOME, message(3), {"type": "drain", "reconnect_after_s": 0.001})
                await socket.close(4002, "drain")
            else:
                await self._send(socket, WELCOME, message(4), {"type": "live", "rooms": {"yard": 4}})

    @staticmethod
    async def _next(socket: ServerConnection) -> str | bytes | None:
        try:
            return await socket.recv()
        except ConnectionClosed:
            return None

    @staticmethod
    async def _send(socket: ServerConnection, *messages: Send) -> None:
        for one in messages:
            await socket.send(msgspec.json.encode(one).decode())


async def test_a_client_comes_when_it_is_told_and_goes_on_where_it_was():
    hard = Hard()
    server, url = await hard.start()
    async with server:
        returner = Returner(0, False, url, {"id": "h0", "token": "t", "device": "bench"}, {"yard": 2})
        now = monotonic_ns()
        await returner.come_back(now, now + 30 * SECOND_NS)
        returner.leave()
    assert hard.hellos == [(2, {"yard": 2}), (2, {"yard": 2}), (3, {"yard": 3})]
    refused, drained, let_in = returner.account().visits
    assert "503" in (refused.ended or "")
    assert (drained.busy, drained.ended) == (1, "4002 drain")
    assert let_in.live_ns != NEVER
    history = [Posted("yard", seq, f"y{seq}") for seq in range(1, 5)]
    assert judge(history, [{"yard"}], [returner.account()]).faults == {}
