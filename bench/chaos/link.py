"""One WebSocket connection of a device: whole messages in and out, and ways to treat it badly."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any, cast

import msgspec

from bench.member import SUBPROTOCOLS
from bench.wire import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    BadFrame,
    FrameReader,
    masked_frame,
    split_upgrade,
    upgrade_request,
)

NARROW_BYTES = 4_096
_from_json = msgspec.json.Decoder().decode
_from_msgpack = msgspec.msgpack.Decoder().decode


class Link(asyncio.Protocol):
    """`heard` is called with each message, `lost` once with the reason: a close code, or words."""

    def __init__(self, msgpack: bool, heard: Callable[[dict[str, Any]], None], lost: Callable[[str], None]) -> None:
        self._msgpack = msgpack
        self._heard, self._lost = heard, lost
        self._reader = FrameReader()
        self._head: bytes | None = b""  # of the answer to the upgrade, until it is whole
        self._upgraded: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None
        self.is_open = True
        self.is_hushed = False

    @classmethod
    async def connect(
        cls,
        host: str,
        port: int,
        msgpack: bool,
        heard: Callable[[dict[str, Any]], None],
        lost: Callable[[str], None],
        *,
        narrow: bool,
    ) -> "Link":
        """Raises OSError (ConnectionError, TimeoutError) if there is no WebSocket at the other end."""
        loop = asyncio.get_running_loop()
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setblocking(False)
        if narrow:  # before connecting: the window is agreed then
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, NARROW_BYTES)
        try:
            await loop.sock_connect(sock, (host, port))
            _, link = await loop.create_connection(lambda: cls(msgpack, heard, lost), sock=sock)
        except BaseException:
            sock.close()
            raise
        try:
            link._write(upgrade_request(f"{host}:{port}", "/v1", SUBPROTOCOLS[msgpack]))
            await link._upgraded
        except BaseException:
            link.abort("gave up")
            raise
        return link

    def say(self, message: dict[str, Any]) -> None:
        if self._msgpack:
            self._write(masked_frame(BINARY, msgspec.msgpack.encode(message)))
        else:
            self._write(masked_frame(TEXT, msgspec.json.encode(message)))

    def hush(self, hushed: bool) -> None:
        """Stop reading, or go on."""
        if self.is_open and self._transport is not None and hushed != self.is_hushed:
            self.is_hushed = hushed
            if hushed:
                self._transport.pause_reading()
            else:
                self._transport.resume_reading()

    def close(self, why: str) -> None:
        """Say goodbye and go."""
        if self.is_open:
            self._write(masked_frame(CLOSE, (1000).to_bytes(2)))
            self._end(why)

    def abort(self, why: str) -> None:
        """Go without a word."""
        if self._transport is not None:
            self._transport.abort()
        self._end(why)

    # --- the loop's side ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if not self.is_open:
            return
        try:
            for opcode, payload in self._reader.feed(data) if self._head is None else self._upgrade(data):
                if not self.is_open:
                    return
                if opcode in (TEXT, BINARY):
                    self._heard((_from_msgpack if self._msgpack else _from_json)(payload))
                elif opcode == PING:
                    self._write(masked_frame(PONG, payload))
                elif opcode == CLOSE:
                    self._write(masked_frame(CLOSE, payload[:2]))
                    self._end(str(int.from_bytes(payload[:2])) if len(payload) >= 2 else "1005")
        except BadFrame as error:
            self._end(str(error))

    def connection_lost(self, error: Exception | None) -> None:
        self._end(f"cut: {error}" if error else "cut")

    def _upgrade(self, data: bytes) -> list[tuple[int, bytes]]:
        assert self._head is not None
        self._head += data
        rest = split_upgrade(self._head)
        if rest is None:
            return []
        self._head = None
        if not self._upgraded.done():
            self._upgraded.set_result(None)
        return self._reader.feed(rest)

    def _write(self, data: bytes) -> None:
        if self.is_open and self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def _end(self, why: str) -> None:
        if not self.is_open:
            return
        self.is_open = False
        if self._transport is not None:
            self._transport.close()
        if not self._upgraded.done():
            self._upgraded.set_exception(ConnectionError(why))
            self._upgraded.exception()  # looked at: nobody need wait for it
        self._lost(why)
