"""Volunteers who want to be called by the police or the rescue service, and the calls to those near (F59)."""

from collections.abc import Iterator
from typing import Final

from geo.distance import is_near
from realtime.clock import Clock, Timer
from realtime.delivery.buckets import bucket_of
from realtime.delivery.hub import Hub
from realtime.delivery.subscriber import Subscriber
from realtime.delivery.views import verified_by
from realtime.delivery.writer import Writer
from realtime.errors import Ended, Invalid, NotFound, RateLimited
from realtime.frames import Frames
from realtime.lanes import Lane
from realtime.messages import OFFICE_OF, Calling, CallNews, CallVolunteers, EndCall, Reach, VerifiedBy, VolunteerFor
from realtime.naming import Naming
from realtime.service.access import Access
from realtime.service.acts import kept, required_id
from realtime.service.caller import Caller
from realtime.service.organisations.offices import Offices
from storage.events import Entry, FactDropped, FactSet, audit_room, own_room
from storage.facts import Call, Organisation, Volunteer

LONGEST_S: Final = 86_400.0  # a call's life
MAX_AN_HOUR: Final = 6  # calls of one organisation: each tells a little of who is where
_HOUR_S: Final = 3_600.0


class Volunteers:
    """The volunteers of one world.

    A call is a fact, and who got it is not: that would say who was near (R14). A session remembers what it was told,
    and who comes, or comes near, while a call lasts is told then.
    """

    def __init__(
        self,
        hub: Hub,
        writer: Writer,
        clock: Clock,
        naming: Naming,
        access: Access,
        offices: Offices,
        reach_after_s: float,
    ) -> None:
        self._hub = hub
        self._writer = writer
        self._clock = clock
        self._naming = naming
        self._access = access
        self._offices = offices
        self._reach_after_s = reach_after_s
        self._of: dict[Calling, set[str]] = {"police": set(), "rescue": set()}
        self.active: dict[str, Call] = {}  # calls that go on
        self._timers: dict[str, Timer] = {}
        self._told: dict[Subscriber, set[str]] = {}
        hub.facts.listen(Volunteer, self._volunteered)
        hub.facts.listen(Call, self._called)

    # --- who wants to be called ---

    def volunteer(self, caller: Caller, message: VolunteerFor) -> None:
        user, world = caller.identity.user, caller.identity.world
        fact = Volunteer(user=user, calling=message.for_)

        def decide() -> Entry:
            body = FactSet(fact=fact, by=user) if message.on else FactDropped(fact=fact, by=user)
            return Entry(body=body, world=world, at=self._clock.now(), rooms=(own_room(world, user),))

        self._writer.submit(kept(caller, message, decide))

    def _volunteered(self, before: Volunteer | None, now: Volunteer | None) -> None:
        if before is not None:
            self._of[before.calling].discard(before.user)
        if now is not None:
            self._of[now.calling].add(now.user)
            for session in self._hub.presence.of_user(now.user):
                self._look_around(session)

    # --- calls ---

    def call(self, caller: Caller, message: CallVolunteers) -> None:
        world, user = caller.identity.world, caller.identity.user
        id = self._naming.made_by("call", world, user, required_id(message))

        def decide() -> Entry:
            self._access.require_in(caller.identity, message, organisation=message.organisation, field="organisation")
            card = self._hub.facts.latest(Organisation, message.organisation)
            now = self._clock.now()
            if card is None or card.closed:
                raise NotFound("no such organisation, or not one of yours", field="organisation")
            if card.sector != "police" and card.sector != "rescue":
                raise Invalid("only the police and the rescue service call volunteers", field="organisation")
            if not now < message.until <= now + LONGEST_S:
                raise Invalid("a call lasts until a time within the next 24 hours", field="until")
            self._check_pace(card.id, now)
            fact = Call(
                id=id,
                organisation=card.id,
                calling=card.sector,
                lat=message.lat,
                lon=message.lon,
                radius_m=message.radius_m,
                text=message.text,
                sent_at=now,
                until=message.until,
            )
            body = FactSet(fact=fact, by=user)
            return Entry(body=body, world=world, at=now, rooms=(audit_room(world, card.id),))

        self._writer.submit(kept(caller, message, decide, began=lambda event: self._tell_reach(caller, id), call=id))

    def _check_pace(self, organisation: str, now: float) -> None:
        calls = [each for each in self._hub.facts.latest_of(Call) if each.organisation == organisation]
        times = sorted(each.sent_at for each in calls if each.sent_at > now - _HOUR_S)
        if len(times) >= MAX_AN_HOUR:
            wait_s = times[-MAX_AN_HOUR] + _HOUR_S - now
            raise RateLimited(f"an organisation calls {MAX_AN_HOUR} times an hour", retry_after_s=wait_s)

    def end(self, caller: Caller, message: EndCall) -> None:
        """Call off a call: whoever was told of it is told that."""

        def decide() -> Entry:
            call = self._hub.facts.latest(Call, message.call)
            now, by = self._clock.now(), caller.identity.user
            if call is None or "staff" not in set(self._access.in_organisation(caller.identity, call.organisation)):
                raise NotFound("no such call, or not one of yours", field="call")
            if now >= call.until:
                raise Ended("this call is over")
            room = audit_room(self._hub.world, call.organisation)
            return Entry(body=FactSet(fact=call.ended_at(now), by=by), world=self._hub.world, at=now, rooms=(room,))

        self._writer.submit(kept(caller, message, decide, call=message.call))

    def _called(self, before: Call | None, now: Call | None) -> None:
        """A call was made, or called off."""
        either = now or before
        if either is None:
            return
        if (timer := self._timers.pop(either.id, None)) is not None:
            timer.cancel()
        self.active.pop(either.id, None)
        left_s = 0.0 if now is None else now.until - self._clock.now()
        if now is not None and left_s > 0:
            self.active[now.id] = now
            self._timers[now.id] = self._clock.call_later(left_s, lambda: self._expired(either.id))
            for session in self._near(now):
                self._tell(session, now)
        elif before is not None:
            self._call_off(before)

    def _expired(self, id: str) -> None:
        """It says itself when it ends."""
        del self._timers[id]
        self.active.pop(id, None)
        for told in self._told.values():
            told.discard(id)

    def _call_off(self, call: Call) -> None:
        over = Frames(self._news(call, ended=True))
        for session, told in self._told.items():
            if call.id in told:
                told.discard(call.id)
                session.tell(over, Lane.YELLOW)

    def _near(self, call: Call) -> list[Subscriber]:
        found, _ = self._hub.presence.near(call.lat, call.lon, call.radius_m)
        here = self._hub.presence.roster.those(found)
        return [session for session in here if session.identity.user in self._of[call.calling]]

    def _tell(self, session: Subscriber, call: Call) -> None:
        told = self._told.setdefault(session, set())
        if call.id not in told and session.is_open:
            told.add(call.id)
            session.tell(Frames(self._news(call)), Lane.YELLOW)

    def _news(self, call: Call, *, ended: bool = False) -> CallNews:
        office = OFFICE_OF[call.calling]
        by = verified_by(office, self._offices.issuer(call.organisation))
        return CallNews(
            call=call.id,
            organisation=call.organisation,
            verified_role=office,
            verified_by=by or VerifiedBy(name=call.organisation),
            lat=call.lat,
            lon=call.lon,
            radius_m=call.radius_m,
            text=call.text,
            sent_at=call.sent_at,
            until=call.until,
            ended=ended,
            exercise=self._hub.world == "exercise",
        )

    def _tell_reach(self, caller: Caller, id: str) -> None:
        """Always after the same time, as a bucket (R19, R20); as it is then."""

        def tell() -> None:
            call = self.active.get(id)
            people = set() if call is None else {session.identity.user for session in self._near(call)}
            caller.answer(Reach(alert=id, bucket=bucket_of(len(people - {caller.identity.user}))))

        self._clock.call_later(self._reach_after_s, tell)

    # --- coming near ---

    def arrived(self, session: Subscriber) -> None:
        """A session is here, or its device is somewhere else: what goes on there concerns it from now on."""
        self._look_around(session)

    def departed(self, session: Subscriber) -> None:
        self._told.pop(session, None)

    def _look_around(self, session: Subscriber) -> None:
        position = self._hub.presence.position(session)
        if position is None:
            return
        now, user = self._clock.now(), session.identity.user
        for call in self.active.values():
            is_here = is_near(position.lat, position.lon, position.accuracy_m, call.lat, call.lon, call.radius_m)
            if is_here and now < call.until and user in self._of[call.calling]:
                self._tell(session, call)

    def close(self) -> None:
        for timer in self._timers.values():
            timer.cancel()


def called_off(hub: Hub, organisation: str, by: str, now: float) -> Iterator[Entry]:
    """An organisation is closed, or is another one now: so is whatever it called for."""
    for call in list(hub.facts.latest_of(Call)):
        if call.organisation == organisation and now < call.until:
            room = audit_room(hub.world, organisation)
            yield Entry(body=FactSet(fact=call.ended_at(now), by=by), world=hub.world, at=now, rooms=(room,))
