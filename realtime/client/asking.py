"""What a client asks for and waits for: each request has an `id`, and is sent again after a reconnect until answered.

The same `id` again gets the first answer again, so a retry is harmless even if the server did it and then died.
"""

import asyncio
import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import TypeVar

from realtime import messages
from realtime.messages import (
    Answer,
    Called112,
    CreateGroup,
    GivenPicture,
    History,
    HistoryPage,
    JoinGroup,
    Kind,
    LeaveGroup,
    Level,
    MarkRead,
    Meeting,
    Ok,
    PostMessage,
    RaiseAlert,
    ReadHistory,
    Request,
    ReviseMessage,
    State,
    UpdateAlert,
)

A = TypeVar("A", bound=Answer)


class Refused(Exception):
    """The server said no: `code` is for programs, the text for people; `offer` is the level at which it would pass."""

    def __init__(self, answer: messages.Refused) -> None:
        super().__init__(answer.message)
        self.code = answer.code
        self.field = answer.field
        self.retry_after_s = answer.retry_after_s
        self.offer = answer.offer
        self.found = answer.found


class Unreachable(Exception):
    """There is no connection, and the client is not trying for one."""


class Stopped(Exception):
    """The server said not to come back: by a close code of 4500-4999, or by refusing `hello` itself (no code)."""

    def __init__(self, code: int | None, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(slots=True)
class _Asked:
    request: Request
    answer: "asyncio.Future[Answer]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Requests:
    """The half of a client that waits for answers. Each call may be cancelled, and given the caller's own `id`."""

    def __init__(self) -> None:
        self._asked: dict[str, _Asked] = {}
        self._unsent: deque[str] = deque()
        self._wake = asyncio.Event()
        self._ended: Exception | None = None

    async def raise_alert(
        self,
        level: Level,
        kind: Kind = "warn",
        *,
        lat: float,
        lon: float,
        public: bool = True,
        groups: tuple[str, ...] = (),
        headline: str | None = None,
        text: str | None = None,
        category: str | None = None,
        called_112: Called112 | None = None,
        what: str | None = None,
        where: str | None = None,
        how_many: int | None = None,
        direction: str | None = None,
        vehicle: str | None = None,
        clothes: str | None = None,
        at_home: bool = False,
        radius_m: float | None = None,
        sent_at: float | None = None,
        image: GivenPicture | None = None,
        meeting: Meeting | None = None,
        id: str | None = None,
    ) -> Ok:
        """Warn everyone near, or some groups, or both. The answer has `alert`, its id, and `revision`."""
        request = RaiseAlert(
            id=id or new_id(),
            level=level,
            kind=kind,
            lat=lat,
            lon=lon,
            public=public,
            groups=groups,
            headline=headline,
            text=text,
            category=category,
            called_112=called_112,
            what=what,
            where=where,
            how_many=how_many,
            direction=direction,
            vehicle=vehicle,
            clothes=clothes,
            at_home=at_home,
            radius_m=radius_m,
            sent_at=sent_at,
            image=image,
            meeting=meeting,
        )
        return await self.ask(request)

    async def update_alert(
        self,
        alert: str,
        *,
        headline: str | None = None,
        text: str | None = None,
        category: str | None = None,
        called_112: Called112 | None = None,
        what: str | None = None,
        where: str | None = None,
        how_many: int | None = None,
        direction: str | None = None,
        vehicle: str | None = None,
        clothes: str | None = None,
        level: Level | None = None,
        lat: float | None = None,
        lon: float | None = None,
        state: State | None = None,
        wrong: str | None = None,
        extend_s: float | None = None,
        image: GivenPicture | None = None,
        id: str | None = None,
    ) -> Ok:
        """Change an alert of one's own: words, level, place, state, life. A correction says what was `wrong`."""
        request = UpdateAlert(
            id=id or new_id(),
            alert=alert,
            headline=headline,
            text=text,
            category=category,
            called_112=called_112,
            what=what,
            where=where,
            how_many=how_many,
            direction=direction,
            vehicle=vehicle,
            clothes=clothes,
            level=level,
            lat=lat,
            lon=lon,
            state=state,
            wrong=wrong,
            extend_s=extend_s,
            image=image,
        )
        return await self.ask(request)

    async def post_message(
        self,
        group: str,
        text: str = "",
        *,
        image: GivenPicture | None = None,
        meeting: Meeting | None = None,
        id: str | None = None,
    ) -> Ok:
        """Say something to a group, or show it a picture that was sent in (`media.py`), or both."""
        return await self.ask(PostMessage(id=id or new_id(), group=group, text=text, image=image, meeting=meeting))

    async def revise_message(self, group: str, seq: int, text: str | None, *, id: str | None = None) -> Ok:
        """Say the message of one's own at this seq otherwise, or take it back (None)."""
        request = ReviseMessage(id=id or new_id(), group=group, seq=seq, text=text, removed=text is None)
        return await self.ask(request)

    async def create_group(
        self,
        name: str,
        *,
        purpose: str,
        conduct: str,
        locked: bool = False,
        history: History = "joining",
        id: str | None = None,
    ) -> Ok:
        """Make a group and be its first member. The answer has `group`, and of a locked one its join `code`."""
        request = CreateGroup(
            id=id or new_id(), name=name, purpose=purpose, conduct=conduct, locked=locked, history=history
        )
        return await self.ask(request)

    async def join(self, group: str, *, code: str | None = None, accepted: bool = False, id: str | None = None) -> Ok:
        """Join a group; `accepted` says that the person has read and accepted its code of conduct."""
        return await self.ask(JoinGroup(id=id or new_id(), group=group, code=code, accepted=accepted))

    async def leave(self, group: str, *, id: str | None = None) -> Ok:
        return await self.ask(LeaveGroup(id=id or new_id(), group=group))

    async def mark_read(self, room: str, seq: int) -> Ok:
        """The person has read a room up to this seq; their other devices learn it."""
        return await self.ask(MarkRead(id=new_id(), room=room, seq=seq))

    async def history(
        self, room: str, *, limit: int = 50, before: int | None = None, after: int | None = None
    ) -> HistoryPage:
        """A page of what was said in a room, oldest first: the latest, or before a seq, or after one."""
        request = ReadHistory(id=new_id(), room=room, limit=limit, before=before, after=after)
        return await self.inquire(request, HistoryPage)

    async def ask(self, request: Request) -> Ok:
        """Send any request that is answered by `ok`, and wait for it. Raises Refused, Stopped or Unreachable."""
        return await self.inquire(request, Ok)

    async def inquire(self, request: Request, kind: type[A]) -> A:
        """Send any request that is answered by such a message, and wait for it. Raises like `ask`."""
        answer = await self._until_answered(request)
        assert isinstance(answer, kind)
        return answer

    # --- for the client ----------------------------------------------------------------------------------------------

    async def _until_answered(self, request: Request) -> Answer:
        if request.id is None:
            raise ValueError("a request needs an id to be answered")
        if self._ended is not None:
            raise self._ended
        if request.id in self._asked:
            raise ValueError(f"{request.id} waits for its answer already")
        asked = self._asked[request.id] = _Asked(request)
        self._unsent.append(request.id)
        self._wake.set()
        try:
            return await asked.answer
        finally:
            self._asked.pop(request.id, None)

    def _next_unsent(self) -> Request | None:
        while self._unsent:
            if (asked := self._asked.get(self._unsent.popleft())) is not None:
                return asked.request
        return None

    def _resend_all(self) -> None:
        self._unsent = deque(self._asked)

    def _answer(self, message: Answer | messages.Refused) -> Request | None:
        """Wake whoever waits for this answer; return what it answers, if anybody does."""
        asked = self._asked.get(message.id or "")
        if asked is None or asked.answer.done():
            return None
        if isinstance(message, messages.Refused):
            asked.answer.set_exception(Refused(message))
        else:
            asked.answer.set_result(message)
        return asked.request

    def _fail_all(self, error: Exception) -> None:
        self._ended = error
        for asked in self._asked.values():
            if not asked.answer.done():
                asked.answer.set_exception(error)


def new_id() -> str:
    """Unique for ever, as an idempotency key must be."""
    return uuid.uuid4().hex
