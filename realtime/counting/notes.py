"""What has to be remembered until it can be counted: the only part of counting that is not for ever.

Persons are in it only as keyed hashes, whose keys are random and thrown away with the hashes.
"""

import hashlib
import secrets
from collections.abc import Mapping

import msgspec
from msgspec import Struct, structs

from realtime.messages import Level, World
from storage.counts import CountKey

ANSWERED_S = 86_400.0  # how long an alert waits for a first answer
CHANGED_S = 30 * 86_400.0  # how long its ending may still be told otherwise


def hashed(key: bytes, user: str) -> str:
    """A person for as long as the key is there, and nobody after that."""
    return hashlib.blake2b(user.encode(), key=key, digest_size=12).hexdigest()


class AlertNote(Struct, frozen=True, kw_only=True):
    """An alert of which something may still be told. `author` is a hash by `key`; both go with the first answer."""

    at: float
    day: str
    areas: tuple[str, ...]
    level: Level
    early: str
    ending: str
    groups: tuple[str, ...] = ()
    author: str = ""
    key: bytes = b""
    disputed: bool = False

    @property
    def waits(self) -> bool:
        return bool(self.author)

    def ended(self, ending: str) -> "AlertNote":
        return structs.replace(self, ending=ending)

    def now_disputed(self) -> "AlertNote":
        return structs.replace(self, disputed=True)

    def answered(self) -> "AlertNote":
        return structs.replace(self, groups=(), author="", key=b"")


class Week(Struct, frozen=True, kw_only=True):
    """The week in which a world is, and the key by which its active people are told apart."""

    monday: str
    key: bytes


_alert_of = msgspec.json.Decoder(AlertNote).decode
_week_of = msgspec.json.Decoder(Week).decode
_encode = msgspec.json.Encoder().encode


class Notes:
    """All notes in memory, what changed since they were last stored, and what is to be counted with it."""

    def __init__(self, stored: Mapping[str, bytes]) -> None:
        self.alerts: dict[tuple[str, str], AlertNote] = {}
        self.weeks: dict[str, Week] = {}
        self.active: dict[str, set[str]] = {}
        self.waiting: dict[str, set[tuple[str, str]]] = {}  # alerts that wait for an answer, by group
        self.changed: dict[str, bytes | None] = {}
        self.added: dict[CountKey, int] = {}
        for name, value in stored.items():
            kind, world, *rest = name.split("/", 2)
            if kind == "alert":
                self._keep(world, rest[0], _alert_of(value))
            elif kind == "week":
                self.weeks[world] = _week_of(value)
            elif kind == "active":
                self.active.setdefault(world, set()).add(rest[0])

    def add(self, world: World, areas: tuple[str, ...], period: str, what: str, *of: str, number: int = 1) -> None:
        """Count something everywhere, and in these areas."""
        for area in ("", *areas):
            key = CountKey(world, area, period, what, of)
            self.added[key] = self.added.get(key, 0) + number

    def note(self, world: str, alert: str, note: AlertNote | None) -> None:
        """Remember this of an alert, in place of what was; None: nothing more."""
        before = self.alerts.pop((world, alert), None)
        for group in before.groups if before else ():
            self.waiting[group].discard((world, alert))
            if not self.waiting[group]:
                del self.waiting[group]
        if note is not None:
            self._keep(world, alert, note)
        self.changed[f"alert/{world}/{alert}"] = None if note is None else _encode(note)

    def _keep(self, world: str, alert: str, note: AlertNote) -> None:
        self.alerts[world, alert] = note
        for group in note.groups:
            self.waiting.setdefault(group, set()).add((world, alert))

    def was_active(self, world: World, user: str, monday: str) -> None:
        """Somebody did something in a week. What belongs to a week that is over already is in none."""
        week = self.weeks.get(world)
        if week is None or week.monday < monday:
            self.end_week(world)
            week = self.weeks[world] = Week(monday=monday, key=secrets.token_bytes(32))
            self.changed[f"week/{world}"] = _encode(week)
        if week.monday == monday:
            mark = hashed(week.key, user)
            marks = self.active.setdefault(world, set())
            if mark not in marks:
                marks.add(mark)
                self.changed[f"active/{world}/{mark}"] = b""

    def end_week(self, world: World) -> None:
        """Keep how many were active, and throw away the key and all that stands for persons."""
        week = self.weeks.pop(world, None)
        if week is None:
            return
        marks = self.active.pop(world, set())
        self.add(world, (), week.monday, "active", number=len(marks))
        self.changed |= {f"active/{world}/{mark}": None for mark in marks}
        self.changed[f"week/{world}"] = None
