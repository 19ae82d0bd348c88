"""Who belongs together, as far as the server can tell: by who invited whom by name (R12)."""

from collections.abc import Set
from typing import Final

from realtime.delivery.hub import Hub
from storage.facts import MemberCard, joined_key

_DEPTH: Final = 4  # invitations: friends of friends


class Circles:
    """The chains of invitations of one world, from the members' cards."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def of(self, user: str) -> Set[str]:
        """Somebody, whoever has invited them, whoever invited those, and so on.

        Two whose circles have anybody in common are not independent of each other.
        """
        found, latest = {user}, {user}
        for _ in range(_DEPTH):
            latest = {by for each in latest for by in self._inviters(each)} - found
            found |= latest
        return found

    def _inviters(self, user: str) -> set[str]:
        keys = (joined_key(group, user) for group in self._hub.rooms.groups_of(user))
        cards = (self._hub.facts.get(MemberCard, key) for key in keys)
        return {card.invited_by for card in cards if card is not None and card.invited_by is not None}
