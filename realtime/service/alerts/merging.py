"""Two reds that may be of the same thing: found, offered to the author of the later one, and merged (R11)."""

from collections.abc import Callable
from typing import Final

from geo.distance import metres_between
from realtime.clock import Clock
from realtime.config import AlertSettings, QuotaSettings
from realtime.delivery.alertbook import lane_of, reach_m
from realtime.delivery.hub import Hub
from realtime.delivery.writer import Writer
from realtime.errors import Ended, Invalid, NotFound
from realtime.identity import Identity
from realtime.lanes import Lane
from realtime.messages import LEVEL_NUMBER, MergeAlert, Ok
from realtime.service.acts import act_for, required_id
from realtime.service.caller import Caller
from realtime.service.moderation.flagging import withheld
from realtime.service.words.composing import another, merged_into
from storage.events import Alert, AlertRaised, AlertUpdated, Entry, Event

MayChange = Callable[[Identity, Alert, bool], bool]

_OFFERED: Final = 5  # the oldest: they have been sounding longest


class Merging:
    """Of one world. Where its limits are not enforced, no two reds are ever the same."""

    def __init__(
        self,
        hub: Hub,
        writer: Writer,
        clock: Clock,
        settings: AlertSettings,
        quotas: QuotaSettings,
        may_change: MayChange,
    ) -> None:
        """`may_change`: whether somebody may say how it is with an alert that they have or have not got."""
        self._hub = hub
        self._writer = writer
        self._clock = clock
        self._settings = settings
        self._within_m = quotas.same_within_m
        self._within_s = quotas.same_within_s if quotas.enforced else 0.0
        self._may_change = may_change

    def compared(self, alert: Alert, now: float) -> Alert:
        """The same revision of what becomes a red now, with those that it may be of the same thing as.

        Only published places are compared, and those at somebody's home not at all: whatever is offered tells no more
        of where something is than its alert does (R18).
        """
        if alert.level != "red" or alert.at_home or not self._within_s:
            return alert
        found = [other for other in self._recent_reds(now) if self._is_alike(other, alert, now)]
        refused = {a.merged_into for a in self._hub.alerts.by_author(alert.author)}  # merged once, and raised anew
        same = sorted((o for o in found if o.id not in refused), key=lambda o: o.received_at)[:_OFFERED]
        return alert.made({"same_as": tuple(other.id for other in same)}) if same else alert

    def offered(self, caller: Caller, event: Event) -> tuple[str, ...]:
        """With which others an alert may be merged by who raised it: only what they may know of (R23)."""
        if not isinstance(event, AlertRaised | AlertUpdated) or event.alert.author != caller.identity.user:
            return ()
        alert = event.alert
        if not alert.same_as or alert.ended_at is not None:
            return ()
        others = (self._hub.alerts.latest(id) for id in alert.same_as)
        known = (other for other in others if other is not None and self._may_know(caller, other))
        return tuple(other.id for other in known if _goes_as_far(other, alert))

    def merge(self, caller: Caller, message: MergeAlert) -> None:
        """Have an alert go on as another one, or say that it is not the same."""
        identity, has_got_it = caller.identity, self._hub.has(caller, message.alert)

        def theirs() -> Alert | None:
            alert = self._hub.alerts.latest(message.alert)
            return alert if alert is not None and self._may_change(identity, alert, has_got_it) else None

        def lane() -> Lane:
            alert = theirs()
            return Lane.REST if alert is None else lane_of(alert)

        def decide(key: str, digest: bytes) -> Entry:
            alert, now = theirs(), self._clock.now()
            if alert is None:
                raise NotFound("no such alert, or not yours to change", field="alert")
            changed = self._merged(caller, alert, message, now)
            self._hub.alerts.decide(changed)
            return Entry(body=AlertUpdated(changed), world=identity.world, at=now, key=key, digest=digest)

        self._writer.submit(
            act_for(
                caller,
                message,
                decide=decide,
                ok=lambda event, seqs, durable: Ok(
                    id=required_id(message),
                    durable=durable,
                    alert=message.alert,
                    revision=event.alert.revision if isinstance(event, AlertUpdated) else None,
                ),
                lane=lane,
                is_urgent=lambda: lane() == Lane.RED,
                alert=message.alert,
            )
        )

    def _merged(self, caller: Caller, alert: Alert, message: MergeAlert, now: float) -> Alert:
        if message.into is None:
            if alert.author != caller.identity.user:
                raise Invalid("that it is another thing is its author's to say", field="into")
            if not alert.same_as:
                raise Invalid("it was not offered to be merged", field="alert")
            _check_active(alert, now, "alert")
            return another(alert, self._settings, now)
        into = self._hub.alerts.latest(message.into)
        if into is None or not self._may_know(caller, into):
            raise NotFound("no such alert, or none that you know of", field="into")
        if into.id not in alert.same_as or not _goes_as_far(into, alert):
            raise Invalid("only what was offered is merged: a later red into an earlier one", field="into")
        if withheld(self._hub, into.id) is not None:
            raise Invalid("its words are hidden, and nobody would be told what goes on", field="into")
        if any(other.merged_into == alert.id for other in self._merged_before(alert)):
            raise Invalid("another one was merged into it, and goes on as this one", field="alert")
        _check_active(alert, now, "alert")
        _check_active(into, now, "into")
        return merged_into(alert, into, self._settings, now)

    def _merged_before(self, alert: Alert) -> list[Alert]:
        others = (self._hub.alerts.latest(id) for id in self._hub.alerts.alike.get(alert.id, ()))
        return [other for other in others if other is not None]

    def _recent_reds(self, now: float) -> list[Alert]:
        """What has become a red lately and goes on, decided or dispatched."""
        book = self._hub.alerts
        ids = dict.fromkeys((*(id for id, at in book.reds.items() if now - at <= self._within_s), *book.undispatched()))
        found = (book.latest(id) for id in ids)
        return [a for a in found if a is not None and a.level == "red" and a.ended_at is None and now < a.expires_at]

    def _is_alike(self, other: Alert, alert: Alert, now: float) -> bool:
        if other.id == alert.id or other.author == alert.author or other.kind != alert.kind or other.at_home:
            return False
        if withheld(self._hub, other.id) is not None:  # whoever looked at it did not believe it
            return False
        if None not in (other.category, alert.category) and other.category != alert.category:
            return False
        became_red_at = next(change.at for change in reversed(other.levels) if change.level == "red")
        distance_m = metres_between(other.public_lat, other.public_lon, alert.public_lat, alert.public_lon)
        return now - became_red_at <= self._within_s and distance_m <= self._within_m

    def _may_know(self, caller: Caller, alert: Alert) -> bool:
        """It is public, or this session has got it and may still see it."""
        is_theirs = any(group in self._hub.rooms.groups_of(caller.identity.user) for group in alert.groups)
        return alert.public or (is_theirs and self._hub.has(caller, alert.id))


def _goes_as_far(into: Alert, alert: Alert) -> bool:
    """Whether whoever has got one alert may get the other in its place, and who comes later gets that as loud.

    That their circles are as far apart as two alike may be is not counted.
    """
    if LEVEL_NUMBER[into.level] < LEVEL_NUMBER[alert.level] or (alert.public and reach_m(into) < reach_m(alert)):
        return False
    return into.public or (not alert.public and set(alert.groups) <= set(into.groups))


def _check_active(alert: Alert, now: float, field: str) -> None:
    if alert.ended_at is not None or now >= alert.expires_at:
        raise Ended("the alert has ended", field=field)
