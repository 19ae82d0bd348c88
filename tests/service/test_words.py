"""What an alert may say, and what others than its author may say of it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.town import HERE, Phone, Town


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def raised(phone: Phone, level: str = "yellow", **fields: Any) -> dict[str, Any]:
    at = {"lat": HERE[0], "lon": HERE[1]}
    return phone.ask("alert", **({"level": level, "kind": "warn", "public": True, "groups": [], **at} | fields))


# --- the form ---


def test_a_description_alone_is_never_a_reason(town: Town) -> None:
    """R5."""
    anna = town.phone("anna")
    assert raised(anna, category="theft", vehicle="Red car")["code"] == "description_alone"
    assert raised(anna, headline="Två utländska män")["code"] == "description_alone"
    assert raised(anna, what="Mörkhyad man")["code"] == "description_alone"
    assert raised(anna, what="Bryter upp en dörr", headline="Två utländska män")["type"] == "ok"
    assert raised(anna, category="theft", what="Cuts a lock", clothes="Grey jacket")["type"] == "ok"


def test_a_description_only_where_the_category_has_room(town: Town) -> None:
    anna = town.phone("anna")
    for category in (None, "fire"):
        refused = raised(anna, category=category, what="It burns", clothes="Grey jacket")
        assert (refused["code"], refused["field"]) == ("invalid", "clothes")
    alert = raised(anna, category="theft", what="Cuts a lock")["alert"]
    assert anna.ask("update", alert=alert, vehicle="A van")["type"] == "ok"


def test_a_correction_hides_the_whole_form(town: Town) -> None:
    """R15."""
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    words = {
        "what": "Cuts a lock",
        "where": "Yard",
        "how_many": 2,
        "direction": "North",
        "vehicle": "Van",
        "clothes": "Cap",
    }
    alert = raised(anna, category="theft", **words)["alert"]
    assert words.items() <= bo.all("alert")[-1].items()
    anna.ask("update", alert=alert, wrong="It was their own lock", what="Talks to a neighbour")
    changed = bo.all("update")[-1]
    assert changed["what"] == "Talks to a neighbour"
    assert not changed.keys() & (words.keys() - {"what"})


def test_who_has_left_sees_no_words_of_the_form(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo, locked=True)
    alert = raised(anna, public=False, groups=[group], category="theft", what="Cuts a lock", clothes="Cap")["alert"]
    bo.ask("leave", group=group)
    anna.ask("update", alert=alert, where="Yard", outcome="prevented", state="closed")
    assert not bo.all("update")[-1].keys() & {"what", "where", "clothes"}


@pytest.mark.parametrize("called", [True, False, "not_needed"])
def test_whether_112_was_called_reaches_everybody(town: Town, called: object) -> None:
    """R8."""
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    alert = raised(anna, "red")["alert"]
    anna.ask("update", alert=alert, called_112=called)
    assert bo.all("update")[-1]["called_112"] == called


def test_the_words_of_a_red_follow_without_another_signal(town: Town) -> None:
    """R9."""
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    alert = raised(anna, "red")["alert"]
    town.pass_time(59)
    anna.ask("update", alert=alert, what="Two people force the door")
    assert [(frame["type"], frame["signal"], frame.get("what")) for frame in bo.all("alert", "update")] == [
        ("alert", True, None),
        ("update", False, "Two people force the door"),
    ]


def test_a_call_for_help_is_one_small_message(town: Town) -> None:
    """F18: level, kind, place and scope are enough, and fit into one packet many times over."""
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    call = {
        "id": town.new_id(),
        "level": "red",
        "kind": "help",
        "lat": 59.325,
        "lon": 18.07,
        "public": True,
        "groups": [],
    }
    assert len(json.dumps({"type": "alert", **call})) < 200
    assert anna.ask("alert", **call)["type"] == "ok"
    assert bo.all("alert")[-1]["kind"] == "help"


# --- what must not be said ---


def test_what_must_not_be_said_is_refused_in_public_and_in_open_groups(town: Town) -> None:
    """R2, R6."""
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    open_group = town.group(anna, bo)
    refused = raised(anna, headline="Car ABC123, call 0701234567")
    assert (refused["code"], refused["field"], refused["found"]) == ("not_in_public", "headline", ["plate", "phone"])
    assert "witness tip" in refused["message"]
    assert raised(anna, public=False, groups=[open_group], text="He is called Kalle")["found"] == ["suspect_name"]
    assert anna.ask("message", group=open_group, text="www.shop.com: buy now")["found"] == ["link", "advertising"]
    assert not bo.all("alert", "message")


def test_in_locked_groups_no_plate_and_no_identity_number(town: Town) -> None:
    """R3; neighbours may give each other their phone numbers."""
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo, locked=True)
    assert anna.ask("message", group=group, text="It was ABC 123")["found"] == ["plate"]
    said = anna.ask("message", group=group, text="Call me: 0701234567")
    assert anna.ask("revise", group=group, seq=said["rooms"][group], text="It was 850101-1234")["found"] == [
        "identity_number"
    ]
    assert [message["text"] for message in bo.all("message")] == ["Call me: 0701234567"]


@pytest.mark.parametrize("fields", [{"level": "red"}, {"level": "yellow", "kind": "help"}])
def test_a_red_and_a_call_for_help_lose_only_the_words(town: Town, fields: dict[str, Any]) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    said = {
        "id": town.new_id(),
        "headline": "ABC123",
        "what": "Hit by car ABC123",
        "clothes": "Cap",
        "category": "elephant",
    }
    ok = raised(anna, **fields, **said)
    assert (ok["type"], ok["withheld"]) == ("ok", ["category", "what", "headline", "clothes"])
    (got,) = bo.all("alert")
    assert got["what"] == "Hit by car …"
    assert not got.keys() & {"headline", "clothes", "category"}
    assert raised(anna, **fields, **said) == ok  # a retry


def test_an_ending_is_never_refused_for_its_words(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    alert = raised(anna)["alert"]
    ok = anna.ask("update", alert=alert, state="false_alarm", wrong="It was not ABC123", text="See www.example.com")
    assert ok["withheld"] == ["text", "wrong"]
    assert bo.all("update")[-1]["wrong"] == "It was not …"


def test_who_holds_an_office_may_say_where_to_turn_to(town: Town) -> None:
    guard = town.phone("vera", as_="real/{}/guard")
    assert raised(guard, "info", headline="Kontakt: 08-123 456 78")["type"] == "ok"
    assert raised(guard, headline="ABC123")["code"] == "not_in_public"


# --- who else may say something of an alert ---


def test_an_office_changes_the_state_and_not_the_words(town: Town) -> None:
    """R12."""
    anna, bo, dan = town.phone("anna"), town.phone("bo", HERE), town.phone("dan", HERE, as_="real/{}/guard")
    alert = raised(anna, headline="A blue van")["alert"]
    assert dan.ask("update", alert=alert, headline="A red van")["code"] == "forbidden"
    assert dan.ask("update", alert=alert, state="has_happened")["type"] == "ok"
    changed = bo.all("update")[-1]
    assert (changed["state"], changed["by_role"], changed["headline"]) == ("has_happened", "guard", "A blue van")
    assert bo.ask("update", alert=alert, state="closed")["code"] == "not_found"
    town.pass_time(2)
    anna.ask("update", alert=alert, state="going_on")
    assert "by_role" not in bo.all("update")[-1]


def test_an_office_changes_only_what_it_has_got(town: Town) -> None:
    """R23: the alert of a group that is not theirs is not there."""
    anna, dan = town.phone("anna"), town.phone("dan", HERE, as_="real/{}/police")
    group = town.group(anna, locked=True)
    alert = raised(anna, public=False, groups=[group])["alert"]
    assert dan.ask("update", alert=alert, state="closed")["code"] == "not_found"


def test_what_came_of_it_is_told_when_it_is_over(town: Town) -> None:
    """F86."""
    anna, bo, dan = town.phone("anna"), town.phone("bo", HERE), town.phone("dan", HERE, as_="real/{}/police")
    alert = raised(anna, "red")["alert"]
    assert dan.ask("update", alert=alert, outcome="arrest")["field"] == "outcome"
    assert anna.ask("update", alert=alert, state="closed", outcome="arrest")["code"] == "forbidden"
    anna.ask("update", alert=alert, state="closed")
    town.pass_time(2)
    assert dan.ask("update", alert=alert, outcome="arrest")["type"] == "ok"
    told = bo.all("update")[-1]
    assert (told["outcome"], told["signal"]) == ("arrest", False)
    again = town.restarted()
    assert again.hubs["real"].alerts.record(alert).alert.outcome == "arrest"  # type: ignore[union-attr]
    again.close()


# --- meetings ---


def test_a_meeting_is_told_to_groups(town: Town) -> None:
    """F89."""
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    group = town.group(anna, bo)
    meeting = {"at": town.clock.now() + 3_600, "place": "By the fountain"}
    said = anna.ask("message", group=group, text="Coffee?", meeting=meeting)
    assert bo.all("message")[-1]["meeting"] == meeting
    assert raised(anna, "info", public=False, groups=[group], meeting=meeting)["type"] == "ok"
    assert bo.all("alert")[-1]["meeting"] == meeting
    assert raised(anna, "info", meeting=meeting)["field"] == "meeting"
    late = {**meeting, "at": town.clock.now() - 1}
    assert anna.ask("message", group=group, text="Coffee?", meeting=late)["field"] == "meeting.at"
    anna.ask("revise", group=group, seq=said["rooms"][group], removed=True)
    assert "meeting" not in bo.all("message")[-1]
