"""Everything that can hold until it is said otherwise, by kind. A new kind is one more line in `AnyFact`."""

from typing import Final, TypeAlias, get_args

from storage.facts.base import (
    Fact,
    joined_key,
)
from storage.facts.erasure import Erasing, Erasure, Retracted
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
from storage.facts.moderation import (
    Appeal,
    Decision,
    Export,
    Flag,
    MonthTally,
    OddAlerts,
    Report,
    Suspension,
    Withheld,
    post_key,
)
from storage.facts.organisations import (
    Area,
    Call,
    LetIn,
    Organisation,
    Staff,
    Thread,
    Volunteer,
)
from storage.facts.people import (
    ConductAccepted,
    RoleGrant,
)
from storage.facts.surveys import (
    Survey,
)
from storage.facts.wishes import (
    Consent,
    Pause,
    Preference,
    Quiet,
    Sharing,
)

AnyFact: TypeAlias = (
    Appeal
    | Application
    | Appointment
    | Ban
    | Call
    | ConductAccepted
    | Consent
    | Decision
    | DutyArea
    | Erasing
    | Erasure
    | Export
    | FirstCodeRevoked
    | Flag
    | FollowedArea
    | GroupCard
    | GroupClosed
    | GroupOwner
    | GroupSuspended
    | GrownPast
    | Invitation
    | LetIn
    | MemberCard
    | MonthTally
    | Mute
    | OddAlerts
    | Organisation
    | Pause
    | PictureKept
    | PlatformArea
    | Preference
    | Report
    | Retracted
    | RoleGrant
    | Sharing
    | Staff
    | Survey
    | Suspension
    | Thread
    | Volunteer
    | Withheld
)

KINDS: Final[dict[type[Fact], str]] = {kind: str(kind.__struct_config__.tag) for kind in get_args(AnyFact)}
"""How each kind is called in the log and in its table."""

__all__ = [
    "KINDS",
    "AnyFact",
    "Appeal",
    "Application",
    "Appointment",
    "Area",
    "Ban",
    "Call",
    "ConductAccepted",
    "Consent",
    "Decision",
    "DutyArea",
    "Erasing",
    "Erasure",
    "Export",
    "Fact",
    "FirstCodeRevoked",
    "Flag",
    "FollowedArea",
    "GroupCard",
    "GroupClosed",
    "GroupOwner",
    "GroupSuspended",
    "GrownPast",
    "Invitation",
    "LetIn",
    "MemberCard",
    "MonthTally",
    "Mute",
    "OddAlerts",
    "Organisation",
    "Pause",
    "PictureKept",
    "PlatformArea",
    "Preference",
    "Quiet",
    "Report",
    "Retracted",
    "Ring",
    "RoleGrant",
    "Sharing",
    "Staff",
    "Survey",
    "Suspension",
    "Thread",
    "Volunteer",
    "Withheld",
    "joined_key",
    "post_key",
]
