"""Writing to many past their transports: the same bytes in the same order, and nothing to whoever is not there."""

import asyncio
import random

import numpy as np
import pytest

from realtime.config import ConnectionSettings
from realtime.connection.contract import Connection
from realtime.connection.lines import Lines
from realtime.errors import CloseCode
from realtime.frames import frame
from realtime.lanes import Lane
from tests.connection.peers import Door, Peer, eventually, serving

SETTINGS = ConnectionSettings(outbox_bytes=10_000_000, kernel_unsent_bytes=4_096)


def write(lines: Lines, connection: Connection, data: bytes) -> list[tuple[int, int]]:
    return lines.write(np.array([connection.file], np.int32), [data])


async def test_each_gets_its_own_frame() -> None:
    door, lines = Door(), Lines()
    async with (
        asyncio.timeout(5),
        serving(door, SETTINGS, lines=lines) as port,
        Peer.open(port) as one,
        Peer.open(port) as other,
    ):
        files = np.array([recorder.connection.file for recorder in door.opened], np.int32)
        assert lines.write(files, [frame(b"one", "json"), frame(b"other", "json")]) == []
        assert (await one.frame())[1] == b"one"
        assert (await other.frame())[1] == b"other"
        assert [recorder.connection.written_by_lines for recorder in door.opened] == [1, 1]


@pytest.mark.parametrize("seed", range(4))
async def test_what_the_kernel_does_not_take_follows_whole_and_in_order(seed: int) -> None:
    """Frames by the lines and by the transport in turns, to a client that reads now and then."""
    door, lines, rng = Door(), Lines(), random.Random(seed)
    async with (
        asyncio.timeout(10),
        serving(door, SETTINGS, lines=lines) as port,
        Peer.open(port, receive_buffer=4_096) as peer,
    ):
        connection = door.opened[0].connection
        sent, read, partly, given = 0, 0, 0, 0
        while partly < 3 or sent < 200:
            payload = f"{sent}:".encode().ljust(rng.choice([10, 2_000, 60_000]), b".")
            sent += 1
            data = frame(payload, "json")
            if rng.random() < 0.5:
                connection.send(data, Lane.RED)
            else:
                left = write(lines, connection, data)
                given += not left
                for _, taken in left:
                    partly += 0 < taken < len(data)
                    connection.send(data[taken:], Lane.RED)
            if rng.random() < 0.3:
                while read < sent:
                    assert int((await peer.frame())[1].partition(b":")[0]) == read
                    read += 1
        while read < sent:
            assert int((await peer.frame())[1].partition(b":")[0]) == read
            read += 1
        assert given == connection.written_by_lines > 0


async def test_nothing_overtakes_what_waits() -> None:
    """Although the kernel has room again, of which the loop has not heard yet."""
    door, lines = Door(), Lines()
    async with (
        asyncio.timeout(5),
        serving(door, SETTINGS, lines=lines) as port,
        Peer.open(port, receive_buffer=4_096) as peer,
    ):
        connection = door.opened[0].connection
        while connection.idle:
            connection.send(frame(b"." * 2_000, "json"), Lane.REST)
        got = b""
        while len(got) < 4_096:
            got += peer.sock.recv(4_096)
        assert write(lines, connection, frame(b"first", "json")) == [(0, 0)]


async def test_nothing_goes_to_a_socket_that_is_closing_or_gone_or_no_file() -> None:
    door, lines = Door(), Lines()
    async with asyncio.timeout(5), serving(door, SETTINGS, lines=lines) as port, Peer.open(port) as peer:
        connection, file = door.opened[0].connection, door.opened[0].connection.file
        connection.close(CloseCode.REPLACED, "")
        assert write(lines, connection, b"late") == [(0, 0)]
        assert lines.write(np.array([-1], np.int32), [b"nobody"]) == [(0, 0)]
        assert (await peer.frame())[1] == b"\x11\x94"
        peer.sock.close()
        await door.opened[0].until(lambda: door.opened[0].lost_count)
        assert lines.write(np.array([file], np.int32), [b"later"]) == [(0, 0)]
        assert connection.file != file, "it may be the next one's"


async def test_a_file_that_is_used_again_begins_anew() -> None:
    door, lines = Door(), Lines()
    async with asyncio.timeout(5), serving(door, SETTINGS, lines=lines) as port:
        async with Peer.open(port):
            first = door.opened[0]
            file = first.connection.file
            assert write(lines, first.connection, frame(b"one", "json")) == []
            assert first.connection.written_by_lines == 1
        await first.until(lambda: first.lost_count)
        used: set[int] = set()

        async with Peer.open(port) as peer:
            await eventually(lambda: len(door.opened) == 2)
            second = door.opened[1].connection
            used.add(second.file)
            assert file in used, "the kernel gives the lowest free number"
            first.connection.abort()  # too late to matter
            assert second.written_by_lines == 0
            assert write(lines, second, frame(b"two", "json")) == []
            assert (await peer.frame())[1] == b"two"


async def test_there_is_room_for_any_number_of_files() -> None:
    lines = Lines()
    lines.opened(1_000, is_ready=True)
    lines.set_ready(1_000, False)
    assert lines.write(np.array([1_000, -1], np.int32), [b"", b""]) == [(0, 0), (1, 0)]
    assert lines.written(1_000) == 0
