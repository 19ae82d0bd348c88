"""Giving and withdrawing verified roles (F63-F65): by the platform's owner, or by an organisation to its own people."""

from collections.abc import Iterator

from realtime.clock import Clock
from realtime.delivery.hub import Hub
from realtime.delivery.writer import Writer
from realtime.errors import Invalid, NotFound
from realtime.messages import OFFICE_OF, GrantRole, HeldRole, ListRoles, RevokeRole, RoleList
from realtime.service.access import Access
from realtime.service.acts import kept, noticed, required_id
from realtime.service.caller import Caller
from storage.events import Entry, FactDropped, FactSet, audit_room
from storage.facts import Organisation, RoleGrant, Staff, joined_key


class Roles:
    """What is asked for of one world's roles; `Offices` applies them."""

    def __init__(self, hub: Hub, writer: Writer, clock: Clock, access: Access) -> None:
        self._hub = hub
        self._writer = writer
        self._clock = clock
        self._access = access

    def grant(self, caller: Caller, message: GrantRole) -> None:
        fact = RoleGrant(user=message.user, role=message.role, organisation=message.organisation, until=message.until)

        def decide() -> Entry:
            card = self._issuer(caller, message)
            if message.until is not None and message.until <= self._clock.now():
                raise Invalid("that time has passed", field="until")
            if card is not None:
                self._check_own(card, message)
            return _entry(self._hub, FactSet(fact=fact, by=caller.identity.user, reason=message.reason), self._now())

        self._writer.submit(kept(caller, message, decide))

    def revoke(self, caller: Caller, message: RevokeRole) -> None:
        """It ends in the step in which this is stored."""
        fact = RoleGrant(user=message.user, role=message.role, organisation=message.organisation)

        def decide() -> Entry:
            self._issuer(caller, message)
            held = self._hub.facts.latest(RoleGrant, fact.key)
            if held is None:
                raise NotFound("nobody of that name holds this role from there", field="user")
            dropped = FactDropped(fact=held, by=caller.identity.user, reason=message.reason)
            return _entry(self._hub, dropped, self._now())

        self._writer.submit(kept(caller, message, decide))

    def held(self, caller: Caller, message: ListRoles) -> None:
        """Those that are held now."""
        id = required_id(message)
        organisation = message.organisation
        self._access.require_in(caller.identity, message, organisation=organisation or "", field="organisation")
        now = self._now()
        held = [
            HeldRole(user=grant.user, role=grant.role, organisation=grant.organisation, until=grant.until)
            for grant in self._hub.facts.of(RoleGrant).values()
            if organisation in (None, grant.organisation) and (grant.until is None or now < grant.until)
        ]
        held.sort(key=lambda each: (each.user, each.role, each.organisation or ""))
        caller.answer(RoleList(id=id, roles=tuple(held)))

    def _issuer(self, caller: Caller, message: GrantRole | RevokeRole) -> Organisation | None:
        """In whose name it is: an organisation's, by its chief or the owner; or the platform's, by the owner alone."""
        self._access.require_in(caller.identity, message, organisation=message.organisation or "", field="organisation")
        if message.organisation is None:
            return None
        card = self._hub.facts.latest(Organisation, message.organisation)
        if card is None or card.closed:
            raise NotFound("no such organisation, or not one of yours", field="organisation")
        return card

    def _check_own(self, card: Organisation, message: GrantRole) -> None:
        """An organisation verifies its own people, as what it is itself."""
        if self._hub.facts.latest(Staff, joined_key(card.id, message.user)) is None:
            raise NotFound("nobody of that name works there", field="user")
        if OFFICE_OF[card.sector] != message.role:
            raise Invalid(f"this organisation can only give the role {OFFICE_OF[card.sector]}", field="role")

    def _now(self) -> float:
        return self._clock.now()


def dropped_roles(hub: Hub, organisation: str, by: str, now: float, *, user: str | None = None) -> Iterator[Entry]:
    """What ends with a stay in an organisation, or with the organisation: the roles that it gave, and a notice."""
    for grant in list(hub.facts.latest_of(RoleGrant)):
        if grant.organisation == organisation and user in (None, grant.user):
            entry = _entry(hub, FactDropped(fact=grant, by=by), now)
            yield from (entry.alone(), *entry.also)


def _entry(hub: Hub, said: FactSet | FactDropped, now: float) -> Entry:
    """A change of somebody's role, kept in the audit trail of who gave it, and told to them (R32)."""
    grant, world = said.fact, hub.world
    assert isinstance(grant, RoleGrant)
    card = None if grant.organisation is None else hub.facts.latest(Organisation, grant.organisation)
    about = {"role": grant.role, "by": "the platform" if card is None else card.name}
    if grant.organisation is not None:
        about["organisation"] = grant.organisation
    code = "role_granted" if isinstance(said, FactSet) else "role_revoked"
    return Entry(
        body=said,
        world=world,
        at=now,
        rooms=(audit_room(world, grant.organisation or ""),),
        also=(noticed(world, grant.user, code, now, **about),),
    )
