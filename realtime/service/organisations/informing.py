"""What an organisation says itself: to its area, or to the groups that let it in (F53)."""

from dataclasses import replace

from realtime.clock import Clock
from realtime.config import AlertSettings
from realtime.delivery.hub import Hub
from realtime.errors import Invalid, NoScope, NotFound
from realtime.messages import OFFICE_OF, Inform, RaiseAlert
from realtime.service.access import Access
from realtime.service.alerts.raising import Alerts
from realtime.service.caller import Caller
from realtime.service.organisations.extent import covers
from realtime.service.organisations.offices import Offices
from realtime.service.words.composing import new_alert
from realtime.service.words.forms import Forms
from storage.events import Alert
from storage.facts import LetIn, Organisation, joined_key


class Informing:
    """Alerts of the level info or yellow whose author is an organisation; any of its staff may change and end them."""

    def __init__(
        self,
        hub: Hub,
        clock: Clock,
        access: Access,
        offices: Offices,
        alerts: Alerts,
        forms: Forms,
        settings: AlertSettings,
    ) -> None:
        self._forms = forms
        self._hub = hub
        self._clock = clock
        self._access = access
        self._offices = offices
        self._alerts = alerts
        self._settings = settings

    def inform(self, caller: Caller, message: Inform) -> None:
        if not message.public and not message.groups:
            raise NoScope("say whom it is for: public, or at least one group (or both)", field="public")
        if (message.lat is None) != (message.lon is None):
            raise Invalid("lat and lon go together", field="lon" if message.lon is None else "lat")
        self._alerts.raise_as(caller, message, lambda id, now: self._alert(caller, message, id, now))

    def _alert(self, caller: Caller, message: Inform, id: str, now: float) -> Alert:
        """The post as an alert. Its area is the organisation's own, or a circle whose centre lies within that."""
        self._access.require_in(caller.identity, message, organisation=message.organisation, field="organisation")
        card = self._hub.facts.latest(Organisation, message.organisation)
        if card is None or card.closed:
            raise NotFound("no such organisation, or not one of yours", field="organisation")
        for group in message.groups:
            if self._hub.facts.latest(LetIn, joined_key(group, card.id)) is None:
                raise NotFound("no such group, or it does not let you in", field="groups")
        lat, lon, radius_m = _place(card, message)
        wanted = RaiseAlert(
            id=message.id,
            level=message.level,
            kind="inform",
            lat=lat,
            lon=lon,
            public=message.public,
            groups=message.groups,
            headline=message.headline,
            text=message.text,
            category=message.category,
        )
        speaker = replace(
            caller.identity, name=card.name, role=OFFICE_OF[card.sector], issuer=self._offices.issuer(card.id)
        )
        self._forms.informed(speaker, message)
        alert = new_alert(id, speaker, wanted, self._settings, now, unverified=False)
        if message.level == "info":
            return alert.said_by_its_issuer(None)
        if message.public and message.lat is None and card.area.outline:
            return alert.said_by_its_issuer(None, card.area.outline)
        return alert.said_by_its_issuer(radius_m)


def _place(card: Organisation, message: Inform) -> tuple[float, float, float]:
    area = card.area
    lat, lon = message.lat, message.lon
    if lat is None or lon is None:
        if message.radius_m is not None:
            raise Invalid("a radius goes with a place", field="radius_m")
        return area.lat, area.lon, area.radius_m
    if not covers(area, lat, lon):
        raise Invalid("that is outside of the organisation's area", field="lat")
    return lat, lon, min(message.radius_m or area.radius_m, area.radius_m)
