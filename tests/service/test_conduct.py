"""Who has accepted the code of conduct, and what nobody may do before (F66, F80, F90, R6, R10)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from realtime.config import Settings
from tests.offices import an_organisation, an_owner
from tests.requests import NEED_AN_ID
from tests.town import HERE, Town, with_settings

RED: dict[str, Any] = {"level": "red", "kind": "warn", "lat": HERE[0], "lon": HERE[1], "public": True, "groups": []}
# What passes all the same, because it posts nothing new.
STILL = {
    *("accept", "update", "merge", "leave", "report", "appeal", "revise", "revoke_role", "close_thread", "end_call"),
    *("drop_area", "duty", "mute", "revoke", "unfollow", "withdraw_application"),
    *("prefer", "pause", "share", "consent", "erase_account", "erase_alert"),
}
READ = {
    *("answer", "answer_survey"),  # counted only
    *("history", "conduct", "reports", "flags", "audit", "accounts", "export", "transparency"),
    *("surveys", "survey_result"),
    *("organisations", "staff", "roles", "threads"),
    *("group", "find_groups", "group_map", "applications", "invitations", "members", "group_activity"),
    *("map", "areas", "area", "categories"),
    *("preferences", "consents", "export_me"),
}


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def test_from_first_connection_to_first_alert_takes_three_requests(town: Town) -> None:
    """F80: hello, accept, alert; the version to accept is in the welcome."""
    bo = town.phone("bo", HERE)
    anna = town.phone("anna", HERE, as_="real/{}/member/unaccepted")  # 1
    (welcome,) = anna.all("welcome")
    assert anna.ask("accept", conduct=welcome["conduct"])["durable"]  # 2
    assert anna.ask("alert", **RED)["type"] == "ok"  # 3
    assert [alert.get("unverified", False) for alert in bo.all("alert")] == [False]


def test_nobody_posts_before_accepting() -> None:
    """Everything that is stored is refused, with the version to accept; also what nobody has thought of yet."""
    town = Town(with_settings(Settings(), connection={"messages_burst": 1_000}))
    anna = town.phone("anna", HERE, as_="real/{}/member/unaccepted")
    for type, fields in NEED_AN_ID.items():
        answer = anna.ask(type, **fields)
        if type not in STILL | READ:
            assert (type, answer["code"], answer.get("version")) == (type, "conduct", "1")
        else:
            assert answer.get("code") != "conduct" or type == "accept", type
    assert anna.ask("revise", group="x", seq=1, text="x")["code"] == "conduct"
    assert town.phone("bo", HERE).all("alert") == []
    town.close()


def test_who_is_not_18_reads_and_answers_and_calls_for_help(town: Town) -> None:
    """R30."""
    anna, kim = town.phone("anna", HERE), town.phone("kim", HERE, as_="real/{}/member/minor")
    an_organisation(an_owner(town))
    group = town.group(anna, kim)
    grown = town.phone("kim", device="with another token")  # by who signs them taken for 18
    seq = grown.ask("message", group=group, text="Before")["rooms"][group]
    anna.new()
    alert = anna.ask("alert", **RED)["alert"]
    assert kim.all("alert")[-1]["alert"] == alert
    assert kim.ask("answer", alert=alert, answer="seen")["type"] == "ok"
    for type, fields in (
        ("alert", RED),
        ("message", {"group": group, "text": "Hello"}),
        ("create_group", NEED_AN_ID["create_group"]),
        ("volunteer", {"for": "rescue", "on": True}),
        ("revise", {"group": group, "seq": seq, "text": "After"}),
        ("write_to", {"organisation": "polisen", "kind": "view", "text": "Hello"}),
    ):
        assert kim.ask(type, **fields)["code"] == "forbidden", type
    assert anna.new("message") == []
    assert kim.ask("volunteer", **{"for": "rescue", "on": False})["type"] == "ok"
    assert kim.ask("revise", group=group, seq=seq, removed=True)["type"] == "ok"
    assert kim.ask("alert", **{**RED, "kind": "help"})["type"] == "ok"
    assert len(anna.all("alert")) == 1


def test_a_call_for_help_is_never_blocked(town: Town) -> None:
    """R10: it goes out marked unverified, its words may follow; another red does not."""
    bo, anna = town.phone("bo", HERE), town.phone("anna", HERE, as_="real/{}/member/unaccepted")
    assert anna.ask("alert", **RED)["code"] == "conduct"
    raised = anna.ask("alert", **{**RED, "kind": "help"})
    assert raised["type"] == "ok"
    assert anna.ask("update", alert=raised["alert"], text="He is at my door")["type"] == "ok"
    assert [(got["unverified"], got.get("text")) for got in bo.new("alert", "update")] == [
        (True, None),
        (True, "He is at my door"),
    ]
    assert bo.all("alert")[0]["signal"]


def test_accepting_survives_a_restart_and_a_new_version_asks_again(town: Town) -> None:
    anna = town.phone("anna", as_="real/{}/member/unaccepted")
    anna.ask("accept", conduct="1")
    again = town.restarted()
    anna = again.phone("anna", as_="real/{}/member/unaccepted")
    assert "conduct" not in anna.all("welcome")[0]
    assert anna.ask("alert", **RED)["type"] == "ok"
    newer = again.restarted(settings=with_settings(Settings(), conduct={"version": "2"}))
    anna = newer.phone("anna", as_="real/{}")  # whose token says that it was version 1
    assert anna.all("welcome")[0]["conduct"] == "2"
    refused = anna.ask("alert", **RED)
    assert (refused["code"], refused["version"]) == ("conduct", "2")
    assert anna.ask("accept", conduct="1")["version"] == "2"
    assert anna.ask("accept", conduct="2")["type"] == "ok"
    assert anna.ask("alert", **RED)["type"] == "ok"
    newer.close()


def test_what_was_accepted_in_one_world_is_not_in_the_other(town: Town) -> None:
    town.phone("anna", as_="exercise/{}/member/unaccepted").ask("accept", conduct="1")
    assert town.phone("anna", as_="real/{}/member/unaccepted").ask("alert", **RED)["code"] == "conduct"


def test_the_code_and_the_guide_are_shown_in_swedish_and_english(town: Town) -> None:
    """F90."""
    anna = town.phone("anna", as_="real/{}/member/unaccepted")
    swedish, english = anna.ask("conduct"), anna.ask("conduct", language="en")
    assert (swedish["language"], swedish["version"], swedish["accepted"]) == ("sv", "1", False)
    assert "Ring 112" in swedish["text"]
    assert "call 112" in english["text"]
    assert "Report it" in english["guide"]
    assert "Rapportera" in swedish["guide"]
    assert (swedish["advice"], english["advice"]) == ("Ingrip inte. Håll avstånd.", "Do not intervene. Keep distance.")
    anna.ask("accept", conduct="1")
    assert anna.ask("conduct")["accepted"]


def test_the_operators_own_texts_take_their_place(tmp_path: Path) -> None:
    (tmp_path / "own.md").write_text("Var snäll.", encoding="utf-8")
    town = Town(with_settings(Settings(), conduct={"text_sv": tmp_path / "own.md", "version": "sigtuna-3"}))
    shown = town.phone("anna").ask("conduct")
    assert (shown["text"], shown["version"]) == ("Var snäll.", "sigtuna-3")
    assert "112" in shown["guide"]
    town.close()
