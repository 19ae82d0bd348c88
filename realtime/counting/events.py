"""From an event of the log to what is counted of it."""

from collections.abc import Iterable
from secrets import token_bytes
from typing import Final, Protocol

from realtime.counting.notes import ANSWERED_S, CHANGED_S, AlertNote, Notes, hashed
from realtime.counting.periods import Periods
from realtime.messages import ENDINGS, World
from storage.events import (
    PROBE_ROLE,
    Alert,
    AlertRaised,
    AlertUpdated,
    FactSet,
    GroupCreated,
    LoggedEvent,
    MemberJoined,
    MemberLeft,
    MessagePosted,
    MessageRevised,
    is_thread,
)
from storage.facts import AnyFact, Appeal, Decision, Report, Withheld

ANSWERED_WITHIN_S: Final = (60.0, 300.0, 900.0, 3_600.0, ANSWERED_S)
NEVER: Final = "never"


class Surroundings(Protocol):
    """What an event does not say itself, as it is when it is counted."""

    def areas_at(self, world: World, lat: float, lon: float) -> tuple[str, ...]: ...

    def group(self, world: World, group: str) -> tuple[str, str]:
        """The class of its size, and `open` or `locked`."""

    def answered_at(self, world: World, alert: str) -> float | None:
        """When somebody first answered an alert that is still in the book."""


def take(event: LoggedEvent, notes: Notes, periods: Periods, around: Surroundings) -> None:
    """Count one event. What happens in a private thread is in no count: nobody may learn that there is one."""
    if is_thread(getattr(event.body, "group", None) or ""):
        return
    world, day, week = event.world, periods.day(event.at), periods.week(event.at)
    match event.body:
        case AlertRaised(alert) | AlertUpdated(alert) if alert.role == PROBE_ROLE:
            pass
        case AlertRaised(alert) if (world, alert.id) not in notes.alerts and alert.revision == 1:
            notes.was_active(world, alert.author, week)
            _raised(event, alert, notes, periods, around)
        case AlertRaised(alert) | AlertUpdated(alert):
            _updated(event, alert, notes, week, around)
        case MessagePosted() as said:
            notes.was_active(world, said.author, week)
            notes.add(world, (), periods.hour(event.at), "message", *around.group(world, said.group))
            for place in sorted(notes.waiting.get(said.group, ())):
                if place[0] == world:
                    _answer(notes, place, said.author, event.at, around)
        case _:
            _take_rest(event, notes, day, week, around)


def _take_rest(event: LoggedEvent, notes: Notes, day: str, week: str, around: Surroundings) -> None:
    world = event.world
    match event.body:
        case MessageRevised(message=message, removed_why=None) if message is not None and message.is_removed:
            notes.add(world, (), day, "removal", "message", "author")
        case GroupCreated() as made:
            notes.was_active(world, made.creator, week)
            notes.add(world, (), day, "group", around.group(world, made.group)[1])
        case MemberJoined() as joined:
            notes.was_active(world, joined.user, week)
            notes.add(world, (), day, "join", *around.group(world, joined.group))
        case MemberLeft() as left:
            notes.add(world, (), day, "leave", *around.group(world, left.group))
        case FactSet(fact=fact):
            _moderated(fact, notes, world, day)


def _moderated(fact: AnyFact, notes: Notes, world: World, day: str) -> None:
    match fact:
        case Withheld(removed=True) if not is_thread(fact.group or ""):
            notes.add(world, (), day, "removal", "message" if fact.alert is None else "alert", "moderator")
        case Report(group=group) if not is_thread(group or ""):
            notes.add(world, (), day, "report", fact.category)
        case Decision(is_final=False, group=group) if not is_thread(group or ""):
            notes.add(world, (), day, "decision", fact.action)
        case Appeal():
            notes.add(world, (), day, "decision", "appeal")


def _raised(event: LoggedEvent, alert: Alert, notes: Notes, periods: Periods, around: Surroundings) -> None:
    world, day = event.world, periods.day(event.at)
    areas = around.areas_at(world, alert.public_lat, alert.public_lon)
    groups = [around.group(world, group) for group in alert.groups]
    scope = "public" if alert.public else "locked" if all(lock == "locked" for _, lock in groups) else "open"
    early = "before" if alert.state == "may_happen" else "after"
    notes.add(world, areas, periods.hour(event.at), "alert", alert.level, scope)
    notes.add(world, areas, day, "alert_kind", alert.kind, early)
    notes.add(world, areas, day, "alert_category", alert.category or "none")
    for size, lock in groups:
        notes.add(world, (), day, "group_alert", size, lock)
    key = token_bytes(16)
    note = AlertNote(
        at=event.at,
        day=day,
        areas=areas,
        level=alert.level,
        early=early,
        ending=_ending(alert),
        groups=alert.groups,
        author=hashed(key, alert.author),
        key=key,
    )
    notes.add(world, areas, day, "ending", early, note.ending)
    notes.note(world, alert.id, note)


def _updated(event: LoggedEvent, alert: Alert, notes: Notes, week: str, around: Surroundings) -> None:
    world, place = event.world, (event.world, alert.id)
    writer = _writer_of(event)
    if writer is not None:
        notes.was_active(world, writer, week)
        if alert.by_role is not None:  # an office has said how it is; whoever moderates has not answered
            _answer(notes, place, writer, event.at, around)
    note = notes.alerts.get(place)
    if note is not None and alert.disputed and not note.disputed:
        notes.add(world, note.areas, note.day, "disputed", note.level)
        note = note.now_disputed()
        notes.note(world, alert.id, note)
    if note is not None and (ending := _ending(alert)) != note.ending:
        notes.add(world, note.areas, note.day, "ending", note.early, note.ending, number=-1)
        notes.add(world, note.areas, note.day, "ending", note.early, ending)
        notes.note(world, alert.id, note.ended(ending))


def _ending(alert: Alert) -> str:
    """What came of it: an outcome that was marked, else how it ended, else `none` so far."""
    return alert.outcome or (alert.state if alert.state in ENDINGS else "none")


def _writer_of(event: LoggedEvent) -> str | None:
    """Whose request an event was: it stands in its key. None for the server's own, as an expiry is."""
    if event.key is None:
        return None
    _, length, rest = event.key.split("/", 2)
    return rest[: int(length)] if length.isdigit() else None


def _answer(notes: Notes, place: tuple[str, str], by: str, at: float, around: Surroundings) -> None:
    """Somebody did something about an alert: if it is the first, and not its author, that is how long it took."""
    note = notes.alerts.get(place)
    if note is None or not note.waits or hashed(note.key, by) == note.author:
        return
    world: World = "exercise" if place[0] == "exercise" else "real"
    answered_at = around.answered_at(world, place[1])
    _took(notes, world, place[1], note, at if answered_at is None else min(at, answered_at))


def _took(notes: Notes, world: World, alert: str, note: AlertNote, at: float) -> None:
    bound = next((bound for bound in ANSWERED_WITHIN_S if at - note.at <= bound), None)
    if bound is not None:
        notes.add(world, note.areas, note.day, "answer", note.level, f"{bound:g}")
        notes.note(world, alert, note.answered())


def pass_time(notes: Notes, now: float, periods: Periods, worlds: Iterable[World], around: Surroundings) -> None:
    """End the week, the waiting and the remembering of what is over by now."""
    for world in worlds:
        week = notes.weeks.get(world)
        if week is not None and week.monday < periods.week(now):
            notes.end_week(world)
    for (name, alert), note in list(notes.alerts.items()):
        world = "exercise" if name == "exercise" else "real"
        answered_at = around.answered_at(world, alert) if note.waits else None
        if answered_at is not None:
            _took(notes, world, alert, note, answered_at)
            note = notes.alerts[name, alert]
        if note.waits and now - note.at > ANSWERED_S:
            notes.add(world, note.areas, note.day, "answer", note.level, NEVER)
            notes.note(world, alert, note.answered())
        if now - note.at > CHANGED_S:
            notes.note(world, alert, None)
