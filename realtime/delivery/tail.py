"""The latest events of every room with their frames: many who come back at once cost few reads and one encoding."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, NamedTuple

from realtime.frames import Frames
from storage.events import LoggedEvent, MessagePosted, MessageRevised, RoomId

_ENTRY_BYTES: Final = 1_500  # an event, its message and its frames in both encodings, without its text (measured)
_COPIES: Final = 4  # of a text: in the event, in the message (shared), and in each of two frames, rounded up


class Past(NamedTuple):
    """One event as a member who comes back gets it. No frames: each recipient gets their own, or none.

    `is_final`: an alert so old that it cannot change any more.
    """

    logged: LoggedEvent
    frames: Frames | None
    is_final: bool = False


@dataclass(slots=True)
class _Room:
    """A room's last events, without a gap; `first` is the seq of the first of them."""

    first: int
    events: deque[Past] = field(default_factory=deque)

    @property
    def last(self) -> int:
        return self.first + len(self.events) - 1


class Tail:
    """One world's rooms, bounded in bytes over all of them; what was added first goes first.

    What is here of a room is always its end as dispatched, without a gap: so the question is only how far back it goes.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._rooms: dict[RoomId, _Room] = {}
        self._added: deque[tuple[RoomId, int, int]] = deque()  # room, seq and cost, in the order of adding
        self.bytes = 0

    def took(self, room: RoomId, past: Past) -> None:
        """An event was dispatched to a room, as its last one. One that comes late changes nothing."""
        seq = past.logged.rooms[room]
        held = self._rooms.get(room)
        if held is not None and seq <= held.last:
            return
        if held is None or seq != held.last + 1:
            held = self._rooms[room] = _Room(seq)
        held.events.append(past)
        self._note(room, seq, past)

    def read(self, room: RoomId, last: int, page: Sequence[Past]) -> None:
        """A page was read from the log. Keep it if it joins what is here, or reaches the room's `last` seq."""
        if not page:
            return
        held = self._rooms.get(room)
        if held is None:
            if page[-1].logged.rooms[room] != last:
                return
            held = self._rooms[room] = _Room(last + 1)
        for past in reversed(page):
            seq = past.logged.rooms[room]
            if seq == held.first - 1:
                held.events.appendleft(past)
                held.first = seq
                self._note(room, seq, past)
            elif past.is_final:
                self.replace(room, seq, past)

    def replace(self, room: RoomId, seq: int, past: Past) -> None:
        """What stands at a seq is something else now."""
        held = self._rooms.get(room)
        if held is not None and held.first <= seq <= held.last:
            held.events[seq - held.first] = past

    def after(self, room: RoomId, seq: int, limit: int) -> list[Past] | None:
        """The next `limit` events of a room above `seq`, oldest first; None if they do not all stand here."""
        held = self._rooms.get(room)
        if held is None or seq + 1 < held.first:
            return None
        begin = seq + 1 - held.first
        return list(islice(held.events, begin, begin + limit))

    def forget(self, rooms: Iterable[RoomId]) -> None:
        """Something in these rooms was erased: the log knows what is left of them."""
        for room in rooms:
            self._rooms.pop(room, None)  # its notes are passed over when their time comes

    def forget_author(self, user: str) -> None:
        """Let go of every room in which somebody has said something: the log knows what may be shown of it."""
        self.forget([room for room, held in self._rooms.items() if any(_author(p.logged) == user for p in held.events)])

    def _note(self, room: RoomId, seq: int, past: Past) -> None:
        cost = _ENTRY_BYTES + _COPIES * _text_bytes(past.logged)
        self._added.append((room, seq, cost))
        self.bytes += cost
        while self.bytes > self._max_bytes:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        room, seq, cost = self._added.popleft()
        self.bytes -= cost
        held = self._rooms.get(room)
        if held is None:
            return
        while held.events and held.first <= seq:  # also what was read later and is older: there may be no gap
            held.events.popleft()
            held.first += 1
        if not held.events:
            del self._rooms[room]


def _author(logged: LoggedEvent) -> str | None:
    match logged.body:
        case MessagePosted(author=author) | MessageRevised(author=author):
            return author
    return None


def _text_bytes(logged: LoggedEvent) -> int:
    match logged.body:
        case MessagePosted(text=text) | MessageRevised(message=MessagePosted(text=text)):
            return len(text)
    return 0
