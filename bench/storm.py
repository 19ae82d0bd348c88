"""Ten thousand are cut off at once, miss something, and come back within seconds. Does everybody get what they missed?

    python -m bench.storm
    python -m bench.storm --clients 2000 --away 10
    python -m bench.storm --restart
    python -m bench.storm --restart --term

Each client is in about three groups of 20 to 150. A few who stay post into them while the rest are away, so that each
misses about so many messages; then all come back, with their places and their last position, and heed what the server
says: 503 with Retry-After, `busy`, `drain`. Meanwhile 200 who are connected get a public red every two seconds.

With --restart the server is killed, and started again on the same data: nothing is in its memory. With --term it is
asked to stop, and tells its clients when to come back. Nobody could post while it is down, so everybody is there while
it is done, and comes back with the places of before, as an app does that died before it had stored them; those 200 are
let in first, and their reds begin then.

Everything runs in the exercise world. Exit code 1: the run is invalid, something was lost, doubled or out of order, or
a target was missed.
"""

import json
import math
import os
import signal
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench import judge as reds
from bench import storm_plan, swarm
from bench.conductor import Conductor, SwarmFailed
from bench.plan import Plan
from bench.server import Server, ServerFailed
from bench.storm_course import Course, Outcome
from bench.storm_judge import judge
from bench.storm_plan import Storm
from bench.storm_report import StormReport
from bench.storm_swarm import CrowdShard, How, crowd_main, stayers_main

CALM_S = 6.0  # of reds before the storm, to compare with
A_CROWD = 10_000  # clients of one process


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    clients: int
    missed: int
    away_s: float
    within_s: float
    watchers: int
    red_every_s: float
    how: How
    patience_s: float
    seed: int
    generators: int


@click.command(help=__doc__.replace("\n\n    ", "\n\n\b\n    ") if __doc__ else "")
@click.option("--clients", type=click.IntRange(10, 18_000), default=10_000, show_default=True, help="Who come back.")
@click.option("--missed", type=click.IntRange(1), default=20, show_default=True, help="Events that each missed, about.")
@click.option("--away", type=click.FloatRange(0.5), default=60.0, show_default=True, help="Seconds away.")
@click.option(
    "--within", type=click.FloatRange(0.1), default=10.0, show_default=True, help="Seconds of first attempts."
)
@click.option("--watchers", type=click.IntRange(1, 900), default=200, show_default=True, help="Who stay, and get reds.")
@click.option("--red-every", type=click.FloatRange(0.05), default=2.0, show_default=True, help="Seconds between reds.")
@click.option("--restart", is_flag=True, help="The server is killed, and comes back with the same data.")
@click.option("--term", is_flag=True, help="With --restart: it is asked to stop, and drains.")
@click.option("--patience", type=click.FloatRange(1), default=90.0, show_default=True, help="Seconds until given up.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same people, groups and attempts.")
@click.option("--generators", type=click.IntRange(1), help="Processes for those who come back; else one for 10,000.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("bench-out"), show_default=True)
def main(
    clients: int,
    missed: int,
    away: float,
    within: float,
    watchers: int,
    red_every: float,
    restart: bool,
    term: bool,
    patience: float,
    seed: int,
    generators: int | None,
    out: Path,
) -> None:
    if term and not restart:
        raise click.UsageError("--term goes with --restart")
    options = Options(
        clients=clients,
        missed=missed,
        away_s=away,
        within_s=within,
        watchers=watchers,
        red_every_s=red_every,
        how="drain" if term else "kill" if restart else "cut",
        patience_s=patience,
        seed=seed,
        generators=generators or processes(clients),
    )
    console = Console(width=None if sys.stdout.isatty() else 120)
    out.mkdir(parents=True, exist_ok=True)
    try:
        report = run(options, out, console)
    except (ServerFailed, SwarmFailed) as error:
        raise click.ClickException(str(error)) from None
    console.print(report.as_table())
    told = out / f"storm-{options.how}.json"
    told.write_text(json.dumps(report.as_json(), indent=2) + "\n")
    console.print(str(told))
    sys.exit(0 if report.passed else 1)


def processes(clients: int) -> int:
    """How many swarm processes they need."""
    return math.ceil(clients / A_CROWD)


def run(options: Options, out: Path, console: Console) -> StormReport:
    """Start what is needed, let the storm pass, stop everything again, whatever happens."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # to be stopped is to be interrupted: the child goes too
    swarm.limit_open_files()
    first, *others = sorted(os.sched_getaffinity(0))
    server_cores, own_cores = ({first}, set(others)) if others else ({first}, {first})
    storm = storm_plan.make(options.clients, options.missed, options.away_s, options.within_s, options.seed)
    calm_s = min(CALM_S, options.away_s / 2) if options.how == "cut" else 0.0
    reds_s = calm_s + 2 * options.within_s  # and so long after the last first attempt
    stay = storm_plan.stayers(options.watchers, options.red_every_s, reds_s, options.seed)
    with ExitStack() as stack:
        # Beside the results, not in a RAM disk: what was missed is read from the disk.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="server-", dir=out)))
        server = stack.enter_context(Server(folder, {}, server_cores))
        tokens = server.tokens(storm.crowd.clients + stay.clients)
        os.sched_setaffinity(0, own_cores)
        shards = [
            CrowdShard(storm=storm, shard=shard, how=options.how, patience_s=options.patience_s)
            for shard in swarm.shards(storm.crowd, server.url, tokens, options.generators)
        ]
        crowd = stack.enter_context(Conductor(crowd_main, shards, own_cores))
        stay_shards = swarm.shards(stay, server.url, tokens[storm.crowd.clients :], 1)
        stayers = stack.enter_context(Conductor(stayers_main, stay_shards, own_cores))
        columns = (TextColumn("{task.description:<8}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        # Not more often: the terminal is drawn on the generator's core.
        bars = stack.enter_context(Progress(*columns, console=console, refresh_per_second=4))
        successor = partial(Server, folder, {}, server_cores, server.port)
        outcome = Course(storm, options.how, server, server_cores, successor, crowd, stayers, bars).run(
            options.away_s, calm_s
        )
    with console.status("Judging"):
        return _judged(options, storm, stay, outcome, len(own_cores))


def _judged(options: Options, storm: Storm, stay: Plan, outcome: Outcome, cores: int) -> StormReport:
    rooms_of: list[set[str]] = [set() for _ in range(storm.clients)]
    for number, group in enumerate(storm.crowd.groups):
        for client in group.members[1:]:
            rooms_of[client].add(outcome.rooms[number])
    returns = [one for crowd in outcome.crowds for one in crowd.returns]
    return StormReport(
        how=options.how,
        clients=options.clients,
        away_s=options.away_s,
        within_s=options.within_s,
        seed=options.seed,
        missed=storm.missed,
        crowds=outcome.crowds,
        stayers=outcome.stayers,
        verdict=judge(outcome.posted, rooms_of, returns),
        red_verdict=reds.judge(stay, outcome.stayers, alone=True),
        load=outcome.load,
        generator_cores=cores,
    )


if __name__ == "__main__":
    main()
