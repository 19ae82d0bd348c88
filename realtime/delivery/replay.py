"""Rooms read back from a place on: from the tail or from the log, a slice in each turn of the loop."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from typing import Final

from realtime.clock import Clock, sleep
from realtime.delivery.hub import Hub
from realtime.delivery.subscriber import Subscriber
from realtime.delivery.tail import Past
from realtime.errors import CloseCode
from realtime.frames import Frames
from realtime.lanes import Lane
from realtime.messages import HistoryLost, MembershipNews
from storage.events import AlertRaised, LoggedEvent, MessageRevised, own_room
from storage.log import EventLog, StorageError
from storage.log import HistoryLost as Pruned

_log = logging.getLogger(__name__)

_SLICE: Final = 64  # events; some 0.5 ms, which is what a live red may have to wait for a replay
_PIECE_BYTES: Final = 16_384  # written at once: what the kernel has, no red can overtake
_STRIPES: Final = 16
_RETRY_S: Final = 1.0
_TRIES: Final = 5  # then the client is better off coming back later


class Turns:
    """Lets one go on in each turn of the loop, in the order of asking: whatever happens live comes in between."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._is_scheduled = False

    async def next(self) -> None:
        loop = asyncio.get_running_loop()
        mine: asyncio.Future[None] = loop.create_future()
        self._waiting.append(mine)
        self._schedule(loop)
        await mine

    def _schedule(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            loop.call_soon(self._grant, loop)

    def _grant(self, loop: asyncio.AbstractEventLoop) -> None:
        self._is_scheduled = False
        while self._waiting:
            mine = self._waiting.popleft()
            if not mine.done():  # else it was cancelled
                mine.set_result(None)
                break
        if self._waiting:
            self._schedule(loop)


class Pages:
    """What rooms hold above a place: from the tail, or from the log, read once for all who want the same."""

    def __init__(self, hub: Hub, log: EventLog, page: int) -> None:
        self._hub = hub
        self._log = log
        self._page = page
        # Whoever waits for the same room waits here, and then finds in the tail what the first one read.
        self._reading = [asyncio.Lock() for _ in range(_STRIPES)]

    def at_hand(self, room: str, place: int) -> list[Past] | None:
        """The next events above a place that is behind the room's last seq, if they need no reading; else None."""
        found = self._hub.tail.after(room, place, self._page)
        return found if found and all(self._is_current(past) for past in found) else None

    def _is_current(self, past: Past) -> bool:
        """An alert that has left the book may have changed since it was kept: the log knows."""
        body = past.logged.body
        return past.is_final or not isinstance(body, AlertRaised) or self._hub.alerts.record(body.alert.id) is not None

    def _past(self, logged: LoggedEvent) -> Past:
        """An event as it was just read: an alert that is not in the book any more will not change again."""
        body = logged.body
        is_final = isinstance(body, AlertRaised) and self._hub.alerts.record(body.alert.id) is None
        return self._hub.past(logged)._replace(is_final=is_final)

    async def after(self, room: str, place: int) -> list[Past]:
        """The next page above a place that is behind the room's last seq. Raises StorageError, HistoryLost too."""
        state = self._hub.rooms.room(room)
        async with self._reading[hash(room) % _STRIPES]:
            while (found := self.at_hand(room, place)) is None:
                changes = state.changes
                events = await self._log.after(room, place, self._page)
                if state.changes != changes:
                    continue  # something was withdrawn while it was read
                # What is stored and not dispatched yet comes with the next page, or live.
                found = [self._past(logged) for logged in events if logged.rooms[room] <= state.last]
                if self._hub.rooms.group(room) is not None:
                    self._hub.tail.read(room, state.last, found)
                break
        return found


class Replay:
    """One session's way through a room, from its place to the last dispatched."""

    def __init__(self, session: Subscriber, room: str, place: int, hub: Hub) -> None:
        self.room = room
        self.place = place
        self._session = session
        self._hub = hub
        self._first = hub.rooms.visible_from(session.identity.user, room)

    @property
    def name(self) -> str:
        """The room's name on the wire."""
        return "me" if self.room == own_room(self._hub.world, self._session.identity.user) else self.room

    @property
    def is_theirs(self) -> bool:
        """Whether it still concerns this session: not after leaving, and one who came back too is live since then."""
        first = self._hub.rooms.visible_from(self._session.identity.user, self.room)
        return first is not None and first == self._first and self._session not in self._hub.rooms.room(self.room).live

    @property
    def is_level(self) -> bool:
        return self.place >= self._hub.rooms.room(self.room).last

    def go_live(self) -> None:
        """From this moment on the room's events come as they happen. In the step in which its place was level."""
        self._hub.rooms.follow(self._session, self.room)

    def lose(self, first: int) -> None:
        """What is before this seq is gone: say so, and go on from there."""
        self._session.tell(Frames(HistoryLost(room=self.name, from_=first)), Lane.REST)
        self.place = first - 1

    def send(self, page: Sequence[Past]) -> int:
        """Send a page's next events as far as the client takes them at once; returns how many were dealt with."""
        session, encoding = self._session, self._session.encoding
        piece, counted, sent = bytearray(), 0, 0
        for logged, frames, _ in page[:_SLICE]:
            if len(piece) >= _PIECE_BYTES or not session.is_drained:
                break
            if isinstance(logged.body, AlertRaised):
                self._flush(piece, counted)  # what is before it in the room goes before it
                piece, counted = bytearray(), 0
                self._hub.replay_alert(session, logged.body.alert, logged.rooms)
            elif frames is not None and not self._is_hidden(logged):
                piece += frames[encoding]
                counted += not isinstance(frames.message, MembershipNews)
            self.place = logged.rooms[self.room]
            sent += 1
        self._flush(piece, counted)
        return sent

    def _is_hidden(self, logged: LoggedEvent) -> bool:
        """Whether it changes what was said before this membership began."""
        return isinstance(logged.body, MessageRevised) and logged.body.seq < (self._first or 1)

    def _flush(self, piece: bytearray, counted: int) -> None:
        if piece:
            self._session.replay(bytes(piece), counted=counted)
            self._hub.replayed += counted


class Replays:
    """Brings sessions up to date in the rooms in which they are behind."""

    def __init__(self, hub: Hub, log: EventLog, clock: Clock, page: int) -> None:
        self._hub = hub
        self._clock = clock
        self._pages = Pages(hub, log, page)
        self.turns = Turns()

    def at_once(self, replay: Replay, session: Subscriber, most: int) -> bool:
        """Do a way of at most so many events that needs no reading, in this very step. False if there is more to do."""
        page = self._pages.at_hand(replay.room, replay.place)
        if page is None or len(page) > most:
            return False
        while page and session.is_drained:
            page = page[replay.send(page) :]
        if replay.is_level:
            replay.go_live()
            return True
        return False

    async def run(self, replay: Replay, session: Subscriber) -> int | None:
        """Go all the way; returns the place where the room went live, or None if it did not."""
        failures = 0
        while session.is_open and replay.is_theirs:
            # No await until the next page: what is last now is last when the session follows.
            if replay.is_level:
                replay.go_live()
                return replay.place
            try:
                page = await self._pages.after(replay.room, replay.place)
                if not page:
                    raise StorageError(f"the log has nothing of a room between {replay.place} and its last seq")
            except Pruned as lost:
                replay.lose(lost.first)
                continue
            except StorageError as error:
                failures += 1
                _log.error("a room could not be read: %s", error)
                if failures == _TRIES:
                    session.close(CloseCode.INTERNAL, "a room could not be read just now; come back")
                    return None
                await sleep(self._clock, _RETRY_S)
                continue
            await self._send(replay, page, session)
        return None

    async def _send(self, replay: Replay, page: list[Past], session: Subscriber) -> None:
        """Send a page no faster than the client reads: more would fill its queue, and cut it off at each hello."""
        changes = self._hub.rooms.room(replay.room).changes
        while page:
            await session.until_drained()
            await self.turns.next()
            if not (session.is_open and replay.is_theirs) or self._hub.rooms.room(replay.room).changes != changes:
                return  # the rest is read again, as it is now
            page = page[replay.send(page) :]
