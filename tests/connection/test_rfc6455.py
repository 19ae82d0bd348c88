"""RFC 6455, sections 5 to 7, as a table of what a client sends and what comes of it, over real sockets."""

import asyncio
import struct
from typing import NamedTuple

import pytest

from realtime.config import ConnectionSettings
from tests.connection.peers import (
    BINARY,
    CLOSE,
    CONT,
    PING,
    PONG,
    TEXT,
    Door,
    Peer,
    client_frame,
    close_frame,
    serving,
)

SETTINGS = ConnectionSettings(max_message_bytes=70_000)
ALIVE = -1  # the connection lives on
NO_CODE = None  # a close frame without a code


class Case(NamedTuple):
    what: str
    sent: bytes
    close_code: int | None = ALIVE
    messages: tuple[bytes, ...] = ()
    pongs: tuple[bytes, ...] = ()
    subprotocol: str = "samverkan.v1.json"


def big_frame(announced: int) -> bytes:
    """The head of a text frame that announces a length in its 64-bit form."""
    return b"\x81" + struct.pack("!BQ", 0x80 | 127, announced) + bytes(4)


SMILE = "😀".encode()
CASES = [
    # 5.1, 5.2: masks, reserved bits, lengths
    Case("text", client_frame(TEXT, b"hi"), messages=(b"hi",)),
    Case("a mask of zeros", client_frame(TEXT, b"hi", mask=bytes(4)), messages=(b"hi",)),
    Case("not masked", client_frame(TEXT, b"hi", mask=None), 1002),
    Case("control frame not masked", client_frame(PING, b"hi", mask=None), 1002),
    *(Case(f"reserved bits {bits}", client_frame(TEXT, b"hi", rsv=bits), 1002) for bits in (1, 2, 4, 7)),
    *(Case(f"opcode {code}", client_frame(code, b"hi"), 1002) for code in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)),
    *(
        Case(f"{size} bytes", client_frame(TEXT, b"x" * size), messages=(b"x" * size,))
        for size in (0, 1, 125, 126, 127, 128, 65_535, 65_536, 70_000)
    ),
    Case("a length in more bytes than needed", b"\x81\xfe\x00\x02\0\0\0\0hi", messages=(b"hi",)),
    Case("one byte too many", client_frame(TEXT, b"x" * 70_001), 1009),
    Case("announces too much", big_frame(70_001), 1009),
    Case("announces the most there is", big_frame(2**63 - 1), 1009),
    Case("a 64-bit length with its highest bit set", big_frame(2**64 - 1), 1009),
    # 5.4: fragments
    Case(
        "three fragments",
        client_frame(TEXT, b"a", fin=False) + client_frame(CONT, b"b", fin=False) + client_frame(CONT, b"c"),
        messages=(b"abc",),
    ),
    Case(
        "empty fragments",
        client_frame(TEXT, fin=False) + client_frame(CONT, b"x", fin=False) + client_frame(CONT),
        messages=(b"x",),
    ),
    Case(
        "a ping between fragments",
        client_frame(TEXT, b"a", fin=False) + client_frame(PING, b"?") + client_frame(CONT, b"b"),
        messages=(b"ab",),
        pongs=(b"?",),
    ),
    Case("a continuation of nothing", client_frame(CONT, b"x"), 1002),
    Case("a continuation after the end", client_frame(TEXT, b"a") + client_frame(CONT, b"b"), 1002, (b"a",)),
    Case("a message within a message", client_frame(TEXT, b"a", fin=False) + client_frame(TEXT, b"b"), 1002),
    Case("too big in sum", client_frame(TEXT, b"x" * 40_000, fin=False) + client_frame(CONT, b"x" * 40_000), 1009),
    # 5.5: control frames
    Case("a ping", client_frame(PING), pongs=(b"",)),
    Case("the longest ping", client_frame(PING, b"x" * 125), pongs=(b"x" * 125,)),
    Case("pings in order", client_frame(PING, b"1") + client_frame(PING, b"2"), pongs=(b"1", b"2")),
    Case("a ping too long", client_frame(PING, b"x" * 126), 1002),
    Case("a ping in fragments", client_frame(PING, fin=False), 1002),
    Case("a pong that nobody asked for", client_frame(PONG, b"!")),
    # 5.6: text and binary are what the subprotocol says
    Case("binary", client_frame(BINARY, b"\x80"), messages=(b"\x80",), subprotocol="samverkan.v1.msgpack"),
    Case("text where binary is spoken", client_frame(TEXT, b"hi"), 1003, subprotocol="samverkan.v1.msgpack"),
    Case("binary where text is spoken", client_frame(BINARY, b"hi"), 1003),
    Case("binary in fragments where text is spoken", client_frame(BINARY, b"hi", fin=False), 1003),
    # 5.5.1, 7: closing
    Case("close", close_frame(None), NO_CODE),
    *(Case(f"close {code}", close_frame(code, b"bye"), code) for code in (1000, 1001, 1011, 3000, 3999, 4000, 4999)),
    *(
        Case(f"close {code}, which nobody may send", close_frame(code), 1002)
        for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535)
    ),
    Case("close with half a code", client_frame(CLOSE, b"\x03"), 1002),
    Case("close with the longest reason", close_frame(1000, b"x" * 123), 1000),
    Case("close with too long a reason", close_frame(1000, b"x" * 124), 1002),
    Case("close with a reason that is not UTF-8", close_frame(1000, b"\xff"), 1007),
    Case("close in fragments", client_frame(CLOSE, b"\x03\xe8", fin=False), 1002),
    Case("close within a message", client_frame(TEXT, b"a", fin=False) + close_frame(1000), 1002),
    Case("after close", close_frame(1000) + client_frame(TEXT, b"late") + client_frame(PING), 1000),
    Case(
        "before close", client_frame(TEXT, b"a") + client_frame(PING, b"?") + close_frame(1000), 1000, (b"a",), (b"?",)
    ),
    Case("close twice", close_frame(1000) + close_frame(1001), 1000),
    # 8.1: UTF-8
    Case("beyond ASCII", client_frame(TEXT, SMILE), messages=(SMILE,)),
    Case(
        "a character in two fragments",
        client_frame(TEXT, SMILE[:2], fin=False) + client_frame(CONT, SMILE[2:]),
        messages=(SMILE,),
    ),
    *(
        Case(f"not UTF-8: {bad.hex()}", client_frame(TEXT, b"ok" + bad), 1007)
        for bad in (b"\xff", SMILE[:3], b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80")
    ),
    Case("not UTF-8 in fragments", client_frame(TEXT, SMILE[:2], fin=False) + client_frame(CONT, b"x"), 1007),
    Case("good, then bad", client_frame(TEXT, b"good") + client_frame(3), 1002, (b"good",)),
]


@pytest.mark.parametrize("size", [None, 1, 7], ids=["whole", "bytewise", "in sevens"])
@pytest.mark.parametrize("case", CASES, ids=[case.what for case in CASES])
async def test_the_protocol(case: Case, size: int | None) -> None:
    """Whether it comes at once or in small pieces."""
    if size and len(case.sent) > 1_000:
        size *= 1_000
    door = Door()
    async with asyncio.timeout(5), serving(door, SETTINGS) as port, Peer.open(port, case.subprotocol) as peer:
        for at in range(0, len(case.sent), size or len(case.sent)):
            await peer.send(case.sent[at : at + (size or len(case.sent))])
            await asyncio.sleep(0)
        if case.close_code == ALIVE:
            await peer.send(client_frame(PING, b"alive?"))
        for pong in (*case.pongs, *([b"alive?"] if case.close_code == ALIVE else [])):
            assert await peer.frame() == (PONG, pong)
        if case.close_code != ALIVE:
            assert await peer.close_code() == case.close_code
        assert door.opened[0].messages == list(case.messages)
