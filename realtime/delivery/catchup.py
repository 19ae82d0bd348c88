"""Coming back: alerts as state, rooms by replay, and live again with no gap and no repeat."""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from geo.boxes import view
from realtime.clock import Clock
from realtime.delivery.alertbook import Record, lane_of, level_at, signal_number
from realtime.delivery.hub import Hub
from realtime.delivery.replay import Replay, Replays
from realtime.delivery.subscriber import Hold, Subscriber
from realtime.errors import CloseCode
from realtime.frames import Frames
from realtime.lanes import Lane
from realtime.messages import Held, Hello, Live, RoomPlace, StartOver, Unconfirmed
from storage.events import own_room
from storage.log import EventLog

_log = logging.getLogger(__name__)

_AT_ONCE: Final = 64  # alerts, and events of rooms, in the step that says welcome
_DIED: Final = 0  # the revision of what is held when it died with the server: any other is later


class CatchUp:
    """Brings the sessions of one world up to date.

    The state of alerts, the rooms in which nothing was missed and those in which little was are done in the step that
    says welcome, as far as the client takes it at once. The rest follows a slice at a time; a session follows a room
    live in the very step in which its place meets the last dispatched, so that nothing falls between and nothing has to
    be held back.
    """

    def __init__(self, hub: Hub, log: EventLog, clock: Clock, page: int) -> None:
        self._hub = hub
        self._log = log
        self._clock = clock
        self._replays = Replays(hub, log, clock, page)
        self._behind: dict[Subscriber, asyncio.Task[None]] = {}
        self._showing: dict[Subscriber, asyncio.Task[None]] = {}
        self.replays = 0  # begun so far: sessions that were behind, or did not take all at once

    def places(self, user: str) -> dict[str, RoomPlace]:
        """A person's rooms by their names on the wire: the latest seq, and the first that is theirs."""
        own = own_room(self._hub.world, user)
        groups = self._hub.rooms.groups_of(user)
        return {"me": self._place(user, own, 1)} | {
            group: self._place(user, group, from_seq) for group, from_seq in groups.items()
        }

    def _place(self, user: str, name: str, from_seq: int) -> RoomPlace:
        room = self._hub.rooms.room(name)
        first = max(from_seq, room.first)
        read = self._hub.read_place(user, name)
        return RoomPlace(seq=room.last, from_=first, read=read, unread=room.last - read)

    def beyond(self, user: str, claimed: Mapping[str, int]) -> str | None:
        """The first of the rooms of which more is claimed than there is; None if there is none."""
        return next((room for room, told in self.places(user).items() if claimed.get(room, 0) > told.seq), None)

    def begin(self, session: Subscriber, hello: Hello) -> None:
        """Send what `welcome` promised: the state of all alerts that concern the session, its rooms, then `live`."""
        is_same_history = hello.epoch is None or hello.epoch == self._log.epoch
        if not is_same_history:
            session.tell(Frames(StartOver(epoch=self._log.epoch)), Lane.RED)
        if session.identity.user in self._hub.rooms.paused:  # what is missed meanwhile, they get when they are back
            session.tell(Frames(Live(rooms={})), Lane.REST)
            return
        claimed = self._take_claims(session, hello.holds if is_same_history else ())
        state = deque(self._state(session, claimed, hello))
        self._offer_what_is_taken(session, state)
        reached: dict[str, int] = {}
        behind: list[Replay] = []
        left = _AT_ONCE
        for replay in self._follow_what_is_level(session, hello.rooms if is_same_history else {}):
            began = replay.place
            if not state and not behind and self._replays.at_once(replay, session, left):
                reached[replay.name] = replay.place
                left -= replay.place - began
            else:
                behind.append(replay)
        if state or behind:
            task = asyncio.get_running_loop().create_task(self._bring_up(session, state, behind, reached))
            self._behind[session] = task
            self.replays += 1
            task.add_done_callback(lambda done: self._ended(session, done))
        else:
            session.tell(Frames(Live(rooms=reached)), Lane.REST)

    def show(self, session: Subscriber) -> None:
        """What a session follows or has charge of has changed: send what is active there and it lacks."""
        self._show(session, self._hub.elsewhere.concerning(session))

    def show_map(self, session: Subscriber) -> None:
        """A session looks elsewhere: send what is active there and it has not got.

        What it has, it has for whatever reason there is, and to look at it is none to sound.
        """
        on_it = self._hub.elsewhere.on_the_map(session)
        self._show(session, (record for record in on_it if not self._hub.has(session, record.alert.id)))

    def _show(self, session: Subscriber, records: Iterable[Record]) -> None:
        found = sorted(records, key=lambda record: (lane_of(record.alert), record.alert.received_at))
        state = deque((record.alert.id, False) for record in found)
        self._offer_what_is_taken(session, state)
        if (before := self._showing.pop(session, None)) is not None:
            before.cancel()  # what of it still matters is in this one too
        if state:
            task = asyncio.get_running_loop().create_task(self._send_state(session, state))
            self._showing[session] = task
            task.add_done_callback(lambda done: self._shown(session, done))

    def end(self, session: Subscriber) -> None:
        """The session is gone."""
        for tasks in (self._behind, self._showing):
            task = tasks.pop(session, None)
            if task is not None:
                task.cancel()

    @property
    def is_busy(self) -> bool:
        """Whether any session is still behind."""
        return bool(self._behind or self._showing)

    async def close(self) -> None:
        tasks = [*self._behind.values(), *self._showing.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, session: Subscriber, task: asyncio.Task[None]) -> None:
        self._behind.pop(session, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a replay failed", exc_info=error)
            session.close(CloseCode.INTERNAL, "could not bring this session up to date; come back")

    def _shown(self, session: Subscriber, task: asyncio.Task[None]) -> None:
        if self._showing.get(session) is task:
            del self._showing[session]
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a map could not be shown", exc_info=error)
            session.close(CloseCode.INTERNAL, "could not bring this session up to date; come back")

    # --- the state of alerts ---

    def _take_claims(self, session: Subscriber, holds: tuple[Held, ...]) -> list[Record]:
        """Believe of what a client says it holds only what it may have had; the rest is `unconfirmed` alike."""
        believed, unconfirmed = [], []
        for claim in holds:
            record = self._hub.alerts.record(claim.alert)
            if record is None or not self._may_have_had(session, record):
                unconfirmed.append(claim.alert)
                continue
            signalled = 0 if claim.quiet else signal_number(level_at(record.alert, claim.revision))
            has_died = claim.revision > record.alert.revision  # it outran the log, and died before it was stored
            if has_died:
                unconfirmed.append(claim.alert)
            hold = Hold(_DIED if has_died else claim.revision, signalled)
            self._hub.holds.set(claim.alert, session.number, hold)
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
        user, holds = session.identity.user, self._hub.holds
        now = self._clock.now()
        near = {record.alert.id: record for record in self._near(session, hello)}
        found = near | {record.alert.id: record for record in self._elsewhere(session, hello)}
        alerts = self._hub.alerts
        groups = self._hub.rooms.groups_of(user)
        for record in (*alerts.of_author(user), *(each for group in groups for each in alerts.of_group(group))):
            if record.is_active(now):
                found[record.alert.id] = record
        for id in found:
            if (hold := holds.get(id, session.number)) is not None and hold.revision == _DIED:
                # What died may have been its end: whom it concerns hears of it as if it were new.
                holds.set(id, session.number, None)
        found.update((record.alert.id, record) for record in claimed)
        has = {*found, *(id for id in alerts.with_ties() if holds.get(id, session.number) is not None)}
        for id in has.intersection(alerts.with_ties()):
            for tied in alerts.tied_to(id):  # whoever has what was merged is told of its end, too (R13)
                if tied.is_active(now) or id in alerts.merged.get(tied.alert.id, ()):
                    found[tied.alert.id] = tied
        ordered = sorted(found.values(), key=lambda record: (lane_of(record.alert), record.alert.received_at))
        return ((record.alert.id, record.alert.id in near) for record in ordered)

    def _offer_what_is_taken(self, session: Subscriber, state: deque[tuple[str, bool]]) -> None:
        """Send of the state what goes out at once: more would fill the queue, and cut the session off at each hello.

        What changes of the rest meanwhile is dispatched to it as to everybody, and then no longer lacking.
        """
        for _ in range(min(_AT_ONCE, len(state))):
            if not session.is_drained:
                return
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
            place = self._hub.wishes.place(session.identity.user, new.lat, new.lon, new.accuracy_m)
            if place is None:
                return
            presence.move(session, *place, new.age_s)
            for record in alerts.around(*place):
                if record.is_active(now):
                    yield record

    def _elsewhere(self, session: Subscriber, hello: Hello) -> Iterator[Record]:
        """Alerts on the map that it looks at, in the areas that its person follows, and where they are on duty."""
        elsewhere = self._hub.elsewhere
        if (box := hello.watch) is not None:
            elsewhere.viewports.look(session, view(box.south, box.west, box.north, box.east))
        return elsewhere.concerning(session, elsewhere.away_since(session))

    # --- rooms ---

    def _follow_what_is_level(self, session: Subscriber, claimed: Mapping[str, int]) -> list[Replay]:
        """Follow live the rooms in which nothing was missed; returns what is to be replayed of the others."""
        rooms, user = self._hub.rooms, session.identity.user
        behind = []
        for name, span in self.places(user).items():
            room = own_room(self._hub.world, user) if name == "me" else name
            first = rooms.visible_from(user, room) or 1
            place = max(claimed.get(name, span.seq), first - 1)
            if place >= span.seq:
                rooms.follow(session, room)
            else:
                behind.append(Replay(session, room, place, self._hub))
        return behind

    async def _bring_up(
        self,
        session: Subscriber,
        state: deque[tuple[str, bool]],
        behind: Sequence[Replay],
        reached: dict[str, int],
    ) -> None:
        """Send the rest of the state, then every room that is behind from its place, until all are live."""
        await self._send_state(session, state)
        if not session.is_open:
            return
        for replay in behind:
            live_from = await self._replays.run(replay, session)
            if not session.is_open:
                return
            if live_from is not None:
                reached[replay.name] = live_from
        session.tell(Frames(Live(rooms=reached)), Lane.REST)

    async def _send_state(self, session: Subscriber, state: deque[tuple[str, bool]]) -> None:
        """Send alerts no faster than the client reads."""
        while state:
            await session.until_drained()
            await self._replays.turns.next()
            if not session.is_open:
                return
            self._offer_what_is_taken(session, state)
