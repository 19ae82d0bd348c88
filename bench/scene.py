"""A server without a port, on socket pairs, whose clock stands still: the same work at every run, to be counted."""

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import msgspec

from bench.inside import CENTRE, Inside, Place, hellos, people, settings
from bench.wire import TEXT, masked_frame, upgrade_request
from realtime.app import build
from realtime.clock import SystemClock
from realtime.connection.session import Session
from realtime.connection.transport import transport_class
from realtime.delivery.hub import Hub
from storage.events import AlertRaised, AlertUpdated, LoggedEvent
from storage.memory import MemoryStore

_TURN_S = 0.05  # for the loop to read what is there; it waits without working


class StillClock(SystemClock):
    """Without it a fan-out would pause after 10 ms, sooner or later as the machine is busy."""

    def monotonic(self) -> float:
        return 1_000.0


@dataclass(frozen=True, slots=True)
class Spot:
    """People at one place, all in one group, with the clients' ends of their sockets."""

    hub: Hub
    at: Place
    group: str
    sessions: list[Session]
    clients: list[socket.socket]

    def __len__(self) -> int:
        return len(self.sessions)

    def forget(self) -> None:
        """They hold nothing, and nothing waits in their sockets."""
        for session in self.sessions:
            self.hub.holds.leave(session.number)
        self.arrived()

    def arrived(self) -> int:
        """Bytes that waited in their sockets, and do no more."""
        return sum(len(_emptied(client)) for client in self.clients)


class Scene:
    """A few people at one spot and twice as many at another: what one more of them costs is the difference."""

    def __init__(self, server: Inside, few: Spot, many: Spot) -> None:
        self.few = few
        self.many = many
        self._server = server
        self._seqs: Counter[str] = Counter()

    def red(self, spot: Spot) -> LoggedEvent:
        return self._server.logged(AlertRaised(self._server.alert(spot.at)), {})

    def words(self, spot: Spot) -> LoggedEvent:
        """The next revision of an alert that everybody at the spot has."""
        alert = self._server.alert(spot.at)
        self.dispatch(self._server.logged(AlertRaised(alert), {}))
        changed = alert.revised(self._server.clock.now(), {"headline": "One of them has a crowbar"})
        return self._server.logged(AlertUpdated(changed), {})

    def chat(self, spot: Spot) -> LoggedEvent:
        self._seqs[spot.group] += 1
        return self._server.logged(self._server.message(spot.group), {spot.group: self._seqs[spot.group]})

    def dispatch(self, event: LoggedEvent) -> None:
        """From the choice of recipients to the last write."""
        self._server.hub.dispatch(event, ())
        self._server.hub.fanout.run()

    def say_positions(self, spot: Spot) -> None:
        """Everybody has moved a little, and it is in the kernel."""
        for number, client in enumerate(spot.clients):
            message = {"type": "position", "lat": spot.at[0], "lon": spot.at[1] + number * 1e-7, "accuracy_m": 12.0}
            client.sendall(masked_frame(TEXT, msgspec.json.encode(message)))

    async def let_read(self) -> None:
        await asyncio.sleep(_TURN_S)

    def check(self, spot: Spot) -> None:
        """Whether all that was said has been handled."""
        for number, session in enumerate(spot.sessions):
            position = self._server.hub.presence.position(session)
            assert position is not None
            assert position.lon == spot.at[1] + number * 1e-7, "a position was not handled in time"


@asynccontextmanager
async def scene(count: int) -> AsyncIterator[Scene]:
    """`count` people at one spot, twice as many at another 11 km away, on socket pairs."""
    clock = StillClock()
    app = await build(settings(), clock, MemoryStore())
    app._listener.close()
    server = Inside(app, None, clock, [])  # type: ignore[arg-type]
    kind: Any = transport_class(app.sessions, app.settings.connection, clock, app.lines)
    connections: set[Any] = set()
    state = type("State", (), {"connections": connections})

    async def spot(at: Place, group: str, size: int) -> Spot:
        north = at[0] - CENTRE[0]
        places = [(lat + north, lon) for lat, lon in people(size, within_m=200.0)]
        clients = []
        for hello in hellos(places, clock, first=len(server.sessions)):
            ours, theirs = socket.socketpair()
            ours.setblocking(False)
            theirs.setblocking(False)
            theirs.sendall(upgrade_request("127.0.0.1", "/v1", "samverkan.v1.json"))
            await asyncio.get_running_loop().connect_accepted_socket(lambda: kind(None, state, None), ours)
            await _answered(theirs, b"\r\n\r\n")
            theirs.sendall(hello)
            await _answered(theirs, b'"type":"live"')
            clients.append(theirs)
        known = len(server.sessions)
        users = range(known, known + size)
        server.sessions += [each for user in users for each in server.hub.presence.of_user(str(user))]  # type: ignore[misc]
        found = Spot(server.hub, at, group, server.sessions[known:], clients)
        server.found_group(group, found.sessions)
        return found

    few = await spot(CENTRE, "few", count)
    many = await spot((CENTRE[0] + 0.1, CENTRE[1]), "many", 2 * count)
    try:
        yield Scene(server, few, many)
    finally:
        for connection in list(connections):
            connection.abort()
        for client in (*few.clients, *many.clients):
            client.close()
        await asyncio.sleep(0)
        await app.store.close()


async def _answered(client: socket.socket, mark: bytes) -> None:
    got = b""
    while mark not in got:
        await asyncio.sleep(0)
        got += _emptied(client)


def _emptied(client: socket.socket) -> bytes:
    got = b""
    try:
        while piece := client.recv(65_536):
            got += piece
    except BlockingIOError:
        pass
    return got
