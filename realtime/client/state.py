"""What a client has: its place in each room and the alerts that it holds. Pure bookkeeping, without sockets or clocks.

It decides what a returning client says in `hello`, and what of all that arrives is new. `protocol.md` has the rules
under "Coming back".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from realtime.messages import (
    ENDINGS,
    AlertChange,
    AlertNews,
    CreateGroup,
    Held,
    HistoryLost,
    JoinGroup,
    Live,
    MembershipNews,
    MessageNews,
    NoticeNews,
    Ok,
    PostMessage,
    RaiseAlert,
    ReadUpTo,
    Request,
    StartOver,
    Stored,
    Unconfirmed,
    UpdateAlert,
    Welcome,
)

Control: TypeAlias = Stored | Live | HistoryLost | ReadUpTo | StartOver | Unconfirmed
News: TypeAlias = AlertNews | AlertChange | MessageNews | MembershipNews | NoticeNews | Control

SHOWN_AFTER_END_S = 24 * 3_600.0
MAX_ROOMS = MAX_HOLDS = 300  # what `hello` takes, unless the server's `limits` say less


@dataclass(slots=True)
class Room:
    """All up to `place` is here or not ours to see; of what follows, only the seqs in `above` are here.

    A gap is no loss while connected: a red overtakes what was sent before it. `read` is how far the person has read.
    """

    place: int
    above: set[int] = field(default_factory=set)
    read: int = 0

    @property
    def latest(self) -> int:
        return max(self.above, default=self.place)

    @property
    def unread(self) -> int:
        """How many seqs are above what the person has read."""
        return max(0, self.latest - self.read)

    def take(self, seq: int) -> bool:
        """Note that this seq is here; False if it was before."""
        if seq <= self.place or seq in self.above:
            return False
        self.above.add(seq)
        self._close_up()
        return True

    def reach(self, place: int) -> None:
        """The server says that all up to here was sent, or is not ours to see."""
        if place > self.place:
            self.place = place
            self.above = {seq for seq in self.above if seq > place}
            self._close_up()

    def _close_up(self) -> None:
        while self.place + 1 in self.above:
            self.place += 1
            self.above.remove(self.place)


@dataclass(slots=True)
class Holding:
    """One alert as it was last seen; `quiet` until a signal was given for it. `until` is when to forget it."""

    revision: int
    quiet: bool
    ended: bool
    until: float


class Replica:
    """One device's copy of what concerns it, good for any number of sessions. Times are Unix seconds."""

    def __init__(self) -> None:
        self.epoch: str | None = None
        self.rooms: dict[str, Room] = {}
        self.holds: dict[str, Holding] = {}
        self.delivered = 0  # `alert`, `update` and `message` frames of this session
        self._latest: dict[str, int] = {}  # of each room, as `welcome` told

    # --- what to say -------------------------------------------------------------------------------------------------

    def places(self, limit: int = MAX_ROOMS) -> dict[str, int]:
        """For `hello`: of each room the place from which to replay."""
        return {room: known.place for room, known in list(self.rooms.items())[:limit]}

    def held(self, now: float, limit: int = MAX_HOLDS) -> tuple[Held, ...]:
        """For `hello`: what is still shown, active alerts first, at most a day after their end."""
        self._forget_old(now)
        held = [Held(alert=alert, revision=one.revision, quiet=one.quiet) for alert, one in self.holds.items()]
        return tuple(held[:limit])

    # --- what arrives ------------------------------------------------------------------------------------------------

    def welcome(self, message: Welcome) -> None:
        """Begin a session: rooms that are not named are no longer ours, and new ones begin at their latest seq."""
        self.delivered = 0
        self._latest = {room: told.seq for room, told in message.rooms.items()}
        if self.epoch is not None and self.epoch != message.epoch:
            self.start_over(message.epoch)
        self.epoch = message.epoch
        self.rooms = {room: self.rooms.get(room) or Room(latest) for room, latest in self._latest.items()}
        for room, told in message.rooms.items():
            self.rooms[room].reach(told.from_ - 1)
            self.rooms[room].read = told.read

    def start_over(self, epoch: str) -> None:
        """History is not the one that we knew: seqs and revisions mean something else now."""
        self.epoch = epoch
        self.holds.clear()
        self.rooms = {room: Room(latest) for room, latest in self._latest.items()}

    def take(self, message: News, now: float) -> bool:
        """Note what arrived; False if it is a repeat, to be dropped."""
        match message:
            case AlertNews() | AlertChange():
                self.delivered += 1
                self.note(message.rooms)
                return self._take_alert(message, now)
            case MessageNews():
                self.delivered += 1
                return self.note(message.rooms)
            case MembershipNews():
                # Leaving changes nothing here: the next `welcome` says what is ours, and a stay that we read about in
                # a replay may be long over.
                if message.from_ is not None:
                    self._room(message.group).reach(max(message.from_ - 1, message.seq or 0))
                return self.note(message.rooms)
            case NoticeNews():
                return self.note(message.rooms)
            case _:
                self._take_control(message)
                return True

    def _take_control(self, message: Control) -> None:
        match message:
            case Stored():
                self.note(message.rooms)
            case Live():
                self.reach(message.rooms)
            case HistoryLost():
                self.reach({message.room: message.from_ - 1})
            case ReadUpTo():
                self.read(message.room, message.seq)
            case StartOver():
                self.start_over(message.epoch)
            case Unconfirmed():
                for alert in message.alerts:
                    self.holds.pop(alert, None)

    def note(self, rooms: Mapping[str, int]) -> bool:
        """Note one event's seqs; False if all of them were here before."""
        fresh = [self._room(room).take(seq) for room, seq in rooms.items()]
        return not fresh or any(fresh)

    def reach(self, rooms: Mapping[str, int]) -> None:
        """Apply the places of `live`, `heartbeat` or `history_lost`."""
        for room, place in rooms.items():
            self._room(room).reach(place)

    def read(self, room: str, seq: int) -> None:
        """The person has read up to a seq, here or elsewhere."""
        known = self._room(room)
        known.read = max(known.read, seq)

    def answered(self, request: Request, ok: Ok, now: float) -> None:
        """Note what an `ok` made: whoever sent it does not get it again as news."""
        self.note(ok.rooms)
        if isinstance(request, PostMessage) and self._room(request.group).read == ok.rooms[request.group] - 1:
            self.read(request.group, ok.rooms[request.group])  # the server counts it so, too
        if isinstance(request, JoinGroup | CreateGroup) and ok.group is not None:
            self._room(ok.group)  # named in the next `hello`, so that what follows the joining is replayed
        if isinstance(request, RaiseAlert | UpdateAlert) and ok.alert is not None and ok.revision is not None:
            held = self.holds.get(ok.alert)
            # A step of two is a change by another device that is still on its way: not ours to claim.
            if ok.revision == (held.revision + 1 if held else 1):
                ended = isinstance(request, UpdateAlert) and request.state in ENDINGS
                until = max(held.until if held else 0.0, now + 2 * SHOWN_AFTER_END_S)
                self.holds[ok.alert] = Holding(ok.revision, quiet=False, ended=ended, until=until)

    # --- within ------------------------------------------------------------------------------------------------------

    def _take_alert(self, message: AlertNews | AlertChange, now: float) -> bool:
        held = self.holds.get(message.alert)
        if held is not None:
            first_signal = message.signal and held.quiet
            if message.revision < held.revision or (message.revision == held.revision and not first_signal):
                return False
        ended = message.state in ENDINGS
        end = min(now, message.expires_at) if ended else message.expires_at
        quiet = not message.signal and (held is None or held.quiet)
        self.holds[message.alert] = Holding(message.revision, quiet, ended, end + SHOWN_AFTER_END_S)
        if len(self.holds) > 2 * MAX_HOLDS:
            self._forget_old(now)
        return True

    def _room(self, room: str) -> Room:
        """A room not heard of yet has place 0: the server replays nothing from before this membership."""
        return self.rooms.setdefault(room, Room(0))

    def _forget_old(self, now: float) -> None:
        """Drop what nobody shows any more; what is left stands in the order in which it matters."""
        kept = [(alert, held) for alert, held in self.holds.items() if held.until > now]
        kept.sort(key=lambda item: (item[1].ended, -item[1].until))
        self.holds = dict(kept[:MAX_HOLDS])
