"""The least of RFC 6455 that a client needs: the upgrade, masked frames out, frames in however the stream splits them.

The swarm has a reader of its own because it must cost little and share nothing with the server that it judges. It
speaks no extensions and trusts lengths: it is for servers under test, not for the open net.
"""

import base64
import hashlib
from random import getrandbits
from typing import Final

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA

# One key for all: it only proves that the other side speaks WebSocket, and that is checked against this one constant.
_KEY: Final = base64.b64encode(b"samverkan-bench!").decode()
_ACCEPT: Final = base64.b64encode(
    hashlib.sha1(f"{_KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode(), usedforsecurity=False).digest()
)


class BadFrame(ValueError):
    """What came is not what a WebSocket server may send to a client that offered no extension."""


class Refused(BadFrame):
    """The server answered the upgrade with a status of its own; `retry_after_s` is when it said to come back."""

    def __init__(self, status: str, retry_after_s: float | None) -> None:
        super().__init__(f"the server refused the upgrade: {status}")
        self.retry_after_s = retry_after_s


def upgrade_request(host: str, path: str, subprotocol: str | None) -> bytes:
    offer = "" if subprotocol is None else f"Sec-WebSocket-Protocol: {subprotocol}\r\n"
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {_KEY}\r\nSec-WebSocket-Version: 13\r\n{offer}\r\n"
    ).encode()


def split_upgrade(received: bytes) -> bytes | None:
    """What follows the answer to the upgrade, or None while that is not whole. Raises Refused, or BadFrame."""
    head, blank, rest = received.partition(b"\r\n\r\n")
    if not blank:
        return None
    status, *lines = head.split(b"\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
    if not status.startswith(b"HTTP/1.1 101"):
        told = headers.get(b"retry-after", b"")
        raise Refused(status.decode(errors="replace"), float(told) if told.isdigit() else None)
    if headers.get(b"sec-websocket-accept") != _ACCEPT:
        raise BadFrame("Sec-WebSocket-Accept does not match")
    return rest


def masked_frame(opcode: int, payload: bytes) -> bytes:
    """One whole frame from a client (RFC 6455 section 5.3: always masked, each with a new key)."""
    length = len(payload)
    key = getrandbits(32).to_bytes(4)
    masked = int.from_bytes(payload) ^ int.from_bytes((key * (length // 4 + 1))[:length])
    if length < 126:
        head = bytes((0x80 | opcode, 0x80 | length))
    elif length < 65_536:
        head = bytes((0x80 | opcode, 0x80 | 126)) + length.to_bytes(2)
    else:
        head = bytes((0x80 | opcode, 0x80 | 127)) + length.to_bytes(8)
    return head + key + masked.to_bytes(length)


class FrameReader:
    """Whole messages and control frames out of a byte stream."""

    __slots__ = ("_opcode", "_parts", "_rest")

    def __init__(self) -> None:
        self._rest = b""
        self._parts: list[bytes] | None = None
        self._opcode = 0

    @property
    def midway(self) -> bool:
        """Whether a part of a message is here, and the rest is to come."""
        return bool(self._rest) or self._parts is not None

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """What is complete now, in order, as (opcode, payload); fragments are joined. Raises BadFrame."""
        if self._rest:
            data = self._rest + data
        done: list[tuple[int, bytes]] = []
        at, end = 0, len(data)
        while end - at >= 2:
            first, length = data[at], data[at + 1]
            if first & 0x70 or length & 0x80:
                raise BadFrame("reserved bits or a mask in a server's frame")
            start = at + 2
            if length >= 126:
                start += 2 if length == 126 else 8
                length = int.from_bytes(
                    data[at + 2 : start]
                )  # wrong while not all there, but then `stop` is beyond, too
            stop = start + length
            if stop > end:
                break
            if first & 0x80 and (first & 0x0F) != CONTINUATION:
                done.append((first & 0x0F, data[start:stop]))
            else:
                self._fragment(first, data[start:stop], done)
            at = stop
        self._rest = data[at:] if at else data
        return done

    def _fragment(self, first: int, part: bytes, done: list[tuple[int, bytes]]) -> None:
        opcode = first & 0x0F
        if (opcode == CONTINUATION) != (self._parts is not None):
            raise BadFrame("a fragment out of place")
        if self._parts is None:
            self._opcode, self._parts = opcode, []
        self._parts.append(part)
        if first & 0x80:
            done.append((self._opcode, b"".join(self._parts)))
            self._parts = None
