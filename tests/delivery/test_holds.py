"""What sessions have of alerts, in columns, judged by a plain dict."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from realtime.delivery.holds import Holds, code_of, hold_of
from realtime.delivery.roster import Roster
from realtime.delivery.subscriber import Hold
from realtime.identity import Identity
from tests.town import HERE, Town

ALERTS = ("a", "b")

alerts = st.sampled_from(ALERTS)
numbers = st.integers(0, 99)
holds_of_one = st.builds(Hold, st.integers(0, 40), st.sampled_from([0, 2, 3]))


class Visitor:
    """Just enough of a session."""

    identity = Identity(user="somebody", world="real", expires_at=0.0)
    number = -1
    file = -1
    encoding = "json"


def roster_of(count: int) -> Roster:
    roster = Roster()
    for _ in range(count):
        roster.enter(roster.add(), Visitor())  # type: ignore[arg-type]
    return roster


@given(holds_of_one)
def test_a_hold_is_the_same_from_its_code(hold: Hold) -> None:
    assert hold_of(code_of(hold)) == hold
    assert code_of(hold) > 0


class HoldsMachine(RuleBasedStateMachine):
    """Columns, and a plain dict for each session: few or many hold something, and more sessions come."""

    def __init__(self) -> None:
        super().__init__()
        self.roster = roster_of(50)
        self.holds = Holds(self.roster)
        self.sessions: dict[int, dict[str, Hold]] = {number: {} for number in range(50)}

    @rule(alert=alerts, number=numbers, hold=st.none() | holds_of_one)
    def set_one(self, alert: str, number: int, hold: Hold | None) -> None:
        number %= len(self.sessions)
        self.holds.set(alert, number, hold)
        if hold is None:
            self.sessions[number].pop(alert, None)
        else:
            self.sessions[number][alert] = hold

    @rule(alert=alerts, first=numbers, step=st.integers(1, 40), hold=holds_of_one)
    def set_each(self, alert: str, first: int, step: int, hold: Hold) -> None:
        chosen = range(first, len(self.sessions), step)
        self.holds.set_each(alert, np.array(chosen, np.int64), hold)
        for number in chosen:
            self.sessions[number][alert] = hold

    @rule(first=numbers, count=st.sampled_from([1, 5, 1_000]))
    def leave(self, first: int, count: int) -> None:
        for number in range(first, min(first + count, len(self.sessions))):
            self.holds.leave(number)
            self.sessions[number].clear()

    @rule(alert=alerts)
    def forget(self, alert: str) -> None:
        self.holds.forget(alert)
        for kept in self.sessions.values():
            kept.pop(alert, None)

    @rule(count=st.sampled_from([1, 20]))
    def come(self, count: int) -> None:
        for _ in range(count):
            number = self.roster.add()
            self.roster.enter(number, Visitor())  # type: ignore[arg-type]
            self.sessions[number] = {}

    @invariant()
    def agree(self) -> None:
        for alert in ALERTS:
            has = {number: kept[alert] for number, kept in self.sessions.items() if alert in kept}
            assert self.holds.holders(alert).tolist() == sorted(has)
            codes = self.holds.codes(alert).tolist()
            assert len(codes) == len(self.sessions)
            for number, code in enumerate(codes):
                assert self.holds.get(alert, number) == has.get(number) == hold_of(code)

    @invariant()
    def drop_what_nobody_has(self) -> None:
        assert len(self.holds) == len({alert for kept in self.sessions.values() for alert in kept})


TestHolds = HoldsMachine.TestCase
TestHolds.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)


def test_who_is_given_something_twice_is_one_holder() -> None:
    holds, everybody = Holds(roster_of(100)), np.arange(100)
    for revision in (1, 2):
        holds.set_each("a", everybody, Hold(revision, 3))
    for number in range(100):
        assert len(holds) == 1
        holds.leave(number)
    assert len(holds) == 0


def test_what_is_asked_for_is_the_callers_own() -> None:
    holds = Holds(roster_of(10))
    holds.set_each("a", np.arange(10), Hold(1, 3))
    before = holds.codes("a")
    holds.set("a", 4, Hold(2, 3))
    before[5] = 0
    assert hold_of(int(before[4])) == Hold(1, 3)
    assert holds.get("a", 5) == Hold(1, 3)


@pytest.mark.parametrize("holders", [1, 10, 2_000, 2_500, 70_000])
def test_a_column_takes_no_more_than_a_dict_of_its_holders(holders: int) -> None:
    """Some hundreds of alerts are kept at a time, of which most went to few."""
    holds, numbers = Holds(roster_of(70_000)), np.arange(holders)
    tracemalloc.start()
    holds.set_each("a", numbers, Hold(1, 3))
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 1_500 + 150 * holders


def test_a_hold_ends_with_its_session_and_is_not_the_next_ones() -> None:
    """R14; the next one of the number may be anybody, or the same device, which says itself what it has."""
    town = Town()
    hub = town.hubs["real"]
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    asked = {"level": "red", "kind": "warn", "lat": HERE[0], "lon": HERE[1], "public": True, "groups": []}
    alert = anna.ask("alert", **asked)["alert"]
    number = bo.session.number
    assert hub.holds.get(alert, number) == Hold(1, 3)

    again = town.phone("bo")  # before the older one is gone
    assert again.session.number == number
    assert len(again.all("alert")) == 1, "it said that it has nothing"
    again.hang_up()
    assert hub.holds.get(alert, number) is None

    town.phone("bo", holds=[{"alert": alert, "revision": 1}])
    assert hub.holds.get(alert, number) == Hold(1, 3)

    town.clock.stall(2 * 86_400)
    while hub.forget_old():
        pass
    assert len(hub.holds) == 0, "and it ends with the alert"
    town.close()
