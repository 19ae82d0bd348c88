"""Both ends of a connection: a gate that records, and a client of raw bytes that does only what it is told."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Self

from realtime.clock import Clock
from realtime.config import ConnectionSettings
from realtime.connection.contract import Connection, Side
from realtime.connection.lines import Lines
from realtime.connection.server import Server, listen
from realtime.connection.transport import transport_class
from tests.fakes import FakeClock

MASK = b"\x37\xfa\x21\x3d"
TEXT, BINARY, CONT, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10


class Recorder:
    """A receiver that writes down what it is told; `on_message` says what to do, by default nothing."""

    def __init__(self, connection: Connection, on_message: Callable[["Recorder", bytes], None] | None) -> None:
        self.connection = connection
        self.messages: list[bytes] = []
        self.drained_count = 0
        self.lost_count = 0
        self.changed = asyncio.Event()
        self._on_message = on_message

    def received(self, payload: bytes) -> None:
        self.messages.append(payload)
        self.changed.set()
        if self._on_message is not None:
            self._on_message(self, payload)

    def drained(self) -> None:
        self.drained_count += 1
        self.changed.set()

    def lost(self) -> None:
        self.lost_count += 1
        self.changed.set()

    async def until(self, holds: Callable[[], Any]) -> None:
        """Return when `holds` does; it is asked after each thing told."""
        while not holds():
            self.changed.clear()
            await self.changed.wait()


class Door:
    """A gate that admits as long as it is `ajar`."""

    def __init__(self, on_message: Callable[[Recorder, bytes], None] | None = None) -> None:
        self.ajar = True
        self.opened: list[Recorder] = []
        self.ends: list[tuple[Side, int]] = []
        self._on_message = on_message

    def wait_s(self) -> float | None:
        return None if self.ajar else 7.0

    def open(self, connection: Connection) -> Recorder:
        self.opened.append(Recorder(connection, self._on_message))
        return self.opened[-1]

    def ended(self, by: Side, code: int) -> None:
        self.ends.append((by, code))


async def hello_app(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})


async def nothing_to_drain() -> None: ...


@asynccontextmanager
async def serving(
    door: Any, settings: ConnectionSettings | None = None, clock: Clock | None = None, lines: Lines | None = None
) -> AsyncIterator[int]:
    """A port on which the real server answers, and nothing that the loop calls may raise.

    It ends at once: uvicorn's own way to stop takes a tenth of a second.
    """
    loop, raised = asyncio.get_running_loop(), list[dict[str, Any]]()
    loop.set_exception_handler(lambda _, context: raised.append(context))
    listener = listen("127.0.0.1", 0)
    transport = transport_class(door, settings or ConnectionSettings(), clock or FakeClock(), lines)
    server = Server(hello_app, transport, listener, nothing_to_drain)
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup([listener])
    try:
        yield server.port
    finally:
        for listening in server.servers:
            listening.close()
        listener.close()
        for connection in list(server.server_state.connections):
            (connection if hasattr(connection, "abort") else connection.transport).abort()
        await asyncio.sleep(0)  # the loop tells each of its end
        loop.set_exception_handler(None)
    assert not raised


async def eventually(holds: Callable[[], Any]) -> None:
    """Let the loop turn until `holds` does, for what nobody is told of."""
    while not holds():  # noqa: ASYNC110
        await asyncio.sleep(0)


def client_frame(
    opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, mask: bytes | None = MASK
) -> bytes:
    """A frame as a client sends it (RFC 6455, section 5.2); wrong on purpose if told so."""
    head = bytes([fin << 7 | rsv << 4 | opcode])
    masked = 0x80 if mask is not None else 0
    if len(payload) < 126:
        head += bytes([masked | len(payload)])
    elif len(payload) < 65_536:
        head += struct.pack("!BH", masked | 126, len(payload))
    else:
        head += struct.pack("!BQ", masked | 127, len(payload))
    if mask is None:
        return head + payload
    return head + mask + bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))


def close_frame(code: int | None = 1000, reason: bytes = b"") -> bytes:
    return client_frame(CLOSE, b"" if code is None else struct.pack("!H", code) + reason)


def request(path: str = "/v1", *, subprotocol: str | None = "samverkan.v1.json", **changes: str | None) -> bytes:
    """An upgrade request; header names are given with underscores, None leaves one out."""
    headers = {
        "Host": "127.0.0.1",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Protocol": subprotocol,
    } | {name.replace("_", "-"): value for name, value in changes.items()}
    lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    return "\r\n".join([f"GET {path} HTTP/1.1", *lines, "", ""]).encode()


class Peer:
    """A client that reads only when asked to."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._loop = asyncio.get_running_loop()
        self._buffer = b""

    @classmethod
    @asynccontextmanager
    async def connected(cls, port: int, receive_buffer: int | None = None) -> AsyncIterator[Self]:
        """A TCP connection; a small `receive_buffer` makes it a slow phone."""
        with socket.socket() as sock:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if receive_buffer is not None:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
            yield cls(sock)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, port: int, subprotocol: str = "samverkan.v1.json", receive_buffer: int | None = None
    ) -> AsyncIterator[Self]:
        """The same after the handshake."""
        async with cls.connected(port, receive_buffer) as peer:
            await peer.send(request(subprotocol=subprotocol))
            status, _, _ = await peer.response()
            assert status == 101
            yield peer

    async def send(self, data: bytes) -> None:
        await self._loop.sock_sendall(self.sock, data)

    async def response(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers by their names in lower case, and body of an HTTP response."""
        while b"\r\n\r\n" not in self._buffer:
            await self._more()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        body = await self.exactly(int(headers.get("content-length", 0)))
        return int(first.split()[1]), headers, body

    async def exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            await self._more()
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    async def frame(self) -> tuple[int, bytes]:
        """The opcode and payload of the next frame, which must be final and unmasked."""
        first, second = await self.exactly(2)
        assert first & 0xF0 == 0x80, "a server sends whole frames, without reserved bits"
        assert second < 0x80, "a server does not mask"
        if second == 126:
            second = int.from_bytes(await self.exactly(2))
        elif second == 127:
            second = int.from_bytes(await self.exactly(8))
        return first & 0x0F, await self.exactly(second)

    async def close_code(self) -> int | None:
        """The code of the close frame that must follow, and after it the end of the stream. None: it has no code."""
        opcode, payload = await self.frame()
        while opcode != CLOSE:
            opcode, payload = await self.frame()
        assert await self.ended()
        return struct.unpack("!H", payload[:2])[0] if payload else None

    async def close_code_if_any(self) -> int | None:
        """The same of a server that may just end the stream."""
        try:
            return await self.close_code()
        except (EOFError, ConnectionResetError):
            return None

    async def ended(self) -> bool:
        """Wait for the server to end the stream; False if it sends something instead."""
        return not self._buffer and not await self._loop.sock_recv(self.sock, 65_536)

    async def _more(self) -> None:
        data = await self._loop.sock_recv(self.sock, 65_536)
        if not data:
            raise EOFError
        self._buffer += data
