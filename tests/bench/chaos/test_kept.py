"""What a client keeps, by the rules of `protocol.md`, section 7."""

import pytest

from bench.chaos.kept import Kept
from bench.chaos.records import NEVER

WELCOME = {"me": {"seq": 1, "from": 1}, "g": {"seq": 10, "from": 4}}


@pytest.fixture
def kept() -> Kept:
    fresh = Kept(lambda: 0.0)
    fresh.welcomed("e", WELCOME)
    return fresh


def followed(kept: Kept, room: str = "g") -> list[tuple[int, bool]]:
    return [(stretch.after, stretch.ended < NEVER) for stretch in kept.stretches if stretch.room == room]


def alert(revision: int, *, signal: bool = False, state: str = "going_on") -> dict[str, object]:
    return {"alert": "a", "revision": revision, "signal": signal, "state": state, "rooms": {}}


def test_a_new_room_starts_at_its_latest_and_what_comes_raises_its_place(kept: Kept):
    assert kept.places() == {"me": 1, "g": 10}
    assert kept.note({"g": 12})
    assert kept.places()["g"] == 10  # 11 is missing: a red may have overtaken it
    assert kept.note({"g": 11})
    assert kept.places()["g"] == 12
    assert not kept.note({"g": 12})


def test_live_and_heartbeat_raise_a_place_over_what_is_not_ours(kept: Kept):
    kept.note({"g": 13})
    kept.reached({"g": 12})
    assert kept.places()["g"] == 13


def test_a_room_that_welcome_does_not_name_is_forgotten_and_begins_anew(kept: Kept):
    kept.welcomed("e", {"me": {"seq": 2, "from": 1}})
    assert kept.places() == {"me": 1}
    kept.membership("g", True, 20, 3)
    assert kept.places() == {"me": 1, "g": 19}
    assert kept.note({"me": 2})
    assert kept.places()["me"] == 3
    assert followed(kept) == [(10, True), (19, False)]


def test_who_left_and_rejoined_unseen_follows_from_the_new_membership_on(kept: Kept):
    kept.note({"g": 12})
    kept.welcomed("e", WELCOME | {"g": {"seq": 30, "from": 25}})
    assert kept.places()["g"] == 24
    assert followed(kept) == [(10, True), (24, False)]


def test_joining_again_without_having_left_changes_nothing(kept: Kept):
    kept.membership("g", True, 4, 2)
    assert followed(kept) == [(10, False)]


def test_a_copy_is_held_and_a_repeat_is_not_unless_it_brings_the_first_signal(kept: Kept):
    kept.copy(alert(2))
    assert kept.claims() == [{"alert": "a", "revision": 2, "quiet": True}]
    kept.copy(alert(1, signal=True))
    assert kept.claims() == [{"alert": "a", "revision": 2, "quiet": True}]
    kept.copy(alert(2, signal=True))
    assert kept.claims() == [{"alert": "a", "revision": 2}]
    kept.copy(alert(3))  # words: it has sounded already
    assert kept.claims() == [{"alert": "a", "revision": 3}]


def test_ok_counts_as_held_if_nothing_is_between(kept: Kept):
    kept.answered({"alert": "a", "revision": 1, "rooms": {"g": 11}})
    kept.answered({"alert": "a", "revision": 3})
    assert kept.claims() == [{"alert": "a", "revision": 1}]
    kept.answered({"alert": "a", "revision": 2})
    assert kept.claims() == [{"alert": "a", "revision": 2}]
    assert kept.places()["g"] == 11


def test_active_alerts_are_named_first_and_the_latest_of_them(kept: Kept):
    for name, state in (("old", "going_on"), ("over", "closed"), ("new", "going_on")):
        kept.copy(alert(1, signal=True, state=state) | {"alert": name})
    assert [claim["alert"] for claim in kept.claims(2)] == ["new", "old"]
    kept.drop("new")
    assert [claim["alert"] for claim in kept.claims()] == ["old", "over"]


def test_with_another_epoch_everything_is_forgotten(kept: Kept):
    kept.copy(alert(1))
    kept.welcomed("another", {"me": {"seq": 7, "from": 1}})
    assert (kept.places(), kept.claims(), kept.epoch) == ({"me": 7}, [], "another")
