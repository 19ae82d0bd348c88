"""What opens a group to somebody: an invitation of their own, or a code (F29)."""

from realtime.delivery.hub import Hub
from realtime.naming import Naming
from storage.events import Event, FactDropped, FactSet
from storage.facts import FirstCodeRevoked, Invitation, joined_key

FIRST = "first"  # how the code is called that a locked group was made with


class Invitations:
    """The invitations of one world. To look for one takes the same time whether or not it is there (R23)."""

    def __init__(self, hub: Hub, naming: Naming) -> None:
        self._hub = hub
        self._naming = naming

    def code(self, user: str, request: str) -> str:
        """The code that somebody's request makes; a retry makes the same."""
        return self._naming.join_code(self._naming.made_by("invitation", self._hub.world, user, request))

    def id_of_code(self, group: str, code: str | None) -> str:
        return self._naming.made_by("invited by code", self._hub.world, group, (code or "").strip().upper())

    def id_for(self, group: str, user: str) -> str:
        return self._naming.made_by("invited by name", self._hub.world, group, user)

    def first_opens(self, group: str) -> bool:
        """Whether the code that a group was made with still opens it."""
        return self._hub.facts.latest(FirstCodeRevoked, group) is None

    def opening(self, group: str, user: str, code: str | None, now: float) -> Invitation | str | None:
        """What opens the group to this person now: an invitation, the first code, or nothing."""
        is_first = self._naming.opens(group, code) and self.first_opens(group)
        found = [
            self._hub.facts.latest(Invitation, joined_key(group, id))
            for id in (self.id_for(group, user), self.id_of_code(group, code))
        ]
        live = [each for each in found if each is not None and is_live(each, now)]
        if live:
            return live[0]
        return FIRST if is_first else None


def is_live(invitation: Invitation, now: float) -> bool:
    return (invitation.expires_at is None or now < invitation.expires_at) and (
        invitation.uses is None or invitation.used < invitation.uses
    )


def used(invitation: Invitation, by: str) -> Event:
    """The invitation once it has let somebody in: one for a person is used up."""
    after = invitation.used_once()
    if invitation.user is not None or after.used == after.uses:
        return FactDropped(fact=after, by=by)
    return FactSet(fact=after, by=by)
