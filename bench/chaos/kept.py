"""What a client keeps so that it can come back: places, holds, epoch. `protocol.md`, section 7, written anew.

It shares nothing with the Python client on purpose: whoever judges a server must not make the same mistakes.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from bench.chaos.records import NEVER, OWN, Stretch

ENDINGS: Final = ("closed", "false_alarm")


class Room:
    """`place`: all up to there is here, or not ours to see. `above`: the seqs beyond it that are here."""

    __slots__ = ("above", "place", "stretch")

    def __init__(self, place: int, stretch: Stretch) -> None:
        self.place = place
        self.above: set[int] = set()
        self.stretch = stretch


class Hold:
    __slots__ = ("has_ended", "quiet", "revision")

    def __init__(self, revision: int, *, quiet: bool, has_ended: bool) -> None:
        self.revision = revision
        self.quiet = quiet
        self.has_ended = has_ended


class Kept:
    """One device's memory, which outlives its connections. `stretches` is only for the ledger."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.epoch: str | None = None
        self.rooms: dict[str, Room] = {}
        self.holds: dict[str, Hold] = {}
        self.stretches: list[Stretch] = []
        self.connection = 0
        self._now = now

    # --- to be said in hello ---

    def places(self) -> dict[str, int]:
        return {name: room.place for name, room in self.rooms.items()}

    def claims(self, limit: int = 300) -> list[dict[str, Any]]:
        """Active ones first, then the latest."""
        holds = list(self.holds.items())
        holds.reverse()
        holds.sort(key=lambda item: item[1].has_ended)
        return [
            {"alert": alert, "revision": hold.revision} | ({"quiet": True} if hold.quiet else {})
            for alert, hold in holds[:limit]
        ]

    # --- heard ---

    def welcomed(self, epoch: str, rooms: Mapping[str, Mapping[str, int]]) -> None:
        if self.epoch is not None and self.epoch != epoch:
            for name in list(self.rooms):
                self._forget(name)
            self.holds.clear()
        self.epoch = epoch
        for name in self.rooms.keys() - rooms.keys():
            self._forget(name)
        for name, told in rooms.items():
            if name not in self.rooms:
                self._begin(name, max(told["seq"], told["from"] - 1))
            self._theirs_from(name, told["from"])

    def membership(self, group: str, is_member: bool, from_seq: int, seq: int) -> None:
        if is_member:
            self._theirs_from(group, from_seq)
        self.note({OWN: seq})

    def note(self, seqs: Mapping[str, int]) -> bool:
        """Count seqs as received; whether any was new."""
        is_new = False
        for name, seq in seqs.items():
            room = self.rooms.get(name) or self._begin(name, 0)
            if seq > room.place and seq not in room.above:
                room.above.add(seq)
                is_new = True
            self._raise(room, 0)
        return is_new

    def reached(self, places: Mapping[str, int]) -> None:
        """`live`, `heartbeat`."""
        for name, place in places.items():
            self._raise(self.rooms.get(name) or self._begin(name, place), place)

    def copy(self, message: Mapping[str, Any]) -> None:
        """`alert`, `update`."""
        self.note(message.get("rooms", {}))
        alert, revision, signal = message["alert"], message["revision"], message.get("signal", False)
        held = self.holds.get(alert)
        is_first_signal = signal and held is not None and held.quiet
        if held and (revision < held.revision or (revision == held.revision and not is_first_signal)):
            return
        quiet = not signal and (held is None or held.quiet)
        self.holds[alert] = Hold(revision, quiet=quiet, has_ended=message["state"] in ENDINGS)

    def answered(self, message: Mapping[str, Any], *, ends: bool = False) -> None:
        """`ok`: the sender gets no copy."""
        self.note(message.get("rooms", {}))
        alert = message.get("alert")
        if alert is None:
            return
        held = self.holds.get(alert)
        if message["revision"] == (1 if held is None else held.revision + 1):
            has_ended = ends or (held is not None and held.has_ended)
            self.holds[alert] = Hold(message["revision"], quiet=False, has_ended=has_ended)

    def drop(self, alert: str) -> None:
        """`unconfirmed`."""
        self.holds.pop(alert, None)

    def start_over(self, epoch: str) -> None:
        self.epoch = epoch
        self.holds.clear()

    # --- rooms ---

    def _theirs_from(self, name: str, from_seq: int) -> None:
        """Nothing before `from` will ever come. What was skipped ends one stretch and begins another."""
        room = self.rooms.get(name)
        if room is None:
            self._begin(name, from_seq - 1)
        elif from_seq - 1 > room.place:
            self._forget(name)
            self._begin(name, from_seq - 1).above = {seq for seq in room.above if seq >= from_seq}
            self._raise(self.rooms[name], 0)

    def _begin(self, name: str, place: int) -> Room:
        stretch = Stretch(name, place, self._now(), self.connection)
        self.stretches.append(stretch)
        room = self.rooms[name] = Room(place, stretch)
        return room

    def _forget(self, name: str) -> None:
        room = self.rooms.pop(name)
        if room.stretch.ended == NEVER:
            room.stretch.ended = self._now()

    @staticmethod
    def _raise(room: Room, place: int) -> None:
        room.place = max(room.place, place)
        while room.place + 1 in room.above:
            room.place += 1
        if room.above:
            room.above = {seq for seq in room.above if seq > room.place}
