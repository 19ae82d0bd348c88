"""What one position message costs the server, beside its floor: the same transport and codec, decoding and discarding.

    python -m bench.inbound --clients 1000 --rounds 60

Clients on the other core each send one position, a masked text frame within their roomy box; the server in this process
stands still until all of them are in the kernel, so that every message is one read and no time goes into waiting.
Measured is the processor time of this process from then until all are handled. The floor is the same transport class on
the same loop and in the same turn, with clients of its own that send the very same bytes.

    quiet    no alert anywhere
    busy     50 active alerts elsewhere in town
    near     three active alerts around everybody, who have them already (no bound: more is done here)
"""

import argparse
import asyncio
import gc
import random
import sys
from collections.abc import Iterable
from statistics import median
from time import process_time_ns
from typing import Final

import msgspec

from bench import machine
from bench.crowd import CrowdFailed
from bench.inside import ACCURACY_M, CENTRE, METRES_PER_DEGREE, Inside, Place, inside, people, ratio, settings
from bench.wire import TEXT, masked_frame
from realtime.clock import SystemClock
from realtime.codec import CODECS
from realtime.connection.contract import Connection, Receiver, Side
from realtime.connection.server import Server, listen, run
from realtime.connection.transport import transport_class
from storage.events import AlertRaised

MUST_HOLD: Final = 1.5
_WARM_UP: Final = 3
_HANDLED_S: Final = 0.1
_JITTER_M: Final = 20.0


class Discard:
    """A receiver that decodes and is done, and the gate that gives it to everyone."""

    decoded = 0

    def __init__(self) -> None:
        self._decode = CODECS["json"].decode_client

    def wait_s(self) -> float | None:
        return None

    def open(self, connection: Connection) -> Receiver:
        return self

    def ended(self, by: Side, code: int) -> None: ...

    def received(self, payload: bytes) -> None:
        self._decode(payload)
        self.decoded += 1

    def drained(self) -> None: ...

    def lost(self) -> None: ...


class Floor:
    """A server of its own on the same loop."""

    def __init__(self) -> None:
        async def app(scope: object, receive: object, send: object) -> None: ...

        async def drain() -> None: ...

        self.discard = Discard()
        kind = transport_class(self.discard, settings().connection, SystemClock())
        self.server = Server(app, kind, listen("127.0.0.1", 0), drain)


async def measure(clients: int, rounds: int) -> dict[str, tuple[list[float], list[float]]]:
    """For each case the µs a message of the server and of the floor, by round."""
    places = people(clients)
    rng = random.Random(1)
    async with inside(places) as server:
        floor = Floor()
        async with floor.server.running():
            await server.crowd.connect(floor.server.port, [b""] * clients, b"")
            figures = {}
            for case, alerts in (("quiet", []), ("busy", _elsewhere(rng)), ("near", [CENTRE] * 3)):
                for at in alerts:
                    server.hub.dispatch(server.logged(AlertRaised(server.alert(at)), {}), ())
                    server.hub.fanout.run()
                await server.crowd.settled()
                figures[case] = await _compare(server, floor, places, rounds, rng)
            return figures


async def _compare(
    server: Inside, floor: Floor, places: list[Place], rounds: int, rng: random.Random
) -> tuple[list[float], list[float]]:
    ours: list[float] = []
    floors: list[float] = []
    gc.collect()
    for turn in range(rounds + _WARM_UP):
        moved = [_beside(place, rng) for place in places]
        frames = [_position(place) for place in moved]
        one = await _handle(server, 0, frames)
        for session, place in zip(server.sessions, moved, strict=True):
            position = server.hub.presence.position(session)
            if position is None or (position.lat, position.lon) != place:
                raise CrowdFailed("a position was not handled in time")
        before = floor.discard.decoded
        other = await _handle(server, len(places), frames)
        if floor.discard.decoded != before + len(places):
            raise CrowdFailed("the floor did not get every message")
        if turn >= _WARM_UP:
            ours.append(one)
            floors.append(other)
    return ours, floors


async def _handle(server: Inside, first: int, frames: list[bytes]) -> float:
    """Microseconds for each message."""
    server.crowd.say(first, frames)
    start = process_time_ns()
    await asyncio.sleep(_HANDLED_S)  # which costs no processor time
    return (process_time_ns() - start) / 1_000 / len(frames)


def _beside(place: Place, rng: random.Random) -> Place:
    """Somewhere within a few metres, as a phone at rest reports it."""
    lat, lon = (degrees + rng.uniform(-1, 1) * _JITTER_M / METRES_PER_DEGREE for degrees in place)
    return round(lat, 6), round(lon, 6)


def _elsewhere(rng: random.Random) -> Iterable[Place]:
    """Fifty places, some kilometres from everybody."""
    return [(CENTRE[0] + rng.uniform(0.1, 0.3), CENTRE[1] + rng.uniform(-0.3, 0.3)) for _ in range(50)]


def _position(place: Place) -> bytes:
    message = {"type": "position", "lat": place[0], "lon": place[1], "accuracy_m": ACCURACY_M}
    return masked_frame(TEXT, msgspec.json.encode(message))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args()
    try:
        figures = run(measure(options.clients, options.rounds))
    except CrowdFailed as error:
        sys.exit(str(error))
    print(f"{options.clients} clients, {options.rounds} rounds; µs of processor time for each message")
    print(f"{'':8} {'server':>8} {'floor':>8} {'ratio':>8}")
    ratios = {case: ratio(ours, floor) for case, (ours, floor) in figures.items()}
    for case, (ours, floor) in figures.items():
        print(f"{case:8} {median(ours):8.2f} {median(floor):8.2f} {ratios[case]:8.3f}")
    worst = max(ratios["quiet"], ratios["busy"])
    print(f"quiet and busy: at most {worst:.3f}, and must be at most {MUST_HOLD}\n{machine.line()}")
    sys.exit(worst > MUST_HOLD)


if __name__ == "__main__":
    main()
