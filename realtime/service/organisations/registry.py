"""Organisations: what they are and where, who works there, and which groups let them in."""

from collections.abc import Iterator

from realtime.clock import Clock
from realtime.delivery.hub import Hub
from realtime.delivery.writer import Writer
from realtime.errors import Invalid, NotFound
from realtime.identity import OWNER_ROLE, Identity
from realtime.messages import (
    FindOrganisations,
    LetOrganisationIn,
    ListStaff,
    OrganisationList,
    Profile,
    SetOrganisation,
    SetStaff,
    StaffList,
    StaffMember,
)
from realtime.service.access import Access
from realtime.service.acts import kept, noticed, required_id
from realtime.service.caller import Caller
from realtime.service.organisations.extent import covers, extent
from realtime.service.organisations.offices import Offices
from realtime.service.organisations.roles import dropped_roles
from realtime.service.organisations.threads import closed_threads, staff_joins, staff_leaves
from realtime.service.organisations.volunteers import called_off
from storage.events import Entry, FactDropped, FactSet, audit_room
from storage.facts import LetIn, Organisation, Staff, joined_key


class Organisations:
    """The organisations of one world (F42, F50, F53-F55)."""

    def __init__(self, hub: Hub, writer: Writer, clock: Clock, access: Access, offices: Offices) -> None:
        self._hub = hub
        self._writer = writer
        self._clock = clock
        self._access = access
        self._offices = offices

    # --- what they are ---

    def set(self, caller: Caller, message: SetOrganisation) -> None:
        """Register one, change what it is, or close it: then nobody works there, and no role or call of it is left."""
        fact = Organisation(
            id=message.organisation,
            name=message.name,
            sector=message.sector,
            area=extent(message.area),
            about=message.about,
            hours=message.hours,
            contact=message.contact,
            emblem=message.emblem,
            department_of=message.department_of,
            closed=message.closed,
        )

        def decide() -> Entry:
            self._access.require_in(caller.identity, message, organisation=fact.id, field="organisation")
            before = self._hub.facts.latest(Organisation, fact.id)
            if fact.department_of is not None:
                self._check_department(fact)
            is_other = before is not None and before.sector != fact.sector
            now = self._clock.now()
            return Entry(
                body=FactSet(fact=fact, by=caller.identity.user, reason=message.reason),
                world=self._hub.world,
                at=now,
                rooms=(audit_room(self._hub.world, fact.id),),
                also=(
                    *(self._closing(fact, caller.identity.user) if fact.closed else ()),
                    *(self._dropped_roles(fact.id, caller.identity.user) if fact.closed or is_other else ()),
                    *(called_off(self._hub, fact.id, caller.identity.user, now) if fact.closed or is_other else ()),
                ),
            )

        self._writer.submit(kept(caller, message, decide))

    def _check_department(self, fact: Organisation) -> None:
        whole = self._hub.facts.latest(Organisation, fact.department_of or "")
        if whole is None or whole.closed or whole.id == fact.id or whole.department_of is not None:
            raise NotFound("no such organisation to be a department of", field="department_of")
        if any(each.department_of == fact.id for each in self._hub.facts.latest_of(Organisation)):
            raise Invalid("what has departments is none itself", field="department_of")

    def _closing(self, fact: Organisation, by: str) -> Iterator[Entry]:
        now, world = self._clock.now(), self._hub.world
        yield from closed_threads(self._hub, fact, now)
        for staff in list(self._hub.facts.latest_of(Staff)):
            if staff.organisation == fact.id:
                yield Entry(
                    body=FactDropped(fact=staff, by=by), world=world, at=now, rooms=(audit_room(world, fact.id),)
                )
                yield noticed(world, staff.user, "organisation_closed", now, organisation=fact.id, name=fact.name)

    def _dropped_roles(self, organisation: str, by: str, user: str | None = None) -> Iterator[Entry]:
        return dropped_roles(self._hub, organisation, by, self._clock.now(), user=user)

    def find(self, caller: Caller, message: FindOrganisations) -> None:
        """Those whose area holds a place, for anybody; without a place those where one works, and for the owner all."""
        id = required_id(message)
        lat, lon = message.lat, message.lon
        if (lat is None) != (lon is None):
            raise Invalid("lat and lon go together", field="lon" if lon is None else "lat")
        identity = caller.identity
        found = []
        for each in self._hub.facts.of(Organisation).values():
            standing = self._standing(identity, each.id)
            if lat is not None and lon is not None:
                is_shown = not each.closed and covers(each.area, lat, lon)
            else:
                is_shown = standing is not None or identity.role == OWNER_ROLE
            if is_shown:
                found.append(_profile(each, standing))
        found.sort(key=lambda profile: (profile.sector, profile.name, profile.organisation))
        caller.answer(OrganisationList(id=id, organisations=tuple(found)))

    def _standing(self, identity: Identity, organisation: str) -> Staff | None:
        return self._hub.facts.get(Staff, joined_key(organisation, identity.user))

    # --- who works there ---

    def set_staff(self, caller: Caller, message: SetStaff) -> None:
        """The owner appoints chiefs, chiefs everybody else; whoever works there may leave."""
        fact = Staff(organisation=message.organisation, user=message.user, chief=message.standing == "chief")

        def decide() -> Entry:
            identity = caller.identity
            before = self._hub.facts.latest(Staff, fact.key)
            is_leaving = message.standing == "none" and message.user == identity.user and before is not None
            if not is_leaving:
                self._access.require_in(identity, message, organisation=fact.organisation, field="organisation")
            card = self._hub.facts.latest(Organisation, fact.organisation)
            if card is None or card.closed:
                raise NotFound("no such organisation, or not one of yours", field="organisation")
            is_chief = fact.chief or (before is not None and before.chief)
            if is_chief and not is_leaving and identity.role != OWNER_ROLE:
                raise Invalid("chiefs are appointed and removed by the platform's owner", field="standing")
            if message.standing == "none" and before is None:
                raise NotFound("nobody of that name works there", field="user")
            return self._staff_entry(card, fact, message, identity.user, is_new=before is None)

        self._writer.submit(kept(caller, message, decide))

    def _staff_entry(self, card: Organisation, fact: Staff, message: SetStaff, by: str, *, is_new: bool) -> Entry:
        """The change, and with it every thread and role that it opens or ends."""
        now, world, is_leaving = self._clock.now(), self._hub.world, message.standing == "none"
        also: list[Entry] = []
        if is_leaving:
            also += staff_leaves(self._hub, fact, now)
            also += self._dropped_roles(fact.organisation, by, user=fact.user)
        elif is_new:
            also += staff_joins(self._hub, fact, now)
        about = {"organisation": card.id, "name": card.name}
        if is_leaving:
            also.append(noticed(world, fact.user, "not_staff", now, **about))
        else:
            also.append(noticed(world, fact.user, "staff", now, standing=message.standing, **about))
        body = (
            FactDropped(fact=fact, by=by, reason=message.reason)
            if is_leaving
            else FactSet(fact=fact, by=by, reason=message.reason)
        )
        return Entry(body=body, world=world, at=now, rooms=(audit_room(world, card.id),), also=tuple(also))

    def list_staff(self, caller: Caller, message: ListStaff) -> None:
        id = required_id(message)
        organisation = message.organisation
        self._access.require_in(caller.identity, message, organisation=organisation, field="organisation")
        staff = [each for each in self._hub.facts.of(Staff).values() if each.organisation == organisation]
        shown = [
            StaffMember(
                user=each.user,
                standing="chief" if each.chief else "staff",
                roles=tuple(g.role for g in self._offices.of(each.user) if g.organisation == organisation),
            )
            for each in sorted(staff, key=lambda each: (not each.chief, each.user))
        ]
        caller.answer(StaffList(id=id, organisation=organisation, staff=tuple(shown)))

    # --- which groups let them in ---

    def let_in(self, caller: Caller, message: LetOrganisationIn) -> None:
        fact = LetIn(group=message.group, organisation=message.organisation)

        def decide() -> Entry:
            self._access.require(caller.identity, message, group=message.group)
            card = self._hub.facts.latest(Organisation, message.organisation)
            if message.on and (card is None or card.closed):
                raise NotFound("no such organisation", field="organisation")
            by = caller.identity.user
            return Entry(
                body=FactSet(fact=fact, by=by) if message.on else FactDropped(fact=fact, by=by),
                world=self._hub.world,
                at=self._clock.now(),
                rooms=(audit_room(self._hub.world, message.group),),
            )

        self._writer.submit(kept(caller, message, decide, group=message.group))


def _profile(card: Organisation, staff: Staff | None) -> Profile:
    return Profile(
        organisation=card.id,
        name=card.name,
        sector=card.sector,
        about=card.about,
        hours=card.hours,
        contact=card.contact,
        emblem=card.emblem,
        department_of=card.department_of,
        closed=card.closed,
        standing=None if staff is None else "chief" if staff.chief else "staff",
    )
