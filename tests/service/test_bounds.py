"""No member can make the server do more than it should for one."""

from collections.abc import Iterator

import pytest

from realtime.config import Settings
from tests.town import Phone, Town, with_settings


@pytest.fixture
def town() -> Iterator[Town]:
    limits = {"max_hello_rooms": 4, "messages_burst": 500}
    town = Town(with_settings(Settings(), connection=limits, quotas={"changes_per_minute": 500}))
    yield town
    town.close()


def made(phone: Phone) -> dict[str, object]:
    return phone.ask("create_group", name="Shops", purpose="Theft", conduct="Be kind.", locked=False)


def test_one_is_in_no_more_groups_than_a_hello_can_name(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    mine = [made(anna) for _ in range(3)]
    assert made(anna)["code"] == "too_many"
    theirs = made(bo)["group"]
    assert anna.ask("join", group=theirs, accepted=True)["code"] == "too_many"
    anna.ask("leave", group=mine[0]["group"])
    assert anna.ask("join", group=theirs, accepted=True)["type"] == "ok"
    assert anna.ask("join", group=theirs, accepted=True)["type"] == "ok"  # a member already


def test_a_page_of_history_is_bounded_in_bytes(town: Town) -> None:
    """It goes out in one piece, which no red can overtake."""
    anna = town.phone("anna")
    group = made(anna)["group"]
    for _ in range(60):
        anna.ask("message", group=group, text="å" * 2_000)
    for start in ({}, {"after": 0}):
        seqs: list[int] = []
        ask: dict[str, object] = dict(start)
        while True:
            page = anna.ask("history", room=group, limit=100, **ask)
            assert len(str(page).encode()) < 80_000
            found = [event["rooms"][group] for event in page["events"]]
            seqs = seqs + found if start else found + seqs
            if not page["more"]:
                break
            ask = {"after" if start else "before": page["next"]}
        assert seqs == list(range(1, 61))


def test_a_session_has_few_requests_under_way_at_a_time(town: Town) -> None:
    anna = town.phone("anna")
    group = made(anna)["group"]
    town.together(*((anna, "history", {"id": f"h-{number}", "room": group, "limit": 1}) for number in range(10)))
    answers = [frame for frame in anna.connection.frames if str(frame.get("id", "")).startswith("h-")]
    assert sorted(answer.get("code", "page") for answer in answers) == ["page"] * 4 + ["rate_limited"] * 6
    assert anna.ask("history", room=group, limit=1)["type"] == "history"


def test_a_place_from_the_future_is_refused_also_without_an_epoch(town: Town) -> None:
    anna = town.phone("anna")
    group = made(anna)["group"]
    back = Phone(town, "anna", "tablet")
    assert back.ask("hello", token="real/anna", device="tablet", rooms={group: 9})["code"] == "invalid"
