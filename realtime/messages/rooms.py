"""What is said in rooms, read back, and how far somebody has come in them."""

from typing import Annotated, TypeAlias

from msgspec import Meta

from realtime.messages.alerts import AlertNews, Author, Meeting, VerifiedBy
from realtime.messages.base import Answer, Message, Request
from realtime.messages.groups import MembershipNews
from realtime.messages.life import NoticeNews
from realtime.messages.media import GivenPicture, Picture
from realtime.messages.terms import Id, Place, Text


class PostMessage(Request, frozen=True, kw_only=True, tag="message"):
    """Say something to a group, show it a picture, or both."""

    group: Id
    text: Annotated[str, Meta(max_length=2_000)] = ""
    image: GivenPicture | None = None
    meeting: Meeting | None = None


class ReviseMessage(Request, frozen=True, kw_only=True, tag="revise"):
    """Say a message of one's own otherwise, or take it back: exactly one of the two."""

    group: Id
    seq: Annotated[int, Meta(ge=1, lt=2**53)]
    text: Text | None = None
    removed: bool = False


class ReadHistory(Request, frozen=True, kw_only=True, tag="history"):
    room: Id
    limit: Annotated[int, Meta(ge=1, le=100)]
    before: Place | None = None
    after: Place | None = None


class MarkRead(Request, frozen=True, kw_only=True, tag="read"):
    """The person has read a room up to this seq."""

    room: Id
    seq: Place


class MessageNews(Message, frozen=True, kw_only=True, tag="message"):
    """A message as it is now. `revises`: this is a change of the message at that seq."""

    message: str
    group: str
    author: Author
    sent_at: float
    received_at: float
    rooms: dict[str, int]
    text: str = ""
    image: Picture | None = None
    revision: int = 1
    revises: int | None = None
    removed: bool = False
    removed_why: str | None = None
    meeting: Meeting | None = None
    verified_role: str | None = None
    verified_by: VerifiedBy | None = None
    exercise: bool = False


class HistoryPage(Answer, frozen=True, kw_only=True, tag="history"):
    """One page of a room, oldest first; `more` if this member may see more beyond, which `next` leads to."""

    room: str
    events: tuple[AlertNews | MessageNews | MembershipNews | NoticeNews, ...]
    more: bool
    next: int | None = None


class Live(Message, frozen=True, kw_only=True, tag="live"):
    """Everything up to these places has been sent, or is not this member's to see."""

    rooms: dict[str, int]


class ReadUpTo(Message, frozen=True, kw_only=True, tag="read"):
    room: str
    seq: int


class HistoryLost(Message, frozen=True, kw_only=True, tag="history_lost", rename={"from_": "from"}):
    room: str
    from_: int


FromClient: TypeAlias = PostMessage | ReviseMessage | ReadHistory | MarkRead

FromServer: TypeAlias = MessageNews | HistoryPage | Live | ReadUpTo | HistoryLost
