"""From a message to the bytes on the wire: encoded and framed once, then shared by everyone it goes to."""

from struct import Struct
from typing import Final

from realtime.codec import CODECS
from realtime.messages import ClientMessage, Encoding, ServerMessage

# RFC 6455, section 5.2: FIN and the opcode; from a server no mask; the length in the shortest of its three forms.
FIRST_BYTE: Final[dict[Encoding, int]] = {"json": 0x81, "msgpack": 0x82}
_HEAD_7: Final = Struct("!BB").pack
_HEAD_16: Final = Struct("!BBH").pack
_HEAD_64: Final = Struct("!BBQ").pack


def frame(payload: bytes, encoding: Encoding) -> bytes:
    """One whole unmasked frame: text for JSON, binary for MessagePack."""
    first, size = FIRST_BYTE[encoding], len(payload)
    if size < 126:
        return _HEAD_7(first, size) + payload
    if size < 65_536:
        return _HEAD_16(first, 126, size) + payload
    return _HEAD_64(first, 127, size) + payload


def encode(message: ServerMessage | ClientMessage, encoding: Encoding) -> bytes:
    """The payload of one message."""
    return CODECS[encoding].encode(message)


class Frames(dict[Encoding, bytes]):
    """One message as its frames, one for each encoding, made when the first recipient needs it and never again.

    `frames[encoding]` is the same bytes object each time.
    """

    __slots__ = ("message",)

    def __init__(self, message: ServerMessage) -> None:
        self.message = message

    def __missing__(self, encoding: Encoding) -> bytes:
        made = self[encoding] = frame(encode(self.message, encoding), encoding)
        return made
