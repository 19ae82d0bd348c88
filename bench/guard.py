"""Counts the work of one more delivery and one more position message, and fails if it is above the committed budget.

    python -m bench.guard
    python -m bench.guard --set     after a change that is worth its price: write bench/budget.toml anew

Times depend on the machine and on what else it does; counts do not. The same scene is played for n people and for twice
as many, over socket pairs, with a clock that stands still; counted is what n more of them cost, divided by n.

    tasks, steps      tasks created; coroutines started or resumed: none of either, on both ways
    python, c         calls of Python functions, and of C functions that the interpreter sees
    kept, peak        memory blocks still there afterwards; bytes in use at the highest point
    copied            bytes written out of buffers that no other recipient shares: copies made for this one
    sends, reads, polls, other    system calls, counted by strace in a process of its own
    sent, got         bytes that went through them, to the sockets and from them

red: a new alert to all near; words: its next revision; chat: a message to a room; position: a masked frame handled.
"""

import argparse
import asyncio
import gc
import math
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import tracemalloc
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from inspect import CO_COROUTINE
from pathlib import Path
from types import FrameType
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from bench.scene import Scene, Spot, scene
from realtime.connection.server import run

BUDGET: Final = Path(__file__).with_name("budget.toml")
KINDS: Final = ("position", "red", "words", "chat")  # positions before there is any alert
INSIDE: Final = ("tasks", "steps", "python", "c", "kept", "peak", "copied")
SYSTEM: Final = ("sends", "reads", "polls", "other", "sent", "got")
_GROUPS: Final = {
    **dict.fromkeys(("write", "writev", "sendto", "sendmsg"), "sends"),
    **dict.fromkeys(("read", "readv", "recvfrom", "recvmsg"), "reads"),
    **dict.fromkeys(("epoll_wait", "epoll_pwait", "epoll_pwait2", "epoll_ctl", "poll"), "polls"),
}
_BYTES: Final = {"sends": "sent", "reads": "got"}
# A call that another thread's interrupts stands in two lines: the second has the result.
_CALL: Final = re.compile(r"\d+ +(?:(?P<name>\w+)\(|<\.\.\. (?P<resumed>\w+) resumed>).*?(?: = (?P<result>\d+))?$")
_SLACK: Final = {"python": 1.02, "c": 1.02, "kept": 1.05, "peak": 1.05}  # of the rest not one more
# Frames of one kind differ by some bytes: times have more or fewer digits.
_NOISE: Final = {"kept": 0.05, "peak": 8.0, "polls": 0.05, "copied": 1.0, "sent": 16.0, "got": 16.0}

Counts = dict[str, dict[str, float]]
"""By kind and by what is counted: how much one more of them takes."""

Work = Callable[[], Coroutine[Any, Any, None]]
Counting = Callable[[Work], Coroutine[Any, Any, dict[str, int]]]


class Unable(Exception):
    """Something cannot be counted here; says why."""


# --- the work --------------------------------------------------------------------------------------------------------


def prepared(it: Scene, kind: str, spot: Spot) -> Work:
    """One piece of work, with everything done that is not to be counted."""
    it.few.forget()
    it.many.forget()
    random.seed(1)
    if kind == "position":
        it.say_positions(spot)
        return it.let_read
    event = {"red": it.red, "words": it.words, "chat": it.chat}[kind](spot)

    async def dispatch() -> None:
        it.dispatch(event)

    return dispatch


async def count_inside(people: int, counters: Sequence[Counting] | None = None) -> Counts:
    """What can be counted from within: all of it, or what some of the counters count."""
    counters = counters or (calls, blocks, peak, copies)
    found: Counts = {}
    async with scene(people) as it:
        for kind in KINDS:
            for spot in (it.few, it.many):  # once for nothing: caches fill, dicts grow, a room has its first message
                await _counted(it, kind, spot, counters)
            few = await _counted(it, kind, it.few, counters)
            many = await _counted(it, kind, it.many, counters)
            found[kind] = {name: (many[name] - few[name]) / people for name in few}
    return found


async def _counted(it: Scene, kind: str, spot: Spot, counters: Sequence[Counting]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for count in counters:
        work = prepared(it, kind, spot)
        spot.arrived()  # what is there already was not sent by it
        counts |= await count(work)
        if kind == "position":
            it.check(spot)
        if counts.pop("written", None) not in (None, spot.arrived()):
            raise Unable("not all goes through os.write any more: what is copied elsewhere is not counted")
    return counts


async def calls(work: Work) -> dict[str, int]:
    counts = Counter[str]()

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            counts["steps" if frame.f_code.co_flags & CO_COROUTINE else "python"] += 1
        elif event == "c_call":
            counts["c"] += 1

    def task(loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> asyncio.Task[Any]:
        counts["tasks"] += 1
        return asyncio.Task(work, loop=loop, **options)

    loop = asyncio.get_running_loop()
    loop.set_task_factory(task)
    gc.disable()  # trees that others left behind are freed by calls, too
    sys.setprofile(profile)
    await work()
    sys.setprofile(None)
    gc.enable()
    loop.set_task_factory(None)
    return {name: counts[name] for name in ("tasks", "steps", "python", "c")}


async def blocks(work: Work) -> dict[str, int]:
    with _no_collection():
        before = sys.getallocatedblocks()
        await work()
        gc.collect()  # it also empties the interpreter's lists of tuples and floats for next time
        return {"kept": sys.getallocatedblocks() - before}


async def peak(work: Work) -> dict[str, int]:
    with _no_collection():
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        await work()
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return {"peak": highest - before}


async def copies(work: Work) -> dict[str, int]:
    """By what `os.write` is given; the whole of a buffer counts for the first who is given it."""
    buffers: dict[int, bytes] = {}  # kept, so that no other gets the same identity
    write, written = os.write, 0

    def noted(file: int, data: bytes) -> int:
        nonlocal written
        buffers[id(data)] = data
        taken = write(file, data)
        written += taken
        return taken

    os.write = noted  # type: ignore[assignment]
    try:
        await work()
    finally:
        os.write = write
    return {"copied": sum(map(len, buffers.values())), "written": written}


@contextmanager
def _no_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


# --- system calls ----------------------------------------------------------------------------------------------------


async def play_marked(people: int) -> None:
    """Each piece of work between two marks that strace shows: writes to no file at all."""
    async with scene(people) as it:
        for kind in KINDS:
            await prepared(it, kind, it.many)()
            for size, spot in (("few", it.few), ("many", it.many)):
                work = prepared(it, kind, spot)
                _mark(f"{kind} {size}")
                await work()
                _mark("")


def _mark(text: str) -> None:
    try:
        os.write(-1, f"mark {text}.".encode())
    except OSError:
        return


def count_system(people: int) -> Counts:
    """Raises Unable."""
    strace = shutil.which("strace")
    if strace is None:
        raise Unable("strace is missing: apt-get install strace (or --no-system)")
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "strace"
        command = [sys.executable, "-m", "bench.guard", "--play", "--people", str(people)]
        done = subprocess.run([strace, "-f", "-o", str(log), *command], capture_output=True, text=True, check=False)
        if done.returncode:
            raise Unable(f"strace: {done.stderr.strip().splitlines()[-1:]} (--no-system does without)")
        seen = _by_mark(log.read_text(errors="replace"))
    return {
        kind: {name: (seen[f"{kind} many"][name] - seen[f"{kind} few"][name]) / people for name in SYSTEM}
        for kind in KINDS
    }


def _by_mark(log: str) -> dict[str, Counter[str]]:
    seen: dict[str, Counter[str]] = {}
    current: Counter[str] | None = None
    for line in log.splitlines():
        if mark := re.search(r'write\(-1, "mark (.*)\."', line):
            current = seen.setdefault(mark[1], Counter()) if mark[1] else None
        elif current is not None and (call := _CALL.match(line)):
            group = _GROUPS.get(call["name"] or call["resumed"], "other")
            current[group] += call["name"] is not None
            if group in _BYTES and call["result"] is not None:
                current[_BYTES[group]] += int(call["result"])
    return seen


# --- against the budget ----------------------------------------------------------------------------------------------


def load() -> Counts:
    return tomllib.loads(BUDGET.read_text())


def over(found: Counts, budget: Counts) -> list[tuple[str, str]]:
    """What is above the budget: kind, and what was counted. A hundredth is rounding."""
    return [(kind, name) for kind in found for name, count in found[kind].items() if count > budget[kind][name] + 0.01]


def as_toml(found: Counts) -> str:
    lines = ["# What one more delivery or position message may take: see bench/guard.py, which writes this with --set."]
    for kind, counts in found.items():
        lines += ["", f"[{kind}]"]
        lines += [f"{name} = {_allowed(name, count)}" for name, count in counts.items()]
    return "\n".join(lines) + "\n"


def _allowed(name: str, count: float) -> float:
    """What was counted, and a little for what varies; in hundredths, rounded up."""
    allowed = count * _SLACK.get(name, 1.0) + _NOISE.get(name, 0.0)
    return max(math.ceil(allowed * 100 - 1e-6) / 100, 0.0)


def table(found: Counts, budget: Counts) -> Table:
    drawn = Table("", *(f"{kind}" for kind in found), title="One more takes (at most)", title_justify="left")
    wrong = over(found, budget)
    for name in (*INSIDE, *SYSTEM):
        if all(name in counts for counts in found.values()):
            cells = []
            for kind, counts in found.items():
                colour = "bold red" if (kind, name) in wrong else "green"
                cells.append(f"[{colour}]{counts[name]:.2f}[/] ({budget[kind][name]:g})")
            drawn.add_row(name, *cells)
    return drawn


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=160, help="how many more of them (default: %(default)s)")
    parser.add_argument("--no-system", action="store_true", help="count no system calls, for want of strace")
    parser.add_argument("--set", action="store_true", help="write the budget from what is counted now")
    parser.add_argument("--play", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.set and options.no_system:
        parser.error("the budget is for system calls too: --set goes without --no-system")
    if options.play:
        run(play_marked(options.people))
        return
    try:
        system = {} if options.no_system else count_system(options.people)
    except Unable as error:
        sys.exit(str(error))
    try:
        inside = run(count_inside(options.people))
    except Unable as error:
        sys.exit(str(error))
    found = {kind: inside[kind] | system.get(kind, {}) for kind in KINDS}
    if options.set:
        BUDGET.write_text(as_toml(found))
    budget = load()
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(table(found, budget))
    wrong = over(found, budget)
    for kind, name in wrong:
        console.print(f"{kind}: {found[kind][name]:.2f} {name}, and the budget is {budget[kind][name]:g}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
