"""What an idle connection costs in memory, beside the floor: a bare asyncio.Protocol that only holds the socket.

    python -m bench.memory --connections 4000

Each kind of server is a process of its own. The figure is its resident memory with all connections open, less what it
was after a few hundred that warmed it up; the kernel's part of a socket is not in it.
"""

import argparse
import asyncio
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from bench import machine
from realtime.clock import SystemClock
from realtime.config import ConnectionSettings
from realtime.connection.contract import Connection, Receiver
from realtime.connection.server import Server, listen, run
from realtime.connection.transport import transport_class

_WARM_UP = 200
_REQUEST = (
    b"GET /v1 HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: samverkan.v1.json\r\n\r\n"
)
# One masked text frame, {"type":"ping"}: whatever is made at the first message is there when memory is read.
_MESSAGE = b"\x81\x8f\0\0\0\0" + b'{"type":"ping"}'


# --- the servers -----------------------------------------------------------------------------------------------------


class Bare(asyncio.Protocol):
    """The floor."""

    __slots__ = ("_transport",)
    held = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        Bare.held += 1


class Idle:
    """A receiver that does nothing, and the gate that gives it to everyone."""

    __slots__ = ()
    held = 0

    def admits(self) -> bool:
        return True

    def open(self, connection: Connection) -> Receiver:
        Idle.held += 1
        return self

    def received(self, payload: bytes) -> None: ...

    def drained(self) -> None: ...

    def lost(self) -> None: ...


async def _bare(listener: socket.socket) -> None:
    server = await asyncio.get_running_loop().create_server(Bare, sock=listener, backlog=4_096)
    async with server:
        await _answer_parent(lambda: Bare.held)


async def _transport(listener: socket.socket) -> None:
    async def app(scope: object, receive: object, send: object) -> None: ...

    async def drain() -> None: ...

    kind = transport_class(Idle(), ConnectionSettings(), SystemClock())
    async with Server(app, kind, listener, drain).running():
        await _answer_parent(lambda: Idle.held)


SERVERS: dict[str, Callable[[socket.socket], Coroutine[Any, Any, None]]] = {"bare": _bare, "transport": _transport}


async def _answer_parent(held: Callable[[], int]) -> None:
    """For each line on standard input, print how many connections there are and the resident kibibytes."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def answer() -> None:
        if not os.read(0, 1):
            ended.set()
            return
        with open("/proc/self/statm") as statm:
            pages = int(statm.read().split()[1])
        print(held(), pages * resource.getpagesize() // 1024, flush=True)

    loop.add_reader(0, answer)
    await ended.wait()
    os._exit(0)  # closing thousands of sockets politely is not what is measured


def _serve(kind: str) -> None:
    listener = listen("127.0.0.1", 0)
    print(listener.getsockname()[1], flush=True)
    run(SERVERS[kind](listener))


# --- the measurement -------------------------------------------------------------------------------------------------


def measure(kind: str, connections: int) -> float:
    """Kibibytes of resident memory for each idle connection."""
    command = [sys.executable, "-m", "bench.memory", "--serve", kind]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        port = int(server.stdout.readline())
        sockets: list[socket.socket] = []

        def resident_after(count: int) -> int:
            sockets.extend(_connect(port, talk=kind != "bare") for _ in range(count))
            held = rss = -1
            while held < len(sockets):
                server.stdin.write("\n")  # type: ignore[union-attr]
                server.stdin.flush()  # type: ignore[union-attr]
                held, rss = map(int, server.stdout.readline().split())  # type: ignore[union-attr]
            return rss

        before = resident_after(_WARM_UP)
        after = resident_after(connections)
        server.stdin.close()
        for client in sockets:
            client.close()
    return (after - before) / connections


def _connect(port: int, *, talk: bool) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port))
    if talk:
        client.sendall(_REQUEST)
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += client.recv(4_096)
        assert b" 101 " in answer, answer
        client.sendall(_MESSAGE)
    return client


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--connections", type=int, default=4_000)
    parser.add_argument("--serve", choices=SERVERS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if options.serve:
        _serve(options.serve)
        return
    figures = {kind: measure(kind, options.connections) for kind in SERVERS}
    for kind, kib in figures.items():
        print(f"{kind:<12} {kib:6.2f} KiB/connection   {kib / figures['bare']:5.2f} x floor")
    print(f"{options.connections} connections; {machine.line()}")


if __name__ == "__main__":
    main()
