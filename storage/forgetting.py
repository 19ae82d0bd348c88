"""What is left of an event once somebody has erased their account: the rule that every store applies (R27).

Their own words, names, exact places and choices go. What was said in an office or by an organisation is not theirs, and
loses the name only; so does what they decided about others. Others' words stay as they are.
"""

from typing import Any, Final

from msgspec.structs import replace

from realtime.messages import World
from storage.events import (
    Alert,
    AlertRaised,
    AlertUpdated,
    Erased,
    Event,
    FactDropped,
    FactSet,
    GroupCreated,
    LoggedEvent,
    MemberJoined,
    MemberLeft,
    MessagePosted,
    MessageRevised,
    Noticed,
    RoomId,
    audit_room,
    key_prefix,
    own_room,
)
from storage.facts import AnyFact, Decision, Export, Fact, MemberCard, Report, Thread

NOBODY: Final = ""
"""In place of whoever has erased their account."""

# Fields that name a person.
_WHOSE: Final = ("user", "author", "reporter", "by", "creator", "sender", "assigned", "invited_by")
_WORDS: Final = (
    *("headline", "text", "wrong", "image", "what", "where", "how_many", "direction", "vehicle", "clothes", "meeting"),
    "name",
)
INVITER: Final = "inviter"
"""What in a notice says whose name `who` is, and is told to nobody."""

# Facts that outlive one of the people whom they name, who is then nobody.
_OUTLIVE: Final[dict[type[Fact], dict[str, dict[str, Any]]]] = {
    MemberCard: {"invited_by": {"invited_by": None}},
    Report: {"reporter": {"reporter": NOBODY, "reason": None}},
    Decision: {"by": {"by": NOBODY}},
    Export: {"by": {"by": NOBODY}, "user": {"user": NOBODY}},
    Thread: {
        "sender": {"sender": NOBODY, "name": None, "role": "member", "alert": None, "state": "closed"},
        "assigned": {"assigned": None},
    },
}


def ledger_room(world: World, user: str) -> RoomId:
    """Where a person's consents are kept, each with its time; no group's room and nobody's own."""
    return audit_room(world, f"consents/{user}")


def rooms_of(world: World, user: str) -> tuple[RoomId, RoomId]:
    """The rooms that are one person's alone, and go with them."""
    return own_room(world, user), ledger_room(world, user)


def forgotten(event: LoggedEvent, world: World, user: str) -> LoggedEvent:
    """The event without this person of this world; the very same if it has nothing of them."""
    if event.world != world:
        return event
    body = _without(event, user)
    is_own = event.key is not None and event.key.startswith(key_prefix(world, user))
    if body is event.body and not is_own:
        return event
    return replace(event, body=body, **({"key": None, "digest": None} if is_own else {}))


def fact_without(fact: AnyFact, user: str) -> AnyFact | None:
    """What a fact says without this person: the same if it does not name them, None if nothing is left of it."""
    named = [name for name in _WHOSE if getattr(fact, name, None) == user]
    if not named:
        return fact
    outlives = _OUTLIVE.get(type(fact), {})
    if any(name not in outlives for name in named):
        return None
    return replace(fact, **{field: value for name in named for field, value in outlives[name].items()})


def alert_without_author(alert: Alert) -> Alert:
    """An alert as it is once its author is gone: others were warned by it, so that it stays, without a word or a name.

    What is said in an office, or by an organisation itself, stays said.
    """
    if alert.for_issuer:
        return replace(alert, author=NOBODY)
    if alert.official is not None:
        return replace(alert, author=NOBODY, name=None)
    return replace(alert_without_words(alert), author=NOBODY)


def alert_without_words(alert: Alert) -> Alert:
    """An alert of which only is left what nobody's words are: that there was one, of what kind, and in which square."""
    return replace(
        alert,
        lat=alert.public_lat,
        lon=alert.public_lon,
        first_lat=alert.public_lat,
        first_lon=alert.public_lon,
        **dict.fromkeys(_WORDS),
    )


def message_without_author(message: MessagePosted) -> MessagePosted:
    """A message as it is once its author is gone: a place in the room where something was."""
    return replace(
        message, author=NOBODY, name=None, role="member", text="", image=None, meeting=None, issuer=None,
        removed_why=None,
    )  # fmt: skip


def _without(event: LoggedEvent, user: str) -> Event:
    body = event.body
    match body:
        case AlertRaised(alert) if alert.author == user:
            return AlertRaised(alert_without_author(alert))
        case AlertUpdated(alert) if alert.author == user:
            return AlertUpdated(alert_without_author(alert))
        case MessagePosted() | MessageRevised() if body.author == user:
            return _unsaid(body)
        case GroupCreated(creator=creator) if creator == user:
            return replace(body, creator=NOBODY)
        case MemberJoined(user=whose) | MemberLeft(user=whose) if whose == user:
            return Erased()
        case Noticed():
            return _untold(body, event, user)
        case FactSet() | FactDropped():
            return _not_said(body, user)
    return body


def _unsaid(body: MessagePosted | MessageRevised) -> Event:
    if isinstance(body, MessagePosted):
        return message_without_author(body)
    message = None if body.message is None else message_without_author(body.message)
    return replace(body, author=NOBODY, text="", image=None, meeting=None, removed_why=None, message=message)


def _untold(body: Noticed, event: LoggedEvent, user: str) -> Event:
    if own_room(event.world, user) in event.rooms:
        return Erased()
    for whose in ("applicant", INVITER):
        if body.about.get(whose) == user:
            return replace(body, about={**body.about, whose: NOBODY, "who": NOBODY})
    return body


def _not_said(body: FactSet | FactDropped, user: str) -> Event:
    fact = fact_without(body.fact, user)
    if fact is None:
        return Erased()
    if fact is body.fact and body.by != user:
        return body
    return replace(body, fact=fact, by=NOBODY if body.by == user else body.by)
