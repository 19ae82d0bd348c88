"""A payload to one frame, read back by websockets' own client side."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from realtime import frames as frames_module
from realtime.codec import CODECS
from realtime.frames import Frames, encode, frame
from realtime.messages import Encoding, Heartbeat, ServerMessage

ENCODINGS: tuple[Encoding, ...] = ("json", "msgpack")
OPCODES: dict[Encoding, Opcode] = {"json": Opcode.TEXT, "msgpack": Opcode.BINARY}


def read_back(data: bytes) -> list[Frame]:
    client = ClientProtocol(parse_uri("ws://localhost/v1"), state=State.OPEN, max_size=None)
    client.receive_data(data)
    assert client.parser_exc is None
    return [event for event in client.events_received() if isinstance(event, Frame)]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
def test_a_frame_of_every_length_is_one_final_frame(size: int, encoding: Encoding) -> None:
    """RFC 6455, section 5.2: three forms of the length, and the shortest is used."""
    payload = b"x" * size
    whole = frame(payload, encoding)
    assert read_back(whole) == [Frame(OPCODES[encoding], payload, fin=True)]
    assert len(whole) - size == (2 if size < 126 else 4 if size < 65_536 else 10)


@given(st.binary(max_size=300), st.sampled_from(ENCODINGS))
def test_any_payload_comes_back(payload: bytes, encoding: Encoding) -> None:
    assert read_back(frame(payload, encoding) * 2) == [Frame(OPCODES[encoding], payload)] * 2


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_message_is_encoded_once_for_each_encoding_and_only_when_needed(
    encoding: Encoding, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Encoding] = []

    def counted(message: ServerMessage, into: Encoding) -> bytes:
        made.append(into)
        return encode(message, into)

    monkeypatch.setattr(frames_module, "encode", counted)
    frames = Frames(Heartbeat(delivered=7))
    assert made == []
    first = frames[encoding]
    assert frames[encoding] is first
    assert made == [encoding]
    [read] = read_back(first)
    assert CODECS[encoding].decode_server(bytes(read.data)) == Heartbeat(delivered=7)
