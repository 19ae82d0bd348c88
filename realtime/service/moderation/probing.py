"""Whoever seems to ask, by alerts that nobody needs, who is where: lower limits for a while, and a look (R24)."""

from collections.abc import Callable
from typing import Final

from geo.distance import metres_between
from realtime.config import QuotaSettings
from realtime.delivery.hub import Hub
from realtime.service.moderation.flagging import flagged
from storage.events import Alert, Entry, FactSet
from storage.facts import OddAlerts
from storage.forgetting import NOBODY

_SIGNS: Final = 2  # of four, by which an alert is odd


class Probing:
    """Of one world, and decided from what is stored: the same alerts lower the same limits, after a restart too.

    An alert is odd if at least two hold: its author ended it within minutes; it stands far from where it was raised;
    it was given a small radius; it is over and nobody answered it. Only what reaches people by where they are tells
    anything of that, so calls for help, info and what is only for groups are never odd; nor is what was merged.
    """

    def __init__(self, hub: Hub, settings: QuotaSettings, is_answered: Callable[[Alert], bool]) -> None:
        """`is_answered`: whether anybody has answered an alert, or nobody can know any more."""
        self._hub = hub
        self._settings = settings
        self._is_answered = is_answered

    def is_seen(self, user: str, now: float) -> bool:
        """Whether enough of somebody's alerts of the last days were odd."""
        return self._settings.enforced and len(self._odd(user, now)) >= self._settings.probing_alerts

    def noted(self, user: str, now: float) -> tuple[Entry, ...]:
        """What is stored with somebody's act of what is odd since their last one, for the owner to look at."""
        if not self._settings.enforced or user == NOBODY:  # whose alerts are those of many
            return ()
        before = self._hub.facts.latest(OddAlerts, user) or OddAlerts(user=user, alerts={})
        odd = self._odd(user, now)
        new = [id for id in odd if id not in before.alerts]
        if not new:
            return ()
        world = self._hub.world
        kept = Entry(
            body=FactSet(fact=OddAlerts(user=user, alerts=odd, cleared_at=before.cleared_at)), world=world, at=now
        )
        if len(odd) < self._settings.probing_alerts:
            return (kept,)
        found = (self._hub.alerts.latest(id) for id in new)
        flags = (flagged(self._hub, alert, "probing", now) for alert in found if alert is not None)
        return (kept, *(entry for each in flags for entry in each))

    def _odd(self, user: str, now: float) -> dict[str, float]:
        """When each of somebody's odd alerts of the last days was raised."""
        known = self._hub.facts.latest(OddAlerts, user) or OddAlerts(user=user, alerts={})
        odd = {id: at for id, at in known.alerts.items() if now - at < self._settings.probing_within_s}
        for alert in self._hub.alerts.by_author(user):
            at = alert.received_at
            is_recent = known.cleared_at < at and now - at < self._settings.probing_within_s
            if is_recent and alert.id not in odd and self._is_odd(alert, now):
                odd[alert.id] = at
        return odd

    def _is_odd(self, alert: Alert, now: float) -> bool:
        s = self._settings
        if not alert.public or alert.kind == "help" or alert.official is not None or alert.for_issuer:
            return False
        if all(change.level == "info" for change in alert.levels) or alert.merged_into is not None:
            return False
        lasted_s = None if alert.ended_at is None else alert.ended_at - alert.received_at
        is_over = alert.ended_at is not None or now >= alert.expires_at
        moved_m = metres_between(alert.first_lat, alert.first_lon, alert.lat, alert.lon)
        signs = (
            lasted_s is not None and lasted_s < s.probing_ended_within_s and alert.by_role is None,
            moved_m >= s.probing_moved_m,
            alert.radius_given and alert.radius_m is not None and alert.radius_m <= s.probing_radius_m,
            is_over and not self._is_answered(alert),
        )
        return sum(signs) >= _SIGNS
