"""The two codecs: messages of `messages` to JSON or MessagePack and back, checked while they are decoded."""

import re
from collections.abc import Callable
from typing import Any, Final

import msgspec
from msgspec import Struct

from realtime.messages import ClientMessage, Encoding, Message, ServerMessage


class Garbage(ValueError):
    """A payload that is no message at all: not JSON or MessagePack, or not an object."""


class InvalidMessage(ValueError):
    """An object that is not one of our messages; says which field is wrong, and whose `id` it bore."""

    def __init__(self, code: str, text: str, field: str | None, id: str | None) -> None:
        super().__init__(text)
        self.code = code
        self.field = field
        self.id = id


class _Envelope(Struct):
    """The least that an invalid message must be, so that its sender can be answered."""

    id: Any = None


# The library's own; what it lets through: texts that are not UTF-8, in MessagePack, and nesting beyond Python's depth.
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

_PATH = re.compile(r"^(?P<what>.*?)(?: - at (?:`key` in )?`\$\.?(?P<path>[^`]*)`)?$", re.DOTALL)


class Codec:
    """One encoding of the schema. Codecs are shared: they keep nothing between calls."""

    def __init__(self, encoding: Encoding) -> None:
        self.encoding = encoding
        if encoding == "json":
            self.encode: Callable[[Message], bytes] = msgspec.json.Encoder().encode
            self._client: Callable[[bytes], ClientMessage] = msgspec.json.Decoder(ClientMessage).decode
            self._server: Callable[[bytes], ServerMessage] = msgspec.json.Decoder(ServerMessage).decode
            self._envelope: Callable[[bytes], _Envelope] = msgspec.json.Decoder(_Envelope).decode
        else:
            self.encode = msgspec.msgpack.Encoder().encode
            self._client = msgspec.msgpack.Decoder(ClientMessage).decode
            self._server = msgspec.msgpack.Decoder(ServerMessage).decode
            self._envelope = msgspec.msgpack.Decoder(_Envelope).decode

    def decode_client(self, payload: bytes) -> ClientMessage:
        """What a client said. Raises InvalidMessage, which can be answered, or Garbage, which cannot."""
        try:
            return self._client(payload)
        except _UNREADABLE as error:
            raise self._explain(payload, error) from None

    def decode_server(self, payload: bytes) -> ServerMessage:
        """What a server said; raises like `decode_client`."""
        try:
            return self._server(payload)
        except _UNREADABLE as error:
            raise self._explain(payload, error) from None

    def _explain(self, payload: bytes, error: Exception) -> ValueError:
        try:
            given = self._envelope(payload).id
        except _UNREADABLE:
            return Garbage(f"not an object in {self.encoding}")
        id = given if isinstance(given, str) and len(given) <= 64 else None
        match = _PATH.match(str(error))
        what, field = (match["what"], match["path"] or None) if match else (str(error), None)
        if missing := re.match(r"Object missing required field `([^`]*)`", what):
            field = f"{field}.{missing[1]}" if field else missing[1]
        code = "unknown_type" if field == "type" else "invalid"
        return InvalidMessage(code, what, field, id)


CODECS: Final[dict[Encoding, Codec]] = {"json": Codec("json"), "msgpack": Codec("msgpack")}
