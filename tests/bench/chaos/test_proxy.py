"""What the proxy does to connections, over real sockets."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from bench.chaos.proxy import Front, Harm, Pipe, Proxy
from tests.calls import Calls

SECONDS = 5.0


@dataclass
class Wires:
    """A connection through the proxy, and both of its ends."""

    proxy: Proxy
    client: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    server: tuple[asyncio.StreamReader, asyncio.StreamWriter]

    async def said(self, text: bytes) -> bytes:
        """What the server hears when the client says this; empty at the end of the connection."""
        self.client[1].write(text)
        async with asyncio.timeout(SECONDS):
            return await self.server[0].read(100)


@asynccontextmanager
async def wires() -> AsyncIterator[Wires]:
    accepted: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    server = await asyncio.start_server(lambda *ends: accepted.put_nowait(ends), "127.0.0.1", 0)
    proxy = Proxy(server.sockets[0].getsockname()[1], seed=1)
    front = await loop.create_server(lambda: Front(proxy), "127.0.0.1", 0)
    client = await asyncio.open_connection("127.0.0.1", front.sockets[0].getsockname()[1])
    client[1].write(b"early")
    async with asyncio.timeout(SECONDS):
        found = Wires(proxy, client, await accepted.get())
        assert await found.server[0].read(100) == b"early"
    yield found
    for end in (client[1], found.server[1]):
        end.transport.abort()
    front.close()
    server.close()
    await asyncio.sleep(0)


async def test_without_harm_it_carries_both_ways_and_ends_with_either_side():
    async with wires() as found:
        assert await found.said(b"hello") == b"hello"
        found.server[1].write(b"yes")
        assert await found.client[0].read(100) == b"yes"
        found.server[1].close()
        assert await found.client[0].read(100) == b""


async def test_a_reset_reaches_both():
    async with wires() as found:
        found.proxy.harm("reset", 1.0, 0.0, 0.0)
        for reader in (found.client[0], found.server[0]):
            with pytest.raises(ConnectionResetError):
                await reader.read(100)
        assert found.proxy.harmed == {"reset": 1}


async def test_what_is_swallowed_never_comes_and_nobody_notices():
    async with wires() as found:
        found.proxy.harm("swallow", 1.0, 0.0, 0.0)
        found.client[1].write(b"lost")
        found.client[1].close()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await found.server[0].read(100)


async def test_half_open_is_noticed_by_one_side_only():
    async with wires() as found:
        found.proxy.harm("half-open", 1.0, 0.0, 0.0)
        reading = [asyncio.create_task(reader.read(100)) for reader in (found.client[0], found.server[0])]
        done, waiting = await asyncio.wait(reading, timeout=0.1)
        assert (len(done), len(waiting)) == (1, 1)
        assert isinstance(done.pop().exception(), ConnectionResetError)
        waiting.pop().cancel()


@pytest.mark.parametrize(("harm", "amount"), [("delay", 0.2), ("throttle", 20.0)])
async def test_what_is_delayed_or_throttled_comes_later_in_order_and_recovers(
    harm: Harm, amount: float, monkeypatch: pytest.MonkeyPatch
):
    carried = Calls(monkeypatch, Pipe, "carry")
    async with wires() as found:
        await carried.next()  # what was said early
        found.proxy.harm(harm, 1.0, 0.0, amount)
        (pipe,) = found.proxy.pipes
        least_s = len(b"one ") / amount if harm == "throttle" else pipe.delay_s
        began = time.monotonic()
        for part in (b"one ", b"two "):
            found.client[1].write(part)
            await carried.next()
        found.proxy.recover()
        found.client[1].write(b"three")
        heard = b""
        async with asyncio.timeout(SECONDS):
            while len(heard) < len(b"one two three"):
                heard += await found.server[0].read(100)
        assert heard == b"one two three"
        assert time.monotonic() - began >= least_s > 0
