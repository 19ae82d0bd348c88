"""One client from hello to close: who it is, what it holds, and whether it is still there."""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from realtime.clock import Clock
from realtime.codec import CODECS, Codec, Garbage, InvalidMessage
from realtime.config import ConnectionSettings
from realtime.connection.contract import Connection
from realtime.connection.limits import Rate
from realtime.connection.router import Router
from realtime.connection.told import Told
from realtime.delivery.fanout import Fanout
from realtime.errors import CloseCode, Invalid, RateLimited, TooMany, UnknownType, refusal
from realtime.frames import Frames
from realtime.identity import Identity
from realtime.lanes import Lane, lane_of_request
from realtime.messages import ClientMessage, Encoding, Heartbeat, Hello, ServerMessage, World

BEAT_S: Final = 5.0  # how often a session is looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What all sessions share. Until hello a session speaks to the `doorstep`, then to its world's router."""

    clock: Clock
    settings: ConnectionSettings
    rate: Rate
    doorstep: Router
    routers: dict[World, Router]
    fanouts: Mapping[World, Fanout]
    gone: Callable[["Session"], None]


class Session:
    """A Receiver to its socket, a Subscriber to delivery, a Caller to services.

    It has no task and no timer of its own: it acts when bytes come in, when it is delivered to, and at each `beat`.
    """

    __slots__ = (
        "_around", "_codec", "_connection", "_full_at", "_heard_offset", "_next_ping", "_opened_at", "_passed",
        "_ping_s",
        "_router", "_sent", "_taken", "_told", "_when_drained", "device", "id", "identity", "number", "turn_at",
    )  # fmt: skip

    identity: Identity  # from hello on
    device: str
    number: int

    def __init__(self, connection: Connection, around: Surroundings) -> None:
        self._connection = connection
        self._around = around
        self._codec: Codec = CODECS[connection.encoding]
        self._router = around.doorstep
        now = around.clock.monotonic()
        self._opened_at = now
        self._full_at = now  # its bucket of messages
        self._heard_offset = around.clock.now() - now
        self._ping_s = around.settings.ping_s
        self._next_ping = 0.0
        self._sent = 0  # counted frames that came this way, not through the lines
        self._taken = 0  # how many it was when a queue was empty again for the last time
        self._told: Told | None = None  # from the first heartbeat on
        self._when_drained: asyncio.Future[None] | None = None
        self.id = secrets.token_hex(8)
        self.turn_at: float | None = None
        self._passed: dict[str, int] | None = None  # places that moved without an event

    @property
    def has_greeted(self) -> bool:
        return self._router is not self._around.doorstep

    @property
    def is_open(self) -> bool:
        return self._connection.is_open

    @property
    def encoding(self) -> Encoding:
        return self._connection.encoding

    @property
    def red_since(self) -> float | None:
        """Since when (monotonic) a red has been waiting for the socket to take it."""
        return self._connection.red_since

    @property
    def queued_bytes(self) -> int:
        """What waits for the socket to take more."""
        return self._connection.queued_bytes

    @property
    def last_heard(self) -> float:
        return self._connection.last_heard

    @property
    def heard_at(self) -> float:
        return self._connection.last_heard + self._heard_offset

    # --- from the client ---

    def received(self, payload: bytes) -> None:
        """Check the client's rate, decode one message, and have it handled."""
        rate, now = self._around.rate, self._connection.last_heard
        full_at = self._full_at if self._full_at > now else now
        wait_s = full_at - now - rate.ahead_s
        if wait_s <= 0.0:
            self._full_at = full_at + rate.interval_s
        try:
            message = self._codec.decode_client(payload)
        except InvalidMessage as error:
            wrong = (UnknownType if error.code == UnknownType.code else Invalid)(str(error), field=error.field)
            self.answer(refusal(_too_fast(wait_s) if wait_s > 0.0 else wrong, error.id))
            return
        except Garbage as error:
            self.close(CloseCode.GARBAGE, str(error))
            return
        if wait_s > 0.0 and not self._may_all_the_same(message, wait_s):
            self.answer(refusal(_too_fast(wait_s), message.id), lane_of_request(message))
        elif len(payload) > self._around.settings.max_hello_bytes and isinstance(message, Hello):
            field = "rooms" if len(message.rooms) > len(message.holds) else "holds"
            most = self._around.settings.max_hello_bytes
            too_big = TooMany(f"a hello may have {most} bytes; name fewer {field}", field=field)
            self.answer(refusal(too_big, message.id))
        else:
            self._router.route(self, message)

    def _may_all_the_same(self, message: ClientMessage, wait_s: float) -> bool:
        """Whether a message is taken beyond the rate: a red is, as often again as may come at once."""
        rate = self._around.rate
        if lane_of_request(message) is not Lane.RED or wait_s > rate.ahead_s:
            return False
        self._full_at += rate.interval_s
        return True

    def greet(self, identity: Identity, device: str, ping_s: float | None) -> float:
        settings = self._around.settings
        self.identity = identity
        self.device = device
        self._router = self._around.routers[identity.world]
        if ping_s is not None:
            self._ping_s = min(max(ping_s, settings.min_ping_s), settings.max_ping_s)
        self._next_ping = self._around.clock.monotonic() + self._ping_s
        return self._ping_s

    # --- to the client ---

    @property
    def file(self) -> int:
        return self._connection.file

    @property
    def delivered(self) -> int:
        return self._sent + self._connection.written_by_lines

    def deliver(self, frames: Frames, lane: Lane, taken: int = 0) -> bool:
        self._sent += 1
        connection = self._connection
        return connection.send(frames[connection.encoding][taken:], lane)

    def has_written(self, count: int) -> bool:
        return self._taken >= count or (self._connection.is_open and self._connection.idle)

    def tell(self, frames: Frames, lane: Lane) -> None:
        self._connection.send(frames[self._connection.encoding], lane)

    def replay(self, piece: bytes, *, counted: int) -> None:
        self._sent += counted
        self._connection.send(piece, Lane.REST)

    def pass_over(self, room: str, seq: int) -> None:
        self._passed = {**(self._passed or {}), room: seq}

    def answer(self, message: ServerMessage, lane: Lane = Lane.REST) -> None:
        self.tell(Frames(message), lane)

    def heartbeat(self) -> None:
        """Say how many frames were sent, unless some are still on their way: the count would not be true yet."""
        if self._connection.idle and self._around.fanouts[self.identity.world].idle:
            # A client that is slower to answer than this is gone anyway.
            self._told = self._told or Told(self._ping_s + self._around.settings.pong_timeout_s)
            self._told.tell(self.delivered, self._around.clock.monotonic())
            rooms, self._passed = self._passed or {}, None
            self.answer(Heartbeat(delivered=self.delivered, rooms=rooms))

    def has_received(self, count: int) -> None:
        if count > self.delivered:
            raise Invalid("so many were never sent on this connection", field="delivered")
        if self._told is not None and count < self._told.owed(self._around.clock.monotonic()):
            self.close(CloseCode.LOST, "something was lost on the way; come back and catch up")

    def ping(self) -> None:
        self._connection.ping()

    def close(self, code: CloseCode, reason: str) -> None:
        self._connection.close(code, reason)

    @property
    def is_drained(self) -> bool:
        return self._connection.idle

    async def until_drained(self) -> None:
        if self._connection.idle or not self._connection.is_open:
            return
        if self._when_drained is None:
            self._when_drained = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._when_drained)

    # --- from the socket ---

    def drained(self) -> None:
        if self._connection.is_open:  # else what was queued is lost
            self._taken = self.delivered
        if self._when_drained is not None:
            self._when_drained.set_result(None)
            self._when_drained = None

    def lost(self) -> None:
        self.drained()  # nobody need wait for it any more
        self._around.gone(self)

    def beat(self, now: float) -> None:
        """Look whether the client is still there and may stay, and show it that we are."""
        if not self._connection.is_open:
            return
        settings = self._around.settings
        if not self.has_greeted:
            if now - (self.turn_at or self._opened_at) > settings.hello_timeout_s:
                self.close(CloseCode.NO_HELLO, f"no hello within {settings.hello_timeout_s:g} s")
            return
        self._connection.check_age(now)
        if now - self._connection.last_heard > self._ping_s + settings.pong_timeout_s:
            self.close(CloseCode.SILENT, "no sign of life; come back")
        elif self._around.clock.now() >= self.identity.expires_at:
            self.close(CloseCode.TOKEN, "the token has expired; come back with a new one")
        elif now >= self._next_ping:
            self._next_ping = now + self._ping_s
            self._connection.ping()
            self.heartbeat()


def _too_fast(wait_s: float) -> RateLimited:
    return RateLimited("too many messages; slow down", wait_s)
