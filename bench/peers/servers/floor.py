"""The floors: nothing but the prebuilt frame, written to one socket after the other.

    python -m bench.peers.servers.floor --port 9000 --way write|shuffled|os.write

It is no server that anybody could use: it reads a message from whoever speaks, frames it once, and loops. Whatever a
real server costs above this is what it does for its users, or could do without.
"""

import argparse
import asyncio
import base64
import hashlib
import os
import random
from typing import Final, cast

import uvloop

from bench.peers.servers.arguments import port

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Floor(asyncio.Protocol):
    """One client; whoever speaks is no longer a listener."""

    __slots__ = ("_file", "_transport", "_upgraded")
    way = "write"
    listeners: list["Floor"] = []  # noqa: RUF012 - the process's
    order: list["Floor"] = []  # noqa: RUF012 - the same, or shuffled once

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._file: int = transport.get_extra_info("socket").fileno()
        self._upgraded = False

    def data_received(self, data: bytes) -> None:
        if self._upgraded:
            self._say(data)
            return
        key = data.partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r\n")[0]
        accept = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())
        self._transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        self._upgraded = True
        self.listeners.append(self)

    def connection_lost(self, error: Exception | None) -> None:
        if self in self.listeners:
            self.listeners.remove(self)

    def _say(self, data: bytes) -> None:
        if self in self.listeners:
            self.listeners.remove(self)
        if len(self.order) != len(self.listeners):
            Floor.order = list(self.listeners)
            if self.way == "shuffled":
                random.shuffle(Floor.order)
        frame = framed(unmasked(data))
        if self.way == "os.write":
            for file in [listener._file for listener in self.order]:
                os.write(file, frame)
        else:
            for listener in self.order:
                listener._transport.write(frame)


def unmasked(frame: bytes) -> bytes:
    """The payload of one whole small frame from a client."""
    start = 2 if frame[1] & 0x7F < 126 else 4
    key, payload = frame[start : start + 4], frame[start + 4 :]
    return bytes(byte ^ key[at & 3] for at, byte in enumerate(payload))


def framed(payload: bytes) -> bytes:
    """A text frame to a client."""
    size = len(payload)
    return (bytes((0x81, size)) if size < 126 else b"\x81\x7e" + size.to_bytes(2)) + payload


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Floor, "127.0.0.1", port(), backlog=4_096)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--way", choices=("write", "shuffled", "os.write"), default="write")
    Floor.way = parser.parse_known_args()[0].way
    uvloop.run(serve())
