"""A small run without a fault, to be spoilt: two people in a group and a stranger, one death of the server.

Person 0 has the devices 0 and 1, person 1 the device 2, person 2 the device 3, who is in no group and far away. The
server dies at 50 and is back at 52; everybody is there from 1 to 49 and from 55 on.
"""

from typing import Any

from bench.chaos import ledger
from bench.chaos.hearing import digest
from bench.chaos.records import (
    OWN,
    Answer,
    Connection,
    Copy,
    Device,
    Life,
    Membership,
    Message,
    Position,
    Records,
    Request,
    Sent,
    Stretch,
)

GROUP = "g"
HERE, AWAY = (59.325, 18.07), (59.425, 18.07)
CELL_M = 100.0
OTHER = 2  # the device of the other member
STRANGER = 3


def ok(at: float, device: int = 0, connection: int = 0, **of: Any) -> Answer:
    return Answer(at, device, connection, **of)


def asked(
    id: str, type: str, body: dict[str, Any], at: float, *answers: Answer, user: int = 0, device: int = 0
) -> Request:
    return Request(id, user, type, body, [Sent(at, device, 0 if at < 50 else 1)], list(answers))


def copy(at: float, revision: int = 1, **of: Any) -> Copy:
    """Of the red alert `a`, as the other member gets it."""
    fields: dict[str, Any] = {
        "connection": 0 if at < 50 else 1,
        "alert": "a",
        "is_first": revision == 1,
        "level": "red",
        "state": "going_on",
        "headline": "one" if revision == 1 else "two",
        "lat": HERE[0],
        "lon": HERE[1],
        "cell_m": CELL_M,
        "why": ("near", "group:g"),
        "signal": revision == 1,
        "all_clear": False,
        "late": False,
        "durable": True,
        "rooms": {GROUP: 2},
    }
    return Copy(at=at, revision=revision, **(fields | of))


def message(at: float, seq: int, id: str, text: str | None, revision: int = 1, revises: int | None = None) -> Message:
    return Message(at, 0 if at < 50 else 1, GROUP, seq, id, digest(text), revision, revises)


def device(index: int, user: int, at: tuple[float, float], rooms: dict[str, tuple[int, int]]) -> Device:
    """Here in both lives, with all that was its own in the first."""
    places = {OWN: rooms[OWN][0]} | ({GROUP: 2} if GROUP in rooms else {})
    return Device(
        index,
        user,
        f"device-{index}",
        "json",
        connections=[
            Connection(1.0, 1.0, 1.1, 1.2, 49.9, "cut", 49.0, rooms={OWN: (0, 1)}),
            Connection(55.0, 55.0, 55.1, 55.2, proven=90.0, places=places, rooms=rooms),
        ],
        positions=[Position(1.0, 1.1, *at, 10.0, 0), Position(55.0, 55.1, *at, 10.0, 1)],
        is_settled=True,
    )


def run() -> Records:
    """A message (seq 1), a red with words that follow (seq 2), a message after the death (seq 3): all as it must be."""
    red = {
        "level": "red",
        "kind": "warn",
        "lat": HERE[0],
        "lon": HERE[1],
        "public": True,
        "groups": [GROUP],
        "headline": "one",
        "radius_m": 500,
    }
    requests = [
        asked("r1", "create_group", {"name": "G", "locked": False}, 2.0, ok(2.1, made=GROUP)),
        asked("r2", "join", {"group": GROUP}, 3.0, ok(3.1, OTHER, made=GROUP), user=1, device=OTHER),
        asked("r3", "message", {"group": GROUP, "text": "hello"}, 10.0, ok(10.1, made="m1", rooms={GROUP: 1})),
        asked("r4", "alert", red, 20.0, ok(20.1, made="a", revision=1, rooms={GROUP: 2})),
        asked("r5", "update", {"alert": "a", "headline": "two"}, 30.0, ok(30.1, made="a", revision=2)),
        asked("r6", "message", {"group": GROUP, "text": "again"}, 60.0, ok(60.1, 0, 1, made="m2", rooms={GROUP: 3})),
    ]
    theirs = {OWN: (1, 1), GROUP: (2, 1)}
    author, tablet = device(0, 0, HERE, theirs), device(1, 0, HERE, theirs)
    other, stranger = device(OTHER, 1, HERE, theirs), device(STRANGER, 2, AWAY, {OWN: (0, 1)})
    for each, joined in ((author, 2.2), (tablet, 2.2), (other, 3.2)):
        each.memberships = [Membership(joined, 0, 1, GROUP, True, 1)]
        each.stretches = [Stretch(OWN, 0, 1.1, 0), Stretch(GROUP, 0, joined, 0)]
        each.connections[1].holds = {"a": 2}
        each.holds = {"a": 2}
    for each in (tablet, other):
        each.messages = [message(10.2, 1, "m1", "hello"), message(60.2, 3, "m2", "again")]
    tablet.copies = [copy(20.2, why=("own", "near", "group:g"), signal=False, cell_m=None)]
    tablet.copies += [copy(30.2, 2, why=("own", "near", "group:g"), cell_m=None)]
    other.copies = [copy(20.2), copy(30.2, 2)]
    lives = [Life(0.0, 0.5, 50.0, 50.1, "SIGKILL"), Life(51.0, 52.0, 95.0, 96.0, "SIGTERM")]
    return Records([author, tablet, other, stranger], requests, [], lives)


def faults(found: Records) -> dict[str, int]:
    """How many of each kind the ledger finds, if any."""
    return {kind: count for kind, count in ledger.judge(found).counts.items() if count}
