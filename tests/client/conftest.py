"""A scripted server, clients to it, and a clock that both go by."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.asyncio.server import Server, serve
from websockets.typing import Subprotocol

from realtime.client import Client
from tests.client.scripted import Dial, Script
from tests.fakes import FakeClock


@pytest.fixture
async def script() -> AsyncIterator[Script]:
    script = Script()
    subprotocols = [Subprotocol("samverkan.v1.json"), Subprotocol("samverkan.v1.msgpack")]
    server: Server
    async with serve(script.handle, "127.0.0.1", 0, subprotocols=subprotocols, compression=None) as server:
        script.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        yield script


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
