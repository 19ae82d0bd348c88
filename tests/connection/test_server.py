"""The listening socket, and how a server stops."""

import asyncio
import os
import signal
import socket
from collections.abc import Awaitable, Callable

import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from realtime.config import ConnectionSettings
from realtime.connection import server as server_module
from realtime.connection.server import CannotListen, Server, listen
from realtime.connection.transport import transport_class
from realtime.errors import CloseCode
from realtime.lanes import Lane
from tests.connection.peers import CLOSE, Door, Peer, hello_app, nothing_to_drain, request
from tests.fakes import FakeClock


def server_with(
    door: Door,
    drain: Callable[[], Awaitable[None]] = nothing_to_drain,
    clock: FakeClock | None = None,
    max_sockets: int | None = None,
) -> Server:
    transport = transport_class(door, ConnectionSettings(), clock or FakeClock())
    return Server(hello_app, transport, listen("127.0.0.1", 0), drain, max_sockets)


async def get(port: int) -> tuple[int, bytes]:
    async with Peer.connected(port) as peer:
        await peer.send(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        status, headers, body = await peer.response()
        assert "date" in headers
        assert "server" not in headers
        return status, body


@pytest.mark.parametrize(
    ("host", "port", "reason"),
    [("127.0.0.1", 0, "already in use"), ("192.0.2.1", 8765, "assign")],
)
def test_an_address_that_cannot_be_had_is_one_clear_line(host: str, port: int, reason: str) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = port or taken.getsockname()[1]
        with pytest.raises(CannotListen) as caught:
            listen(host, port)
    assert f"cannot listen on {host} port {port}: " in str(caught.value)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_a_port_is_taken_from_the_moment_of_listening_and_clients_may_wait_for_the_server() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(CannotListen):
            listen("127.0.0.1", port)
        async with asyncio.timeout(5), Peer.connected(port) as early:
            await early.send(request())
            server = Server(
                hello_app, transport_class(Door(), ConnectionSettings(), FakeClock()), listener, nothing_to_drain
            )
            async with server.running():
                assert server.port == port
                assert (await early.response())[0] == 101
                await early.send(b"\x88\x80mask")
                assert await early.close_code() is None


async def test_draining_comes_first_while_http_is_answered_and_sockets_live() -> None:
    door, drained, seen = Door(), asyncio.Event(), []

    async def drain() -> None:
        door.ajar = False
        seen.append(await get(server.port))
        async with Peer.connected(server.port) as late:
            await late.send(request())
            seen.append((await late.response())[0])
        door.opened[0].connection.send(b"\x81\x05drain", Lane.RED)
        drained.set()

    async with asyncio.timeout(10):
        server = server_with(door, drain)
        serving = asyncio.create_task(server.serve())
        async with Peer.open(server.port) as peer:
            server.stop()
            await drained.wait()
            assert seen == [(200, b"hello"), 503]
            assert await peer.frame() == (1, b"drain")
            assert (await peer.frame())[1][:2] == CloseCode.DRAIN.to_bytes(2)
            peer.sock.shutdown(socket.SHUT_WR)
            await serving


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_drains_and_returns(number: int) -> None:
    """And the process lives on, to close its log."""
    drained = asyncio.Event()

    async def drain() -> None:
        drained.set()

    async with asyncio.timeout(10):
        server = server_with(Door(), drain)
        port = server.port
        serving = asyncio.create_task(server.serve())
        assert await get(port) == (200, b"hello")
        os.kill(os.getpid(), number)
        await serving
    assert drained.is_set()
    with pytest.raises(ConnectionRefusedError):
        await get(port)


async def test_a_second_signal_waits_for_nobody() -> None:
    begun = asyncio.Event()

    async def drain() -> None:
        begun.set()
        await asyncio.Event().wait()

    async with asyncio.timeout(10):
        server = server_with(Door(), drain)
        serving = asyncio.create_task(server.serve())
        async with Peer.open(server.port):
            server.stop()
            await begun.wait()
            server.stop()
            await serving


async def test_a_failing_drain_does_not_keep_the_server_from_stopping(caplog: pytest.LogCaptureFixture) -> None:
    async def drain() -> None:
        raise RuntimeError("a bug")

    async with asyncio.timeout(10), server_with(Door(), drain).running():
        pass
    assert "draining failed" in caplog.text


async def test_a_client_that_does_not_answer_the_close_does_not_keep_the_server_from_stopping() -> None:
    clock = FakeClock()
    async with asyncio.timeout(10):
        server = server_with(Door(), clock=clock)
        serving = asyncio.create_task(server.serve())
        async with Peer.open(server.port) as peer:
            server.stop()
            assert (await peer.frame())[0] == CLOSE
            clock.advance(ConnectionSettings().close_timeout_s)
            await serving


@pytest.mark.parametrize("head", [b"GET / HTTP/1.1\r\n" + b"X: " + b"x" * 300_000, b"GET /" + b"x" * 300_000])
async def test_a_request_without_end_is_cut_off(head: bytes) -> None:
    async with asyncio.timeout(10), server_with(Door()).running() as server, Peer.connected(server.port) as peer:
        with pytest.raises((ConnectionResetError, BrokenPipeError, EOFError)):
            await peer.send(head * 100)


async def test_a_request_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "_HEAD_TIMEOUT_S", 0.01)
    async with asyncio.timeout(10), server_with(Door()).running() as server:
        async with Peer.connected(server.port) as silent, Peer.connected(server.port) as slow:
            await slow.send(b"GET / HT")
            for peer in (silent, slow):
                with pytest.raises((ConnectionResetError, EOFError)):
                    await peer.response()
        assert await get(server.port) == (200, b"hello")


async def test_a_body_that_comes_with_its_head_is_no_head() -> None:
    body = bytes(2 * server_module._MAX_HEAD_BYTES)
    head = f"POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    async with asyncio.timeout(10), server_with(Door()).running() as server, Peer.connected(server.port) as peer:
        await peer.send(head.encode() + body)
        assert (await peer.response())[0] == 200


async def test_trailers_without_end_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 9112 section 7.1.2: fields that follow a chunked body."""
    kept: list[bytes] = []
    monkeypatch.setattr(HttpToolsProtocol, "on_header", lambda self, name, value: kept.append(name))
    async with asyncio.timeout(10), server_with(Door()).running() as server, Peer.connected(server.port) as peer:
        await peer.send(b"POST /health HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")
        assert (await peer.response())[0] == 200
        for _ in range(20):
            await peer.send(b"a:b\r\n" * 100)
        await peer.send(b"\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await peer.response())[0] == 200
    assert kept == [b"Host", b"Transfer-Encoding", b"Host"]


async def dripping(peer: Peer) -> None:
    while True:
        await peer.send(b"x")
        await asyncio.sleep(0)  # it shares the loop with the server


async def test_what_drips_after_the_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "_REST_TIMEOUT_S", 0.01)
    async with asyncio.timeout(10), server_with(Door()).running() as server, Peer.connected(server.port) as peer:
        await peer.send(b"POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n")
        assert (await peer.response())[0] == 200
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            await dripping(peer)


async def test_sockets_of_both_kinds_are_counted_together() -> None:
    async with asyncio.timeout(10), server_with(Door(), max_sockets=2).running() as server:
        async with Peer.open(server.port), Peer.connected(server.port) as second:
            await second.send(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await second.response())[0] == 200
            async with Peer.connected(server.port) as third:
                with pytest.raises((ConnectionResetError, EOFError)):
                    await third.response()
        assert await get(server.port) == (200, b"hello")


H2C = b"GET /health HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"


@pytest.mark.parametrize("request_", [H2C, b"\0\r\n\r\n"])
async def test_odd_requests_leave_no_lines(caplog: pytest.LogCaptureFixture, request_: bytes) -> None:
    """Anybody can send as many as they like."""
    async with asyncio.timeout(10), server_with(Door()).running() as server, Peer.connected(server.port) as peer:
        caplog.clear()
        await peer.send(request_)
        assert (await peer.response())[0] in (200, 400)
        assert caplog.records == []
