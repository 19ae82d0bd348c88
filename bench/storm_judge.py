"""Did everybody who came back get what they missed: all of it, once, in order, nothing else? Pure: no I/O, no clock.

The oracle is what the posters had acknowledged: by room, which message has which seq. What a client says it has and
what that room holds leave no choice in what it must be sent.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from bench.records import NEVER
from bench.storm_records import Posted, Return, Visit

Fault: TypeAlias = Literal["lost", "doubled", "disordered", "wrong", "never live"]
EXAMPLES: Final = 20

Room: TypeAlias = dict[int, str]
"""Messages by seq."""


@dataclass(slots=True)
class StormVerdict:
    faults: Counter[Fault] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    expected: int = 0  # events that somebody had missed
    delivered: int = 0  # events that came, right or wrong
    back: int = 0  # clients that were live in the end

    @property
    def complete(self) -> bool:
        return not self.faults

    def fault(self, kind: Fault, example: str) -> None:
        self.faults[kind] += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(f"{kind}: {example}")


def judge(posted: Iterable[Posted], rooms_of: Sequence[Set[str]], returns: Iterable[Return]) -> StormVerdict:
    """`rooms_of`: by client the rooms whose member it is."""
    history: dict[str, Room] = {}
    for one in posted:
        history.setdefault(one.room, {})[one.seq] = one.message
    verdict = StormVerdict()
    returned = {one.client: one for one in returns}
    for client, rooms in enumerate(rooms_of):
        own = {room: history.get(room, {}) for room in rooms}
        _judge_client(client, own, returned.get(client, Return(client)), verdict)
    return verdict


def _judge_client(client: int, rooms: Mapping[str, Room], of: Return, verdict: StormVerdict) -> None:
    for visit in of.visits:
        _judge_visit(client, rooms, visit, verdict)
    if of.visits:
        verdict.expected += len(_missed(rooms, of.visits[0]))
    last = of.visits[-1] if of.visits else None
    if last is None or last.live_ns == NEVER:
        verdict.fault("never live", f"client {client}, {(last and last.ended) or 'still waiting'}")
        return
    verdict.back += 1
    came = {(event.room, event.seq) for event in last.heard}
    for room, seq in _missed(rooms, last):
        if (room, seq) not in came:
            verdict.fault("lost", f"{room} {seq}, client {client}")


def _missed(rooms: Mapping[str, Room], visit: Visit) -> list[tuple[str, int]]:
    """What somebody with these places must be sent. A room that was not named is missed whole: it was theirs."""
    return [(room, seq) for room, held in rooms.items() for seq in held if seq > visit.claimed.get(room, 0)]


def _judge_visit(client: int, rooms: Mapping[str, Room], visit: Visit, verdict: StormVerdict) -> None:
    """What one connection was sent: each event new to the client, in its room's order, before `live`."""
    highest = dict(visit.claimed)
    seen: set[tuple[str, int]] = set()
    for number, event in enumerate(visit.heard):
        verdict.delivered += 1
        example = f"{event.room} {event.seq}, client {client}"
        if rooms.get(event.room, {}).get(event.seq) != event.message:
            verdict.fault("wrong", f"{example}: {event.message}")
        elif (event.room, event.seq) in seen or event.seq <= visit.claimed.get(event.room, 0):
            verdict.fault("doubled", example)
        elif event.seq < highest.get(event.room, 0):
            verdict.fault("disordered", example)
        elif number >= visit.before_live and visit.live_ns != NEVER:
            verdict.fault("disordered", f"{example}: it came after live")
        seen.add((event.room, event.seq))
        highest[event.room] = max(event.seq, highest.get(event.room, 0))
    for type in visit.odd:
        verdict.fault("wrong", f"{type}, client {client}")
