"""Who is let in, and what the others are told."""

import asyncio

import pytest
from websockets.asyncio.client import connect

from realtime.connection.handshake import SUBPROTOCOLS, shake_hands
from realtime.frames import frame
from realtime.lanes import Lane
from realtime.messages import Encoding
from tests.connection.peers import Door, Peer, Recorder, request, serving


def echo(recorder: Recorder, payload: bytes) -> None:
    recorder.connection.send(frame(payload, recorder.connection.encoding), Lane.REST)


@pytest.mark.parametrize(("subprotocol", "encoding"), SUBPROTOCOLS.items())
async def test_a_foreign_client_speaks_each_subprotocol(subprotocol: str, encoding: Encoding) -> None:
    """The client of `websockets`, with its compression on offer: it is declined."""
    door = Door(echo)
    said: list[str | bytes] = ["hej", "å" * 60_000] if encoding == "json" else [b"\x81", b"\xff" * 70_000]
    async with asyncio.timeout(5), serving(door) as port:
        async with connect(f"ws://127.0.0.1:{port}/v1?x=1", subprotocols=[subprotocol]) as client:  # type: ignore[list-item]
            assert client.subprotocol == subprotocol
            assert client.protocol.extensions == []
            for message in said:
                await client.send(message)
                assert await client.recv() == message
            await (await client.ping())
        [recorder] = door.opened
        await recorder.until(lambda: recorder.lost_count)
        assert recorder.connection.encoding == encoding
        assert not recorder.connection.is_open


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ("samverkan.v1.json, samverkan.v1.msgpack", "samverkan.v1.json"),
        ("samverkan.v1.msgpack, samverkan.v1.json", "samverkan.v1.msgpack"),
        ("chat,samverkan.v1.msgpack", "samverkan.v1.msgpack"),
    ],
)
def test_the_clients_order_of_preference_counts(offered: str, chosen: str) -> None:
    answer = shake_hands(request(subprotocol=offered), Door())
    assert answer.encoding == SUBPROTOCOLS[chosen]
    assert f"Sec-WebSocket-Protocol: {chosen}\r\n".encode() in answer.response
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in answer.response  # RFC 6455, section 1.3


@pytest.mark.parametrize(
    ("head", "status", "says"),
    [
        (request(subprotocol=None), 400, "samverkan.v1.json, samverkan.v1.msgpack"),
        (request(subprotocol="chat, graphql"), 400, "samverkan.v1.json, samverkan.v1.msgpack"),
        (request("/"), 404, "/v1"),
        (request("/v1/"), 404, "/v1"),
        (request("/v2"), 404, "/v1"),
        (request(Sec_WebSocket_Version="12"), 400, "Sec-WebSocket-Version"),
        (request(Sec_WebSocket_Version=None), 400, "Sec-WebSocket-Version"),
        (request(Sec_WebSocket_Key="c2hvcnQ="), 400, "Sec-WebSocket-Key"),
        (request(Sec_WebSocket_Key=None), 400, "Sec-WebSocket-Key"),
        (request().replace(b"GET", b"PUT"), 405, "PUT"),
    ],
)
async def test_others_are_refused_and_told_why(head: bytes, status: int, says: str) -> None:
    door = Door()
    async with asyncio.timeout(5), serving(door) as port, Peer.connected(port) as peer:
        await peer.send(head)
        answer, headers, body = await peer.response()
        assert answer == status
        assert says in body.decode()
        assert "server" not in headers
        assert await peer.ended()
    assert door.opened == []


async def test_when_full_or_draining_clients_are_told_to_come_back() -> None:
    door = Door()
    door.ajar = False
    async with asyncio.timeout(5), serving(door) as port:
        async with Peer.connected(port) as peer:
            await peer.send(request())
            status, headers, _ = await peer.response()
            assert status == 503
            assert 1 <= int(headers["retry-after"]) <= 60
            assert await peer.ended()
        door.ajar = True
        async with Peer.open(port):
            assert len(door.opened) == 1


async def test_an_upgrade_behind_an_unanswered_request_is_cut_off() -> None:
    """Its answer would be written into the WebSocket."""
    async with asyncio.timeout(5), serving(Door()) as port, Peer.connected(port) as peer:
        await peer.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + request())
        assert await peer.ended()


async def test_an_upgrade_after_an_answered_request_is_fine() -> None:
    async with asyncio.timeout(5), serving(Door()) as port, Peer.connected(port) as peer:
        await peer.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await peer.response())[2] == b"hello"
        await peer.send(request())
        assert (await peer.response())[0] == 101


async def test_a_gate_that_fails_costs_one_connection(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Door):
        def open(self, connection: object) -> Recorder:
            raise RuntimeError("no")

    async with asyncio.timeout(5), serving(Broken()) as port, Peer.open(port) as peer:
        assert (await peer.frame())[1][:2] == (4004).to_bytes(2)
    assert "could not be opened" in caplog.text
