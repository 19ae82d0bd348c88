"""Who holds which office now: the roles that were given, over those of the tokens, on connections already open too."""

import hashlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from realtime.clock import Clock, Timer
from realtime.content.impersonation import is_deceptive
from realtime.delivery.hub import Hub
from realtime.delivery.writer import Writer
from realtime.identity import OWNER_ROLE, Identity
from realtime.messages import OFFICE_OF
from realtime.service.acts import noticed, own_act
from realtime.service.caller import Caller
from storage.events import PROBE_ROLE, Issuer
from storage.facts import Organisation, RoleGrant

_KEPT_APART: Final = frozenset({OWNER_ROLE, PROBE_ROLE})  # no office takes their place
# Who holds several offices bears the first of them.
_RANK: Final[dict[str, int]] = {office: rank for rank, office in enumerate(OFFICE_OF.values())}
_MAX_TOLD: Final = 20_000


class Offices:
    """The live roles of one world (F63-F65, R31).

    A role ends at its time, or in the step in which it is withdrawn: every session of the person is somebody else from
    then on, and whatever is judged later is judged by that.
    """

    def __init__(self, hub: Hub, writer: Writer, clock: Clock) -> None:
        self._hub = hub
        self._writer = writer
        self._clock = clock
        self._held: dict[str, dict[str, RoleGrant]] = {}  # by user and key
        self._timers: dict[str, Timer] = {}
        self._told: set[bytes] = set()
        hub.facts.listen(RoleGrant, self._changed)
        hub.facts.listen(Organisation, self._renamed)

    def of(self, user: str) -> Iterator[RoleGrant]:
        """The roles that somebody holds at this moment, the one that they bear first."""
        now = self._clock.now()
        held = [grant for grant in self._held.get(user, {}).values() if grant.until is None or now < grant.until]
        return iter(sorted(held, key=lambda grant: (_RANK.get(grant.role, len(_RANK)), grant.key)))

    def effective(self, identity: Identity) -> Identity:
        """Who somebody is, by their token and the roles that they hold. A deceptive name is nobody's without one."""
        token = identity.token or identity
        role, name = token.role, token.name
        issuer: Issuer | None = None
        grant = next(self.of(token.user), None)
        if grant is not None and role not in _KEPT_APART:
            role, issuer = sys.intern(grant.role), self._issuer(grant)
        made = replace(token, role=role, issuer=issuer, token=token)
        if name is not None and _is_refused(made, name):
            made = replace(made, name=None)
        return token if (made.role, made.issuer, made.name) == (token.role, None, name) else made

    def greeted(self, caller: Caller) -> None:
        """Tell somebody, once for each name, that theirs is not shown."""
        identity = caller.identity
        token = identity.token or identity
        if identity.name is not None or token.name is None:
            return
        digest = hashlib.sha256(f"{token.user}/{token.name}".encode()).digest()
        if digest in self._told or len(self._told) >= _MAX_TOLD:
            return
        self._told.add(digest)
        entry = noticed(token.world, token.user, "name_hidden", self._clock.now())
        act = own_act(
            token.world,
            f"name/{digest.hex()}",
            lambda: entry.asked_for(act.key, digest),  # one who was told before a restart is not told again
            digest=digest,
            refuse=lambda error: self._told.discard(digest),
        )
        self._writer.submit(act)

    def close(self) -> None:
        for timer in self._timers.values():
            timer.cancel()

    def _issuer(self, grant: RoleGrant) -> Issuer | None:
        return None if grant.organisation is None else self.issuer(grant.organisation)

    def issuer(self, organisation: str) -> Issuer:
        """An organisation as it stands beside what is said in its name."""
        card = self._hub.facts.get(Organisation, organisation)
        name, emblem = (organisation, None) if card is None else (card.name, card.emblem)
        return Issuer(organisation=organisation, name=name, emblem=emblem)

    def _changed(self, before: RoleGrant | None, now: RoleGrant | None) -> None:
        either = now or before
        if either is None:
            return
        user, key = either.user, either.key
        if (timer := self._timers.pop(key, None)) is not None:
            timer.cancel()
        held = self._held.setdefault(user, {})
        held.pop(key, None)
        if now is not None:
            held[key] = now
            self._wait_for_its_end(now)
        if not held:
            del self._held[user]
        self._refresh(user)

    def _wait_for_its_end(self, grant: RoleGrant) -> None:
        """The clock on the wall is set now and then, and no timer by it: whoever is woken early waits on."""
        if grant.until is not None and (left_s := grant.until - self._clock.now()) > 0:
            self._timers[grant.key] = self._clock.call_later(left_s, lambda: self._expired(grant))

    def _expired(self, grant: RoleGrant) -> None:
        del self._timers[grant.key]
        self._wait_for_its_end(grant)
        if grant.key not in self._timers:
            self._refresh(grant.user)

    def _renamed(self, before: Organisation | None, now: Organisation | None) -> None:
        either = now or before
        if either is not None:
            for user, held in self._held.items():
                if any(grant.organisation == either.id for grant in held.values()):
                    self._refresh(user)

    def _refresh(self, user: str) -> None:
        for session in self._hub.presence.of_user(user):
            session.identity = self.effective(session.identity)
            self._hub.presence.roster.became(session)


def _is_refused(identity: Identity, name: str) -> bool:
    if identity.is_authority or identity.role in _KEPT_APART:
        return False
    return is_deceptive(name, of_a_person=True)
