"""What a server with a long log is asked, one question after the other, and whether each answer was the whole truth."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from time import monotonic_ns
from typing import Any, Final, Literal, get_args

import msgspec
import numpy as np

from bench.fill import LARGE, STAIRS, STREET, Filled
from bench.member import Told
from bench.reader import Reader, ReadFailed
from bench.server import Server

PAGE: Final = 50
MISSED: Final = 20  # in each room, of whoever catches up to see what that leaves in memory
ROOMS: Final = (LARGE, STREET, STAIRS)
# Nobody here says more than a device may; it only asks without a pause.
SETTINGS: Final[dict[str, dict[str, Any]]] = {"connection": {"messages_per_s": 100_000.0, "messages_burst": 100_000}}
Where = Literal["end", "anywhere", "beginning"]
WHERE: Final[tuple[Where, ...]] = get_args(Where)
Tick = Callable[[], None]


class Page(msgspec.Struct):
    """As much of a page of `history` as is looked at."""

    events: list[Told]


@dataclass(slots=True)
class Series:
    """Times of one kind, and what was wrong with the answers."""

    name: str
    of: int  # events in each answer
    ms: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    own_cpu: float = 0.0  # of this process while it asked: near 1 it measured itself

    def at(self, percentile: float) -> float | None:
        return round(float(np.percentile(self.ms, percentile)), 3) if self.ms else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One start of the server, from exec on, with nothing of its data in the page cache."""

    ready_s: float
    welcome_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """What a server with so many events takes in memory."""

    events: int
    started_kib: int
    used_kib: int  # after so many have caught up
    catch_ups: int


def wrong_seqs(seqs: list[int], first: int, last: int) -> str | None:
    """What is wrong with an answer that must have each seq from `first` to `last`, once, rising; None if nothing is."""
    missing = set(range(first, last + 1)) - set(seqs)
    faults = {
        "lost": len(missing),
        "doubled": len(seqs) - len(set(seqs)),
        "disordered": sum(later < earlier for earlier, later in pairwise(seqs)),
        "wrong": sum(not first <= seq <= last for seq in set(seqs)),
    }
    named = [f"{name} {count}" for name, count in faults.items() if count]
    return f"{', '.join(named)} of {first} to {last}" if named else None


def replays(url: str, token: str, room: str, held: int, events: int, runs: int, msgpack: bool, tick: Tick) -> Series:
    """From hello sent to `live` received, of a client that has missed the last events of one room."""
    place = max(0, held - events)
    series = Series(f"{room}, {'MessagePack' if msgpack else 'JSON'}", held - place)
    cpu_s, began = time.process_time(), time.monotonic()
    for _ in range(runs):
        _catch_up(series, url, token, {room: place}, {room: held}, msgpack)
        tick()
    series.own_cpu = (time.process_time() - cpu_s) / (time.monotonic() - began)
    return series


def _catch_up(
    series: Series, url: str, token: str, places: dict[str, int], held: dict[str, int], msgpack: bool
) -> None:
    with Reader(url, msgpack) as reader:
        sent_ns = reader.hello(token, places)
        came, _, live_ns = reader.until("live")
    series.ms.append((live_ns - sent_ns) / 1e6)
    for room, place in places.items():
        seqs = [message.rooms[room] for message in came if message.type == "message" and room in message.rooms]
        if fault := wrong_seqs(seqs, place + 1, held[room]):
            series.wrong.append(f"{room}: {fault}")


def pages(url: str, token: str, room: str, where: Where, held: int, count: int, seed: int, tick: Tick) -> Series:
    """From `history` sent to its page received; JSON and MessagePack take turns."""
    rng = np.random.default_rng(seed)
    size = min(PAGE, held)
    series = Series(f"{room}, {where}", size)
    for msgpack in (False, True):
        with Reader(url, msgpack) as reader:
            reader.hello(token, {})
            reader.until("live")
            decode = msgspec.msgpack.decode if msgpack else msgspec.json.decode
            for number in range(count // 2):
                before = {"end": held + 1, "beginning": size + 1}.get(where, int(rng.integers(size, held + 1)) + 1)
                ask = {"type": "history", "id": f"h{number}", "room": room, "limit": PAGE}
                sent_ns = reader.say(ask if where == "end" else ask | {"before": before})
                _, payload, received_ns = reader.until("history")
                series.ms.append((received_ns - sent_ns) / 1e6)
                seqs = [event.rooms[room] for event in decode(payload, type=Page).events]
                if fault := wrong_seqs(seqs, before - size, before - 1):
                    series.wrong.append(fault)
                tick()
    return series


def start(make: Callable[[], Server], data: Path, token: str) -> tuple[Server, Start]:
    """Start a server on what is there; the caller stops it."""
    forget(data)
    began_ns = monotonic_ns()
    server = make().__enter__()
    ready_ns = monotonic_ns()
    try:
        with Reader(server.url, msgpack=False) as reader:
            reader.hello(token, {})
            *_, welcome_ns = reader.until("welcome")
    except (OSError, ReadFailed):
        server.stop()
        raise
    return server, Start(ready_s=(ready_ns - began_ns) / 1e9, welcome_s=(welcome_ns - began_ns) / 1e9)


def forget(data: Path) -> None:
    """Let the kernel drop these files from its page cache, so that they are read from the disk."""
    for path in data.iterdir():
        file = os.open(path, os.O_RDONLY)
        try:
            os.fsync(file)  # what is not yet written cannot be dropped
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(file)


def footprint(server: Server, token: str, filled: Filled, catch_ups: int, tick: Tick) -> tuple[Footprint, Series]:
    """Memory before and after so many came back one after the other, each of whom had missed a little in each room."""
    started_kib = server.rss_kib()
    series = Series("a little in each of three rooms", MISSED * len(ROOMS))
    places = {room: max(0, filled.rooms[room] - MISSED) for room in ROOMS}
    for number in range(catch_ups):
        _catch_up(series, server.url, token, places, filled.rooms, msgpack=bool(number % 2))
        tick()
    return (
        Footprint(events=filled.events, started_kib=started_kib, used_kib=server.rss_kib(), catch_ups=catch_ups),
        series,
    )
