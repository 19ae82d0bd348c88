"""A whole server without sockets: real sessions, services, writer and hubs, a log in memory, a clock by hand."""

import asyncio
import itertools
import json
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from realtime.config import AlertSettings, Settings
from realtime.connection.lines import NO_FILE, Lines
from realtime.connection.session import Session
from realtime.connection.sessions import Sessions
from realtime.delivery.hub import Hub
from realtime.delivery.writer import Writer
from realtime.errors import TokenRefused
from realtime.identity import Identity
from realtime.lanes import Lane
from realtime.messages import Encoding
from realtime.naming import Naming
from realtime.service.people.members import Doorstep
from realtime.worlds import World, make_doorstep, make_world
from realtime.worlds.loading import load
from storage.memory import MemoryStore
from tests.fakes import FakeClock

HERE = (59.3250, 18.0700)  # Gamla Stan
YEAR_S = 365 * 86_400.0
T = TypeVar("T")
_IDS = itertools.count(1)


class FakeConnection:
    """A socket that keeps what it takes as plain objects, all at once; if not `idle`, it takes it later."""

    def __init__(self, clock: FakeClock) -> None:
        self.encoding: Encoding = "json"
        self._clock = clock
        self.last_heard = clock.monotonic()
        self.frames: list[dict[str, Any]] = []
        self.lanes: list[Lane] = []
        self.closed_with: int | None = None
        self.pings = 0
        self.is_dead = False  # a phone in a tunnel: it answers no ping
        self.idle = True
        self.receiver: Session | None = None

    red_since: float | None = None
    queued_bytes = 0
    file = NO_FILE
    written_by_lines = 0

    @property
    def is_open(self) -> bool:
        return self.closed_with is None

    def send(self, frame: bytes, lane: Lane) -> bool:
        if not self.is_open:
            return False
        while frame:  # a replay comes as one piece
            payload, frame = unframed(frame)
            self.frames.append(json.loads(payload))
            self.lanes.append(lane)
        return self.idle

    def ping(self) -> None:
        self.pings += 1
        if not self.is_dead:
            self.last_heard = self._clock.monotonic()

    def close(self, code: int, reason: str) -> None:
        if self.is_open:
            self.closed_with = int(code)
            if self.receiver is not None:
                self.receiver.lost()

    def abort(self) -> None:
        self.close(1006, "")

    def check_age(self, now: float) -> None: ...


def unframed(frames: bytes) -> tuple[bytes, bytes]:
    """The payload of the first of some unmasked WebSocket frames (RFC 6455 section 5.2), and the rest."""
    header = {126: 4, 127: 10}.get(frames[1], 2)
    length = frames[1] if header == 2 else int.from_bytes(frames[2:header])
    return frames[header : header + length], frames[header + length :]


class Names:
    """Tokens are who they say they are: `world/user[/role[/new|brief|unaccepted|minor]]`."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock

    def identify(self, token: str) -> Identity:
        world, user, *more = token.split("/")
        if world not in ("real", "exercise"):
            raise TokenRefused("no such world")
        now = self._clock.now()
        is_new = "new" in more
        return Identity(
            user=user,
            world=world,  # type: ignore[arg-type]
            name=user.title(),
            role=more[0] if more else "member",
            since=now if is_new else now - YEAR_S,
            vouched=not is_new,
            minor="minor" in more,
            expires_at=now + (60.0 if "brief" in more else YEAR_S),
            accepted={} if "unaccepted" in more else {"conduct": "1"},
        )


class Phone:
    """One client by hand: says things, and has what it was sent."""

    def __init__(self, town: "Town", user: str, device: str) -> None:
        self.town = town
        self.user = user
        self.device = device
        self.connection = FakeConnection(town.clock)
        self.session = town.sessions.open(self.connection)
        self.connection.receiver = self.session
        self._read = 0

    def say(self, type: str, **fields: Any) -> None:
        """Send one message; nothing is answered that waits for the log before the town has settled."""
        self.connection.last_heard = self.town.clock.monotonic()
        self.town.on_loop(self.session.received, json.dumps({"type": type, **fields}).encode())

    def ask(self, type: str, **fields: Any) -> dict[str, Any]:
        """Send one message with an id, let the town settle, and return its answer."""
        id = fields.setdefault("id", self.town.new_id())
        self.say(type, **fields)
        self.town.settle()
        answers = [frame for frame in self.connection.frames if frame.get("id") == id]
        assert answers, f"{type} got no answer"
        return answers[-1]

    def new(self, *types: str) -> list[dict[str, Any]]:
        """What has come since the last look, of these types (all, if none is named)."""
        frames = self.connection.frames[self._read :]
        self._read = len(self.connection.frames)
        return [frame for frame in frames if not types or frame["type"] in types]

    def all(self, *types: str) -> list[dict[str, Any]]:
        return [frame for frame in self.connection.frames if frame["type"] in types]

    def hang_up(self) -> None:
        self.town.on_loop(self.connection.close, 1000, "")


class Town:
    """The server. `settle` lets everything happen that can happen without time passing.

    Unless a test brings its own settings, reds do not grow: most say how far their alerts reach.
    """

    def __init__(self, settings: Settings | None = None, store: Any = None, clock: FakeClock | None = None) -> None:
        self.settings = settings or Settings(alerts=AlertSettings(widen_until=0))
        self.clock = clock or FakeClock()
        self.store = store if store is not None else MemoryStore()
        self._loop = asyncio.new_event_loop()
        self._is_closed = False
        naming = Naming(self.store.secret)
        self.hubs = {world: Hub(world, self.clock, naming, self.settings, Lines()) for world in ("real", "exercise")}
        self.run(self._start(naming))

    async def _start(self, naming: Naming) -> None:
        settings, clock = self.settings, self.clock
        self.writer = Writer(self.store, self.hubs, clock, settings.log)  # type: ignore[arg-type]
        quotas = {"real": settings.quotas, "exercise": settings.exercise_quotas}
        self.worlds: dict[str, World] = {
            name: make_world(hub, self.writer, self.store, clock, naming, settings, quotas[name])
            for name, hub in self.hubs.items()
        }
        await load(self.worlds, self.store, clock.now())  # type: ignore[arg-type]
        homes = {name: world.home for name, world in self.worlds.items()}
        self.sessions = Sessions(
            clock,
            settings.connection,
            settings.server.max_connections,
            make_doorstep(Doorstep(Names(clock), homes, self.store.epoch, clock, settings)),  # type: ignore[arg-type]
            {name: world.router for name, world in self.worlds.items()},  # type: ignore[misc]
            {name: hub.fanout for name, hub in self.hubs.items()},  # type: ignore[misc]
            {name: world.departed for name, world in self.worlds.items()},  # type: ignore[misc]
        )
        self.sessions.start()
        self._writing = asyncio.create_task(self.writer.run())

    @property
    def epoch(self) -> str:
        return str(self.store.epoch)

    def new_id(self) -> str:
        return f"id-{next(_IDS)}"

    def phone(
        self,
        user: str,
        at: tuple[float, float] | None = None,
        *,
        device: str = "phone",
        as_: str = "real/{}",
        **hello: Any,
    ) -> Phone:
        """A client that connects and says hello; `at` is its position."""
        phone = Phone(self, user, device)
        if at is not None:
            hello["position"] = {"lat": at[0], "lon": at[1]}
        phone.say("hello", token=as_.format(user), device=device, **hello)
        self.settle()
        return phone

    def group(self, *phones: Phone, locked: bool = False) -> str:
        """A group of these, made by the first."""
        first, *others = phones
        made = first.ask("create_group", name="Shops", purpose="Theft", conduct="Be kind.", locked=locked)
        for phone in others:
            assert phone.ask("join", group=made["group"], code=made.get("code"), accepted=True)["type"] == "ok"
        return str(made["group"])

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run something on the town's loop."""
        return self._loop.run_until_complete(coroutine)

    def together(self, *sayings: tuple["Phone", str, dict[str, Any]]) -> None:
        """Several messages in one turn of the loop, so that the writer takes them as one batch."""

        def say_all() -> None:
            for phone, type, fields in sayings:
                phone.session.received(json.dumps({"type": type, **fields}).encode())

        self.on_loop(say_all)
        self.settle()

    def on_loop(self, act: Callable[..., None], *args: Any) -> None:
        """Call something as the loop would: services may make tasks."""

        async def call() -> None:
            act(*args)

        self.run(call())

    def settle(self) -> None:
        """Let the loop run until nothing more happens by itself."""
        self.run(self._settle())

    async def _settle(self, turns: int = 12) -> None:
        quiet = 0
        while quiet < turns:
            await asyncio.sleep(0)
            self.clock.advance(0)
            quiet = quiet + 1 if self._is_quiet() else 0

    def _is_quiet(self) -> bool:
        """Nothing is on its way but what waits for a log that a test has stopped."""
        is_stopped = getattr(self.store, "is_stopped", False)
        replays = any(world.catch_up.is_busy for world in self.worlds.values())
        is_erasing = any(world.eraser.is_busy or world.retracting.is_busy for world in self.worlds.values())
        is_written = all(hub.fanout.idle for hub in self.hubs.values())
        return is_written and (is_stopped or (not self.writer.is_busy and not replays and not is_erasing))

    def pass_time(self, seconds: float, *, settle: bool = True) -> None:
        """Move the clock. Without `settle`, let the loop turn a little: something may wait for more time to pass."""
        self.clock.advance(seconds)
        if settle:
            self.settle()
        else:
            self.run(_turns(50))

    def pass_long(self, seconds: float) -> None:
        """Move the clock far. Sessions, which are looked after every second, are only after it."""
        self.sessions.stop()
        self.pass_time(seconds)
        self.sessions.start()

    def restarted(self, *, settings: Settings | None = None) -> "Town":
        """The server killed and started anew on the same log: whatever was only in memory is gone."""
        self.close()
        return Town(settings or self.settings, self.store, self.clock)

    def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        self.run(self._stop())
        self._loop.close()

    async def _stop(self) -> None:
        self.sessions.stop()
        self._writing.cancel()
        for world in self.worlds.values():
            await world.close()
        await asyncio.gather(self._writing, return_exceptions=True)


async def _turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def north(of: tuple[float, float], metres: float) -> tuple[float, float]:
    """A place so many metres to the north."""
    return (of[0] + metres / 111_195.0, of[1])


def with_settings(settings: Settings, **sections: dict[str, Any]) -> Settings:
    """Settings with some fields changed: `with_settings(s, alerts={"max_updates": 2})`."""
    return replace(settings, **{name: replace(getattr(settings, name), **fields) for name, fields in sections.items()})


def kinds(frames: Sequence[dict[str, Any]]) -> list[str]:
    return [frame["type"] for frame in frames]
