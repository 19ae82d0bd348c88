"""What comes out of any bytes is what the library makes of them, however they were cut and whichever way they went."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from realtime.connection.reading import Reader, missing, whole_message
from realtime.messages import Encoding
from tests.connection.peers import BINARY, CLOSE, CONT, PING, PONG, TEXT, client_frame, close_frame

MAX_BYTES = 200
OPCODE: dict[Encoding, int] = {"json": TEXT, "msgpack": BINARY}


@dataclass
class Heard:
    messages: list[bytes] = field(default_factory=list)
    close_code: int | None = None
    answers: bytes = b""
    refused: bool = False  # for what the library leaves to its user: text where binary is spoken, and UTF-8


def heard_by_the_library(data: bytes, encoding: Encoding) -> Heard:
    """The oracle: ServerProtocol, given everything at once, and a list of fragments."""
    protocol, heard, fragments = ServerProtocol(state=State.OPEN, max_size=MAX_BYTES), Heard(), list[bytes]()
    protocol.receive_data(data)
    for event in protocol.events_received():
        assert isinstance(event, Frame)
        if event.opcode in (Opcode.TEXT, Opcode.BINARY) and event.opcode != OPCODE[encoding]:
            heard.refused = True
            return heard
        if event.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            fragments.append(bytes(event.data))
            if event.fin:
                message = b"".join(fragments)
                fragments.clear()
                if encoding == "json" and message.decode(errors="replace").encode() != message:
                    heard.refused = True
                    return heard
                heard.messages.append(message)
    heard.close_code = protocol.close_sent.code if protocol.close_sent else None
    heard.answers = b"".join(protocol.data_to_send())
    return heard


def heard_by_us(pieces: list[bytes], encoding: Encoding) -> Heard:
    """As the transport does it: by the short way if there is no reader, which is dropped between messages."""
    heard, reader = Heard(), None
    for piece in pieces:
        if reader is None:
            whole = whole_message(piece, encoding, MAX_BYTES)
            if whole is not None:
                heard.messages.append(whole)
                continue
            reader = Reader(encoding, MAX_BYTES)
        heard.messages.extend(reader.messages(piece))
        heard.answers += reader.answers()
        if reader.has_ended:
            heard.close_code = code_of_the_close_frame_in(heard.answers)
            return heard
        if reader.between_messages:
            reader.drop()
            reader = None
    return heard


def code_of_the_close_frame_in(answers: bytes) -> int:
    while answers[0] != 0x80 | CLOSE:
        answers = answers[2 + answers[1] :]
    return int.from_bytes(answers[2:4]) if answers[1] else 1005


def cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({place % (len(data) + 1) for place in places} | {len(data)})
    return [piece for start, end in zip([0, *ends], ends, strict=False) if (piece := data[start:end])]


PAYLOADS = st.one_of(
    st.text(max_size=60).map(str.encode), st.binary(max_size=60), st.binary(min_size=120, max_size=MAX_BYTES + 10)
)
FRAMES = st.one_of(
    st.builds(client_frame, st.sampled_from([TEXT, BINARY]), PAYLOADS, fin=st.sampled_from([True, True, True, False])),
    st.builds(client_frame, st.just(CONT), PAYLOADS, fin=st.booleans()),
    st.builds(client_frame, st.sampled_from([PING, PONG]), st.binary(max_size=20)),
    st.builds(client_frame, st.integers(0, 15), PAYLOADS, rsv=st.integers(0, 1), mask=st.sampled_from([None, b"abcd"])),
    st.builds(close_frame, st.sampled_from([None, 1000, 1005, 3000, 4999, 7]), st.sampled_from([b"", b"bye"])),
    st.binary(max_size=10),
)


@settings(max_examples=200)
@given(st.lists(FRAMES, max_size=8), st.lists(st.integers(0, 2_000), max_size=12), st.sampled_from(["json", "msgpack"]))
def test_any_bytes_in_any_pieces_are_read_as_the_library_reads_them(
    frames: list[bytes], places: list[int], encoding: Encoding
) -> None:
    data = b"".join(frames)
    expected = heard_by_the_library(data, encoding)
    for pieces in ([data], frames, cut(data, places), [data[at : at + 1] for at in range(len(data))]):
        found = heard_by_us([piece for piece in pieces if piece], encoding)
        assert found.messages == expected.messages
        if expected.refused:
            assert found.close_code is not None  # another code if a close or a breach came in the same read
        else:
            assert found.close_code == expected.close_code
            assert found.answers == expected.answers


@given(st.text(max_size=30).map(str.encode), st.binary(max_size=300), st.sampled_from(["json", "msgpack"]))
def test_the_short_way_takes_good_messages_and_nothing_else(text: bytes, noise: bytes, encoding: Encoding) -> None:
    """Noise as it is, noise in a good frame, and a good frame with one byte too many or too few."""
    for payload in (text, noise):
        good = client_frame(OPCODE[encoding], payload)
        for data in (good, good + b"x", good[:-1], client_frame(OPCODE[encoding], payload, mask=None), noise):
            expected = heard_by_the_library(data, encoding)
            found = whole_message(data, encoding, MAX_BYTES)
            if found is not None:
                assert [found] == expected.messages
    if len(text) > 1:
        assert whole_message(client_frame(OPCODE[encoding], text), encoding, MAX_BYTES) == text


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 199, 200, 201])
def test_the_short_way_keeps_the_bound(size: int) -> None:
    expected = b"x" * size if 2 <= size <= MAX_BYTES else None
    assert whole_message(client_frame(TEXT, b"x" * size), "json", MAX_BYTES) == expected or size == 1


def test_a_frame_of_64_bit_length_is_not_taken_for_one_of_127_bytes() -> None:
    assert whole_message(b"\x81\xff" + bytes(4) + b"x" * 127, "json", 1_000) is None


@given(st.lists(PAYLOADS, max_size=5), st.lists(st.integers(0, 2_000), max_size=5))
def test_knows_what_a_frame_still_lacks(payloads: list[bytes], places: list[int]) -> None:
    """None only if some piece ended within the head of a frame."""
    frames = [client_frame(BINARY, payload) for payload in payloads]
    data, lacks, at = b"".join(frames), 0, 0
    for piece in cut(data, places):
        at += len(piece)
        found = missing(piece, lacks)
        end = next(total for count in range(len(frames) + 1) if (total := len(b"".join(frames[:count]))) >= at)
        if found is None:
            start = max(total for count in range(len(frames) + 1) if (total := len(b"".join(frames[:count]))) <= at)
            assert 0 < at - start < 14
            return
        assert found == end - at
        lacks = found


def test_an_endless_message_of_empty_fragments_takes_no_memory() -> None:
    reader = Reader("json", MAX_BYTES)
    assert list(reader.messages(client_frame(TEXT, b"a", fin=False) + client_frame(CONT, fin=False) * 5_000)) == []
    assert reader._fragments == b"a"
    assert list(reader.messages(client_frame(CONT, b"b"))) == [b"ab"]
    assert reader.between_messages


def test_a_reason_is_cut_where_a_character_ends() -> None:
    """RFC 6455, section 5.5.1: at most 123 bytes, and UTF-8."""
    closing = Reader("json", MAX_BYTES).close(4000, "å" * 100)
    assert closing[:2] == bytes([0x80 | CLOSE, 2 + 122])
    assert closing[4:].decode() == "å" * 61
