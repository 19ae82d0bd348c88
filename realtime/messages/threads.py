"""What is said and told of private threads between a person and an organisation."""

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from realtime.messages.alerts import Author
from realtime.messages.base import Answer, Request
from realtime.messages.terms import Id, OrganisationId, Text, ThreadKind, Timestamp


class WriteTo(Request, frozen=True, kw_only=True, tag="write_to"):
    """Begin a thread with an organisation; nobody else learns that it exists."""

    organisation: OrganisationId
    kind: ThreadKind
    text: Text
    anonymous: bool = False
    about_alert: Id | None = None


class ListThreads(Request, frozen=True, kw_only=True, tag="threads"):
    """An organisation's threads, or one's own, the latest first."""

    organisation: OrganisationId | None = None
    state: Literal["open", "closed"] | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    before: Timestamp | None = None


class ThreadCard(Struct, frozen=True, kw_only=True, omit_defaults=True):
    thread: str
    organisation: str
    name: str
    kind: ThreadKind
    state: Literal["open", "closed"]
    author: Author
    opened_at: float
    last_at: float
    seq: int
    unread: int
    about_alert: str | None = None
    assigned: str | None = None


class ThreadList(Answer, frozen=True, kw_only=True, tag="threads"):
    threads: tuple[ThreadCard, ...]
    more: bool


class Assign(Request, frozen=True, kw_only=True, tag="assign"):
    """Say which of the staff sees to a thread; nobody, without `user`."""

    thread: Id
    user: Id | None = None


class CloseThread(Request, frozen=True, kw_only=True, tag="close_thread"):
    thread: Id


class ReopenThread(Request, frozen=True, kw_only=True, tag="reopen"):
    thread: Id


FromClient: TypeAlias = WriteTo | ListThreads | Assign | CloseThread | ReopenThread

FromServer: TypeAlias = ThreadList
