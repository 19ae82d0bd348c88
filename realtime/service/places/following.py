"""Areas that people follow, and in which the police are on duty."""

from collections.abc import Callable
from typing import Final

from geo.areas import Area
from realtime.clock import Clock
from realtime.delivery.catchup import CatchUp
from realtime.delivery.following import CIRCLE_GRID, CORNER_GRID
from realtime.delivery.hub import Hub
from realtime.delivery.writer import Writer
from realtime.errors import Invalid, NotFound, TooMany
from realtime.messages import (
    Circle,
    Corner,
    Follow,
    Followed,
    FollowedAreas,
    GoOnDuty,
    ListAreas,
    Unfollow,
)
from realtime.service.access import Access
from realtime.service.acts import act_for, required_id
from realtime.service.caller import Caller
from storage.events import Entry, FactDropped, FactSet
from storage.facts import AnyFact, DutyArea, FollowedArea, PlatformArea, Ring, joined_key

MAX_FOLLOWED: Final = 20  # by one person
MAX_FOLLOWED_M: Final = 20_000.0  # to each side
MAX_DUTY_M: Final = 100_000.0
_LOOKED_S: Final = 1.0


def ring_of(corners: tuple[Corner, ...]) -> Ring:
    return tuple((corner.lat, corner.lon) for corner in corners)


def checked_area(corners: tuple[Corner, ...], most_m: float, field: str = "polygon") -> Ring:
    """The corners of a polygon. Raises Invalid if they make none, or one that is too big."""
    ring = ring_of(corners)
    try:
        area = Area([[ring]])
    except ValueError as error:
        raise Invalid(str(error), field=field) from None
    if max(area.width_m, area.height_m) > most_m:
        raise Invalid(f"this may be {most_m / 1_000:g} km to each side at most", field=field)
    return ring


class Following:
    """The wishes of one world's people about places: facts, so that they outlive the server."""

    def __init__(self, hub: Hub, catch_up: CatchUp, writer: Writer, clock: Clock, access: Access) -> None:
        self._hub = hub
        self._catch_up = catch_up
        self._writer = writer
        self._clock = clock
        self._access = access
        self._looked: dict[str, bool] = {}  # whose areas were looked at a moment ago, and whether they changed since
        hub.facts.listen(FollowedArea, self._told)
        hub.facts.listen(DutyArea, self._told)

    def follow(self, caller: Caller, message: Follow) -> None:
        """Rounded before anything else is done with it (R26). The same name again replaces the area."""
        user = caller.identity.user
        if (message.circle is None) == (message.polygon is None):
            raise Invalid("follow a circle or a polygon: exactly one of the two", field="circle")
        circle = message.circle
        lat, lon = (None, None) if circle is None else CIRCLE_GRID.snap(circle.lat, circle.lon)
        corners: Ring = ()
        if message.polygon is not None:
            ring = checked_area(message.polygon, MAX_FOLLOWED_M)
            corners = tuple(CORNER_GRID.snap(*corner) for corner in ring)
        fact = FollowedArea(
            user=user,
            name=message.name,
            lat=lat,
            lon=lon,
            radius_m=None if circle is None else circle.radius_m,
            corners=corners,
            levels=tuple(dict.fromkeys(message.levels)),
            categories=tuple(dict.fromkeys(message.categories)),
        )

        def check() -> None:
            known = {area.name for area in self._hub.elsewhere.followed.by(user)}
            for area in self._hub.facts.decided(FollowedArea).values():
                known |= {area.name} if area is not None and area.user == user else set()
            if len(known) >= MAX_FOLLOWED and message.name not in known:
                raise TooMany(f"one follows {MAX_FOLLOWED} areas at most; leave one first", field="name")

        self._submit(caller, message, fact, check)

    def unfollow(self, caller: Caller, message: Unfollow) -> None:
        user = caller.identity.user
        fact = FollowedArea(user=user, name=message.name)

        def check() -> None:
            if self._hub.facts.latest(FollowedArea, joined_key(user, message.name)) is None:
                raise NotFound("you follow no area of that name", field="name")

        self._submit(caller, message, fact, check, drop=True)

    def areas(self, caller: Caller, message: ListAreas) -> None:
        id = required_id(message)
        known = self._hub.elsewhere.followed.by(caller.identity.user)
        caller.answer(FollowedAreas(id=id, areas=tuple(_card(area) for area in known)))

    def go_on_duty(self, caller: Caller, message: GoOnDuty) -> None:
        """The police say themselves where they are on duty, until they say that they are not (F22)."""
        user = caller.identity.user
        given = (message.area is not None) + (message.polygon is not None)
        if given != (1 if message.on else 0):
            raise Invalid("on duty in an area or a polygon: exactly one of the two; off duty in none", field="area")
        corners = () if message.polygon is None else checked_area(message.polygon, MAX_DUTY_M)
        fact = DutyArea(user=user, area=message.area, corners=corners)

        def check() -> None:
            if not message.on:  # whoever is in the police no longer can say so, too
                return
            self._access.require_office(caller.identity, message)
            if message.area is not None and self._hub.facts.latest(PlatformArea, message.area) is None:
                raise NotFound("no such area", field="area")

        self._submit(caller, message, fact, check, drop=not message.on)

    def _submit(
        self,
        caller: Caller,
        message: Follow | Unfollow | GoOnDuty,
        fact: AnyFact,
        check: Callable[[], None],
        *,
        drop: bool = False,
    ) -> None:
        identity = caller.identity

        def decide(key: str, digest: bytes) -> Entry:
            check()
            body = FactDropped(fact=fact, by=identity.user) if drop else FactSet(fact=fact, by=identity.user)
            return Entry(body=body, world=identity.world, at=self._clock.now(), key=key, digest=digest)

        self._writer.submit(act_for(caller, message, decide=decide))

    def _told(self, before: FollowedArea | DutyArea | None, now: FollowedArea | DutyArea | None) -> None:
        """What is active in an area concerns whoever follows it from this moment."""
        if now is None:
            return
        if now.user in self._looked:  # a moment ago: all that changes meanwhile is looked at together
            self._looked[now.user] = True
            return
        self._look(now.user)

    def _look(self, user: str) -> None:
        """Each area is held against each alert, which takes a while where there are many of both."""
        self._looked[user] = False
        for session in list(self._hub.presence.of_user(user)):
            self._catch_up.show(session)
        self._clock.call_later(_LOOKED_S, lambda: self._look_again(user))

    def _look_again(self, user: str) -> None:
        if self._looked.pop(user, False):
            self._look(user)


def _card(area: FollowedArea) -> Followed:
    circle = None
    if area.lat is not None and area.lon is not None and area.radius_m is not None:
        circle = Circle(lat=area.lat, lon=area.lon, radius_m=area.radius_m)
    corners = tuple(Corner(lat=lat, lon=lon) for lat, lon in area.corners)
    return Followed(
        name=area.name, circle=circle, polygon=corners or None, levels=area.levels, categories=area.categories
    )
