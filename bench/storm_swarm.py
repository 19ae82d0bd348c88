"""The processes of a storm: a crowd that is cut off and comes back while a few post, and those who stay connected."""

import asyncio
import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from time import monotonic_ns
from typing import Final, Literal
from urllib.parse import urlsplit

import numpy as np

from bench.member import Inbox, Told, told
from bench.records import Generator
from bench.returning import SECOND_NS, Guest, Returner, note
from bench.storm_plan import SAID_BEFORE, Storm
from bench.storm_records import CrowdRecords, Places, Posted
from bench.swarm import Refusal, Shard, Swarm, perform, word

How = Literal["cut", "kill", "drain"]
"""What ends all connections: the clients' own network, or a server that is killed or asked to stop."""

TICK_S: Final = 0.010
TICKS_TOLD: Final = 25
POLL_S: Final = 0.1
SCOUT_S: Final = 0.01
LEVEL_S: Final = 10.0
QUIET_S: Final = 1.5  # what is on its way has then come: a repeat too
_TEXT: Final = "Two people try the doors of parked cars along Köpmangatan, going towards the square. " * 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CrowdShard:
    storm: Storm
    shard: Shard
    how: How
    patience_s: float  # who is not back so long after the storm began is given up


class Crowd(Swarm):
    """After the phases of `Swarm` up to `join_groups`: settle, cut, post, come_back, records."""

    _kind = Guest

    def __init__(self, of: CrowdShard, progress: Callable[[str, int], None]) -> None:
        super().__init__(of.shard, progress)
        self._storm, self._how, self._patience_s = of.storm, of.how, of.patience_s
        self._clients = [client for client in of.shard.tokens if client < of.storm.clients]
        self._places: dict[int, Places] = {client: {} for client in self._clients}
        self._epoch: str | None = None
        self._posted: list[Posted] = []
        self._returners: list[Returner] = []
        self._cpu_s, self._lags = 0.0, list[int]()
        self._elapsed_s = 0.0
        self._back = 0

    # --- before and during the absence -------------------------------------------------------------------------------

    async def settle(self) -> None:
        """Say a little in each room while everybody is there; then note how far each client is."""

        async def say(what: tuple[int, int]) -> None:
            group, number = what
            await self._post(group, f"b{group}-{number}")

        before = ((group, number) for group in range(len(self._plan.groups)) for number in range(SAID_BEFORE))
        await self._each("settle", self._mine((what, self._poster(what[0])) for what in before), say)
        until_ns, done = monotonic_ns() + int(LEVEL_S * SECOND_NS), 0
        while monotonic_ns() < until_ns and not self._all_level():
            await asyncio.sleep(POLL_S)
            self._note(self._inbox[done:])
            done = len(self._inbox)

    def _all_level(self) -> bool:
        """Whether everybody has heard what was said before: else it counts as missed, and comes again later."""
        return all(
            self._places[client].get(self._groups[number], 0) >= SAID_BEFORE
            for number, group in enumerate(self._plan.groups)
            for client in group.members[1:]
            if client in self._places
        )

    def _note(self, heard: Inbox) -> None:
        seen: dict[bytes, Told] = {}
        for client, _, payload in heard:
            message = seen.get(payload)
            if message is None:
                message = seen[payload] = told(payload)
            self._epoch = message.epoch or self._epoch
            if client in self._places:
                note(self._places[client], message)

    def cut(self) -> None:
        """All at once; the posters stay."""
        for client in self._clients:
            self._members[client].cut()

    async def post(self, start_ns: int) -> list[Posted]:
        """Say what the plan has, each when it is due; return all that was acknowledged. Raises Refusal or Lost."""

        async def say(number: int, due_s: float, group: int) -> None:
            await asyncio.sleep(max(0.0, due_s + (start_ns - monotonic_ns()) / SECOND_NS))
            await self._post(group, f"m{number}")
            self._progress("post", 1)

        async with asyncio.TaskGroup() as tasks:
            for number, post in enumerate(self._storm.posts):
                if self._poster(post.group) in self._members:
                    tasks.create_task(say(number, post.due_s, post.group))
        return self._posted

    async def _post(self, group: int, id: str) -> None:
        room = self._groups[group]
        message = {"type": "message", "id": f"{self._shard.run}-{id}", "group": room, "text": f"{id}: {_TEXT}"}
        answer = await self._ask(self._poster(group), message)
        if answer.message is None:
            raise Refusal("the ok of a message did not name it")
        self._posted.append(Posted(room, answer.rooms[room], answer.message))

    def _poster(self, group: int) -> int:
        return self._plan.groups[group].members[0]

    # --- coming back -------------------------------------------------------------------------------------------------

    async def come_back(self, start_ns: int) -> None:
        """Everybody back, each in their own time; returns when all are live, or patience is at its end."""
        until_ns = start_ns + int(self._patience_s * SECOND_NS)
        self._inbox.clear()
        gc.collect()
        gc.freeze()
        gc.disable()  # no pause of ours may look like one of the server's
        watching = asyncio.create_task(self._watch_loop())
        tasks = [asyncio.create_task(self._one_back(client, start_ns, until_ns)) for client in self._clients]
        cpu_s, began_ns = time.process_time(), monotonic_ns()
        try:
            _, late = await asyncio.wait(tasks, timeout=self._patience_s)
            self._cpu_s = time.process_time() - cpu_s
            self._elapsed_s = (monotonic_ns() - began_ns) / SECOND_NS
            for task in late:
                task.cancel()
            self._tell_who_is_back()
        finally:
            watching.cancel()
            gc.enable()
            gc.unfreeze()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended

    async def _one_back(self, client: int, start_ns: int, until_ns: int) -> None:
        plan, before = self._plan, self._members[client]
        position = {
            "lat": float(plan.lat[client]),
            "lon": float(plan.lon[client]),
            "accuracy_m": float(plan.accuracy_m[client]),
            "age_s": 60.0,
        }
        hello = {
            "id": f"h{client}",
            "token": self._shard.tokens[client],
            "device": "bench",
            "client": "samverkan bench",
            "epoch": self._epoch,
            "position": position,
        }
        returner = Returner(client, bool(plan.msgpack[client]), self._shard.url, hello, self._places[client])
        self._returners.append(returner)
        first_ns = start_ns + int(self._storm.first_try_s[client] * SECOND_NS)
        if self._how == "drain":
            assert isinstance(before, Guest)
            await before.ended()
            if before.come_back_s is not None:
                first_ns = monotonic_ns() + int(before.come_back_s * SECOND_NS)
        await returner.come_back(first_ns, until_ns)
        self._back += 1

    async def _watch_loop(self) -> None:
        """How late the loop wakes up, every 10 ms; now and then tell how many are back."""
        while True:
            before_ns = monotonic_ns()
            await asyncio.sleep(TICK_S)
            self._lags.append(max(0, monotonic_ns() - before_ns - int(TICK_S * SECOND_NS)))
            if len(self._lags) % TICKS_TOLD == 0:
                self._tell_who_is_back()

    def _tell_who_is_back(self) -> None:
        self._progress("return", self._back)
        self._back = 0

    def crowd_records(self) -> CrowdRecords:
        """Everybody out, and what they have seen."""
        for returner in self._returners:
            returner.leave()
        self.leave()
        generator = Generator(
            cpu=self._cpu_s / max(self._elapsed_s, 1e-9),
            lag_ns=np.array(self._lags, np.int64),
            late_ns=np.zeros(0, np.int64),
        )
        return CrowdRecords(
            returns=[returner.account() for returner in self._returners], generator=generator, cpu_s=self._cpu_s
        )


async def play_crowd(of: CrowdShard, pipe: Connection) -> None:
    """The crowd's part, phase by phase at the conductor's word."""
    crowd = Crowd(of, lambda stage, count: pipe.send(("progress", stage, count)))
    pipe.send(("connected", await crowd.connect()))
    await word(pipe)
    pipe.send(("created", await crowd.create_groups()))
    groups = await word(pipe)
    await crowd.join_groups(groups)
    pipe.send(("joined", None))
    await word(pipe)
    await crowd.settle()
    pipe.send(("settled", None))
    start_ns = await word(pipe)
    if of.how == "cut":
        crowd.cut()
    pipe.send(("posted", await crowd.post(start_ns)))
    start_ns = await word(pipe)
    await crowd.come_back(start_ns)
    pipe.send(("returned", None))
    await asyncio.sleep(QUIET_S)
    pipe.send(("records", crowd.crowd_records()))


class Stayers(Swarm):
    """Those who are connected meanwhile, and get the reds."""

    async def connect(self) -> int:
        """All at once, in the moment in which the server begins to listen: before the crowd, if that is coming back."""
        url = urlsplit(self._shard.url)
        while True:
            try:
                _, scout = await asyncio.open_connection(url.hostname, url.port)
            except OSError:
                await asyncio.sleep(SCOUT_S)
            else:
                break
        await asyncio.gather(*map(self._enter, self._shard.tokens))
        scout.close()
        return len(self._members)


async def play_stayers(shard: Shard, pipe: Connection) -> None:
    """The part of those who are connected: they come at a word; the next tells when their reds begin."""
    stayers = Stayers(shard, lambda stage, count: None)
    await word(pipe)
    pipe.send(("connected", await stayers.connect()))
    await stayers.join_groups({})
    await stayers.run(await word(pipe))
    stayers.leave()
    pipe.send(("records", stayers.records()))


def crowd_main(of: CrowdShard, pipe: Connection, cores: set[int]) -> None:
    perform(play_crowd(of, pipe), pipe, cores)


def stayers_main(shard: Shard, pipe: Connection, cores: set[int]) -> None:
    perform(play_stayers(shard, pipe), pipe, cores)
