"""Nothing is lost, attacked: a server is killed, frozen, starved and cut off, and a ledger holds it to its word.

    python -m bench.chaos --seconds 600 --clients 1000 --seed 7
    python -m bench.chaos --seconds 60 --clients 200 --out bench-out/chaos

A thousand clients talk, warn, walk, come and go, and come back whenever they are cut off. When all is quiet again,
everything that the server acknowledged must be with everybody whom it concerns, once, in order, and with nobody else.
Everything runs on this machine. Exit code 1: a fault was found, or the run was too tame to find any.
"""

import json
import secrets
import signal
import sys
import tempfile
import time
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from bench.chaos import ledger, records, schedule
from bench.chaos.attack import Attack, Pace
from bench.chaos.report import Report
from bench.conductor import SwarmFailed
from bench.server import ServerFailed
from bench.swarm import limit_open_files

KILL_EVERY_S = 24.0


@click.command(help=__doc__.replace("\n\n    ", "\n\n\b\n    ") if __doc__ else "")
@click.option("--seconds", type=click.FloatRange(5, 1_500), default=600.0, show_default=True, help="How long.")
@click.option("--clients", type=click.IntRange(20, 10_000), default=1_000, show_default=True)
@click.option("--kills", type=click.IntRange(1), help="At least so many SIGKILLs; otherwise one every 24 s, or 3.")
@click.option("--seed", type=int, help="The same seed gives the same people and faults; otherwise a random one.")
@click.option("--out", type=click.Path(path_type=Path), help="Write chaos.json, and all records if there are faults.")
def main(seconds: float, clients: int, kills: int | None, seed: int | None, out: Path | None) -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # to be stopped is to be interrupted: the children go too
    limit_open_files()
    console = Console()
    seed = secrets.randbelow(10_000) if seed is None else seed
    kills = kills or max(3, round(seconds / KILL_EVERY_S))
    console.print(f"seed {seed}: {clients:,} clients, {seconds:.0f} s, at least {kills} kills")
    try:
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
        report = _run(clients, seconds, kills, seed, out, console)
    except (ServerFailed, SwarmFailed, OSError) as error:
        raise click.ClickException(str(error)) from None
    console.print(report.as_table())
    if out is not None:
        (out / "chaos.json").write_text(json.dumps(report.as_json(), indent=2) + "\n")
        if not report.passed:
            (out / "records.msgpack").write_bytes(records.dump(report.records))
    sys.exit(0 if report.passed else 1)


def _run(clients: int, seconds: float, kills: int, seed: int, out: Path | None, console: Console) -> Report:
    plan = schedule.make(seconds, kills, seed)
    bars = Progress(
        TextColumn("{task.description:<7}"),
        BarColumn(),
        TextColumn("{task.fields[note]}"),
        TimeRemainingColumn(),
        console=console,
        refresh_per_second=2,
    )
    # Not in a RAM disk, if that can be told: the log's commits are part of what is attacked.
    with (
        tempfile.TemporaryDirectory(prefix="chaos-", dir=out) as folder,
        bars,
        Attack(Path(folder), clients, seed, Pace.of(seconds)) as attack,
    ):
        bar = bars.add_task("set up", total=None, note=f"{clients:,} clients")
        attack.set_up()
        began = time.monotonic()

        def progress(stage: str, told: dict[str, int]) -> None:
            note = ", ".join(f"{count:,} {name}" for name, count in told.items())
            done = min(seconds, time.monotonic() - began)
            bars.update(bar, description=stage, total=seconds, completed=done, note=note)

        attack.befall(plan, seconds, progress)
        found = attack.account(progress)
        bars.update(bar, description="judge", note="")
        verdict = ledger.judge(found)
        return Report(
            clients=clients,
            seconds=seconds,
            seed=seed,
            kills_wanted=kills,
            records=found,
            verdict=verdict,
            endured=attack.endured,
            complaints=attack.complaints(),
        )


if __name__ == "__main__":
    main()
