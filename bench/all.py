"""Every target of the server in one run of about 12 minutes: each measured by its own bench, told in one report.

    make bench
    python -m bench.all --only alerts,delivery        these now, of the others what an earlier run has left
    python -m bench.all --docs                        and write docs/bench.md, docs/bench.png and the README's table

The parts run one after another, each a process of its own, with a log and a file of figures in the folder of results.
If one breaks, the others go on, and its rows say that they are not in this run. Then all are drawn up: bench.html for
people, bench.json for machines; the deadline report of the part with the alerts lies beside them.

Exit code 1: something was lost, doubled or went to the wrong person, or a part left no figures. A figure that misses
its target is named, but is no error: it depends on the machine.
"""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bench import machine
from bench.all_docs import write_docs
from bench.all_report import Told, page, terminal
from bench.rows import Results, faults, rows, time_budget

STOP_S: Final = 15.0
LOOK_S: Final = 1.0
FACTOR: Final = 2.0  # of what a part takes here it may take elsewhere, and so long more, before it is given up
GRACE_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Part:
    """One bench: its arguments, in which {out} is the folder of its own, the file that it leaves there, how long."""

    name: str
    arguments: str
    leaves: str
    about_s: int

    @property
    def folder(self) -> str:
        return self.name.replace(" ", "-")

    def command(self, out: Path) -> list[str]:
        return [sys.executable, "-m", *(one.format(out=out / self.folder) for one in self.arguments.split())]

    def file(self, out: Path) -> Path:
        return out / self.folder / self.leaves


PARTS: Final = (
    Part("alerts", "bench.deadline --profile platform-70k --seconds 420 --out {out}", "deadline.json", 480),
    Part("coming back", "bench.storm --away 30 --out {out}", "storm-cut.json", 80),
    Part(
        "peers",
        "bench.peers --recipients 10000 --rounds 20 --only write,samverkan,picows --out {out}",
        "peers.json",
        40,
    ),
    Part("crowd", "bench.delivery --recipients 10000 --rounds 8 --json {out}/figures.json", "figures.json", 40),
    Part("delivery", "bench.delivery --rounds 40 --json {out}/figures.json", "figures.json", 30),
    Part("position", "bench.inbound --rounds 30 --json {out}/figures.json", "figures.json", 40),
    Part("handshake", "bench.handshake --json {out}/figures.json", "figures.json", 30),
    Part("index", "bench.geo --sizes 70000 --json {out}/figures.json", "figures.json", 15),
    Part("memory", "bench.memory --json {out}/figures.json", "figures.json", 15),
)
NAMES: Final = tuple(part.name for part in PARTS)


@click.command(help=__doc__.replace("\n\n    ", "\n\n\b\n    ") if __doc__ else "")
@click.option("--only", default="", help=f"Some of: {','.join(NAMES)}.")
@click.option("--docs", is_flag=True, help="Write docs/bench.md, docs/bench.png and the README's table from this run.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("bench-out"), show_default=True)
def main(only: str, docs: bool, out: Path) -> None:
    wanted = [name for name in only.split(",") if name]
    if unknown := set(wanted) - set(NAMES):
        raise click.UsageError(f"no part {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # to be stopped is to be interrupted: the child goes too
    console = Console(width=None if sys.stdout.isatty() else 120)
    chosen = [part for part in PARTS if not wanted or part.name in wanted]
    began = time.time()
    broken = run(chosen, out, console)
    told = gathered(out, began, broken)
    console.print(terminal(told))
    (out / "bench.json").write_text(json.dumps(told.as_json(), indent=2) + "\n")
    (out / "bench.html").write_text(page(told))
    made = [out / "bench.html", out / "bench.json"]
    if docs:
        made += write_docs(told)
    console.print(", ".join(map(str, made)))
    sys.exit(bool(broken or told.faults))


def run(parts: Sequence[Part], out: Path, console: Console) -> list[str]:
    """One after another; what went wrong with those that left no figures."""
    broken = []
    with Progress(
        TextColumn("{task.description:<12}"), BarColumn(), TimeElapsedColumn(), console=console, refresh_per_second=1
    ) as bars:
        whole = bars.add_task("all", total=sum(part.about_s for part in parts))
        for part in parts:
            own = bars.add_task(part.name, total=part.about_s)
            done_s = 0.0

            def tell(now_s: float, own: Any = own, part: Part = part) -> None:
                nonlocal done_s
                now_s = min(now_s, part.about_s)
                bars.advance(whole, now_s - done_s)
                bars.update(own, completed=now_s)
                done_s = now_s

            if (why := played(part, out, tell)) is not None:
                broken.append(f"{part.name}: {why}")
                console.print(f"{part.name} left no figures: {why}", style="bold red", markup=False)
            tell(part.about_s)
            bars.stop_task(own)
    return broken


def played(part: Part, out: Path, tell: Callable[[float], None]) -> str | None:
    """Run one; why it left no figures, or None if it did. Its exit code says what its figures say better."""
    file, began = part.file(out), time.monotonic()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    log, most_s = file.parent / "log", FACTOR * part.about_s + GRACE_S
    with log.open("wb") as to:
        process = subprocess.Popen(part.command(out), stdout=to, stderr=to, start_new_session=True)
        try:
            while (waited_s := time.monotonic() - began) < most_s:
                try:
                    process.wait(LOOK_S)
                    break
                except subprocess.TimeoutExpired:
                    tell(waited_s)
        finally:
            _stop(process)
    if file.exists():
        return None
    if waited_s >= most_s:
        return f"no figures within {most_s:.0f} s (see {log})"
    last = log.read_text(errors="replace").strip().splitlines()[-1:]
    return f"{last[0] if last else f'it ended with {process.returncode}'} (see {log})"


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()  # its own servers and swarms go with it
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def gathered(out: Path, began: float, broken: Sequence[str]) -> Told:
    """What lies in the folder: of this run, and of parts that were not in it, what an earlier one has left."""
    results: dict[str, dict[str, Any]] = {}
    older: dict[str, str] = {}
    for part in PARTS:
        file = part.file(out)
        if file.exists():
            results[part.name] = json.loads(file.read_text())
            if (at := file.stat().st_mtime) < began:
                older[part.name] = time.strftime("%Y-%m-%d %H:%M", time.localtime(at))
    return told_of(results, older, broken, out)


def told_of(results: Results, older: dict[str, str], broken: Sequence[str], out: Path) -> Told:
    return Told(
        rows=rows(results),
        promises=time_budget(results),
        results=results,
        faults=faults(results),
        broken=list(broken),
        older=older,
        machine=machine.line(),
        deadline=Path("alerts") / "deadline.html" if (out / "alerts" / "deadline.html").exists() else None,
    )


if __name__ == "__main__":
    main()
