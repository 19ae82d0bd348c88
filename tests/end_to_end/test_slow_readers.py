"""Clients that read slowly, or not at all: nobody else notices, their queue is bounded, and a red goes first."""

import asyncio
import json
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from realtime.errors import CloseCode
from tests.connection.peers import CLOSE, TEXT, Peer, client_frame, eventually
from tests.fakes import FakeClock
from tests.foreign import PATIENCE_S, Foreign, Frame, Premises, a_red, serving
from tests.town import HERE

SMALL = {"outbox_bytes": 65_536, "outbox_age_s": 15.0, "kernel_unsent_bytes": 4_096}
TINY_BUFFER = 4_096  # of the slow phone's kernel
LONG = "x" * 1_900


class Slow:
    """A phone that reads a message only when a test wants it to."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.bytes_read = 0

    async def say(self, type: str, **fields: Any) -> None:
        await self.peer.send(client_frame(TEXT, json.dumps({"type": type, **fields}).encode()))

    async def read(self) -> Frame:
        """The next message, or the close code as `{"type": "closed"}`."""
        while True:
            async with asyncio.timeout(PATIENCE_S):
                opcode, payload = await self.peer.frame()
            self.bytes_read += len(payload)
            if opcode == CLOSE:
                return {"type": "closed", "code": int.from_bytes(payload[:2])}
            if opcode == TEXT:
                return dict(json.loads(payload))

    async def until(self, type: str) -> Frame:
        while (frame := await self.read())["type"] != type:
            pass
        return frame


async def slow_phone(server: Premises, stack: AsyncExitStack, user: str, **hello: Any) -> Slow:
    """Connected, with nothing read yet of what follows hello."""
    slow = Slow(await stack.enter_async_context(Peer.open(server.port, receive_buffer=TINY_BUFFER)))
    at = {"lat": HERE[0], "lon": HERE[1]}
    await slow.say("hello", token=server.token(user), device="phone", position=at, **hello)
    return slow


async def slow_member(server: Premises, stack: AsyncExitStack, user: str) -> Slow:
    slow = await slow_phone(server, stack, user)
    await slow.until("live")
    return slow


async def joined(slow: Slow, room: str) -> None:
    await slow.say("join", id="join", group=room, accepted=True)
    await slow.until("membership")


def queued_bytes(server: Premises, user: str) -> int:
    """What the server keeps for this person: in the outbox, and in the loop's buffer below it."""
    return sum(
        (0 if end._outbox is None else end._outbox.queued_bytes) + end._socket.get_write_buffer_size()
        for end in server.transports(user)
    )


def seqs(frames: list[Frame], room: str) -> list[int]:
    return [frame["rooms"][room] for frame in frames]


async def test_who_stops_reading_is_cut_off_within_its_limits_and_nobody_else_notices(tmp_path: Path) -> None:
    """Back again, they get all that they missed, once."""
    async with serving(tmp_path, connection=SMALL | {"close_timeout_s": 60.0}) as server, AsyncExitStack() as stack:
        talkers = [await server.member("anna"), await server.member("bo", encoding="msgpack")]
        listeners = [await server.member("carl", encoding="msgpack"), await server.member("dora")]
        room = await server.group(*talkers, *listeners)
        stalled = await slow_member(server, stack, "stalled")
        await joined(stalled, room)

        count = 200  # 400 KB
        most = 0
        for number in range(count):
            await talkers[number % 2].made("message", group=room, text=f"{number} {LONG}")
            most = max(most, queued_bytes(server, "stalled"))
        assert SMALL["outbox_bytes"] / 2 < most <= SMALL["outbox_bytes"] + 2 * len(LONG)
        for member in listeners:
            await member.settled()
            assert seqs(member.all("message"), room) == list(range(1, count + 1))
        assert [f["text"] for f in listeners[0].all("message")] == [f["text"] for f in listeners[1].all("message")]
        for member, other in (talkers, talkers[::-1]):
            await member.settled()
            assert seqs(member.all("message"), room) == [f["rooms"][room] for f in other.all("ok") if "message" in f]

        had = []
        while (frame := await stalled.read())["type"] == "message":
            had.append(frame["rooms"][room])
        assert frame == {"type": "closed", "code": CloseCode.SLOW}
        assert had == list(range(1, len(had) + 1))
        assert len(had) < count / 2

        back = await server.member("stalled", rooms={room: len(had), "me": 1})
        await talkers[0].made("message", group=room, text="Welcome back")
        await back.settled()
        assert seqs(back.all("message"), room) == list(range(len(had) + 1, count + 2))
        assert back.all("live") == [{"type": "live", "rooms": {room: count}}]


async def test_who_leaves_a_little_unread_for_too_long_is_cut_off_too(tmp_path: Path) -> None:
    """Though far from full, and though nothing of it can be told them: the socket is gone after a while."""
    clock = FakeClock()
    async with serving(tmp_path, clock=clock, connection=SMALL) as server, AsyncExitStack() as stack:
        anna = await server.member("anna")
        room = await server.group(anna)
        stalled = await slow_member(server, stack, "stalled")
        await joined(stalled, room)
        [end] = server.transports("stalled")
        while end.idle:
            await anna.made("message", group=room, text=LONG)
        await anna.made("message", group=room, text=LONG)
        for _ in range(3):
            clock.advance(5)
            await anna.made("ping")
            assert end.is_open
        clock.advance(6)
        assert not end.is_open
        clock.advance(server.app.settings.connection.close_timeout_s)
        await eventually(lambda: server.app.connected() == 1)
        await anna.made("message", group=room, text="Nobody is missing")


async def talk(member: Foreign, room: str, count: int) -> int:
    """Say much at once; returns how many bytes of text."""
    for number in range(count):
        await member.made("message", group=room, text=f"{number} {LONG}")
    return count * len(LONG)


async def test_a_red_overtakes_all_that_waits_for_a_slow_reader(tmp_path: Path) -> None:
    """Only what the kernel and the loop have taken already comes before it: a few KiB of hundreds."""
    roomy = SMALL | {"outbox_bytes": 1_048_576}
    async with serving(tmp_path, connection=roomy) as server, AsyncExitStack() as stack:
        anna = await server.member("anna")
        room = await server.group(anna)
        slow = await slow_member(server, stack, "slow")
        await joined(slow, room)
        count = 200
        said = await talk(anna, room, count)
        yellow = await anna.made("alert", **a_red(HERE, level="yellow", public=False, groups=[room]))
        red = await anna.made("alert", **a_red(HERE, groups=[room]))
        waiting = queued_bytes(server, "slow")
        assert waiting > said / 2

        before, slow.bytes_read = [], 0
        while (frame := await slow.read())["type"] == "message":
            before.append(frame)
        assert frame["alert"] == red["alert"]
        assert slow.bytes_read <= 65_536  # of nearly 400,000
        assert (await slow.read())["alert"] == yellow["alert"]
        after = [await slow.read() for _ in range(count - len(before))]
        assert seqs([*before, *after], room) == list(range(1, count + 1))
        [end] = server.transports("slow")
        assert end.is_open


async def test_a_replay_larger_than_the_queue_cuts_nobody_off_and_a_red_overtakes_it(tmp_path: Path) -> None:
    """However slowly a phone reads what it missed: the log keeps the rest until it has taken what was sent."""
    async with serving(tmp_path, connection=SMALL) as server, AsyncExitStack() as stack:
        anna = await server.member("anna")
        room = await server.group(anna)
        gone = await server.member("slow")
        await gone.made("join", group=room, accepted=True)
        await gone.hang_up()
        count = 150
        assert await talk(anna, room, count) > 4 * SMALL["outbox_bytes"]
        slow = await slow_phone(server, stack, "slow", rooms={room: 0, "me": 1})
        heard = [await slow.until("message")]
        red = await anna.made("alert", **a_red(HERE))
        while (frame := await slow.read())["type"] == "message":
            heard.append(frame)
            assert queued_bytes(server, "slow") <= SMALL["outbox_bytes"]
        assert frame["alert"] == red["alert"]
        assert len(heard) < count / 2
        while (frame := await slow.read())["type"] == "message":
            heard.append(frame)
        assert frame == {"type": "live", "rooms": {room: count}}
        assert seqs(heard, room) == list(range(1, count + 1))


async def test_a_state_larger_than_the_queue_cuts_nobody_off_and_the_red_in_it_comes_first(tmp_path: Path) -> None:
    """Else a room with many long alerts would shut out whoever comes anew. What changes meanwhile comes once, too."""
    quotas = {"enforced": False}
    async with serving(tmp_path, connection=SMALL, quotas=quotas) as server, AsyncExitStack() as stack:
        anna = await server.member("anna")
        room = await server.group(anna)
        gone = await server.member("slow")
        await gone.made("join", group=room, accepted=True)
        await gone.hang_up()
        info = a_red(HERE, level="info", public=False, groups=[room], text=LONG)
        made = [(await anna.made("alert", **info))["alert"] for _ in range(150)]
        red = (await anna.made("alert", **a_red(HERE)))["alert"]
        slow = await slow_phone(server, stack, "slow")
        came = [await slow.until("alert")]
        changed = [made[149], made[0]]
        for alert in changed:
            await anna.made("update", alert=alert, headline="More is known")
        while (frame := await slow.read())["type"] != "live":
            came.append(frame)
            assert queued_bytes(server, "slow") <= SMALL["outbox_bytes"]
        assert came[0]["alert"] == red
        assert sorted(alert["alert"] for alert in came if alert["type"] == "alert") == sorted([red, *made])
        revisions = {alert["alert"]: alert["revision"] for alert in came}
        assert [revisions[alert] for alert in changed] == [2, 2]
        assert sum(revisions.values()) == len(revisions) + 2
