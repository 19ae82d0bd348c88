"""When many come back at once, the client comes when it is told."""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from realtime.client import Client, Disconnected
from realtime.messages import Hello, Refused, Welcome
from tests.client.scripted import Dial, Ear, Script, begin, chat, welcome
from tests.fakes import FakeClock


async def hello_again(
    script: Script, dial: Dial, clock: FakeClock, refused: Refused, wait_s: float
) -> tuple[Hello, Hello]:
    """Refuse the hello of a client that has been here before; what it said, and what it says then."""
    client = dial()
    peer, ear = await begin(script, client, welcome(g=3))
    await peer.say(chat(4))
    await ear()
    await peer.socket.close(4002)
    lost = await ear()
    assert isinstance(lost, Disconnected)
    clock.advance(lost.retry_in_s)
    peer = await script.peer()
    first = await peer.hear()
    await peer.say(refused)
    again = asyncio.create_task(peer.hear())
    if wait_s:
        done, _ = await asyncio.wait([again], timeout=0.05)
        assert not done, "it did not wait"
        clock.advance(wait_s)
    second = await again
    await peer.say(welcome(g=4))
    assert isinstance(await ear(), Welcome)
    assert isinstance(first, Hello)
    assert isinstance(second, Hello)
    return first, second


async def test_a_busy_server_gets_the_same_hello_when_it_is_its_turn(
    script: Script, dial: Dial, clock: FakeClock
) -> None:
    busy = Refused(code="busy", message="later", retry_after_s=2.5)
    first, second = await hello_again(script, dial, clock, busy, 2.5)
    assert first == second
    assert second.rooms == {"g": 4}


async def test_places_that_the_server_does_not_have_are_left_out(script: Script, dial: Dial, clock: FakeClock) -> None:
    wrong = Refused(code="invalid", message="no such place", field="rooms")
    first, second = await hello_again(script, dial, clock, wrong, 0.0)
    assert (first.rooms, second.rooms) == ({"g": 4}, {})


@pytest.fixture
async def full() -> AsyncIterator[tuple[str, list[Request]]]:
    """A server that refuses every handshake, and says when to come back."""
    asked: list[Request] = []

    async def refuse(socket: ServerConnection, request: Request) -> Response:
        asked.append(request)
        response = socket.respond(HTTPStatus.SERVICE_UNAVAILABLE, "Full.\n")
        response.headers["Retry-After"] = "7"
        return response

    async def never(socket: ServerConnection) -> None: ...

    subprotocols = [Subprotocol("samverkan.v1.json")]
    async with serve(never, "127.0.0.1", 0, subprotocols=subprotocols, process_request=refuse) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", asked


async def test_a_full_server_says_when_to_come_back(full: tuple[str, list[Request]]) -> None:
    url, asked = full
    clock = FakeClock()
    client = Client(url, "token", clock=clock, jitter=lambda ceiling_s: ceiling_s, patient=True)
    starting = asyncio.create_task(client.start())
    ear = Ear(client)
    for times in (1, 2):
        lost = await ear()
        assert isinstance(lost, Disconnected)
        assert (lost.retry_in_s, len(asked)) == (8.0, times)
        clock.advance(8.0)
    await client.close()
    await asyncio.gather(starting, return_exceptions=True)
