"""Making, joining and leaving groups, and what is said in their rooms."""

from collections.abc import Iterator

import pytest

from tests.town import Town


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


CARD = {"name": "Shops", "purpose": "Theft in the old town.", "conduct": "Be kind, be short."}


def test_a_locked_group_opens_with_its_code_only(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    made = anna.ask("create_group", **CARD, locked=True)
    for code in ({}, {"code": "WRONG"}, {"code": "ü"}):
        assert bo.ask("join", group=made["group"], accepted=True, **code)["code"] == "not_found"
    assert bo.ask("join", group=made["group"], accepted=True, code=f" {made['code'].lower()} ")["type"] == "ok"


def test_an_open_group_has_no_code(town: Town) -> None:
    assert "code" not in town.phone("anna").ask("create_group", **CARD, locked=False)


def test_a_wrong_code_and_an_unknown_group_are_one_answer(town: Town) -> None:
    """R23."""
    anna, eve = town.phone("anna"), town.phone("eve")
    made = anna.ask("create_group", **CARD, locked=True)
    answers = [eve.ask("join", group=group, code="X", accepted=True) for group in (made["group"], "no-such-group")]
    assert len({str({**answer, "id": None}) for answer in answers}) == 1


def test_purpose_and_conduct_are_shown_and_must_be_accepted(town: Town) -> None:
    """F36."""
    anna, bo = town.phone("anna"), town.phone("bo")
    made = anna.ask("create_group", **CARD, locked=False)
    shown = bo.ask("join", group=made["group"])
    assert shown["code"] == "not_accepted"
    assert CARD["purpose"] in shown["message"]
    assert CARD["conduct"] in shown["message"]
    assert bo.ask("message", group=made["group"], text="hello")["code"] == "not_found"
    assert bo.ask("join", group=made["group"], accepted=True)["type"] == "ok"


def test_membership_is_told_in_the_persons_own_room_only(town: Town) -> None:
    anna, bo, tablet = town.phone("anna"), town.phone("bo"), town.phone("bo", device="tablet")
    group = town.group(anna, bo)
    told = {"type": "membership", "group": group, "state": "member", "name": "Shops", "from": 1, "rooms": {"me": 1}}
    told["seq"] = 0
    assert bo.all("membership") == tablet.all("membership") == [told]
    assert len(anna.all("membership")) == 1
    bo.ask("leave", group=group)
    assert [news["state"] for news in tablet.all("membership")] == ["member", "left"]


def test_joining_again_changes_nothing_and_leaving_twice_is_refused(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    anna.ask("message", group=group, text="one")
    assert bo.ask("join", group=group)["type"] == "ok"
    assert [news["from"] for news in bo.all("membership")] == [1, 1]
    assert bo.ask("leave", group=group)["type"] == "ok"
    assert bo.ask("leave", group=group)["code"] == "not_found"


def test_joining_right_after_leaving_makes_a_member_again(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    town.together((bo, "leave", {"id": "l", "group": group}), (bo, "join", {"id": "j", "group": group}))
    refused = {frame["id"]: frame["type"] for frame in bo.all("ok", "error")}
    is_member = anna.ask("message", group=group, text="hello")["type"] == "ok" and bool(bo.all("message"))
    assert is_member == (bo.all("membership")[-1]["state"] == "member")
    assert refused["l"] == "ok"


def test_a_message_reaches_the_members_and_nobody_else(town: Town) -> None:
    anna, bo, eve = town.phone("anna"), town.phone("bo"), town.phone("eve")
    group = town.group(anna, bo)
    ok = anna.ask("message", group=group, text="Hej på er 👋")
    [message] = bo.all("message")
    assert message["text"] == "Hej på er 👋"
    assert message["author"] == {"role": "member", "name": "Anna"}
    assert (message["message"], message["rooms"]) == (ok["message"], {group: 1})
    assert anna.all("message") == eve.all("message") == []


def test_nobody_hears_a_room_after_leaving_it(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    bo.ask("leave", group=group)
    anna.ask("message", group=group, text="alone")
    assert bo.all("message") == []
    assert bo.ask("history", room=group, limit=10)["code"] == "not_found"


def test_history_goes_back_page_by_page_to_where_membership_began(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna)
    anna.ask("message", group=group, text="before")
    bo.ask("join", group=group, accepted=True)
    for number in range(5):
        anna.ask("message", group=group, text=str(number))
    page = bo.ask("history", room=group, limit=3)
    assert [event["text"] for event in page["events"]] == ["2", "3", "4"]
    assert page["more"] is True
    page = bo.ask("history", room=group, limit=3, before=page["events"][0]["rooms"][group])
    assert [event["text"] for event in page["events"]] == ["0", "1"]
    assert page["more"] is False


def test_history_shows_an_alert_as_it_is_now_and_silent(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    scope = {"level": "red", "kind": "warn", "lat": 0, "lon": 0, "public": False, "groups": [group]}
    alert = anna.ask("alert", **scope, headline="Wrong words")["alert"]
    anna.ask("update", alert=alert, wrong="All of it", state="false_alarm")
    [event] = bo.ask("history", room=group, limit=3)["events"]
    assert (event["revision"], event["state"], event["signal"]) == (2, "false_alarm", False)
    assert "headline" not in event


def test_ones_own_room_can_be_read_back(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    bo.ask("leave", group=group)
    events = bo.ask("history", room="me", limit=10)["events"]
    assert [(event["state"], event["rooms"]) for event in events] == [("member", {"me": 1}), ("left", {"me": 2})]
    assert len(anna.ask("history", room="me", limit=10)["events"]) == 1
