"""What holds of groups beside who belongs to them."""

from typing import ClassVar

from msgspec import structs

from realtime.messages import GroupKind, Trust
from storage.facts.base import Fact


class Appointment(Fact, frozen=True, kw_only=True, tag="appointment"):
    """What a group trusts one of its members with (F27, F47). The creator is trusted with everything."""

    NAMED_BY: ClassVar = ("group", "user")
    group: str
    user: str
    trusted: tuple[Trust, ...]


class GroupCard(Fact, frozen=True, kw_only=True, tag="group_card"):
    """What a group says of itself since it was last changed (F36, F37, F44-F46).

    `version` counts the conducts that it has had. Its area is a circle of `radius_m` metres around a point, or a name,
    or both, or nothing.
    """

    NAMED_BY: ClassVar = ("group",)
    group: str
    purpose: str
    conduct: str
    version: int = 1
    problem: str | None = None
    sort: GroupKind | None = None
    lat: float | None = None
    lon: float | None = None
    radius_m: float | None = None
    place: str | None = None
    listed: bool = False


class GroupOwner(Fact, frozen=True, kw_only=True, tag="group_owner"):
    """Who answers for a group since its creator handed it over or left (F42)."""

    NAMED_BY: ClassVar = ("group",)
    group: str
    user: str


class MemberCard(Fact, frozen=True, kw_only=True, tag="member_card"):
    """One stay of one member: what the others call them, and the conduct that they have accepted (F36).

    It is dropped with the stay. `invited_by` knows them: that one invited them by name.
    """

    NAMED_BY: ClassVar = ("group", "user")
    group: str
    user: str
    role: str = "member"
    name: str | None = None
    accepted: int = 1
    invited_by: str | None = None

    def known_to(self, user: str | None) -> "MemberCard":
        """The same, of somebody whom this one invited by name."""
        return structs.replace(self, invited_by=user)


class Application(Fact, frozen=True, kw_only=True, tag="application"):
    """Somebody asks to be let into a locked group (F28). `at` is Unix seconds."""

    NAMED_BY: ClassVar = ("group", "user")
    group: str
    user: str
    at: float
    role: str = "member"
    name: str | None = None
    text: str | None = None


class Invitation(Fact, frozen=True, kw_only=True, tag="invitation"):
    """It opens a group (F29): to `user`, or to so many who know its code (None: to any number) before `expires_at`.

    `id` is a keyed hash of the code, or of whom it is for: the code itself is stored nowhere.
    """

    NAMED_BY: ClassVar = ("group", "id")
    group: str
    id: str
    by: str
    at: float
    user: str | None = None
    uses: int | None = None
    used: int = 0
    expires_at: float | None = None

    def used_once(self) -> "Invitation":
        """The same, after one more has come in by it."""
        return structs.replace(self, used=self.used + 1)


class FirstCodeRevoked(Fact, frozen=True, kw_only=True, tag="first_code_revoked"):
    """The code that a locked group was made with opens it no more."""

    NAMED_BY: ClassVar = ("group",)
    group: str


class Ban(Fact, frozen=True, kw_only=True, tag="ban"):
    """For this person the group is not there."""

    NAMED_BY: ClassVar = ("group", "user")
    group: str
    user: str


class Mute(Fact, frozen=True, kw_only=True, tag="mute"):
    """Nothing below red sounds for somebody because of a group. `until` is Unix seconds, None for until unmuted."""

    NAMED_BY: ClassVar = ("group", "user")
    group: str
    user: str
    until: float | None = None


class GrownPast(Fact, frozen=True, kw_only=True, tag="grown_past"):
    """Who answers for the group was told that it is a large one now (F39)."""

    NAMED_BY: ClassVar = ("group",)
    group: str


class GroupSuspended(Fact, frozen=True, kw_only=True, tag="group_suspended"):
    """Nobody posts in a group or joins it (F49). `until` is Unix seconds, None for until it is taken back."""

    NAMED_BY: ClassVar = ("group",)
    group: str
    reason: str
    until: float | None = None


class GroupClosed(Fact, frozen=True, kw_only=True, tag="group_closed"):
    """The group is no more; everybody has left it."""

    NAMED_BY: ClassVar = ("group",)
    group: str
