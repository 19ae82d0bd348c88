"""What can be read of a group: its members, and how active they are."""

from collections import Counter
from typing import Final

from realtime.messages import (
    Activity,
    GroupActivity,
    Member,
    Members,
    ReadActivity,
    ReadMembers,
)
from realtime.service.acts import required_id
from realtime.service.caller import Caller
from realtime.service.errands import Errands
from realtime.service.groups.groupacts import GroupActs
from realtime.service.paging import page
from storage.events import AlertRaised, LoggedEvent, MessagePosted
from storage.facts import Appointment, MemberCard, joined_key
from storage.log import EventLog

ACTIVE_S: Final = 30 * 86_400.0
_MOST_EVENTS: Final = 10_000  # of a room that are counted
_STEP: Final = 500
_BEYOND: Final = 2**53


class Lists:
    """Answers from what is known, and for the past from the log."""

    def __init__(self, acts: GroupActs, log: EventLog, errands: Errands) -> None:
        self._acts = acts
        self._hub = acts.hub
        self._book = acts.book
        self._log = log
        self._errands = errands

    def members(self, caller: Caller, message: ReadMembers) -> None:
        """Whether somebody is there now is told to nobody (R22)."""
        id, group = required_id(message), message.group
        self._acts.access.require(caller.identity, message, group=group)
        stays = self._hub.rooms.members(group)
        users, following = page(stays, message.after)
        shown = tuple(self._member(group, user) for user in users)
        caller.answer(Members(id=id, group=group, members=shown, count=len(stays), next=following))

    def _member(self, group: str, user: str) -> Member:
        key = joined_key(group, user)
        card = self._hub.facts.get(MemberCard, key)
        appointment = self._hub.facts.get(Appointment, key)
        return Member(
            user=user,
            name=None if card is None else card.name,
            role="member" if card is None else card.role,
            trusted=(
                *(("creator",) if self._book.owner(group) == user else ()),
                *(() if appointment is None else appointment.trusted),
            ),
        )

    def activity(self, caller: Caller, message: ReadActivity) -> None:
        """Coarse, and of the last 30 days only: it is no means to watch anybody (F39)."""
        id = required_id(message)
        self._acts.access.require(caller.identity, message, group=message.group)
        self._errands.run(caller, id, self._count(caller, message, id))

    async def _count(self, caller: Caller, message: ReadActivity, id: str) -> None:
        since, place = self._acts.clock.now() - ACTIVE_S, _BEYOND
        counts: Counter[str] = Counter()
        async with self._errands.reading:
            for _ in range(_MOST_EVENTS // _STEP):
                events = await self._log.before(message.group, place, _STEP)
                counts.update(author for each in events if each.at >= since and (author := _author(each)))
                if not events or events[0].at < since:
                    break
                place = events[0].rooms[message.group]
        self._acts.access.require(caller.identity, message, group=message.group)  # as it is now
        users, following = page(self._hub.rooms.members(message.group), message.after)
        activity = {user: _bucket(counts[user]) for user in users}
        caller.answer(GroupActivity(id=id, group=message.group, activity=activity, next=following))


def _author(logged: LoggedEvent) -> str | None:
    match logged.body:
        case MessagePosted(author=author):
            return author
        case AlertRaised(alert):
            return alert.author
    return None


def _bucket(count: int) -> Activity:
    return "0" if count == 0 else "1-4" if count < 5 else "5-19" if count < 20 else "20+"
