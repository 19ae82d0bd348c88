"""The end of what the police search for: at its time it disappears everywhere (R4)."""

from realtime.clock import Clock
from realtime.delivery.hub import Hub
from realtime.delivery.writer import Writer
from realtime.errors import Ended
from realtime.messages import SEARCHES
from realtime.service.acts import own_act
from realtime.service.pictures.gallery import Pictures
from realtime.service.words.official import EMPTIED, emptied
from storage.events import Alert, AlertUpdated, Entry


class Searches:
    """The searches of one world, each emptied when it is over: for whoever has it, and whoever reads it later.

    After a restart that is done with the next look at what is old.
    """

    def __init__(self, hub: Hub, writer: Writer, clock: Clock, pictures: Pictures) -> None:
        self._hub = hub
        self._writer = writer
        self._clock = clock
        self._pictures = pictures

    def began(self, alert: Alert) -> None:
        """An alert was raised; if it is a search, it ends by itself."""
        if alert.official in SEARCHES:
            self._clock.call_later(max(0.0, alert.expires_at - self._clock.now()), lambda: self._end(alert.id))

    def end_old(self) -> None:
        """Empty every search whose time has passed."""
        now = self._clock.now()
        for record in self._hub.alerts.official():
            if record.alert.official in SEARCHES and not record.is_active(now) and _says_anything(record.alert):
                self._end(record.alert.id)

    def _end(self, alert: str) -> None:
        def decide() -> Entry:
            latest, now = self._hub.alerts.latest(alert), self._clock.now()
            if latest is None or not _says_anything(latest):
                raise Ended("nothing of it is left")
            changed = emptied(latest, now)
            self._hub.alerts.decide(changed)
            also = () if latest.image is None else self._pictures.hidden(latest.image, alert, latest.author)
            return Entry(body=AlertUpdated(changed), world=self._hub.world, at=now, also=also)

        before = self._hub.alerts.latest(alert)
        # By revision: a correction that waits behind an end which is being stored has words again.
        revision = 0 if before is None else before.revision
        self._writer.submit(own_act(self._hub.world, f"emptied/{alert}/{revision}", decide, alert=alert))


def _says_anything(alert: Alert) -> bool:
    return any(getattr(alert, name) is not None for name in EMPTIED)
