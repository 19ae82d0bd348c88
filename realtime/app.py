"""Builds every part, joins them, and starts and stops them in order. The only file that knows them all."""

import asyncio
import contextlib
import logging
import resource
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from realtime.clock import Clock, SystemClock
from realtime.config import RetentionSettings, Settings
from realtime.connection.auth import Issuer, Verifier
from realtime.connection.keys import load_keys, probe_key
from realtime.connection.lines import Lines
from realtime.connection.server import Server, listen, run
from realtime.connection.sessions import Sessions
from realtime.connection.transport import transport_class
from realtime.counting.counter import Counter
from realtime.delivery.hub import Hub
from realtime.delivery.writer import Writer
from realtime.figures import figures
from realtime.media.door import MediaDoor
from realtime.messages import World as WorldName
from realtime.naming import Naming
from realtime.ops.health import LoopLag, ProbeReport
from realtime.ops.logs import set_up as set_up_logs
from realtime.ops.media import media_routes
from realtime.ops.probe import Probe, loopback_url
from realtime.ops.routes import make_app
from realtime.service.people.members import Doorstep
from realtime.tally import Figure
from realtime.worlds import World, make_doorstep, make_world
from realtime.worlds.loading import Store, load
from storage.events import Kept
from storage.log import StorageError
from storage.media import MediaFiles
from storage.sql import SqlStore

_log = logging.getLogger(__name__)

WORLDS: Final[tuple[WorldName, ...]] = ("real", "exercise")
_TIDY_S: Final = 10.0
_PRUNE_S: Final = 600.0
_MARKERS_S: Final = 2.0
_SCRUB_S: Final = 50.0  # so that what is withdrawn is gone within a minute
_PRUNED_AT_ONCE: Final = 50  # events looked at in one transaction, which an append may have to wait for
_SPARE_SOCKETS: Final = 50  # for who looks at the health, or is told that there is no room
_SPARE_FILES: Final = 50 + _SPARE_SOCKETS  # for the log, the listener and the like


class Application:
    """A whole server, and what it can say of itself (`Vitals`)."""

    def __init__(self, settings: Settings, clock: Clock, store: Store) -> None:
        self.settings = settings
        self.store = store
        self._clock = clock
        naming = Naming(store.secret)
        self.lines = Lines()
        hubs = {world: Hub(world, clock, naming, settings, self.lines) for world in WORLDS}
        self.writer = Writer(store, hubs, clock, settings.log)
        quotas = {"real": settings.quotas, "exercise": settings.exercise_quotas}
        self.worlds: dict[WorldName, World] = {
            name: make_world(hub, self.writer, store, clock, naming, settings, quotas[name])
            for name, hub in hubs.items()
        }
        self.counter = Counter(store, self.worlds, settings.figures.zone)
        own_probe = probe_key()
        tokens = Verifier(
            [*load_keys(settings.tokens, settings.server.data), own_probe],
            clock,
            leeway_s=settings.tokens.leeway_s,
            audience=settings.tokens.audience,
        )
        homes = {name: world.home for name, world in self.worlds.items()}
        self.sessions = Sessions(
            clock,
            settings.connection,
            settings.server.max_connections,
            make_doorstep(Doorstep(tokens, homes, store.epoch, clock, settings)),
            {name: world.router for name, world in self.worlds.items()},
            {name: hub.fanout for name, hub in hubs.items()},
            {name: world.departed for name, world in self.worlds.items()},
        )
        walls = {name: world.wall for name, world in self.worlds.items()}
        self.door = MediaDoor(tokens, walls, MediaFiles(settings.server.data), clock, settings.media)
        self.lag = LoopLag(clock)
        self._listener = listen(settings.server.host, settings.server.port)
        self.server = Server(
            make_app(self, self.lag, clock, media_routes(self.door)),
            transport_class(self.sessions, settings.connection, clock, self.lines),
            self._listener,
            self._drain,
            settings.server.max_connections + _SPARE_SOCKETS,
        )
        self.url = loopback_url(settings.server.host, self.server.port)
        self._probe = Probe(self.url, Issuer(own_probe, clock), clock, interval_s=settings.probe.interval_s)
        self._tasks: list[asyncio.Task[None]] = []

    # --- Vitals ---

    @property
    def draining(self) -> bool:
        return self.sessions.is_draining

    def connected(self) -> int:
        return len(self.sessions)

    def positions(self) -> int:
        return sum(world.hub.presence.positions for world in self.worlds.values())

    def oldest_unsent_red_s(self) -> float | None:
        """The longest wait of a red, for the log or in an outbox."""
        waits = (self.writer.oldest_unsent_red_s(), self.sessions.oldest_unsent_red_s())
        return max((wait_s for wait_s in waits if wait_s is not None), default=None)

    def probe(self) -> ProbeReport | None:
        return self._probe.report if self.settings.probe.enabled else None

    def figures(self) -> Iterator[Figure]:
        return figures(self.worlds, self.sessions, self.writer, self.lag, self)

    async def check_writable(self) -> None:
        await self.store.check_writable()

    # --- starting and stopping ---

    async def load(self) -> None:
        """Take over from the log what is current."""
        await load(self.worlds, self.store, self._clock.now())

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Everything but the listening: the writer, the looking after sessions, the tidying."""
        self._tasks = [
            asyncio.create_task(self._write(), name="writer"),
            asyncio.create_task(self._tidy(), name="tidying"),
            asyncio.create_task(self._prune(), name="counting and pruning"),
            asyncio.create_task(self._scrub(), name="scrubbing"),
            asyncio.create_task(self._keep_markers(), name="markers"),
        ]
        self.lag.start()
        self.sessions.start()
        try:
            yield
        finally:
            self.sessions.stop()
            self.lag.stop()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            for world in self.worlds.values():
                await world.close()
            await self._save_markers()
            await self.store.close()

    def start_probe(self) -> None:
        if self.settings.probe.enabled:
            self._probe.start()

    async def _write(self) -> None:
        try:
            await self.writer.run()
        except Exception:
            _log.critical("the writer has failed; stopping, so that a fresh start can take over", exc_info=True)
            self.server.stop()

    async def _tidy(self) -> None:
        """Let go, every now and then, of what is past."""
        while True:
            await asyncio.sleep(_TIDY_S)
            try:
                for world in self.worlds.values():
                    world.forget_old()
                    while world.forget_more():  # noqa: ASYNC110 — a little in each turn of the loop
                        await asyncio.sleep(0)
            except Exception:
                _log.exception("what is past could not be forgotten; trying again")

    async def _keep_markers(self) -> None:
        """How far people have read is told at once, and saved a moment later; so is who was asked in a survey."""
        while True:
            await asyncio.sleep(_MARKERS_S)
            await self._save_markers()
            for world in self.worlds.values():
                await world.surveys.save()

    async def _save_markers(self) -> None:
        for world in self.worlds.values():
            moved = world.hub.markers.take_unsaved()
            try:
                if moved:
                    await self.store.mark(moved)
            except StorageError as error:
                world.hub.markers.put_back(moved)
                _log.warning("read markers could not be saved; trying again: %s", error)

    async def _prune(self) -> None:
        """Count, then prune; apart from forgetting, which must not wait for a disk that is stuck."""
        while True:
            await asyncio.sleep(_PRUNE_S)
            try:
                await self.counter.count(self._clock.now())  # first: what is erased can be counted no more
            except StorageError as error:
                _log.warning("what happened could not be counted; trying again: %s", error)
            except Exception:
                _log.exception("what happened could not be counted; trying again")
            try:
                await self.prune(kept_since(self.settings.retention, self._clock.now()))
                await self.door.tidy(self._clock.now())
            except StorageError as error:
                _log.warning("old history could not be pruned: %s", error)
            except Exception:
                _log.exception("old history could not be pruned; trying again")

    async def prune(self, before: Mapping[Kept, float]) -> None:
        """Erase what was logged before these times (Unix seconds), each for its kind, a little at a time."""
        has_erased = False
        while first_seqs := await self.store.prune(before, _PRUNED_AT_ONCE):
            has_erased = True
            for world in self.worlds.values():
                world.hub.rooms.pruned(first_seqs)
                world.hub.tail.forget(first_seqs)
        if has_erased:
            await self.store.scrub()

    async def _scrub(self) -> None:
        """Whatever was withdrawn meanwhile: to ask whether anything was would cost more than to do it."""
        while True:
            await asyncio.sleep(_SCRUB_S)
            try:
                await self.door.remove_gone()
                await self.store.scrub()
            except StorageError as error:
                _log.warning("what was withdrawn could not be overwritten; trying again: %s", error)
            except Exception:
                _log.exception("what was withdrawn could not be overwritten; trying again")

    async def _drain(self) -> None:
        """Answer what has been asked, send out what it led to, send everybody away, spread out."""
        self.sessions.is_draining = True
        await self._probe.stop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.settings.server.drain_s / 2):
                for world in self.worlds.values():
                    await world.errands.finish()
                await self.writer.finish()
                while not all(world.hub.fanout.idle for world in self.worlds.values()):  # noqa: ASYNC110 — a chunk goes out in each turn of the loop
                    await asyncio.sleep(0)
        await self.sessions.drain(self.settings.server.drain_s)


def kept_since(given: RetentionSettings, now: float) -> dict[Kept, float]:
    """The time before which each kind of event is too old."""
    return {
        "public_alert": now - given.public_alerts_s,
        "room_alert": now - given.room_alerts_s,
        "message": now - given.messages_s,
        "membership": now - given.memberships_s,
        "record": now - given.records_s,
        "exercise": now - given.exercise_s,
        "probe": now - given.probe_s,
    }


async def build(settings: Settings, clock: Clock, store: Store | None) -> Application:
    """An application that has taken over what the log holds. Raises OSError or StorageError if it cannot start."""
    store = store or await SqlStore.open(settings.server.data)
    try:
        app = Application(settings, clock, store)
        await app.load()
    except BaseException:
        await store.close()
        raise
    return app


@asynccontextmanager
async def running(
    settings: Settings, *, clock: Clock | None = None, store: Store | None = None
) -> AsyncIterator[Application]:
    """A server on this loop for as long as the context lasts; raises like `build`."""
    app = await build(settings, clock or SystemClock(), store)
    async with app.working(), app.server.running():
        app.start_probe()
        yield app


def serve(settings: Settings, *, ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; raises like `build`. `ready` is told the address once clients may come."""
    set_up_logs()
    run(_serve(settings, ready))


async def _serve(settings: Settings, ready: Callable[[str], None]) -> None:
    app = await build(settings, SystemClock(), None)
    async with app.working():
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < settings.server.max_connections + _SPARE_FILES:
            _log.warning("%d open files are allowed, fewer than max_connections needs", soft)
        app.start_probe()  # its first connection waits in the backlog until the server runs
        ready(app.url)
        await app.server.serve()
