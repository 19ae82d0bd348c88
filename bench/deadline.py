"""Does everybody get each alert in time, once, and nobody else? Thousands of members on one machine, by a profile.

    python -m bench.deadline --clients 2000 --seconds 60
    python -m bench.deadline --profile must-hold --out bench-out/must-hold
    python -m bench.deadline --profile platform-70k --deaf 0.05
    python -m bench.deadline --url ws://127.0.0.1:8765/v1 --tokens tokens.txt

It ends with a verdict for each promise that the profile exercises, and leaves deadline.html, a report for people,
beside deadline.json. Everything runs in the exercise world. Exit code 1: the run is invalid, or something was lost,
doubled or went wrong; a promise that is missed is told, but is no error.
"""

import json
import sys
from pathlib import Path

import click
from msgspec.structs import replace
from rich.console import Console

from bench import deadline_course, plan, storm_profile, workload
from bench.conductor import SwarmFailed
from bench.deadline_course import Outcome, TooFewTokens
from bench.judge import judge
from bench.judge_chat import judge_chat
from bench.page import page
from bench.plan import Plan
from bench.plot import draw
from bench.report import Report
from bench.server import ServerFailed
from bench.workload import BadProfile, Profile


@click.command(help=__doc__.replace("\n\n    ", "\n\n\b\n    ") if __doc__ else "")
@click.option("--profile", default="small", show_default=True, help=f"One of {', '.join(workload.names())}, or a file.")
@click.option("--clients", type=click.IntRange(2, 200_000), help="How many members; otherwise as the profile says.")
@click.option("--seconds", type=click.FloatRange(1, 1_500), help="How long; otherwise as the profile says.")
@click.option("--deaf", type=click.FloatRange(0, 0.5), help="This share reads nothing; otherwise as the profile says.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same people, walks and alerts.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("bench-out"), show_default=True)
@click.option("--url", help="A running server, instead of one of our own; needs --tokens.")
@click.option("--tokens", type=click.Path(exists=True, path_type=Path), help="One token a line, of the exercise world.")
@click.option("--generators", type=click.IntRange(1), help="Swarm processes; otherwise one for each 19,000 members.")
@click.option("--trace/--no-trace", default=True, show_default=True, help="Note when each alert passes what in there.")
def main(
    profile: str,
    clients: int | None,
    seconds: float | None,
    deaf: float | None,
    seed: int,
    out: Path,
    url: str | None,
    tokens: Path | None,
    generators: int | None,
    trace: bool,
) -> None:
    if (url is None) != (tokens is None):
        raise click.UsageError("--url and --tokens go together: a server's tokens are its own")
    console = Console()
    try:
        given = workload.load(profile)
        if deaf is not None:
            given = replace(given, people=replace(given.people, deaf_share=deaf))
        if given.storm is not None:
            passed = storm_profile.run(given, clients or given.clients, seed, out, console, own=url is None)
        else:
            made = plan.make(given, clients or given.clients, seconds or given.seconds, seed)
            out.mkdir(parents=True, exist_ok=True)
            outcome = deadline_course.play(given, made, out, url, tokens, generators, console, trace=trace)
            passed = _told(given, made, outcome, seed, out, url, console)
    except (BadProfile, ServerFailed, SwarmFailed, TooFewTokens) as error:
        raise click.ClickException(str(error)) from None
    sys.exit(0 if passed else 1)


def _told(
    profile: Profile, made: Plan, outcome: Outcome, seed: int, out: Path, url: str | None, console: Console
) -> bool:
    """Judge what was played, and tell it; whether it passed."""
    with console.status("Judging"):
        verdict = judge(made, outcome.records, alone=url is None)
        judge_chat(made, outcome.records, verdict)
    report = Report(
        profile=profile,
        clients=made.clients,
        seconds=made.seconds,
        seed=seed,
        records=outcome.records,
        verdict=verdict,
        load=outcome.load,
        sampled=outcome.sampled,
        start_ns=outcome.start_ns,
        ways=outcome.ways,
        floor_us=outcome.floor_us,
        deaf=len(made.deaf),
        address=url,
    )
    console.print(report.as_table())
    (out / "deadline.json").write_text(json.dumps(report.as_json(), indent=2) + "\n")
    draw(report, out / "deadline.png")
    (out / "deadline.html").write_text(page(report))
    console.print(f"{out / 'deadline.html'}, {out / 'deadline.json'}, {out / 'deadline.png'}")
    return report.passed


if __name__ == "__main__":
    main()
