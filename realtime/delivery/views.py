"""What one recipient sees of an alert or a message, and with which signal. Few recipients see different things."""

from typing import Literal, NamedTuple

from realtime.delivery.alertbook import Record, signal_number
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
    MembershipNews,
    MessageNews,
    NoticeNews,
    World,
)
from realtime.naming import Naming
from realtime.words import notice_text
from storage.events import (
    Alert,
    GroupCreated,
    LoggedEvent,
    MemberJoined,
    MemberLeft,
    MessagePosted,
    MessageRevised,
    Noticed,
)

NEAR = ("near",)


class Reasons(NamedTuple):
    """Why somebody gets an alert, in the wire's words, and in which of their rooms it has a seq for them."""

    why: tuple[str, ...]
    rooms: tuple[str, ...] = ()


class Signal(NamedTuple):
    """Whether a copy sounds, in which tone, and the level number that the recipient has then been signalled at."""

    sounds: bool
    tone: Literal["all_clear"] | None
    signalled: int


NEAR_ONLY = Reasons(NEAR)
HELD_ONLY = Reasons(("held",))


def reasons_for(session: Subscriber, record: Record, rooms: Rooms, *, near: bool) -> Reasons | None:
    """One person's own reasons to get an alert now, and no one else's; None if there are none."""
    alert = record.alert
    user = session.identity.user
    mine = rooms.groups_of(user)
    groups = [group for group in alert.groups if group in mine] if mine else []
    if not groups and user != alert.author:
        return NEAR_ONLY if near else None
    why = (
        *(("own",) if user == alert.author else ()),
        *(NEAR if near else ()),
        *(f"group:{group}" for group in groups),
    )
    return Reasons(why, tuple(group for group in groups if record.rooms.get(group, 0) >= mine[group]))


def has_all(hold: Hold | None, record: Record) -> bool:
    """Whether somebody lacks nothing of an alert: neither its current revision nor a signal that may be due."""
    alert = record.alert
    return hold is not None and hold.revision >= alert.revision and hold.signalled >= signal_number(alert.level)


def signal_for(
    record: Record, hold: Hold | None, why: tuple[str, ...], *, is_active: bool, muted: bool = False
) -> Signal:
    """Once for each active red or yellow, again when it is raised, and as all-clear when a signalled one ends.

    Who wants no signal has then had it.
    """
    alert = record.alert
    had = 0 if hold is None else hold.signalled
    if "own" in why or (not had and why == HELD_ONLY.why):
        return Signal(False, None, had)
    if is_active:
        number = signal_number(alert.level)
        if number > had:
            return Signal(not muted, None, number)
    if had and hold is not None and hold.revision < alert.corrected and not muted:
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
        self._world = world
        self._naming = naming
        self._rooms = rooms
        self._frames: dict[Variant, Frames] = {}

    def __missing__(self, situation: Situation) -> Copy | None:
        copy = self[situation] = self._decide(*situation)
        return copy

    def _decide(self, reasons: Reasons, hold: Hold | None, on_duty: bool, is_active: bool, muted: bool) -> Copy | None:
        revision = self.record.alert.revision
        signal = signal_for(self.record, hold, reasons.why, is_active=is_active, muted=muted)
        if hold is not None and hold.revision >= revision and not signal.sounds:
            return None
        is_first = hold is None
        variant = Variant(reasons, signal, is_first, is_first and not is_active, on_duty)
        if variant not in self._frames:
            self._frames[variant] = Frames(self.message(variant))
        return Copy(self._frames[variant], Hold(revision, signal.signalled), signal.sounds)

    def message(self, variant: Variant) -> AlertNews | AlertChange:
        """The variant as a message. Who has only `held` it from a group that they left gets no words (R13)."""
        reasons, signal, is_first, is_late, on_duty = variant
        alert = self.record.alert
        why = reasons.why
        is_inside = "own" in why or any(reason.startswith("group:") for reason in why)
        is_exact = "own" in why or (on_duty and "near" in why) or self._in_locked_group(why)
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
            state=alert.state,
            headline=alert.headline if has_words else None,
            text=alert.text if has_words else None,
            wrong=alert.wrong if has_words else None,
            called_112=alert.called_112,
            author=self._author(alert, named=is_inside),
            verified_role=_verified(alert.role),
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
            exercise=self._world == "exercise",
            advice=ADVICE if alert.level == "red" else None,
        )

    def _in_locked_group(self, why: tuple[str, ...]) -> bool:
        groups = (self._rooms.group(reason.removeprefix("group:")) for reason in why if reason.startswith("group:"))
        return any(group is not None and group.locked for group in groups)

    def _author(self, alert: Alert, *, named: bool) -> Author:
        if (named or alert.author in self._rooms.named) and alert.name is not None:
            return Author(role=alert.role, name=alert.name)
        return Author(role=alert.role, pseudonym=self._naming.pseudonym(self._world, alert.author, alert.id))


def room_news(
    logged: LoggedEvent, naming: Naming, rooms: Rooms, *, joined_at: int | None = None
) -> MessageNews | MembershipNews | NoticeNews | None:
    """What everybody who may see this event of a room is told of it alike.

    `joined_at`: the room's latest seq, if somebody joins it at this very moment. None for alerts, of which each
    recipient has a copy of their own, and where there is nothing to tell.
    """
    match logged.body:
        case MessagePosted() as message:
            return _message_news(logged, message, naming, revises=None)
        case MessageRevised(message=MessagePosted() as message) as revised:
            return _message_news(logged, message, naming, revises=revised.seq)
        case GroupCreated() | MemberJoined() | MemberLeft() as change:
            return _membership_news(logged, change, rooms, joined_at)
        case Noticed() as noticed:
            return NoticeNews(
                code=noticed.code,
                text=notice_text(noticed, rooms.language_in(logged.rooms)),
                about=noticed.about,
                rooms={"me": next(iter(logged.rooms.values()))},
                exercise=logged.world == "exercise",
            )
    return None


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
        verified_role=_verified(body.role),
        text=body.text,
        revision=body.revision,
        revises=revises,
        removed=not body.text,
        sent_at=body.sent_at,
        received_at=body.received_at,
        rooms={body.group: logged.rooms[body.group]},
        exercise=logged.world == "exercise",
    )


def _membership_news(
    logged: LoggedEvent, body: GroupCreated | MemberJoined | MemberLeft, rooms: Rooms, joined_at: int | None
) -> MembershipNews:
    """A change of one person's own membership, as their own room tells it."""
    group = rooms.group(body.group)
    name = None if group is None else group.name
    seqs = {"me": next(iter(logged.rooms.values()))}
    is_exercise = logged.world == "exercise"
    if isinstance(body, MemberLeft):
        return MembershipNews(group=body.group, state="left", name=name, rooms=seqs, exercise=is_exercise)
    from_seq = body.from_seq if isinstance(body, MemberJoined) else 1
    return MembershipNews(
        group=body.group,
        state="member",
        name=name,
        from_=from_seq,
        seq=joined_at,
        rooms=seqs,
        exercise=is_exercise,
    )


def _verified(role: str) -> str | None:
    """The role that puts an emblem on a post (F64): any word can be a role, and only these are somebody's office."""
    return role if role in DUTY_ROLES else None
