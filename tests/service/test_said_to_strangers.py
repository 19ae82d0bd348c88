"""What may not be said in public is not said by other ways either: in cards, reasons, applications and the like."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.offices import an_organisation, an_owner, with_staff
from tests.town import Phone, Town

PLATE = "The van is ABC 123"
PHONE = "Ring 070-123 45 67"
CARD = {"name": "Shops", "purpose": "Theft", "conduct": "Be kind."}


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def refused(answer: dict[str, Any]) -> tuple[str, list[str]] | str:
    """The field and what was found there; or the type of another answer."""
    return (answer["field"], answer["found"]) if answer.get("code") == "not_in_public" else str(answer["type"])


@pytest.mark.parametrize("field", ["name", "purpose", "conduct"])
def test_a_card_that_anybody_reads_says_what_may_be_said_in_public(town: Town, field: str) -> None:
    anna = town.phone("anna")
    assert refused(anna.ask("create_group", locked=False, **{**CARD, field: PHONE})) == (field, ["phone"])
    assert refused(anna.ask("create_group", locked=True, **{**CARD, field: PHONE})) == "ok"
    assert refused(anna.ask("create_group", locked=True, **{**CARD, field: PLATE})) == (field, ["plate"])


def test_a_locked_group_that_is_listed_is_read_by_anybody(town: Town) -> None:
    anna = town.phone("anna")
    group = anna.ask("create_group", locked=True, **{**CARD, "name": PHONE})["group"]
    card = {"group": group, "purpose": "Theft", "conduct": "Be kind."}
    assert refused(anna.ask("set_group", **card)) == "ok"
    assert refused(anna.ask("set_group", **{**card, "purpose": PHONE})) == "ok"
    assert refused(anna.ask("set_group", **card, listed=True)) == ("listed", ["phone"])
    other = anna.ask("create_group", locked=True, **CARD)["group"]
    card = {**card, "group": other, "listed": True}
    for field in ("purpose", "conduct", "problem", "place"):
        assert refused(anna.ask("set_group", **{**card, field: PHONE})) == (field, ["phone"])
    assert refused(anna.ask("set_group", **card)) == "ok"


def listed(anna: Phone, *others: Phone) -> str:
    group = anna.town.group(anna, *others, locked=True)
    anna.ask("set_group", group=group, purpose="Theft", conduct="Be kind.", listed=True)
    return group


def test_a_reason_is_read_by_who_has_left(town: Town) -> None:
    anna, bo, eva = town.phone("anna"), town.phone("bo"), town.phone("eva")
    group = listed(anna, bo, eva)
    for type in ("remove", "ban"):
        assert refused(anna.ask(type, group=group, user="bo", reason=PLATE)) == ("reason", ["plate"])
    anna.ask("ban", group=group, user="bo", reason="Threats")
    assert refused(anna.ask("unban", group=group, user="bo", reason=PLATE)) == ("reason", ["plate"])
    assert refused(anna.ask("close_group", group=group, reason=PLATE)) == ("reason", ["plate"])
    assert "ABC" not in str(bo.connection.frames) + str(eva.connection.frames)


def test_an_application_and_its_answer_go_to_strangers(town: Town) -> None:
    anna, dan = town.phone("anna"), town.phone("dan")
    group = listed(anna)
    assert refused(dan.ask("apply", group=group, accepted=True, text=PLATE)) == ("text", ["plate"])
    assert refused(dan.ask("apply", group=group, accepted=True, text="I live here")) == "ok"
    for approve in (True, False):
        answer = anna.ask("decide", group=group, user="dan", approve=approve, reason=PLATE)
        assert refused(answer) == ("reason", ["plate"])
    assert dan.all("notice") == []


def test_an_organisation_names_nobody_in_public_and_may_say_where_to_turn(town: Town) -> None:
    """R2; who holds an office may give a phone number."""
    owner, stina = an_owner(town), town.phone("stina")
    an_organisation(owner)
    with_staff(owner, "polisen", stina="staff")
    post = {"organisation": "polisen", "level": "info", "public": True, "groups": []}
    assert refused(stina.ask("inform", headline="Look out", text=PLATE, **post)) == ("text", ["plate"])
    assert refused(stina.ask("inform", headline=PLATE, **post)) == ("headline", ["plate"])
    named = {**post, "level": "yellow", "headline": "Erik Svensson was here"}
    assert refused(stina.ask("inform", **named)) == ("headline", ["person_name"])
    assert refused(stina.ask("inform", headline="Questions?", text=PHONE, **post)) == "ok"
