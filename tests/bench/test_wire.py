"""The swarm's frame reader and writer, judged by `websockets`."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from bench.wire import BINARY, TEXT, BadFrame, FrameReader, Refused, masked_frame, split_upgrade, upgrade_request

sizes = st.one_of(st.integers(0, 300), st.sampled_from([125, 126, 127, 65_535, 65_536, 70_000]))
payloads = sizes.flatmap(lambda size: st.binary(min_size=1, max_size=8).map(lambda seed: (seed * size)[:size]))


@st.composite
def streams(draw: st.DrawFn) -> tuple[bytes, list[tuple[int, bytes]]]:
    """What a server may send, with control frames between the fragments of a message, and what it amounts to."""
    wire, meant = bytearray(), []
    for _ in range(draw(st.integers(0, 6))):
        opcode, payload = draw(st.sampled_from([Opcode.TEXT, Opcode.BINARY])), draw(payloads)
        cuts = sorted(draw(st.lists(st.integers(0, len(payload)), max_size=3)))
        pieces = [payload[start:end] for start, end in pairwise([0, *cuts, len(payload)])]
        for number, piece in enumerate(pieces):
            if number and draw(st.booleans()):
                ping = draw(st.binary(max_size=125))
                wire += Frame(Opcode.PING, ping).serialize(mask=False)
                meant.append((int(Opcode.PING), ping))
            kind = Opcode.CONT if number else opcode
            wire += Frame(kind, piece, fin=number == len(pieces) - 1).serialize(mask=False)
        meant.append((int(opcode), payload))
    return bytes(wire), meant


@given(streams(), st.data())
def test_frames_are_read_however_the_stream_is_split(stream, data):
    wire, meant = stream
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)), max_size=12)))
    reader, read = FrameReader(), []
    for start, end in pairwise([0, *cuts, len(wire)]):
        read += reader.feed(wire[start:end])
    assert read == meant


def test_frames_are_read_byte_by_byte():
    wire = b"".join(Frame(Opcode.TEXT, b"x" * size).serialize(mask=False) for size in (0, 1, 125, 126, 70_000))
    reader = FrameReader()
    lengths = [len(payload) for byte in wire[:400] for _, payload in reader.feed(bytes([byte]))]
    lengths += [len(payload) for _, payload in reader.feed(wire[400:])]
    assert lengths == [0, 1, 125, 126, 70_000]


@pytest.mark.parametrize(
    "wire",
    [
        Frame(Opcode.TEXT, b"x").serialize(mask=True),
        bytes([0xC1, 1]) + b"x",  # as if compressed
        Frame(Opcode.CONT, b"x").serialize(mask=False),
        Frame(Opcode.TEXT, b"x", fin=False).serialize(mask=False) * 2,
    ],
    ids=["masked", "compressed", "continued", "interrupted"],
)
def test_what_a_server_may_not_send_is_refused(wire):
    with pytest.raises(BadFrame):
        FrameReader().feed(wire)


def test_a_reader_is_midway_until_the_last_byte_of_a_message():
    wire = Frame(Opcode.TEXT, b"some", fin=False).serialize(mask=False) + Frame(Opcode.CONT, b"words").serialize(
        mask=False
    )
    reader = FrameReader()
    assert not reader.midway
    for at in range(len(wire)):
        reader.feed(wire[at : at + 1])
        assert reader.midway == (at < len(wire) - 1)


def test_no_subprotocol_is_offered_if_there_is_none():
    assert b"Protocol" not in upgrade_request("localhost", "/", None)


@given(st.sampled_from([TEXT, BINARY]), payloads)
def test_frames_are_written_as_a_server_reads_them(opcode, payload):
    server = ServerProtocol(max_size=None)
    server.receive_data(upgrade_request("localhost", "/v1", "samverkan.v1.json"))
    (request,) = server.events_received()
    assert isinstance(request, Request)
    server.send_response(server.accept(request))
    server.receive_data(masked_frame(opcode, payload))
    (frame,) = server.events_received()
    assert (int(frame.opcode), bytes(frame.data), frame.fin) == (opcode, payload, True)


def accepted() -> bytes:
    server = ServerProtocol()
    server.receive_data(upgrade_request("localhost", "/v1", "samverkan.v1.json"))
    server.send_response(server.accept(server.events_received()[0]))
    return b"".join(server.data_to_send())


def test_the_upgrade_is_whole_only_with_its_blank_line():
    answer = accepted()
    assert all(split_upgrade(answer[:end]) is None for end in range(len(answer)))
    assert split_upgrade(answer + b"first frame") == b"first frame"


def test_another_key_or_a_refusal_is_no_upgrade():
    client, server = ClientProtocol(parse_uri("ws://localhost/v1")), ServerProtocol()
    client.send_request(client.connect())
    server.receive_data(b"".join(client.data_to_send()))
    server.send_response(server.accept(server.events_received()[0]))
    with pytest.raises(BadFrame, match="Accept"):
        split_upgrade(b"".join(server.data_to_send()))
    with pytest.raises(BadFrame, match="503"):
        split_upgrade(b"HTTP/1.1 503 Service Unavailable\r\n\r\n")


def test_a_refusal_says_when_to_come_back():
    head = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\n"
    assert split_upgrade(head) is None
    with pytest.raises(Refused, match="503") as refused:
        split_upgrade(head + b"\r\nFull.")
    assert refused.value.retry_after_s == 7.0
    with pytest.raises(Refused) as refused:
        split_upgrade(b"HTTP/1.1 404 Not Found\r\n\r\n")
    assert refused.value.retry_after_s is None
