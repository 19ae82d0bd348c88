"""Half of verifying: what the events say that the tables should hold, as far as the events are still there."""

import math
import sqlite3
from collections.abc import Iterator
from typing import Final, NamedTuple

from sqlalchemy import select

from realtime.messages import World
from storage.events import (
    Alert,
    AlertRaised,
    AlertUpdated,
    FactDropped,
    FactSet,
    GroupCreated,
    LoggedEvent,
    MemberJoined,
    MemberLeft,
)
from storage.facts import KINDS, AnyFact
from storage.forgetting import NOBODY
from storage.reading import memberships as read_memberships
from storage.schema import alerts, facts, groups
from storage.serial import Unreadable, load_alert, load_fact
from storage.statements import Statement

_ALERTS: Final = Statement(
    select(alerts.c.id, alerts.c.world, alerts.c.raised, alerts.c.revision, alerts.c.version, alerts.c.body)
)
_FACTS: Final = Statement(select(facts.c.world, facts.c.kind, facts.c.key, facts.c.set, facts.c.version, facts.c.body))
_GROUPS: Final = Statement(select(groups.c.id, groups.c.world, groups.c.created))


class _Raised(NamedTuple):
    world: World
    offset: int
    alert: Alert


class Agreement:
    """Takes every event in the order of the log, then tells what the tables have otherwise."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._groups: dict[str, tuple[World, int]] = {id: (world, created) for id, world, created in _GROUPS.run(db)}
        self._raised: dict[str, _Raised] = {}
        self._unknown: dict[str, int] = {}  # groups that are not in the table, by the event that made them
        self._from_seqs: dict[tuple[str, str], int | None] = {}  # by group and person; None for who left last

        self._facts: dict[tuple[World, str, str], tuple[int, AnyFact] | None] = {}  # None for what was dropped last

    def take(self, event: LoggedEvent) -> None:
        match event.body:
            case FactSet(fact=fact) | FactDropped(fact=fact):
                holds = isinstance(event.body, FactSet)
                self._facts[event.world, KINDS[type(fact)], fact.key] = (event.offset, fact) if holds else None
            case AlertRaised(alert) if alert.id not in self._raised:
                self._raised[alert.id] = _Raised(event.world, event.offset, alert)
            case AlertRaised(alert) | AlertUpdated(alert):
                known = self._raised.get(alert.id)
                if known is not None and known.world == event.world and known.alert.revision < alert.revision:
                    self._raised[alert.id] = known._replace(alert=alert)
            case GroupCreated(group=group, creator=creator):
                if group not in self._groups:
                    self._unknown[group] = event.offset
                elif self._groups[group][1] == event.offset and creator != NOBODY:  # others of this id came too late
                    self._from_seqs[group, creator] = 1
            case MemberJoined(group=group, user=user, from_seq=from_seq) if self._is_of(group, event):
                self._from_seqs[group, user] = from_seq
            case MemberLeft(group=group, user=user) if self._is_of(group, event):
                self._from_seqs[group, user] = None

    def _is_of(self, group: str, event: LoggedEvent) -> bool:
        """Whether the group was there when the event came."""
        made = self._groups.get(group)
        return made is not None and made[0] == event.world and made[1] < event.offset

    def broken(self) -> Iterator[str]:
        yield from self._alerts()
        yield from self._directory()
        yield from self._what_holds()

    def _alerts(self) -> Iterator[str]:
        unseen = dict(self._raised)
        for id, world, raised, revision, version, body in _ALERTS.run(self._db):
            known = unseen.pop(id, None)
            if known is None or (known.world, known.offset) != (world, raised):
                yield f"alert {id} is kept, but event {raised} did not raise it"
            elif known.alert.revision != revision:
                yield f"alert {id} is at revision {revision}, but its last event at {known.alert.revision}"
            else:
                yield from _state(known.alert, version, body)
        for id, known in unseen.items():
            yield f"alert {id} was raised by event {known.offset}, but its state is missing"

    def _directory(self) -> Iterator[str]:
        for group, offset in self._unknown.items():
            yield f"group {group} was made by event {offset}, but is not in the list of groups"
        lasting = {(stay.group, stay.user): stay.from_seq for stay in read_memberships(self._db, math.inf)}
        for (group, user), from_seq in self._from_seqs.items():
            found = lasting.get((group, user))
            if from_seq is None and found is not None:
                yield f"{user} left group {group}, but is still among its members"
            elif from_seq is not None and found is None:
                yield f"{user} joined group {group}, but is not among its members"
            elif from_seq != found:
                yield f"{user} may see group {group} from seq {from_seq}, but the list of members says {found}"

    def _what_holds(self) -> Iterator[str]:
        """Facts outlive the events that said them: what no event is left of is believed."""
        missing = {key for key, said in self._facts.items() if said is not None}
        for world, kind, key, set_by, version, body in _FACTS.run(self._db):
            if (world, kind, key) not in self._facts:
                continue
            missing.discard((world, kind, key))
            said = self._facts[world, kind, key]
            if said is None or said[0] != set_by:
                yield f"{kind} {key} is not what was said of it last"
                continue
            try:
                if load_fact(version, body) != said[1]:
                    yield f"{kind} {key} is not as event {set_by} says"
            except Unreadable as error:
                yield f"{kind} {key} cannot be read: {error}"
        for _, kind, key in sorted(missing):
            yield f"{kind} {key} was said, but is not among what holds"


def _state(alert: Alert, version: int, body: str) -> Iterator[str]:
    try:
        if load_alert(version, body) != alert:
            yield f"alert {alert.id} is not as its last event says"
    except Unreadable as error:
        yield f"alert {alert.id} cannot be read: {error}"
