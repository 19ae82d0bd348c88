"""A server that is asked to stop: everybody is answered, told when to come back, and sent away; then it ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import cast

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from realtime.app import Store
from realtime.client import Client, Disconnected, Event
from realtime.errors import CloseCode
from realtime.messages import AlertChange, AlertNews, Drain, MessageNews
from tests.connection.peers import Peer, eventually
from tests.end_to_end.stubborn import StubbornStore
from tests.foreign import BOTH, PATIENCE_S, Foreign, Premises, a_red, enter, serving
from tests.served import served
from tests.town import HERE


async def test_sigterm_sends_everybody_away_spread_out_and_the_process_ends_well(tmp_path: Path) -> None:
    """While one client still lingers, the server answers that it is alive, that it is not ready, and lets nobody in."""
    async with served(tmp_path, server_drain_s="20", connection_close_timeout_s="20") as server:
        http = f"http://127.0.0.1:{server.port}"
        members = [
            await enter(server.url, server.token(f"member-{n}"), encoding=BOTH[n % 2], device=f"{n}") for n in range(12)
        ]
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S) as asks, Peer.open(server.port):
            assert (await asks.get(f"{http}/ready")).status_code == 200
            server.terminate()
            delays = [(await member.hear("drain"))["reconnect_after_s"] for member in members]
            assert [await member.closed() for member in members] == [CloseCode.DRAIN] * len(members)
            assert all(2 <= delay <= 4 for delay in delays)
            assert len(set(delays)) > 6
            ready = await asks.get(f"{http}/ready")
            assert (ready.status_code, ready.json()["ready"]) == (503, False)
            assert "draining" in ready.json()["problems"][0]
            assert (await asks.get(f"{http}/health")).json()["alive"] is True
            with pytest.raises(InvalidStatus) as refused:
                await Foreign.connected(server.url)
            assert refused.value.response.status_code == 503
            assert int(refused.value.response.headers["Retry-After"]) > 0
        assert await server.ended() == 0


async def test_who_does_not_leave_does_not_keep_it_from_ending(tmp_path: Path) -> None:
    limits = {"server_drain_s": "0.2", "connection_close_timeout_s": "0.2"}
    async with served(tmp_path, **limits) as server, Peer.open(server.port) as lingers:
        server.terminate()
        assert await server.ended() == 0
        assert await lingers.close_code_if_any() in (CloseCode.DRAIN, None)


@asynccontextmanager
async def told_to_stop(stack: AsyncExitStack, server: Premises, store: StubbornStore) -> AsyncIterator[None]:
    """While a server on a stalled disk drains; it has ended when this has."""
    stopping = asyncio.create_task(stack.aclose())
    try:
        async with asyncio.timeout(PATIENCE_S):
            await eventually(lambda: server.app.draining)
        yield
    finally:
        store.go_on()
        await stopping


async def test_what_was_asked_before_is_answered_before_the_farewell(tmp_path: Path) -> None:
    """Though the disk is slow; and all that it stores still reaches the others."""
    store = await StubbornStore.open(tmp_path)
    stack = AsyncExitStack()
    server = await stack.enter_async_context(serving(tmp_path, store=cast(Store, store), server={"drain_s": 20.0}))
    talkers = [
        await enter(server.url, server.token(name), encoding=code) for name, code in zip("ab", BOTH, strict=True)
    ]
    room = await server.group(*talkers)
    store.stall()
    for number in range(30):
        for talker in talkers:
            await talker.say("message", id=f"{number}", group=room, text=f"{number}")
    for talker in talkers:
        await talker.ask("ping")
    async with told_to_stop(stack, server, store):
        with pytest.raises(InvalidStatus):
            await Foreign.connected(server.url)
        store.go_on()
        for talker in talkers:
            assert await talker.closed() == CloseCode.DRAIN
            oks = [frame for frame in talker.all("ok") if "message" in frame]
            assert [frame["id"] for frame in oks] == [f"{number}" for number in range(30)]
            both = [frame["rooms"][room] for frame in (*oks, *talker.all("message"))]
            assert sorted(both) == list(range(1, 61))


async def test_what_is_on_its_way_to_many_reaches_them_all_before_the_farewell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.delivery.fanout.CHUNK_S", -1.0)  # one at a time, as if each were hundreds
    monkeypatch.setattr("realtime.delivery.fanout.LOOK_EVERY", 1)
    store = await StubbornStore.open(tmp_path)
    stack = AsyncExitStack()
    server = await stack.enter_async_context(serving(tmp_path, store=cast(Store, store), server={"drain_s": 20.0}))
    author = await enter(server.url, server.token("author"))
    near = [await enter(server.url, server.token(f"near-{n}"), HERE, encoding=BOTH[n % 2]) for n in range(80)]
    store.stall()
    await author.say("alert", id="late", **a_red(HERE))
    await store.asked()
    async with told_to_stop(stack, server, store):
        store.go_on()
        assert [await member.closed() for member in near] == [CloseCode.DRAIN] * len(near)
        assert [len(member.all("alert")) for member in near] == [1] * len(near)
        assert len(author.all("ok")) == 1


class Ear:
    """Keeps all that a client of ours is told."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.events: list[Event] = []
        self._changed = asyncio.Event()
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async for event in self.client.events():
            self.events.append(event)
            self._changed.set()

    async def until_text(self, text: str) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not any(isinstance(event, MessageNews) and event.text == text for event in self.events):
                self._changed.clear()
                await self._changed.wait()

    def texts(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, MessageNews)]


async def test_clients_come_back_to_the_next_server_by_themselves_and_miss_nothing(tmp_path: Path) -> None:
    """Of our own kind: one goes on talking all the while, the others hear everything, once and in order."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(served(tmp_path))
        make = [
            Client(first.url, first.token(f"member-{n}"), encoding=BOTH[n % 2], jitter=lambda _: 0.1) for n in range(5)
        ]
        for client in make:
            client.position(*HERE)
            await stack.enter_async_context(client)
        talker, *others = make
        ears = [Ear(client) for client in others]
        group = (await talker.create_group("Yard", purpose="To look out", conduct="Be kind")).group
        assert group is not None
        for client in others:
            await client.join(group, accepted=True)
        red = (await talker.raise_alert("red", lat=HERE[0], lon=HERE[1])).alert
        assert red is not None

        said = 0
        is_over = asyncio.Event()

        async def talk() -> None:
            nonlocal said
            while not is_over.is_set():
                await talker.post_message(group, f"{said}")
                said += 1

        talking = asyncio.create_task(talk())
        await ears[0].until_text("20")
        first.terminate()
        assert await first.ended() == 0
        second = await stack.enter_async_context(served(tmp_path, port=first.port))
        assert second.url == first.url
        await talker.update_alert(red, state="closed")
        for ear in ears:
            await ear.until_text(f"{said + 5}")
        is_over.set()
        await talking
        await talker.post_message(group, "over")
        for ear in ears:
            await ear.until_text("over")
            assert ear.texts() == [*(f"{number}" for number in range(said)), "over"]
            alerts = [event for event in ear.events if isinstance(event, AlertNews | AlertChange)]
            assert [(event.alert, event.revision) for event in alerts] == [(red, 1), (red, 2)]
            assert len([event for event in ear.events if isinstance(event, Drain)]) == 1
            assert any(isinstance(event, Disconnected) for event in ear.events)
