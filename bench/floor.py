"""The least that deliveries cost: a loop of uvloop's `transport.write` of one frame, on the server's core, right after.

A process that does nothing else holds so many sockets and writes a frame of the run's own size to each, in an order
shuffled for each round, as the server must. This process reads and discards. What is measured is processor time.
"""

import asyncio
import multiprocessing
import os
import random
import signal
import socket
from multiprocessing.connection import Connection
from selectors import EVENT_READ, DefaultSelector
from statistics import median
from time import process_time_ns
from typing import Any, Final, cast

import uvloop

from bench.swarm import limit_open_files

ROUNDS: Final = 40
WARM_UP: Final = 5
MOST_SOCKETS: Final = 1_000
REST_S: Final = 0.02  # for the readers to catch up, so that no write waits for them
TEXT_HEAD: Final = b"\x81\x7e"


class FloorFailed(Exception):
    """It could not be measured; says why."""


def floor_us(payload_bytes: int, sockets: int, cores: set[int]) -> float:
    """Microseconds for each write of a frame with so large a payload. Raises FloorFailed."""
    context = multiprocessing.get_context("spawn")
    pipe, theirs = context.Pipe()
    process = context.Process(target=_main, args=(theirs, payload_bytes, sockets, cores), daemon=True)
    process.start()
    theirs.close()
    try:
        return _discard(pipe, int(pipe.recv()), sockets)
    except (EOFError, OSError) as error:
        raise FloorFailed(f"the floor was not measured: {error!r}") from None
    finally:
        pipe.close()
        process.join(2.0)
        if process.is_alive():
            process.kill()


def _discard(pipe: Connection, port: int, sockets: int) -> float:
    """Read whatever comes until the other side says what it cost."""
    clients = [socket.create_connection(("127.0.0.1", port), 10.0) for _ in range(sockets)]
    try:
        with DefaultSelector() as selector:
            selector.register(pipe, EVENT_READ)
            for client in clients:
                client.setblocking(False)
                selector.register(client, EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj is pipe:
                        return float(pipe.recv())
                    cast(socket.socket, key.fileobj).recv(65_536)
    finally:
        for client in clients:
            client.close()


def _main(pipe: Connection, payload_bytes: int, sockets: int, cores: set[int]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is for who started us: that one ends us
    os.sched_setaffinity(0, cores)
    limit_open_files()
    pipe.send(uvloop.run(_measured(pipe, TEXT_HEAD + payload_bytes.to_bytes(2) + b"x" * payload_bytes, sockets)))


class _Held(asyncio.Protocol):
    def __init__(self, held: list[asyncio.Transport]) -> None:
        self._held = held

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._held.append(cast(asyncio.Transport, transport))


async def _measured(pipe: Connection, frame: bytes, sockets: int) -> float:
    held: list[asyncio.Transport] = []
    # A server of many sockets at once: with the usual backlog of 100 the others would wait for a second.
    server: Any = await asyncio.get_running_loop().create_server(lambda: _Held(held), "127.0.0.1", 0, backlog=sockets)
    pipe.send(server.sockets[0].getsockname()[1])
    while len(held) < sockets:  # noqa: ASYNC110 - nothing else runs here
        await asyncio.sleep(0.001)
    spent = []
    for _ in range(WARM_UP + ROUNDS):
        await asyncio.sleep(REST_S)
        turn = random.sample(held, len(held))
        began_ns = process_time_ns()
        for transport in turn:
            transport.write(frame)
        spent.append((process_time_ns() - began_ns) / 1_000 / len(turn))
    server.close()
    return median(spent[WARM_UP:])
