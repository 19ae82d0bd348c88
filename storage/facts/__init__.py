"""Everything that can hold until it is said otherwise, by kind. A new kind is one more line in `AnyFact`."""

from typing import Final, TypeAlias, get_args

from storage.facts.base import (
    Fact,
    joined_key,
)
from storage.facts.groups import (
    Application,
    Appointment,
    Ban,
    FirstCodeRevoked,
    GroupCard,
    GroupClosed,
    GroupOwner,
    GroupSuspended,
    GrownPast,
    Invitation,
    MemberCard,
    Mute,
)
from storage.facts.maps import (
    DutyArea,
    FollowedArea,
    PlatformArea,
    Ring,
)
from storage.facts.media import (
    PictureKept,
)

AnyFact: TypeAlias = (
    Application
    | Appointment
    | Ban
    | DutyArea
    | FirstCodeRevoked
    | FollowedArea
    | GroupCard
    | GroupClosed
    | GroupOwner
    | GroupSuspended
    | GrownPast
    | Invitation
    | MemberCard
    | Mute
    | PictureKept
    | PlatformArea
)

KINDS: Final[dict[type[Fact], str]] = {kind: str(kind.__struct_config__.tag) for kind in get_args(AnyFact)}
"""How each kind is called in the log and in its table."""

__all__ = [
    "KINDS",
    "AnyFact",
    "Application",
    "Appointment",
    "Ban",
    "DutyArea",
    "Fact",
    "FirstCodeRevoked",
    "FollowedArea",
    "GroupCard",
    "GroupClosed",
    "GroupOwner",
    "GroupSuspended",
    "GrownPast",
    "Invitation",
    "MemberCard",
    "Mute",
    "PictureKept",
    "PlatformArea",
    "Ring",
    "joined_key",
]
