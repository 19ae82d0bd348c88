"""Who belongs to which group, how far each room has come, and which sessions follow it live."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from realtime.delivery.subscriber import Subscriber
from realtime.messages import Language, World
from storage.events import (
    Entry,
    Group,
    GroupCreated,
    MemberJoined,
    MemberLeft,
    Membership,
    RoomId,
    RoomSpan,
    is_thread,
    own_room,
    owner_of,
)
from storage.forgetting import NOBODY, rooms_of
from storage.plain import changed

_WITHDRAWN: Final = 100  # more than are revised within the seconds that a fan-out may take
_NOBODY: Mapping[str, int] = MappingProxyType({})
_NO_MUTES: Mapping[str, float] = MappingProxyType({})
_NOTHING_DECIDED: Mapping[str, bool] = MappingProxyType({})


class Room:
    """One room: the seqs that it holds, and who follows it live.

    `changes` counts what changed of its past, `withdrawn` are the seqs whose text is another one since lately.
    """

    __slots__ = ("changes", "first", "last", "live", "withdrawn")

    def __init__(self, first: int = 1, last: int = 0) -> None:
        self.first = first
        self.last = last
        self.changes = 0
        self.withdrawn: tuple[int, ...] = ()
        self.live: set[Subscriber] = set()

    def withdraw(self, *seqs: int) -> None:
        """What was said at these seqs is no more: what is still on its way must not say it."""
        self.changes += 1
        self.withdrawn = (*self.withdrawn, *seqs)[-_WITHDRAWN:]


class Rooms:
    """The rooms and memberships of one world, as dispatched so far, and over that who will belong to what.

    Events change them at dispatch and at no other time, so that membership and messages have one order. Whatever is
    decided next is decided by `stays` and the like, as in `Facts`: it may be a while on its way to the log.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._rooms: dict[RoomId, Room] = {}
        self._groups: dict[str, Group] = {}
        self._members: dict[str, dict[str, int]] = {}  # group: {user: the first seq that is theirs}
        self._groups_of: dict[str, dict[str, int]] = {}  # the same by user
        self._past: dict[str, dict[str, float]] = {}  # user: {group: when they last left it}
        self.mutes: dict[str, dict[str, float]] = {}  # user: {group: until when it is muted}
        self.paused: set[str] = set()  # who is sent nothing now
        self.named: set[str] = set()  # who shows their name in public
        self.erasing: set[str] = set()  # of whom nobody is shown anything any more
        self.languages: dict[str, Language] = {}  # of those who chose another than English
        self._decided: dict[str, dict[str, bool]] = {}  # group: {user: whether they will be in it}
        self._decided_of: dict[str, dict[str, bool]] = {}  # the same by user
        self.departures = 0  # how often somebody left; a choice of recipients made before may be out of date

    def load(self, groups: Iterable[Group], stays: Iterable[Membership], spans: Mapping[RoomId, RoomSpan]) -> None:
        """Take over what the log held at start; other worlds' are passed over."""
        for group in groups:
            if group.world == self._world:
                self._groups[group.id] = group
        for stay in stays:
            if stay.world != self._world:
                continue
            if stay.ended_at is None:
                self._enter(stay.group, stay.user, stay.from_seq)
            else:
                past = self._past.setdefault(stay.user, {})
                past[stay.group] = max(stay.ended_at, past.get(stay.group, stay.ended_at))
        for room, span in spans.items():
            if room in self._groups or room.startswith(own_room(self._world, "")):
                self._rooms[room] = Room(span.first, span.last)

    def group(self, group: str) -> Group | None:
        """A group; None for a private thread, so that whatever groups have and do is not there for it (R23)."""
        return None if is_thread(group) else self._groups.get(group)

    def thread(self, room: RoomId) -> Group | None:
        """A private thread, in the same shape: its name is that of its organisation."""
        return self._groups.get(room) if is_thread(room) else None

    def all_groups(self) -> Mapping[str, Group]:
        return self._groups

    def is_muted(self, user: str, group: str, at: float) -> bool:
        """Whether a group's alerts below red are to make no sound to this person at this time (Unix seconds)."""
        return at < self.mutes.get(user, _NO_MUTES).get(group, 0.0)

    def room(self, room: RoomId) -> Room:
        """A room; one that never took an event is empty."""
        found = self._rooms.get(room)
        if found is None:
            found = self._rooms[room] = Room()
        return found

    def members(self, group: str) -> Mapping[str, int]:
        """A group's members, each with the first seq of its room that is theirs to see."""
        return self._members.get(group, _NOBODY)

    def groups_of(self, user: str) -> Mapping[str, int]:
        """A person's groups, each with the first seq of its room that is theirs to see."""
        return self._groups_of.get(user, _NOBODY)

    def visible_from(self, user: str, room: RoomId) -> int | None:
        """The first seq of a room that this person may see, or None if the room is not theirs."""
        if room == own_room(self._world, user):
            return 1
        return self.groups_of(user).get(room)

    def belonged_since(self, user: str, group: str, since: float) -> bool:
        """Whether this person has been a member at any time since then (Unix seconds)."""
        if user in self.members(group):
            return True
        return self._past.get(user, {}).get(group, float("-inf")) >= since

    def not_hidden(self, live: Iterable[Subscriber], group: str, changed: int, seq: int) -> list[Subscriber]:
        """Those who may see what is changed; for the others the room goes on without an event."""
        seeing = []
        for session in live:
            if (self.visible_from(session.identity.user, group) or 1) <= changed:
                seeing.append(session)
            else:
                session.pass_over(group, seq)
        return seeing

    def language_in(self, rooms: Iterable[RoomId]) -> Language:
        """The language of the person whose own room is among these."""
        users = (owner_of(self._world, room) for room in rooms)
        return next((self.languages[user] for user in users if user in self.languages), "en")

    def is_vouched(self, user: str) -> bool:
        """Whether somebody else's locked group has let this person in: they stand for them (R10)."""
        groups = (self.group(group) for group in self.groups_of(user))
        return any(group is not None and group.locked and group.creator != user for group in groups)

    def created(self, event: GroupCreated, at: float) -> None:
        self._groups[event.group] = Group(
            id=event.group,
            world=self._world,
            creator=event.creator,
            name=event.name,
            purpose=event.purpose,
            conduct=event.conduct,
            locked=event.locked,
            created_at=at,
            history=event.history,
        )
        self._happened(event.group, event.creator, stays=True)
        self._enter(event.group, event.creator, 1)

    def joined(self, event: MemberJoined) -> bool:
        """Whether that made them a member: joining again changes nothing."""
        self._happened(event.group, event.user, stays=True)
        is_new = event.user not in self.members(event.group)
        if is_new:
            self._enter(event.group, event.user, event.from_seq)
        return is_new

    def left(self, event: MemberLeft, at: float) -> None:
        self._happened(event.group, event.user, stays=False)
        if self._members.get(event.group, {}).pop(event.user, None) is None:
            return
        self.departures += 1
        own = self._groups_of[event.user]
        del own[event.group]
        if not own:
            del self._groups_of[event.user]
        self._past.setdefault(event.user, {})[event.group] = at

    def forget(self, user: str) -> None:
        """Nothing is left of this person."""
        self.erasing.discard(user)
        self._past.pop(user, None)
        for room in rooms_of(self._world, user):
            self._rooms.pop(room, None)
        for id, group in self._groups.items():
            if group.creator == user:
                self._groups[id] = changed(group, creator=NOBODY)

    # --- decided ---

    def stays(self, group: str, user: str) -> bool:
        """Whether somebody will be a member when all that is decided has happened."""
        decided = self._decided.get(group, _NOTHING_DECIDED).get(user)
        return user in self.members(group) if decided is None else decided

    def members_to_be(self, group: str) -> list[str]:
        """All who will be, those of longest standing first."""
        decided = self._decided.get(group, _NOTHING_DECIDED)
        there = self.members(group)
        return [user for user in (*there, *(decided.keys() - there)) if decided.get(user, True)]

    def groups_to_be(self, user: str) -> list[str]:
        """All groups in which somebody will be."""
        decided = self._decided_of.get(user, _NOTHING_DECIDED)
        there = self.groups_of(user)
        return [group for group in (*there, *(decided.keys() - there)) if decided.get(group, True)]

    def decide(self, entry: Entry) -> None:
        """This will happen, unless its batch fails."""
        for each in (entry, *entry.also):
            match each.body:
                case GroupCreated(group=group, creator=user) | MemberJoined(group=group, user=user):
                    stays = True
                case MemberLeft(group=group, user=user):
                    stays = False
                case _:
                    continue
            self._decided.setdefault(group, {})[user] = stays
            self._decided_of.setdefault(user, {})[group] = stays

    def undecide(self, kept: Iterable[Entry]) -> None:
        """A batch failed: only these still stand, in order of decision."""
        self._decided.clear()
        self._decided_of.clear()
        for entry in kept:
            self.decide(entry)

    def _happened(self, group: str, user: str, *, stays: bool) -> None:
        if self._decided.get(group, _NOTHING_DECIDED).get(user) is not stays:
            return
        for index, one, other in ((self._decided, group, user), (self._decided_of, user, group)):
            del index[one][other]
            if not index[one]:
                del index[one]

    # --- dispatched ---

    def forget_stays_before(self, at: float) -> None:
        """Drop stays that ended before then: no alert is old enough for them to matter."""
        for user, stays in list(self._past.items()):
            kept = {group: left_at for group, left_at in stays.items() if left_at >= at}
            if kept:
                self._past[user] = kept
            else:
                del self._past[user]

    def took(self, seqs: Mapping[RoomId, int]) -> None:
        """An event was dispatched to these rooms with these seqs."""
        for room, seq in seqs.items():
            found = self.room(room)
            found.last = max(found.last, seq)  # what outran the log may be confirmed out of order

    def pruned(self, first_seqs: Mapping[RoomId, int]) -> None:
        """These rooms now begin at these seqs."""
        for room, first in first_seqs.items():
            if room in self._rooms:
                self._rooms[room].first = first
                self._rooms[room].changes += 1

    def follow(self, session: Subscriber, room: RoomId) -> None:
        """From now on everything that this room takes goes to this session as it is dispatched."""
        if session.identity.user not in self.paused:
            self.room(room).live.add(session)

    def unfollow(self, session: Subscriber, room: RoomId) -> None:
        found = self._rooms.get(room)
        if found is not None:
            found.live.discard(session)

    def unfollow_all(self, session: Subscriber) -> None:
        user = session.identity.user
        self.unfollow(session, own_room(self._world, user))
        for group in self.groups_of(user):
            self.unfollow(session, group)

    def _enter(self, group: str, user: str, from_seq: int) -> None:
        self._members.setdefault(group, {})[user] = from_seq
        self._groups_of.setdefault(user, {})[group] = from_seq
