"""What one position message costs the server, beside its floor: the same transport and codec, decoding and discarding.

    python -m bench.inbound --clients 1000 --rounds 60

Clients on the other core each send one position, a masked text frame within their roomy box; the server in this process
stands still until all of them are in the kernel, so that every message is one read and no time goes into waiting.
Measured is the processor time of this process from then until all are handled. The floor is the same transport class on
the same loop and in the same turn, with clients of its own that send the very same bytes.

    quiet    no alert anywhere
    busy     50 active alerts elsewhere in town
    near     three active alerts around everybody, who have them already (no bound: more is done here)

If picows is there (`python -m bench.peers.install --only picows`), it has its turn too: a WebSocket server in Cython on
the same loop, which gets the same bytes and decodes them with the same codec.
"""

import argparse
import asyncio
import gc
import importlib
import random
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import process_time_ns
from typing import Any, Final

import msgspec

from bench import machine
from bench.crowd import CrowdFailed
from bench.inside import ACCURACY_M, CENTRE, METRES_PER_DEGREE, Inside, Place, inside, people, ratio, settings
from bench.peers.install import DEFAULT
from bench.peers.install import Place as Peers
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


class Picows:
    """The same with picows in place of our transport. Raises ImportError."""

    def __init__(self) -> None:
        found = Peers(DEFAULT).folder.glob("venv/lib/python*/site-packages")
        sys.path += map(str, found)  # behind our own, which stay what they are
        self._picows = importlib.import_module("picows")
        self.discard = Discard()
        self.port = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        discard = self.discard

        class Listener(self._picows.WSListener):  # type: ignore[name-defined, misc]
            def on_ws_frame(self, transport: object, frame: Any) -> None:
                discard.received(frame.get_payload_as_bytes())

        server = await self._picows.ws_create_server(lambda request: Listener(), "127.0.0.1", 0, backlog=4_096)
        self.port = server.sockets[0].getsockname()[1]
        yield
        server.close()  # and no waiting for clients that end after it


class Floor:
    """A server of its own on the same loop."""

    def __init__(self) -> None:
        async def app(scope: object, receive: object, send: object) -> None: ...

        async def drain() -> None: ...

        self.discard = Discard()
        kind = transport_class(self.discard, settings().connection, SystemClock())
        self.server = Server(app, kind, listen("127.0.0.1", 0), drain)


@dataclass(slots=True)
class Figures:
    """The µs a message, by round, of the server, the floor and picows."""

    server: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)
    picows: list[float] = field(default_factory=list)  # empty if it is not there

    def ratio(self) -> float:
        return ratio(self.server, self.floor)

    def ratio_to_picows(self) -> float | None:
        return ratio(self.server, self.picows) if self.picows else None

    def as_json(self) -> dict[str, float | None]:
        told = {"cpu_us": median(self.server), "floor_us": median(self.floor), "ratio": self.ratio()}
        picows_us = median(self.picows) if self.picows else None
        return told | {"picows_us": picows_us, "ratio_to_picows": self.ratio_to_picows()}


async def measure(clients: int, rounds: int) -> dict[str, Figures]:
    """For each case."""
    places = people(clients)
    rng = random.Random(1)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(inside(places))
        floor = Floor()
        await stack.enter_async_context(floor.server.running())
        await server.crowd.connect(floor.server.port, [b""] * clients, b"")
        discards = [floor.discard]
        try:
            picows = Picows()
        except ImportError:
            print("without picows: python -m bench.peers.install --only picows", file=sys.stderr)
        else:
            await stack.enter_async_context(picows.running())
            await server.crowd.connect(picows.port, [b""] * clients, b"")
            discards.append(picows.discard)
        figures = {}
        for case, alerts in (("quiet", []), ("busy", _elsewhere(rng)), ("near", [CENTRE] * 3)):
            for at in alerts:
                server.hub.dispatch(server.logged(AlertRaised(server.alert(at)), {}), ())
                server.hub.fanout.run()
            await server.crowd.settled()
            figures[case] = await _compare(server, discards, places, rounds, rng)
        return figures


async def _compare(
    server: Inside, discards: list[Discard], places: list[Place], rounds: int, rng: random.Random
) -> Figures:
    figures = Figures()
    gc.collect()
    for turn in range(rounds + _WARM_UP):
        moved = [_beside(place, rng) for place in places]
        frames = [_position(place) for place in moved]
        spent = [await _handle(server, 0, frames)]
        for session, place in zip(server.sessions, moved, strict=True):
            position = server.hub.presence.position(session)
            if position is None or (position.lat, position.lon) != place:
                raise CrowdFailed("a position was not handled in time")
        for number, discard in enumerate(discards, 1):
            before = discard.decoded
            spent.append(await _handle(server, number * len(places), frames))
            if discard.decoded != before + len(places):
                raise CrowdFailed("the floor, or picows, did not get every message")
        if turn >= _WARM_UP:
            for values, one in zip((figures.server, figures.floor, figures.picows), spent, strict=False):
                values.append(one)
    return figures


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
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    options = parser.parse_args()
    try:
        figures = run(measure(options.clients, options.rounds))
    except CrowdFailed as error:
        sys.exit(str(error))
    print(f"{options.clients} clients, {options.rounds} rounds; µs of processor time for each message")
    print(f"{'':8} {'server':>8} {'floor':>8} {'ratio':>8} {'picows':>8} {'ratio':>8}")
    for case, found in figures.items():
        line = f"{case:8} {median(found.server):8.2f} {median(found.floor):8.2f} {found.ratio():8.3f}"
        if (to_picows := found.ratio_to_picows()) is not None:
            line += f" {median(found.picows):8.2f} {to_picows:8.3f}"
        print(line)
    told = {"clients": options.clients, "rounds": options.rounds}
    machine.keep(options.json, told | {case: found.as_json() for case, found in figures.items()})
    worst = max(figures[case].ratio() for case in ("quiet", "busy"))
    print(f"quiet and busy: at most {worst:.3f}, and must be at most {MUST_HOLD}\n{machine.line()}")
    sys.exit(worst > MUST_HOLD)


if __name__ == "__main__":
    main()
