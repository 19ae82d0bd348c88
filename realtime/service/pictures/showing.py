"""Who may fetch a picture: whoever may see what shows it, and whoever sent it in."""

from realtime.delivery.hub import Hub
from realtime.errors import NotFound
from realtime.identity import Identity
from realtime.messages import Picture
from storage.events import Alert, MessagePosted, MessageRevised
from storage.facts import PictureKept
from storage.log import EventLog, HistoryLost


class Showing:
    """The pictures of one world, as they may be seen by one person now."""

    def __init__(self, hub: Hub, log: EventLog) -> None:
        self._hub = hub
        self._log = log

    async def check(
        self, identity: Identity, name: str, *, alert: str | None, group: str | None, seq: int | None
    ) -> None:
        """Raise NotFound unless this person may see the picture: as their own, or in what they say shows it.

        Whatever the reason is why not, it is one answer (R23).
        """
        kept = self._hub.facts.get(PictureKept, name)
        if kept is not None and kept.user == identity.user:
            return
        shown: Picture | None = None
        if kept is not None and alert is not None:
            shown = await self._in_alert(identity, alert)
        elif kept is not None and group is not None and seq is not None:
            shown = await self._in_message(identity, group, seq)
        if shown is None or shown.picture != name:
            raise NotFound("no such picture, or not one that you may see", field="picture")

    async def _in_alert(self, identity: Identity, id: str) -> Picture | None:
        record = self._hub.alerts.record(id)
        alert = None if record is None else record.alert
        if alert is None:
            logged = await self._log.alert(id)
            alert = logged.alert if logged is not None and logged.world == self._hub.world else None
        return alert.image if alert is not None and self._sees(identity, alert) else None

    def _sees(self, identity: Identity, alert: Alert) -> bool:
        mine = self._hub.rooms.groups_of(identity.user)
        return alert.public or any(group in mine for group in alert.groups)

    async def _in_message(self, identity: Identity, group: str, seq: int) -> Picture | None:
        first = self._hub.rooms.groups_of(identity.user).get(group)
        if first is None or seq < first:
            return None
        try:
            found = await self._log.after(group, seq - 1, 1)
        except HistoryLost:
            return None
        body = found[0].body if found and found[0].rooms[group] == seq else None
        if isinstance(body, MessageRevised):
            body = body.message if body.seq >= first else None
        return body.image if isinstance(body, MessagePosted) else None
