"""What a group says of itself, who finds it, and its map."""

from bisect import bisect_right
from typing import Final

from geo.distance import metres_between
from realtime.delivery.views import AlertCopies, reasons_for
from realtime.errors import Invalid
from realtime.messages import (
    AlertNews,
    Card,
    FindGroups,
    GroupMap,
    GroupsFound,
    GroupShown,
    ReadGroupMap,
    SetGroup,
    ShowGroup,
)
from realtime.naming import Naming
from realtime.service.acts import required_id
from realtime.service.caller import Caller
from realtime.service.groupbook import GroupBook, no_such_group
from realtime.service.groups.groupacts import Deed, GroupActs
from realtime.service.groups.invitations import Invitations
from storage.events import FactSet, Group, audit_room
from storage.facts import Application, GroupCard, joined_key

PAGE: Final = 50
LOOKED_AT: Final = 2_000  # groups for one answer, whether they fit or not
MAP_PAGE: Final = 200


class Cards:
    """The cards of one world's groups (F36, F37, F44-F46)."""

    def __init__(self, acts: GroupActs, invitations: Invitations, naming: Naming) -> None:
        self._acts = acts
        self._hub = acts.hub
        self._book: GroupBook = acts.book
        self._invitations = invitations
        self._naming = naming

    def set(self, caller: Caller, message: SetGroup) -> None:
        """A changed conduct asks every member again before they post; its version tells."""
        circle = (message.lat, message.lon, message.radius_m)
        if any(part is None for part in circle) and any(part is not None for part in circle):
            raise Invalid("an area is lat, lon and radius_m, all three", field="radius_m")

        def decide() -> Deed:
            self._acts.access.require(caller.identity, message, group=message.group)
            group = self._book.group(message.group)
            if group is None:
                raise no_such_group()
            self._check_words(caller, group, message)
            before = self._book.facts_of(group)
            fact = GroupCard(
                group=message.group,
                purpose=message.purpose,
                conduct=message.conduct,
                version=before.version + (message.conduct != before.conduct),
                problem=message.problem,
                sort=message.kind,
                lat=message.lat,
                lon=message.lon,
                radius_m=message.radius_m,
                place=message.place,
                listed=message.listed,
            )
            audit = audit_room(caller.identity.world, message.group)
            return Deed(FactSet(fact=fact, by=caller.identity.user), (audit,))

        self._acts.submit(caller, message, message.group, decide)

    def _check_words(self, caller: Caller, group: Group, message: SetGroup) -> None:
        """A card is read by anybody if the group is open or listed; its name stands there then as it was made."""
        is_public = message.listed or not group.locked
        fields = ("purpose", "conduct", "problem", "place")
        said = {**{field: getattr(message, field) for field in fields}, "listed": group.name if is_public else None}
        self._acts.forms.to_strangers(caller.identity, said, audience="open" if is_public else "locked")

    def show(self, caller: Caller, message: ShowGroup) -> None:
        """To its members; to others if it is open or listed, or they are invited to it (R23)."""
        id, user, now = required_id(message), caller.identity.user, self._acts.clock.now()
        group = self._book.open_to(message.group, user, now)
        is_invited = self._invitations.opening(message.group, user, message.code, now) is not None
        key = joined_key(message.group, user)
        mine = tuple(self._acts.access.in_group(user, message.group))
        if mine:
            group = self._hub.rooms.group(message.group)
        if group is None or not (mine or not group.locked or is_invited or self._book.facts_of(group).listed):
            raise no_such_group()
        suspended = self._book.suspension(message.group, now)
        caller.answer(
            GroupShown(
                id=id,
                card=self._book.card(group),
                mine=tuple(each for each in mine if each != "correspondent"),
                accepted=self._book.has_accepted(message.group, user) if mine else None,
                members=len(self._hub.rooms.members(message.group)) if mine else None,
                suspended=suspended.reason if mine and suspended else None,
                muted=self._hub.rooms.is_muted(user, message.group, now),
                applied=self._hub.facts.get(Application, key) is not None,
            )
        )

    def find(self, caller: Caller, message: FindGroups) -> None:
        """By words, by place, or all that are listed; none that is suspended, closed, or bars this person."""
        id, now = required_id(message), self._acts.clock.now()
        if (message.lat is None) != (message.lon is None):
            raise Invalid("lat and lon go together", field="lon" if message.lon is None else "lat")
        found: list[Card] = []
        ids = self._book.listed()
        start = 0 if message.after is None else bisect_right(ids, message.after)
        place = start
        for place in range(start, min(start + LOOKED_AT, len(ids))):
            group = self._book.open_to(ids[place], caller.identity.user, now)
            if group is None:
                continue
            said = self._book.facts_of(group)
            if said.listed and _fits(group, said, message):
                found.append(self._book.card(group))
                if len(found) == PAGE:
                    break
        following = ids[place] if place + 1 < len(ids) else None
        caller.answer(GroupsFound(id=id, groups=tuple(found), next=following))

    def map(self, caller: Caller, message: ReadGroupMap) -> None:
        """The newest first. In a locked group with the exact places; what was over before one joined is left out."""
        id, user, group = required_id(message), caller.identity.user, message.group
        self._acts.access.require(caller.identity, message, group=group)
        now = self._acts.clock.now()
        first = self._hub.rooms.visible_from(user, group) or 1
        records = [
            record
            for record in self._hub.alerts.of_group(group)
            if record.alert.received_at >= now - message.since_s
            and (record.is_active(now) or record.rooms.get(group, 0) >= first)
        ]
        records.sort(key=lambda record: record.alert.received_at, reverse=True)
        shown: list[AlertNews] = []
        for record in records[:MAP_PAGE]:
            reasons = reasons_for(caller, record, self._hub.rooms, near=False)
            copies = AlertCopies(record, self._hub.world, self._naming, self._hub.rooms)
            shown.append(copies.silent(reasons, is_active=record.is_active(now)))
        caller.answer(GroupMap(id=id, group=group, alerts=tuple(shown), more=len(records) > MAP_PAGE))


def _fits(group: Group, said: GroupCard, wanted: FindGroups) -> bool:
    if wanted.text is not None:
        words = " ".join((group.name, said.place or "", said.problem or "")).casefold()
        if wanted.text.casefold() not in words:
            return False
    if wanted.lat is None or wanted.lon is None:
        return True
    if said.lat is None or said.lon is None or said.radius_m is None:
        return False
    return metres_between(said.lat, said.lon, wanted.lat, wanted.lon) <= said.radius_m
