"""Phones that vanish behind a red, over real sockets and by the real clock; and programs of ours, which say what they
have shown."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from rich.console import Console

from geo.index import PositionIndex
from realtime import talking
from realtime.delivery.receipts import Receipts
from realtime.errors import CloseCode
from realtime.talking import Line, Room
from tests.calls import Calls
from tests.connection.peers import CLOSE, PING, TEXT, Peer, client_frame
from tests.foreign import PATIENCE_S, Premises, a_red, serving
from tests.town import HERE

QUICK = {"ack_timeout_s": 0.2, "probe_timeout_s": 0.3}
MUCH_S = 5.0  # more than a busy machine is late; without being asked it would take 45


@asynccontextmanager
async def vanished(server: Premises, user: str) -> AsyncIterator[Peer]:
    """A phone that says hello, and never anything more: it acknowledges nothing and answers no ping."""
    async with Peer.open(server.port) as peer:
        position = {"lat": HERE[0], "lon": HERE[1]}
        hello = {"type": "hello", "token": server.token(user), "device": "phone", "position": position}
        await peer.send(client_frame(TEXT, json.dumps(hello).encode()))
        while b'"live"' not in (await peer.frame())[1]:
            pass
        yield peer


async def what_comes(peer: Peer) -> list[tuple[int, bytes]]:
    """All frames up to the close frame."""
    frames = [await peer.frame()]
    while frames[-1][0] != CLOSE:
        frames.append(await peer.frame())
    return frames


async def test_a_phone_that_vanishes_behind_a_red_is_cut_off_at_once_and_catches_up(tmp_path: Path) -> None:
    async with asyncio.timeout(PATIENCE_S), serving(tmp_path, connection=QUICK) as server:
        anna = await server.member("anna")
        async with vanished(server, "bo") as bo:
            began = monotonic()
            alert = (await anna.made("alert", **a_red(HERE)))["alert"]
            frames = await what_comes(bo)
            assert QUICK["ack_timeout_s"] + QUICK["probe_timeout_s"] <= monotonic() - began < MUCH_S
            assert [opcode for opcode, _ in frames] == [TEXT, PING, CLOSE]
            assert int.from_bytes(frames[-1][1][:2]) == CloseCode.SILENT
            assert server.app.worlds["real"].hub.unreached(alert) == {("bo", "phone")}
        back = await server.member("bo", HERE)
        assert [frame["alert"] for frame in back.all("alert")] == [alert]
        assert server.app.worlds["real"].hub.unreached(alert) == set()


async def test_a_client_that_answers_pings_and_acknowledges_nothing_is_left_alone(tmp_path: Path) -> None:
    async with serving(tmp_path, connection=QUICK) as server:
        anna, bo = await server.member("anna"), await server.member("bo", HERE)
        receipts = server.app.worlds["real"].hub.receipts
        async with vanished(server, "cia") as cia:  # when she is closed, everybody has had their time
            await anna.made("alert", **a_red(HERE))
            await what_comes(cia)
        assert (receipts.asked, receipts.silent) == (2, 1)
        assert (await bo.ask("ping"))["type"] == "ok"


async def test_an_acknowledgement_is_enough(tmp_path: Path) -> None:
    async with serving(tmp_path, connection=QUICK) as server:
        anna, bo = await server.member("anna"), await server.member("bo", HERE)
        receipts = server.app.worlds["real"].hub.receipts
        async with vanished(server, "cia") as cia:
            alert = (await anna.made("alert", **a_red(HERE)))["alert"]
            await bo.made("ack", alerts=[alert])
            await what_comes(cia)
        assert (receipts.asked, receipts.silent) == (1, 1)


async def acknowledged(acks: Calls, server: Premises, alert: str) -> None:
    """Wait until somebody has acknowledged it."""
    account = server.app.worlds["real"].hub.receipts._accounts[alert]
    await acks.until(lambda: len(account.delays) > 0)


async def runs(program: Coroutine[Any, Any, None], until: Callable[[], Coroutine[Any, Any, None]]) -> None:
    running = asyncio.create_task(program)
    await until()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_who_listens_acknowledges_what_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    acks, moves = Calls(monkeypatch, Receipts, "acknowledged"), Calls(monkeypatch, PositionIndex, "put")
    async with serving(tmp_path) as server:
        anna, console = await server.member("anna"), Console(file=io.StringIO())

        async def shown() -> None:
            await moves.until(lambda: server.app.worlds["real"].hub.presence.positions > 0)
            await acknowledged(acks, server, (await anna.made("alert", **a_red(HERE)))["alert"])

        await runs(talking.listen(Line(server.url, server.token("bo")), HERE, console), shown)


async def test_who_chats_acknowledges_the_alerts_of_the_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing_typed(hearing: Any) -> AsyncIterator[str]:
        await hearing
        yield ""

    monkeypatch.setattr(talking, "_typed", nothing_typed)
    acks, prints = Calls(monkeypatch, Receipts, "acknowledged"), Calls(monkeypatch, Console, "print")
    async with serving(tmp_path) as server:
        anna, bo = await server.member("anna"), await server.member("bo")
        group = await server.group(anna, bo)
        out = io.StringIO()
        room = Room(group=group, create=None, locked=False, code=None)

        async def shown() -> None:
            await prints.until(lambda: "each line" in out.getvalue())
            await bo.hang_up()  # of his two devices only the program is left
            alert = await anna.made("alert", **a_red(HERE, public=False, groups=[group]))
            await acknowledged(acks, server, alert["alert"])

        await runs(talking.chat(Line(server.url, server.token("bo")), room, Console(file=out)), shown)
