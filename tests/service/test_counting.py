"""Counts without persons: a plain recount gives the same, whenever the server was killed, and nobody is in them."""

import random
from collections import Counter as Bag
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from realtime.counting.counter import Counter
from realtime.counting.periods import Periods
from storage.log import StorageError
from storage.memory import MemoryStore
from storage.retention import KEPT
from tests.offices import an_organisation, an_owner, with_staff
from tests.service.test_areas import set_area
from tests.service.test_looking import FAR, raise_one
from tests.town import HERE, Phone, Town

ZONE = ZoneInfo("Europe/Stockholm")
EVER = ("", "9")
OUTCOMES = ("prevented", "nothing_found")


class Failing(MemoryStore):
    """A log whose server dies now and then while it counts: before what it counted is stored, or right after."""

    def __init__(self, drawn: random.Random) -> None:
        super().__init__()
        self.drawn = drawn
        self.is_well = False

    async def count(self, *args: Any) -> bool:
        if not self.is_well and self.drawn.random() < 0.2:
            raise StorageError("killed before")
        stored = await super().count(*args)
        if not self.is_well and self.drawn.random() < 0.2:
            raise StorageError("killed after")
        return stored


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def counter(town: Town) -> Counter:
    return Counter(town.store, town.worlds, "Europe/Stockholm")  # type: ignore[arg-type]


def count(town: Town, by: Counter | None = None) -> None:
    town.run((by or counter(town)).count(town.clock.now()))


def counted(town: Town, *what: str, area: str = "") -> dict[tuple[str, ...], int]:
    """Everything counted of some kinds in the real world, over all periods."""
    found: Bag[tuple[str, ...]] = Bag()
    for key, number in town.run(town.store.counts(*EVER)).items():
        if key.what in what and key.area == area and key.world == "real":
            found[(key.what, *key.of)] += number
    return dict(found)


def day_of(at: float) -> str:
    return datetime.fromtimestamp(at, ZONE).strftime("%Y-%m-%d")


def hour_of(at: float) -> str:
    return datetime.fromtimestamp(at, ZONE).strftime("%Y-%m-%dT%H")


def monday_of(at: float) -> str:
    local = datetime.fromtimestamp(at, ZONE)
    return (local - timedelta(days=local.weekday())).strftime("%Y-%m-%d")


class Ledger:
    """A random town, and a plain account of what it did."""

    def __init__(self, seed: int) -> None:
        self.drawn = random.Random(seed)
        self.town = Town(store=Failing(self.drawn))
        set_area(self.town)
        self.owner = an_owner(self.town)
        self.police = an_organisation(self.owner)
        with_staff(self.owner, self.police, sven="staff")
        self.people = [
            self.town.phone(f"p{number}", HERE if number % 2 else FAR, device=f"phone-{number}") for number in range(6)
        ]
        self.groups = [self.town.group(*self.people[:4]), self.town.group(*self.people[2:], locked=True)]
        self.members = dict(zip(self.groups, (self.people[:4], self.people[2:]), strict=True))
        self.expected: Bag[tuple[str, str, str, tuple[str, ...]]] = Bag()
        self.active: dict[str, set[str]] = {}
        self.raised: dict[str, dict[str, Any]] = {}
        self.said: list[tuple[Phone, str, int]] = []
        for lock in ("open", "locked"):
            self.add((), day_of(self.now), "group", lock)
        self.expected["", day_of(self.now), "join", ()] += 6
        for phone in self.people:
            self.acted(phone)

    @property
    def now(self) -> float:
        return self.town.clock.now()

    def add(self, areas: tuple[str, ...], period: str, what: str, *of: str) -> None:
        for area in ("", *areas):
            self.expected[area, period, what, of] += 1

    def acted(self, phone: Phone) -> None:
        self.active.setdefault(monday_of(self.now), set()).add(phone.user)

    def raise_alert(self, phone: Phone, group: str) -> None:
        is_public, at = self.drawn.random() < 0.7, self.drawn.choice([HERE, FAR])
        level = self.drawn.choice(["yellow", "info", "red"])
        groups = [] if is_public and self.drawn.random() < 0.5 else [group]
        place = {"lat": at[0], "lon": at[1]}
        asked = phone.ask("alert", level=level, kind="warn", public=is_public, groups=groups, **place)
        if asked["type"] == "ok":
            areas = ("old-town",) if at == HERE else ()
            scope = "public" if is_public else "locked" if group == self.groups[1] else "open"
            self.add(areas, hour_of(self.now), "alert", level, scope)
            early = "after" if level == "red" else "before"
            self.raised[asked["alert"]] = {
                "at": self.now, "place": at, "by": phone, "areas": areas, "level": level, "early": early,
                "groups": groups, "ending": "none", "took": "never", "doubting": set(), "disputed": False,
            }  # fmt: skip
            self.acted(phone)

    def post(self, phone: Phone, group: str) -> None:
        posted = phone.ask("message", group=group, text="Hej")
        self.expected["", hour_of(self.now), "message", ()] += 1
        self.acted(phone)
        self.said.append((phone, group, posted["rooms"][group]))
        for alert in self.raised.values():
            if group in alert["groups"] and phone is not alert["by"]:
                self.answered(alert)

    def answered(self, alert: dict[str, Any]) -> None:
        took = self.now - alert["at"]
        if alert["took"] == "never" and took <= 86_400:
            alert["took"] = str(next(bound for bound in (60, 300, 900, 3_600, 86_400) if took <= bound))

    def answer(self, phone: Phone, group: str) -> None:
        for phone in self.people:
            id, alert = list(self.raised.items())[-1] if self.raised else ("", {})
            said = self.drawn.choice(["coming", "not_true", "not_true"])
            if phone.ask("answer", alert=id, answer=said)["type"] == "ok":
                self.answered(alert)
                alert["doubting"].discard(phone.user)  # the latest answer counts
                alert["doubting"] |= {phone.user} if said == "not_true" else set()
                alert["disputed"] |= len(alert["doubting"]) >= 3

    def mark(self, phone: Phone, group: str) -> None:
        """The police say what came of it."""
        if self.raised:
            id, alert = list(self.raised.items())[-1]
            outcome = self.drawn.choice(OUTCOMES)
            office = self.town.phone("sven", alert["place"], as_="real/{}/police")
            if office.ask("update", alert=id, state="closed", outcome=outcome)["type"] == "ok":
                alert["ending"] = outcome
                self.answered(alert)
                self.acted(office)
            office.hang_up()

    def write_to_the_police(self, phone: Phone, group: str) -> None:
        """What nobody may learn of: it is in no count, and who does nothing else was not active."""
        citizen = self.town.phone(f"citizen-{self.now:.0f}")
        asked = citizen.ask("write_to", organisation=self.police, kind="view", text="Thanks")
        assert asked["type"] == "ok"
        said = citizen.ask("message", group=asked["group"], text="Again")
        citizen.ask("revise", group=asked["group"], seq=said["rooms"][asked["group"]], removed=True)
        citizen.hang_up()

    def take_back(self, phone: Phone, group: str) -> None:
        if self.said:
            author, group, seq = self.said.pop(self.drawn.randrange(len(self.said)))
            assert author.ask("revise", group=group, seq=seq, removed=True)["type"] == "ok"
            self.add((), day_of(self.now), "removal", "message", "author")

    def remove(self, phone: Phone, group: str) -> None:
        """Somebody reports it, and whoever founded the group hides it first."""
        if self.said:
            author, group, seq = self.said.pop(self.drawn.randrange(len(self.said)))
            keeper = self.members[group][0]
            reporter = next(each for each in self.members[group] if each not in (author, keeper))
            made = reporter.ask("report", group=group, seq=seq, category="tone")
            assert made["type"] == "ok", made
            self.add((), day_of(self.now), "report", "tone")
            looking = self.owner if author is keeper else keeper
            for action, deed in (("hide", "hide"), ("remove", "remove")):
                asked = looking.ask("moderate", group=group, seq=seq, action=action, reason="tone")
                assert asked["type"] == "ok", asked
                self.add((), day_of(self.now), "decision", deed)
            self.add((), day_of(self.now), "removal", "message", "moderator")

    def end(self, phone: Phone, group: str) -> None:
        if self.raised:
            id, alert = self.drawn.choice(list(self.raised.items()))
            state = self.drawn.choice(["closed", "false_alarm"])
            if alert["by"].ask("update", alert=id, state=state)["type"] == "ok":
                alert["ending"] = alert["ending"] if alert["ending"] in OUTCOMES else state
                self.acted(alert["by"])

    def live(self) -> None:
        counting = counter(self.town)
        acts = [
            *(self.raise_alert, self.post, self.take_back, self.end),
            *(self.answer, self.mark, self.remove, self.write_to_the_police),
        ]
        for _ in range(100):
            self.town.pass_long(self.drawn.choice([5, 30, 200, 2_000, 30_000]))
            phone = self.drawn.choice(self.people)
            group = self.drawn.choice([group for group, members in self.members.items() if phone in members])
            self.drawn.choices(acts, [3, 3, 1, 1, 2, 1, 1, 1])[0](phone, group)
            if self.drawn.random() < 0.1:
                counting = counter(self.town)  # the server was killed meanwhile
            if self.drawn.random() < 0.2:
                with suppress(StorageError):
                    count(self.town, counting)
        self.town.pass_long(8 * 86_400)
        self.town.store.is_well = True
        count(self.town, counting)
        for alert in self.raised.values():
            self.add(alert["areas"], day_of(alert["at"]), "ending", alert["early"], alert["ending"])
            self.add(alert["areas"], day_of(alert["at"]), "answer", alert["level"], alert["took"])
            if alert["disputed"]:
                self.add(alert["areas"], day_of(alert["at"]), "disputed", alert["level"])
        for monday, users in self.active.items():
            self.expected["", monday, "active", ()] += len(users)


@pytest.mark.parametrize("seed", range(8))
def test_a_plain_recount_gives_the_same(seed: int) -> None:
    """F81, F82: by hour, level, scope, area, ending, answer, message, join, removal, and who was active in a week."""
    ledger = Ledger(seed)
    ledger.live()
    kinds = {what for _, _, what, _ in ledger.expected}
    found: Bag[tuple[str, str, str, tuple[str, ...]]] = Bag()
    for key, number in ledger.town.run(ledger.town.store.counts(*EVER)).items():
        if key.what in kinds and key.world == "real":
            of = () if key.what in ("message", "join") else key.of  # the size of the group has a test below
            found[key.area, key.period, key.what, of] += number
    assert dict(found) == dict(ledger.expected)
    ledger.town.close()


def test_activity_counts_by_the_size_of_the_group(town: Town) -> None:
    people = [town.phone(f"p{number}") for number in range(6)]
    big, small = town.group(*people, locked=True), town.group(*people[:2])
    people[0].ask("message", group=big, text="Hej")
    people[0].ask("message", group=small, text="Hej")
    raise_one(people[0], public=False, groups=[big, small])
    count(town)
    assert counted(town, "message", "group_alert", "join") == {
        ("message", "5-19", "locked"): 1,
        ("message", "<5", "open"): 1,
        ("group_alert", "5-19", "locked"): 1,
        ("group_alert", "<5", "open"): 1,
        ("join", "5-19", "locked"): 5,
        ("join", "<5", "open"): 1,
    }


def test_worlds_are_counted_apart_and_the_servers_own_tests_not_at_all(town: Town) -> None:
    raise_one(town.phone("eva", as_="exercise/{}"))
    raise_one(town.phone("probe", as_="exercise/{}/probe"))
    count(town)
    assert counted(town, "alert") == {}
    (key,) = [key for key in town.run(town.store.counts(*EVER)) if key.what == "alert"]
    assert (key.world, key.of) == ("exercise", ("yellow", "public"))


def test_counts_outlive_what_was_counted(town: Town) -> None:
    """R29: the events are pruned, the counts are not."""
    anna, bo = town.phone("anna", HERE), town.phone("bo")
    group = town.group(anna, bo)
    raise_one(anna)
    bo.ask("message", group=group, text="Hej")
    count(town)
    before = town.run(town.store.counts(*EVER))
    town.pass_long(400 * 86_400)
    while town.run(town.store.prune(dict.fromkeys(KEPT, town.clock.now()), 100)):
        pass
    count(town)
    after = town.run(town.store.counts(*EVER))
    assert before.items() <= after.items()
    assert {key.what for key in after.keys() - before.keys()} == {"active", "answer", "reach"}


def test_nobody_is_in_what_is_kept(town: Town) -> None:
    """No name, no id, no hash: not in the counts, and when a week and a month have passed not in the notes either."""
    anna, bo = town.phone("anna", HERE), town.phone("bo")
    group = town.group(anna, bo, locked=True)
    raise_one(anna, public=False, groups=[group])
    count(town)
    notes = town.run(town.store.counting()).notes
    assert sum(name.startswith("active/") for name in notes) == 2
    assert not any(name in repr(notes) for name in ("anna", "bo"))
    town.pass_long(31 * 86_400)
    count(town)
    assert town.run(town.store.counting()).notes == {}
    kept = repr(town.run(town.store.counts(*EVER)))
    assert not any(name in kept for name in ("anna", "bo", group))


def test_the_same_person_has_another_mark_in_each_week(town: Town) -> None:
    anna = town.phone("anna", HERE)
    marks: set[str] = set()
    for _ in range(3):
        raise_one(anna, "info")
        count(town)
        marks |= {name for name in town.run(town.store.counting()).notes if name.startswith("active/")}
        town.pass_long(7 * 86_400)
    assert len(marks) == 3


def test_reach_is_counted_in_buckets(town: Town) -> None:
    """R19."""
    for number in range(6):
        town.phone(f"near-{number}", HERE)
    raise_one(town.phone("anna"))
    town.pass_time(120)
    counting = counter(town)
    count(town, counting)
    count(town, counting)
    reach = counted(town, "reach")
    assert reach["reach", "yellow", "targeted", "5-19"] == 1
    assert reach["reach", "yellow", "acknowledged", "<5"] == 1


def test_a_zone_that_nobody_knows_is_told() -> None:
    with pytest.raises(ValueError, match="no time zone Europe/Atlantis"):
        Periods("Europe/Atlantis")
