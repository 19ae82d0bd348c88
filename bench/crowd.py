"""Clients in a process of their own, on a core of their own: they say what they are given, read, count and discard."""

import asyncio
import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from selectors import EVENT_READ, DefaultSelector
from types import TracebackType
from typing import Any, Final

from bench.swarm import limit_open_files
from bench.wire import upgrade_request

_ARRIVED_S: Final = 20.0


class CrowdFailed(Exception):
    """Clients could not connect, or did not get everything; the message says which."""


@dataclass(frozen=True, slots=True)
class Connect:
    """Open a socket for each of these first frames, and say it; go on when an answer has `until` in it."""

    port: int
    firsts: Sequence[bytes]
    until: bytes


@dataclass(frozen=True, slots=True)
class Say:
    """Write these frames, one to each socket from the `first` on."""

    first: int
    frames: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Knock:
    """Open so many sockets more, which only come, say, hear and leave, all together."""

    port: int
    count: int


@dataclass(frozen=True, slots=True)
class Visit:
    """Write one of these from each of those who knocked; they may be of any length."""

    said: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Hear:
    """Read from each of those who knocked until this has come. Frames behind it may stay in the kernel."""

    until: bytes


class Crowd:
    """As the server's process sees it."""

    def __init__(self, cores: set[int]) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_main, args=(theirs, cores), daemon=True)
        self._process.start()
        theirs.close()

    def __enter__(self) -> "Crowd":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pipe.close()
        self._process.join(5.0)
        if self._process.is_alive():
            self._process.kill()

    async def connect(self, port: int, firsts: Sequence[bytes], until: bytes) -> None:
        """Raises CrowdFailed."""
        await self._ask(Connect(port, firsts, until))

    async def received(self) -> int:
        """How many bytes all have got so far."""
        return int((await self._ask("received"))[0])

    async def last(self) -> bytes:
        """What came last, to whomever: one frame, if nothing else was on its way."""
        return bytes((await self._ask("last"))[1])

    async def settled(self) -> int:
        """Return when nothing has come for a while, with what `received` says then."""
        before = -1
        while (got := await self.received()) != before:
            before = got
            await asyncio.sleep(0.02)
        return got

    async def until_received(self, total: int) -> None:
        """Return when all have got so many bytes. Raises CrowdFailed if they do not, or get more."""
        deadline = time.monotonic() + _ARRIVED_S
        while (got := await self.received()) < total and time.monotonic() < deadline:  # noqa: ASYNC110 - elsewhere
            await asyncio.sleep(0.001)
        if got != total:
            raise CrowdFailed(f"{total} bytes were sent, {got} arrived")

    def say(self, first: int, frames: Sequence[bytes]) -> None:
        """Return when every frame is in the kernel. The calling loop stands still meanwhile, on purpose."""
        self._send(Say(first, frames))
        self._heard()

    def knock(self, port: int, count: int) -> None:
        """Return when the kernel has made so many connections. The calling loop stands still meanwhile, on purpose."""
        self._send(Knock(port, count))
        self._heard()

    def visit(self, said: Sequence[bytes]) -> None:
        """Return when all that those who knocked say is in the kernel; the loop stands still meanwhile."""
        self._send(Visit(said))
        self._heard()

    async def hear(self, until: bytes) -> bytes:
        """Return when each of them has got this, with all that the last of them got. Raises CrowdFailed."""
        return bytes((await self._ask(Hear(until)))[1])

    def leave(self) -> None:
        """Close the sockets of all who knocked."""
        self._send("leave")
        self._heard()

    async def _ask(self, word: Any) -> Any:
        loop, said = asyncio.get_running_loop(), asyncio.Event()
        self._send(word)
        loop.add_reader(self._pipe.fileno(), said.set)
        try:
            await said.wait()
        finally:
            loop.remove_reader(self._pipe.fileno())
            os.set_blocking(self._pipe.fileno(), True)  # the loop made it otherwise
        return self._heard()

    def _send(self, word: Any) -> None:
        try:
            self._pipe.send(word)
        except OSError:
            raise CrowdFailed("the clients' process died") from None

    def _heard(self) -> Any:
        try:
            answer = self._pipe.recv()
        except (EOFError, ConnectionError):
            raise CrowdFailed("the clients' process died") from None
        if isinstance(answer, str):
            raise CrowdFailed(answer)
        return answer


# --- the clients' process --------------------------------------------------------------------------------------------


class _Clients:
    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []
        self._visitors: list[socket.socket] = []
        self._selector = DefaultSelector()
        self._received = 0
        self._last = b""

    def serve(self, pipe: Connection) -> None:
        self._selector.register(pipe, EVENT_READ)
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is pipe:
                    pipe.send(self._obey(pipe.recv()))
                else:
                    self._read(key.fileobj)  # type: ignore[arg-type]

    def _obey(self, word: Any) -> tuple[int, bytes]:
        match word:
            case Connect(port, firsts, until):
                for first in firsts:
                    self._connect(port, first, until)
            case Say(first, frames):
                for client, frame in zip(self._sockets[first:], frames, strict=False):
                    client.sendall(frame)
            case "received" | "last":
                pass
            case _:
                self._receive_visitors(word)
        return self._received, self._last

    def _receive_visitors(self, word: Any) -> None:
        match word:
            case Knock(port, count):
                self._visitors = [_connected(port) for _ in range(count)]
            case Visit(said):
                for visitor, words in zip(self._visitors, said, strict=True):
                    visitor.sendall(words)
            case Hear(until):
                for visitor in self._visitors:
                    self._last = _read_until(visitor, until)
            case "leave":
                for visitor in self._visitors:
                    visitor.close()
                self._visitors = []

    def _connect(self, port: int, first: bytes, until: bytes) -> None:
        client = _connected(port)
        client.sendall(upgrade_request("127.0.0.1", "/v1", "samverkan.v1.json"))
        _read_until(client, b"\r\n\r\n")
        client.sendall(first)
        if until:
            _read_until(client, until)
        client.setblocking(False)
        self._sockets.append(client)
        self._selector.register(client, EVENT_READ)

    def _read(self, client: socket.socket) -> None:
        self._last = client.recv(65_536)
        self._received += len(self._last)
        if not self._last:
            self._selector.unregister(client)


def _connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=_ARRIVED_S)


def _read_until(client: socket.socket, mark: bytes) -> bytes:
    got = b""
    while mark not in got:
        piece = client.recv(65_536)
        if not piece:
            raise CrowdFailed(f"closed instead of {mark!r}: {got[-200:]!r}")
        got += piece
    return got


def _main(pipe: Connection, cores: set[int]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is for the server's process, which ends us
    os.sched_setaffinity(0, cores)
    limit_open_files()
    try:
        _Clients().serve(pipe)
    except EOFError:
        pass
    except (CrowdFailed, OSError) as error:
        with suppress(OSError):  # nobody listens any more: that was the error
            pipe.send(f"a client failed: {error!r}")
