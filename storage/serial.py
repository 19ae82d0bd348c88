"""Events to and from JSON text, each kind with a schema version kept beside it, so that what is stored stays readable.

Changing a stored type: raise its version in `_VERSIONS`, and add to `_READERS` how an old text becomes today's event:
as a new one if only fields with defaults came in, else by the type as it was, kept under another name. A sample of
every version ever written stands in the tests. The change comes with a migration, if only an empty one: then an older
program refuses the database at start instead of stumbling over one event later.
"""

from collections.abc import Callable
from typing import Final, NamedTuple, TypeVar

import msgspec

from storage.events import (
    Alert,
    AlertRaised,
    AlertUpdated,
    Erased,
    Event,
    FactDropped,
    FactSet,
    GroupCreated,
    MemberJoined,
    MemberLeft,
    MessagePosted,
    MessageRevised,
    Noticed,
    RoomId,
)
from storage.facts import AnyFact

_VERSIONS: Final[dict[type[Event], tuple[str, int]]] = {
    AlertRaised: ("alert_raised", 2),
    AlertUpdated: ("alert_updated", 2),
    MessagePosted: ("message_posted", 3),
    MessageRevised: ("message_revised", 2),
    GroupCreated: ("group_created", 2),
    MemberJoined: ("member_joined", 1),
    MemberLeft: ("member_left", 1),
    FactSet: ("fact_set", 1),
    FactDropped: ("fact_dropped", 1),
    Noticed: ("noticed", 1),
    Erased: ("erased", 1),
}
ALERT_VERSION: Final = 2  # of an alert's current state
FACT_VERSION: Final = 1  # of a fact that holds

_READERS: Final[dict[tuple[str, int], Callable[[str], Event]]] = {
    ("alert_raised", 1): msgspec.json.Decoder(AlertRaised).decode,  # without a form, picture, polygon, office
    ("alert_raised", 2): msgspec.json.Decoder(AlertRaised).decode,
    ("alert_updated", 1): msgspec.json.Decoder(AlertUpdated).decode,
    ("alert_updated", 2): msgspec.json.Decoder(AlertUpdated).decode,
    ("message_posted", 1): msgspec.json.Decoder(MessagePosted).decode,  # without revisions
    ("message_posted", 2): msgspec.json.Decoder(MessagePosted).decode,  # without a picture, a meeting, an office
    ("message_posted", 3): msgspec.json.Decoder(MessagePosted).decode,
    ("message_revised", 1): msgspec.json.Decoder(MessageRevised).decode,  # without removed_why and restored
    ("message_revised", 2): msgspec.json.Decoder(MessageRevised).decode,
    ("group_created", 1): msgspec.json.Decoder(GroupCreated).decode,  # without history
    ("group_created", 2): msgspec.json.Decoder(GroupCreated).decode,
    ("member_joined", 1): msgspec.json.Decoder(MemberJoined).decode,
    ("member_left", 1): msgspec.json.Decoder(MemberLeft).decode,
    ("fact_set", 1): msgspec.json.Decoder(FactSet).decode,
    ("fact_dropped", 1): msgspec.json.Decoder(FactDropped).decode,
    ("noticed", 1): msgspec.json.Decoder(Noticed).decode,
    ("erased", 1): msgspec.json.Decoder(Erased).decode,
}
_ALERT_READERS: Final[dict[int, Callable[[str], Alert]]] = {
    1: msgspec.json.Decoder(Alert).decode,  # without issuer
    2: msgspec.json.Decoder(Alert).decode,
}

_FACT_READERS: Final[dict[int, Callable[[str], AnyFact]]] = {1: msgspec.json.Decoder(AnyFact).decode}

T = TypeVar("T")

_encode = msgspec.json.Encoder().encode
_decode_rooms = msgspec.json.Decoder(dict[RoomId, int]).decode


class Unreadable(ValueError):
    """A stored text that this program cannot read: damaged, or of a version that it does not know."""


class StoredBody(NamedTuple):
    kind: str
    version: int
    body: str


def dump_event(event: Event) -> StoredBody:
    return StoredBody(*_VERSIONS[type(event)], _encode(event).decode())


def load_event(kind: str, version: int, body: str) -> Event:
    """The event that was stored; raises Unreadable."""
    return _load(_READERS.get((kind, version)), f"{kind} of version {version}", body)


def dump_alert(alert: Alert) -> str:
    return _encode(alert).decode()


def load_alert(version: int, body: str) -> Alert:
    """The alert's state that was stored; raises Unreadable."""
    return _load(_ALERT_READERS.get(version), f"alert of version {version}", body)


def dump_fact(fact: AnyFact) -> str:
    return _encode(fact).decode()


def load_fact(version: int, body: str) -> AnyFact:
    """The fact that was stored; raises Unreadable."""
    return _load(_FACT_READERS.get(version), f"fact of version {version}", body)


def dump_rooms(rooms: dict[RoomId, int]) -> str:
    return _encode(rooms).decode()


def load_rooms(text: str) -> dict[RoomId, int]:
    """The seqs by room; raises Unreadable."""
    return _load(_decode_rooms, "rooms", text)


def _load(read: Callable[[str], T] | None, what: str, text: str) -> T:
    if read is None:
        raise Unreadable(f"this samverkan cannot read {what}")
    try:
        return read(text)
    except msgspec.DecodeError as error:
        raise Unreadable(f"damaged {what}: {error}") from None
