"""The audit trails: who decided what, when and why, of a group or of the whole (R32)."""

from typing import Final

from realtime.delivery.hub import Hub
from realtime.messages import Audit, AuditLine, ReadAudit
from realtime.service.access import Access
from realtime.service.acts import required_id
from realtime.service.caller import Caller
from realtime.service.errands import Errands
from realtime.service.words.composing import WORDS
from storage.events import FactDropped, FactSet, LoggedEvent, audit_room
from storage.facts import KINDS, AnyFact, Decision
from storage.log import EventLog
from storage.plain import fields_of

_BEYOND: Final = 2**53
# Of what an audit line tells.
_UNTOLD: Final = frozenset({"reporter", "said", *WORDS, "wrong", "meeting", "reason", "area", "by_owner"})

_WHAT: Final[dict[tuple[str, bool], str]] = {
    ("appointment", True): "appointed",
    ("appointment", False): "no_longer_appointed",
    ("group_card", True): "changed",
    ("group_owner", True): "handed_over",
    ("member_card", True): "approved",
    ("member_card", False): "removed",
    ("application", False): "refused",
    ("invitation", True): "invited",
    ("invitation", False): "revoked",
    ("first_code_revoked", True): "revoked",
    ("ban", True): "banned",
    ("ban", False): "unbanned",
    ("group_suspended", True): "suspended",
    ("group_suspended", False): "resumed",
    ("group_closed", True): "closed",
}


class Trails:
    """Reads the trails of one world."""

    def __init__(self, hub: Hub, log: EventLog, access: Access, errands: Errands) -> None:
        self._hub = hub
        self._log = log
        self._access = access
        self._errands = errands

    def audit(self, caller: Caller, message: ReadAudit) -> None:
        """A group's is for who looks after it; that of the whole for the platform's owner, as every group's is."""
        id = required_id(message)
        self._check(caller, message)
        self._errands.run(caller, id, self._audit(caller, message, id))

    def _check(self, caller: Caller, message: ReadAudit) -> None:
        if message.group is None:
            self._access.require_owner(caller.identity, message)
        else:
            self._access.require(caller.identity, message, group=message.group)

    async def _audit(self, caller: Caller, message: ReadAudit, id: str) -> None:
        room = audit_room(self._hub.world, message.group or "")
        async with self._errands.reading:
            events = await self._log.before(room, message.before or _BEYOND, message.limit)
        self._check(caller, message)  # as it is now
        lines = tuple(line for each in reversed(events) if (line := _line(each, room)) is not None)
        first = events[0].rooms[room] if len(events) == message.limit else 1
        following = first if first > 1 else None
        caller.answer(Audit(id=id, group=message.group, lines=lines, next=following))


def _line(logged: LoggedEvent, room: str) -> AuditLine | None:
    """What stands in a trail, without what was said and who reported it; None if it is erased."""
    body = logged.body
    if not isinstance(body, FactSet | FactDropped):
        return None
    fact, holds = body.fact, isinstance(body, FactSet)
    seq, at, by = logged.rooms[room], logged.at, body.by
    what = _WHAT.get((KINDS[type(fact)], holds))
    if what is not None:  # of groups
        user, reason = getattr(fact, "user", None), body.reason or getattr(fact, "reason", None)
        return AuditLine(seq=seq, at=at, by=by, what=what, user=user, reason=reason, about=_about(fact))
    what = fact.action if isinstance(fact, Decision) else KINDS[type(fact)]
    about = {
        name: value if isinstance(value, str) else ", ".join(value) if isinstance(value, tuple) else str(value)
        for name, value in fields_of(fact).items()
        if value not in (None, "", False, ()) and name not in _UNTOLD
    }
    return AuditLine(seq=seq, at=at, by=by, what=what if holds else f"{what}_ended", about=about, reason=body.reason)


def _about(fact: AnyFact) -> dict[str, str]:
    """What was changed to what, in words: the conduct's version stands for its text."""
    names = ("trusted", "purpose", "version", "problem", "sort", "place", "listed", "uses")
    values = {name: getattr(fact, name, None) for name in names}
    return {
        name: ", ".join(value) if isinstance(value, tuple) else str(value)
        for name, value in values.items()
        if value is not None and value != ()
    }
