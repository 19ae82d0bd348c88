"""What one delivery costs the server, beside its floor: a loop of uvloop's `transport.write` on the same sockets.

    python -m bench.delivery --recipients 1000 --rounds 60

A server in this process delivers to real sockets, which clients on the other core read and discard. Measured is the
processor time of this process, from `hub.dispatch` to the last write: choosing by radius, marking, encoding, shuffling,
writing. Each way takes its turn in every round, with the very bytes that the server sent; the ratio is the median of
the rounds' own. Everything that was sent is counted at the other end.

    red      a new red alert to all within 500 m
    words    the next revision of it, to all who hold it
    chat     a message to all in a room
    write    the floor, in an order shuffled beforehand, since the server may not choose one (R19)
    in order the same in the order of connecting: what the caches like best, and no server that has run for long has
    os.write the floor below them: the system call alone, from Python, in the shuffled order

The stall is the longest time within an event's dispatch for which the loop did nothing else, by the clock on the wall.
"""

import argparse
import asyncio
import gc
import os
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import monotonic_ns, process_time_ns
from typing import Any

from bench import machine
from bench.crowd import CrowdFailed
from bench.inside import CENTRE, GROUP, Inside, inside, people, ratio
from realtime.connection.server import run
from storage.events import Alert, AlertRaised, AlertUpdated, LoggedEvent

MUST_HOLD = 1.25
WARM_UP = 3


class Ways:
    """One event of each kind after the other, and the same bytes in a loop."""

    def __init__(self, server: Inside) -> None:
        self._server = server
        self._sockets = [session._connection._socket for session in server.sessions]  # type: ignore[attr-defined]
        self._shuffled = random.sample(self._sockets, len(self._sockets))
        self._files = [socket.get_extra_info("socket").fileno() for socket in self._shuffled]
        self._alert: Alert | None = None
        self._seq = 0

    def red(self) -> LoggedEvent:
        self._alert = self._server.alert(CENTRE)
        return self._server.logged(AlertRaised(self._alert), {})

    def words(self) -> LoggedEvent:
        assert self._alert is not None
        changed = self._alert.revised(self._server.clock.now(), {"headline": "One of them has a crowbar"})
        return self._server.logged(AlertUpdated(changed), {})

    def chat(self) -> LoggedEvent:
        self._seq += 1
        return self._server.logged(self._server.message(), {GROUP: self._seq})

    def raised(self, level: str) -> LoggedEvent:
        return self._server.logged(AlertRaised(self._server.alert(CENTRE, level)), {})

    async def dispatch(self, event: LoggedEvent) -> tuple[float, float]:
        """Microseconds for each delivery, and the longest stall in ms."""
        hub, fanout = self._server.hub, self._server.hub.fanout
        start, turn_ns, stall_ns = process_time_ns(), monotonic_ns(), 0
        hub.dispatch(event, ())
        fanout.run()
        while True:
            now_ns = monotonic_ns()
            stall_ns, turn_ns = max(stall_ns, now_ns - turn_ns), now_ns
            if fanout.idle:
                return self._each(process_time_ns() - start), stall_ns / 1e6
            await asyncio.sleep(0)  # chunk after chunk

    def write(self, frame: bytes) -> float:
        start = process_time_ns()
        for socket in self._shuffled:
            socket.write(frame)
        return self._each(process_time_ns() - start)

    def write_in_order(self, frame: bytes) -> float:
        start = process_time_ns()
        for socket in self._sockets:
            socket.write(frame)
        return self._each(process_time_ns() - start)

    def os_write(self, frame: bytes) -> float:
        start = process_time_ns()
        for file in self._files:
            os.write(file, frame)
        return self._each(process_time_ns() - start)

    def forget(self) -> None:
        """Nobody holds anything, as before the first alert of an evening."""
        for session in self._server.sessions:
            self._server.hub.holds.leave(session.number)

    def _each(self, spent_ns: int) -> float:
        return spent_ns / 1_000 / len(self._sockets)


@dataclass(slots=True)
class Figures:
    """Microseconds for each delivery, by round."""

    server: list[float] = field(default_factory=list)
    stall_ms: list[float] = field(default_factory=list)
    floors: dict[str, list[float]] = field(default_factory=dict)

    def ratio(self, floor: str) -> float:
        return ratio(self.server, self.floors[floor])

    def as_json(self) -> dict[str, Any]:
        return {
            "cpu_us": median(self.server),
            "floors_us": {name: median(spent) for name, spent in self.floors.items()},
            "ratio": {name: self.ratio(name) for name in self.floors},
            "stall_ms": {"p50": median(self.stall_ms), "max": max(self.stall_ms)},
        }


async def measure(recipients: int, rounds: int) -> dict[str, Figures]:
    """Each kind of event and its floors."""
    async with inside(people(recipients)) as server:
        server.found_group(GROUP, server.sessions)
        crowd, ways = server.crowd, Ways(server)
        kinds: dict[str, Callable[[], LoggedEvent]] = {"red": ways.red, "words": ways.words, "chat": ways.chat}
        floors = {"write": ways.write, "in order": ways.write_in_order, "os.write": ways.os_write}
        figures = {kind: Figures(floors={name: [] for name in floors}) for kind in kinds}
        gc.collect()
        for turn in range(rounds + WARM_UP):
            for kind, make in kinds.items():
                event, sent = make(), await crowd.settled()
                ours, stall_ms = await ways.dispatch(event)
                await crowd.settled()
                frame = await crowd.last()
                sent += len(frame) * recipients
                await crowd.until_received(sent)
                if turn >= WARM_UP:
                    figures[kind].server.append(ours)
                    figures[kind].stall_ms.append(stall_ms)
                for name, floor in floors.items():
                    await crowd.settled()  # the same rest before each: a core that has slept is slower
                    spent = floor(frame)
                    sent += len(frame) * recipients
                    await crowd.until_received(sent)
                    if turn >= WARM_UP:
                        figures[kind].floors[name].append(spent)
            ways.forget()
        return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipients", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    parser.add_argument("--preferences", action="store_true", help="a red with everybody's preferences beside none")
    options = parser.parse_args()
    if options.preferences:
        from bench import preferring

        turns = run(preferring.measure(options.recipients, options.rounds))
        sys.exit(not preferring.show(turns, options.recipients, options.rounds))
    try:
        figures = run(measure(options.recipients, options.rounds))
    except CrowdFailed as error:
        sys.exit(str(error))
    print(f"{options.recipients} recipients, {options.rounds} rounds; µs of processor time a delivery, and ratios")
    print(f"{'':8} {'server':>8} {'write':>8} {'':>7} {'in order':>8} {'':>7} {'os.write':>8}")
    for kind, found in figures.items():
        write, in_order, bare = (median(found.floors[name]) for name in ("write", "in order", "os.write"))
        print(
            f"{kind:8} {median(found.server):8.2f} {write:8.2f} {found.ratio('write'):6.3f}x"
            f" {in_order:8.2f} {found.ratio('in order'):6.3f}x {bare:8.2f}"
        )
    stalls = ", ".join(f"{kind} {median(found.stall_ms):.1f} ms" for kind, found in figures.items())
    print(f"the loop stood still for at most (median of the rounds): {stalls}")
    told = {"recipients": options.recipients, "rounds": options.rounds}
    machine.keep(options.json, told | {kind: found.as_json() for kind, found in figures.items()})
    worst = max(found.ratio("write") for found in figures.values())
    print(f"the worst ratio to `write` is {worst:.3f}, and must be at most {MUST_HOLD}\n{machine.line()}")
    sys.exit(worst > MUST_HOLD)


if __name__ == "__main__":
    main()
