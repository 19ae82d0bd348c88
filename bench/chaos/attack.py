"""A whole run: a server, a proxy and a swarm, each in its own process, and the faults that befall them."""

import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from threading import Event
from typing import Any, Final

from bench.chaos import proxy, records, swarm, town
from bench.chaos.host import Host
from bench.chaos.proxy import Order
from bench.chaos.records import Records
from bench.chaos.schedule import Fault, Schedule
from bench.chaos.swarm import Part
from bench.conductor import SwarmFailed

READY_S: Final = 150.0
DOOMED_S: Final = 5.0  # a server that is to die at its next commit, and has none
COME_BACK_S: Final = 15.0
MOST: Final = 0.8
RELENTLESS: Final = 0.15  # of faults are followed by the next while the clients are still coming back
_TURN_S: Final = 0.1

Progress = Callable[[str, dict[str, int]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How patient everybody is (bench/chaos/swarm.py): a short run must not spend its time waiting."""

    seconds: float
    patience_s: float
    most_wait_s: float
    settle_s: float

    @classmethod
    def of(cls, seconds: float) -> "Pace":
        return cls(
            seconds=seconds,
            patience_s=max(3.0, min(12.0, seconds / 10)),
            most_wait_s=max(0.5, min(20.0, seconds / 20)),
            settle_s=90.0,
        )


class Attack:
    """Everything that is started here is ended on leaving the context."""

    def __init__(self, folder: Path, clients: int, seed: int, pace: Pace) -> None:
        self._folder, self._seed, self._pace = folder, seed, pace
        self._clients, self._connected = clients, 0
        self._town = town.make(clients, seed)
        self._chance = Random(f"attack {seed}")
        self._stack = ExitStack()
        self._over = Event()
        self.endured: Counter[str] = Counter()

    def __enter__(self) -> "Attack":
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _start(self) -> None:
        self._host = self._stack.enter_context(Host(self._folder))
        tokens = self._host.tokens(self._town.people)
        self._host.start()
        self._host.wait_until_ready()
        server_port = self._host.port
        self._proxy = self._stack.enter_context(_process(proxy.main, server_port, self._seed))
        proxy_port = int(self._proxy.recv())
        self._results = self._folder / "records.msgpack"
        part = Part(
            town=self._town,
            tokens=tokens,
            server=("127.0.0.1", server_port),
            proxy=("127.0.0.1", proxy_port),
            seed=self._seed,
            seconds=self._pace.seconds,
            patience_s=self._pace.patience_s,
            most_wait_s=self._pace.most_wait_s,
            settle_s=self._pace.settle_s,
            results=self._results,
        )
        self._swarm = self._stack.enter_context(_process(swarm.main, part))

    # --- the phases ---

    def set_up(self) -> None:
        self._until("ready", READY_S)

    def befall(self, schedule: Schedule, seconds: float, progress: Progress) -> None:
        """Everybody plays, and everything on the schedule happens; at least so long."""
        self._swarm.send(("begin",))
        start = time.monotonic()
        with ThreadPoolExecutor(1) as executor:
            trouble = executor.submit(self._trouble_server, schedule.server, start)
            try:
                for fault in self._as_due(schedule.network, start, seconds, trouble, progress):
                    self._trouble_network(fault)
                trouble.result()
            finally:
                self._over.set()  # also if we are interrupted: the executor waits for its thread

    def account(self, progress: Progress) -> Records:
        """All faults stop, everybody settles; then what they have to say."""
        self._host.wait_until_ready()
        self._proxy.send(Order())
        self._swarm.send(("quiet",))
        self._until("done", 4 * self._pace.settle_s + READY_S, progress)
        self._host.terminate()
        self._proxy.send(None)
        self.endured += Counter({f"{harm}, connections": count for harm, count in self._proxy.recv().items()})
        found = records.load(self._results.read_bytes())
        found.lives = self._host.lives
        return found

    def complaints(self) -> list[str]:
        return self._host.complaints()

    # --- the network's ---

    def _as_due(
        self, faults: tuple[Fault, ...], start: float, seconds: float, trouble: "Future[None]", progress: Progress
    ) -> Iterator[Fault]:
        """Each when it is due; ends when the time is over and the server has been through all of its own."""
        waiting = list(faults)
        while waiting or time.monotonic() < start + seconds or not trouble.done():
            if trouble.done():
                trouble.result()
            while waiting and time.monotonic() >= start + waiting[0].at:
                yield waiting.pop(0)
            told = self._ask_progress()
            self._connected = told["connected"]
            progress("attack", told)
            time.sleep(_TURN_S)

    def _ask_progress(self) -> dict[str, int]:
        self._swarm.send(("progress",))
        told = self._until("progress", READY_S)
        kills = sum(life.ended < records.NEVER and life.how != "SIGTERM" for life in self._host.lives)
        return told | {"kills": kills}

    def _trouble_network(self, fault: Fault) -> None:
        self.endured[fault.kind] += 1
        if fault.kind == "hush":
            self._swarm.send(("hush", fault.share, fault.seconds))
        else:
            harm: Any = fault.kind
            self._proxy.send(Order(harm, fault.share, fault.seconds, fault.amount))

    # --- the server's ---

    def _trouble_server(self, faults: tuple[Fault, ...], start: float) -> None:
        for fault in faults:
            self._rest(start + fault.at - time.monotonic())
            if self._over.is_set():
                return
            self.endured[fault.kind] += 1
            getattr(self, f"_{fault.kind.replace('-', '_')}")(fault.seconds)
            if not self._host.is_alive:
                if self._chance.random() < 0.5:
                    self._rest(self._chance.uniform(0, 0.5))
                self._host.start()
            self._host.wait_until_ready()
            if self._chance.random() < RELENTLESS:
                self._rest(self._chance.uniform(0, 0.5))  # amid the coming back
            else:
                self._let_them_come_back()

    def _rest(self, seconds: float) -> None:
        self._over.wait(max(0.0, seconds))

    def _let_them_come_back(self) -> None:
        """Most of them, or a while: a server without clients has nothing to lose."""
        deadline = time.monotonic() + COME_BACK_S
        self._connected = 0  # as it was before
        while self._connected < MOST * self._clients and time.monotonic() < deadline and not self._over.is_set():
            self._rest(_TURN_S)

    def _kill(self, _: float) -> None:
        self._host.kill()

    def _kill_stalled(self, seconds: float) -> None:
        """With a transaction open, and reds that went out without it."""
        self._host.tell("stall")
        self._rest(seconds)
        self._host.kill("SIGKILL, disk stalled")

    def _kill_frozen(self, seconds: float) -> None:
        self._host.freeze()
        self._rest(seconds)
        self._host.kill("SIGKILL, frozen")

    def _die_before(self, _: float) -> None:
        self._die("die-before")

    def _die_after(self, _: float) -> None:
        self._die("die-after")

    def _die(self, word: str) -> None:
        self._host.doom(word)
        deadline = time.monotonic() + DOOMED_S
        while self._host.is_alive and time.monotonic() < deadline:
            self._rest(0.01)
        if self._host.is_alive:
            self._host.kill()
        else:
            self._host.buried()

    def _drain(self, _: float) -> None:
        self._host.terminate()

    def _freeze(self, seconds: float) -> None:
        self._host.freeze()
        self._rest(seconds)
        self._host.thaw()

    def _stall(self, seconds: float) -> None:
        self._host.tell("stall")
        self._rest(seconds)
        self._host.tell("go")

    def _full(self, seconds: float) -> None:
        self._host.tell("full")
        self._rest(seconds)
        self._host.tell("free")

    # --- the swarm ---

    def _until(self, word: str, within_s: float, progress: Progress | None = None) -> dict[str, int]:
        """What the swarm says with this word. Raises SwarmFailed."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if self._swarm.poll(0.2):
                try:
                    kind, what = self._swarm.recv()
                except (EOFError, ConnectionError):
                    raise SwarmFailed("the swarm died") from None
                if kind == "failed":
                    raise SwarmFailed(what)
                if kind == word:
                    told: dict[str, int] = what
                    return told
            elif progress is not None:
                progress("settle", {})
        raise SwarmFailed(f"the swarm was not {word} within {within_s:.0f} s")


@contextmanager
def _process(main: Callable[..., None], *arguments: Any) -> Iterator[Connection]:
    """A process that is given these and the other end of this pipe."""
    context = multiprocessing.get_context("spawn")
    pipe, theirs = context.Pipe()
    process = context.Process(target=main, args=(*arguments, theirs), daemon=True)
    process.start()
    theirs.close()  # so that its end is noticed
    try:
        yield pipe
    finally:
        pipe.close()
        process.join(5.0)
        if process.is_alive():
            process.kill()
            process.join()
