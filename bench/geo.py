"""How fast positions move and how fast those near are found, beside other ways to do it, in the same run.

    python -m bench.geo
    python -m bench.geo --sizes 70000 --slack 50,100,200 --json geo.json

People live as in the platform profile: a spot with 500 within 500 m, one with 100, the rest in three cities and 200
towns. Two kinds of updates: people who stay within 20 m of where they are ("still"), and the profiles' mix of 10 % who
walk at 1.4 m/s and report each 30 s, and 90 % who stay and report each 5 min ("mix"). Queries are a red at its default:
500 m and half the published cell. Before anything is timed, and again after some moves, all answers are compared: a
difference fails the run. Times are CPU time of the thread, so that a busy machine does not count as a slow index.
"""

import argparse
import gc
import random
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from math import cos, pi, radians, sin, sqrt
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rtree import index as rtree

from bench import machine
from bench.geo_peers import BruteForce, CellTree, DictGrid, Peer, PointTree
from geo.boxes import tree_properties
from geo.index import PositionIndex

REACH_M = 571.0
METRES_PER_DEGREE = 111_195.0
ACCURACY_M = 10.0
STEP_M = 1.4 * 30.0
CITIES = ((0.40, 17.8, 59.2, 18.3, 59.5), (0.15, 11.8, 57.6, 12.1, 57.8), (0.10, 12.9, 55.5, 13.1, 55.65))
SPOTS = ((500, 59.3250, 18.0700), (100, 59.3800, 17.9000))
MAX_MOVES = 100_000

Place = tuple[float, float]
Move = tuple[int, float, float]


@dataclass(frozen=True, slots=True)
class Result:
    """One way at one size: updates a second of CPU, microseconds of it a query, resident bytes for each position."""

    size: int
    name: str
    still_per_s: float
    mix_per_s: float
    hits: tuple[float, ...]
    query_p50_us: tuple[float, ...]
    query_p99_us: tuple[float, ...]
    bytes_each: float


def main() -> None:
    arguments = _arguments()
    results: list[Result] = []
    sizes, slacks = arguments.sizes, arguments.slack
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=len(sizes) * len(_peers(1, slacks)))
        for size in sizes:
            results += measure(size, arguments.seconds, slacks, lambda name: progress.update(task, description=name))
            progress.advance(task, len(_peers(1, slacks)))
    console = Console(width=None if sys.stdout.isatty() else 140)
    for size in sizes:
        console.print(_table(size, [result for result in results if result.size == size]))
    print(f"{machine.line()}\nall answers agreed")
    machine.keep(arguments.json, {"results": [asdict(result) for result in results]})


def measure(size: int, seconds: float, slacks: list[float], tell: Callable[[str], None]) -> list[Result]:
    """Every way at one size. Raises SystemExit if two of them disagree."""
    rng = random.Random(size)
    people = _people(size, rng)
    peers: dict[str, Peer] = {}
    bytes_each: dict[str, float] = {}
    for name, make in _peers(size, slacks).items():
        tell(f"{size:,} in {name}")
        before = _resident_bytes()
        peers[name] = make()
        for device, (lat, lon) in enumerate(people):
            peers[name].put(device, lat, lon, ACCURACY_M, 0.0)
        bytes_each[name] = (_resident_bytes() - before) / size
    centres = [[_beside(lat, lon, rng.uniform(0.0, 50.0), rng) for _ in range(200)] for _, lat, lon in SPOTS]
    sample = [*centres[0][:10], *centres[1][:10], *rng.sample(people, min(size, 30))]
    mix = _mix(people, rng)
    _compare(peers, sample)
    queries = {}
    for name, peer in peers.items():
        tell(f"{size:,}: queries of {name}")
        queries[name] = [_time_queries(peer, places, seconds) for places in centres]
    for peer in peers.values():
        _time_moves(peer, islice(mix, 500), seconds=60.0)
    _compare(peers, sample)
    still = _still(people, rng)
    results = []
    for name, peer in peers.items():
        tell(f"{size:,}: updates of {name}")
        still_per_s = _time_moves(peer, still, seconds)
        results.append(
            Result(
                size,
                name,
                still_per_s,
                _time_moves(peer, mix, seconds),
                tuple(hits for hits, _, _ in queries[name]),
                tuple(p50 for _, p50, _ in queries[name]),
                tuple(p99 for _, _, p99 in queries[name]),
                bytes_each[name],
            )
        )
    return results


def _peers(size: int, slacks: list[float]) -> dict[str, Callable[[], Peer]]:
    ours: dict[str, Callable[[], Peer]] = {
        f"ours, slack {slack_m:g} m": partial(PositionIndex, slack_m=slack_m) for slack_m in slacks
    }
    return (ours or {"ours": PositionIndex}) | {
        "rtree, stock": lambda: PointTree(size, rtree.Property()),
        "rtree, tuned": lambda: PointTree(size, tree_properties()),
        "rtree of occupied cells": lambda: CellTree(size, tree_properties()),
        "dict grid": lambda: DictGrid(size),
        "numpy over all": lambda: BruteForce(size),
    }


# --- people and their moves ------------------------------------------------------------------------------------------


def _people(size: int, rng: random.Random) -> list[Place]:
    """The spots first (at most half of all), then cities and towns."""
    people: list[Place] = []
    for count, lat, lon in SPOTS:
        people += (_beside(lat, lon, 500.0 * sqrt(rng.random()), rng) for _ in range(min(count, size // 4)))
    towns = [(rng.uniform(55.5, 68.5), rng.uniform(12.0, 20.0)) for _ in range(200)]
    while len(people) < size:
        share = rng.random()
        for part, west, south, east, north in CITIES:
            if share < part:
                people.append((rng.uniform(south, north), rng.uniform(west, east)))
                break
            share -= part
        else:
            people.append(_beside(*rng.choice(towns), abs(rng.gauss(0.0, 1_500.0)), rng))
    return people


def _still(people: list[Place], rng: random.Random) -> list[Move]:
    moves = []
    for _ in range(MAX_MOVES):
        device = rng.randrange(len(people))
        moves.append((device, *_beside(*people[device], rng.uniform(0.0, 20.0), rng)))
    return moves


def _mix(people: list[Place], rng: random.Random) -> list[Move]:
    """A tenth walks, keeping its direction by and large; with its shorter interval it sends half of all reports."""
    walkers = max(1, len(people) // 10)
    walking = (walkers / 30.0) / (walkers / 30.0 + (len(people) - walkers) / 300.0)
    heading = [rng.uniform(0.0, 2.0 * pi) for _ in range(walkers)]
    stride = len(people) // walkers  # walkers are everywhere, in the spots too
    now = list(people)
    moves = []
    for _ in range(MAX_MOVES):
        if rng.random() < walking:
            walker = rng.randrange(walkers)
            device = walker * stride
            heading[walker] += rng.gauss(0.0, 0.4)
            lat, lon = now[device]
            north, east = STEP_M * cos(heading[walker]), STEP_M * sin(heading[walker])
            now[device] = lat + north / METRES_PER_DEGREE, lon + east / (METRES_PER_DEGREE * cos(radians(lat)))
            moves.append((device, *now[device]))
        else:
            device = rng.randrange(len(people))
            moves.append((device, *_beside(*now[device], abs(rng.gauss(0.0, 5.0)), rng)))
    return moves


def _beside(lat: float, lon: float, metres: float, rng: random.Random) -> Place:
    direction = rng.uniform(0.0, 2.0 * pi)
    degrees = metres / METRES_PER_DEGREE
    return lat + degrees * cos(direction), lon + degrees * sin(direction) / cos(radians(lat))


# --- measuring -------------------------------------------------------------------------------------------------------


def _time_moves(peer: Peer, moves: Iterable[Move], seconds: float) -> float:
    """Updates a second of CPU, the loop that makes them included; ends with the moves or with the time."""
    put, done, elapsed = peer.put, 0, 0.0
    iterator = iter(moves)
    gc.collect()
    while elapsed < seconds and (chunk := list(islice(iterator, 500))):
        start = time.thread_time()
        for device, lat, lon in chunk:
            put(device, lat, lon, ACCURACY_M, 0.0)
        elapsed += time.thread_time() - start
        done += len(chunk)
    return done / elapsed


def _time_queries(peer: Peer, places: list[Place], seconds: float) -> tuple[float, float, float]:
    """Mean hits, p50 and p99 in microseconds of CPU."""
    took: list[float] = []
    hits: list[int] = []
    gc.collect()
    end = time.perf_counter() + seconds / 2.0
    while len(took) < len(places) or time.perf_counter() < end:
        lat, lon = places[len(took) % len(places)]
        start = time.thread_time_ns()
        found = peer.within(lat, lon, REACH_M, 0.0)
        took.append((time.thread_time_ns() - start) / 1_000.0)
        hits.append(len(found))
    return float(np.mean(hits)), float(np.percentile(took, 50)), float(np.percentile(took, 99))


def _compare(peers: dict[str, Peer], places: list[Place]) -> None:
    for lat, lon in places:
        answers = {name: sorted(peer.within(lat, lon, REACH_M, 0.0)) for name, peer in peers.items()}
        right = answers["numpy over all"]
        if wrong := [name for name, answer in answers.items() if answer != right]:
            sys.exit(f"at {lat}, {lon} these found others than numpy over all did: {', '.join(wrong)}")


def _resident_bytes() -> int:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


# --- telling ---------------------------------------------------------------------------------------------------------


def _table(size: int, results: list[Result]) -> Table:
    table = Table(title=f"{size:,} positions", title_justify="left")
    table.add_column("")
    for heading in ("still, updates/s", "mix, updates/s", "bytes each"):
        table.add_column(heading, justify="right")
    for hits in results[0].hits:
        table.add_column(f"{hits:.0f} hits, CPU µs p50 / p99", justify="right")
    for result in results:
        table.add_row(
            result.name,
            f"{result.still_per_s:,.0f}",
            f"{result.mix_per_s:,.0f}",
            f"{result.bytes_each:,.0f}" if size >= 50_000 else "–",  # fewer drown in the allocator's noise
            *(f"{p50:,.0f} / {p99:,.0f}" for p50, p99 in zip(result.query_p50_us, result.query_p99_us, strict=True)),
        )
    return table


def _arguments() -> argparse.Namespace:
    def numbers(text: str) -> list[int]:
        return [int(part) for part in text.split(",")]

    def metres(text: str) -> list[float]:
        return [float(part) for part in text.split(",")]

    parser = argparse.ArgumentParser(
        prog="python -m bench.geo",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--sizes", type=numbers, default=[1_000, 10_000, 70_000], help="how many positions, with commas"
    )
    parser.add_argument("--seconds", type=float, default=0.6, help="at most for each figure (default 0.6)")
    parser.add_argument(
        "--slack", type=metres, default=[], help="measure ours with these slacks instead of its default"
    )
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
