"""What an append has to wait while the log is looked after: pruned, scrubbed, or backed up.

    python -m bench.upkeep --events 300000 --folder /var/tmp

A log of 120 days is filled: messages in 300 rooms, alerts with an update each, people who join. Then one message is
appended every 5 ms, on a schedule that does not wait for the last: first with nothing else going on, then while each
kind of upkeep runs, a backup and a verification in a process of their own, as the commands do them. `vacuum` is the
other way to make a backup, VACUUM INTO. `scrub` empties the WAL once a second, fifty times as often as a server. Told
is the time from when an append was due to when it was acknowledged.
"""

import argparse
import asyncio
import itertools
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import uvloop

from bench import machine
from bench.log import TEXT, quantile
from storage.events import Alert, AlertRaised, AlertUpdated, Entry, LevelChange, MemberJoined, MessagePosted
from storage.retention import KEPT
from storage.sql import SqlStore

DAY_S = 86_400.0
DAYS = 120
ALONE_S = 10.0
SCRUB_EVERY_S = 1.0


def entries(count: int) -> Iterator[Entry]:
    dice = random.Random(1)
    for number in range(count):
        at = DAYS * DAY_S * number / count
        room = f"group-{dice.randrange(300)}"
        match number % 10:
            case 0:
                yield Entry(body=AlertRaised(alert(number, at)), world="real", at=at, rooms=(room,), key=f"a/{number}")
            case 1:
                changed = alert(number - 1, at).revised(at, {"state": "closed"})
                yield Entry(body=AlertUpdated(changed), world="real", at=at, key=f"u/{number}")
            case 2:
                own = f"me/real/{dice.randrange(5_000)}"
                yield Entry(body=MemberJoined(group=room, user=own), world="real", at=at, rooms=(own,))
            case _:
                yield message(number, at, room)


def message(number: int, at: float, room: str) -> Entry:
    body = MessagePosted(id=str(number), group=room, author="u", text=TEXT, sent_at=at, received_at=at)
    return Entry(body=body, world="real", at=at, rooms=(room,), key=f"m/{number}", digest=bytes(32))


def alert(number: int, at: float) -> Alert:
    return Alert(
        id=f"alert-{number}",
        revision=1,
        author="u",
        level="red",
        levels=(LevelChange("red", at, 1),),
        kind="warn",
        lat=59.3251,
        lon=18.0711,
        first_lat=59.3251,
        first_lon=18.0711,
        public_lat=59.3252,
        public_lon=18.0702,
        cell_m=100.0,
        state="going_on",
        public=number % 20 == 0,
        groups=("g",),
        sent_at=at,
        received_at=at,
        updated_at=at,
        expires_at=at + 1_800,
        text=TEXT,
    )


async def fill(store: SqlStore, count: int) -> None:
    batch: list[Entry] = []
    for entry in entries(count):
        batch.append(entry)
        if len(batch) == 2_000:
            await store.append(batch)
            batch = []
    await store.append(batch)


class Appends:
    """A message whenever one is due, whether or not the last is stored, and how long each took from then."""

    def __init__(self, store: SqlStore, first: int, every_s: float) -> None:
        self._store = store
        self._every_s = every_s
        self._numbers = itertools.count(first)

    async def while_running(self, work: Awaitable[object]) -> list[float]:
        running = asyncio.ensure_future(work)
        waiting = []
        due = time.perf_counter()
        while not running.done():
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            waiting.append(asyncio.ensure_future(self._append(due)))
            due += self._every_s
        await running
        return await asyncio.gather(*waiting)

    async def _append(self, due: float) -> float:
        await self._store.append([message(next(self._numbers), DAYS * DAY_S, "group-1")])
        return time.perf_counter() - due


async def prune(store: SqlStore, days: dict[str, float], limit: int) -> None:
    before = {kind: (DAYS - days.get(kind, 90)) * DAY_S for kind in KEPT}
    while await store.prune(before, limit):
        pass


async def scrub(store: SqlStore) -> None:
    took = []
    for _ in range(round(ALONE_S / SCRUB_EVERY_S)):
        await asyncio.sleep(SCRUB_EVERY_S)
        began = time.perf_counter()
        await store.scrub()
        took.append(time.perf_counter() - began)
    print(f"scrubbing took p50 {quantile(took, 0.5) * 1e3:.1f}, at most {max(took) * 1e3:.1f} ms")


BACKUP = """
import sys
from pathlib import Path
from storage.backup import back_up
back_up(Path(sys.argv[1]), Path(sys.argv[2]), [], lambda *_: None, replace=True)
"""
VACUUM = """
import os, sqlite3, sys
db = sqlite3.connect(f"file:{sys.argv[1]}/samverkan.db?mode=ro", uri=True, isolation_level=None)
db.execute("VACUUM INTO ?", (sys.argv[2],))
handle = os.open(sys.argv[2], os.O_RDONLY)
os.fsync(handle)
os.unlink(sys.argv[2])
"""
VERIFY = """
import sys
from pathlib import Path
from storage.backup import database_of
from storage.verifying import verify
assert not verify(database_of(Path(sys.argv[1])), lambda *_: None).broken
"""


async def apart(script: str, *arguments: Path) -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, *map(str, arguments))
    assert await process.wait() == 0


async def measure(folder: Path, count: int, limits: list[int], turns: int, every_s: float) -> None:
    store = await SqlStore.open(folder / "data")
    await fill(store, count)
    print(f"{count:,} events, {(folder / 'data' / 'samverkan.db').stat().st_size / 1e6:.0f} MB")
    appends = Appends(store, count, every_s)
    ways: dict[str, Callable[[], Awaitable[object]]] = {}
    for turn in range(1, turns + 1):
        ways[f"nothing else {turn}"] = lambda: asyncio.sleep(ALONE_S)
        ways[f"scrub {turn}"] = lambda: scrub(store)
        ways[f"backup {turn}"] = lambda: apart(BACKUP, folder / "data", folder / "backup")
        ways[f"vacuum {turn}"] = lambda: apart(VACUUM, folder / "data", folder / "vacuum")
    ways["verify"] = lambda: apart(VERIFY, folder / "data")
    days: dict[str, float] = {"public_alert": 30, "membership": 365}
    for number, limit in enumerate(limits, 1):  # each erases another part of the history
        share = {kind: DAYS - (DAYS - kept) * number / len(limits) for kind, kept in days.items()}
        share |= {"message": DAYS - 80 * number / len(limits), "room_alert": DAYS - 80 * number / len(limits)}
        ways[f"prune by {limit}"] = lambda share=share, limit=limit: prune(store, share, limit)  # type: ignore[misc]
    for name, work in ways.items():
        began = time.perf_counter()
        took = await appends.while_running(work())
        seconds = time.perf_counter() - began
        shown = "".join(f"{quantile(took, share) * 1e3:>9.2f}" for share in (0.5, 0.99, 0.999, 1.0))
        print(f"{name:<22}{seconds:>8.1f} s  p50 p99 p99.9 max ms:{shown}  ({len(took):,} appends)")
    await store.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.upkeep", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, help="where to write, then delete; otherwise the system's own")
    parser.add_argument("--events", type=int, default=300_000)
    parser.add_argument("--limits", type=int, nargs="*", default=[50, 100, 200, 500], help="of a step of pruning")
    parser.add_argument(
        "--turns", type=int, default=3, help="how many times with nothing else, scrubbing, and backing up"
    )
    parser.add_argument("--every-s", type=float, default=0.005, help="a message is appended so often")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        uvloop.run(measure(Path(folder), options.events, options.limits, options.turns, options.every_s))
    print(machine.line())


if __name__ == "__main__":
    main()
