"""All sessions of this server: letting clients in, looking after them in turn, and sending them away when it stops."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

from realtime.admission import Admission
from realtime.clock import Clock, Timer
from realtime.config import ConnectionSettings
from realtime.connection.contract import Connection, Side
from realtime.connection.limits import Rate
from realtime.connection.router import Router
from realtime.connection.session import BEAT_S, Session, Surroundings
from realtime.delivery.fanout import Fanout
from realtime.errors import CloseCode
from realtime.lanes import Lane
from realtime.messages import Drain, World

_TICK_S: Final = 1.0
_SLOTS: Final = round(BEAT_S / _TICK_S)
_COME_BACK_PER_S: Final = 1_000  # how many may come back in a second when all are sent away
_MIN_COME_BACK_S: Final = 2.0
_AWAY_S: Final = 2.0  # what a restart takes: whoever came sooner would find nobody
_CLOSED_AT_ONCE: Final = 200
_FULL_S: Final = (4.0, 15.0)  # spread, so that those who were refused together do not return together
_CLIENTS_CODES: Final = frozenset({1000, 1001, 1005, int(CloseCode.LOST)})  # that are told apart


class Sessions:
    """The gate that sockets come through, and one timer for all sessions instead of one each."""

    def __init__(
        self,
        clock: Clock,
        settings: ConnectionSettings,
        max_connections: int,
        doorstep: Router,
        routers: dict[World, Router],
        fanouts: Mapping[World, Fanout],
        departed: Mapping[World, Callable[[Session], None]],
    ) -> None:
        self._clock = clock
        self._max_connections = max_connections
        self._departed = departed
        self._around = Surroundings(
            clock=clock,
            settings=settings,
            rate=Rate.of(settings.messages_per_s, settings.messages_burst),
            doorstep=doorstep,
            routers=routers,
            fanouts=fanouts,
            gone=self._gone,
        )
        self._arrivals = Admission(clock, settings.connections_per_s, settings.connections_burst)
        self._returns = Admission(clock, settings.connections_per_s, 1)
        self._slots: list[set[Session]] = [set() for _ in range(_SLOTS)]
        self._ticks = 0
        self._count = 0
        self.opened = 0
        self.ends: Counter[tuple[Side, int]] = Counter()  # by whom, and the close code
        self._timer: Timer | None = None
        self._all_gone = asyncio.Event()
        self.is_draining = False

    def __len__(self) -> int:
        return self._count

    def oldest_unsent_red_s(self) -> float | None:
        """How long the red has been waiting that has waited longest in anybody's outbox."""
        waiting = [since for slot in self._slots for session in slot if (since := session.red_since) is not None]
        return self._clock.monotonic() - min(waiting) if waiting else None

    def queued_bytes(self) -> int:
        """What waits in all outboxes together."""
        return sum(session.queued_bytes for slot in self._slots for session in slot)

    # --- Gate ---

    def wait_s(self) -> float | None:
        if self.is_draining or self._count >= self._max_connections:
            return random.uniform(*_FULL_S)
        if self._arrivals.admits():
            return None
        # Nobody can be told from others at the handshake, so that a turn booked here would be kept for nobody: the
        # second queue only spreads those who were refused.
        turn_at = self._returns.book()
        return random.uniform(*_FULL_S) if turn_at is None else turn_at - self._clock.monotonic() + random.random()

    def open(self, connection: Connection) -> Session:
        session = Session(connection, self._around)
        self._slot_of(session).add(session)
        self._count += 1
        self.opened += 1
        return session

    def ended(self, by: Side, code: int) -> None:
        if by == "client" and code not in _CLIENTS_CODES:  # it may send any number
            code = 0
        self.ends[by, code] += 1

    def _gone(self, session: Session) -> None:
        self._slot_of(session).discard(session)
        self._count -= 1
        if not self._count:
            self._all_gone.set()
        if session.has_greeted:
            self._departed[session.identity.world](session)

    def _slot_of(self, session: Session) -> set[Session]:
        return self._slots[hash(session) % _SLOTS]

    # --- looking after them ---

    def start(self) -> None:
        """Begin to look at a share of the sessions every second, at each of them every `BEAT_S`."""
        self._timer = self._clock.call_later(_TICK_S, self._tick)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _tick(self) -> None:
        self._timer = self._clock.call_later(_TICK_S, self._tick)
        self._ticks += 1
        now = self._clock.monotonic()
        for session in list(self._slots[self._ticks % _SLOTS]):
            session.beat(now)

    # --- sending them away ---

    async def drain(self, within_s: float) -> None:
        """Tell everyone when to come back, spread out; send what is queued; close. Takes at most about `within_s`."""
        self.is_draining = True
        everyone = [session for slot in self._slots for session in slot]
        spread_s = max(_MIN_COME_BACK_S, len(everyone) / _COME_BACK_PER_S)
        for number, session in enumerate(everyone):
            if session.has_greeted:
                session.answer(Drain(reconnect_after_s=round(_AWAY_S + random.uniform(0.0, spread_s), 3)), Lane.RED)
            if number % _CLOSED_AT_ONCE == 0:
                await asyncio.sleep(0)
        for number, session in enumerate(everyone):
            session.close(CloseCode.DRAIN, "the server is restarting; come back")
            if number % _CLOSED_AT_ONCE == 0:
                await asyncio.sleep(0)
        if self._count:
            self._all_gone.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._all_gone.wait(), within_s)
