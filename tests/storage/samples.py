"""Events to store, with everything filled in that a test does not care about."""

from typing import Any

from realtime.messages import Trust, World
from storage.events import (
    Alert,
    AlertRaised,
    AlertUpdated,
    Entry,
    Event,
    FactDropped,
    FactSet,
    GroupCreated,
    History,
    LevelChange,
    MemberJoined,
    MemberLeft,
    MessagePosted,
    MessageRevised,
    Noticed,
)
from storage.facts import Appointment


def an_alert(
    id: str = "a", revision: int = 1, *, updated_at: float = 1.0, expires_at: float = 1.0, **changes: Any
) -> Alert:
    values: dict[str, Any] = {
        "id": id,
        "revision": revision,
        "author": "anna",
        "level": "red",
        "levels": (LevelChange("red", 1.0, 1),),
        "kind": "warn",
        "lat": 59.325,
        "lon": 18.07,
        "first_lat": 59.325,
        "first_lon": 18.07,
        "public_lat": 59.3252,
        "public_lon": 18.0702,
        "cell_m": 100.0,
        "state": "going_on",
        "public": True,
        "groups": ("g",),
        "sent_at": 1.0,
        "received_at": 1.0,
        "updated_at": updated_at,
        "expires_at": expires_at,
    }
    return Alert(**values | changes)


def raised(id: str = "a", revision: int = 1, **changes: Any) -> AlertRaised:
    return AlertRaised(an_alert(id, revision, **changes))


def updated(id: str = "a", revision: int = 2, **changes: Any) -> AlertUpdated:
    return AlertUpdated(an_alert(id, revision, **changes))


def message(id: str = "m", group: str = "g", text: str = "Hej") -> MessagePosted:
    return MessagePosted(id=id, group=group, author="anna", text=text, sent_at=1.0, received_at=1.5)


def revised(
    seq: int = 1, text: str = "Hej då", group: str = "g", author: str = "anna", id: str = "m"
) -> MessageRevised:
    return MessageRevised(id=id, group=group, seq=seq, author=author, text=text)


def created(group: str = "g", creator: str = "anna", history: History = "joining") -> GroupCreated:
    return GroupCreated(
        group=group,
        creator=creator,
        name="Köpmangatan",
        purpose="Shops",
        conduct="Be kind",
        locked=False,
        history=history,
    )


def joined(user: str = "bo", group: str = "g") -> MemberJoined:
    return MemberJoined(group=group, user=user)


def left(user: str = "bo", group: str = "g") -> MemberLeft:
    return MemberLeft(group=group, user=user)


def appointment(user: str = "bo", group: str = "g", *trusted: Trust) -> Appointment:
    return Appointment(group=group, user=user, trusted=trusted)


def said(user: str = "bo", group: str = "g", *trusted: Trust, by: str = "anna") -> FactSet:
    return FactSet(fact=appointment(user, group, *trusted), by=by)


def dropped(user: str = "bo", group: str = "g", reason: str | None = None) -> FactDropped:
    return FactDropped(fact=appointment(user, group), by="anna", reason=reason)


def noticed(code: str = "removed", **about: str) -> Noticed:
    return Noticed(code=code, about=about)


def entry(body: Event, *rooms: str, at: float = 1.0, world: World = "real", key: str | None = None) -> Entry:
    digest = None if key is None else key.encode().ljust(32, b".")
    return Entry(body=body, world=world, at=at, rooms=rooms, key=key, digest=digest)
