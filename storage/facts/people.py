"""What holds of persons: who they are to others."""

from storage.facts.base import Fact, joined_key


class RoleGrant(Fact, frozen=True, kw_only=True, tag="role_grant"):
    """Somebody holds an office (F64, F65), given by an organisation or, without one, by the platform owner.

    `until` is Unix seconds, None for until it is withdrawn.
    """

    user: str
    role: str
    organisation: str | None = None
    until: float | None = None

    @property
    def key(self) -> str:
        return joined_key(self.user, self.role, self.organisation or "")
