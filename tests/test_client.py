"""The reference client against a scripted server: what it says, what it hands on, when it comes back."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from realtime import messages
from realtime.client import Client, Disconnected, Refused, Stopped, Unreachable
from realtime.codec import CODECS
from realtime.errors import CloseCode
from realtime.messages import (
    Ack,
    AlertChange,
    AlertNews,
    Author,
    ClientMessage,
    Drain,
    Encoding,
    Heartbeat,
    Hello,
    Limits,
    Live,
    MessageNews,
    Ok,
    Position,
    PostMessage,
    RaiseAlert,
    ReadHistory,
    RoomPlace,
    ServerMessage,
    StartOver,
    Unconfirmed,
    Welcome,
)
from tests.fakes import FakeClock

LIMITS = Limits(
    message_bytes=131_072,
    hello_rooms=300,
    hello_holds=300,
    ping_s=25.0,
    red_radius_m=(200.0, 3_000.0),
    yellow_radius_m=(200.0, 1_500.0),
    position_ttl_s=3_600.0,
)


def welcome(epoch: str = "e1", **rooms: int) -> Welcome:
    places = {room: RoomPlace(seq=seq, from_=1) for room, seq in rooms.items()}
    return Welcome(user="u", session="s", epoch=epoch, limits=LIMITS, position=False, rooms=places, server_time=1.7e9)


def alert(
    revision: int = 1, kind: type[AlertNews | AlertChange] = AlertNews, **changes: Any
) -> AlertNews | AlertChange:
    fields: dict[str, Any] = {
        "alert": "a1",
        "revision": revision,
        "level": "red",
        "level_number": 3,
        "kind": "warn",
        "lat": 59.3,
        "lon": 18.0,
        "state": "going_on",
        "author": Author(role="member", pseudonym="Grey heron"),
        "sent_at": 1.7e9,
        "received_at": 1.7e9,
        "expires_at": 1.7e9 + 1_800,
        "why": ("near",),
        "signal": True,
    }
    return kind(**(fields | changes))


def chat(seq: int, text: str = "hello", group: str = "g") -> MessageNews:
    return MessageNews(
        message=f"m{seq}",
        group=group,
        author=Author(role="member", name="Ada"),
        text=text,
        sent_at=1.7e9,
        received_at=1.7e9,
        rooms={group: seq},
    )


class Peer:
    """The server's end of one connection."""

    def __init__(self, socket: ServerConnection) -> None:
        self.socket = socket
        self._codec = CODECS["msgpack" if str(socket.subprotocol).endswith("msgpack") else "json"]

    async def hear(self) -> ClientMessage:
        async with asyncio.timeout(5):
            return self._codec.decode_client(await self.socket.recv(decode=False))

    async def say(self, *said: ServerMessage) -> None:
        for message in said:
            await self.socket.send(self._codec.encode(message), text=self._codec.encoding == "json")

    async def greet(self, message: Welcome | None = None) -> Hello:
        hello = await self.hear()
        assert isinstance(hello, Hello)
        await self.say(message or welcome(me=0, g=0))
        return hello


class Script:
    """A server that does nothing by itself: a test plays its part, connection by connection."""

    def __init__(self) -> None:
        self.peers: asyncio.Queue[Peer] = asyncio.Queue()
        self.url = ""

    async def handle(self, socket: ServerConnection) -> None:
        self.peers.put_nowait(Peer(socket))
        await socket.wait_closed()

    async def peer(self) -> Peer:
        async with asyncio.timeout(5):
            return await self.peers.get()


@pytest.fixture
async def script() -> AsyncIterator[Script]:
    script = Script()
    subprotocols = [Subprotocol("samverkan.v1.json"), Subprotocol("samverkan.v1.msgpack")]
    server: Server
    async with serve(script.handle, "127.0.0.1", 0, subprotocols=subprotocols, compression=None) as server:
        script.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        yield script


Dial = Callable[..., Client]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def dial(script: Script, clock: FakeClock) -> AsyncIterator[Dial]:
    """Make clients whose back-off is always the ceiling, so that tests can count it."""
    made: list[Client] = []

    def make(**options: Any) -> Client:
        made.append(Client(script.url, "token", clock=clock, jitter=lambda ceiling_s: ceiling_s, **options))
        return made[-1]

    yield make
    for client in made:
        await client.close()


class Ear:
    """Reads a client's events one by one."""

    def __init__(self, client: Client) -> None:
        self._events = client.events()

    async def __call__(self) -> Any:
        async with asyncio.timeout(5):
            return await anext(self._events)


async def begin(script: Script, client: Client, hail: Welcome | None = None) -> tuple[Peer, Ear]:
    """Start a client and welcome it."""
    starting = asyncio.create_task(client.start())
    peer = await script.peer()
    await peer.greet(hail)
    await starting
    ear = Ear(client)
    assert isinstance(await ear(), Welcome)
    return peer, ear


async def come_back(script: Script, ear: Ear, clock: FakeClock) -> tuple[Peer, Disconnected]:
    lost = await ear()
    assert isinstance(lost, Disconnected)
    clock.advance(lost.retry_in_s)
    return await script.peer(), lost


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
    await peer.say(alert(), alert(), chat(1), Heartbeat(delivered=3, rooms={"g": 5}))
    assert [type(await ear()) for _ in range(2)] == [AlertNews, MessageNews]  # repeats count, too
    await peer.say(Heartbeat(delivered=4, rooms={"g": 9}))
    peer, lost = await come_back(script, ear, clock)
    assert lost.reason == "4 frames were sent, 3 arrived"
    assert (await peer.greet(welcome(me=0, g=9))).rooms["g"] == 5
    await peer.say(Heartbeat(delivered=0))
    await ear()


async def test_a_request_is_sent_again_with_the_same_id_until_it_is_answered(
    script: Script, dial: Dial, clock: FakeClock
) -> None:
    client = dial()
    peer, ear = await begin(script, client)
    asked = asyncio.create_task(client.raise_alert("red", lat=59.3, lon=18.0, groups=("g",)))
    first = await peer.hear()
    await peer.socket.close(CloseCode.INTERNAL)
    peer, _ = await come_back(script, ear, clock)
    await peer.greet()
    again = await peer.hear()
    assert isinstance(first, RaiseAlert)
    assert first == again
    await peer.say(Ok(id=str(first.id), durable=True, alert="mine", revision=1, rooms={"g": 1}))
    assert (await asked).alert == "mine"
    assert client.replica.places() == {"me": 0, "g": 1}  # what it sent is nothing to replay
    assert [held.alert for held in client.replica.held(clock.now())] == ["mine"]


async def test_requests_wait_while_disconnected_and_of_positions_the_last(
    script: Script, dial: Dial, clock: FakeClock
) -> None:
    client = dial()
    peer, ear = await begin(script, client)
    await peer.socket.close(CloseCode.SLOW)
    lost = await ear()
    client.position(1, 1)
    client.position(2, 2)
    asked = asyncio.create_task(client.post_message("g", "hello"))
    clock.advance(lost.retry_in_s)
    peer = await script.peer()
    hello = await peer.greet()
    assert hello.position is not None
    assert hello.position.lat == 2
    posted = await peer.hear()
    assert isinstance(posted, PostMessage)
    client.position(3, 3)
    assert await peer.hear() == Position(lat=3, lon=3)  # and nothing of 1 and 2
    await peer.say(Ok(id=str(posted.id), durable=True, message="m"))
    assert (await asked).message == "m"


async def test_an_error_is_raised_where_it_was_caused(script: Script, dial: Dial) -> None:
    client = dial()
    peer, _ = await begin(script, client)
    asked = asyncio.create_task(client.raise_alert("red", lat=59.3, lon=18.0, radius_m=9_999))
    request = await peer.hear()
    await peer.say(
        messages.Refused(
            id=request.id, code="rate_limited", message="wait", field="level", retry_after_s=60, offer="yellow"
        )
    )
    with pytest.raises(Refused, match="wait") as refused:
        await asked
    error = refused.value
    assert (error.code, error.field, error.retry_after_s, error.offer) == ("rate_limited", "level", 60, "yellow")


async def test_an_error_that_answers_nothing_is_an_event(script: Script, dial: Dial) -> None:
    peer, ear = await begin(script, dial())
    await peer.say(messages.Refused(code="invalid", message="too far", field="accuracy_m"))
    assert isinstance(await ear(), messages.Refused)


async def test_history_is_answered_with_a_page(script: Script, dial: Dial) -> None:
    client = dial()
    peer, _ = await begin(script, client)
    asked = asyncio.create_task(client.history("g", limit=2))
    request = await peer.hear()
    assert isinstance(request, ReadHistory)
    await peer.say(messages.HistoryPage(id=str(request.id), room="g", events=(chat(1), chat(2)), more=False))
    assert len((await asked).events) == 2
    assert client.replica.delivered == 0  # pages are no deliveries


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


async def test_a_hello_that_is_too_much_is_said_again_with_less(script: Script, dial: Dial, clock: FakeClock) -> None:
    peer, ear = await begin(script, dial())
    await peer.say(*(alert(alert=f"a{number}") for number in range(8)), Live(rooms={}))
    while not isinstance(await ear(), Live):
        pass
    await peer.socket.close(CloseCode.SLOW)
    peer, _ = await come_back(script, ear, clock)
    hello = await peer.hear()
    assert isinstance(hello, Hello)
    assert len(hello.holds) == 8
    await peer.say(messages.Refused(code="too_many", message="too many", field="holds"))
    assert len((await peer.greet()).holds) == 4
    assert isinstance(await ear(), Welcome)


async def test_a_withdrawn_position_is_withdrawn_again_after_a_reconnect(
    script: Script, dial: Dial, clock: FakeClock
) -> None:
    client = dial()
    client.position(1, 1)
    peer, ear = await begin(script, client)
    client.withdraw_position()
    assert await peer.hear() == Position(withdraw=True)
    await peer.socket.close(CloseCode.SLOW)
    peer, _ = await come_back(script, ear, clock)
    assert (await peer.greet()).position is None
    assert await peer.hear() == Position(withdraw=True)


async def test_a_position_is_renewed_without_coordinates_and_said_whole_if_it_is_gone(
    script: Script, dial: Dial, clock: FakeClock
) -> None:
    client = dial()
    client.position(1, 1)
    peer, _ = await begin(script, client)
    clock.advance(LIMITS.position_ttl_s / 3)
    assert await peer.hear() == Position(renew=True)
    await peer.say(messages.Refused(code="no_position", message="nothing to renew"))
    assert await peer.hear() == Position(lat=1, lon=1, age_s=1_200)


async def test_shown_alerts_are_acknowledged_together(script: Script, dial: Dial, clock: FakeClock) -> None:
    client = dial()
    peer, _ = await begin(script, client)
    for name in ("a", "b", "a"):
        client.shown(name)
    clock.advance(1)
    assert await peer.hear() == Ack(alerts=("a", "b"))
    client.shown("c")
    clock.advance(1)
    assert await peer.hear() == Ack(alerts=("c",))


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
    monkeypatch.setattr("realtime.client.MAX_EVENTS", 3)
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
    monkeypatch.setattr("realtime.client.MAX_EVENTS", 3)
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


def test_a_place_outside_of_the_world_is_refused_before_it_is_said() -> None:
    with pytest.raises(ValueError, match="no latitude"):
        Client("ws://127.0.0.1:1/v1", "token").position(91, 0)
