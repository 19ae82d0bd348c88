"""Saying a message of one's own otherwise, or taking it back."""

import asyncio
from collections.abc import Mapping
from typing import Final
from weakref import WeakValueDictionary

from realtime.clock import Clock
from realtime.delivery.hub import Hub
from realtime.delivery.writer import Writer
from realtime.errors import Invalid, NotFound, TooManyUpdates
from realtime.messages import Ok, ReviseMessage
from realtime.service.acts import act_for, required_id
from realtime.service.caller import Caller
from realtime.service.errands import Errands
from realtime.service.groupbook import GroupBook
from realtime.service.pictures.gallery import Pictures
from realtime.service.words.forms import Forms
from storage.events import Entry, Event, MessagePosted, MessageRevised, is_thread
from storage.log import EventLog, HistoryLost

MAX_REVISIONS: Final = 20  # of one message; taking it back always passes


class Revisions:
    """The revisions of one world's messages. Whose a message is only the log knows, so each has to be read first.

    One message's revisions go one after another, from reading it to being stored: what was judged by a message that
    has been taken back meanwhile would be stored for nothing.
    """

    def __init__(
        self,
        hub: Hub,
        writer: Writer,
        log: EventLog,
        clock: Clock,
        errands: Errands,
        pictures: Pictures,
        forms: Forms,
        book: GroupBook,
    ) -> None:
        self._forms = forms
        self._book = book
        self._hub = hub
        self._writer = writer
        self._log = log
        self._clock = clock
        self._errands = errands
        self._pictures = pictures
        self._turns: WeakValueDictionary[tuple[str, int], asyncio.Lock] = WeakValueDictionary()  # by group and seq

    def revise(self, caller: Caller, message: ReviseMessage) -> None:
        id = required_id(message)
        if (message.text is None) != message.removed:
            raise Invalid("a revision has a text, or says removed: exactly one of the two", field="text")
        self._errands.run(caller, id, self._revise(caller, message))

    def turn(self, group: str, seq: int) -> asyncio.Lock:
        """What is held from reading a message to having changed it."""
        return self._turns.setdefault((group, seq), asyncio.Lock())

    async def _revise(self, caller: Caller, message: ReviseMessage) -> None:
        async with self.turn(message.group, message.seq):
            is_member = caller.identity.user in self._hub.rooms.members(message.group)
            said = await self._said(message.group, message.seq) if is_member else None  # the log is not read for others
            # Also if it cannot be done, or they have left: this may be the retry of what was done before.
            settled = asyncio.Event()
            self._submit(caller, message, said, settled)
            await settled.wait()

    def _submit(
        self, caller: Caller, message: ReviseMessage, said: MessagePosted | None, settled: asyncio.Event
    ) -> None:
        identity = caller.identity

        def decide(key: str, digest: bytes) -> Entry:
            body = self._revision(identity.user, message, said)
            now = self._clock.now()
            if not message.removed:
                self._book.check_posting(message.group, now)
            if not is_thread(message.group):  # what is written to an organisation may say anything
                self._forms.posted(identity, message.group, message.text)
            also: tuple[Entry, ...] = ()
            if message.removed and said is not None and said.image is not None:
                also = self._pictures.hidden(said.image, said.id, identity.user)
            return Entry(
                body=body, world=identity.world, at=now, rooms=(message.group,), key=key, digest=digest, also=also
            )

        def ok(event: Event, seqs: Mapping[str, int], durable: bool) -> Ok:
            if not isinstance(event, MessageRevised):
                raise TypeError(f"a {type(event).__name__} is no answer to a revision")
            return Ok(
                id=required_id(message), durable=durable, message=event.id, revision=event.revision, rooms=dict(seqs)
            )

        self._writer.submit(act_for(caller, message, decide=decide, ok=ok, settled=settled.set))

    def _revision(self, user: str, message: ReviseMessage, said: MessagePosted | None) -> MessageRevised:
        if not self._hub.rooms.stays(message.group, user):
            raise NotFound("no such group, or not one of yours", field="group")
        first = self._hub.rooms.visible_from(user, message.group)
        is_visible = first is not None and message.seq >= first
        if said is None or said.author != user or not is_visible:
            raise NotFound("no such message, or not one of yours", field="seq")
        if said.revision > MAX_REVISIONS and not message.removed:
            raise TooManyUpdates(f"a message takes {MAX_REVISIONS} revisions; it can still be taken back")
        return MessageRevised(id=said.id, group=message.group, seq=message.seq, author=user, text=message.text or "")

    async def _said(self, group: str, seq: int) -> MessagePosted | None:
        """The message at a seq as it is now; None if there is none, or nothing is left of it."""
        try:
            async with self._errands.reading:
                found = await self._log.after(group, seq - 1, 1)
        except HistoryLost:
            return None
        body = found[0].body if found else None
        return body if isinstance(body, MessagePosted) and not body.is_removed else None
