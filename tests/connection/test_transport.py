"""One client's socket: closing, aborting, failing, living on. The protocol itself is a table in test_rfc6455."""

import asyncio
import socket
import struct
from typing import Any

import pytest
import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.config import ConnectionSettings
from realtime.errors import CloseCode
from realtime.frames import frame
from realtime.lanes import Lane
from tests.connection.peers import (
    CLOSE,
    PING,
    PONG,
    TEXT,
    Door,
    Peer,
    Recorder,
    client_frame,
    close_frame,
    eventually,
    serving,
)
from tests.fakes import FakeClock

SETTINGS = ConnectionSettings(outbox_bytes=60_000, outbox_age_s=15.0, close_timeout_s=5.0, kernel_unsent_bytes=4_096)


def text(of: str, size: int = 1_000) -> bytes:
    """A frame that begins with a name and is about `size` bytes long."""
    return frame(of.encode().ljust(size, b"."), "json")


def name(payload: bytes) -> str:
    return payload.rstrip(b".").decode()


# --- closing ---------------------------------------------------------------------------------------------------------


async def test_closing_ends_when_the_peer_answers() -> None:
    door, clock = Door(), FakeClock()
    async with asyncio.timeout(5), serving(door, SETTINGS, clock) as port, Peer.open(port) as peer:
        [recorder] = door.opened
        recorder.connection.send(text("last", 10), Lane.REST)
        recorder.connection.close(CloseCode.REPLACED, "another device")
        assert not recorder.connection.is_open
        recorder.connection.close(CloseCode.DRAIN, "only the first counts")
        recorder.connection.send(text("not sent"), Lane.RED)
        recorder.connection.ping()
        assert name((await peer.frame())[1]) == "last"
        assert await peer.frame() == (CLOSE, struct.pack("!H", 4500) + b"another device")
        await peer.send(client_frame(TEXT, b"too late") + client_frame(PING) + close_frame(4500))
        assert await peer.ended()
        peer.sock.shutdown(socket.SHUT_WR)
        await recorder.until(lambda: recorder.lost_count)
        clock.advance(60)
    assert (recorder.messages, recorder.lost_count, recorder.drained_count) == ([], 1, 0)


async def test_a_peer_that_does_not_answer_a_close_is_dropped_after_a_while() -> None:
    door, clock = Door(), FakeClock()
    async with asyncio.timeout(5), serving(door, SETTINGS, clock) as port, Peer.open(port) as peer:
        [recorder] = door.opened
        recorder.connection.close(CloseCode.SILENT, "")
        assert (await peer.frame())[0] == CLOSE
        clock.advance(SETTINGS.close_timeout_s - 0.1)
        await peer.send(client_frame(PING) * 100)
        await asyncio.sleep(0)
        assert recorder.lost_count == 0
        clock.advance(0.2)
        await recorder.until(lambda: recorder.lost_count)
        with pytest.raises((EOFError, ConnectionResetError)):
            await peer.frame()


async def test_a_peer_that_breaks_the_protocol_and_stays_is_dropped_after_a_while() -> None:
    """It goes on sending: what comes is discarded, and the close frame reaches it all the same."""
    door, clock = Door(), FakeClock()
    async with asyncio.timeout(5), serving(door, SETTINGS, clock) as port, Peer.open(port) as peer:
        [recorder] = door.opened
        await peer.send(b"\xff" * 100_000)
        assert await peer.close_code() == 1002
        await peer.send(client_frame(TEXT, b"more"))
        await asyncio.sleep(0)
        assert recorder.lost_count == 0
        clock.advance(SETTINGS.close_timeout_s + 0.1)
        await recorder.until(lambda: recorder.lost_count)
        assert recorder.messages == []


async def test_a_half_closed_connection_is_closed() -> None:
    door = Door()
    async with asyncio.timeout(5), serving(door, SETTINGS) as port, Peer.open(port) as peer:
        [recorder] = door.opened
        await peer.send(client_frame(TEXT, b"whole") + client_frame(TEXT, b"torn")[:-2])
        peer.sock.shutdown(socket.SHUT_WR)
        assert await peer.ended()
        await recorder.until(lambda: recorder.lost_count)
        assert recorder.messages == [b"whole"]


async def test_a_reset_is_a_loss_like_any_other() -> None:
    door = Door()
    async with asyncio.timeout(5), serving(door, SETTINGS) as port, Peer.open(port) as peer:
        [recorder] = door.opened
        peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.sock.close()
        await recorder.until(lambda: recorder.lost_count)
        assert not recorder.connection.is_open


async def test_nothing_raises_after_an_abort() -> None:
    """uvloop's own write would, once the socket is gone."""
    door, clock = Door(), FakeClock()
    async with asyncio.timeout(5), serving(door, SETTINGS, clock) as port, Peer.open(port) as peer:
        [recorder] = door.opened
        connection: Any = recorder.connection
        while connection.idle:
            connection.send(text("filler"), Lane.REST)
        for _ in range(2):
            connection.abort()
            assert not connection.is_open
            connection.send(text("nobody"), Lane.RED)
            connection.ping()
            connection.check_age(clock.monotonic() + 1_000)
            connection.close(CloseCode.DRAIN, "")
            await recorder.until(lambda: recorder.lost_count)
        assert recorder.lost_count == 1
        with pytest.raises((EOFError, ConnectionResetError)):
            await peer.close_code()


async def test_a_receiver_that_fails_costs_one_connection(caplog: pytest.LogCaptureFixture) -> None:
    def fails(recorder: Recorder, payload: bytes) -> None:
        if payload == b"bad":
            raise RuntimeError("a bug")

    door = Door(fails)
    async with asyncio.timeout(5), serving(door, SETTINGS) as port, Peer.open(port) as other, Peer.open(port) as peer:
        await peer.send(client_frame(TEXT, b"bad") + client_frame(TEXT, b"next"))
        assert (await peer.frame())[1][:2] == struct.pack("!H", CloseCode.INTERNAL)
        await other.send(client_frame(PING, b"?"))
        assert await other.frame() == (PONG, b"?")
        assert door.opened[1].messages == [b"bad"]
    assert "a bug" in caplog.text


async def test_a_session_may_close_while_its_peer_does() -> None:
    """Both in one read: the peer's close is answered, as RFC 6455 (section 5.5.1) wants it."""
    door = Door(lambda recorder, _: recorder.connection.close(CloseCode.GARBAGE, ""))
    async with asyncio.timeout(5), serving(door, SETTINGS) as port, Peer.open(port) as peer:
        await peer.send(client_frame(TEXT, b"x") + close_frame(1001))
        assert await peer.close_code() == 1001


# --- life ------------------------------------------------------------------------------------------------------------


async def test_any_bytes_are_a_sign_of_life() -> None:
    door, clock = Door(), FakeClock()
    async with asyncio.timeout(5), serving(door, SETTINGS, clock) as port, Peer.open(port) as peer:
        [recorder] = door.opened
        assert recorder.connection.last_heard == clock.monotonic()
        clock.advance(10)
        recorder.connection.ping()
        assert await peer.frame() == (PING, b"")
        for sent in (client_frame(PONG), client_frame(TEXT, b"message"), client_frame(PING)):
            clock.advance(10)
            await peer.send(sent)
            await eventually(lambda: recorder.connection.last_heard == clock.monotonic())


async def test_the_socket_keeps_little_from_a_red() -> None:
    """What the kernel holds cannot be overtaken, and what waits for company is late."""
    door = Door()
    async with asyncio.timeout(5), serving(door, SETTINGS) as port, Peer.open(port):
        connection: Any = door.opened[0].connection
        sock = connection._socket.get_extra_info("socket")
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT) == SETTINGS.kernel_unsent_bytes
        assert connection._socket.get_write_buffer_limits() == (0, 0)


NOISE = st.one_of(
    st.binary(max_size=40),
    st.builds(client_frame, st.integers(0, 15), st.binary(max_size=200), fin=st.booleans(), rsv=st.integers(0, 1)),
    st.builds(
        client_frame, st.sampled_from([0, 1, 9, 10]), st.binary(max_size=200), mask=st.sampled_from([None, b"abcd"])
    ),
    st.builds(lambda length: b"\x81\xff" + struct.pack("!Q", length) + b"mask", st.integers(0, 2**64 - 1)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(NOISE, max_size=6).map(b"".join), max_size=4), st.integers(1, 50))
def test_no_bytes_of_one_client_reach_another(streams: list[bytes], piece: int) -> None:
    """Several send any bytes in any pieces and then a close frame; each is closed by a code that exists, or its stream
    has swallowed the close frame; and one who behaves is served to the end."""

    async def run() -> None:
        door = Door()
        async with asyncio.timeout(10), serving(door, SETTINGS) as port, Peer.open(port) as good:
            for stream in streams:
                async with Peer.open(port) as bad:
                    for at in range(0, len(stream), piece):
                        await bad.send(stream[at : at + piece])
                    await bad.send(close_frame(1000))
                    bad.sock.shutdown(socket.SHUT_WR)
                    code = await bad.close_code_if_any()
                    assert code in (None, 1000, 1002, 1003, 1007, 1009) or code in range(3_000, 5_000)
                    await good.send(client_frame(PING, b"?"))
                    assert await good.frame() == (PONG, b"?")
            await good.send(client_frame(TEXT, b"still here"))
            await door.opened[0].until(lambda: door.opened[0].messages)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())
