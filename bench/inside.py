"""A whole server within the bench's own process, so that the processor time of one piece of its work can be read."""

import os
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from math import cos, pi, radians, sin, sqrt
from pathlib import Path
from statistics import median
from typing import Any, Final

import msgspec

from bench.crowd import Crowd
from bench.swarm import limit_open_files
from bench.wire import TEXT, masked_frame
from realtime.app import Application, running
from realtime.clock import Clock, SystemClock
from realtime.config import ConnectionSettings, PositionSettings, ProbeSettings, ServerSettings, Settings, TokenSettings
from realtime.connection.auth import Issuer
from realtime.connection.keys import load_keys
from realtime.connection.session import Session
from realtime.delivery.hub import Hub
from realtime.identity import Identity
from realtime.messages import RaiseAlert
from realtime.service.words.composing import new_alert
from storage.events import Alert, Event, GroupCreated, LoggedEvent, MemberJoined, MessagePosted, own_room
from storage.memory import MemoryStore

CENTRE: Final = (59.3250, 18.0700)
ACCURACY_M: Final = 10.0
GROUP: Final = "bench"
METRES_PER_DEGREE: Final = 111_195.0
_AUTHOR: Final = Identity(user="author", world="exercise", expires_at=1e11, name="Author")

Place = tuple[float, float]


def settings(port: int = 0) -> Settings:
    """The defaults, but that nothing happens by itself, and that no client can come or speak too fast.

    Nobody is asked after a red: the crowd answers no pings.
    """
    unhurried = ConnectionSettings(
        connections_per_s=1e9,
        hellos_per_s=1e9,
        messages_per_s=1e9,
        messages_burst=1_000_000_000,
        ping_s=300.0,
        ack_timeout_s=1e6,
    )
    return Settings(
        server=ServerSettings(port=port, data=Path("bench-out")),
        connection=unhurried,
        positions=PositionSettings(ttl_s=86_000.0),
        tokens=TokenSettings(hs256_secret="bench " * 8),
        probe=ProbeSettings(enabled=False),
    )


def people(count: int, within_m: float = 400.0) -> list[Place]:
    """Places within so many metres of the centre, always the same."""
    rng = random.Random(count)
    lat, lon = CENTRE
    places = []
    for _ in range(count):
        away_deg, bearing = within_m * sqrt(rng.random()) / METRES_PER_DEGREE, rng.uniform(0.0, 2 * pi)
        places.append((lat + away_deg * cos(bearing), lon + away_deg * sin(bearing) / cos(radians(lat))))
    return places


def hellos(places: list[Place], clock: Clock, first: int = 0) -> Iterator[bytes]:
    """The first frame of user `0`, `1`, … (or from `first` on), each at their place."""
    issuer = Issuer(load_keys(settings().tokens, Path())[0], clock)
    for number, (lat, lon) in enumerate(places, first):
        position = {"lat": lat, "lon": lon, "accuracy_m": ACCURACY_M}
        token = issuer.mint(str(number), world="exercise")
        hello = {"type": "hello", "id": "h", "token": token, "device": "bench", "ping_s": 300, "position": position}
        yield masked_frame(TEXT, msgspec.json.encode(hello))


@dataclass(slots=True)
class Inside:
    """The server, its clients on the other core, and hands to make events with."""

    app: Application
    crowd: Crowd
    clock: Clock
    sessions: list[Session]
    made: int = 0

    @property
    def hub(self) -> Hub:
        return self.app.worlds["exercise"].hub

    def logged(self, body: Event, rooms: dict[str, int]) -> LoggedEvent:
        self.made += 1
        return LoggedEvent(offset=self.made, body=body, world="exercise", at=self.clock.now(), rooms=rooms)

    def alert(self, at: Place = CENTRE, level: str = "red", *, public: bool = True) -> Alert:
        """A new alert, with the words that one has."""
        asked: dict[str, Any] = {"level": level, "kind": "warn", "lat": at[0], "lon": at[1], "public": public}
        asked |= {"groups": [], "category": "theft", "headline": "Three people are testing doors, walking north"}
        self.made += 1
        alerts = self.app.settings.alerts
        message = msgspec.convert(asked, RaiseAlert)
        return new_alert(f"{self.made:032x}", _AUTHOR, message, alerts, self.clock.now(), unverified=False)

    def message(self, group: str = GROUP) -> MessagePosted:
        """A new message to a group."""
        self.made += 1
        now = self.clock.now()
        text = "They went towards the square. Two of them wear dark jackets, the third has a red rucksack."
        return MessagePosted(
            id=f"{self.made:032x}",
            group=group,
            author=_AUTHOR.user,
            name=_AUTHOR.name,
            text=text,
            sent_at=now,
            received_at=now,
        )

    def found_group(self, group: str, members: list[Session]) -> None:
        """Make a group of these, with a creator who is not connected."""
        created = GroupCreated(
            group=group, creator=_AUTHOR.user, name="Bench", purpose="To be measured", conduct="Be kind.", locked=False
        )
        self.hub.dispatch(self.logged(created, {own_room("exercise", _AUTHOR.user): 1}), ())
        for session in members:
            user = session.identity.user
            joined = MemberJoined(group=group, user=user, from_seq=1)
            self.hub.dispatch(self.logged(joined, {own_room("exercise", user): 1}), ())


@asynccontextmanager
async def inside(places: list[Place]) -> AsyncIterator[Inside]:
    """A server with a client at each place, which have said hello and got their answers."""
    limit_open_files()
    server_core, clients_core = cores()
    os.sched_setaffinity(0, server_core)
    clock = SystemClock()
    with Crowd(clients_core) as crowd:
        async with running(settings(), clock=clock, store=MemoryStore()) as app:
            await crowd.connect(app.server.port, list(hellos(places, clock)), b'"type":"live"')
            presence = app.worlds["exercise"].hub.presence
            sessions = [session for number in range(len(places)) for session in presence.of_user(str(number))]
            assert len(sessions) == len(places)
            yield Inside(app, crowd, clock, sessions)  # type: ignore[arg-type]


def cores() -> tuple[set[int], set[int]]:
    """A core for the server, and the others for its clients."""
    first, *others = sorted(os.sched_getaffinity(0))
    return {first}, set(others) or {first}


def ratio(ours: list[float], floor: list[float]) -> float:
    """The median of the ratios of neighbours in time, which a busy machine slows alike."""
    return median(one / other for one, other in zip(ours, floor, strict=True))
