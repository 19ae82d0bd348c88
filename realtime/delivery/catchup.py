"""Coming back: alerts as state, rooms by replay, and live again with no gap and no repeat."""

import asyncio
import logging
from collections import deque
from collections.abc import Iterator, Mapping

from realtime.clock import Clock
from realtime.delivery.alertbook import Record, lane_of, level_at, signal_number
from realtime.delivery.hub import Hub
from realtime.delivery.subscriber import Hold, Subscriber
from realtime.delivery.views import membership_news, message_news
from realtime.errors import CloseCode
from realtime.frames import Frames
from realtime.lanes import Lane
from realtime.messages import Held, Hello, HistoryLost, Live, RoomPlace, StartOver, Unconfirmed
from realtime.naming import Naming
from storage.events import AlertRaised, GroupCreated, LoggedEvent, MemberJoined, MemberLeft, MessagePosted, own_room
from storage.log import EventLog, StorageError
from storage.log import HistoryLost as Pruned

_log = logging.getLogger(__name__)

_READERS = 8  # replays that may wait for the log at once; the others wait for them
_RETRY_S = 1.0
_TRIES = 5  # then the client is better off coming back later


class CatchUp:
    """Brings the sessions of one world up to date.

    The state of alerts and the rooms in which nothing was missed are done in the step that says welcome, as far as the
    client takes them at once. A room that is behind is read page by page; its session follows it live in the very step
    in which its place meets the last dispatched, so that nothing falls between and nothing has to be held back.
    """

    def __init__(self, hub: Hub, log: EventLog, clock: Clock, naming: Naming, page: int) -> None:
        self._hub = hub
        self._log = log
        self._clock = clock
        self._naming = naming
        self._page = page
        self._reading = asyncio.Semaphore(_READERS)
        self._replays: dict[Subscriber, asyncio.Task[None]] = {}
        self.replays = 0  # begun so far: sessions that were behind, or did not take all at once

    def places(self, user: str) -> dict[str, RoomPlace]:
        """A person's rooms by their names on the wire: the latest seq, and the first that is theirs."""
        rooms = self._hub.rooms
        own = rooms.room(own_room(self._hub.world, user))
        found = {"me": RoomPlace(seq=own.last, from_=own.first)}
        for group, from_seq in rooms.groups_of(user).items():
            room = rooms.room(group)
            found[group] = RoomPlace(seq=room.last, from_=max(from_seq, room.first))
        return found

    def begin(self, session: Subscriber, hello: Hello) -> None:
        """Send what `welcome` promised: the state of all alerts that concern the session, its rooms, then `live`."""
        is_same_history = hello.epoch is None or hello.epoch == self._log.epoch
        if not is_same_history:
            session.tell(Frames(StartOver(epoch=self._log.epoch)), Lane.RED)
        claimed = self._take_claims(session, hello.holds if is_same_history else ())
        state = deque(self._state(session, claimed, hello))
        self._offer_what_is_taken(session, state)
        behind = self._follow_what_is_level(session, hello.rooms if is_same_history else {})
        if state or behind:
            task = asyncio.get_running_loop().create_task(self._bring_up(session, state, behind))
            self._replays[session] = task
            self.replays += 1
            task.add_done_callback(lambda done: self._ended(session, done))
        else:
            session.tell(Frames(Live(rooms={})), Lane.REST)

    def end(self, session: Subscriber) -> None:
        """The session is gone."""
        task = self._replays.pop(session, None)
        if task is not None:
            task.cancel()

    @property
    def is_busy(self) -> bool:
        """Whether any session is still behind."""
        return bool(self._replays)

    async def close(self) -> None:
        tasks = list(self._replays.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, session: Subscriber, task: asyncio.Task[None]) -> None:
        self._replays.pop(session, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a replay failed", exc_info=error)
            session.close(CloseCode.INTERNAL, "could not bring this session up to date; come back")

    # --- the state of alerts ---

    def _take_claims(self, session: Subscriber, holds: tuple[Held, ...]) -> list[Record]:
        """Believe of what a client says it holds only what it may have had; the rest is `unconfirmed` alike."""
        believed, unconfirmed = [], []
        for claim in holds:
            record = self._hub.alerts.record(claim.alert)
            if record is None or not self._may_have_had(session, record) or claim.revision > record.alert.revision:
                unconfirmed.append(claim.alert)
                continue
            signalled = 0 if claim.quiet else signal_number(level_at(record.alert, claim.revision))
            session.holds[claim.alert] = Hold(claim.revision, signalled)
            believed.append(record)
        if unconfirmed:
            session.tell(Frames(Unconfirmed(alerts=tuple(unconfirmed))), Lane.RED)
        return believed

    def _may_have_had(self, session: Subscriber, record: Record) -> bool:
        alert, user = record.alert, session.identity.user
        if alert.public or alert.author == user:
            return True
        return any(self._hub.rooms.belonged_since(user, group, alert.received_at) for group in alert.groups)

    def _state(self, session: Subscriber, claimed: list[Record], hello: Hello) -> Iterator[tuple[str, bool]]:
        """Every alert that may concern a session now, red first, with whether the session is or was near it."""
        user = session.identity.user
        now = self._clock.now()
        near = {record.alert.id: record for record in self._near(session, hello)}
        found = dict(near)
        alerts = self._hub.alerts
        groups = self._hub.rooms.groups_of(user)
        for record in (*alerts.of_author(user), *(each for group in groups for each in alerts.of_group(group))):
            if record.is_active(now):
                found[record.alert.id] = record
        found.update((record.alert.id, record) for record in claimed)
        ordered = sorted(found.values(), key=lambda record: (lane_of(record.alert), record.alert.received_at))
        return ((record.alert.id, record.alert.id in near) for record in ordered)

    def _offer_what_is_taken(self, session: Subscriber, state: deque[tuple[str, bool]]) -> None:
        """Send of the state what goes out at once: more would fill the queue, and cut the session off at each hello.

        What changes of the rest meanwhile is dispatched to it as to everybody, and then no longer lacking.
        """
        while state and session.is_drained:
            alert, near = state.popleft()
            record = self._hub.alerts.record(alert)
            if record is not None:
                self._hub.offer(session, ((record, near),))

    def _near(self, session: Subscriber, hello: Hello) -> Iterator[Record]:
        """Alerts near the device's new position, and those near its old one while that was live and it was away."""
        presence, alerts = self._hub.presence, self._hub.alerts
        now = self._clock.now()
        old = presence.position(session)
        last_heard = presence.last_heard(session)
        if old is not None:
            away_since = now if last_heard is None else last_heard
            for record in alerts.around(old.lat, old.lon, old.accuracy_m):
                if record.is_active(now) or record.ends_at > away_since:
                    yield record
        if (new := hello.position) is not None:
            presence.move(session, new.lat, new.lon, new.accuracy_m, new.age_s)
            for record in alerts.around(new.lat, new.lon, new.accuracy_m):
                if record.is_active(now):
                    yield record

    # --- rooms ---

    def _follow_what_is_level(self, session: Subscriber, claimed: Mapping[str, int]) -> dict[str, int]:
        """Follow live the rooms in which nothing was missed; returns the others with the place to read on from."""
        rooms, user = self._hub.rooms, session.identity.user
        behind = {}
        for name, span in self.places(user).items():
            room = own_room(self._hub.world, user) if name == "me" else name
            first = rooms.visible_from(user, room) or 1
            place = min(max(claimed.get(name, span.seq), first - 1), span.seq)
            if place == span.seq:
                rooms.follow(session, room)
            else:
                behind[room] = place
        return behind

    async def _bring_up(self, session: Subscriber, state: deque[tuple[str, bool]], behind: dict[str, int]) -> None:
        """Send the rest of the state, then read every room that is behind from its place, until all are live."""
        while state:
            await session.until_drained()
            if not session.is_open:
                return
            self._offer_what_is_taken(session, state)
        reached: dict[str, int] = {}
        for room, place in behind.items():
            live_from = await self._replay_room(session, room, place)
            if not session.is_open:
                return
            if live_from is not None:
                reached[self._name(session, room)] = live_from
        session.tell(Frames(Live(rooms=reached)), Lane.REST)

    async def _replay_room(self, session: Subscriber, name: str, place: int) -> int | None:
        """Send a room's events from a place on; returns where it went live, or None if it is no longer theirs."""
        rooms = self._hub.rooms
        room = rooms.room(name)
        failures = 0
        while session.is_open:
            # No await until the next read: what is last now is last when the session follows. Whoever left meanwhile
            # gets no more; whoever came back too is live since that moment, and nothing before it is theirs.
            first = rooms.visible_from(session.identity.user, name)
            if first is None or session in room.live:
                return None
            if place >= room.last:
                rooms.follow(session, name)
                return place
            try:
                events, place = await self._read(session, name, place)
            except StorageError as error:
                failures += 1
                _log.error("a room could not be read: %s", error)
                if failures == _TRIES:
                    session.close(CloseCode.INTERNAL, "a room could not be read just now; come back")
                    return None
                await self._wait(_RETRY_S)
                continue
            for logged in events:
                # A page may be larger than the outbox: waiting here costs a client that reads well nothing, and keeps
                # one that reads slowly from being cut off by its own replay, again and again.
                await session.until_drained()
                seq = logged.rooms[name]
                if seq > room.last or rooms.visible_from(session.identity.user, name) != first:
                    break  # what is stored but not dispatched comes with the next page, or live
                self._send(session, logged)
                place = seq
            await session.until_drained()
        return None

    async def _read(self, session: Subscriber, room: str, place: int) -> tuple[list[LoggedEvent], int]:
        """The next page; where history is lost, say so and go on after it."""
        try:
            async with self._reading:
                return await self._log.after(room, place, self._page), place
        except Pruned as lost:
            session.tell(Frames(HistoryLost(room=self._name(session, room), from_=lost.first)), Lane.REST)
            return [], lost.first - 1

    async def _wait(self, delay_s: float) -> None:
        elapsed = asyncio.Event()
        timer = self._clock.call_later(delay_s, elapsed.set)
        try:
            await elapsed.wait()
        finally:
            timer.cancel()

    def _send(self, session: Subscriber, logged: LoggedEvent) -> None:
        """Replay one event of a room as it is now."""
        match logged.body:
            case MessagePosted() as message:
                session.deliver(Frames(message_news(logged, message, self._naming)), Lane.REST)
                self._hub.replayed += 1
            case GroupCreated() | MemberJoined() | MemberLeft() as change:
                session.tell(Frames(membership_news(logged, change, self._hub.rooms)), Lane.REST)
            case AlertRaised(alert):
                self._hub.replay_alert(session, alert, logged.rooms)

    def _name(self, session: Subscriber, room: str) -> str:
        return "me" if room == own_room(self._hub.world, session.identity.user) else room
