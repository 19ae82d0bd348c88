"""Everything that can hold until it is said otherwise, by kind. A new kind is one more line in `AnyFact`."""

from typing import Final, TypeAlias, get_args

from storage.facts.base import Fact, joined_key
from storage.facts.groups import Appointment
from storage.facts.people import RoleGrant
from storage.facts.wishes import Consent, Pause, Preference, Quiet, Sharing

AnyFact: TypeAlias = Appointment | RoleGrant | Preference | Pause | Sharing | Consent

KINDS: Final[dict[type[Fact], str]] = {kind: str(kind.__struct_config__.tag) for kind in get_args(AnyFact)}
"""How each kind is called in the log and in its table."""

__all__ = [
    "KINDS",
    "AnyFact",
    "Appointment",
    "Consent",
    "Fact",
    "Pause",
    "Preference",
    "Quiet",
    "RoleGrant",
    "Sharing",
    "joined_key",
]
