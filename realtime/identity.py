"""Who somebody is, as their token and the roles that they were given say: what services decide by."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from realtime.messages import World
from storage.events import PROBE_ROLE, Issuer

OWNER_ROLE = "owner"  # of the platform: looks after conduct, and reads no group or private thread
DUTY_ROLES = frozenset({"police", "municipal", "rescue", "guard", "nightwalker"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One person in one world. `user` is unique within its world only; times are Unix seconds.

    `since` is when the account was made, `vouched` whether somebody stands for it: limits depend on both (R10).
    """

    user: str
    world: World
    expires_at: float
    name: str | None = None
    role: str = "member"
    since: float | None = None
    vouched: bool = False
    minor: bool = False  # younger than 18, and so does not post (R30)
    accepted: Mapping[str, object] = field(default_factory=dict)
    issuer: Issuer | None = None  # the organisation that gives them their role, if one does
    token: "Identity | None" = None  # who they are by their token alone, if that is not the same

    @property
    def verified_role(self) -> str | None:
        """The role that puts an emblem on every post, or None for a member (F64)."""
        return self.role if self.role in DUTY_ROLES or self.issuer is not None else None

    @property
    def is_authority(self) -> bool:
        """Whether theirs is one of the roles whose names are kept from everybody else (R31)."""
        return self.role in DUTY_ROLES

    @property
    def is_owner(self) -> bool:
        """Whether this is the platform owner, or somebody who acts for them."""
        return self.role == OWNER_ROLE

    @property
    def is_probe(self) -> bool:
        """Whether this is the server trying itself, which it may as often as it likes."""
        return self.world == "exercise" and self.role == PROBE_ROLE
