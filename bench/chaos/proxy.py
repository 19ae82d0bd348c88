"""A TCP proxy in front of the server, in a process of its own, that treats connections as the world does.

It cuts them with a reset or on one side only, swallows what they carry, delays it, or lets only a trickle through.
"""

import asyncio
import contextlib
import signal
import socket
import struct
from collections import Counter, deque
from dataclasses import dataclass
from multiprocessing.connection import Connection
from random import Random
from typing import Final, Literal, TypeAlias, cast

import uvloop

from bench.swarm import limit_open_files

Harm: TypeAlias = Literal["reset", "half-open", "swallow", "delay", "throttle"]
_RESET: Final = struct.pack("ii", 1, 0)  # SO_LINGER with no time: close() sends RST
_WINDOW_BYTES: Final = 8_192  # of the server's socket: beyond it the server feels that a client is slow


class Pipe:
    """One connection through the proxy: two sockets, and what is done to the bytes between them."""

    def __init__(self, proxy: "Proxy", client: "End") -> None:
        self._proxy = proxy
        self._loop = asyncio.get_running_loop()
        self.client = client
        self.server = End(self)
        self.client.pipe = self
        self.swallows = False
        self.delay_s = 0.0
        self.bytes_per_s = 0.0
        self._early: list[bytes] | None = []  # what came before there was a server's socket
        self.client.other, self.server.other = self.server, self.client

    async def open(self, port: int) -> None:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _WINDOW_BYTES)
        try:
            await self._loop.sock_connect(sock, ("127.0.0.1", port))
            await self._loop.create_connection(lambda: self.server, sock=sock)
        except OSError:
            sock.close()
            self.server.is_gone = True
            self.client.reset()
            return
        if self.client.is_gone:
            self.server.reset()
            return
        early, self._early = self._early or [], None
        for data in early:
            self.carry(data, self.server)

    def carry(self, data: bytes, to: "End") -> None:
        if self.swallows:
            return
        if self._early is not None:
            self._early.append(data)
            return
        if self.bytes_per_s:
            to.other.pause()
            self._loop.call_later(len(data) / self.bytes_per_s, to.other.resume)
        to.hand_on(data, self.delay_s)

    def ended(self, end: "End") -> None:
        """One side has gone: so does the other, unless nobody is to notice."""
        if self.client.is_gone and self.server.is_gone:
            self._proxy.pipes.discard(self)
        elif not self.swallows:
            end.other.hand_on(None, 0.0)

    # --- harm ---

    def suffer(self, harm: Harm, amount: float, chance: Random) -> None:
        if harm == "reset":
            self.client.reset()
            self.server.reset()
        elif harm == "half-open":  # one side hears of it, the other does not
            self.swallows = True
            chance.choice((self.client, self.server)).reset()
        elif harm == "swallow":
            self.swallows = True
        elif harm == "delay":
            self.delay_s = amount * chance.random()
        else:
            self.bytes_per_s = amount

    def recover(self) -> None:
        """What was swallowed stays lost, and nobody has noticed yet: such a connection is beyond help."""
        self.delay_s = self.bytes_per_s = 0.0


class End(asyncio.Protocol):
    """One of the two sockets."""

    other: "End"

    def __init__(self, pipe: Pipe | None = None) -> None:
        self.pipe = pipe
        self.is_gone = False
        self._transport: asyncio.Transport | None = None
        self._delayed: deque[tuple[float, bytes | None]] = deque()

    def hand_on(self, data: bytes | None, after_s: float) -> None:
        """Write this (None: close) after a while, and never before what was handed on earlier.

        One queue and one timer: of two timers with the same time the later may be called first.
        """
        if not after_s and not self._delayed:
            self._now(data)
            return
        loop = asyncio.get_running_loop()
        self._delayed.append((loop.time() + after_s, data))
        if len(self._delayed) == 1:
            loop.call_later(after_s, self._hand_on_delayed)

    def _hand_on_delayed(self) -> None:
        loop = asyncio.get_running_loop()
        while self._delayed and self._delayed[0][0] <= loop.time():
            self._now(self._delayed.popleft()[1])
        if self._delayed:
            loop.call_later(self._delayed[0][0] - loop.time(), self._hand_on_delayed)

    def _now(self, data: bytes | None) -> None:
        if data is None:
            self.close()
        else:
            self.write(data)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self.pipe is not None:
            self.pipe.carry(data, self.other)

    def pause_writing(self) -> None:
        self.other.pause()

    def resume_writing(self) -> None:
        self.other.resume()

    def connection_lost(self, error: Exception | None) -> None:
        self.is_gone = True
        if self.pipe is not None:
            self.pipe.ended(self)

    def write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def pause(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def reset(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        with contextlib.suppress(OSError):
            self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._transport.abort()


class Front(End):
    """A client's socket, just accepted."""

    def __init__(self, proxy: "Proxy") -> None:
        super().__init__()
        self._proxy = proxy

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._proxy.accept(self)


class Proxy:
    def __init__(self, port: int, seed: int) -> None:
        self._port = port
        self._chance = Random(f"proxy {seed}")
        self._opening: set[asyncio.Task[None]] = set()
        self.pipes: set[Pipe] = set()
        self.harmed: Counter[str] = Counter()

    def accept(self, front: Front) -> None:
        pipe = Pipe(self, front)
        self.pipes.add(pipe)
        task = asyncio.get_running_loop().create_task(pipe.open(self._port))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    def harm(self, harm: Harm, share: float, seconds: float, amount: float) -> None:
        """Do this to some of the connections; what can end ends after these seconds."""
        victims = [pipe for pipe in self.pipes if self._chance.random() < share]
        self.harmed[harm] += len(victims)
        for pipe in victims:
            pipe.suffer(harm, amount, self._chance)
        if seconds:
            asyncio.get_running_loop().call_later(seconds, self.recover, victims)

    def recover(self, pipes: list[Pipe] | None = None) -> None:
        for pipe in list(self.pipes) if pipes is None else pipes:
            pipe.recover()


@dataclass(frozen=True, slots=True)
class Order:
    """To the proxy. Without `harm`: all recover."""

    harm: Harm | None = None
    share: float = 0.0
    seconds: float = 0.0
    amount: float = 0.0


async def serve(server_port: int, seed: int, orders: Connection) -> None:
    """Tell the port, then do as ordered until the pipe ends; the last word is what was done."""
    loop = asyncio.get_running_loop()
    proxy = Proxy(server_port, seed)
    listener = await loop.create_server(lambda: Front(proxy), "127.0.0.1", 0, backlog=4_096)
    orders.send(listener.sockets[0].getsockname()[1])
    while (order := await loop.run_in_executor(None, orders.recv)) is not None:
        if order.harm is None:
            proxy.recover()
        else:
            proxy.harm(order.harm, order.share, order.seconds, order.amount)
    orders.send(proxy.harmed)
    listener.close()
    for pipe in list(proxy.pipes):
        pipe.client.reset()
        pipe.server.reset()


def main(server_port: int, seed: int, orders: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    limit_open_files()
    with contextlib.suppress(EOFError, BrokenPipeError):
        uvloop.run(serve(server_port, seed, orders))
