"""What the members of a group are trusted with, and by whom."""

from collections.abc import Iterator

import pytest

from tests.town import Town


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def test_who_is_trusted_is_told_and_may_at_once(town: Town) -> None:
    """F27: an admin whom the creator appointed appoints others."""
    anna, bo, eva = town.phone("anna"), town.phone("bo"), town.phone("eva")
    group = town.group(anna, bo, eva)
    assert bo.ask("appoint", group=group, user="eva", trusted=["approver"])["code"] == "forbidden"
    assert anna.ask("appoint", group=group, user="bo", trusted=["admin"])["type"] == "ok"
    (told,) = bo.all("notice")
    assert (told["code"], told["text"], told["rooms"]) == (
        "trusted",
        "In Shops you are trusted with: admin.",
        {"me": 2},
    )
    assert bo.ask("appoint", group=group, user="eva", trusted=["approver"])["type"] == "ok"
    assert anna.ask("appoint", group=group, user="bo", trusted=[])["type"] == "ok"
    assert bo.all("notice")[-1]["code"] == "not_trusted"
    assert bo.ask("appoint", group=group, user="eva", trusted=[])["code"] == "forbidden"


def test_who_was_away_reads_of_it_when_back(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    bo.hang_up()
    anna.ask("appoint", group=group, user="bo", trusted=["approver"])
    back = town.phone("bo", rooms={"me": 1})
    assert [told["code"] for told in back.all("notice")] == ["trusted"]
    page = back.ask("history", room="me", limit=10)
    assert [event["type"] for event in page["events"]] == ["membership", "notice"]


def test_trust_survives_a_restart_and_ends_with_the_stay(town: Town) -> None:
    anna, bo, eva = town.phone("anna"), town.phone("bo"), town.phone("eva")
    group = town.group(anna, bo, eva)
    anna.ask("appoint", group=group, user="bo", trusted=["admin"])
    again = town.restarted()
    bo = again.phone("bo")
    assert bo.ask("appoint", group=group, user="eva", trusted=["ambassador"])["type"] == "ok"
    bo.ask("leave", group=group)
    assert bo.ask("appoint", group=group, user="eva", trusted=[])["code"] == "not_found"
    again.close()


def test_only_members_can_be_trusted(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna)
    assert anna.ask("appoint", group=group, user="bo", trusted=["admin"])["field"] == "user"
    assert bo.ask("appoint", group=group, user="bo", trusted=["admin"])["code"] == "not_found"
