"""Does everybody get each alert in time, once, and nobody else? Thousands of members on one machine, by a profile.

    python -m bench.deadline --clients 2000 --seconds 60
    python -m bench.deadline --profile must-hold --out bench-out/must-hold
    python -m bench.deadline --url ws://127.0.0.1:8765/v1 --tokens tokens.txt

Everything runs in the exercise world. Exit code 1: the run is invalid, or something was lost, doubled or went wrong.
"""

import json
import math
import os
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from time import monotonic_ns

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from bench import plan, swarm, workload
from bench.conductor import Conductor, SwarmFailed
from bench.judge import judge
from bench.plan import Plan
from bench.plot import draw
from bench.records import Records, merged
from bench.report import Report, ServerLoad
from bench.server import Server, ServerFailed
from bench.swarm import SOCKETS_PER_ADDRESS, limit_open_files
from bench.workload import BadProfile, Profile

SECOND_NS = 1_000_000_000
LEAD_NS = SECOND_NS // 2  # from the word to the start: all swarms must have heard it


@click.command(help=__doc__.replace("\n\n    ", "\n\n\b\n    ") if __doc__ else "")
@click.option("--profile", default="small", show_default=True, help=f"One of {', '.join(workload.names())}, or a file.")
@click.option("--clients", type=click.IntRange(2, 200_000), help="How many members; otherwise as the profile says.")
@click.option("--seconds", type=click.FloatRange(1, 1_500), help="How long; otherwise as the profile says.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same people, walks and alerts.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("bench-out"), show_default=True)
@click.option("--url", help="A running server, instead of one of our own; needs --tokens.")
@click.option("--tokens", type=click.Path(exists=True, path_type=Path), help="One token a line, of the exercise world.")
@click.option("--generators", type=click.IntRange(1), help="Swarm processes; otherwise one for each 19,000 members.")
def main(
    profile: str,
    clients: int | None,
    seconds: float | None,
    seed: int,
    out: Path,
    url: str | None,
    tokens: Path | None,
    generators: int | None,
) -> None:
    if (url is None) != (tokens is None):
        raise click.UsageError("--url and --tokens go together: a server's tokens are its own")
    console = Console()
    try:
        given = workload.load(profile)
        made = plan.make(given, clients or given.clients, seconds or given.seconds, seed)
        out.mkdir(parents=True, exist_ok=True)
        records, load = _run(given, made, out, url, tokens, generators, console)
    except (BadProfile, ServerFailed, SwarmFailed) as error:
        raise click.ClickException(str(error)) from None
    with console.status("Judging"):
        verdict = judge(made, records, alone=url is None)
    report = Report(
        profile=given,
        clients=made.clients,
        seconds=made.seconds,
        seed=seed,
        records=records,
        verdict=verdict,
        load=load,
    )
    console.print(report.as_table())
    (out / "deadline.json").write_text(json.dumps(report.as_json(), indent=2) + "\n")
    draw(report, out / "deadline.png")
    console.print(f"{out / 'deadline.json'}, {out / 'deadline.png'}")
    sys.exit(0 if report.passed else 1)


def _run(
    profile: Profile,
    made: Plan,
    out: Path,
    url: str | None,
    tokens: Path | None,
    generators: int | None,
    console: Console,
) -> tuple[Records, ServerLoad | None]:
    """Start what is needed, play the plan, stop it again, whatever happens."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # to be stopped is to be interrupted: the child goes too
    limit_open_files()
    first, *others = sorted(os.sched_getaffinity(0))
    server_cores, own_cores = ({first}, set(others)) if others else ({first}, {first})
    with ExitStack() as stack:
        server = None
        if url is None:
            # Beside the results, not in a RAM disk: the log's commits are part of what is measured.
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="server-", dir=out))
            server = stack.enter_context(Server(Path(folder), profile.settings, server_cores))
            url, words = server.url, server.tokens(made.clients)
        else:
            assert tokens is not None
            words = tokens.read_text().split()
            if len(words) < made.clients:
                raise click.UsageError(f"{made.clients} members, but {tokens} has {len(words)} tokens")
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
        return _conduct(made, conductor, server, bars)


def _conduct(
    made: Plan, conductor: Conductor, server: Server | None, bars: Progress
) -> tuple[Records, ServerLoad | None]:
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
    rss_connected_kib = server.rss_kib() if server else 0
    stage("groups", len(made.groups))
    conductor.lead(None)
    groups = {number: group for part in conductor.until("created", progress) for number, group in part.items()}
    stage("join", sum(len(group.members) - 1 for group in made.groups))
    conductor.lead(groups)
    conductor.until("joined", progress)

    stage("run", int(made.seconds))
    start_ns = monotonic_ns() + LEAD_NS
    conductor.lead(start_ns)
    cpu_s, began = server.cpu_s() if server else 0.0, time.monotonic()

    def clock() -> None:
        done = min(made.seconds, max(0.0, (monotonic_ns() - start_ns) / SECOND_NS))
        bars.update(tasks["run"], completed=int(done), note=f"{frames.get('frames', 0):,} frames")

    conductor.until("played", progress, clock)
    load = None
    if server:
        load = ServerLoad(
            cpu_s=server.cpu_s() - cpu_s,
            elapsed_s=time.monotonic() - began,
            rss_before_kib=rss_before_kib,
            rss_connected_kib=rss_connected_kib,
        )
    return merged(conductor.until("records", progress)), load


if __name__ == "__main__":
    main()
