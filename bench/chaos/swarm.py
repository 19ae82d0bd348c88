"""All clients of a run, in a process of their own: they come, form groups, play, and at the end account for it all."""

import asyncio
import contextlib
import signal
import traceback
from collections import Counter
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any, Final

import uvloop

from bench.chaos import records
from bench.chaos.device import Device
from bench.chaos.person import Person
from bench.chaos.playing import Playing, Rates
from bench.chaos.records import Answer, Page, Records
from bench.chaos.town import Town
from bench.swarm import limit_open_files

TICK_S: Final = 0.25
SETUP_S: Final = 120.0
SAMPLE: Final = 500  # requests that are asked once more at the end


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What the process is given.

    `patience_s`: after so long a silence a client gives its connection up. `most_wait_s`: the longest that it waits
    before it comes back. `settle_s`: how long everybody may take to be up to date when all is quiet.
    """

    town: Town
    tokens: list[str]  # by person
    server: tuple[str, int]
    proxy: tuple[str, int]
    seed: int
    seconds: float
    patience_s: float
    most_wait_s: float
    settle_s: float
    results: Path


class Swarm:
    def __init__(self, part: Part) -> None:
        self._part, town = part, part.town
        self._notes: Counter[str] = Counter()
        self._chance = Random(f"swarm {part.seed}")
        self._people = [Person(number, Random(f"person {part.seed} {number}")) for number in range(town.people)]
        self._devices: list[Device] = []
        for index, plan in enumerate(town.devices):
            person = self._people[plan.person]
            name = f"device-{len(person.devices) + 1}"
            device = Device(
                records.Device(index, plan.person, name, "msgpack" if plan.msgpack else "json"),
                plan,
                part.tokens[plan.person],
                part.proxy if plan.proxied else part.server,
                person.asked,
                Random(f"device {part.seed} {index}"),
                self._notes,
                patience_s=part.patience_s,
                most_wait_s=part.most_wait_s,
            )
            person.devices.append(device)
            self._devices.append(device)
        self._lives: list[asyncio.Task[None]] = []
        self._ticking: asyncio.Task[None] | None = None
        self._playing: asyncio.Task[None] | None = None
        self._peak = 0
        self._settled_since = 0.0

    # --- the phases ---

    async def set_up(self) -> None:
        """Everybody in, and a member of their groups. Raises TimeoutError."""
        self._lives = [asyncio.create_task(device.live()) for device in self._devices]
        self._ticking = asyncio.create_task(self._tick())
        async with asyncio.timeout(SETUP_S):
            while not all(device.is_greeted for device in self._devices):  # noqa: ASYNC110 — looked at now and then
                await asyncio.sleep(0.05)
            ids, codes = await self._make_groups()
            await self._join_groups(ids, codes)
        self._groups = ids
        rates = Rates(len(self._devices), self._part.seconds)
        self._play = Playing(self._people, self._part.town.groups, ids, rates, self._part.seed)
        self._play.opened_by(codes)

    def begin(self) -> None:
        self._playing = asyncio.create_task(self._play.play())

    def hush(self, share: float, seconds: float) -> None:
        for device in self._devices:
            if self._chance.random() < share:
                device.hush(seconds)

    async def quiet(self) -> Records:
        """Nobody does anything more. Settle, come back once more, settle again, ask again, read back."""
        if self._playing is not None:
            self._playing.cancel()
        await self._settle()
        for person in self._people:
            person.end_what_is_in_doubt()
        await self._settle()
        for device in self._devices:  # so that everything held is named, and judged, once more
            device.hang_up("roll call")
        await asyncio.sleep(0.1)
        await self._settle()
        await self._ask_again()
        pages = await self._read_back()
        await self._settle()
        return self._account(pages)

    async def leave(self) -> None:
        for device in self._devices:
            device.leave()
        if self._ticking is not None:
            self._ticking.cancel()
        for task in self._lives:
            task.cancel()
        await asyncio.gather(*self._lives, return_exceptions=True)

    def progress(self) -> dict[str, int]:
        greeted = sum(device.is_greeted for device in self._devices)
        self._peak = max(self._peak, greeted)
        return {
            "connected": greeted,
            "frames": sum(len(d.record.messages) + len(d.record.copies) for d in self._devices),
            "waiting": sum(len(device.pending) for device in self._devices),
        }

    # --- how ---

    async def _tick(self) -> None:
        """Look at a part of the devices at a time, so that the loop never stalls."""
        while True:
            for turn in range(5):
                now = monotonic()
                for device in self._devices[turn::5]:
                    device.tick(now)
                await asyncio.sleep(TICK_S / 5)

    async def _make_groups(self) -> tuple[list[str], dict[int, str | None]]:
        plans = self._part.town.groups
        made: dict[int, str] = {}

        async def make(number: int) -> None:
            body = {
                "name": f"Group {number}",
                "purpose": "To lose nothing",
                "conduct": "Be kind.",
                "locked": plans[number].locked,
            }
            maker = self._people[plans[number].members[0]]
            made[number] = maker.groups[number] = (await _answered(maker, "create_group", body)).made or ""

        await self._each_in_turn([(plan.members[0], number) for number, plan in enumerate(plans)], make)
        codes = dict.fromkeys(made) | {
            number: code
            for number in made
            for device in self._people[plans[number].members[0]].devices
            if (code := device.codes.get(made[number])) is not None
        }
        return [made[number] for number in range(len(plans))], codes

    async def _join_groups(self, ids: list[str], codes: dict[int, str | None]) -> None:
        async def join(place: tuple[int, int]) -> None:
            number, who = place
            body: dict[str, Any] = {"group": ids[number], "accepted": True}
            if codes[number] is not None:
                body["code"] = codes[number]
            answer = await _answered(self._people[who], "join", body)
            if answer.error is None:
                self._people[who].groups[number] = ids[number]

        plans = self._part.town.groups
        places = [(who, (number, who)) for number, plan in enumerate(plans) for who in plan.members[1:]]
        await self._each_in_turn(places, join)

    async def _each_in_turn(self, things: list[tuple[int, Any]], act: Any) -> None:
        """One after another for each person, many people at once."""
        of: dict[int, list[Any]] = {}
        for who, thing in things:
            of.setdefault(who, []).append(thing)
        gate = asyncio.Semaphore(100)

        async def all_of(mine: list[Any]) -> None:
            for thing in mine:
                async with gate:
                    await act(thing)

        async with asyncio.TaskGroup() as tasks:
            for mine in of.values():
                tasks.create_task(all_of(mine))

    async def _settle(self) -> None:
        """Until everybody has had all that was dispatched before now, or the time is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._part.settle_s):
                while not all(person.has_all_answers for person in self._people):  # noqa: ASYNC110 — looked at now and then
                    await asyncio.sleep(0.1)
                since = self._settled_since = monotonic()
                while not all(device.is_settled_since >= since for device in self._devices):  # noqa: ASYNC110 — looked at now and then
                    await asyncio.sleep(0.1)

    async def _ask_again(self) -> None:
        """Some of all requests once more: whatever was stored gets its first answer again."""
        stored = [
            (person, asked)
            for person in self._people
            for asked in person.asked.values()
            if asked.request.stored is not None
        ]
        for number, (person, asked) in enumerate(self._chance.sample(stored, min(SAMPLE, len(stored)))):
            person.again(asked)
            if number % 50 == 49:
                await asyncio.sleep(0.1)

    async def _read_back(self) -> list[Page]:
        """Every room as its first member, who has been there all the time, reads it back."""
        pages: list[Page] = []
        for number, plan in enumerate(self._part.town.groups):
            device = self._people[plan.members[0]].devices[0]
            with contextlib.suppress(ConnectionError, TimeoutError):
                async with asyncio.timeout(self._part.settle_s):
                    pages += await device.read_back(self._groups[number])
        return pages

    def _account(self, pages: list[Page]) -> Records:
        for device in self._devices:
            record = device.record
            record.stretches = device.kept.stretches
            record.holds = {alert: hold.revision for alert, hold in device.kept.holds.items()}
            record.is_settled = device.is_settled_since >= self._settled_since
        self._notes["most connected at once"] = self._peak
        requests = [asked.request for person in self._people for asked in person.asked.values()]
        return Records([device.record for device in self._devices], requests, pages, [], dict(self._notes))


async def _answered(person: Person, type: str, body: dict[str, Any]) -> Answer:
    answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    person.ask(type, body, answer.set_result, is_in_order=True)
    return await answer


async def play(part: Part, pipe: Connection) -> None:
    """As the other end of the pipe says, one word after another."""
    loop = asyncio.get_running_loop()
    swarm = Swarm(part)
    try:
        await swarm.set_up()
        pipe.send(("ready", swarm.progress()))
        while True:
            word, *what = await loop.run_in_executor(None, pipe.recv)
            if word == "begin":
                swarm.begin()
            elif word == "hush":
                swarm.hush(*what)
            elif word == "progress":
                pipe.send(("progress", swarm.progress()))
            elif word == "quiet":
                part.results.write_bytes(records.dump(await swarm.quiet()))
                pipe.send(("done", swarm.progress()))
                return
    except Exception:
        pipe.send(("failed", traceback.format_exc()))  # now: the thread that waits for the next word ends with the pipe
        raise
    finally:
        await swarm.leave()


def main(part: Part, pipe: Connection) -> None:
    """The whole life of the process. What goes wrong is told through the pipe as `failed`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is for who conducts: that one ends us
    limit_open_files()
    with contextlib.suppress(Exception):  # it has been told, or nobody conducts any more
        uvloop.run(play(part, pipe))
