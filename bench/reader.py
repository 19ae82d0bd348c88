"""One client that reads back, over a blocking socket: nothing else runs beside it, so its times are the server's."""

import socket
from collections import deque
from collections.abc import Iterator
from time import monotonic_ns
from types import TracebackType
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from bench.member import SUBPROTOCOLS, Told, told
from bench.wire import BINARY, CLOSE, TEXT, FrameReader, masked_frame, split_upgrade, upgrade_request

PATIENCE_S: Final = 60.0
_READ_BYTES: Final = 262_144


class ReadFailed(Exception):
    """The server said something else than what was to be measured."""


class Reader:
    """A connection that is open; `hello`, `ask` and `until` are its client's half of the protocol."""

    def __init__(self, url: str, msgpack: bool) -> None:
        at = urlsplit(url)
        self._msgpack = msgpack
        self._frames = FrameReader()
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._socket = socket.create_connection((at.hostname or "", at.port or 80), PATIENCE_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(upgrade_request(at.netloc, at.path, SUBPROTOCOLS[msgpack]))
        head, rest = b"", None
        while rest is None:
            head += self._read()
            rest = split_upgrade(head)
        self._waiting += self._frames.feed(rest)

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._socket.close()

    def hello(self, token: str, rooms: dict[str, int]) -> int:
        """Say hello with these places; returns when."""
        return self.say({"type": "hello", "token": token, "device": "bench", "rooms": rooms})

    def say(self, message: dict[str, Any]) -> int:
        """Send one message; returns when it was about to go, in monotonic ns."""
        encode = msgspec.msgpack.encode if self._msgpack else msgspec.json.encode
        frame = masked_frame(BINARY if self._msgpack else TEXT, encode(message))
        now = monotonic_ns()
        self._socket.sendall(frame)
        return now

    def until(self, type: str) -> tuple[list[Told], bytes, int]:
        """What came before the next message of this type, that one's payload, and when it had come."""
        before: list[Told] = []
        for received_ns, payload in self._payloads():
            message = told(payload)
            if message.type == type:
                return before, payload, received_ns
            if message.type == "error":
                raise ReadFailed(f"the server answered with {message.code}: {message.message}")
            before.append(message)
        raise AssertionError

    def _payloads(self) -> Iterator[tuple[int, bytes]]:
        received_ns = monotonic_ns()
        while True:
            while self._waiting:
                opcode, payload = self._waiting.popleft()
                if opcode == CLOSE:
                    raise ReadFailed(f"the server closed with {int.from_bytes(payload[:2])}")
                if opcode in (TEXT, BINARY):
                    yield received_ns, payload
            data = self._read()
            received_ns = monotonic_ns()
            self._waiting += self._frames.feed(data)

    def _read(self) -> bytes:
        data = self._socket.recv(_READ_BYTES)
        if not data:
            raise ReadFailed("the server closed the connection")
        return data
