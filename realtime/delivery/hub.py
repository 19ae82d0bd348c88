"""One world's sessions, and the synchronous choice of whom an event concerns. Nothing here ever awaits."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from realtime.clock import Clock
from realtime.config import Settings
from realtime.delivery.account import device_of
from realtime.delivery.alertbook import AlertBook, Record, lane_of
from realtime.delivery.alike import Alike
from realtime.delivery.concerned import Concerned
from realtime.delivery.elsewhere import Elsewhere
from realtime.delivery.facts import Facts
from realtime.delivery.fanout import Fanout, Lines
from realtime.delivery.holds import Holds, hold_of
from realtime.delivery.jobs import AlertJob, MessageJob, StoredJob
from realtime.delivery.markers import ReadMarkers
from realtime.delivery.marking import AlertViews, Marking
from realtime.delivery.noise import Noise
from realtime.delivery.presence import Presence
from realtime.delivery.receipts import Receipts
from realtime.delivery.rooms import Rooms
from realtime.delivery.subscriber import Hold, Subscriber
from realtime.delivery.tail import Past, Tail
from realtime.delivery.targets import Targets
from realtime.delivery.unreached import Unreached
from realtime.delivery.views import (
    HELD_ONLY,
    NEAR_ONLY,
    has_all,
    joined,
    reasons_for,
    room_news,
)
from realtime.delivery.wishes import Wishes
from realtime.frames import Frames
from realtime.lanes import Lane
from realtime.messages import ReadUpTo, Stored, World
from realtime.naming import Naming
from storage.events import (
    Alert,
    AlertRaised,
    AlertUpdated,
    FactDropped,
    FactSet,
    GroupCreated,
    LoggedEvent,
    MemberJoined,
    MemberLeft,
    MessagePosted,
    MessageRevised,
    Noticed,
    RoomId,
    owner_of,
)


class Hub:
    """Who is connected in one world, and who gets what.

    No client can join, leave or move half-way through a choice, because nobody else runs meanwhile. The two worlds are
    two hubs: they share no structure through which anything could leak (R16).
    """

    def __init__(self, world: World, clock: Clock, naming: Naming, settings: Settings, lines: Lines) -> None:
        ttl_s = settings.positions.ttl_s
        self.world = world
        self.rooms = Rooms(world)
        self.facts = Facts(world)
        self.tail = Tail(settings.log.tail_bytes)
        self.presence = Presence(clock, ttl_s, settings.connection.max_devices)
        self._roster = self.presence.roster
        self.holds = Holds(self._roster)
        self.alerts = AlertBook(ttl_s)
        quotas = settings.quotas if world == "real" else settings.exercise_quotas
        self._alike = Alike(self.alerts, self.holds, self.facts, clock, quotas.same_within_m)
        self._alike.again = self._send_again
        self.elsewhere = Elsewhere(self.presence, self.facts, self.alerts, clock, ttl_s)
        self._concerned = Concerned(self.presence, self.rooms, self.holds, self.alerts, self.elsewhere)
        self.markers = ReadMarkers(world)
        self.unreached = Unreached(self.alerts, self.presence, self.rooms, clock)
        self.receipts = Receipts(world, clock, self._roster, self.unreached, settings.connection)
        self.wishes = Wishes(self.facts, self.presence, self.rooms, clock)
        is_limited = world == "real" and settings.quotas.enforced
        limit = settings.alerts.yellows_per_hour if is_limited else 0
        self.noise = Noise(limit, self._roster, self.rooms, clock, is_exercise=world == "exercise")
        self._clock = clock
        self._naming = naming
        self.fanout = Fanout(clock, self._roster, lines)
        views = AlertViews(world, naming, self.rooms, self.alerts)
        self.wishes.shown_otherwise = views.forget
        self._marking = Marking(views, self.holds, self._roster, self._alike, self.wishes, self.noise, clock)
        self.replayed = 0  # frames given to one alone, who came back, walked in or was let in

    # --- events ---

    def dispatch(self, logged: LoggedEvent, askers: Sequence[Subscriber]) -> None:
        """Choose and mark everyone whom a stored event concerns, and hand them to the fan-out.

        The sessions that asked for it, the one that did first and those that repeated it, get `ok` instead of a copy.
        """
        self.rooms.took(logged.rooms)
        match logged.body:
            case AlertRaised(alert) | AlertUpdated(alert):
                self._remember(logged)
                self._dispatch_alert(alert, logged.rooms, askers, durable=True)
            case MessagePosted(group=group) as message:
                self._dispatch_message(group, self._remember(logged), askers)
                self._read_own(message.author, group, logged.rooms[group], askers)
            case MessageRevised(group=group) as revised:
                self._dispatch_message(group, self._revise(logged, revised), askers)
            case _:
                self._dispatch_to_one(logged)

    def _dispatch_to_one(self, logged: LoggedEvent) -> None:
        """What is one person's own, and happens in their own room; or is told to nobody."""
        match logged.body:
            case GroupCreated() as created:
                self.rooms.created(created, logged.at)
                self._tell_membership(logged, None)
                self._let_in(created.creator, created.group)
            case MemberJoined() as joined:
                is_new = self.rooms.joined(joined)
                self._tell_membership(logged, joined.group if is_new else None)
                if is_new:
                    self._let_in(joined.user, joined.group)
            case MemberLeft() as left:
                self.rooms.left(left, logged.at)
                self.markers.forget(left.user, left.group)
                self._tell_membership(logged, None)
                for session in self.presence.of_user(left.user):
                    self.rooms.unfollow(session, left.group)
            case FactSet() | FactDropped() as said:
                self.facts.apply(said)
                self._tell_own(logged)
            case Noticed():
                self._tell_own(logged)

    def dispatch_unstored(self, alert: Alert, askers: Sequence[Subscriber]) -> None:
        """A red has outrun the log: it goes to everyone now, without seqs."""
        self._dispatch_alert(alert, {}, askers, durable=False)

    def confirm(self, logged: LoggedEvent, askers: Sequence[Subscriber]) -> None:
        """A red that outran the log is stored: say so to all who have it, and give it to those who have not."""
        if not isinstance(logged.body, AlertRaised | AlertUpdated):
            raise TypeError(f"{type(logged.body).__name__} cannot outrun the log")
        alert = logged.body.alert
        self.rooms.took(logged.rooms)
        self._remember(logged)
        record = self.alerts.settle(alert, logged.rooms, durable=True)
        told: dict[tuple[str, ...], list[int]] = {}
        for session in self._roster.those(self.holds.holders(alert.id)):
            reasons = reasons_for(session, record, self.rooms, near=False) or HELD_ONLY
            told.setdefault(tuple(room for room in reasons.rooms if room in logged.rooms), []).append(session.number)
        targets = Targets()
        for rooms, numbers in told.items():
            seqs = {room: record.rooms[room] for room in rooms}
            targets.add(numbers, Frames(Stored(alert=alert.id, revision=alert.revision, rooms=seqs)))
        self.fanout.start(Lane.RED, targets, StoredJob())  # behind the copies that are still on their way
        self._dispatch_alert(record.alert, logged.rooms, askers, durable=record.durable)

    def _dispatch_alert(
        self, alert: Alert, seqs: Mapping[RoomId, int], askers: Sequence[Subscriber], *, durable: bool
    ) -> None:
        is_first = self.alerts.record(alert.id) is None
        pairs = self.alerts.alike.get(alert.id)
        record = self.alerts.settle(alert, seqs, durable=durable)
        alert = record.alert  # a later revision may have gone out already
        self.unreached.changed(alert.id)
        chosen, absent = self._concerned.by(record)
        former = self.holds.codes(alert.id)
        if not is_first:
            chosen.add_holders(former)
        for asker in askers:
            if asker.is_open:
                chosen.remove(asker.number)
                had = hold_of(int(former[asker.number]))
                former[asker.number] = 0
                self.holds.set(alert.id, asker.number, Hold(alert.revision, 0 if had is None else had.signalled))
        if not record.is_active(self._clock.now()):
            chosen.keep_holders(former)
        muted = self.wishes.narrow(record, chosen, former)
        targets = self._marking.mark_each(record, chosen, former, muted)
        account = None
        if is_first:
            account = self.receipts.open(alert, chosen, absent)
        else:
            self.receipts.came_late(alert, chosen.count_new(former))
        job = AlertJob(self.rooms, self._roster, self.holds, record, chosen, former, self._marking.mark_one, account)
        # If a later revision of the same batch is more urgent, this one must not be overtaken by it.
        self.fanout.start(lane_of(self.alerts.latest(alert.id) or alert), targets, job)
        if pairs is not None:
            for other in self._alike.stirred(record, pairs):
                self._send_again(other)

    def _send_again(self, record: Record) -> None:
        """To whoever lacks an alert, or its signal, now that something else has changed."""
        alert, (chosen, _) = record.alert, self._concerned.by(record)
        former = self.holds.codes(alert.id)
        chosen.add_holders(former)
        self.receipts.came_late(alert, chosen.count_new(former))
        targets = self._marking.mark_each(record, chosen, former, self.wishes.narrow(record, chosen, former))
        job = AlertJob(self.rooms, self._roster, self.holds, record, chosen, former, self._marking.mark_one, None)
        self.fanout.start(lane_of(self.alerts.latest(alert.id) or alert), targets, job)

    def past(self, logged: LoggedEvent) -> Past:
        """An event as whoever comes back gets it."""
        news = room_news(logged, self._naming, self.rooms)
        return Past(logged, None if news is None else Frames(news))

    def _remember(self, logged: LoggedEvent) -> Past:
        """Keep an event of a group for those who come back soon. What is in one person's own room only they ask for."""
        past = self.past(logged)
        for room, seq in logged.rooms.items():
            if self.rooms.group(room) is not None and seq == self.rooms.room(room).last:
                self.tail.took(room, past)
        return past

    def _revise(self, logged: LoggedEvent, revised: MessageRevised) -> Past:
        """From now on the message is as it was revised to be, wherever it is still kept, and nowhere as it was."""
        past = self._remember(logged)
        message = revised.message
        if message is not None:
            before = message.revisions[-2:-1]
            self.rooms.room(revised.group).withdraw(revised.seq, *before)
            self._replace(logged, revised.group, revised.seq, message)
            for superseded in before:
                self._replace(logged, revised.group, superseded, revised.superseded())
        return past

    def _replace(self, logged: LoggedEvent, group: str, seq: int, body: MessagePosted | MessageRevised) -> None:
        self.tail.replace(group, seq, self.past(logged.left_at(group, seq, body)))

    def _dispatch_message(self, group: str, past: Past, askers: Sequence[Subscriber]) -> None:
        logged, frames, _ = past
        if frames is None:  # a revision that came too late
            return
        live: Collection[Subscriber] = self.rooms.room(group).live
        if isinstance(logged.body, MessageRevised):  # not for those who came after what it changes
            live = self.rooms.not_hidden(live, group, logged.body.seq, logged.rooms[group])
        targets = Targets()
        targets.add([session.number for session in live if session not in askers], frames)
        self.fanout.start(Lane.REST, targets, MessageJob(self.rooms, group, logged.rooms[group]))

    def _read_own(self, user: str, group: str, seq: int, askers: Sequence[Subscriber]) -> None:
        """What somebody writes who had read all before it leaves nothing unread."""
        if self.read_place(user, group) == seq - 1:
            self.markers.move(user, group, seq)
            self.tell_others(user, askers, Frames(ReadUpTo(room=group, seq=seq)))

    def read_place(self, user: str, room: RoomId) -> int:
        """The seq up to which somebody has read a room of theirs, or need not: what was before them, or is gone."""
        first = max(self.rooms.visible_from(user, room) or 1, self.rooms.room(room).first)
        return max(self.markers.place(user, room), first - 1)

    def tell_others(self, user: str, askers: Sequence[Subscriber], frames: Frames) -> None:
        """Tell all devices of one person but those that are the cause."""
        for session in self.presence.of_user(user):
            if session not in askers and user not in self.rooms.paused:
                session.tell(frames, Lane.REST)

    def _tell_membership(self, logged: LoggedEvent, begins_in: str | None) -> None:
        """A change of one person's own membership goes to their own room, and to nobody else.

        `begins_in`: the group whose room is live for them from this moment; what is older they read back.
        """
        seq = None if begins_in is None else self.rooms.room(begins_in).last
        self._tell_own(logged, joined_at=seq)

    def _tell_own(self, logged: LoggedEvent, joined_at: int | None = None) -> None:
        """What is in a person's own room goes to their devices; where there is nothing to tell, the room goes on."""
        for room, seq in logged.rooms.items():
            user = owner_of(self.world, room)
            if user is None:
                continue
            told = room_news(logged, self._naming, self.rooms, joined_at=joined_at)
            news = None if told is None else Frames(told)
            for session in self.presence.of_user(user):
                if session not in self.rooms.room(room).live:
                    continue
                if news is None:
                    session.pass_over("me", seq)
                else:
                    session.tell(news, Lane.REST)

    def _let_in(self, user: str, group: str) -> None:
        """A new member's sessions follow the room from this moment, and get what is active in it."""
        now = self._clock.now()
        for session in self.presence.of_user(user):
            self.rooms.follow(session, group)
            active = (record for record in self.alerts.of_group(group) if record.is_active(now))
            self.offer(session, ((record, False) for record in active))

    # --- people ---

    def attach(self, session: Subscriber) -> Subscriber | None:
        """A session is here from now on; returns the older one of its device, which gets nothing more."""
        older = self.presence.attach(session)
        self.wishes.attached(session)
        self.noise.attached(session.number, session.identity.user)
        if older is not None:
            self.rooms.unfollow_all(older)
            self.elsewhere.departed(older)
            self.holds.leave(older.number)
        self.receipts.returned(device_of(session))
        return older

    def detach(self, session: Subscriber) -> None:
        """A session has ended."""
        self.rooms.unfollow_all(session)
        self.elsewhere.departed(session)
        if self.presence.detach(session):
            self.receipts.departed(session)
            self.holds.leave(session.number)

    def has(self, session: Subscriber, alert: str) -> bool:
        """Whether a session is here, and has got an alert."""
        is_here = self._roster.session(session.number, self._roster.attached) is session
        return is_here and self.holds.get(alert, session.number) is not None

    def offer(self, session: Subscriber, found: Iterable[tuple[Record, bool]]) -> None:
        """Send a session each of these alerts that it is entitled to and lacks, whole, red first.

        Each comes with whether the session is, or was while it was away, near it.
        """
        number = session.number
        if session.identity.user in self.rooms.paused:
            return
        lacking = [each for each in found if not has_all(self.holds.get(each[0].alert.id, number), each[0])]
        for record, near in sorted(lacking, key=lambda each: (lane_of(each[0].alert), each[0].alert.received_at)):
            elsewhere = self.elsewhere.reasons(session, record)
            tied = any(self.holds.get(about, number) is not None for about in self.alerts.sources(record.alert))
            reasons = joined(reasons_for(session, record, self.rooms, near=near, tied=tied), elsewhere)
            is_first = self.holds.get(record.alert.id, number) is None
            if reasons is None and not is_first:
                reasons = HELD_ONLY
            if is_first and reasons == NEAR_ONLY and self.wishes.unwanted(session, record.alert, NEAR_ONLY):
                continue
            if reasons is not None and (frames := self._marking.mark_one(session, record, reasons)) is not None:
                session.deliver(frames, lane_of(record.alert))
                self.replayed += 1
                if is_first:
                    self.receipts.came_late(record.alert)

    def repeated(self, logged: LoggedEvent, session: Subscriber) -> None:
        """A session was told again what it once made: from that it has the alert, and may lack what came since."""
        if isinstance(logged.body, AlertRaised | AlertUpdated):
            alert = logged.body.alert
            record = self.alerts.record(alert.id)
            if record is not None and session.is_open:
                if self.holds.get(alert.id, session.number) is None:
                    self.holds.set(alert.id, session.number, Hold(alert.revision, signalled=0))
                self.offer(session, ((record, False),))

    def replay_alert(self, session: Subscriber, alert: Alert, seqs: Mapping[RoomId, int]) -> None:
        """A room's history has come to an alert: pass over it if the session has it, else give it as it is now."""
        if self.holds.get(alert.id, session.number) is None:
            record = self.alerts.record(alert.id) or Record(alert, seqs, durable=True)
            self.offer(session, ((record, False),))

    def moved(self, session: Subscriber, lat: float, lon: float, accuracy_m: float, age_s: float) -> None:
        """A device is here now: what is active around it concerns it from this moment, if it did not before."""
        if session.identity.user in self.wishes.elsewhere:
            place = self.wishes.place(session.identity.user, lat, lon, accuracy_m)
            if place is None:
                return
            lat, lon, accuracy_m = place
        self.presence.index.put(session.number, lat, lon, accuracy_m, self._clock.monotonic() - age_s)
        if found := self.alerts.circles.touching(lat, lon, accuracy_m):
            now = self._clock.now()
            around = (record for id in found if (record := self.alerts.record(id)) is not None)
            active = (record for record in around if record.is_active(now))
            self.offer(
                session, [(record, True) for record in active if self.alerts.reaches(record, lat, lon, accuracy_m)]
            )

    def forget_old(self) -> bool:
        """Let go of positions, alerts and stays whose time has passed; True if more of it waits."""
        now = self._clock.now()
        for alert in self.alerts.forget_old(now):
            self.holds.forget(alert.id)
            for group in alert.groups:
                self.rooms.room(group).changes += 1  # what was kept of it to be replayed may not be how it ended
        self._marking.forget_old()
        self.rooms.forget_stays_before(self.alerts.oldest_raised_at(now))
        self.unreached.forget_old()
        self.elsewhere.forget_old()
        for record in self._alike.run_out():
            self._send_again(record)
        self.fanout.run()
        return self.presence.forget_old()
