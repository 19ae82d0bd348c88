"""What reading back costs, in a log with a million events: catching up, pages of history, starting, memory.

    python -m bench.replay
    python -m bench.replay --events 100000 --runs 10

The log is made through the store, in a folder that is deleted afterwards; a million events take about a minute. Then a
real server has it, and one client asks, over the loopback:

    replay     it has missed the last 1,000 events of one room: from hello sent to `live` received, in both encodings,
               of a room that half the log is about, and of one whose events lie scattered through all of it
    history    pages of 50 at the end, anywhere, and at the beginning of a large, a middling and a small room
    start      from exec to the ready line, and to the first `welcome`, with nothing of the log in the page cache
    memory     after starting, and after 1,000 have caught up, for three lengths of the log, each from a fresh start

Every answer is checked against what was stored. Exit code 1: an answer was wrong, the run is invalid, or a target was
missed.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.fill import LARGE, STAIRS, Filled, Log
from bench.reader import ReadFailed
from bench.replay_measure import (
    ROOMS,
    SETTINGS,
    WHERE,
    Footprint,
    Series,
    Start,
    footprint,
    pages,
    replays,
    start,
)
from bench.replay_report import ReplayReport
from bench.server import Server, ServerFailed
from bench.vitals import Neighbours

READER = "bench-0"  # as `samverkan token --count 1` names it


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    events: int
    replayed: int
    runs: int
    pages: int
    starts: int
    catch_ups: int
    seed: int


@click.command(help=__doc__.replace("\n\n    ", "\n\n\b\n    ") if __doc__ else "")
@click.option("--events", type=click.IntRange(100), default=1_000_000, show_default=True, help="In the longest log.")
@click.option("--replayed", type=click.IntRange(1), default=1_000, show_default=True, help="Events missed in one room.")
@click.option("--runs", type=click.IntRange(1), default=30, show_default=True, help="Replays of each kind.")
@click.option("--pages", type=click.IntRange(2), default=200, show_default=True, help="Pages of each kind.")
@click.option("--starts", type=click.IntRange(1), default=3, show_default=True, help="Starts with each log.")
@click.option("--catch-ups", type=click.IntRange(1), default=1_000, show_default=True, help="Before memory is read.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same rooms and pages.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("bench-out"), show_default=True)
def main(events: int, replayed: int, runs: int, pages: int, starts: int, catch_ups: int, seed: int, out: Path) -> None:
    options = Options(
        events=events, replayed=replayed, runs=runs, pages=pages, starts=starts, catch_ups=catch_ups, seed=seed
    )
    console = Console(width=None if sys.stdout.isatty() else 120)
    out.mkdir(parents=True, exist_ok=True)
    columns = (TextColumn("{task.description:<16}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        # Beside the results, not in a RAM disk: what is read back is read from the disk.
        with (
            tempfile.TemporaryDirectory(prefix="server-", dir=out) as folder,
            Progress(*columns, console=console, refresh_per_second=4) as bars,
        ):
            report = Session(options, Path(folder), bars).run()
    except (ServerFailed, ReadFailed, OSError) as error:
        raise click.ClickException(str(error)) from None
    console.print(report.as_table())
    told = out / "replay.json"
    told.write_text(json.dumps(report.as_json(), indent=2) + "\n")
    console.print(str(told))
    sys.exit(0 if report.passed else 1)


class Session:
    """One log, filled further and further, and a server on it at each length."""

    def __init__(self, options: Options, folder: Path, bars: Progress) -> None:
        self._options, self._folder, self._bars = options, folder, bars
        first, *others = sorted(os.sched_getaffinity(0))
        self._server_cores, own_cores = ({first}, set(others)) if others else ({first}, {first})
        os.sched_setaffinity(0, own_cores)
        self._log = Log(folder / "data", [READER], options.seed)
        self._token = self._make_token()
        self._starts: dict[int, list[Start]] = {}
        self._footprints: list[tuple[Footprint, Series]] = []

    def run(self) -> ReplayReport:
        most, filling_s = self._options.events, 0.0
        for events in sorted({min(1_000, most), most // 10, most}):
            began = time.monotonic()
            filled = self._fill(events)
            filling_s += time.monotonic() - began
            self._start_and_catch_up(filled)
        with self._server() as server:
            neighbours = Neighbours(server, self._server_cores)
            replayed = self._replays(server, filled)
            read = self._pages(server, filled)
            others = neighbours.share()
        return ReplayReport(
            filled=filled,
            filled_per_s=filled.events / filling_s,
            log_bytes=sum(path.stat().st_size for path in (self._folder / "data").iterdir()),
            replays=replayed,
            pages=read,
            starts=self._starts,
            footprints=[one for one, _ in self._footprints],
            catch_ups=[series for _, series in self._footprints],
            others=others,
            seed=self._options.seed,
        )

    def _server(self) -> Server:
        return Server(self._folder, SETTINGS, self._server_cores)

    def _make_token(self) -> str:
        """The key that signs it lives in the data folder, whoever has that."""
        with self._server() as server:
            return server.tokens(1)[0]

    def _fill(self, events: int) -> Filled:
        task = self._bars.add_task(f"fill to {events:,}", total=events - self._log.events)
        return asyncio.run(self._log.fill_to(events, lambda count: self._bars.advance(task, count)))

    def _start_and_catch_up(self, filled: Filled) -> None:
        options, data = self._options, self._folder / "data"
        starting = self._bars.add_task("start", total=options.starts)
        starts = self._starts[filled.events] = []
        for number in range(options.starts):
            server, took = start(self._server, data, self._token)
            try:
                starts.append(took)
                self._bars.advance(starting)
                if number == options.starts - 1:
                    task = self._bars.add_task("catch up", total=options.catch_ups)
                    tick = partial(self._bars.advance, task)
                    self._footprints.append(footprint(server, self._token, filled, options.catch_ups, tick))
            finally:
                server.stop()

    def _replays(self, server: Server, filled: Filled) -> list[Series]:
        options = self._options
        task = self._bars.add_task("replay", total=4 * options.runs)
        return [
            replays(
                server.url,
                self._token,
                room,
                filled.rooms[room],
                options.replayed,
                options.runs,
                msgpack,
                partial(self._bars.advance, task),
            )
            for room in (LARGE, STAIRS)
            for msgpack in (False, True)
        ]

    def _pages(self, server: Server, filled: Filled) -> list[Series]:
        options = self._options
        task = self._bars.add_task("history", total=len(ROOMS) * len(WHERE) * (options.pages // 2) * 2)
        tick = partial(self._bars.advance, task)
        return [
            pages(server.url, self._token, room, where, filled.rooms[room], options.pages, options.seed, tick)
            for room in ROOMS
            for where in WHERE
        ]


if __name__ == "__main__":
    main()
