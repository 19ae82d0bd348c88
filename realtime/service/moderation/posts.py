"""One post, an alert or a message, as it is looked at: by whoever reports it, or decides about it."""

from typing import Final, NamedTuple

from realtime.delivery.hub import Hub
from realtime.errors import Invalid
from realtime.messages import Moderate, ReportPost
from realtime.service.errands import Errands
from storage.events import Alert, AlertRaised, MessagePosted
from storage.facts import Report, post_key
from storage.log import EventLog, HistoryLost

_SAID: Final = 500  # characters of a post that stand in a report


class Place(NamedTuple):
    """Where a post is: an alert by its id, or what stands at a seq of a group."""

    alert: str | None
    group: str | None
    seq: int | None

    @property
    def key(self) -> str:
        return post_key(self.alert, self.group, self.seq)


class Post(NamedTuple):
    """A post as it is now. `alert` or `message`, never both; `groups` are those in which it stands."""

    place: Place
    author: str
    said: str
    groups: tuple[str, ...]
    alert: Alert | None = None
    message: MessagePosted | None = None

    @property
    def is_public(self) -> bool:
        return self.alert is not None and self.alert.public


def place_of(message: ReportPost | Moderate | Report) -> Place:
    """The place that a request names. Raises Invalid unless it is an alert, or a group and a seq."""
    if (message.alert is None) == (message.group is None or message.seq is None) and not isinstance(message, Report):
        raise Invalid("a post is an alert, or a group and a seq", field="alert")
    if message.alert is not None:
        return Place(message.alert, None, None)
    return Place(None, message.group, message.seq)


class Posts:
    """The posts of one world. An alert is found for as long as clients may show it, a message as long as it is kept."""

    def __init__(self, hub: Hub, log: EventLog, errands: Errands) -> None:
        self._hub = hub
        self._log = log
        self._errands = errands

    async def find(self, place: Place) -> Post | None:
        """The post at a place, as last decided; None if there is none. Raises StorageError."""
        if place.alert is not None:
            alert = self._hub.alerts.latest(place.alert)
            return None if alert is None else _of_alert(alert)
        if place.group is None or place.seq is None:
            return None
        try:
            async with self._errands.reading:
                found = await self._log.after(place.group, place.seq - 1, 1)
        except HistoryLost:
            return None
        body = found[0].body if found and found[0].world == self._hub.world else None
        if isinstance(body, AlertRaised):
            return _of_alert(self._hub.alerts.latest(body.alert.id) or body.alert)
        if not isinstance(body, MessagePosted) or body.group != place.group:
            return None
        return Post(place, body.author, body.text[:_SAID], (body.group,), message=body)

    def may_see(self, user: str, post: Post, place: Place) -> bool:
        """Whether this person has, or has had, the post before them."""
        if post.alert is not None and (post.alert.public or post.author == user):
            return True
        if place.seq is not None and place.group is not None:
            first = self._hub.rooms.visible_from(user, place.group)
            return first is not None and place.seq >= first
        since = post.alert.received_at if post.alert is not None else 0.0
        return any(self._hub.rooms.belonged_since(user, group, since) for group in post.groups)


def _of_alert(alert: Alert) -> Post:
    said = ": ".join(words for words in (alert.headline, alert.what, alert.text) if words)
    return Post(Place(alert.id, None, None), alert.author, said[:_SAID], alert.groups, alert=alert)
