"""What was counted, as tables of numbers that may be told."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby, product
from typing import Final, TypeAlias, get_args

from realtime.counting.events import ANSWERED_WITHIN_S, NEVER
from realtime.messages import LEVEL_NUMBER, Deed, Fault, Kind, Outcome
from realtime.suppressing import FEW, Told, protected, published
from storage.counts import CountKey

HOURS: Final = tuple(f"{hour:02}" for hour in range(24))
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SIZES: Final = ("<5", "5-19", "20-99", "100+")
_LOCKS: Final = ("open", "locked")
WITHIN: Final = {
    **dict(
        zip((f"{bound:g}" for bound in ANSWERED_WITHIN_S), ("1 min", "5 min", "15 min", "1 h", "1 day"), strict=True)
    ),
    NEVER: "never",
}


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` are what is counted, and how many. `total` is of all of it."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], Told], ...]
    total: Told
    has_total: bool = True


Sorted: TypeAlias = Callable[[CountKey], tuple[str, ...]]


class Chosen:
    """The counts of one world that a report is about."""

    def __init__(self, counts: Mapping[CountKey, int], world: str) -> None:
        self._counts = [(key, number) for key, number in counts.items() if key.world == world]

    def table(self, spec: "Spec", area: str, where: str) -> Table:
        """One kind of count: the rows that stand, also those of none, or else only those that may be told."""
        found: Counter[tuple[str, ...]] = Counter()
        for key, number in self._counts:
            if key.what == spec.what and key.area == (area if spec.is_local else ""):
                found[spec.of(key)] += number
        listed = spec.standing or tuple(sorted(found))
        rows = tuple(
            (row, told)
            for part in _parts(listed)
            for row, told in zip(part, _tell([found[row] for row in part], spec), strict=True)
            if spec.standing or (told != FEW and published(found[row]) != FEW)
        )
        title = f"{spec.title}, {where if spec.is_local else 'everywhere'}"
        return Table(spec.name, title, spec.columns, rows, published(found.total()), spec.has_total)

    def all(self, area: str, where: str) -> list[Table]:
        """Every table: of the area, and what has no place of everywhere."""
        return [self.table(spec, area, where) for spec in SPECS]


@dataclass(frozen=True, slots=True)
class Spec:
    """What a table is of: `of` sorts a count into a row."""

    name: str
    title: str
    columns: tuple[str, ...]
    what: str
    of: Sorted
    standing: tuple[tuple[str, ...], ...] = ()
    is_local: bool = True
    adds_up: bool = True

    @property
    def has_total(self) -> bool:
        """Where parts are protected by what stands in the first columns, a sum of all would tell more."""
        return self.adds_up and len(self.columns) == 2


def _parts(rows: tuple[tuple[str, ...], ...]) -> Iterator[tuple[tuple[str, ...], ...]]:
    """The rows of each total that is told somewhere: of all, or of what stands in the first columns."""
    for _, part in groupby(rows, key=lambda row: row[:-1]):
        yield tuple(part)


def _tell(numbers: list[int], spec: Spec) -> list[Told]:
    return protected(numbers) if spec.adds_up else [published(number) for number in numbers]


def _first(key: CountKey) -> tuple[str, ...]:
    return key.of[:1]


def _second(key: CountKey) -> tuple[str, ...]:
    return key.of[1:2]


def _by_group(key: CountKey) -> tuple[str, ...]:
    size, lock = key.of
    return lock, size


def _weekday(key: CountKey) -> tuple[str, ...]:
    return (WEEKDAYS[date.fromisoformat(key.period[:10]).weekday()],)


def _hour(key: CountKey) -> tuple[str, ...]:
    return key.of[0], key.period[-2:]


def _answer(key: CountKey) -> tuple[str, ...]:
    return key.of[0], WITHIN[key.of[1]]


def _within(key: CountKey) -> tuple[str, ...]:
    return _answer(key)[1:]


def _period(key: CountKey) -> tuple[str, ...]:
    return (key.period,)


def _all(key: CountKey) -> tuple[str, ...]:
    return key.of


def _singles(*rows: str) -> tuple[tuple[str, ...], ...]:
    return tuple((row,) for row in rows)


_GROUPS: Final = tuple(product(_LOCKS, SIZES))
_REMOVED: Final = (("message", "author"), ("message", "moderator"), ("alert", "moderator"))
_HOURS: Final = tuple(product(LEVEL_NUMBER, HOURS))
_ANSWERS: Final = tuple(product(LEVEL_NUMBER, WITHIN.values()))
_WHEN: Final = _singles("before", "after")
_OUTCOMES: Final = _singles(*get_args(Outcome), "closed", "none")
_DECIDED: Final = _singles(*get_args(Deed), "appeal")

SPECS: Final = (
    Spec("levels", "Alerts by level", ("level", "alerts"), "alert", _first, _singles(*LEVEL_NUMBER)),
    Spec("scopes", "Alerts by scope", ("scope", "alerts"), "alert", _second, _singles("public", "open", "locked")),
    Spec("hours", "Alerts by hour of the day", ("level", "hour", "alerts"), "alert", _hour, _HOURS),
    Spec("weekdays", "Alerts by weekday", ("weekday", "alerts"), "alert", _weekday, _singles(*WEEKDAYS)),
    Spec("kinds", "Alerts by kind", ("kind", "alerts"), "alert_kind", _first, _singles(*get_args(Kind))),
    Spec("categories", "Alerts by category", ("category", "alerts"), "alert_category", _first),
    Spec("early", "Alerts raised before or after it happened", ("raised", "alerts"), "alert_kind", _second, _WHEN),
    Spec("endings", "What came of alerts", ("raised", "outcome", "alerts"), "ending", _all),
    Spec("outcomes", "What came of them in all", ("outcome", "alerts"), "ending", _second, _OUTCOMES),
    Spec("disputed", "Disputed alerts", ("level", "alerts"), "disputed", _first, _singles(*LEVEL_NUMBER)),
    Spec("soon", "Time to the first answer", ("within", "alerts"), "answer", _within, _singles(*WITHIN.values())),
    Spec("answers", "Time to the first answer by level", ("level", "within", "alerts"), "answer", _answer, _ANSWERS),
    Spec("messages", "Messages", ("group", "members", "messages"), "message", _by_group, _GROUPS, is_local=False),
    Spec(
        "group_alerts",
        "Alerts to groups",
        ("group", "members", "alerts"),
        "group_alert",
        _by_group,
        _GROUPS,
        is_local=False,
    ),
    Spec("joins", "People who joined", ("group", "members", "joins"), "join", _by_group, _GROUPS, is_local=False),
    Spec("leaves", "People who left", ("group", "members", "leaves"), "leave", _by_group, _GROUPS, is_local=False),
    Spec("groups", "New groups", ("group", "founded"), "group", _first, _singles(*_LOCKS), is_local=False),
    Spec("active", "Active members", ("week from", "members"), "active", _period, is_local=False, adds_up=False),
    Spec("removals", "Removed posts", ("post", "by", "removals"), "removal", _all, _REMOVED, is_local=False),
    Spec("surveys", "Surveys", ("survey", "question", "asked", "answer", "answers"), "survey", _all),
    Spec("reports", "Reported posts", ("why", "reports"), "report", _first, _singles(*get_args(Fault)), is_local=False),
    Spec(
        "decisions",
        "Decided against somebody, and appealed",
        ("what", "decisions"),
        "decision",
        _first,
        _DECIDED,
        is_local=False,
        adds_up=False,
    ),
    Spec("reach", "How many an alert was for", ("level", "receipt", "people", "alerts"), "reach", _all, is_local=False),
)
