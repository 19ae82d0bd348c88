"""Readers that are slow, or have stopped: what waits for them is bounded, and a red goes first."""

import asyncio
import struct
from typing import Any

import pytest

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


def fill(recorder: Recorder, lane: Lane = Lane.REST) -> list[str]:
    """Send to a client that does not read until frames have to wait; their names, in order."""
    sent = list[str]()
    while recorder.connection.idle:
        sent.append(f"filler-{len(sent)}")
        recorder.connection.send(text(sent[-1]), lane)
    return sent


async def test_a_red_overtakes_what_waits() -> None:
    door = Door()
    async with asyncio.timeout(5), serving(door, SETTINGS) as port, Peer.open(port, receive_buffer=4_096) as peer:
        [recorder] = door.opened
        expected = fill(recorder)
        for number in range(10):
            recorder.connection.send(text(f"rest-{number}"), Lane.REST)
            recorder.connection.send(text(f"yellow-{number}"), Lane.YELLOW)
        recorder.connection.send(text("red"), Lane.RED)
        expected += ["red", *(f"yellow-{number}" for number in range(10)), *(f"rest-{number}" for number in range(10))]
        assert [name((await peer.frame())[1]) for _ in expected] == expected
        await recorder.until(lambda: recorder.drained_count)
        assert recorder.connection.idle
        recorder.connection.send(text("at once"), Lane.REST)
        assert name((await peer.frame())[1]) == "at once"
        assert recorder.drained_count == 1


async def test_a_sender_learns_whether_the_kernel_has_the_frame() -> None:
    door = Door()
    async with asyncio.timeout(5), serving(door, SETTINGS) as port, Peer.open(port, receive_buffer=4_096) as peer:
        connection = door.opened[0].connection
        told = [connection.send(text("filler"), Lane.REST)]
        while connection.idle:
            told.append(connection.send(text("filler"), Lane.REST))
        assert told == [True] * (len(told) - 1) + [False]  # of the last one the loop keeps a part
        assert not connection.send(text("queued"), Lane.REST)
        for _ in range(len(told) + 1):
            await peer.frame()
        await door.opened[0].until(lambda: connection.idle)
        assert connection.send(text("at once"), Lane.REST)
        connection.close(4000, "")
        assert not connection.send(text("too late"), Lane.REST)


async def test_little_is_out_of_reach_of_a_red() -> None:
    """uvloop's buffer up to its mark and a frame, the kernel's unsent bytes, and what the phone's own socket takes."""
    door = Door()
    async with asyncio.timeout(5), serving(door, SETTINGS) as port, Peer.open(port, receive_buffer=4_096):
        assert len(fill(door.opened[0])) * 1_000 < 60_000


async def test_a_full_outbox_closes_as_slow_and_drops_what_waited() -> None:
    door = Door()
    async with asyncio.timeout(5), serving(door, SETTINGS) as port, Peer.open(port, receive_buffer=4_096) as peer:
        [recorder] = door.opened
        connection: Any = recorder.connection
        written = fill(recorder)
        queued = 0
        while connection.is_open:
            connection.send(text("queued"), Lane.REST)
            assert connection._outbox is None or connection._outbox.queued_bytes <= SETTINGS.outbox_bytes
            queued += 1
        assert queued * 1_000 <= SETTINGS.outbox_bytes + 1_000
        assert [name((await peer.frame())[1]) for _ in written] == written
        assert (await peer.frame())[1][:2] == struct.pack("!H", CloseCode.SLOW)


async def test_a_reader_that_has_stopped_is_cut_off_by_age_though_nobody_sends_to_it() -> None:
    """And without its socket ever taking more: the close frame need not go out for the connection to end."""
    door, clock = Door(), FakeClock()
    async with asyncio.timeout(5), serving(door, SETTINGS, clock) as port, Peer.open(port, receive_buffer=4_096):
        [recorder] = door.opened
        fill(recorder)
        recorder.connection.send(text("waits"), Lane.REST)
        clock.advance(10)
        recorder.connection.send(text("waits less"), Lane.RED)
        recorder.connection.check_age(clock.monotonic())
        assert recorder.connection.is_open
        clock.advance(SETTINGS.outbox_age_s - 10 + 0.1)
        recorder.connection.check_age(clock.monotonic())
        assert not recorder.connection.is_open
        assert recorder.lost_count == 0
        clock.advance(SETTINGS.close_timeout_s + 0.1)
        await recorder.until(lambda: recorder.lost_count)


async def test_a_slow_client_still_gets_what_waits_before_another_close() -> None:
    door = Door()
    async with asyncio.timeout(5), serving(door, SETTINGS) as port, Peer.open(port, receive_buffer=4_096) as peer:
        [recorder] = door.opened
        expected = [*fill(recorder), "waits"]
        recorder.connection.send(text("waits"), Lane.REST)
        recorder.connection.close(CloseCode.DRAIN, "stopping")
        assert [name((await peer.frame())[1]) for _ in expected] == expected
        assert await peer.frame() == (CLOSE, struct.pack("!H", CloseCode.DRAIN) + b"stopping")
        assert recorder.drained_count == 0


@pytest.mark.parametrize("ours_first", [True, False])
async def test_a_slow_client_that_closes_gets_a_close_frame_and_not_what_waits(ours_first: bool) -> None:
    door = Door()
    async with asyncio.timeout(5), serving(door, SETTINGS) as port, Peer.open(port, receive_buffer=4_096) as peer:
        [recorder] = door.opened
        written = fill(recorder)
        recorder.connection.send(text("waits"), Lane.REST)
        if ours_first:
            recorder.connection.close(CloseCode.DRAIN, "")
        await peer.send(close_frame(1001))
        connection: Any = recorder.connection
        await eventually(lambda: connection._reader is not None and connection._reader.has_ended)
        assert [name((await peer.frame())[1]) for _ in written] == written
        assert await peer.close_code() == (CloseCode.DRAIN if ours_first else 1001)


async def test_pongs_to_a_client_that_does_not_read_are_bounded_like_everything_else() -> None:
    door = Door()
    async with asyncio.timeout(5), serving(door, SETTINGS) as port, Peer.open(port, receive_buffer=4_096) as peer:
        connection: Any = door.opened[0].connection
        pings = client_frame(PING, b"x" * 125) * 30
        while connection.is_open:
            await peer.send(pings)
            assert connection._outbox is None or connection._outbox.queued_bytes <= SETTINGS.outbox_bytes
            assert connection._socket.get_write_buffer_size() <= len(pings)


async def test_a_flood_of_tiny_frames_does_not_hold_up_the_others() -> None:
    """It is read in slices, and what the others ask for is answered in between."""
    door = Door()
    async with asyncio.timeout(5), serving(door, SETTINGS) as port, Peer.open(port) as other, Peer.open(port) as flood:
        count = 20_000
        await flood.send(client_frame(TEXT) * count)
        await other.send(client_frame(PING, b"?"))
        assert await other.frame() == (PONG, b"?")
        assert len(door.opened[1].messages) < count
        await door.opened[1].until(lambda: len(door.opened[1].messages) == count)


async def test_who_is_suspended_is_not_sent_what_waited() -> None:
    """F71: another close lets the queue go out first."""
    for code in (CloseCode.SUSPENDED, CloseCode.REPLACED):
        door = Door()
        async with asyncio.timeout(5), serving(door, SETTINGS) as port, Peer.open(port, receive_buffer=4_096) as peer:
            [recorder] = door.opened
            connection: Any = recorder.connection
            written = fill(recorder)
            connection.send(text("queued"), Lane.RED)
            connection.close(code, "")
            assert [name((await peer.frame())[1]) for _ in written] == written
            waited = (await peer.frame())[1] if code is CloseCode.REPLACED else None
            assert waited is None or name(waited) == "queued"
            assert (await peer.frame())[1][:2] == struct.pack("!H", code)
