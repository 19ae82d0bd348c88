"""kill -9 at any moment: what was acknowledged is there, once, in order, and nothing is half there."""

import asyncio
import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed

from realtime.messages import Encoding
from storage.sqlite import DATABASE
from tests.foreign import BOTH, Foreign, Frame, a_red, enter
from tests.served import Served, served
from tests.town import HERE, north

PATIENT = {"log_commit_budget_s": "60"}  # whatever is told is stored; test_slow_log.py has the other way


class Ledger:
    """What one member has had over all their connections, as any client must keep it."""

    def __init__(self, user: str, encoding: Encoding) -> None:
        self.user = user
        self.encoding = encoding
        self.frames: list[Frame] = []
        self.rooms: dict[str, int] = {}  # what hello says: all up to there is here
        self.holds: dict[str, int] = {}

    async def come(self, server: Served, at: tuple[float, float] | None = None) -> Foreign:
        holds = [{"alert": alert, "revision": revision} for alert, revision in self.holds.items()]
        token = server.token(self.user)
        return await enter(server.url, token, at, encoding=self.encoding, rooms=self.rooms, holds=holds)

    async def keep(self, client: Foreign) -> None:
        """The connection has ended: write down what it brought."""
        await client.closed()
        self.frames += client.frames
        for frame in client.all("welcome"):
            for room, told in frame["rooms"].items():
                self.rooms.setdefault(room, told["seq"])
        for frame in client.all("membership"):
            self.rooms.setdefault(frame["group"], frame["from"] - 1)
        for frame in client.all("alert", "update"):
            self.holds[frame["alert"]] = frame["revision"]
        for room in self.rooms:
            had = set(self.seqs(room))
            while self.rooms[room] + 1 in had:
                self.rooms[room] += 1

    def seqs(self, room: str, *types: str) -> list[int]:
        """Where in the room stands what came, in the order of receipt."""
        wanted = types or ("message", "alert", "membership")
        return [f["rooms"][room] for f in self.frames if f["type"] in wanted and room in f.get("rooms", {})]


async def test_a_red_that_was_acknowledged_survives_the_death_of_the_server(tmp_path: Path) -> None:
    """Killed right after `ok`: who was near or in the room has it once, and a retry gets the same answer."""
    red: dict[str, Any] = {"id": "my red", **a_red(HERE)}
    near, friend = Ledger("near", "msgpack"), Ledger("friend", "json")
    async with served(tmp_path, **PATIENT) as server:
        owner = await enter(server.url, server.token("owner"), HERE)
        ears = [await near.come(server, north(HERE, 450)), await friend.come(server)]
        made = await owner.made("create_group", name="Shops", purpose="Theft", conduct="Be kind.", locked=False)
        room = made["group"]
        red["groups"] = [room]
        await ears[1].made("join", group=room, accepted=True)
        await ears[1].hear("membership")
        await owner.made("message", group=room, text="Somebody is trying doors")
        ok = await owner.made("alert", **red)
        server.kill()
        await near.keep(ears[0])
        await friend.keep(ears[1])
    async with served(tmp_path, **PATIENT) as server:
        again = await enter(server.url, server.token("owner"), HERE)
        ears = [await near.come(server, north(HERE, 450)), await friend.come(server)]
        assert await again.ask("alert", **red) == ok
        assert (await again.ask("alert", **(red | {"level": "yellow"})))["code"] == "id_reused"
        await again.made("update", alert=ok["alert"], state="closed")
        for ear in ears:
            await ear.hear("update")
            await ear.settled()
            await ear.hang_up()
        await again.hang_up()
        await near.keep(ears[0])
        await friend.keep(ears[1])
    for ledger in (near, friend):
        copies = [(f["alert"], f["revision"]) for f in ledger.frames if f["type"] in ("alert", "update")]
        assert copies == [(ok["alert"], 1), (ok["alert"], 2)]
    assert friend.seqs(room, "message") == [1]


class Talker:
    """Says one thing after another, several at a time; what was not answered it says again when it is back."""

    AT_ONCE = 8

    def __init__(self, number: int) -> None:
        self.user = f"talker-{number}"
        self.encoding = BOTH[number % 2]
        self.said: dict[str, dict[str, Any]] = {}  # by id, in order
        self.oks: dict[str, Frame] = {}
        self.client: Foreign
        self._read = 0

    async def come(self, server: Served) -> None:
        self.client = await enter(server.url, server.token(self.user), encoding=self.encoding)
        self._read = 0
        for id in self.unanswered:
            await self.client.say(id=id, **self.said[id])

    @property
    def unanswered(self) -> list[str]:
        return [id for id in self.said if id not in self.oks]

    async def talk(self, room: str, enough: asyncio.Semaphore) -> None:
        """Until the server dies; each answer is counted."""
        try:
            while True:
                await self.client.until(lambda: self.listen(enough) or len(self.unanswered) < self.AT_ONCE)
                number = len(self.said)
                id = f"{self.user}-{number}"
                if number % 10 == 9:
                    self.said[id] = {"type": "alert", **a_red(HERE, groups=[room], public=False, headline=id)}
                else:
                    self.said[id] = {"type": "message", "group": room, "text": f"{id} {'x' * (number % 7 * 100)}"}
                await self.client.say(id=id, **self.said[id])
        except (EOFError, ConnectionClosed):
            self.listen(enough)

    def listen(self, enough: asyncio.Semaphore | None = None) -> None:
        for frame in self.client.frames[self._read :]:
            if frame.get("id") in self.said:
                assert frame["type"] == "ok", frame
                assert frame["durable"] is True
                self.oks[frame["id"]] = frame
                if enough is not None:
                    enough.release()
        self._read = len(self.client.frames)

    async def finish(self) -> None:
        """Have everything answered."""
        await self.client.until(lambda: self.listen() or not self.unanswered)

    def found_in(self, events: list[Frame], room: str) -> list[str]:
        """Hold all that this one said against the room's history, whole and in order; returns the reds."""
        stored = {event["rooms"][room]: event for event in events}
        places, reds = [], []
        for id, said in self.said.items():
            ok = self.oks[id]
            event = stored[ok["rooms"][room]]
            if said["type"] == "alert":
                assert (event["alert"], event["headline"]) == (ok["alert"], id)
                reds.append(event["alert"])
            else:
                assert (event["message"], event["text"]) == (ok["message"], said["text"])
                places.append(event["rooms"][room])
        assert places == sorted(places)
        return reds


async def live_and_die(server: Served, talkers: list[Talker], ear: Ledger, room: str, chance: random.Random) -> Foreign:
    """One life of the server; the ear comes when there is something to catch up with already."""
    for talker in talkers:
        await talker.come(server)
    answers = asyncio.Semaphore(0)
    talking = asyncio.gather(*(talker.talk(room, answers) for talker in talkers))
    async with asyncio.timeout(30):
        for _ in range(chance.randrange(5, 100)):
            await answers.acquire()
        listening = await ear.come(server)
        for _ in range(chance.randrange(5, 100)):
            await answers.acquire()
    await asyncio.sleep(chance.uniform(0, 0.01))  # not to wait for something: to be unpredictable
    server.kill()
    await talking
    return listening


async def everything_in(client: Foreign, room: str) -> list[Frame]:
    events: list[Frame] = []
    before: dict[str, int] = {}
    while True:
        page = await client.ask("history", room=room, limit=100, **before)
        events = [*page["events"], *events]
        if not page.get("more"):
            return events
        before = {"before": events[0]["rooms"][room]}


async def test_whenever_the_server_is_killed_all_that_was_acknowledged_is_there_once_and_in_order(
    tmp_path: Path,
) -> None:
    """Three talk as fast as they can into a room, and one listens, through five lives of the server."""
    chance = random.Random(7)
    talkers = [Talker(number) for number in range(3)]
    ear = Ledger("ear", "msgpack")
    async with served(tmp_path, **PATIENT) as server:
        first = await enter(server.url, server.token("talker-0"))
        made = await first.made("create_group", name="Yard", purpose="To look out", conduct="Be kind.", locked=False)
        room = made["group"]
        for user in ("talker-1", "talker-2", "ear"):
            member = await enter(server.url, server.token(user))
            await member.made("join", group=room, accepted=True)
            await member.hang_up()
        server.kill()
        await first.closed()
    ear.rooms[room] = 0

    for _ in range(4):
        async with served(tmp_path, **PATIENT) as server:
            await ear.keep(await live_and_die(server, talkers, ear, room, chance))

    async with served(tmp_path, **PATIENT) as server:
        listening = await ear.come(server)
        for talker in talkers:
            await talker.come(server)
            await talker.finish()
        await listening.settled()
        events = await everything_in(listening, room)
        newcomer = await enter(server.url, server.token("ear"), device="another")
        await newcomer.settled()
        for talker in talkers:
            for id, ok in talker.oks.items():
                assert await talker.client.ask(id=id, **talker.said[id]) == ok
            await talker.client.hang_up()
        await newcomer.hang_up()
        await listening.hang_up()
        await ear.keep(listening)
        server.kill()

    count = sum(len(talker.said) for talker in talkers)
    assert [event["rooms"][room] for event in events] == list(range(1, count + 1))
    reds = [red for talker in talkers for red in talker.found_in(events, room)]
    assert sorted(ear.seqs(room)) == list(range(1, count + 1))
    assert ear.seqs(room, "message") == sorted(ear.seqs(room, "message"))
    assert sorted(alert["alert"] for alert in newcomer.all("alert")) == sorted(reds)
    with closing(sqlite3.connect(tmp_path / DATABASE)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
