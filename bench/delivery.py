"""What one delivery costs the server, beside its floor: a loop of uvloop's `transport.write` on the same sockets.

    python -m bench.delivery --recipients 1000 --rounds 60

A server in this process delivers to real sockets, which clients on the other core read and discard. Measured is the
processor time of this process, from `hub.dispatch` to the last write: choosing by radius, marking, encoding, shuffling,
writing. Each way takes its turn in every round, with the very bytes that the server sent; the ratio is the median of
the rounds' own. Everything that was sent is counted at the other end.

    red      a new red alert to all within 500 m
    words    the next revision of it, to all who hold it
    chat     a message to all in a room
    write    the floor
    os.write the floor below it: the system call alone, from Python
"""

import argparse
import asyncio
import gc
import os
import sys
from collections.abc import Callable
from statistics import median
from time import process_time_ns

from bench import machine
from bench.crowd import CrowdFailed
from bench.inside import CENTRE, GROUP, Inside, inside, people, ratio
from realtime.connection.server import run
from storage.events import Alert, AlertRaised, AlertUpdated, LoggedEvent

MUST_HOLD = 1.4
_WARM_UP = 3


class Ways:
    """One event of each kind after the other, and the same bytes in a loop."""

    def __init__(self, server: Inside) -> None:
        self._server = server
        self._sockets = [session._connection._socket for session in server.sessions]  # type: ignore[attr-defined]
        self._files = [socket.get_extra_info("socket").fileno() for socket in self._sockets]
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

    async def dispatch(self, event: LoggedEvent) -> float:
        """Microseconds for each delivery."""
        hub, fanout = self._server.hub, self._server.app.fanout
        start = process_time_ns()
        hub.dispatch(event, None)
        fanout.run()
        while not fanout.idle:  # noqa: ASYNC110 - chunk after chunk
            await asyncio.sleep(0)
        return self._each(process_time_ns() - start)

    def write(self, frame: bytes) -> float:
        start = process_time_ns()
        for socket in self._sockets:
            socket.write(frame)
        return self._each(process_time_ns() - start)

    def os_write(self, frame: bytes) -> float:
        start = process_time_ns()
        for file in self._files:
            os.write(file, frame)
        return self._each(process_time_ns() - start)

    def _each(self, spent_ns: int) -> float:
        return spent_ns / 1_000 / len(self._sockets)


async def measure(recipients: int, rounds: int) -> dict[str, tuple[list[float], list[float], list[float]]]:
    """For each kind of event the µs a delivery of the server, of the floor and of the bare system call, by round."""
    async with inside(people(recipients)) as server:
        server.found_group()
        crowd, ways = server.crowd, Ways(server)
        kinds: dict[str, Callable[[], LoggedEvent]] = {"red": ways.red, "words": ways.words, "chat": ways.chat}
        figures: dict[str, tuple[list[float], list[float], list[float]]] = {kind: ([], [], []) for kind in kinds}
        gc.collect()
        for turn in range(rounds + _WARM_UP):
            for kind, make in kinds.items():
                event, before = make(), await crowd.settled()
                ours = await ways.dispatch(event)
                await crowd.settled()
                frame = await crowd.last()
                await crowd.until_received(before + len(frame) * recipients)
                floor = ways.write(frame)
                await crowd.until_received(before + 2 * len(frame) * recipients)
                bare = ways.os_write(frame)
                await crowd.until_received(before + 3 * len(frame) * recipients)
                if turn >= _WARM_UP:
                    for column, figure in zip(figures[kind], (ours, floor, bare), strict=True):
                        column.append(figure)
        return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipients", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args()
    try:
        figures = run(measure(options.recipients, options.rounds))
    except CrowdFailed as error:
        sys.exit(str(error))
    print(f"{options.recipients} recipients, {options.rounds} rounds; µs of processor time for each delivery")
    print(f"{'':8} {'server':>8} {'write':>8} {'os.write':>9} {'ratio to write':>15}")
    ratios = {kind: ratio(ours, floor) for kind, (ours, floor, _) in figures.items()}
    for kind, (ours, floor, bare) in figures.items():
        print(f"{kind:8} {median(ours):8.2f} {median(floor):8.2f} {median(bare):9.2f} {ratios[kind]:15.3f}")
    worst = max(ratios.values())
    print(f"the worst ratio is {worst:.3f}, and must be at most {MUST_HOLD}\n{machine.line()}")
    sys.exit(worst > MUST_HOLD)


if __name__ == "__main__":
    main()
