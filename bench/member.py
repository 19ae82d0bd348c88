"""One simulated member: a socket that says what it is told to, and notes when each frame came before it looks at it."""

import asyncio
import socket
import struct
from time import monotonic_ns
from typing import Any, Final, Protocol, cast

import msgspec

from bench.wire import BINARY, CLOSE, PING, PONG, TEXT, BadFrame, FrameReader, Refused, masked_frame, split_upgrade

DEAF_BUFFER_BYTES: Final = 4_096
SUBPROTOCOLS: Final = {False: "samverkan.v1.json", True: "samverkan.v1.msgpack"}  # by whether it is msgpack


class Told(msgspec.Struct):
    """As much of any message as the bench looks at."""

    type: str
    id: str | None = None
    alert: str | None = None
    revision: int = 0
    lat: float = 0.0
    lon: float = 0.0
    cell_m: float | None = None
    group: str | None = None
    code: str | None = None
    durable: bool = True
    delivered: int = 0
    retry_after_s: float | None = None
    reconnect_after_s: float | None = None
    rooms: dict[str, Any] = {}  # by room a seq, or in `welcome` an object
    message: str | None = None  # its id; in an `error` a text
    epoch: str | None = None
    from_: int = msgspec.field(name="from", default=0)


_from_json = msgspec.json.Decoder(Told).decode
_from_msgpack = msgspec.msgpack.Decoder(Told).decode


def told(payload: bytes) -> Told:
    """A payload of either encoding: no MessagePack map begins with the byte of `{`."""
    return _from_json(payload) if payload[:1] == b"{" else _from_msgpack(payload)


class Lost(ConnectionError):
    """The connection ended while an answer was awaited; `come_back_s` is when the server said to come back."""

    def __init__(self, reason: str, come_back_s: float | None = None) -> None:
        super().__init__(reason)
        self.come_back_s = come_back_s


class Answered(Protocol):
    def __call__(self, answer: Told, received_ns: int) -> None: ...


Inbox = list[tuple[int, int, bytes]]
"""(client, when it came, what), in the order of receipt: decoded only when the run is over."""


class Member(asyncio.Protocol):
    """A WebSocket client. Every payload goes to the inbox; it is read only while somebody waits for an answer."""

    __slots__ = (
        "_awaited",
        "_head",
        "_inbox",
        "_reader",
        "_transport",
        "_upgraded",
        "closed",
        "come_back_s",
        "deaf",
        "index",
        "msgpack",
    )

    def __init__(self, index: int, msgpack: bool, inbox: Inbox) -> None:
        self.index = index
        self.msgpack = msgpack
        self.closed: str | None = None  # why, once it is
        self.come_back_s: float | None = None  # in so many seconds, if the server said when
        self.deaf = False
        self._inbox = inbox
        self._reader = FrameReader()
        self._awaited: dict[str, Answered] = {}
        self._head: bytes | None = b""  # of the answer to the upgrade; None once that is whole
        self._upgraded: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport | None = None

    # --- to the server -----------------------------------------------------------------------------------------------

    async def open(self, request: bytes) -> None:
        """Ask for the upgrade and wait for it."""
        assert self._transport is not None
        self._upgraded = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        await self._upgraded

    def say(self, message: dict[str, Any], answered: Answered | None = None) -> int:
        """Send one message now, and return when that was; `answered` is called with the answer to its `id`."""
        if self.closed is not None or self._transport is None:
            raise Lost(self.closed or "not connected", self.come_back_s)
        if answered is not None:
            self._awaited[message["id"]] = answered
        if self.msgpack:
            frame = masked_frame(BINARY, msgspec.msgpack.encode(message))
        else:
            frame = masked_frame(TEXT, msgspec.json.encode(message))
        now = monotonic_ns()
        self._transport.write(frame)
        return now

    async def ask(self, message: dict[str, Any]) -> Told:
        """Send one message and wait for its answer. Raises Lost."""
        done: asyncio.Future[Told] = asyncio.get_running_loop().create_future()

        def answered(answer: Told, received_ns: int) -> None:
            if not done.done():
                done.set_result(answer)

        self.say(message, answered)
        return await done

    def leave(self) -> None:
        """Go, without waiting for the other side: a run is over."""
        if self._transport is not None and not self._transport.is_closing():
            self.closed = self.closed or "over"
            self._transport.write(masked_frame(CLOSE, (1000).to_bytes(2)))
            self._transport.close()

    def turn_deaf(self) -> None:
        """Read no more, with a small buffer that is soon full: what a phone that died looks like from the server."""
        self.deaf = True
        if self._transport is not None and not self._transport.is_closing():
            raw = self._transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, DEAF_BUFFER_BYTES)
            self._transport.pause_reading()

    def cut(self) -> None:
        """Break the connection off with a reset, and no word of farewell: what a lost network looks like at its end."""
        if self._transport is not None and not self._transport.is_closing():
            raw = self._transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._transport.abort()

    # --- from the server ---------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # as uvloop's is in all but its bases

    def data_received(self, data: bytes) -> None:
        now = monotonic_ns()  # first, so that reading the frames is not counted against the server
        try:
            for opcode, payload in self._reader.feed(data) if self._head is None else self._upgrade(data):
                if opcode in (TEXT, BINARY):
                    self._inbox.append((self.index, now, payload))
                    self._heard(payload, now)
                else:
                    self._control(opcode, payload)
        except BadFrame as error:
            if isinstance(error, Refused):
                self.come_back_s = error.retry_after_s
            self._end(str(error))

    def connection_lost(self, error: Exception | None) -> None:
        self._end(f"cut off: {error}" if error else "cut off")

    def _upgrade(self, data: bytes) -> list[tuple[int, bytes]]:
        assert self._head is not None
        self._head += data
        rest = split_upgrade(self._head)
        if rest is None:
            return []
        self._head = None
        if self._upgraded is not None and not self._upgraded.done():
            self._upgraded.set_result(None)
        return self._reader.feed(rest)

    def _heard(self, payload: bytes, now: int) -> None:
        """Look at a payload, if there is reason to."""
        if not self._awaited:
            return
        answer = told(payload)
        if answer.type in ("ok", "error", "welcome") and answer.id is not None:
            answered = self._awaited.pop(answer.id, None)
            if answered is not None:
                answered(answer, now)

    def _control(self, opcode: int, payload: bytes) -> None:
        assert self._transport is not None
        if opcode == PING:
            self._transport.write(masked_frame(PONG, payload))
        elif opcode == CLOSE:
            code = int.from_bytes(payload[:2]) if len(payload) >= 2 else 1005
            self._transport.write(masked_frame(CLOSE, payload[:2]))
            self._end(f"{code} {payload[2:].decode(errors='replace')}".strip())

    def _end(self, reason: str) -> None:
        if self.closed is None:
            self.closed = reason
        if self._transport is not None:
            self._transport.close()
        if self._upgraded is not None and not self._upgraded.done():
            self._upgraded.set_exception(Lost(reason, self.come_back_s))
        waiting, self._awaited = self._awaited, {}
        for id, answered in waiting.items():
            answered(Told(type="error", id=id, code=f"closed: {reason}"), 0)
