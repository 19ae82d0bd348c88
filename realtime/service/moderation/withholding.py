"""A post hidden until it is looked at, shown again, or removed, for everybody who has it (F70, R13)."""

from typing import Any, Final, NamedTuple

from realtime.delivery.hub import Hub
from realtime.errors import Ended, Invalid
from realtime.messages import Withholding
from realtime.service.moderation.posts import Post
from realtime.service.pictures.gallery import Pictures
from realtime.service.words.composing import WORDS
from storage.events import Alert, AlertUpdated, Entry, FactDropped, FactSet, MessagePosted, MessageRevised
from storage.facts import Flag, Withheld

_WITHHELD: Final = (*WORDS, "wrong", "meeting", "image")  # of an alert; a message has some of it


class Change(NamedTuple):
    """What is stored of a post, in which rooms it takes a seq, and what holds of it from then on."""

    body: AlertUpdated | MessageRevised
    rooms: tuple[str, ...]
    also: tuple[Entry, ...]


class Withholder:
    """Changes posts for those who look after them; their authors cannot undo it."""

    def __init__(self, hub: Hub, pictures: Pictures) -> None:
        self._hub = hub
        self._pictures = pictures

    def kept(self, post: Post) -> Withheld | None:
        """What is withheld of a post, as last decided."""
        return self._hub.facts.latest(Withheld, post.place.key)

    def change(self, action: Withholding, post: Post, decision: str, reason: str, now: float) -> Change:
        """What an action makes of a post. Raises Ended if nothing is left of it, Invalid if there is nothing to do."""
        kept = self.kept(post)
        if kept is not None and kept.removed:
            raise Ended("this was removed before")
        if (action == "hide" and kept is not None) or (action == "show" and kept is None):
            raise Invalid("this is hidden already" if kept else "this is not hidden", field="action")
        also = (*self._now_holds(action, post, decision, now), *self._picture_gone(action, post, kept))
        if post.alert is not None:
            # As last decided: an update may have come since the post was looked up.
            latest = self._hub.alerts.latest(post.alert.id) or post.alert
            alert = _withheld_alert(action, latest, kept, reason, now)
            self._hub.alerts.decide(alert)
            return Change(AlertUpdated(alert), (), also)
        if post.message is None:
            raise TypeError("a post is an alert or a message")
        if kept is None and post.message.is_removed:
            raise Ended("its author has taken this back")
        return Change(_withheld_message(action, post, post.message, kept, reason), post.groups, also)

    def _picture_gone(self, action: Withholding, post: Post, kept: Withheld | None) -> tuple[Entry, ...]:
        """What is removed shows its picture no longer; of what is hidden it is kept, and nobody else may fetch it."""
        alert = None if post.alert is None else self._hub.alerts.latest(post.alert.id) or post.alert
        source = alert or post.message
        image = (kept.image if kept is not None else None) or (source.image if source is not None else None)
        if action != "remove" or source is None or image is None:
            return ()
        return self._pictures.hidden(image, source.id, post.author)

    def flag(self, post: Post) -> Flag | None:
        """Why the owner should look at a post; None if there is no reason."""
        return None if post.alert is None else self._hub.facts.latest(Flag, post.alert.id)

    def _now_holds(self, action: Withholding, post: Post, decision: str, now: float) -> tuple[Entry, ...]:
        place, kept, flag = post.place, self.kept(post), self.flag(post)
        source = post.message if post.alert is None else (self._hub.alerts.latest(post.alert.id) or post.alert)
        words: dict[str, Any] = {}
        if action == "hide" and source is not None:
            words = {name: getattr(source, name, None) for name in _WITHHELD}
        fact = Withheld(
            decision=decision,
            author=post.author,
            at=now,
            alert=place.alert,
            group=place.group,
            seq=place.seq,
            removed=action == "remove",
            **words,
        )
        held: list[FactSet | FactDropped] = []
        if action != "show":
            held.append(FactSet(fact=fact))
        elif kept is not None:
            held.append(FactDropped(fact=fact))
        if flag is not None:
            held.append(FactDropped(fact=flag))
        return tuple(Entry(body=body, world=self._hub.world, at=now) for body in held)


def _withheld_message(
    action: Withholding, post: Post, message: MessagePosted, kept: Withheld | None, reason: str
) -> MessageRevised:
    is_shown = action == "show" and kept is not None
    return MessageRevised(
        id=message.id,
        group=message.group,
        seq=post.place.seq or 0,
        author=message.author,
        text=(kept.text or "") if kept is not None and is_shown else "",
        removed_why=None if is_shown else reason,
        restored=kept is not None,
        image=kept.image if kept is not None and is_shown else None,
        meeting=kept.meeting if kept is not None and is_shown else None,
    )


def _withheld_alert(action: Withholding, alert: Alert, kept: Withheld | None, reason: str, now: float) -> Alert:
    """A removed alert is closed, and says why; a hidden one goes on without its words."""
    if action == "show" and kept is not None:
        return alert.revised(now, _words_of(kept))
    bare: dict[str, object] = dict.fromkeys(_WITHHELD)
    if action == "hide":
        return alert.revised(now, bare)
    ended_at = min(now, alert.expires_at) if alert.ended_at is None else alert.ended_at
    end = {"state": "closed", "ended_at": ended_at, "wrong": reason, "corrected": alert.revision + 1}
    return alert.revised(now, {**bare, **end})


def _words_of(kept: Withheld) -> dict[str, object]:
    return {name: getattr(kept, name) for name in _WITHHELD}
