"""The reference client against a scripted server: what it says, what it hands on, when it comes back."""

import asyncio

import pytest
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from realtime import messages
from realtime.client import Client, Stopped, Unreachable
from realtime.errors import CloseCode
from realtime.messages import (
    AlertChange,
    AlertNews,
    Drain,
    Encoding,
    Heartbeat,
    Live,
    MessageNews,
    Ok,
    StartOver,
    Unconfirmed,
    Welcome,
)
from tests.client.scripted import Dial, Ear, Script, alert, begin, chat, come_back, welcome
from tests.fakes import FakeClock


@pytest.mark.parametrize("encoding", ["json", "msgpack"])
async def test_a_returning_client_says_what_it_has(
    script: Script, dial: Dial, clock: FakeClock, encoding: Encoding
) -> None:
    client = dial(encoding=encoding, device="phone")
    client.position(59.3251, 18.0711, accuracy_m=10)
    peer, ear = await begin(script, client, welcome(me=4, g=10))
    await peer.say(chat(11), alert(2, rooms={"g": 13}), Live(rooms={"me": 5}))
    assert [type(await ear()) for _ in range(3)] == [MessageNews, AlertNews, Live]
    await peer.socket.close(CloseCode.SLOW, "slow")
    peer, lost = await come_back(script, ear, clock)
    assert (lost.code, lost.reason) == (4000, "slow")
    hello = await peer.greet(welcome(me=5, g=13))
    assert hello.device == "phone"
    assert hello.rooms == {"me": 5, "g": 11}  # 12 is missing: from there on, please
    assert [(held.alert, held.revision, held.quiet) for held in hello.holds] == [("a1", 2, False)]
    assert hello.epoch == "e1"
    assert hello.position is not None
    assert (hello.position.lat, hello.position.lon) == (59.3251, 18.0711)
    assert hello.position.age_s == lost.retry_in_s
    assert isinstance(await ear(), Welcome)
    await peer.say(chat(12), chat(11), alert(2, rooms={"g": 13}), chat(14))
    assert [(await ear()).rooms for _ in range(2)] == [{"g": 12}, {"g": 14}]  # what it had is not told again
    assert client.replica.places() == {"me": 5, "g": 14}


async def test_a_repeated_revision_is_dropped_unless_it_brings_the_first_signal(script: Script, dial: Dial) -> None:
    peer, ear = await begin(script, dial())
    await peer.say(alert(1, signal=False, why=("map",)), alert(1, signal=False), alert(1), alert(1))
    await peer.say(alert(3, AlertChange, signal=False), alert(2, AlertChange, signal=False), Live(rooms={}))
    heard = [await ear() for _ in range(4)]
    assert [(event.revision, event.signal) for event in heard[:3]] == [(1, False), (1, True), (3, False)]
    assert isinstance(heard[3], Live)


@pytest.mark.parametrize("code", [4000, 4001, 4002, 4003, 4004, 4499, 1001, 1011, 1012])
async def test_it_comes_back_after_these_codes(script: Script, dial: Dial, clock: FakeClock, code: int) -> None:
    peer, ear = await begin(script, dial())
    await peer.socket.close(code)
    peer, lost = await come_back(script, ear, clock)
    assert lost.code == code
    await peer.greet()


@pytest.mark.parametrize("code", [4500, 4501, 4502, 4503, 4999])
async def test_it_stays_away_after_these_codes(script: Script, dial: Dial, code: int) -> None:
    client = dial()
    peer, ear = await begin(script, client)
    asked = asyncio.create_task(client.post_message("g", "hello"))
    await peer.hear()
    await peer.socket.close(code, "enough")
    with pytest.raises(Stopped, match="enough") as stopped:
        await ear()
    assert stopped.value.code == code
    with pytest.raises(Stopped):
        await asked
    with pytest.raises(Stopped):
        await client.post_message("g", "hello again")


async def test_a_refused_token_is_told_by_start(script: Script, dial: Dial) -> None:
    starting = asyncio.create_task(dial().start())
    peer = await script.peer()
    await peer.hear()
    await peer.say(messages.Refused(code="token", message="the token has expired"))
    await peer.socket.close(CloseCode.TOKEN, "the token has expired")
    with pytest.raises(Stopped, match="expired"):
        await starting


async def test_back_off_doubles_up_to_its_cap_and_begins_anew_after_a_steady_session(
    script: Script, dial: Dial, clock: FakeClock
) -> None:
    peer, ear = await begin(script, dial())
    delays = []
    for _ in range(8):
        await peer.socket.close(CloseCode.SLOW)
        peer, lost = await come_back(script, ear, clock)
        delays.append(lost.retry_in_s)
        await peer.greet()
        await ear()
    assert delays == [1, 2, 4, 8, 16, 20, 20, 20]
    clock.advance(60)
    await peer.socket.close(CloseCode.SLOW)
    assert (await ear()).retry_in_s == 0.5


async def test_draining_says_when_to_come_back(script: Script, dial: Dial, clock: FakeClock) -> None:
    peer, ear = await begin(script, dial())
    await peer.say(Drain(reconnect_after_s=7.5))
    assert isinstance(await ear(), Drain)
    await peer.socket.close(CloseCode.DRAIN)
    peer, lost = await come_back(script, ear, clock)
    assert lost.retry_in_s == 7.5
    await peer.greet()
    await ear()
    await peer.socket.close(CloseCode.SLOW)
    assert (await ear()).retry_in_s == 1  # said once, used once


async def test_a_heartbeat_that_counts_more_than_arrived_makes_it_reconnect(
    script: Script, dial: Dial, clock: FakeClock
) -> None:
    peer, ear = await begin(script, dial())
    first = peer
    await peer.say(alert(), alert(), chat(1), Heartbeat(delivered=3, rooms={"g": 5}))
    assert [type(await ear()) for _ in range(2)] == [AlertNews, MessageNews]  # repeats count, too
    await peer.say(Heartbeat(delivered=4, rooms={"g": 9}))
    peer, lost = await come_back(script, ear, clock)
    assert lost.reason == "4 frames were sent, 3 arrived"
    assert first.socket.close_code == CloseCode.LOST  # so that the server knows why
    assert (await peer.greet(welcome(me=0, g=9))).rooms["g"] == 5
    await peer.say(Heartbeat(delivered=0))
    await ear()


async def test_another_epoch_means_forgetting_everything(script: Script, dial: Dial, clock: FakeClock) -> None:
    peer, ear = await begin(script, dial(), welcome(me=4, g=10))
    await peer.say(alert(3))
    await ear()
    await peer.socket.close(CloseCode.DRAIN)
    peer, _ = await come_back(script, ear, clock)
    await peer.greet(welcome(epoch="e2", me=1, g=2))
    await peer.say(StartOver(epoch="e2"), alert(1, late=True, signal=False), Live(rooms={}))
    assert [type(await ear()) for _ in range(4)] == [Welcome, StartOver, AlertNews, Live]
    await peer.socket.close(CloseCode.DRAIN)
    peer, _ = await come_back(script, ear, clock)
    hello = await peer.greet()
    assert (hello.epoch, hello.rooms) == ("e2", {"me": 1, "g": 2})
    assert [(held.alert, held.revision) for held in hello.holds] == [("a1", 1)]


async def test_what_the_server_cannot_confirm_is_told_and_not_claimed_again(
    script: Script, dial: Dial, clock: FakeClock
) -> None:
    client = dial()
    peer, ear = await begin(script, client)
    await peer.say(alert(), Unconfirmed(alerts=("a1", "never seen")))
    assert [type(await ear()) for _ in range(2)] == [AlertNews, Unconfirmed]
    assert client.replica.held(clock.now()) == ()


async def test_nobody_there_is_told_at_once_but_a_patient_client_tries_on(
    script: Script, dial: Dial, clock: FakeClock
) -> None:
    async with serve(lambda _: asyncio.sleep(0), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
    with pytest.raises(Unreachable, match="no server answers"):
        await Client(f"ws://127.0.0.1:{port}/v1", "token").start()
    client = dial(patient=True)
    client.url, there = f"ws://127.0.0.1:{port}/v1", client.url
    starting = asyncio.create_task(client.start())
    lost = await Ear(client)()
    client.url = there
    clock.advance(lost.retry_in_s)
    await (await script.peer()).greet()
    await starting


async def test_another_kind_of_server_is_recognised(dial: Dial) -> None:
    async with serve(lambda socket: socket.wait_closed(), "127.0.0.1", 0, compression=None) as server:
        client = dial()
        client.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        with pytest.raises(Unreachable, match="no samverkan server"):
            await client.start()


async def test_what_a_newer_server_says_is_passed_over(script: Script, dial: Dial) -> None:
    peer, ear = await begin(script, dial())
    await peer.socket.send('{"type": "weather", "rain": true}')
    await peer.say(Live(rooms={}))
    assert isinstance(await ear(), Live)


async def test_events_that_nobody_takes_are_bounded_and_the_newest_stay(
    script: Script, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.client.client.MAX_EVENTS", 3)
    client = dial()
    starting = asyncio.create_task(client.start())
    peer = await script.peer()
    await peer.greet()
    await starting
    await peer.say(*(chat(seq) for seq in range(1, 8)))
    asked = asyncio.create_task(client.post_message("g", "still answered"))
    request = await peer.hear()
    await peer.say(Ok(id=str(request.id), durable=True))
    await asked
    ear = Ear(client)
    assert [(await ear()).rooms["g"] for _ in range(3)] == [5, 6, 7]


async def test_whoever_listens_slowly_makes_the_socket_wait_and_loses_nothing(
    script: Script, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.client.client.MAX_EVENTS", 3)
    client = dial()
    peer, ear = await begin(script, client)
    first = asyncio.create_task(ear())
    await peer.say(*(chat(seq) for seq in range(1, 40)))
    assert (await first).rooms["g"] == 1
    assert [(await ear()).rooms["g"] for _ in range(2, 40)] == list(range(2, 40))


async def test_closing_ends_everything(script: Script, dial: Dial) -> None:
    client = dial()
    peer, _ = await begin(script, client)
    asked = asyncio.create_task(client.post_message("g", "hello"))
    await peer.hear()
    await client.close()
    with pytest.raises(Unreachable, match="closed"):
        await asked
    for _ in range(2):
        with pytest.raises(StopAsyncIteration):
            await anext(client.events())
    with pytest.raises(ConnectionClosed):
        await peer.hear()
