"""What the members of a group and those who answer for it say and are told: its card, who is let in, who must go."""

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from realtime.messages.alerts import AlertNews
from realtime.messages.base import Answer, Request
from realtime.messages.terms import GroupKind, Id, Lat, Lon, Place, Reason, Trust

PlaceName = Annotated[str, Meta(min_length=1, max_length=80)]
AreaRadius = Annotated[float, Meta(ge=50, le=50_000)]
Code = Annotated[str, Meta(max_length=64)]
Activity = Literal["0", "1-4", "5-19", "20+"]

# --- the card ---


class SetGroup(Request, frozen=True, kw_only=True, tag="set_group"):
    """Say anew what a group is for and how it behaves; the whole card, in place of the one before."""

    group: Id
    purpose: Annotated[str, Meta(min_length=1, max_length=500)]
    conduct: Annotated[str, Meta(min_length=1, max_length=2_000)]
    problem: Annotated[str, Meta(min_length=1, max_length=80)] | None = None
    kind: GroupKind | None = None
    lat: Lat | None = None
    lon: Lon | None = None
    radius_m: AreaRadius | None = None
    place: PlaceName | None = None
    listed: bool = False


class ShowGroup(Request, frozen=True, kw_only=True, tag="group"):
    group: Id
    code: Code | None = None


class FindGroups(Request, frozen=True, kw_only=True, tag="find_groups"):
    """Listed groups whose name or place has these words, or whose area holds this point."""

    text: Annotated[str, Meta(min_length=1, max_length=80)] | None = None
    lat: Lat | None = None
    lon: Lon | None = None
    after: Id | None = None


class Card(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a group says of itself to whoever may see that it is there."""

    group: str
    name: str
    purpose: str
    conduct: str
    version: int
    locked: bool
    listed: bool
    problem: str | None = None
    kind: GroupKind | None = None
    lat: float | None = None
    lon: float | None = None
    radius_m: float | None = None
    place: str | None = None


class GroupShown(Answer, frozen=True, kw_only=True, tag="group"):
    card: Card
    mine: tuple[Literal["member", "creator"] | Trust, ...] = ()
    accepted: bool | None = None
    members: int | None = None
    suspended: str | None = None
    muted: bool = False
    applied: bool = False


class GroupsFound(Answer, frozen=True, kw_only=True, tag="groups"):
    groups: tuple[Card, ...]
    next: str | None = None


class ReadGroupMap(Request, frozen=True, kw_only=True, tag="group_map"):
    """A group's alerts of the last so many seconds, as its members see them."""

    group: Id
    since_s: Annotated[float, Meta(ge=0, le=604_800)] = 86_400.0


class GroupMap(Answer, frozen=True, kw_only=True, tag="group_map"):
    group: str
    alerts: tuple[AlertNews, ...]
    more: bool = False


# --- letting in ---


class Apply(Request, frozen=True, kw_only=True, tag="apply"):
    group: Id
    accepted: bool = False
    text: Annotated[str, Meta(min_length=1, max_length=500)] | None = None


class Withdraw(Request, frozen=True, kw_only=True, tag="withdraw_application"):
    group: Id


class ReadApplications(Request, frozen=True, kw_only=True, tag="applications"):
    group: Id
    after: Id | None = None


class Decide(Request, frozen=True, kw_only=True, tag="decide"):
    group: Id
    user: Id
    approve: bool
    reason: Reason | None = None


class Invite(Request, frozen=True, kw_only=True, tag="invite"):
    """To one person, or to whoever gets the code that the answer has."""

    group: Id
    user: Id | None = None
    uses: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    expires_at: Annotated[float, Meta(ge=0, le=1e11)] | None = None


class ReadInvitations(Request, frozen=True, kw_only=True, tag="invitations"):
    group: Id
    after: Id | None = None


class Revoke(Request, frozen=True, kw_only=True, tag="revoke"):
    group: Id
    invitation: Id


class Applicant(Struct, frozen=True, kw_only=True, omit_defaults=True):
    user: str
    role: str
    at: float
    name: str | None = None
    text: str | None = None


class Applications(Answer, frozen=True, kw_only=True, tag="applications"):
    group: str
    applications: tuple[Applicant, ...]
    next: str | None = None


class Invited(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An invitation, without its code. `by` is absent for the code that the group was made with."""

    invitation: str
    used: int
    by: str | None = None
    at: float | None = None
    user: str | None = None
    uses: int | None = None
    expires_at: float | None = None


class Invitations(Answer, frozen=True, kw_only=True, tag="invitations"):
    group: str
    invitations: tuple[Invited, ...]
    next: str | None = None


# --- those within ---


class Remove(Request, frozen=True, kw_only=True, tag="remove"):
    group: Id
    user: Id
    reason: Reason


class BanMember(Request, frozen=True, kw_only=True, tag="ban"):
    group: Id
    user: Id
    reason: Reason


class Unban(Request, frozen=True, kw_only=True, tag="unban"):
    group: Id
    user: Id
    reason: Reason


class HandOver(Request, frozen=True, kw_only=True, tag="hand_over"):
    group: Id
    user: Id
    reason: Reason | None = None


class CloseGroup(Request, frozen=True, kw_only=True, tag="close_group"):
    group: Id
    reason: Reason


class MuteGroup(Request, frozen=True, kw_only=True, tag="mute"):
    """Nothing below red sounds because of this group, until then or until it is unmuted."""

    group: Id
    muted: bool = True
    until: Annotated[float, Meta(ge=0, le=1e11)] | None = None


class ReadMembers(Request, frozen=True, kw_only=True, tag="members"):
    group: Id
    after: Id | None = None


class ReadActivity(Request, frozen=True, kw_only=True, tag="group_activity"):
    group: Id
    after: Id | None = None


class ReadAudit(Request, frozen=True, kw_only=True, tag="audit"):
    """Who decided what and why, of a group, or (without one) of the whole: the latest, or what came before a seq."""

    group: Id | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    before: Place | None = None


class Member(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A member as the others see them: never whether they are there (R22)."""

    user: str
    role: str
    name: str | None = None
    trusted: tuple[Literal["creator"] | Trust, ...] = ()


class Members(Answer, frozen=True, kw_only=True, tag="members"):
    group: str
    members: tuple[Member, ...]
    count: int
    next: str | None = None


class GroupActivity(Answer, frozen=True, kw_only=True, tag="group_activity"):
    """How much each member has said and raised in 30 days, coarsely (F39)."""

    group: str
    activity: dict[str, Activity]
    next: str | None = None


class AuditLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that was decided: `what` it is called, `about` whom and what."""

    seq: int
    at: float
    by: str
    what: str
    user: str | None = None
    reason: str | None = None
    about: dict[str, str] = {}


class Audit(Answer, frozen=True, kw_only=True, tag="audit"):
    """One page, newest first; `next` is the `before` of the page before it, if there is one."""

    lines: tuple[AuditLine, ...]
    group: str | None = None
    next: int | None = None


FromClient: TypeAlias = (
    SetGroup
    | ShowGroup
    | FindGroups
    | ReadGroupMap
    | Apply
    | Withdraw
    | ReadApplications
    | Decide
    | Invite
    | ReadInvitations
    | Revoke
    | Remove
    | BanMember
    | Unban
    | HandOver
    | CloseGroup
    | MuteGroup
    | ReadMembers
    | ReadActivity
    | ReadAudit
)

FromServer: TypeAlias = (
    GroupShown | GroupsFound | GroupMap | Applications | Invitations | Members | GroupActivity | Audit
)
