"""Each alert as it was: who raised it, what it said at each revision, where, and since when that is on disk."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from bench.chaos.kept import ENDINGS
from bench.chaos.records import NEVER, Copy, Records, Request

_FIRST_STATE: Final = {"red": "going_on", "yellow": "may_happen", "info": "may_happen"}


@dataclass(frozen=True, slots=True)
class Words:
    level: str
    state: str
    headline: str | None


@dataclass(slots=True)
class Place:
    """Where an alert was: from `asked` possibly, from `known` surely; until `leaving` surely, until `left` possibly."""

    lat: float
    lon: float
    first_revision: int
    asked: float
    known: float
    leaving: float = NEVER
    left: float = NEVER
    published: tuple[float, float, float] | None = None  # the centre of its cell, and the cell's size


@dataclass(slots=True)
class Case:
    """`durable`: since when each revision is known to be on disk. `words` has those revisions that are beyond doubt."""

    id: str
    request: Request
    durable: dict[int, float] = field(default_factory=dict)
    updates: list[Request] = field(default_factory=list)
    words: dict[int, Words] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)

    @property
    def user(self) -> int:
        return self.request.user

    @property
    def body(self) -> dict[str, Any]:
        return self.request.body

    @property
    def final(self) -> int:
        """The last revision on disk; 0 if there is none."""
        return max(self.durable, default=0)

    @property
    def known(self) -> float:
        """Since when it is surely there to be had."""
        return min(self.durable.values(), default=NEVER)

    @property
    def answered(self) -> float:
        return min((answer.at for answer in self.request.answers if answer.error is None), default=NEVER)

    @property
    def is_gone(self) -> bool:
        """Whether its author was told that there is no such alert."""
        return any(answer.error == "not_found" for update in self.updates for answer in update.answers)

    @property
    def ending(self) -> float:
        """When somebody first asked to end it."""
        return min((u.first_sent for u in self.updates if u.body.get("state") in ENDINGS), default=NEVER)

    @property
    def ended(self) -> float:
        """Since when its end is known to be on disk."""
        ends = (at for revision, at in self.durable.items() if self._ends(revision))
        return min(ends, default=NEVER)

    def _ends(self, revision: int) -> bool:
        words = self.words.get(revision)
        return words is not None and words.state in ENDINGS


def gather(records: Records) -> dict[str, Case]:
    """All alerts that anybody was told `ok` of, by id."""
    cases: dict[str, Case] = {}
    for request in records.requests:
        made = next((answer.made for answer in request.answers if answer.error is None), None)
        if request.type == "alert" and made is not None:
            cases[made] = Case(made, request)
    for request in records.requests:
        if request.type == "update" and request.body["alert"] in cases:
            cases[request.body["alert"]].updates.append(request)
    _date(cases, records)
    for case in cases.values():
        _compose(case)
    _locate(cases, records)
    return cases


def _date(cases: dict[str, Case], records: Records) -> None:
    """Since when each revision is on disk, by whatever was told first."""
    for alert, revision, at in _told_stored(records):
        if (case := cases.get(alert)) is not None:
            case.durable[revision] = min(at, case.durable.get(revision, NEVER))


def _told_stored(records: Records) -> Iterator[tuple[str, int, float]]:
    for request in records.requests:
        for answer in request.answers if request.type in ("alert", "update") else ():
            if answer.error is None and answer.durable and answer.made is not None:
                yield answer.made, answer.revision, answer.at
    for device in records.devices:
        yield from ((copy.alert, copy.revision, copy.at) for copy in device.copies if copy.durable)
        yield from ((told.alert, told.revision, told.at) for told in device.confirmed)


def _compose(case: Case) -> None:
    """What each revision said. Where two requests lay claim to one, the one that was stored has it."""
    made: dict[int, list[Request]] = {}
    for request in case.updates:
        for answer in request.answers:
            if answer.error is None and request not in made.setdefault(answer.revision, []):
                made[answer.revision].append(request)
    body = case.body
    words = Words(body["level"], _FIRST_STATE[body["level"]], body.get("headline"))
    case.places.append(Place(body["lat"], body["lon"], 1, case.request.first_sent, case.known))
    case.words[1] = words
    for revision in range(2, max(case.final, *made, 1) + 1):
        claims = made.get(revision, [])
        stored = [request for request in claims if request.stored is not None]
        chosen = stored or claims
        if len(chosen) != 1:
            return  # nobody was told of it, or two were and neither is known to be stored: from here nothing is sure
        (request,) = chosen
        body = request.body
        headline = body.get("headline", None if "wrong" in body else words.headline)
        words = Words(body.get("level", words.level), body.get("state", words.state), headline)
        case.words[revision] = words
        if "lat" in body:
            at = case.durable.get(revision, NEVER)
            case.places[-1].leaving, case.places[-1].left = request.first_sent, at
            case.places.append(Place(body["lat"], body["lon"], revision, request.first_sent, at))


def _locate(cases: dict[str, Case], records: Records) -> None:
    """The published place of each, as any copy shows it."""
    for device in records.devices:
        for copy in device.copies:
            case = cases.get(copy.alert)
            if case is not None and copy.cell_m is not None and copy.durable:
                place = place_at(case, copy)
                if place.published is None:
                    place.published = (copy.lat, copy.lon, copy.cell_m)


def place_at(case: Case, copy: Copy) -> Place:
    """Where the alert was at this copy's revision."""
    return max((p for p in case.places if p.first_revision <= copy.revision), key=lambda p: p.first_revision)
