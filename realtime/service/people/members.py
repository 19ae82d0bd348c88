"""What a member's device says of itself: who it is, where it is, that it is there, and what it has shown."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from realtime.admission import LATER_S, Admission
from realtime.clock import Clock
from realtime.config import Settings
from realtime.delivery.catchup import CatchUp
from realtime.delivery.hub import Hub
from realtime.errors import (
    AccountErased,
    Busy,
    CloseCode,
    HelloFirst,
    Invalid,
    NoConsent,
    NoPosition,
    Suspended,
    TokenRefused,
    TooMany,
    refusal,
)
from realtime.identity import Identity
from realtime.lanes import Lane
from realtime.messages import Ack, AppealDecision, Hello, Limits, Ok, Ping, Position, Welcome, World
from realtime.service.caller import Caller
from realtime.service.moderation.appeals import Appeals
from realtime.service.moderation.conduct import Conducts
from realtime.service.organisations.offices import Offices
from realtime.service.organisations.volunteers import Volunteers
from realtime.service.people.surveys import Surveys
from realtime.service.places.looking import viewed

_EARLY_S: Final = 0.05  # by which somebody may come before their turn: a client's timer is no better


class Identifies(Protocol):
    def identify(self, token: str) -> Identity:
        """Who a token's bearer is. Raises TokenRefused."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where the members of one world are at home."""

    hub: Hub
    catch_up: CatchUp
    conducts: Conducts
    appeals: Appeals
    offices: Offices
    volunteers: Volunteers
    surveys: Surveys


class Doorstep:
    """Where every client says hello, and is let into the world that its token names, and into no other (R16)."""

    def __init__(
        self, tokens: Identifies, homes: Mapping[World, Home], epoch: str, clock: Clock, settings: Settings
    ) -> None:
        limits = settings.connection
        self._admission = Admission(clock, limits.hellos_per_s, limits.hellos_burst)
        self._tokens = tokens
        self._homes = homes
        self._epoch = epoch
        self._clock = clock
        self._settings = settings

    def hello(self, caller: Caller, message: Hello) -> None:
        """Everything from here to going live in the rooms where nothing was missed is one step."""
        self._await_turn(caller)
        limits = self._settings.connection
        for field, count, most in (
            ("rooms", len(message.rooms), limits.max_hello_rooms),
            ("holds", len(message.holds), limits.max_hello_holds),
        ):
            if count > most:
                raise TooMany(f"a hello may name {most} {field}; name the latest", field=field)
        if message.position is not None and message.position.age_s >= self._settings.positions.ttl_s:
            raise Invalid("this position is too old to say where the device is; leave it out", field="position.age_s")
        if message.watch is not None:
            viewed(message.watch, "watch")
        caller.turn_at = None  # what follows costs the most of it
        identity = self._identified(caller, message.id, message.token)
        if identity is None:
            return
        home = self._homes[identity.world]
        try:
            home.conducts.check_suspended(identity)
        except Suspended as error:
            caller.answer(refusal(error, message.id), Lane.RED)
            caller.close(CloseCode.SUSPENDED, "this account is suspended")
            return
        except AccountErased as error:
            caller.answer(refusal(error, message.id), Lane.RED)
            caller.close(CloseCode.ERASED, "this account is being erased")
            return
        identity = home.offices.effective(identity)
        if (
            message.epoch in (None, self._epoch)
            and (room := home.catch_up.beyond(identity.user, message.rooms)) is not None
        ):
            raise Invalid(f"there is no such place in {room} yet; leave your places out, and read back", field="rooms")
        ping_s = caller.greet(identity, message.device, message.ping_s)
        self._make_room(home, caller)
        caller.answer(self._welcome(caller, home, message, ping_s), Lane.RED)
        home.catch_up.begin(caller, message)
        home.offices.greeted(caller)
        home.volunteers.arrived(caller)
        home.surveys.arrived(caller)

    def appeal(self, caller: Caller, message: AppealDecision) -> None:
        """Who is suspended is let in no further, and can still say why that is wrong."""
        if message.token is None:
            raise HelloFirst("say hello first; who is suspended appeals with a token instead")
        self._await_turn(caller)
        caller.turn_at = None
        identity = self._identified(caller, message.id, message.token)
        if identity is not None:
            caller.identity = identity
            self._homes[identity.world].appeals.appeal(caller, message)

    def _identified(self, caller: Caller, id: str | None, token: str) -> Identity | None:
        """Who a token's bearer is; None if it is refused, and the connection closed."""
        try:
            return self._tokens.identify(token)
        except TokenRefused as error:
            caller.answer(refusal(error, id), Lane.RED)
            caller.close(CloseCode.TOKEN, str(error)[:120])
            return None

    def _await_turn(self, caller: Caller) -> None:
        """Many at once would hold up everybody: beyond so many a second each is told when to say it again."""
        now = self._clock.monotonic()
        if caller.turn_at is None:
            if self._admission.admits():
                return
            caller.turn_at = self._admission.book()
        if caller.turn_at is None:
            raise Busy(random.uniform(*LATER_S))
        if now < caller.turn_at - _EARLY_S:
            raise Busy(caller.turn_at - now)

    def _make_room(self, home: Home, caller: Caller) -> None:
        """One session for each device, and so many devices for each person: the newest stay."""
        older = home.hub.attach(caller)
        if older is not None:
            home.catch_up.end(older)
            older.close(CloseCode.REPLACED, "this device has connected anew")
        devices = list(home.hub.presence.of_user(caller.identity.user))
        for session in devices[: -self._settings.connection.max_devices]:
            session.close(CloseCode.TOO_MANY, "too many devices; the oldest makes way")

    def _welcome(self, caller: Caller, home: Home, message: Hello, ping_s: float) -> Welcome:
        settings = self._settings
        return Welcome(
            id=message.id,
            user=caller.identity.user,
            session=caller.id,
            epoch=self._epoch,
            limits=Limits(
                message_bytes=settings.connection.max_message_bytes,
                hello_rooms=settings.connection.max_hello_rooms,
                hello_holds=settings.connection.max_hello_holds,
                ping_s=ping_s,
                red_radius_m=settings.alerts.red_radius_limits_m,
                yellow_radius_m=settings.alerts.yellow_radius_limits_m,
                position_ttl_s=settings.positions.ttl_s,
            ),
            position=(message.position is not None and home.hub.wishes.keeps_place(caller.identity.user))
            or home.hub.presence.position(caller) is not None,
            rooms=home.catch_up.places(caller.identity.user),
            server_time=self._clock.now(),
            exercise=caller.identity.world == "exercise",
            conduct=home.conducts.wanted(caller.identity),
        )


class Members:
    """The small things that the devices of one world say."""

    def __init__(
        self,
        hub: Hub,
        volunteers: Volunteers,
        surveys: Surveys,
        position_ttl_s: float,
        forget_place: Callable[[str], None],
    ) -> None:
        """`forget_place` is told whose position is erased: nothing that was made of it may keep their name (R17)."""
        self._hub = hub
        self._volunteers = volunteers
        self._surveys = surveys
        self._position_ttl_s = position_ttl_s
        self._forget_place = forget_place

    def position(self, caller: Caller, message: Position) -> None:
        lat, lon, age_s = message.lat, message.lon, message.age_s
        if lat is not None and lon is not None and not (message.renew or message.withdraw):
            if age_s >= self._position_ttl_s:
                raise Invalid("this position is too old to say where the device is", field="age_s")
            user, wishes = caller.identity.user, self._hub.wishes
            if user in wishes.elsewhere and not wishes.keeps_place(user):
                raise NoConsent("no position of yours is kept: you have paused, or taken back your consent to it")
            self._hub.moved(caller, lat, lon, message.accuracy_m, age_s)
            if self._volunteers.active:  # here, for every position comes this way
                self._volunteers.arrived(caller)
            if self._surveys.open:
                self._surveys.arrived(caller)
        elif lat is not None or lon is not None or message.renew == message.withdraw:
            raise Invalid("a position is lat and lon, or renew, or withdraw: exactly one of the three")
        elif message.withdraw:
            self._hub.presence.withdraw(caller)
            self._forget_place(caller.identity.user)
        elif not self._hub.presence.renew(caller):
            raise NoPosition("no position of this device is live; send one with lat and lon")
        if message.id is not None:
            _done(caller, message.id)

    def ack(self, caller: Caller, message: Ack) -> None:
        if message.delivered is not None:
            caller.has_received(message.delivered)
        for alert in message.alerts:
            self._hub.receipts.acknowledged(caller, alert)
        _done(caller, message.id)

    def ping(self, caller: Caller, message: Ping) -> None:
        if message.id is None:
            caller.heartbeat()
        else:
            _done(caller, message.id)


def _done(caller: Caller, id: str | None) -> None:
    """Answer what is not stored, if an answer is wanted. It is done when it is answered, and ends with the server."""
    if id is not None:
        caller.answer(Ok(id=id, durable=False))
