"""What holds of persons: who they are to others."""

from typing import ClassVar

from storage.facts.base import Fact


class RoleGrant(Fact, frozen=True, kw_only=True, tag="role_grant"):
    """Somebody holds an office (F64, F65), given by an organisation or, without one, by the platform owner.

    `until` is Unix seconds, None for until it is withdrawn.
    """

    NAMED_BY: ClassVar = ("user", "role", "organisation")
    user: str
    role: str
    organisation: str | None = None
    until: float | None = None


class ConductAccepted(Fact, frozen=True, kw_only=True, tag="conduct_accepted"):
    """The version of the code of conduct that somebody accepted last (F66), and when."""

    NAMED_BY: ClassVar = ("user",)
    user: str
    version: str
    at: float
