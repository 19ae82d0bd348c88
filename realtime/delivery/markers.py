"""How far everybody has read in their rooms: state without history, kept in memory and saved a moment later."""

from collections.abc import Iterable

from realtime.messages import World
from storage.events import Marker, RoomId


class ReadMarkers:
    """The markers of one world. They only move on."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._read: dict[str, dict[RoomId, int]] = {}  # by user
        self._unsaved: set[tuple[str, RoomId]] = set()

    def load(self, markers: Iterable[Marker]) -> None:
        """Take over what was saved; other worlds' are passed over."""
        for marker in markers:
            if marker.world == self._world:
                self._read.setdefault(marker.user, {})[marker.room] = marker.seq

    def place(self, user: str, room: RoomId) -> int:
        """The seq up to which somebody has read; 0 if they never said."""
        return self._read.get(user, {}).get(room, 0)

    def move(self, user: str, room: RoomId, seq: int) -> bool:
        """Somebody has read up to a seq; False if they had before."""
        if seq <= self.place(user, room):
            return False
        self._read.setdefault(user, {})[room] = seq
        self._unsaved.add((user, room))
        return True

    def forget(self, user: str, room: RoomId) -> None:
        """Somebody has left: a room that they come back to begins anew."""
        self._unsaved.discard((user, room))
        mine = self._read.get(user, {})
        mine.pop(room, None)
        if not mine:
            self._read.pop(user, None)

    def forget_all(self, user: str) -> None:
        """Nothing is left of this person."""
        self._read.pop(user, None)
        self._unsaved = {(whose, room) for whose, room in self._unsaved if whose != user}

    def take_unsaved(self) -> list[Marker]:
        """What has moved since the last call."""
        moved, self._unsaved = self._unsaved, set()
        return [Marker(world=self._world, user=user, room=room, seq=self.place(user, room)) for user, room in moved]

    def put_back(self, markers: Iterable[Marker]) -> None:
        """These could not be saved; they are tried again with the next."""
        self._unsaved.update((each.user, each.room) for each in markers if self.place(each.user, each.room))
