"""What the log holds: types of its own, so that the wire can change without rewriting history."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct, structs

from realtime.messages import Called112, History, Kind, Level, Meeting, Official, Outcome, Picture, State, World
from storage.facts import AnyFact, Ring

RoomId = str  # a group's id, or `me/<world>/<user>`
Kept = Literal["public_alert", "room_alert", "message", "membership", "record", "exercise", "probe"]
"""What an event counts as when it is decided how long it is kept (R29)."""
PROBE_ROLE = "probe"  # whose alerts in the exercise world are the server's own tests


def own_room(world: World, user: str) -> RoomId:
    """The room that every person has for what concerns only them: `me` on the wire."""
    return f"me/{world}/{user}"


def owner_of(world: World, room: RoomId) -> str | None:
    """Whose own room it is; None if it is nobody's of that world."""
    prefix = own_room(world, "")
    return room.removeprefix(prefix) if room.startswith(prefix) else None


def key_prefix(world: World, user: str) -> str:
    """With what the idempotency keys of one person's requests begin; the length keeps user and id apart."""
    return f"{world}/{len(user)}/{user}/"


def audit_room(world: World, what: str) -> RoomId:
    """Where it is kept who changed what of a group, an organisation, or of the whole (`what` empty)."""
    return f"audit/{world}/{what}"


_THREAD = "thread-"


def thread_id(made: str) -> RoomId:
    """The room of a private thread between somebody and an organisation; no group's id looks like it."""
    return _THREAD + made


def is_thread(room: RoomId) -> bool:
    """Whether a room is a private thread: nothing that groups have or do is for it."""
    return room.startswith(_THREAD)


class Issuer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The organisation in whose office something was said, as it was called then."""

    organisation: str
    name: str
    emblem: str | None = None


class LevelChange(Struct, frozen=True, array_like=True):
    """An alert got this level at this time (Unix seconds), with this revision."""

    level: Level
    at: float
    revision: int


class Alert(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An alert at one revision, whole. Times are Unix seconds, places degrees.

    `lat`, `lon` is the place that the author chose; `public_lat`, `public_lon` the centre of its cell of the published
    grid of `cell_m` metres. `levels` is when it got which level, oldest first: limits
    count from it, and the highest decides its lane.
    """

    id: str
    revision: int
    author: str
    level: Level
    levels: tuple[LevelChange, ...]
    kind: Kind
    lat: float
    lon: float
    first_lat: float
    first_lon: float
    public_lat: float
    public_lon: float
    cell_m: float
    state: State
    public: bool
    groups: tuple[str, ...]
    sent_at: float
    received_at: float
    updated_at: float
    expires_at: float
    radius_m: float | None = None  # as it was used; None for info
    polygon: Ring | None = None  # in place of a circle
    radius_given: bool = False  # by the author, so that a change of level keeps it
    corrected: int = 0  # the last revision that corrected or ended it
    merged: int = 0  # how many of its revisions were further calls for help
    ended_at: float | None = None
    at_home: bool = False
    role: str = "member"
    name: str | None = None
    category: str | None = None
    headline: str | None = None
    text: str | None = None
    called_112: Called112 | None = None
    wrong: str | None = None
    image: Picture | None = None
    unverified: bool = False
    issuer: Issuer | None = None  # who gave the author their role; None with a duty role: whoever issues tokens
    for_issuer: bool = False  # said by the organisation itself: its staff may change it, and it has no pseudonym
    what: str | None = None
    where: str | None = None
    how_many: int | None = None
    direction: str | None = None
    vehicle: str | None = None
    clothes: str | None = None
    by_role: str | None = None  # of whoever gave it its state, if that was not its author
    disputed: bool = False
    outcome: Outcome | None = None
    official: Official | None = None
    about: tuple[str, ...] = ()  # alerts whose holders get this one too
    meeting: Meeting | None = None
    same_as: tuple[str, ...] = ()  # earlier reds that may be of the same thing (R11)
    merged_into: str | None = None  # that one of them which goes on for both

    def revised(self, at: float, changes: Mapping[str, object]) -> "Alert":
        """The next revision, with these fields changed."""
        return structs.replace(self, revision=self.revision + 1, updated_at=at, **changes)

    def reaching(self, radius_m: float | None) -> "Alert":
        """The same revision, with another radius."""
        return structs.replace(self, radius_m=radius_m)

    def showing(self, image: Picture | None) -> "Alert":
        """The same revision, with this picture."""
        return structs.replace(self, image=image)

    def in_office(self, role: str, issuer: Issuer | None) -> "Alert":
        """The same, with the role that its author has now."""
        return structs.replace(self, role=role, issuer=issuer)

    def said_by_its_issuer(self, radius_m: float | None, polygon: Ring | None = None) -> "Alert":
        """The same, said by the organisation itself to all within so many metres, or in a polygon; without either it is
        shown where it is."""
        is_aimed = radius_m is not None
        return structs.replace(self, for_issuer=True, radius_m=radius_m, radius_given=is_aimed, polygon=polygon)

    def made(self, changes: Mapping[str, object]) -> "Alert":
        """The same revision with these fields changed, while it is being made."""
        return structs.replace(self, **changes) if changes else self

    def marked_unverified(self) -> "Alert":
        """The same revision, said to be over its author's limit."""
        return structs.replace(self, unverified=True)


class AlertRaised(Struct, frozen=True, tag="alert_raised"):
    alert: Alert


class AlertUpdated(Struct, frozen=True, tag="alert_updated"):
    """The whole alert as it is from this revision on. It takes no seq in any room: alerts are state."""

    alert: Alert


class MessagePosted(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="message_posted"):
    """What somebody said in a group's room; read back, it is as it is now. `revisions` are the seqs of its changes."""

    id: str
    group: str
    author: str
    text: str
    sent_at: float
    received_at: float
    role: str = "member"
    name: str | None = None
    image: Picture | None = None
    meeting: Meeting | None = None
    revisions: tuple[int, ...] = ()
    removed_why: str | None = None  # if it was not its author who took it back
    issuer: Issuer | None = None  # who gave the author their role

    @property
    def is_removed(self) -> bool:
        return not self.text and self.image is None

    @property
    def revision(self) -> int:
        return 1 + len(self.revisions)


class MessageRevised(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="message_revised"):
    """The author of the message at `seq` says it otherwise, or takes it back (`text` empty). It takes a seq of its own.

    `message` is the message as it is from now on, and `revision` its revision; `append` fills them in, and leaves them
    if there is no such message (`id`) of this author at that seq, or it was taken back before.

    A moderator withholds a message in its author's name, and says why in `removed_why`; `restored` gives words back to
    one that was taken back.
    """

    id: str
    group: str
    seq: int
    author: str
    text: str
    revision: int = 0
    message: MessagePosted | None = None
    removed_why: str | None = None
    restored: bool = False
    image: Picture | None = None  # what is given back, too
    meeting: Meeting | None = None  # the same

    def superseded(self) -> "MessageRevised":
        """What is left of a revision once there is a later one."""
        return structs.replace(self, text="", message=None)


class GroupCreated(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="group_created"):
    """A new group, and its creator's membership of it from seq 1. Its seq is in the creator's own room."""

    group: str
    creator: str
    name: str
    purpose: str
    conduct: str
    locked: bool
    history: History = "joining"


class MemberJoined(Struct, frozen=True, kw_only=True, tag="member_joined"):
    """`from_seq` is the first seq of the group's room that is this member's to see; `append` fills it in."""

    group: str
    user: str
    from_seq: int = 0


class MemberLeft(Struct, frozen=True, kw_only=True, tag="member_left"):
    group: str
    user: str


class FactSet(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="fact_set"):
    """This holds from now on, in place of the fact of the same kind and key. `by`: who said so; empty for the server.

    The rooms in which it takes a seq are where it is read back: a person's own, or one that keeps an audit trail.
    """

    fact: AnyFact
    by: str = ""
    reason: str | None = None


class FactDropped(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="fact_dropped"):
    """What this fact says holds no longer; only its kind and key count."""

    fact: AnyFact
    by: str = ""
    reason: str | None = None


class Noticed(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="noticed"):
    """Something that the server tells one person, in their own room: `code` says what, `about` fills in its words."""

    code: str
    about: dict[str, str] = {}


class Erased(Struct, frozen=True, tag="erased"):
    """What stood here is gone, because it is too old. Its seqs stay taken, so that the order is kept."""


Event: TypeAlias = (
    AlertRaised
    | AlertUpdated
    | MessagePosted
    | MessageRevised
    | GroupCreated
    | MemberJoined
    | MemberLeft
    | FactSet
    | FactDropped
    | Noticed
    | Erased
)


class Entry(Struct, frozen=True, kw_only=True):
    """One event to append: the rooms in which it takes a seq, and the client's id that makes a retry harmless.

    `key` is unique for ever over world, user and client id; `digest` tells the same body from another. The server's own
    acts have neither.
    """

    body: Event
    world: World
    at: float
    rooms: tuple[RoomId, ...] = ()
    key: str | None = None
    digest: bytes | None = None
    also: "tuple[Entry, ...]" = ()  # what happens with it, or not at all; `append` is given them one after the other

    def asked_for(self, key: str, digest: bytes) -> "Entry":
        """The same, bearing the id and the body of the request that led to it."""
        return structs.replace(self, key=key, digest=digest)

    def alone(self) -> "Entry":
        """The same, without what happens with it."""
        return structs.replace(self, also=())


class LoggedEvent(Struct, frozen=True, kw_only=True):
    """An event with its place in the whole log (between nodes only, never on the wire) and in each of its rooms."""

    offset: int
    body: Event
    world: World
    at: float
    rooms: dict[RoomId, int]
    key: str | None = None
    digest: bytes | None = None

    def left_at(self, room: RoomId, seq: int, body: Event) -> "LoggedEvent":
        """What stands at an earlier seq of a room since this event."""
        return structs.replace(self, rooms={room: seq}, body=body)


class LoggedAlert(Struct, frozen=True, kw_only=True):
    """An alert at its current revision, with the seqs that it took when it was raised."""

    alert: Alert
    world: World
    rooms: dict[RoomId, int]


class RoomSpan(Struct, frozen=True, kw_only=True):
    """What a room still holds: seqs `first` to `last`; empty when `first` is `last + 1`."""

    first: int
    last: int


class Group(Struct, frozen=True, kw_only=True):
    id: str
    world: World
    creator: str
    name: str
    purpose: str
    conduct: str
    locked: bool
    created_at: float
    history: History = "joining"


class Membership(Struct, frozen=True, kw_only=True):
    """One stay of one person in one group, from joining to leaving; each rejoining is another."""

    group: str
    world: World
    user: str
    from_seq: int
    began_at: float
    ended_at: float | None = None


class HeldFact(Struct, frozen=True, kw_only=True):
    """A fact that holds, who said so, and since when (Unix seconds)."""

    fact: AnyFact
    world: World
    by: str
    at: float


class Marker(Struct, frozen=True, kw_only=True):
    """How far one person has read in one room."""

    world: World
    user: str
    room: RoomId
    seq: int
