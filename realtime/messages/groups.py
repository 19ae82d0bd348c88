"""What is said and told of groups and who belongs to them."""

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from realtime.messages.base import Message, Request
from realtime.messages.terms import History, Id, Trust


class CreateGroup(Request, frozen=True, kw_only=True, tag="create_group"):
    name: Annotated[str, Meta(min_length=1, max_length=80)]
    purpose: Annotated[str, Meta(min_length=1, max_length=500)]
    conduct: Annotated[str, Meta(min_length=1, max_length=2_000)]
    locked: bool
    history: History = "joining"


class JoinGroup(Request, frozen=True, kw_only=True, tag="join"):
    group: Id
    code: Annotated[str, Meta(max_length=64)] | None = None
    accepted: bool = False


class LeaveGroup(Request, frozen=True, kw_only=True, tag="leave"):
    group: Id


class Appoint(Request, frozen=True, kw_only=True, tag="appoint"):
    """Trust a member of a group with something, in place of what they were trusted with; nothing takes it all back."""

    group: Id
    user: Id
    trusted: Annotated[tuple[Trust, ...], Meta(max_length=3)]


class MembershipNews(Message, frozen=True, kw_only=True, tag="membership", rename={"from_": "from"}):
    group: str
    state: Literal["member", "left"]
    rooms: dict[str, int]
    name: str | None = None
    from_: int | None = None
    seq: int | None = None  # the room's latest as it begins
    thread: bool = False  # it is no group: a private thread with an organisation, of this name
    exercise: bool = False


FromClient: TypeAlias = CreateGroup | JoinGroup | LeaveGroup | Appoint

FromServer: TypeAlias = MembershipNews
