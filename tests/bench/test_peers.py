"""The comparison in small, with those who need no installing; and its accounting, which must notice what goes wrong."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from websockets.asyncio.server import ServerConnection, serve

from bench.peers import recipients
from bench.peers.__main__ import main
from bench.peers.account import Account, Spread, Taken, complete
from bench.peers.dialects import DIALECTS, numbers, packet, text
from bench.peers.install import Place, install
from bench.peers.process import Process, ProcessFailed, free_port, rss_kib
from bench.peers.recipients import Clients, Round
from bench.peers.report import cells
from bench.peers.roster import ROSTER

HERE = "os.write,write,shuffled,samverkan,transport,websockets,starlette"


def test_twenty_recipients_of_each_server_have_every_message_once(tmp_path: Path):
    arguments = ["--recipients", "20", "--rounds", "3", "--only", f"{HERE},picows", "--out", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "bench.peers", *arguments, "--into", str(tmp_path / "nowhere")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (tmp_path / "peers.json").exists(), done.stdout + done.stderr
    told = {run["name"]: run for run in json.loads((tmp_path / "peers.json").read_text())["runs"]}
    assert set(told) == {*HERE.split(","), "picows"}
    assert "not installed" in told.pop("picows")["failed"]
    assert done.returncode == 1  # it was asked for, and could not be had
    for run in told.values():
        assert (run["failed"], run["fault"], run["rounds"]) == (None, None, 3)
        assert run["cpu_us_per_delivery"]["median"] > 0
        assert abs(run["frame_bytes"] - len(text(0)) - 4) < 8  # numbers of other lengths, and the frame's head
    assert told["write"]["cpu_ratio_to_write"] == {"median": 1.0, "low": 1.0, "high": 1.0}
    assert (tmp_path / "peers.png").read_bytes()[:4] == b"\x89PNG"
    assert "| samverkan: a durable red to all near |" in (tmp_path / "peers.md").read_text()
    assert "picows: not installed" in done.stdout
    assert not list(tmp_path.glob("peer-*"))


def test_help_shows_an_example():
    assert "python -m bench.peers --recipients 10000 --rounds 20" in CliRunner().invoke(main, ["--help"]).output


def test_a_name_that_nobody_has_is_told_in_a_line():
    result = CliRunner().invoke(main, ["--only", "gossip"])
    assert "no peer gossip; there are os.write" in result.output


def test_every_peer_speaks_a_dialect_and_says_what_it_lacks(tmp_path: Path):
    nowhere = Place(tmp_path)
    assert {peer.dialect for peer in ROSTER} == set(DIALECTS)
    assert len({peer.name for peer in ROSTER}) == len(ROSTER)
    assert {"picows", "socketio", "ws"} <= {peer.name for peer in ROSTER if peer.lacks(nowhere)}
    assert not {peer.name for peer in ROSTER if peer.lacks(nowhere)} & set(HERE.split(","))


def test_an_installer_that_fails_is_told_and_not_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    said: list[str] = []
    assert not install(Place(tmp_path), ["ws"], said.append)
    assert said == ["ws         could not be had: there is no npm here"]


# --- what recipients notice ------------------------------------------------------------------------------------------

Listeners = list[ServerConnection]
Fan = Callable[[Listeners, str], Awaitable[None]]


async def rounds_of(fan: Fan, monkeypatch: pytest.MonkeyPatch, count: int = 1) -> list[Round]:
    """What three recipients say of a server that fans out like this."""
    monkeypatch.setattr(recipients, "ARRIVE_S", 0.3)
    listeners: Listeners = []

    async def session(socket: ServerConnection) -> None:
        listeners.append(socket)
        async for message in socket:
            await fan([each for each in listeners if each is not socket], str(message))

    async with serve(session, "127.0.0.1", 0, compression=None) as server:
        with closing(Clients(DIALECTS["plain"], server.sockets[0].getsockname()[1])) as clients:

            def all_rounds() -> list[Round]:
                clients.prepare(3)
                clients.connect(4)
                return [clients.round(number) for number in range(count)]

            return await asyncio.to_thread(all_rounds)


def faults(it: Round) -> tuple[int, int, int]:
    return it.missing, it.extra, it.wrong


async def test_who_has_all_of_it_once_has_no_fault(monkeypatch: pytest.MonkeyPatch):
    async def fan(listeners: Listeners, message: str) -> None:
        for listener in listeners:
            await listener.send(message)

    assert [faults(it) for it in await rounds_of(fan, monkeypatch, 3)] == [(0, 0, 0)] * 3


async def test_in_pieces_it_is_the_same_message(monkeypatch: pytest.MonkeyPatch):
    async def fan(listeners: Listeners, message: str) -> None:
        for listener in listeners:
            await listener.send([message[:100], message[100:]])

    assert faults((await rounds_of(fan, monkeypatch))[0]) == (0, 0, 0)


async def test_nobody_may_be_left_out_or_told_twice(monkeypatch: pytest.MonkeyPatch):
    async def fan(listeners: Listeners, message: str) -> None:
        for listener in listeners[1:]:
            await listener.send(message)
        await listeners[1].send(message)

    assert faults((await rounds_of(fan, monkeypatch))[0]) == (1, 1, 0)


async def test_a_message_of_another_round_is_one_too_many(monkeypatch: pytest.MonkeyPatch):
    async def fan(listeners: Listeners, message: str) -> None:
        for listener in listeners:
            await listener.send(message)
        if "000001" in message:
            await listeners[0].send(text(0))

    assert [faults(it) for it in await rounds_of(fan, monkeypatch, 2)] == [(0, 0, 0), (0, 1, 0)]


async def test_a_message_must_arrive_as_it_was_sent(monkeypatch: pytest.MonkeyPatch):
    async def fan(listeners: Listeners, message: str) -> None:
        for listener in listeners:
            await listener.send(message.replace("red", "info"))

    assert faults((await rounds_of(fan, monkeypatch))[0])[2] > 0


# --- the server's process ---------------------------------------------------------------------------------------------

# A parent and a child, which listens and works a little, like nginx and its worker.
FAMILY = """
import os, signal, socket, sys
if not os.fork():
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    print(os.getpid(), flush=True)
    sum(range(1_000_000))
signal.pause()
"""


def test_a_servers_children_are_counted_and_do_not_outlive_it(tmp_path: Path):
    port, core = free_port(), {min(os.sched_getaffinity(0))}
    with Process([sys.executable, "-c", FAMILY, str(port)], {}, port, tmp_path / "log", core) as process:
        child = int(process.last_words())
        parent = process._process.pid
        assert process._pids() == [parent, child]
        assert os.sched_getaffinity(child) == core
        assert process.rss_kib() > max(rss_kib(parent), rss_kib(child)) > 0
        assert process.cpu_ns() > 0
    assert not Path(f"/proc/{parent}").exists()
    # A killed child is its new parent's to bury; until then it has no memory any more.
    assert rss_kib(child) == 0


def test_a_server_that_ends_at_once_is_told_with_its_last_words(tmp_path: Path):
    argv = [sys.executable, "-c", "raise SystemExit('no such port')"]
    with (
        pytest.raises(ProcessFailed, match="no such port"),
        Process(argv, {}, 1, tmp_path / "log", os.sched_getaffinity(0)),
    ):
        pass


# --- the accounting --------------------------------------------------------------------------------------------------


def taken(cpu_ns: int, last_ns: int = 1_000_000, missing: int = 0, extra: int = 0) -> Taken:
    it = Round(last_ns=last_ns, missing=missing, extra=extra, wrong=0, frame_bytes=250, reader_busy_ns=last_ns // 4)
    return Taken(cpu_ns, it)


def account(*rounds: Taken, name: str = "it", first: int = 1) -> Account:
    it = Account(name, recipients=10)
    for number, each in enumerate(rounds, first):
        it.add(number, each)
    return it


def test_a_delivery_costs_the_rounds_time_shared_by_its_recipients():
    assert account(taken(10_000), taken(20_000), taken(90_000)).cpu_us() == Spread(2.0, 1.5, 5.5)
    assert account(taken(1, 2_000_000), taken(1, 4_000_000)).last_ms().median == 3.0
    assert account(taken(1)).reader_share() == 0.25


def test_ratios_are_of_the_same_round():
    """The machine became ten times slower: of medians, the ratio would be anything."""
    floor = account(taken(10), taken(100), taken(1_000))
    assert account(taken(20), taken(200), taken(2_000)).cpu_ratio(floor) == Spread(2.0, 2.0, 2.0)
    late = account(taken(200), taken(2_000), taken(7), first=2)  # it has no first round, and the floor no fourth
    assert late.cpu_ratio(floor) == Spread(2.0, 2.0, 2.0)


def test_a_lost_message_is_a_fault_whatever_the_figures_are():
    good, bad = account(taken(10)), account(taken(10), taken(10, missing=2), taken(10, extra=1))
    assert (good.fault(), bad.fault()) == (None, "2 missing, 1 extra")
    assert complete({"good": good})
    assert not complete({"good": good, "bad": bad})
    assert cells(bad, good)[0] == "0.00 (2 missing, 1 extra)"


def test_who_did_not_run_has_the_reason_in_the_table():
    absent = Account("absent", recipients=10, failed="not installed")
    assert cells(absent, account(taken(10)))[0] == "not installed"
    assert absent.as_json(None)["failed"] == "not installed"
    assert not complete({"absent": absent})


# --- what goes over the wire -----------------------------------------------------------------------------------------


def test_texts_are_alike_but_for_the_number():
    assert len(text(0)) == len(text(999_999))
    assert json.loads(text(17))["headline"].endswith("(round 000017)")
    assert numbers(text(17).encode()) == (17,)
    assert numbers(b"PING\r\n") == ()


def test_mqtt_lengths_are_in_groups_of_seven_bits():
    """MQTT 3.1.1, section 2.2.3, table 2.4."""
    assert packet(0x30, b"x" * 127)[:2] == b"\x30\x7f"
    assert packet(0x30, b"x" * 128)[:3] == b"\x30\x80\x01"
    assert packet(0x30, b"x" * 16_384)[:4] == b"\x30\x80\x80\x01"
