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
)

ANSWERED_WITHIN_S: Final = (60.0, 300.0, 900.0, 3_600.0, ANSWERED_S)
NEVER: Final = "never"


class Surroundings(Protocol):
    """What an event does not say itself: which areas hold a place, and what a group is like, when it is counted."""

    def areas_at(self, world: World, lat: float, lon: float) -> tuple[str, ...]: ...

    def group(self, world: World, group: str) -> tuple[str, str]:
        """The class of its size, and `open` or `locked`."""


def take(event: LoggedEvent, notes: Notes, periods: Periods, around: Surroundings) -> None:
    """Count one event."""
    world, day, week = event.world, periods.day(event.at), periods.week(event.at)
    match event.body:
        case AlertRaised(alert) | AlertUpdated(alert) if alert.role == PROBE_ROLE:
            pass
        case AlertRaised(alert) if (world, alert.id) not in notes.alerts and alert.revision == 1:
            notes.was_active(world, alert.author, week)
            _raised(event, alert, notes, periods, around)
        case AlertRaised(alert) | AlertUpdated(alert):
            _updated(event, alert, notes, week)
        case MessagePosted() as said:
            notes.was_active(world, said.author, week)
            notes.add(world, (), periods.hour(event.at), "message", *around.group(world, said.group))
            for place in sorted(notes.waiting.get(said.group, ())):
                if place[0] == world:
                    _answer(notes, place, said.author, event.at)
        case _:
            _take_rest(event, notes, day, week, around)


def _take_rest(event: LoggedEvent, notes: Notes, day: str, week: str, around: Surroundings) -> None:
    world = event.world
    match event.body:
        case MessageRevised(message=message) as revised if message is not None and not message.text:
            by = "author" if getattr(revised, "removed_why", None) is None else "moderator"
            notes.add(world, (), day, "removal", "message", by)
        case GroupCreated() as made:
            notes.was_active(world, made.creator, week)
            notes.add(world, (), day, "group", around.group(world, made.group)[1])
        case MemberJoined() as joined:
            notes.was_active(world, joined.user, week)
            notes.add(world, (), day, "join", *around.group(world, joined.group))
        case MemberLeft() as left:
            notes.add(world, (), day, "leave", *around.group(world, left.group))
        case FactSet(fact=fact) if fact.__struct_config__.tag == "withheld" and getattr(fact, "alert", None):
            notes.add(world, (), day, "removal", "alert", "moderator")


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


def _updated(event: LoggedEvent, alert: Alert, notes: Notes, week: str) -> None:
    world, place = event.world, (event.world, alert.id)
    writer = _writer_of(event)
    if writer is not None:
        notes.was_active(world, writer, week)
        _answer(notes, place, writer, event.at)
    note = notes.alerts.get(place)
    if note is not None and (ending := _ending(alert)) != note.ending:
        notes.add(world, note.areas, note.day, "ending", note.early, note.ending, number=-1)
        notes.add(world, note.areas, note.day, "ending", note.early, ending)
        notes.note(world, alert.id, note.ended(ending))


def _ending(alert: Alert) -> str:
    """What came of it: an outcome that was marked, else how it ended, else `none` so far."""
    outcome = getattr(alert, "outcome", None)
    return str(outcome or (alert.state if alert.state in ENDINGS else "none"))


def _writer_of(event: LoggedEvent) -> str | None:
    """Whose request an event was: it stands in its key. None for the server's own, as an expiry is."""
    if event.key is None:
        return None
    _, length, rest = event.key.split("/", 2)
    return rest[: int(length)] if length.isdigit() else None


def _answer(notes: Notes, place: tuple[str, str], by: str, at: float) -> None:
    """Somebody did something about an alert: if it is the first, and not its author, that is how long it took."""
    note = notes.alerts.get(place)
    if note is None or not note.waits or hashed(note.key, by) == note.author or at - note.at > ANSWERED_S:
        return
    bound = next(bound for bound in ANSWERED_WITHIN_S if at - note.at <= bound)
    world: World = "exercise" if place[0] == "exercise" else "real"
    notes.add(world, note.areas, note.day, "answer", note.level, f"{bound:g}")
    notes.note(world, place[1], note.answered())


def pass_time(notes: Notes, now: float, periods: Periods, worlds: Iterable[World]) -> None:
    """End the week, the waiting and the remembering of what is over by now."""
    for world in worlds:
        week = notes.weeks.get(world)
        if week is not None and week.monday < periods.week(now):
            notes.end_week(world)
    for (name, alert), note in list(notes.alerts.items()):
        world = "exercise" if name == "exercise" else "real"
        if note.waits and now - note.at > ANSWERED_S:
            notes.add(world, note.areas, note.day, "answer", note.level, NEVER)
            notes.note(world, alert, note.answered())
        if now - note.at > CHANGED_S:
            notes.note(world, alert, None)
