"""What one recipient sees of an alert or a message, and with which signal. Few recipients see different things."""

from typing import Any, Literal, NamedTuple

from realtime.delivery.alertbook import Record, signal_number, wished_level
from realtime.delivery.rooms import Rooms
from realtime.delivery.subscriber import Hold, Subscriber
from realtime.frames import Frames
from realtime.identity import DUTY_ROLES
from realtime.messages import (
    ADVICE,
    LEVEL_NUMBER,
    AlertChange,
    AlertNews,
    Author,
    Corner,
    MembershipNews,
    MessageNews,
    NoticeNews,
    VerifiedBy,
    World,
)
from realtime.naming import Naming
from realtime.words import notice_text
from storage.events import (
    Alert,
    GroupCreated,
    Issuer,
    LoggedEvent,
    MemberJoined,
    MemberLeft,
    MessagePosted,
    MessageRevised,
    Noticed,
)
from storage.forgetting import INVITER, alert_without_author, message_without_author

NEAR = ("near",)
DUTY = "duty"
MAP = "map"


class Reasons(NamedTuple):
    """Why somebody gets an alert, in the wire's words, and in which of their rooms it has a seq for them.

    `quiet`: they get it only by groups that they have muted, and it is no red.
    """

    why: tuple[str, ...]
    rooms: tuple[str, ...] = ()
    quiet: bool = False


class Signal(NamedTuple):
    """Whether a copy sounds, in which tone, and the level number that the recipient has then been signalled at."""

    sounds: bool
    tone: Literal["all_clear"] | None
    signalled: int


NEAR_ONLY = Reasons(NEAR)
ABOUT_ONLY = Reasons(("about",))  # they have got an alert that this one is tied to (F61)
HELD_ONLY = Reasons(("held",))
MAP_ONLY = Reasons((MAP,))
_QUIET = (HELD_ONLY.why, MAP_ONLY.why)


def reasons_for(session: Subscriber, record: Record, rooms: Rooms, *, near: bool, tied: bool = False) -> Reasons | None:
    """One person's own reasons to get an alert now, and no one else's; None if there are none.

    `tied`: whether they have an alert that this one is about.
    """
    alert = record.alert
    user = session.identity.user
    mine = rooms.groups_of(user)
    groups = [group for group in alert.groups if group in mine] if mine else []
    if not groups and user != alert.author:
        if near:
            return NEAR_ONLY
        return ABOUT_ONLY if tied else None
    why = (
        *(("own",) if user == alert.author else ()),
        *(NEAR if near else ()),
        *(f"group:{group}" for group in groups),
    )
    seen = tuple(group for group in groups if record.rooms.get(group, 0) >= mine[group])
    is_quiet = user in rooms.mutes and not near and wished_level(alert) != "red"
    return Reasons(why, seen, is_quiet and all(rooms.is_muted(user, each, alert.updated_at) for each in groups))


def joined(reasons: Reasons | None, elsewhere: tuple[str, ...]) -> Reasons | None:
    """The same with those that a place gives to who is elsewhere: `duty`, `area:…`, `map`."""
    if not elsewhere:
        return reasons
    if reasons is None:
        return Reasons(elsewhere)
    return Reasons((*reasons.why, *elsewhere), reasons.rooms, reasons.quiet and elsewhere == (MAP,))


def elsewhere_in(reasons: Reasons) -> tuple[str, ...]:
    """Those of somebody's reasons that `joined` added."""
    return tuple(why for why in reasons.why if why in (DUTY, MAP) or why.startswith("area:"))


def has_all(hold: Hold | None, record: Record) -> bool:
    """Whether somebody lacks nothing of an alert: neither its current revision nor a signal that may be due."""
    alert = record.alert
    return hold is not None and hold.revision >= alert.revision and hold.signalled >= signal_number(alert.level)


def signal_for(record: Record, hold: Hold | None, reasons: Reasons, *, is_active: bool, muted: bool = False) -> Signal:
    """Once for each active red or yellow, again when it is raised, and as all-clear when a signalled one ends.

    Who only looks at a map, or only has it still, is not signalled; being near or following brings the signal. So it is
    with who has `muted` it, or the groups that bring it: that takes away the signal and not the event, and what has
    come without is signalled when there is reason to and nothing against it.
    """
    alert = record.alert
    had = 0 if hold is None else hold.signalled
    if muted or reasons.quiet or "own" in reasons.why or (not had and reasons.why in _QUIET):
        return Signal(False, None, had)
    if is_active:
        number = signal_number(alert.level)
        if number > had:
            return Signal(True, None, number)
    if had and hold is not None and hold.revision < alert.corrected:
        return Signal(True, "all_clear", had)
    return Signal(False, None, had)


class Variant(NamedTuple):
    """All that makes one recipient's copy differ from another's; `is_first` if their session has no other."""

    reasons: Reasons
    signal: Signal
    is_first: bool
    is_late: bool
    on_duty: bool


Situation = tuple[Reasons, Hold | None, bool, bool, bool]
"""All that decides what somebody is sent: reasons, hold, if they are on duty, if it is active, if it comes silent."""


class Copy(NamedTuple):
    """What somebody is sent, and what they hold from then on."""

    frames: Frames
    hold: Hold
    sounds: bool


class AlertCopies(dict[Situation, Copy | None]):
    """What each situation brings somebody of one alert as it is recorded now, decided once; None: they need no copy.

    Everyone with the same variant shares the same frames.
    """

    def __init__(self, record: Record, world: World, naming: Naming, rooms: Rooms) -> None:
        self.record = record
        is_gone = record.alert.author in rooms.erasing
        self._alert = alert_without_author(record.alert) if is_gone else record.alert
        self._world = world
        self._naming = naming
        self._rooms = rooms
        self._frames: dict[Variant, Frames] = {}

    def __missing__(self, situation: Situation) -> Copy | None:
        copy = self[situation] = self._decide(*situation)
        return copy

    def _decide(self, reasons: Reasons, hold: Hold | None, on_duty: bool, is_active: bool, muted: bool) -> Copy | None:
        revision = self.record.alert.revision
        signal = signal_for(self.record, hold, reasons, is_active=is_active, muted=muted)
        if hold is not None and hold.revision >= revision and not signal.sounds:
            return None
        is_first = hold is None
        variant = Variant(reasons, signal, is_first, is_first and not is_active, on_duty)
        if variant not in self._frames:
            self._frames[variant] = Frames(self.message(variant))
        return Copy(self._frames[variant], Hold(revision, signal.signalled), signal.sounds)

    def silent(self, reasons: Reasons | None, *, is_active: bool) -> AlertNews:
        """It as it is read back: whole, and without a signal. Without reasons it is only held."""
        signal = Signal(sounds=False, tone=None, signalled=0)
        found = self.message(Variant(reasons or HELD_ONLY, signal, is_first=True, is_late=not is_active, on_duty=False))
        assert isinstance(found, AlertNews)
        return found

    def message(self, variant: Variant) -> AlertNews | AlertChange:
        """The variant as a message. Who has only `held` it from a group that they left gets no words (R13)."""
        reasons, signal, is_first, is_late, on_duty = variant
        alert = self._alert
        why = reasons.why
        is_inside = "own" in why or any(reason.startswith("group:") for reason in why)
        is_exact = "own" in why or (on_duty and ("near" in why or DUTY in why)) or self._in_locked_group(why)
        has_words = is_inside or alert.public
        make = AlertNews if is_first else AlertChange
        return make(
            alert=alert.id,
            revision=alert.revision,
            level=alert.level,
            level_number=LEVEL_NUMBER[alert.level],
            kind=alert.kind,
            category=alert.category,
            lat=alert.lat if is_exact else alert.public_lat,
            lon=alert.lon if is_exact else alert.public_lon,
            cell_m=None if is_exact else alert.cell_m,
            polygon=corners_of(alert),
            state=alert.state,
            **(_words(alert) if has_words else {}),
            called_112=alert.called_112,
            author=self._author(alert, named=is_inside),
            verified_role=verified_role(alert.role, alert.issuer),
            verified_by=verified_by(alert.role, alert.issuer),
            sent_at=alert.sent_at,
            received_at=alert.received_at,
            expires_at=alert.expires_at,
            why=why,
            rooms={room: self.record.rooms[room] for room in reasons.rooms},
            signal=signal.sounds,
            tone=signal.tone,
            durable=self.record.durable,
            late=is_late,
            unverified=alert.unverified,
            by_role=alert.by_role,
            disputed=alert.disputed,
            outcome=alert.outcome,
            official=alert.official,
            merged_into=alert.merged_into if has_words else None,
            exercise=self._world == "exercise",
            advice=ADVICE if alert.level == "red" else None,
        )

    def _in_locked_group(self, why: tuple[str, ...]) -> bool:
        groups = (self._rooms.group(reason.removeprefix("group:")) for reason in why if reason.startswith("group:"))
        return any(group is not None and group.locked for group in groups)

    def _author(self, alert: Alert, *, named: bool) -> Author:
        if (named or alert.for_issuer or alert.author in self._rooms.named) and alert.name is not None:
            return Author(role=alert.role, name=alert.name)
        return Author(role=alert.role, pseudonym=self._naming.pseudonym(self._world, alert.author, alert.id))


def corners_of(alert: Alert) -> tuple[Corner, ...] | None:
    """The polygon at which an alert is aimed, as it is told; None for a circle."""
    return None if alert.polygon is None else tuple(Corner(lat=lat, lon=lon) for lat, lon in alert.polygon)


def room_news(
    logged: LoggedEvent, naming: Naming, rooms: Rooms, *, joined_at: int | None = None
) -> MessageNews | MembershipNews | NoticeNews | None:
    """What everybody who may see this event of a room is told of it alike.

    `joined_at`: the room's latest seq, if somebody joins it at this very moment. None for alerts, of which each
    recipient has a copy of their own, and where there is nothing to tell.
    """
    match logged.body:
        case MessagePosted() as message:
            return _message_news(logged, _shown(message, rooms), naming, revises=None)
        case MessageRevised(message=MessagePosted() as message) as revised:
            return _message_news(logged, _shown(message, rooms), naming, revises=revised.seq)
        case GroupCreated() | MemberJoined() | MemberLeft() as change:
            return _membership_news(logged, change, rooms, joined_at)
        case Noticed() as noticed:
            return NoticeNews(
                code=noticed.code,
                text=notice_text(noticed, rooms.language_in(logged.rooms)),
                about={name: said for name, said in noticed.about.items() if name != INVITER},
                rooms={"me": next(iter(logged.rooms.values()))},
                exercise=logged.world == "exercise",
            )
    return None


def _shown(message: MessagePosted, rooms: Rooms) -> MessagePosted:
    """A message as it may be shown: of whoever is being erased nothing is."""
    return message_without_author(message) if message.author in rooms.erasing else message


def _message_news(logged: LoggedEvent, body: MessagePosted, naming: Naming, *, revises: int | None) -> MessageNews:
    author = (
        Author(role=body.role, name=body.name)
        if body.name is not None
        else Author(role=body.role, pseudonym=naming.pseudonym(logged.world, body.author, body.group))
    )
    return MessageNews(
        message=body.id,
        group=body.group,
        author=author,
        verified_role=verified_role(body.role, body.issuer),
        verified_by=verified_by(body.role, body.issuer),
        text=body.text,
        meeting=body.meeting,
        revision=body.revision,
        revises=revises,
        image=body.image,
        removed=body.is_removed,
        removed_why=body.removed_why,
        sent_at=body.sent_at,
        received_at=body.received_at,
        rooms={body.group: logged.rooms[body.group]},
        exercise=logged.world == "exercise",
    )


def _membership_news(
    logged: LoggedEvent, body: GroupCreated | MemberJoined | MemberLeft, rooms: Rooms, joined_at: int | None
) -> MembershipNews:
    """A change of one person's own membership, as their own room tells it."""
    thread = rooms.thread(body.group)
    group = thread or rooms.group(body.group)
    name = None if group is None else group.name
    seqs = {"me": next(iter(logged.rooms.values()))}
    is_exercise = logged.world == "exercise"
    if isinstance(body, MemberLeft):
        return MembershipNews(
            group=body.group, state="left", name=name, thread=thread is not None, rooms=seqs, exercise=is_exercise
        )
    from_seq = body.from_seq if isinstance(body, MemberJoined) else 1
    return MembershipNews(
        group=body.group,
        state="member",
        name=name,
        thread=thread is not None,
        from_=from_seq,
        seq=joined_at,
        rooms=seqs,
        exercise=is_exercise,
    )


def _words(alert: Alert) -> dict[str, Any]:
    """What its author, or who corrected it, says."""
    return {
        "headline": alert.headline,
        "text": alert.text,
        "wrong": alert.wrong,
        "image": alert.image,
        "what": alert.what,
        "where": alert.where,
        "how_many": alert.how_many,
        "direction": alert.direction,
        "vehicle": alert.vehicle,
        "clothes": alert.clothes,
        "meeting": alert.meeting,
    }


def verified_role(role: str, issuer: Issuer | None) -> str | None:
    """The role that puts an emblem on a post (F64): any word can be a role, and only these are somebody's office."""
    return role if issuer is not None or role in DUTY_ROLES else None


def verified_by(role: str, issuer: Issuer | None) -> VerifiedBy | None:
    """Who says that the author holds it (R31): an organisation, or whoever issues the platform's tokens and roles."""
    if issuer is not None:
        return VerifiedBy(name=issuer.name, organisation=issuer.organisation, emblem=issuer.emblem)
    return VerifiedBy(name="platform") if role in DUTY_ROLES else None
