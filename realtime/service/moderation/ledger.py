"""What every decision leaves behind: a line in the audit trail, a word to whom it concerns, and a count (R32)."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from realtime.config import DAY_S, Settings
from realtime.delivery.hub import Hub
from realtime.service.acts import noticed
from realtime.service.moderation.conduct import suspension_of
from realtime.service.words.composing import WORDS
from storage.events import Entry, FactDropped, FactSet, audit_room
from storage.facts import AnyFact, Appeal, Decision, Export, Flag, MonthTally, OddAlerts, Report, Suspension, Withheld
from storage.forgetting import NOBODY
from storage.plain import changed

EXPORT_S: Final = DAY_S  # how long an export that was begun may be read
_SWEPT: Final = 20  # facts whose time has passed, dropped with one decision

NOTICE_OF: Final = {
    "hide": "post_hidden",
    "remove": "post_removed",
    "warn": "warned",
    "suspend": "suspended",
    "suspend_group": "group_suspended",
}


class Ledger:
    """The books of one world's moderation."""

    def __init__(self, hub: Hub, settings: Settings) -> None:
        self._hub = hub
        self._kept_s = settings.moderation.kept_s
        self._flags_kept_s = settings.retention.public_alerts_s

    def decided(self, decision: Decision, **about: str) -> list[Entry]:
        """A decision, and what whom it concerns is told of it: why, and what to appeal by."""
        told = {"decision": decision.id, "reason": decision.reason, **about}
        for name in ("alert", "group"):
            if (value := getattr(decision, name)) is not None:
                told[name] = value
        if decision.seq is not None:
            told["seq"] = str(decision.seq)
        if decision.until is not None:
            told["until"] = f"{decision.until:.0f}"
        code = NOTICE_OF[decision.action]
        said = FactSet(fact=decision, by=decision.by, reason=decision.reason)
        audited = self.audited(said, decision.at, decision.group)
        if decision.user == NOBODY:
            return [audited]
        return [
            audited,
            noticed(self._hub.world, decision.user, code, decision.at, **told),
        ]

    def audited(self, said: FactSet | FactDropped, at: float, group: str | None = None) -> Entry:
        """Something said in the audit trail of the whole, and of the group that it is about."""
        world = self._hub.world
        rooms = (audit_room(world, ""), *(() if group is None else (audit_room(world, group),)))
        return Entry(body=said, world=world, at=at, rooms=rooms)

    def dropped(self, fact: AnyFact, at: float) -> Entry:
        """What this says holds no longer, and nobody need read of it."""
        return Entry(body=FactDropped(fact=_bare(fact)), world=self._hub.world, at=at)

    def undone(self, decision: Decision, by: str, reason: str, at: float) -> list[Entry]:
        """A decision does not hold any more, nor what was said against it."""
        gone = [self.audited(FactDropped(fact=decision, by=by, reason=reason), at, decision.group)]
        appeal = self._hub.facts.latest(Appeal, decision.id)
        return gone if appeal is None else [*gone, self.dropped(appeal, at)]

    def settled(self, report: Report, by: str, reason: str, at: float) -> Entry:
        """A report was decided: the trail tells that, and neither who reported nor what was said."""
        return self.audited(FactDropped(fact=_bare(report), by=by, reason=reason), at, report.group)

    def counted(self, at: float, **more: int) -> Entry:
        """One month's counts with some more in them."""
        month = datetime.fromtimestamp(at, UTC).strftime("%Y-%m")
        tally = self._hub.facts.latest(MonthTally, month) or MonthTally(month=month)
        counts = {name: getattr(tally, name) + count for name, count in more.items()}
        return Entry(body=FactSet(fact=changed(tally, **counts)), world=self._hub.world, at=at)

    def act(self, first: Entry, *rest: Entry, key: str, digest: bytes) -> Entry:
        """What was decided as one entry, with a few facts dropped whose time has passed: all has an end (R29)."""
        said = {(type(fact), fact.key) for fact in _facts((first, *rest))}
        stale = (fact for fact in self._stale(first.at) if (type(fact), fact.key) not in said)
        swept = [self.dropped(fact, first.at) for fact in islice(stale, _SWEPT)]
        return changed(first, key=key, digest=digest, also=(*rest, *swept))

    def _stale(self, at: float) -> Iterator[AnyFact]:
        facts = self._hub.facts
        yield from (d for d in facts.of(Decision).values() if d.at < at - self._kept_s)
        yield from (w for w in facts.of(Withheld).values() if w.removed and w.at < at - self._kept_s)
        yield from (r for r in facts.of(Report).values() if r.at < at - self._kept_s)
        yield from (f for f in facts.of(Flag).values() if f.at < at - self._flags_kept_s)
        yield from (o for o in facts.of(OddAlerts).values() if _is_past(o, at - self._flags_kept_s))
        yield from (e for e in facts.of(Export).values() if e.at < at - EXPORT_S)
        yield from (s for s in facts.of(Suspension).values() if suspension_of(self._hub, s.user, at) is None)


def _facts(entries: Iterable[Entry]) -> Iterator[AnyFact]:
    return (entry.body.fact for entry in entries if isinstance(entry.body, FactSet | FactDropped))


def _is_past(odd: OddAlerts, before: float) -> bool:
    return max(odd.alerts.values(), default=odd.cleared_at) < before


def _bare(fact: AnyFact) -> AnyFact:
    """Of what is dropped only its key counts, and its words are better not written once more."""
    match fact:
        case Report():
            return changed(fact, reporter="", said="", reason=None)
        case Withheld():
            return changed(fact, **dict.fromkeys((*WORDS, "wrong", "meeting")))
        case Appeal():
            return changed(fact, text="")
    return fact
