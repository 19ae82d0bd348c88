"""Private threads: somebody and an organisation write to each other, and nobody else learns of it (F51, F52, F56, R23).

A thread is a room whose members are the sender and, while it is open, the organisation's staff: so that catching up,
reading back, revising and read marks are the same as in a group. What groups have beside that is not there for it.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from realtime.clock import Clock
from realtime.delivery.hub import Hub
from realtime.delivery.writer import Writer
from realtime.errors import Ended, Invalid, NotFound, RateLimited
from realtime.messages import (
    OFFICE_OF,
    Assign,
    Author,
    CloseThread,
    ListThreads,
    Ok,
    Picture,
    PostMessage,
    ReopenThread,
    ThreadCard,
    ThreadList,
    World,
    WriteTo,
)
from realtime.naming import Naming
from realtime.service.access import Access
from realtime.service.acts import act_for, kept, noticed, required_id
from realtime.service.caller import Caller
from realtime.service.groupbook import no_such_group
from realtime.service.groups.posting import check_says_something
from realtime.service.organisations.offices import Offices
from realtime.service.pictures.gallery import Pictures
from storage.events import (
    Entry,
    Event,
    FactSet,
    GroupCreated,
    MemberJoined,
    MemberLeft,
    MessagePosted,
    own_room,
    thread_id,
)
from storage.facts import Organisation, Staff, Thread, joined_key
from storage.forgetting import NOBODY

DAY_S: Final = 86_400.0
MAX_A_DAY: Final = 20  # threads that one person may begin


class Threads:
    """The private threads of one world."""

    def __init__(
        self,
        hub: Hub,
        writer: Writer,
        clock: Clock,
        naming: Naming,
        access: Access,
        offices: Offices,
        pictures: Pictures,
    ) -> None:
        self._hub = hub
        self._writer = writer
        self._clock = clock
        self._naming = naming
        self._access = access
        self._offices = offices
        self._pictures = pictures
        self._of: dict[str, dict[str, Thread]] = {}  # by organisation and room
        self._by: dict[str, dict[str, Thread]] = {}  # by sender and room
        hub.facts.listen(Thread, self._changed)

    def _changed(self, before: Thread | None, now: Thread | None) -> None:
        if before is not None:
            self._of[before.organisation].pop(before.room, None)
            self._by[before.sender].pop(before.room, None)
        if now is not None:
            self._of.setdefault(now.organisation, {})[now.room] = now
            self._by.setdefault(now.sender, {})[now.room] = now

    # --- writing ---

    def write_to(self, caller: Caller, message: WriteTo) -> None:
        """Begin a thread: the room, its people and the first message are one act."""
        world, user = caller.identity.world, caller.identity.user
        room = thread_id(self._naming.made_by("thread", world, user, required_id(message)))
        text_id = self._naming.made_by("message", world, user, required_id(message))
        if message.about_alert is not None and message.kind != "tip":
            raise Invalid("what a witness says about an alert is a tip", field="kind")

        def decide() -> Entry:
            identity, now = caller.identity, self._clock.now()
            card = self._hub.facts.latest(Organisation, message.organisation)
            if card is None or card.closed:
                raise NotFound("no such organisation", field="organisation")
            self._check_alert(card, user, message)
            self._check_pace(user, now)
            thread = Thread(
                room=room,
                organisation=card.id,
                sender=user,
                about=message.kind,
                opened_at=now,
                last_at=now,
                name=None if message.anonymous else identity.name,
                role="member" if message.anonymous else identity.role,
                alert=message.about_alert,
            )
            said = MessagePosted(
                id=text_id,
                group=room,
                author=user,
                name=thread.name,
                role=thread.role,
                issuer=None if message.anonymous else identity.issuer,
                text=message.text,
                sent_at=now,
                received_at=now,
            )
            created = GroupCreated(
                group=room, creator=user, name=card.name, purpose="", conduct="", locked=True, history="all"
            )
            people = (joins(world, room, each, now) for each in self._staff(card.id) if each != user)
            return Entry(
                body=FactSet(fact=thread),
                world=world,
                at=now,
                also=(
                    Entry(body=created, world=world, at=now, rooms=(own_room(world, user),)),
                    *people,
                    Entry(body=said, world=world, at=now, rooms=(room,)),
                ),
            )

        self._writer.submit(kept(caller, message, decide, group=room))

    def post(self, caller: Caller, message: PostMessage) -> None:
        """Say something in a thread. The staff speak in the organisation's name; the sender as they began.

        A picture may show who somebody is: nobody but the organisation and the sender sees it (R2, R3).
        """
        check_says_something(message)
        identity = caller.identity
        id = self._naming.made_by("message", identity.world, identity.user, required_id(message))

        def decide(key: str, digest: bytes) -> Entry:
            self._access.require(caller.identity, message, group=message.group)
            thread = self._hub.facts.latest(Thread, message.group)
            if thread is None or not self._is_in(thread, caller.identity.user):
                raise no_such_group()
            if thread.state == "closed":
                raise Ended("this thread is closed; begin another")
            now = self._clock.now()
            image: Picture | None = None
            shown: tuple[Entry, ...] = ()
            if message.image is not None:
                image, kept_picture = self._pictures.shown(
                    caller.identity, message.image, id, to_strangers=False, to_office=True
                )
                shown = (kept_picture,)
            said = self._said(caller, thread, id, message.text, image, now)
            return Entry(
                body=said,
                world=identity.world,
                at=now,
                rooms=(thread.room,),
                key=key,
                digest=digest,
                also=(self._now_is(thread, last_at=now), *shown),
            )

        def ok(event: Event, seqs: Mapping[str, int], durable: bool) -> Ok:
            return Ok(id=required_id(message), durable=durable, message=id, rooms=dict(seqs))

        self._writer.submit(act_for(caller, message, decide=decide, ok=ok))

    def _said(
        self, caller: Caller, thread: Thread, id: str, text: str, image: Picture | None, now: float
    ) -> MessagePosted:
        identity = caller.identity
        name, role, issuer = thread.name, thread.role, identity.issuer if thread.name is not None else None
        if identity.user != thread.sender:
            card = self._hub.facts.latest(Organisation, thread.organisation)
            name, issuer = identity.name, self._offices.issuer(thread.organisation)
            role = identity.role if card is None else OFFICE_OF[card.sector]
        elif thread.name is not None:
            name, role = identity.name, identity.role  # as who they are now
        return MessagePosted(
            id=id,
            group=thread.room,
            author=identity.user,
            name=name,
            role=role,
            issuer=issuer,
            text=text,
            image=image,
            sent_at=now,
            received_at=now,
        )

    def _is_in(self, thread: Thread, user: str) -> bool:
        """Whether somebody has a part in a thread when all that is decided has happened."""
        works_there = self._hub.facts.latest(Staff, joined_key(thread.organisation, user)) is not None
        return user == thread.sender or works_there

    def _staff(self, organisation: str) -> list[str]:
        return [staff.user for staff in self._hub.facts.latest_of(Staff) if staff.organisation == organisation]

    def _check_alert(self, card: Organisation, user: str, message: WriteTo) -> None:
        """What a witness says goes to the police alone, and about an alert that they can have had."""
        if message.about_alert is None:
            return
        if card.sector != "police":
            raise Invalid("what a witness says about an alert goes to the police only", field="organisation")
        record = self._hub.alerts.record(message.about_alert)
        if record is not None:
            alert, rooms = record.alert, self._hub.rooms
            since = alert.received_at
            if alert.public or alert.author == user or any(rooms.belonged_since(user, g, since) for g in alert.groups):
                return
        raise NotFound("no such alert, or not one that you had", field="about_alert")

    def _check_pace(self, user: str, now: float) -> None:
        decided = self._hub.facts.decided(Thread)
        mine = {room: each for room, each in decided.items() if each is not None and each.sender == user}
        known = {**self._by.get(user, {}), **mine}
        begun = sorted(each.opened_at for each in known.values() if each.opened_at > now - DAY_S)
        if len(begun) >= MAX_A_DAY:
            wait_s = begun[-MAX_A_DAY] + DAY_S - now
            raise RateLimited(f"one may begin {MAX_A_DAY} threads a day", retry_after_s=wait_s)

    def _now_is(self, thread: Thread, **changes: object) -> Entry:
        now = self._clock.now()
        return Entry(body=FactSet(fact=thread.changed(**changes)), world=self._hub.world, at=now)

    # --- the inbox ---

    def inbox(self, caller: Caller, message: ListThreads) -> None:
        """An organisation's threads for its staff, or one's own; the latest first."""
        id = required_id(message)
        user, organisation = caller.identity.user, message.organisation
        if organisation is None:
            threads = self._by.get(user, {})
        else:
            self._access.require_in(caller.identity, message, organisation=organisation, field="organisation")
            threads = self._of.get(organisation, {})
        found = [
            each
            for each in reversed(threads.values())  # the last one changed first, among those of one moment
            if message.state in (None, each.state) and (message.before is None or each.last_at < message.before)
        ]
        found.sort(key=lambda each: -each.last_at)
        shown = tuple(self._card(each, user) for each in found[: message.limit])
        caller.answer(ThreadList(id=id, threads=shown, more=len(found) > len(shown)))

    def _card(self, thread: Thread, user: str) -> ThreadCard:
        """A thread as a line in somebody's list; who wrote anonymously is in none of them."""
        pseudonym = self._naming.pseudonym(self._hub.world, thread.sender, thread.room)
        room = self._hub.rooms.thread(thread.room)
        seq = self._hub.rooms.room(thread.room).last
        return ThreadCard(
            thread=thread.room,
            organisation=thread.organisation,
            name=thread.organisation if room is None else room.name,
            kind=thread.about,
            state=thread.state,
            author=Author(role=thread.role, name=thread.name, pseudonym=None if thread.name is not None else pseudonym),
            opened_at=thread.opened_at,
            last_at=thread.last_at,
            seq=seq,
            unread=seq - self._hub.read_place(user, thread.room),
            about_alert=thread.alert,
            assigned=None if user == thread.sender else thread.assigned,
        )

    def assign(self, caller: Caller, message: Assign) -> None:
        def change(thread: Thread, card: Organisation, now: float) -> tuple[Thread, list[Entry]]:
            if message.user is None:
                return thread.changed(assigned=None), []
            # Also the sender, if they work there: to be refused would tell their colleagues who they are.
            if message.user not in self._staff(card.id):
                raise NotFound("nobody of that name works there", field="user")
            told = [self._told(message.user, "thread_assigned", thread, card, now)]
            return thread.changed(assigned=message.user), told

        self._change(caller, message, change)

    def close(self, caller: Caller, message: CloseThread) -> None:
        """The sender can still read it; the staff find it in their list."""

        def change(thread: Thread, card: Organisation, now: float) -> tuple[Thread, list[Entry]]:
            if thread.state == "closed":
                return thread, []
            return thread.changed(state="closed"), list(_closing(self._hub, thread, card, now))

        self._change(caller, message, change)

    def reopen(self, caller: Caller, message: ReopenThread) -> None:
        def change(thread: Thread, card: Organisation, now: float) -> tuple[Thread, list[Entry]]:
            if thread.state == "open":
                return thread, []
            if thread.sender == NOBODY:
                raise Ended("who wrote this has erased their account")
            people = [each for each in self._staff(card.id) if each != thread.sender]
            entries = [joins(self._hub.world, thread.room, each, now) for each in people]
            entries.append(self._told(thread.sender, "thread_reopened", thread, card, now))
            return thread.changed(state="open"), entries

        self._change(caller, message, change)

    def _change(
        self,
        caller: Caller,
        message: Assign | CloseThread | ReopenThread,
        change: Callable[[Thread, Organisation, float], tuple[Thread, list[Entry]]],
    ) -> None:
        """What the staff do with a thread. For everybody else it is not there."""

        def decide() -> Entry:
            thread = self._hub.facts.latest(Thread, message.thread)
            card = None if thread is None else self._hub.facts.latest(Organisation, thread.organisation)
            if thread is None or card is None:
                raise NotFound("no such thread, or not one of yours", field="thread")
            self._require(caller, message, thread)
            now = self._clock.now()
            changed, also = change(thread, card, now)
            return Entry(body=FactSet(fact=changed), world=self._hub.world, at=now, also=tuple(also))

        self._writer.submit(kept(caller, message, decide, group=message.thread))

    def _require(self, caller: Caller, message: Assign | CloseThread | ReopenThread, thread: Thread) -> None:
        standings = set(self._access.in_organisation(caller.identity, thread.organisation))
        if caller.identity.user == thread.sender or "staff" not in standings:
            raise NotFound("no such thread, or not one of yours", field="thread")

    def _told(self, user: str, code: str, thread: Thread, card: Organisation, now: float) -> Entry:
        return noticed(self._hub.world, user, code, now, group=thread.room, name=card.name)


def joins(world: World, room: str, user: str, now: float) -> Entry:
    body = MemberJoined(group=room, user=user)
    return Entry(body=body, world=world, at=now, rooms=(own_room(world, user),))


def _leaves(hub: Hub, room: str, user: str, now: float) -> Entry:
    body = MemberLeft(group=room, user=user)
    return Entry(body=body, world=hub.world, at=now, rooms=(own_room(hub.world, user),))


def staff_joins(hub: Hub, staff: Staff, now: float) -> Iterator[Entry]:
    """Somebody new works there: every open thread is theirs too, but one that they began."""
    for thread in list(hub.facts.latest_of(Thread)):
        if thread.organisation == staff.organisation and thread.state == "open" and thread.sender != staff.user:
            yield joins(hub.world, thread.room, staff.user, now)


def staff_leaves(hub: Hub, staff: Staff, now: float) -> Iterator[Entry]:
    """Somebody works there no longer: no thread is theirs, but one that they began; none is theirs to see to."""
    for thread in list(hub.facts.latest_of(Thread)):
        if thread.organisation != staff.organisation:
            continue
        if thread.state == "open" and thread.sender != staff.user:
            yield _leaves(hub, thread.room, staff.user, now)
        if thread.assigned == staff.user:
            yield Entry(body=FactSet(fact=thread.changed(assigned=None)), world=hub.world, at=now)


def _closing(hub: Hub, thread: Thread, card: Organisation, now: float) -> Iterator[Entry]:
    for staff in list(hub.facts.latest_of(Staff)):
        if staff.organisation == card.id and staff.user != thread.sender:
            yield _leaves(hub, thread.room, staff.user, now)
    yield noticed(hub.world, thread.sender, "thread_closed", now, group=thread.room, name=card.name)


def closed_threads(hub: Hub, card: Organisation, now: float) -> Iterator[Entry]:
    """An organisation is closed: so is whatever was written to it."""
    for thread in list(hub.facts.latest_of(Thread)):
        if thread.organisation == card.id and thread.state == "open":
            yield Entry(body=FactSet(fact=thread.changed(state="closed")), world=hub.world, at=now)
            yield from _closing(hub, thread, card, now)
