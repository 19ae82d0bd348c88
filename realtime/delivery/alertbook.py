"""The alerts of one world that still matter: active, or ended so lately that somebody may yet show them."""

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from geo.areas import Area
from geo.boxes import BoxIndex
from geo.circles import CircleIndex
from geo.distance import MAX_MARGIN_M, Box
from realtime.lanes import LANE_OF_LEVEL, Lane
from realtime.messages import LEVEL_NUMBER, Level
from storage.events import Alert, RoomId

KEPT_S = 86_400.0  # clients name what they still show, at most so long after its end


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """One alert as dispatched: its current revision, and the seqs that it took when it was raised.

    `durable` is False while its last revision has outrun the log. Whatever changes is a new record.
    """

    alert: Alert
    rooms: Mapping[RoomId, int]
    durable: bool

    @property
    def ends_at(self) -> float:
        """When it ended, or will by itself (Unix seconds)."""
        return self.alert.expires_at if self.alert.ended_at is None else self.alert.ended_at

    def is_active(self, now: float) -> bool:
        return now < self.ends_at

    @property
    def is_near_somebody(self) -> bool:
        """Whether it goes to those near: public, and of a level that has a radius, or aimed at a polygon."""
        return self.alert.public and (self.alert.radius_m is not None or self.alert.polygon is not None)


def lane_of(alert: Alert) -> Lane:
    """The highest lane that an alert ever had: its end is as urgent as its start (R13)."""
    return min(LANE_OF_LEVEL[change.level] for change in alert.levels)


def level_at(alert: Alert, revision: int) -> Level:
    """The level that an alert had at one of its revisions."""
    return max((change for change in alert.levels if change.revision <= revision), key=lambda c: c.revision).level


def wished_level(alert: Alert) -> Level:
    """The level by which somebody's wishes judge an alert: its end is as urgent as the highest it ever had (R13)."""
    if alert.ended_at is None:
        return alert.level
    return max((change.level for change in alert.levels), key=LEVEL_NUMBER.__getitem__)


def signal_number(level: Level) -> int:
    """The number of a level that gives a signal; 0 for info, which never does."""
    return 0 if level == "info" else LEVEL_NUMBER[level]


def reach_m(alert: Alert) -> float:
    """How far from its published place an alert reaches.

    Half the cell's diagonal is added, so that nobody within the radius of the true place is missed (R18). That is also
    how far around a polygon one that is aimed at it reaches.
    """
    return (alert.radius_m or 0.0 if alert.polygon is None else 0.0) + alert.cell_m * 2**0.5 / 2


class AlertBook:
    """Alerts as dispatched, and over them those that are decided but not yet dispatched.

    Whatever is decided next (revisions, limits) is decided on the two together; whatever is shown comes from the first.
    """

    def __init__(self, position_ttl_s: float) -> None:
        self._position_ttl_s = position_ttl_s
        self._records: dict[str, Record] = {}
        self._decided: dict[str, Alert] = {}
        self.circles = CircleIndex()
        self._places: BoxIndex[str] = BoxIndex()  # of public alerts, as published
        self._areas: dict[str, Area] = {}  # of those that are aimed at a polygon
        self._by_author: dict[str, list[str]] = {}
        self._by_group: dict[str, set[str]] = {}
        self._official: set[str] = set()
        self._tied: dict[str, set[str]] = {}  # to each alert, those that are about it, or into which it was merged
        self.merged: dict[str, set[str]] = {}  # into each alert, those that were (R11)
        self.alike: dict[str, frozenset[str]] = {}  # to each alert, those that may be of the same thing
        self.reds: dict[str, float] = {}  # when each became a red
        self._due: list[tuple[float, str]] = []  # when to look at an alert again, to forget it

    def __len__(self) -> int:
        return len(self._records)

    # --- decided ---

    def decide(self, alert: Alert) -> None:
        """This will be the alert's next revision, unless its batch fails."""
        self._decided[alert.id] = alert

    def undecide(self, kept: Iterable[Alert]) -> None:
        """A batch failed: only these still stand, in order of decision."""
        self._decided = {alert.id: alert for alert in kept}

    def latest(self, alert: str) -> Alert | None:
        """The last decided revision of an alert that still matters."""
        decided = self._decided.get(alert)
        if decided is not None:
            return decided
        record = self._records.get(alert)
        return None if record is None else record.alert

    def undispatched(self) -> Collection[str]:
        """What is decided and not yet dispatched."""
        return self._decided.keys()

    def by_author(self, user: str) -> list[Alert]:
        """All that one person has raised and that is still in the book, as last decided."""
        alerts = [self._decided.get(id) or self._records[id].alert for id in self._by_author.get(user, ())]
        known = {alert.id for alert in alerts}
        return alerts + [a for a in self._decided.values() if a.author == user and a.id not in known]

    # --- dispatched ---

    def settle(self, alert: Alert, rooms: Mapping[RoomId, int], *, durable: bool) -> Record:
        """This revision is dispatched now. An older one than is known changes nothing but its seqs."""
        decided = self._decided.get(alert.id)
        if decided is not None and decided.revision <= alert.revision and durable:
            del self._decided[alert.id]
        before = self._records.get(alert.id)
        if before is None:
            self._by_author.setdefault(alert.author, []).append(alert.id)
            for group in alert.groups:
                self._by_group.setdefault(group, set()).add(alert.id)
            if alert.official is not None:
                self._official.add(alert.id)
            for tied in alert.about:
                self._tied.setdefault(tied, set()).add(alert.id)
        else:
            rooms = rooms or before.rooms
            if before.alert.revision > alert.revision:
                alert, durable = before.alert, before.durable
            elif before.alert.author != alert.author:  # who has erased their account
                self._not_by(before.alert.author, alert.id)
                self._by_author.setdefault(alert.author, []).append(alert.id)
        if alert.level == "red" and alert.id not in self.reds:
            self.reds[alert.id] = alert.levels[-1].at
        if alert.same_as or (before is not None and before.alert.same_as):
            self._pair(alert, () if before is None else before.alert.same_as)
        record = self._records[alert.id] = Record(alert, rooms, durable)
        self._place(record)
        heapq.heappush(self._due, (record.ends_at + self._position_ttl_s, alert.id))
        return record

    def _pair(self, alert: Alert, before: tuple[str, ...]) -> None:
        """Note with which others it may be of the same thing, and into which of them it was merged."""
        if alert.same_as != before:
            for other in {*before, *alert.same_as}:
                is_pair = other in alert.same_as
                for one, two in ((alert.id, other), (other, alert.id)):
                    known = self.alike.get(one, frozenset())
                    self.alike[one] = known | {two} if is_pair else known - {two}
                    if not self.alike[one]:
                        del self.alike[one]
        if alert.merged_into is not None:
            self._tied.setdefault(alert.id, set()).add(alert.merged_into)
            self.merged.setdefault(alert.merged_into, set()).add(alert.id)

    def _place(self, record: Record) -> None:
        alert = record.alert
        if alert.public:
            self._places.put_point(alert.id, alert.public_lat, alert.public_lon)
        if alert.public and alert.polygon is not None:
            area = self._areas.get(alert.id)
            if area is None:  # a revision never changes it
                area = self._areas[alert.id] = Area([[alert.polygon]])
            lat, lon, radius_m = area.circle()
            self.circles.add(alert.id, lat, lon, radius_m + reach_m(alert))
        elif record.is_near_somebody:
            self.circles.add(alert.id, alert.public_lat, alert.public_lon, reach_m(alert))
        else:  # it may have been lowered to info
            self.circles.remove(alert.id)

    def record(self, alert: str) -> Record | None:
        return self._records.get(alert)

    def around(self, lat: float, lon: float, accuracy_m: float) -> list[Record]:
        """Alerts whose circle holds a point; also those that ended within a position's time to live."""
        found = self.circles.touching(lat, lon, accuracy_m)
        if not found:
            return []
        return [record for id in found if self.reaches(record := self._records[id], lat, lon, accuracy_m)]

    def reaches(self, record: Record, lat: float, lon: float, accuracy_m: float) -> bool:
        """Whether an alert whose circle holds a point reaches it: the circle around a polygon is too wide."""
        area = self._areas.get(record.alert.id)
        return area is None or area.reaches(lat, lon, reach_m(record.alert) + min(accuracy_m, MAX_MARGIN_M))

    def area_of(self, alert: Alert) -> Area | None:
        """The area at which a public alert is aimed, if it is not a circle."""
        return self._areas.get(alert.id)

    def in_boxes(self, boxes: Sequence[Box]) -> list[Record]:
        """Public alerts whose published place is in any of these, and all that are aimed at an area: they are few."""
        return [self._records[id] for id in dict.fromkeys((*self._places.touching(boxes), *self._areas))]

    def of_group(self, group: str) -> Iterator[Record]:
        """Alerts that were raised into a group and are still in the book."""
        return (self._records[id] for id in self._by_group.get(group, ()))

    def with_ties(self) -> Collection[str]:
        """Alerts that others are about, or that were merged into others."""
        return self._tied.keys()

    def sources(self, alert: Alert) -> Collection[str]:
        """Alerts whose holders get this one: what it is about, and, if it is open to all, what was merged into it."""
        merged = self.merged.get(alert.id) if alert.public else None
        return alert.about if merged is None else (*alert.about, *merged)

    def tied_to(self, alert: str) -> Iterator[Record]:
        """Alerts that are about this one, or go on for it: whoever has it gets them too (F61, R11)."""
        return (self._records[id] for id in self._tied.get(alert, ()) if id in self._records)

    def official(self) -> list[Record]:
        """What those who hold an office have said, and is still in the book."""
        return [self._records[id] for id in self._official]

    def of_author(self, user: str) -> Iterator[Record]:
        return (self._records[id] for id in self._by_author.get(user, ()))

    def oldest_raised_at(self, now: float) -> float:
        """When the oldest alert in the book was raised: stays in groups that ended earlier no longer matter."""
        return min((record.alert.received_at for record in self._records.values()), default=now)

    def forget_old(self, now: float) -> list[Alert]:
        """Drop the circles that no position can have been in, and the alerts that nobody shows any more: these."""
        dropped = []
        while self._due and self._due[0][0] <= now:
            _, id = heapq.heappop(self._due)
            record = self._records.get(id)
            if record is None:
                continue
            if record.ends_at + self._position_ttl_s > now:
                continue  # it ends later than it did then, and is in the heap for that too
            self.circles.remove(id)
            if record.ends_at + KEPT_S > now:
                heapq.heappush(self._due, (record.ends_at + KEPT_S, id))
            else:
                self._drop(id, record)
                dropped.append(record.alert)
        return dropped

    def _drop(self, id: str, record: Record) -> None:
        del self._records[id]
        self._places.remove(id)
        self._areas.pop(id, None)
        self._decided.pop(id, None)
        self._not_by(record.alert.author, id)
        for group in record.alert.groups:
            _discard(self._by_group, group, id)
        self._official.discard(id)
        for tied in (*record.alert.about, *self.merged.pop(id, ())):
            _discard(self._tied, tied, id)
        self.reds.pop(id, None)
        if record.alert.merged_into is not None:
            _discard(self._tied, id, record.alert.merged_into)
            _discard(self.merged, record.alert.merged_into, id)
        for other in self.alike.pop(id, ()):
            self.alike[other] -= {id}
            if not self.alike[other]:
                del self.alike[other]

    def _not_by(self, author: str, id: str) -> None:
        own = self._by_author[author]
        own.remove(id)
        if not own:
            del self._by_author[author]


def _discard(index: dict[str, set[str]], key: str, id: str) -> None:
    """Take an alert out of one set, and a set that is empty out of the index."""
    known = index.get(key)
    if known is not None:
        known.discard(id)
        if not known:
            del index[key]
