"""The course of a deadline run: what is needed is started, the plan is played, everything is stopped again."""

import math
import os
import signal
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from time import monotonic_ns
from typing import Final, NamedTuple

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from bench import swarm
from bench.conductor import Conductor
from bench.floor import MOST_SOCKETS, FloorFailed, floor_us
from bench.plan import Plan
from bench.records import Records, merged
from bench.report import ServerLoad
from bench.sampling import Sampled, Sampling
from bench.server import Server
from bench.swarm import SOCKETS_PER_ADDRESS, limit_open_files
from bench.traced import TracedServer, Way
from bench.vitals import Neighbours
from bench.workload import Profile

SECOND_NS: Final = 1_000_000_000
LEAD_NS: Final = SECOND_NS // 2  # from the word to the start: all swarms must have heard it


class TooFewTokens(Exception):
    """There are fewer tokens than members; says how many."""


class Outcome(NamedTuple):
    """`load` and `floor_us` are None where the server is not ours, and `ways` empty where it was not traced."""

    records: Records
    load: ServerLoad | None
    sampled: Sampled
    start_ns: int
    floor_us: float | None
    ways: dict[str, Way]  # of alerts through a server of our own


def play(
    profile: Profile,
    made: Plan,
    out: Path,
    url: str | None,
    tokens: Path | None,
    generators: int | None,
    console: Console,
    *,
    trace: bool = True,
) -> Outcome:
    """Against a server of our own, or the one at `url`. Raises TooFewTokens, ServerFailed, SwarmFailed."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # to be stopped is to be interrupted: the child goes too
    limit_open_files()
    first, *others = sorted(os.sched_getaffinity(0))
    server_cores, own_cores = ({first}, set(others)) if others else ({first}, {first})
    with ExitStack() as stack:
        server = None
        if url is None:
            # Beside the results, not in a RAM disk: the log's commits are part of what is measured.
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="server-", dir=out))
            kind = TracedServer if trace else Server
            server = stack.enter_context(kind(Path(folder), profile.settings, server_cores))
            url, words = server.url, server.tokens(made.clients)
        else:
            assert tokens is not None
            words = tokens.read_text().split()
            if len(words) < made.clients:
                raise TooFewTokens(f"{made.clients} members, but {tokens} has {len(words)} tokens")
        os.sched_setaffinity(0, own_cores)
        processes = generators or math.ceil(made.clients / SOCKETS_PER_ADDRESS)
        shards = swarm.shards(made, url, words, processes)
        conductor = stack.enter_context(Conductor(swarm.main, shards, own_cores))
        bars = stack.enter_context(
            Progress(
                TextColumn("{task.description:<9}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[note]}"),
                TimeRemainingColumn(),
                console=console,
                refresh_per_second=4,  # the terminal is drawn on the generator's core
            )
        )
        outcome = _conduct(made, conductor, url, server, server_cores, bars)
    if server is None:
        return outcome
    with console.status("The floor"):
        return outcome._replace(floor_us=_floor(outcome.records, made, server_cores))


def _conduct(
    made: Plan, conductor: Conductor, url: str, server: Server | None, cores: set[int], bars: Progress
) -> Outcome:
    tasks: dict[str, TaskID] = {}
    frames: dict[str, int] = {}

    def stage(name: str, total: float) -> None:
        tasks[name] = bars.add_task(name, total=total, note="")

    def progress(name: str, count: int) -> None:
        if name == "frames":
            frames[name] = max(count, frames.get(name, 0))
        else:
            bars.advance(tasks[name], count)

    rss_before_kib = server.rss_kib() if server else 0
    stage("connect", made.clients)
    conductor.until("connected", progress)
    stage("groups", len(made.groups))
    conductor.lead(None)
    groups = {number: group for part in conductor.until("created", progress) for number, group in part.items()}
    stage("join", sum(len(group.members) - 1 for group in made.groups))
    conductor.lead(groups)
    conductor.until("joined", progress)
    rss_connected_kib = server.rss_kib() if server else 0

    stage("run", int(made.seconds))
    start_ns = monotonic_ns() + LEAD_NS
    conductor.lead(start_ns)
    cpu_s, began = server.cpu_s() if server else 0.0, time.monotonic()
    neighbours = Neighbours(server, cores) if server else None

    def clock() -> None:
        done = min(made.seconds, max(0.0, (monotonic_ns() - start_ns) / SECOND_NS))
        bars.update(tasks["run"], completed=int(done), note=f"{frames.get('frames', 0):,} frames")

    with Sampling(url, server) as sampling:
        conductor.until("played", progress, clock)
        load = None
        if server and neighbours:
            load = ServerLoad(
                cpu_s=server.cpu_s() - cpu_s,
                elapsed_s=time.monotonic() - began,
                rss_before_kib=rss_before_kib,
                rss_connected_kib=rss_connected_kib,
                others=neighbours.share(),
            )
    ways = server.ways() if isinstance(server, TracedServer) else {}
    return Outcome(merged(conductor.until("records", progress)), load, sampling.sampled, start_ns, None, ways)


def _floor(records: Records, made: Plan, cores: set[int]) -> float | None:
    """With a frame of the size that the run's alerts had on average; None if it cannot be measured."""
    frames = len(records.deliveries.client)
    if not frames:
        return None
    try:
        return floor_us(max(126, records.alert_bytes // frames), min(made.clients, MOST_SOCKETS), cores)
    except FloorFailed:
        return None
