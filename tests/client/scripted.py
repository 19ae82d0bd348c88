"""A server that plays a part, and ears for what a client makes of it."""

import asyncio
from collections.abc import Callable
from typing import Any

from websockets.asyncio.server import ServerConnection

from realtime.client import Client, Disconnected
from realtime.codec import CODECS
from realtime.messages import (
    AlertChange,
    AlertNews,
    Author,
    ClientMessage,
    Hello,
    Limits,
    MessageNews,
    RoomPlace,
    ServerMessage,
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
    places = {room: RoomPlace(seq=seq, from_=1, read=0, unread=seq) for room, seq in rooms.items()}
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


Dial = Callable[..., Client]


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
