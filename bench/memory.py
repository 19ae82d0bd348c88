"""What an idle connection costs in memory, beside the floor: a bare asyncio.Protocol that only holds the socket.

    python -m bench.memory --connections 4000

    bare        the floor
    transport   our transport class with a receiver that does nothing, after one message
    whole       `samverkan serve` in all but name, SQLite included: after hello, with a position, and as a member of one
                group of 150 that was joined over the socket

Each kind of server is a process of its own. The figure is its resident memory with all connections open, less what it
was after a few hundred that warmed it up; the kernel's part of a socket is not in it.
"""

import argparse
import asyncio
import os
import re
import resource
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from bench import machine
from bench.inside import hellos, people, settings
from bench.wire import TEXT, masked_frame
from realtime.app import running
from realtime.clock import SystemClock
from realtime.config import ConnectionSettings
from realtime.connection.contract import Connection, Receiver, Side
from realtime.connection.server import Server, listen, run
from realtime.connection.transport import transport_class

MUST_HOLD = 10.0
_WARM_UP = 200
_GROUP_SIZE = 150
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

    def wait_s(self) -> float | None:
        return None

    def open(self, connection: Connection) -> Receiver:
        Idle.held += 1
        return self

    def ended(self, by: Side, code: int) -> None: ...

    def received(self, payload: bytes) -> None: ...

    def drained(self) -> None: ...

    def lost(self) -> None: ...


async def _bare(data: Path) -> None:
    listener = listen("127.0.0.1", 0)
    async with await asyncio.get_running_loop().create_server(Bare, sock=listener, backlog=4_096):
        await _answer_parent(listener.getsockname()[1], lambda: Bare.held)


async def _transport(data: Path) -> None:
    async def app(scope: object, receive: object, send: object) -> None: ...

    async def drain() -> None: ...

    kind = transport_class(Idle(), ConnectionSettings(), SystemClock())
    async with Server(app, kind, listen("127.0.0.1", 0), drain).running() as server:
        await _answer_parent(server.port, lambda: Idle.held)


async def _whole(data: Path) -> None:
    given = settings()
    async with running(replace(given, server=replace(given.server, data=data))) as app:
        await _answer_parent(app.server.port, app.connected)


SERVERS: dict[str, Callable[[Path], Coroutine[Any, Any, None]]] = {
    "bare": _bare,
    "transport": _transport,
    "whole": _whole,
}


async def _answer_parent(port: int, held: Callable[[], int]) -> None:
    """Print the port; then for each line on standard input how many connections there are, and resident kibibytes."""
    print(port, flush=True)
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


# --- the measurement -------------------------------------------------------------------------------------------------


def measure(kind: str, connections: int) -> float:
    """Kibibytes of resident memory for each idle connection."""
    clients = CLIENTS[kind](_WARM_UP + connections)
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "bench.memory", "--serve", kind, "--data", data]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdin is not None
            assert server.stdout is not None
            told, ask = server.stdout, server.stdin
            port = int(told.readline())
            sockets: list[socket.socket] = []

            def resident_after(count: int) -> int:
                for _ in range(count):
                    sockets.append(socket.create_connection(("127.0.0.1", port)))
                    clients(sockets[-1], len(sockets) - 1)
                held = rss = -1
                while held < len(sockets):
                    ask.write("\n")
                    ask.flush()
                    held, rss = map(int, told.readline().split())
                return rss

            before = resident_after(_WARM_UP)
            after = resident_after(connections)
            ask.close()
            for client in sockets:
                client.close()
    return (after - before) / connections


Client = Callable[[socket.socket, int], None]
"""What a client says when it has connected, given its number."""


def _silent(count: int) -> Client:
    return lambda client, number: None


def _one_message(count: int) -> Client:
    def talk(client: socket.socket, number: int) -> None:
        _upgrade(client)
        client.sendall(_MESSAGE)

    return talk


def _members(count: int) -> Client:
    """Members with a position; of each 150 the first founds a group, and the others join it."""
    said = list(hellos(people(count, within_m=5_000.0), SystemClock()))
    group = ""

    def talk(client: socket.socket, number: int) -> None:
        nonlocal group
        _upgrade(client)
        client.sendall(said[number])
        _read_until(client, b'"type":"live"')
        if number % _GROUP_SIZE:
            message = {"type": "join", "id": f"join-{number}", "group": group, "accepted": True}
        else:
            message = {
                "type": "create_group",
                "id": f"group-{number}",
                "name": "Yard",
                "purpose": "Watch",
                "locked": False,
            }
            message["conduct"] = "Behaviour first."
        client.sendall(masked_frame(TEXT, msgspec.json.encode(message)))
        answer = _read_until(client, b'"type":"ok"')
        if not number % _GROUP_SIZE:
            answer = _read_until(client, b"}", answer.partition(b'"type":"ok"')[2])
            found = re.search(rb'"group":"([^"]+)"', answer)
            assert found is not None, answer
            group = found[1].decode()

    return talk


CLIENTS: dict[str, Callable[[int], Client]] = {"bare": _silent, "transport": _one_message, "whole": _members}


def _upgrade(client: socket.socket) -> None:
    client.sendall(_REQUEST)
    answer = _read_until(client, b"\r\n\r\n")
    assert b" 101 " in answer, answer


def _read_until(client: socket.socket, mark: bytes, answer: bytes = b"") -> bytes:
    while mark not in answer:
        piece = client.recv(4_096)
        assert piece, f"closed instead of {mark!r}: {answer!r}"
        answer += piece
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--connections", type=int, default=4_000)
    parser.add_argument("--serve", choices=SERVERS, help=argparse.SUPPRESS)
    parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if options.serve:
        run(SERVERS[options.serve](options.data))
        return
    figures = {kind: measure(kind, options.connections) for kind in SERVERS}
    machine.keep(options.json, {"connections": options.connections, "kib_per_connection": figures})
    for kind, kib in figures.items():
        print(f"{kind:<12} {kib:6.2f} KiB/connection   {kib / figures['bare']:5.2f} x floor")
    print(f"the whole server must be at most {MUST_HOLD:g}; {options.connections} connections\n{machine.line()}")
    sys.exit(figures["whole"] > MUST_HOLD)


if __name__ == "__main__":
    main()
