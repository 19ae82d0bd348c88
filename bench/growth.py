"""How the cost of the server's work grows with what there is of everything: an exponent a curve, and what it may be.

    python -m bench.growth
    python -m bench.growth --quick --out /tmp/growth

Every curve is the median cost at a few sizes, and the exponent of the power that fits them. 0 means that the size does
not matter, 1 that twice as much costs twice as much. Processor time of the server, but for the log: there it is time,
and the disk is in it.

    red, by connected       one red to 500 near, while so many others are connected, kilometres away
    red, by recipients      one red to all
    red, by groups          one red to 500 near, each of whom is a member of so many groups that it does not go to
    welcome, by groups      the places of one person's rooms, which every hello asks for
    append, page, catch up  ten events stored; 50 from the end of a room; the last 20 of one whose events lie scattered
    near, by positions      who is within 500 m of a place, always about 100, while so many are elsewhere

Writes growth.png and growth.json. Exit code 1: an exponent is larger than it may be, or not everything arrived.
"""

import argparse
import asyncio
import gc
import json
import random
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import perf_counter_ns, process_time_ns, thread_time_ns
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench import machine
from bench.crowd import CrowdFailed
from bench.fill import LARGE, STREET, Log
from bench.growth_fit import Curve, draw, table
from bench.inside import ACCURACY_M, CENTRE, Inside, Place, inside, people
from bench.log import Store
from geo.index import PositionIndex
from realtime.connection.server import run
from storage.events import AlertRaised, LoggedEvent
from storage.sql import SqlStore

NEAR: Final = 500
HITS: Final = 100
REACH_M: Final = 500.0
PAGE: Final = 50
MISSED: Final = 20
BATCH: Final = 10
_WARM_UP: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The sizes of each curve, and how often each is measured."""

    connected: tuple[int, ...] = (500, 1_000, 2_000, 4_000, 8_000)
    recipients: tuple[int, ...] = (100, 300, 1_000, 3_000, 9_000)
    groups: tuple[int, ...] = (1, 3, 10, 30, 100)
    events: tuple[int, ...] = (1_000, 10_000, 100_000, 300_000)
    positions: tuple[int, ...] = (1_000, 3_000, 10_000, 30_000, 100_000)
    rounds: int = 15
    near: int = NEAR

    @property
    def sizes(self) -> int:
        return sum(map(len, (self.connected, self.recipients, self.groups, self.events, self.positions)))


QUICK: Final = Plan(
    connected=(500, 1_000, 2_000),
    recipients=(100, 300, 1_000),
    groups=(1, 10, 100),
    events=(1_000, 10_000, 30_000),
    positions=(1_000, 10_000, 30_000),
    rounds=7,
)

Tick = Callable[[], None]


def far(count: int) -> list[Place]:
    """Places where no alert of the centre reaches, always the same."""
    rng = random.Random(count)
    return [(CENTRE[0] + rng.uniform(0.2, 1.0), CENTRE[1] + rng.uniform(-1.0, 1.0)) for _ in range(count)]


# --- delivery --------------------------------------------------------------------------------------------------------


async def by_connected(plan: Plan, tick: Tick) -> list[Curve]:
    curve = Curve("red, by connected", "connected", 0.10)
    async with inside(people(plan.near)) as server:
        await _red(server, plan.near, plan.rounds)  # what comes first in a process costs more, whatever its size
    for connected in plan.connected:
        async with inside(people(plan.near) + far(connected - plan.near)) as server:
            curve.points.append((connected, await _red(server, plan.near, plan.rounds)))
        tick()
    return [curve]


async def by_recipients(plan: Plan, tick: Tick) -> list[Curve]:
    curve = Curve("red, by recipients", "recipients", 1.10)
    for recipients in plan.recipients:
        async with inside(people(recipients)) as server:
            curve.points.append((recipients, await _red(server, recipients, plan.rounds)))
        tick()
    return [curve]


async def by_groups(plan: Plan, tick: Tick) -> list[Curve]:
    red, welcome = Curve("red, by groups", "groups of each", 0.10), Curve("welcome, by groups", "groups of each", 1.10)
    async with inside(people(plan.near)) as server:
        founded = 0
        for groups in plan.groups:
            for number in range(founded, groups):
                server.found_group(f"group-{number}", server.sessions)
            founded = groups
            red.points.append((groups, await _red(server, plan.near, plan.rounds)))
            welcome.points.append((groups, _welcome(server, groups, plan.rounds)))
            tick()
    return [red, welcome]


async def _red(server: Inside, recipients: int, rounds: int) -> float:
    """Microseconds of one red, all of it. Raises CrowdFailed if so many did not get it, or others did."""
    crowd, hub = server.crowd, server.hub
    spent: list[float] = []
    gc.collect()
    for turn in range(rounds + _WARM_UP):
        event, sent = server.logged(AlertRaised(server.alert(CENTRE)), {}), await crowd.settled()
        start = process_time_ns()
        hub.dispatch(event, ())
        hub.fanout.run()
        while not hub.fanout.idle:  # noqa: ASYNC110 - chunk after chunk
            await asyncio.sleep(0)
        took = process_time_ns() - start
        await crowd.settled()
        await crowd.until_received(sent + len(await crowd.last()) * recipients)
        if turn >= _WARM_UP:
            spent.append(took / 1_000)
        for session in server.sessions:
            hub.holds.leave(session.number)
    return median(spent)


def _welcome(server: Inside, groups: int, rounds: int) -> float:
    catch_up = server.app.worlds["exercise"].catch_up
    users = [session.identity.user for session in server.sessions]
    if len(catch_up.places(users[0])) != groups + 1:
        raise CrowdFailed("a member has other rooms than were founded")
    spent = []
    for _ in range(rounds):
        start = thread_time_ns()
        for user in users:
            catch_up.places(user)
        spent.append((thread_time_ns() - start) / 1_000 / len(users))
    return median(spent)


# --- the log ---------------------------------------------------------------------------------------------------------


async def by_events(plan: Plan, tick: Tick, out: Path) -> list[Curve]:
    append, page, missed = (
        Curve(name, "events in log", at_most)
        for name, at_most in (("append", 0.15), ("page", 0.20), ("catch up", 0.20))
    )
    times = 10 * plan.rounds
    with tempfile.TemporaryDirectory(prefix="log-", dir=out) as folder:
        log, appended = Log(Path(folder), [], seed=1), 0
        for events in plan.events:
            held = (await log.fill_to(events, lambda _: None)).rooms
            store = await SqlStore.open(Path(folder))
            try:
                appends = Store(store, first=appended + 1)
                batches = [appends.prepare(BATCH) for _ in range(times)]
                appended += times * BATCH
                append.points.append((events, await _median(appends.append(batch) for batch in batches)))
                end = held[LARGE] + 1
                page.points.append(
                    (events, await _median(_read(store.before(LARGE, end, PAGE), PAGE) for _ in batches))
                )
                place = held[STREET] - MISSED
                reads = (_read(store.after(STREET, place, MISSED), MISSED) for _ in batches)
                missed.points.append((events, await _median(reads)))
            finally:
                await store.close()
            tick()
    return [append, page, missed]


async def _read(reading: Awaitable[list[LoggedEvent]], wanted: int) -> None:
    found = len(await reading)
    if found != wanted:
        raise CrowdFailed(f"{found} events were read instead of {wanted}")


async def _median(doing: Iterable[Awaitable[None]]) -> float:
    """Microseconds of each, one after the other; the first fifth warms up."""
    spent: list[float] = []
    for one in doing:
        start = perf_counter_ns()
        await one
        spent.append((perf_counter_ns() - start) / 1_000)
    return median(spent[len(spent) // 5 :])


# --- the index -------------------------------------------------------------------------------------------------------


def by_positions(plan: Plan, tick: Tick) -> list[Curve]:
    curve = Curve("near, by positions", "positions", 0.20)
    for positions in plan.positions:
        index = PositionIndex()
        for device, (lat, lon) in enumerate([*people(HITS), *far(positions - HITS)]):
            index.put(device, lat, lon, ACCURACY_M, 0.0)
        spent = []
        gc.collect()
        for _ in range(20 * plan.rounds):
            start = thread_time_ns()
            found = index.within(*CENTRE, REACH_M, 0.0)
            spent.append((thread_time_ns() - start) / 1_000)
            if len(found) != HITS:
                raise CrowdFailed(f"{len(found)} were found instead of {HITS}")
        curve.points.append((positions, median(spent)))
        tick()
    return [curve]


# --- all of it -------------------------------------------------------------------------------------------------------


def measure(plan: Plan, out: Path, tick: Tick) -> list[Curve]:
    """Raises CrowdFailed if something did not do all that it was measured for."""

    async def each() -> list[Curve]:
        return [
            *await by_connected(plan, tick),
            *await by_recipients(plan, tick),
            *await by_groups(plan, tick),
            *await by_events(plan, tick, out),
            *by_positions(plan, tick),
        ]

    return run(each())


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.growth", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="fewer and smaller sizes, in half a minute")
    parser.add_argument("--out", type=Path, default=Path("bench-out"), help="where growth.png and growth.json go")
    return parser.parse_args(given)


def main() -> None:
    options = arguments()
    plan = QUICK if options.quick else Plan()
    options.out.mkdir(parents=True, exist_ok=True)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
            task = bars.add_task("sizes", total=plan.sizes)
            curves = measure(plan, options.out, lambda: bars.advance(task))
    except CrowdFailed as error:
        sys.exit(str(error))
    print("\n".join(table(curves)))
    missed = [curve.name for curve in curves if not curve.met]
    print(f"missed: {', '.join(missed)}" if missed else "all met")
    draw(curves, options.out / "growth.png")
    told = {"machine": machine.describe(), "curves": [asdict(one) | {"exponent": one.exponent} for one in curves]}
    (options.out / "growth.json").write_text(json.dumps(told, indent=2) + "\n")
    print(f"{options.out / 'growth.png'}, {options.out / 'growth.json'}\n{machine.line()}")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
