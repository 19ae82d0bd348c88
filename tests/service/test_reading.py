"""Reading back in both directions, and how far one has read: on all devices of one person, over restarts."""

from collections.abc import Iterator
from typing import Any

import pytest

from storage.retention import KEPT
from tests.town import Phone, Town


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def chat(phone: Phone, group: str, count: int) -> None:
    for number in range(count):
        assert phone.ask("message", group=group, text=f"{number + 1}")["type"] == "ok"


def walk(phone: Phone, group: str, limit: int, **start: int) -> list[int]:
    """All seqs that paging in one direction finds, as `next` leads on."""
    found: list[int] = []
    direction, place = next(iter(start.items())) if start else ("before", None)
    while True:
        ask: dict[str, Any] = {} if place is None else {direction: place}
        page = phone.ask("history", room=group, limit=limit, **ask)
        seqs = [event["rooms"][group] for event in page["events"]]
        assert seqs == sorted(seqs)
        found = found + seqs if direction == "after" else seqs + found
        assert page["more"] == ("next" in page)
        if not page["more"]:
            return found
        place = page["next"]


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_pages_lead_through_the_whole_room_in_both_directions(town: Town, limit: int) -> None:
    anna = town.phone("anna")
    group = town.group(anna)
    chat(anna, group, 7)
    assert walk(anna, group, limit) == [1, 2, 3, 4, 5, 6, 7]
    assert walk(anna, group, limit, after=0) == [1, 2, 3, 4, 5, 6, 7]
    assert walk(anna, group, limit, after=4) == [5, 6, 7]
    assert walk(anna, group, limit, before=4) == [1, 2, 3]
    assert walk(anna, group, limit, after=7) == walk(anna, group, limit, before=1) == []
    assert walk(anna, group, limit, after=2**50) == walk(anna, group, limit, before=0) == []


def test_history_begins_at_joining_unless_the_group_says_otherwise(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    made = {"name": "Shops", "purpose": "Theft", "conduct": "Be kind.", "locked": False}
    closed, open_ = anna.ask("create_group", **made), anna.ask("create_group", history="all", **made)
    for group in (closed["group"], open_["group"]):
        chat(anna, group, 2)
        bo.ask("join", group=group, accepted=True)
        chat(anna, group, 1)
    assert [frame["from"] for frame in bo.all("membership")] == [3, 1]
    assert walk(bo, closed["group"], 10) == walk(bo, closed["group"], 10, after=0) == [3]
    assert walk(bo, open_["group"], 10) == [1, 2, 3]
    again = town.phone("bo", rooms={closed["group"]: 0, open_["group"]: 0})
    assert [frame["rooms"] for frame in again.all("message")] == [
        {closed["group"]: 3},
        *({open_["group"]: seq} for seq in (1, 2, 3)),
    ]


def test_what_is_erased_in_between_is_passed_over(town: Town) -> None:
    anna = town.phone("anna")
    group = town.group(anna)
    at = {"lat": 59.3, "lon": 18.0}
    anna.ask("alert", level="info", kind="inform", public=False, groups=[group], **at)
    chat(anna, group, 5)
    anna.ask("alert", level="info", kind="inform", public=False, groups=[group], **at)
    now = town.clock.now()
    town.run(town.store.prune(dict.fromkeys(KEPT, now - 1) | {"message": now + 1}, 100))
    assert walk(anna, group, 2) == walk(anna, group, 2, after=0) == [1, 7]
    late = town.phone("anna", device="tablet", rooms={group: 0})
    assert late.all("live")[0]["rooms"] == {group: 7}


def test_reading_syncs_between_ones_own_devices_and_survives(town: Town) -> None:
    anna, bo, tablet = town.phone("anna"), town.phone("bo"), town.phone("bo", device="tablet")
    group = town.group(anna, bo)
    chat(anna, group, 3)
    assert bo.ask("read", room=group, seq=2)["durable"] is False
    assert tablet.all("read") == [{"type": "read", "room": group, "seq": 2}]
    assert bo.all("read") == anna.all("read") == []
    bo.ask("read", room=group, seq=1)  # it only moves on
    assert len(tablet.all("read")) == 1
    place = town.phone("bo", device="watch").all("welcome")[0]["rooms"][group]
    assert (place["read"], place["unread"]) == (2, 1)
    town.run(town.store.mark(town.hubs["real"].markers.take_unsaved()))
    town = town.restarted()
    place = town.phone("bo").all("welcome")[0]["rooms"][group]
    assert (place["read"], place["unread"]) == (2, 1)
    town.close()


def test_what_one_writes_oneself_leaves_nothing_unread(town: Town) -> None:
    anna, bo, tablet = town.phone("anna"), town.phone("bo"), town.phone("anna", device="tablet")
    group = town.group(anna, bo)
    chat(anna, group, 1)
    assert tablet.all("read") == [{"type": "read", "room": group, "seq": 1}]
    chat(bo, group, 1)
    chat(anna, group, 1)  # without having read Bo's
    place = town.phone("anna", device="watch").all("welcome")[0]["rooms"][group]
    assert (place["read"], place["unread"]) == (1, 2)


def test_who_comes_back_to_a_group_begins_anew(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    chat(anna, group, 3)
    bo.ask("read", room=group, seq=3)
    bo.ask("leave", group=group)
    assert bo.ask("read", room=group, seq=3)["code"] == "not_found"
    chat(anna, group, 2)
    bo.ask("join", group=group, accepted=True)
    place = town.phone("bo").all("welcome")[0]["rooms"][group]
    assert (place["from"], place["read"], place["unread"]) == (6, 5, 0)


@pytest.mark.parametrize("seq", [4, 2**53 - 1])
def test_nobody_has_read_what_is_not_written(town: Town, seq: int) -> None:
    anna = town.phone("anna")
    group = town.group(anna)
    chat(anna, group, 3)
    assert anna.ask("read", room=group, seq=seq)["code"] == "invalid"
