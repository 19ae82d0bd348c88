"""Alerts that look wrong, and alerts whose words a moderator withholds: what the rest of the services asks of it."""

from realtime.delivery.hub import Hub
from realtime.errors import Ended, Forbidden
from realtime.messages import Flagging, UpdateAlert
from realtime.service.words.composing import WORDS
from storage.events import Alert, Entry, FactSet
from storage.facts import Flag, Withheld, post_key


def flagged(hub: Hub, alert: Alert, why: Flagging, now: float) -> tuple[Entry, ...]:
    """What is stored with a public alert so that the owner looks at it, after its delivery; nothing if it is known."""
    before = hub.facts.latest(Flag, alert.id)
    reasons = () if before is None else before.why
    if not alert.public or why in reasons:
        return ()
    flag = Flag(alert=alert.id, at=now if before is None else before.at, why=(*reasons, why))
    return (Entry(body=FactSet(fact=flag), world=hub.world, at=now),)


def withheld(hub: Hub, alert: str) -> Withheld | None:
    """What a moderator withholds of an alert, as last decided."""
    return hub.facts.latest(Withheld, post_key(alert, None, None))


def check_withheld(hub: Hub, message: UpdateAlert) -> None:
    """Raise if an update would say something anew of an alert that was hidden or removed."""
    found = withheld(hub, message.alert)
    if found is None:
        return
    if found.removed:
        raise Ended("a moderator has removed the alert")
    if any(getattr(message, name) is not None for name in (*WORDS, "wrong", "image")):
        raise Forbidden("a moderator has hidden its words until they are looked at", field="alert")
