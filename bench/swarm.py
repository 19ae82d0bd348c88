"""The members of a run, many in one process on a loop of its own: they connect, form groups, and play their part."""

import asyncio
import os
import resource
import signal
import traceback
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from time import monotonic_ns
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import uvloop

from bench.harvest import Reported, harvest, position_id
from bench.member import SUBPROTOCOLS, Inbox, Lost, Member, Told
from bench.plan import Plan
from bench.records import Records
from bench.running import Run
from bench.wire import upgrade_request

ADMISSION: Final = 64  # handshakes, or group requests, in flight at once: setting up is not what is measured
ANSWER_S: Final = 30.0
SOCKETS_PER_ADDRESS: Final = 19_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """What one swarm process is given: the whole plan, and which of its clients it plays, with a token for each."""

    plan: Plan
    url: str
    run: str  # makes every id of this run unlike those of any other
    tokens: dict[int, str]


def shards(plan: Plan, url: str, tokens: Sequence[str], processes: int) -> list[Shard]:
    """The clients of a plan dealt out to so many processes."""
    run = uuid.uuid4().hex[:12]
    parts = (range(part, plan.clients, processes) for part in range(processes))
    return [Shard(plan=plan, url=url, run=run, tokens={client: tokens[client] for client in part}) for part in parts]


class Refusal(Exception):
    """The server said no while the swarm was being set up: there is nothing to measure."""


M = TypeVar("M", bound=Member)


async def connected(kind: type[M], client: int, msgpack: bool, inbox: Inbox, url: str) -> M:
    """A member whose WebSocket is open. Raises OSError, or Lost with what the server said instead."""
    at = urlsplit(url)
    # More sockets than one address has ports for: every address of 127.0.0.0/8 is this machine.
    source = (f"127.0.0.{1 + client // SOCKETS_PER_ADDRESS}", 0) if client >= SOCKETS_PER_ADDRESS else None
    assert at.hostname is not None
    _, member = await asyncio.get_running_loop().create_connection(
        partial(kind, client, msgpack, inbox), at.hostname, at.port or 80, local_addr=source
    )
    await member.open(upgrade_request(at.netloc, at.path or "/v1", SUBPROTOCOLS[msgpack]))
    return member


class Swarm:
    """The phases of a run, in order: connect, create_groups, join_groups, run, records."""

    _kind: type[Member] = Member

    def __init__(self, shard: Shard, progress: Callable[[str, int], None]) -> None:
        self._shard, self._plan, self._progress = shard, shard.plan, progress
        self._members: dict[int, Member] = {}
        self._inbox: Inbox = []
        self._reported: list[Reported] = []
        self._closed: Counter[str] = Counter()

    # --- setting up --------------------------------------------------------------------------------------------------

    async def connect(self) -> int:
        """Everybody in, each with a position in its `hello`. Raises Refusal."""
        await self._each("connect", self._shard.tokens, self._enter)
        return len(self._members)

    async def create_groups(self) -> dict[int, tuple[str, str | None]]:
        """The groups whose first member is ours, as number: (id, code)."""
        made: dict[int, tuple[str, str | None]] = {}

        async def create(number: int) -> None:
            group = self._plan.groups[number]
            message = {
                "type": "create_group",
                "id": f"{self._shard.run}-g{number}",
                "name": group.name,
                "purpose": "To be measured",
                "conduct": "Behaviour first.",
                "locked": group.locked,
            }
            answer = await self._ask(group.members[0], message)
            assert answer.group is not None
            made[number] = answer.group, answer.code

        await self._each("groups", self._mine(enumerate(group.members[0] for group in self._plan.groups)), create)
        return made

    async def join_groups(self, groups: dict[int, tuple[str, str | None]]) -> None:
        self._groups = {number: id for number, (id, _) in groups.items()}

        async def join(place: tuple[int, int]) -> None:
            number, client = place
            id, code = groups[number]
            message = {"type": "join", "id": f"{self._shard.run}-j{number}-{client}", "group": id, "accepted": True}
            await self._ask(client, message | ({"code": code} if code else {}))

        places = (
            ((number, client), client) for number, group in enumerate(self._plan.groups) for client in group.members[1:]
        )
        await self._each("join", self._mine(places), join)

    def _mine(self, of: Iterable[tuple[Any, int]]) -> list[Any]:
        """Those things whose client is one of ours."""
        return [thing for thing, client in of if client in self._members]

    async def _each(self, stage: str, things: Iterable[Any], act: Callable[[Any], Awaitable[None]]) -> None:
        """Do it for each, a bounded number at a time, and tell how far it is."""
        gate = asyncio.Semaphore(ADMISSION)

        async def one(thing: Any) -> None:
            async with gate, asyncio.timeout(ANSWER_S):
                await act(thing)
            self._progress(stage, 1)

        async with asyncio.TaskGroup() as tasks:
            for thing in things:
                tasks.create_task(one(thing))

    async def _enter(self, client: int) -> None:
        plan = self._plan
        member = self._members[client] = await self._let_in(client)
        place = float(plan.lat[client]), float(plan.lon[client]), float(plan.accuracy_m[client])
        row = len(self._reported)
        self._reported.append(Reported(client, *place, monotonic_ns()))
        hello = {
            "type": "hello",
            "id": position_id(row),
            "token": self._shard.tokens[client],
            "device": "bench",
            "client": "samverkan bench",
            "position": dict(zip(("lat", "lon", "accuracy_m"), place, strict=True)),
        }
        answer = await member.ask(hello)
        while answer.code == "busy":
            await asyncio.sleep(answer.retry_after_s or 0.0)
            answer = await member.ask(hello)
        self._accepted(answer, hello)

    async def _let_in(self, client: int) -> Member:
        """A connection, as soon as the server gives one: one that is full says when to come back."""
        while True:
            try:
                msgpack = bool(self._plan.msgpack[client])
                return await connected(self._kind, client, msgpack, self._inbox, self._shard.url)
            except Lost as lost:
                if lost.come_back_s is None:
                    raise
                await asyncio.sleep(lost.come_back_s)

    async def _ask(self, client: int, message: dict[str, Any]) -> Told:
        return self._accepted(await self._members[client].ask(message), message)

    @staticmethod
    def _accepted(answer: Told, message: dict[str, Any]) -> Told:
        if answer.type == "error":
            raise Refusal(f"{message['type']} was refused: {answer.code}")
        return answer

    # --- the run -----------------------------------------------------------------------------------------------------

    async def run(self, start_ns: int) -> None:
        self._run = Run(self._plan, self._members, self._groups, self._shard.run, self._inbox, self._reported)
        await self._run.play(start_ns, lambda: self._progress("frames", len(self._inbox)))

    def leave(self) -> None:
        """Everybody out. Who was out before is counted, with the reason; but not those who were to go, or deaf."""
        excused = self._plan.excused
        self._closed = Counter(
            member.closed
            for client, member in self._members.items()
            if member.closed is not None and client not in excused
        )
        for member in self._members.values():
            member.leave()

    def records(self) -> Records:
        found = harvest(self._inbox, self._reported)
        return Records(
            positions=found.positions,
            acts=self._run.acts,
            deliveries=found.deliveries,
            generators=[self._run.generator],
            posts=self._run.posts,
            messages=found.messages,
            connected=len(self._members) - self._closed.total(),
            closed=self._closed,
            refused=found.refused,
            miscounted=found.miscounted,
            bytes_in=found.bytes_in,
            alert_bytes=found.alert_bytes,
        )


async def play(shard: Shard, pipe: Connection) -> None:
    """Play one shard as the other end of the pipe conducts: each phase starts at its word."""
    swarm = Swarm(shard, lambda stage, count: pipe.send(("progress", stage, count)))
    pipe.send(("connected", await swarm.connect()))
    await word(pipe)
    pipe.send(("created", await swarm.create_groups()))
    await swarm.join_groups(await word(pipe))
    pipe.send(("joined", None))
    await swarm.run(await word(pipe))
    pipe.send(("played", None))
    swarm.leave()
    pipe.send(("records", swarm.records()))


async def word(pipe: Connection) -> Any:
    """The next word of whoever conducts."""
    return await asyncio.get_running_loop().run_in_executor(None, pipe.recv)


def main(shard: Shard, pipe: Connection, cores: set[int]) -> None:
    """The whole life of a swarm process."""
    perform(play(shard, pipe), pipe, cores)


def perform(part: Coroutine[Any, Any, None], pipe: Connection, cores: set[int]) -> None:
    """Run a swarm process's part on these cores. What goes wrong is told through the pipe as `failed`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is for who conducts: that one ends us
    os.sched_setaffinity(0, cores)
    limit_open_files()
    try:
        uvloop.run(part)
    except (EOFError, BrokenPipeError):
        pass  # nobody conducts any more
    except BaseException as error:
        pipe.send(("failed", _first_cause(error)))


def limit_open_files() -> None:
    """As many as the system allows: a soft limit is often 1,024."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _first_cause(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, Refusal | OSError):
        return str(error) or type(error).__name__  # a TimeoutError, which is an OSError, has no text
    return "".join(traceback.format_exception(error))
