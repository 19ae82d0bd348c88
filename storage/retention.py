"""How long what is kept: as what an event counts when that is decided (R29)."""

from typing import Final, assert_never, get_args

from realtime.messages import World
from storage.events import (
    PROBE_ROLE,
    AlertRaised,
    AlertUpdated,
    Erased,
    Event,
    FactDropped,
    FactSet,
    GroupCreated,
    Kept,
    MemberJoined,
    MemberLeft,
    MessagePosted,
    MessageRevised,
    Noticed,
)

KEPT: Final[tuple[Kept, ...]] = get_args(Kept)  # in the order in which they are pruned


def kept_as(event: Event, world: World) -> Kept:
    """What decides how long an event is kept.

    An alert that is both public and in groups' rooms goes as a public one: it was told to strangers.
    """
    match event:
        case AlertRaised(alert) | AlertUpdated(alert):
            if world == "exercise":
                return "probe" if alert.role == PROBE_ROLE else "exercise"
            return "public_alert" if alert.public else "room_alert"
        case _ if world == "exercise":
            return "exercise"
        case MessagePosted() | MessageRevised() | Erased():
            return "message"
        case GroupCreated() | MemberJoined() | MemberLeft():
            return "membership"
        case FactSet() | FactDropped() | Noticed():
            return "record"
        case _:
            assert_never(event)
