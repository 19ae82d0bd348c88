"""What a fan-out costs other servers, and what it costs samverkan: the same message, recipients and cores for all.

    python -m bench.peers --recipients 10000 --rounds 20
    python -m bench.peers --recipients 1000 --recipients 10000 --only write,samverkan,picows --out bench-out/peers

Every server runs at once, pinned to one core, and has its turn in each round; its recipients are one program, the same
for all, on the other core. Measured is the server's processor time for each delivery, as a ratio to a loop of uvloop's
`transport.write` in the same round; the time until the last recipient has it; and memory for each idle connection.
Each recipient is checked to have had each message once. `python -m bench.peers.install` gets what is missing; who is
missing still is told as such. Exit code 1: somebody failed, or lost, doubled or spoilt a message.
"""

import json
import signal
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bench import machine
from bench.peers import course
from bench.peers.account import Account, complete
from bench.peers.install import DEFAULT, Place
from bench.peers.report import Report
from bench.peers.roster import ROSTER, Peer
from bench.swarm import limit_open_files

_NAMES = tuple(peer.name for peer in ROSTER)


@click.command(help=__doc__.replace("\n\n    ", "\n\n\b\n    ") if __doc__ else "")
@click.option(
    "--recipients",
    type=click.IntRange(2, 18_000),
    multiple=True,
    default=(1_000, 10_000),
    show_default=True,
    help="How many; given several times, a run for each.",
)
@click.option("--rounds", type=click.IntRange(2), default=20, show_default=True)
@click.option("--only", default="", help=f"Some of: {','.join(_NAMES)}.")
@click.option("--into", type=click.Path(path_type=Path), default=DEFAULT, show_default="~/.cache/samverkan-peers")
@click.option("--out", type=click.Path(path_type=Path), default=Path("bench-out/peers"), show_default=True)
def main(recipients: tuple[int, ...], rounds: int, only: str, into: Path, out: Path) -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # to be stopped is to be interrupted: the servers go too
    limit_open_files()
    peers, place, console = _chosen(only), Place(into), Console()
    if not console.is_terminal:
        console = Console(width=130)
    missing = {peer.name: why for peer in peers if (why := peer.lacks(place)) is not None}
    present = [peer for peer in peers if peer.name not in missing]
    busy = float(machine.describe()["load_1min"])
    out.mkdir(parents=True, exist_ok=True)
    runs = {count: _run(present, missing, place, out, count, rounds, console) for count in sorted(set(recipients))}
    versions = {peer.name: peer.version(place) for peer in present}
    report = Report(peers, versions, runs, rounds, machine.line(), busy)
    for table in report.tables():
        console.print(table)
    for peer in peers:
        console.print(f"{peer.title}: {versions.get(peer.name) or missing[peer.name]}", highlight=False)
    (out / "peers.json").write_text(json.dumps(report.as_json(), indent=2) + "\n")
    (out / "peers.md").write_text(report.markdown())
    from bench.peers.plot import draw  # here, for each process of recipients imports this module again

    draw(report, out / "peers.png")
    console.print(f"{out / 'peers.json'}, {out / 'peers.md'}, {out / 'peers.png'}")
    sys.exit(not all(complete(accounts) for accounts in runs.values()))


def _chosen(only: str) -> list[Peer]:
    names = [name for name in only.split(",") if name]
    if unknown := set(names) - set(_NAMES):
        raise click.UsageError(f"no peer {', '.join(sorted(unknown))}; there are {', '.join(_NAMES)}")
    return [peer for peer in ROSTER if not names or peer.name in names]


def _run(
    present: list[Peer],
    missing: dict[str, str],
    place: Place,
    out: Path,
    recipients: int,
    rounds: int,
    console: Console,
) -> dict[str, Account]:
    """In `out` and not in a RAM disk: samverkan's commits are part of what is measured."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[now]:<36}"),
        TimeRemainingColumn(),
        console=console,
        refresh_per_second=2,  # the terminal is drawn on the recipients' core
    ) as bars:
        bar = bars.add_task(f"{recipients:,} recipients", total=course.steps(len(present), rounds), now="")
        accounts = course.run(
            present, place, out, recipients, rounds, lambda now, count: bars.update(bar, advance=count, now=now)
        )
    return accounts | {name: Account(name, recipients, failed=why) for name, why in missing.items()}


if __name__ == "__main__":
    main()
