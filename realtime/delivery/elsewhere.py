"""Whom an alert's place concerns wherever they are: who looks at it on a map, follows an area, or is on duty there."""

from collections.abc import Iterator
from typing import Final

from realtime.clock import Clock
from realtime.delivery.alertbook import AlertBook, Record
from realtime.delivery.facts import Facts
from realtime.delivery.following import Duties, Followed
from realtime.delivery.presence import Presence
from realtime.delivery.subscriber import Device, Subscriber
from realtime.delivery.views import DUTY, MAP
from realtime.delivery.watching import Viewports

_WIDEST_HALF_CELL_M: Final = 354.0  # at home


class Elsewhere:
    """The three ways to be concerned by a place without being near it, of one world.

    Only public alerts concern anybody by their place. When nobody looks, follows or is on duty, asking costs nothing.
    """

    def __init__(self, presence: Presence, facts: Facts, alerts: AlertBook, clock: Clock, kept_s: float) -> None:
        """`kept_s`: for how long it is remembered when a device of somebody who follows an area was last heard."""
        self._presence = presence
        self._alerts = alerts
        self._clock = clock
        self._kept_s = kept_s
        self._heard_at: dict[Device, float] = {}  # of those who are away, in the order in which they left
        self.viewports = Viewports()
        self.followed = Followed(facts, alerts.area_of)
        self.duties = Duties(facts)

    def entitled(self, record: Record) -> dict[Subscriber, tuple[str, ...]]:
        """The connected whom an alert concerns by its place alone, with why, in the wire's words."""
        alert = record.alert
        found: dict[Subscriber, tuple[str, ...]] = {}
        if not alert.public:
            return found
        if alert.level == "red":
            for user in self.duties.at(alert):
                for session in self._presence.of_user(user):
                    if session.identity.role == "police":
                        found[session] = (DUTY,)
        for user, names in self.followed.following(alert).items():
            why = tuple(f"area:{name}" for name in names)
            for session in self._presence.of_user(user):
                found[session] = (*found.get(session, ()), *why)
        for session in self.viewports.on(alert.public_lat, alert.public_lon):
            found[session] = (*found.get(session, ()), MAP)
        return found

    def reasons(self, session: Subscriber, record: Record) -> tuple[str, ...]:
        """The same for one session."""
        alert = record.alert
        if not alert.public:
            return ()
        user = session.identity.user
        is_on_duty = alert.level == "red" and session.identity.role == "police" and self.duties.is_at(user, alert)
        return (
            *((DUTY,) if is_on_duty else ()),
            *(f"area:{name}" for name in self.followed.names(user, alert)),
            *((MAP,) if self.viewports.shows(session, alert.public_lat, alert.public_lon) else ()),
        )

    def concerning(self, session: Subscriber, away_since: float | None = None) -> Iterator[Record]:
        """Active alerts that concern a session by their place, and those that ended while its device was away.

        What is over is on the map's history, and no news to who looks at the map now.
        """
        now = self._clock.now()
        user = session.identity.user
        boxes = [
            *self.viewports.of(session),
            *self.followed.boxes(user, _WIDEST_HALF_CELL_M),
            *self.duties.boxes(user, _WIDEST_HALF_CELL_M),
        ]
        for record in self._alerts.in_boxes(boxes) if boxes else ():
            why = self.reasons(session, record)
            is_missed = away_since is not None and record.ends_at > away_since and why not in ((), (MAP,))
            if why and (record.is_active(now) or is_missed):
                yield record

    def on_the_map(self, session: Subscriber) -> Iterator[Record]:
        """Active alerts in what a session looks at."""
        now = self._clock.now()
        boxes = self.viewports.of(session)
        return (record for record in self._alerts.in_boxes(boxes) if record.is_active(now)) if boxes else iter(())

    def departed(self, session: Subscriber) -> None:
        """A session has ended, or its device has come back."""
        self.viewports.look_away(session)
        user = session.identity.user
        if self.followed.by(user) or self.duties.boxes(user, 0.0):
            self._heard_at.pop((user, session.device), None)
            self._heard_at[user, session.device] = session.heard_at

    def away_since(self, session: Subscriber) -> float | None:
        """When a device that is back was last heard; None if that is not known, after a restart for one."""
        return self._heard_at.pop((session.identity.user, session.device), None)

    def forget(self, user: str) -> None:
        """It is remembered of no device of theirs when it was last heard."""
        self._heard_at = {device: at for device, at in self._heard_at.items() if device[0] != user}

    def forget_old(self) -> None:
        """Let go of devices that have been away for long."""
        now = self._clock.now()
        for device, heard_at in list(self._heard_at.items()):
            if now - heard_at < self._kept_s:
                break
            del self._heard_at[device]
