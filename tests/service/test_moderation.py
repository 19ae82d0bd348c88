"""What is reported, who looks at it, and what becomes of it (F48, F67-F70, F72, R12, R13, R32, R33)."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.town import HERE, Phone, Town, north

DAY_S = 86_400.0


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def owner(town: Town) -> Phone:
    return town.phone("olle", as_="real/{}/owner")


def alert(phone: Phone, **fields: Any) -> str:
    place = {"lat": HERE[0], "lon": HERE[1]}
    said = {"level": "red", "kind": "warn", "public": True, "groups": [], **place, **fields}
    return str(phone.ask("alert", **said)["alert"])


def say(phone: Phone, group: str, text: str) -> int:
    return int(phone.ask("message", group=group, text=text)["rooms"][group])


# --- who looks at it -------------------------------------------------------------------------------------------------


def test_a_group_post_goes_to_who_looks_after_the_group(town: Town) -> None:
    """F69: to its creator and admins, who are told; not to the owner, nor to other members."""
    anna, bo, eva, dan = (town.phone(name) for name in ("anna", "bo", "eva", "dan"))
    group = town.group(anna, bo, eva, dan)
    anna.ask("appoint", group=group, user="dan", trusted=["admin"])
    seq = say(eva, group, "Choose me")
    made = bo.ask("report", group=group, seq=seq, category="political", reason="an election poster")
    for carer in (anna, dan):
        assert carer.all("notice")[-1]["code"] == "reported"
        (shown,) = carer.ask("reports", group=group)["reports"]
        assert (shown["report"], shown["user"], shown["said"]) == (made["report"], "eva", "Choose me")
        assert (shown["category"], shown["reason"]) == ("political", "an election poster")
        assert "bo" not in str(shown)
    assert bo.ask("reports", group=group)["code"] == "forbidden"
    assert owner(town).ask("reports")["reports"] == []
    assert [told["code"] for told in eva.all("notice")] == []


def test_what_nobody_looks_at_in_time_is_the_owners_too(town: Town) -> None:
    anna, bo, eva = (town.phone(name) for name in ("anna", "bo", "eva"))
    group = town.group(anna, bo, eva, locked=True)
    bo.ask("report", group=group, seq=say(eva, group, "Idiots"), category="tone")
    olle = owner(town)
    town.pass_time(DAY_S - 1)
    assert olle.ask("reports")["reports"] == []
    town.pass_time(1)
    (shown,) = olle.ask("reports")["reports"]
    assert (shown["overdue"], shown["said"]) == (True, "Idiots")


def test_a_report_about_an_admin_goes_past_them(town: Town) -> None:
    """R33."""
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    made = bo.ask("report", group=group, seq=say(anna, group, "My shop sells cheap"), category="commercial")
    assert anna.ask("reports", group=group)["reports"] == []
    assert anna.ask("resolve", report=made["report"], action="dismiss", reason="mine")["code"] == "not_found"
    assert [told["code"] for told in anna.all("notice")] == []
    (shown,) = owner(town).ask("reports")["reports"]
    assert shown["user"] == "anna"


def test_a_public_post_goes_to_the_owner_alone(town: Town) -> None:
    anna, bo = town.phone("anna", HERE), town.phone("bo", HERE)
    group = town.group(anna, bo)
    id = alert(anna, groups=[group], headline="Sale today")
    bo.ask("report", alert=id, category="commercial", about_author=True)
    assert anna.ask("reports", group=group)["reports"] == []
    (shown,) = owner(town).ask("reports")["reports"]
    assert (shown["alert"], shown["said"], shown["about_author"]) == (id, "Sale today", True)


def test_nobody_reports_what_they_cannot_see(town: Town) -> None:
    """R23: the same answer as for what is not there."""
    anna, bo, eva = (town.phone(name) for name in ("anna", "bo", "eva"))
    group = town.group(anna, bo)
    seq, id = say(anna, group, "Hello"), alert(anna, public=False, groups=[group])
    answers = [
        eva.ask("report", group=group, seq=seq, category="tone"),
        eva.ask("report", group="nowhere", seq=seq, category="tone"),
        eva.ask("report", alert=id, category="tone"),
        eva.ask("report", alert="nowhere", category="tone"),
    ]
    assert [answer["code"] for answer in answers] == ["not_found"] * 4
    assert {**answers[0], "id": ""} == {**answers[1], "id": ""}
    assert {**answers[2], "id": ""} == {**answers[3], "id": ""}
    eva.ask("join", group=group, accepted=True)
    assert eva.ask("report", group=group, seq=seq, category="tone")["code"] == "not_found"  # it was before her


def test_one_person_reports_a_post_once_and_only_so_many(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    seqs = [say(anna, group, f"No {number}") for number in range(21)]
    first = bo.ask("report", group=group, seq=seqs[0], category="tone")
    assert bo.ask("report", group=group, seq=seqs[0], category="opinion")["report"] == first["report"]
    answers = [bo.ask("report", group=group, seq=seq, category="tone") for seq in seqs[1:]]
    assert [answer.get("code") for answer in answers] == [None] * 19 + ["rate_limited"]
    assert len(owner(town).ask("reports")["reports"]) == 20


# --- what becomes of a message ---------------------------------------------------------------------------------------


def test_a_removed_message_is_gone_for_everybody_and_its_author_told_why(town: Town) -> None:
    """F70: for who is here, who comes back, and who reads back; the author cannot bring it back."""
    anna, bo, eva = (town.phone(name) for name in ("anna", "bo", "eva"))
    group = town.group(anna, bo, eva)
    eva.hang_up()
    seq = say(bo, group, "Choose me")
    made = anna.ask("report", group=group, seq=seq, category="political")
    assert anna.ask("resolve", report=made["report"], action="remove", reason="No politics here")["type"] == "ok"
    for phone in (anna, bo):  # also who decided it
        assert phone.all("message")[-1]["removed"]
    removed = bo.all("message")[-1]
    assert (removed["revises"], removed["removed"], removed["removed_why"]) == (seq, True, "No politics here")
    told = bo.all("notice")[-1]
    assert (told["code"], told["text"]) == ("post_removed", "A post of yours was removed: No politics here")
    assert bo.ask("revise", group=group, seq=seq, text="Choose me!")["code"] == "not_found"
    back = town.phone("eva", rooms={"me": 1, group: 0})
    assert "Choose" not in str(back.connection.frames)
    again = town.restarted()
    page = again.phone("eva").ask("history", room=group, limit=10)
    assert [(event.get("removed"), event.get("removed_why")) for event in page["events"]] == [
        (True, "No politics here"),
        (True, "No politics here"),
    ]
    assert again.phone("anna").ask("reports", group=group)["reports"] == []
    again.close()


def test_a_hidden_message_is_shown_again_when_the_report_is_dismissed(town: Town) -> None:
    anna, bo, eva = (town.phone(name) for name in ("anna", "bo", "eva"))
    group = town.group(anna, bo, eva)
    seq = say(bo, group, "The key is under the mat")
    made = eva.ask("report", group=group, seq=seq, category="false")
    anna.ask("resolve", report=made["report"], action="hide", reason="being looked at")
    assert eva.all("message")[-1]["removed"]
    assert len(anna.ask("reports", group=group)["reports"]) == 1
    anna.ask("resolve", report=made["report"], action="dismiss", reason="it is true")
    shown = eva.all("message")[-1]
    assert (shown["text"], shown["revises"], shown.get("removed")) == ("The key is under the mat", seq, None)
    assert anna.ask("reports", group=group)["reports"] == []
    assert [told["code"] for told in bo.all("notice")] == ["post_hidden", "post_shown"]
    assert bo.ask("revise", group=group, seq=seq, text="It was")["type"] == "ok"


def test_the_owner_sees_of_a_locked_group_just_what_is_reported(town: Town) -> None:
    """F48."""
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo, locked=True)
    seqs = [say(anna, group, text) for text in ("One", "Two")]
    made = bo.ask("report", group=group, seq=seqs[1], category="tone")
    olle = owner(town)
    assert [shown["said"] for shown in olle.ask("reports")["reports"]] == ["Two"]
    assert olle.ask("history", room=group, limit=10)["code"] == "not_found"
    unreported = olle.ask("moderate", group=group, seq=seqs[0], action="remove", reason="why not")
    assert unreported["code"] == "not_found"
    assert olle.ask("resolve", report=made["report"], action="remove", reason="tone")["type"] == "ok"


# --- what becomes of an alert ----------------------------------------------------------------------------------------


def test_a_removed_alert_is_closed_for_everybody_who_got_it_on_the_same_path(town: Town) -> None:
    """R13: also for who has moved away, in the lane of the alert; without words, and saying why."""
    anna, bo, eva = town.phone("anna"), town.phone("bo", HERE), town.phone("eva", HERE)
    olle = town.phone("olle", HERE, as_="real/{}/owner")
    id = alert(anna, headline="A man in a red coat steals", text="His name is")
    bo.ask("position", lat=north(HERE, 9_000)[0], lon=HERE[1])
    eva.hang_up()
    assert olle.ask("moderate", alert=id, action="remove", reason="names a person")["type"] == "ok"
    for phone in (bo, anna, olle):
        gone = phone.all("update")[-1]
        assert (gone["state"], gone["wrong"], gone["revision"]) == ("closed", "names a person", 2)
        assert "headline" not in gone
        assert "text" not in gone
    assert bo.all("update")[-1]["tone"] == "all_clear"
    assert bo.connection.lanes[bo.connection.frames.index(bo.all("update")[-1])] == 0
    back = town.phone("eva", HERE, holds=[{"alert": id, "revision": 1}])
    assert back.all("update")[-1]["state"] == "closed"
    assert anna.all("notice")[-1]["code"] == "post_removed"
    assert anna.ask("update", alert=id, wrong="nothing", text="His name is")["code"] == "ended"
    assert olle.ask("moderate", alert=id, action="remove", reason="again")["code"] == "ended"


def test_a_hidden_alert_goes_on_without_words_that_its_author_cannot_put_back(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    id = alert(anna, headline="The one from number 7")
    olle = owner(town)
    olle.ask("moderate", alert=id, action="hide", reason="names a person")
    hidden = bo.all("update")[-1]
    assert (hidden["state"], "headline" in hidden, hidden["signal"]) == ("going_on", False, False)
    assert anna.ask("update", alert=id, headline="Number 7!")["code"] == "forbidden"
    town.pass_time(2)
    assert anna.ask("update", alert=id, called_112=True)["type"] == "ok"
    town.pass_time(2)
    olle.ask("moderate", alert=id, action="show", reason="it is a bus")
    assert bo.all("update")[-1]["headline"] == "The one from number 7"
    assert anna.ask("update", alert=id, state="closed")["type"] == "ok"


def test_an_admin_removes_what_was_raised_to_the_group_and_not_what_is_public(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    inside, public = alert(bo, public=False, groups=[group]), alert(bo, groups=[group])
    assert anna.ask("moderate", alert=inside, action="remove", reason="tone")["type"] == "ok"
    assert anna.ask("moderate", alert=public, action="remove", reason="tone")["code"] == "not_found"


def test_an_old_alert_of_a_group_is_removed_by_its_place_there(town: Town) -> None:
    """Long after clients stopped showing it, whoever reads back does not get its words any more."""
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    alert(bo, public=False, groups=[group], headline="The one from number 7")
    town.pass_time(3 * DAY_S)
    town.worlds["real"].forget_old()
    anna, bo = town.phone("anna"), town.phone("bo")
    made = anna.ask("report", group=group, seq=1, category="identity")
    assert anna.ask("reports", group=group)["reports"][0]["said"] == "The one from number 7"
    assert anna.ask("resolve", report=made["report"], action="remove", reason="a name")["type"] == "ok"
    assert anna.ask("moderate", group=group, seq=2, action="remove", reason="x")["code"] == "not_found"
    (event,) = bo.ask("history", room=group, limit=10)["events"]
    assert (event["state"], event["wrong"], event.get("headline")) == ("closed", "a name", None)
    assert bo.all("alert", "update") == []
    again = town.restarted()
    (event,) = again.phone("bo").ask("history", room=group, limit=10)["events"]
    assert event.get("headline") is None
    again.close()


def test_who_has_left_can_still_report_what_they_got(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    id = alert(anna, public=False, groups=[group], headline="Idiots")
    bo.ask("leave", group=group)
    assert bo.ask("report", alert=id, category="tone")["type"] == "ok"
    (shown,) = owner(town).ask("reports")["reports"]  # about her who looks after the group
    assert (shown["alert"], shown["group"]) == (id, group)


# --- flags, trails, counts -------------------------------------------------------------------------------------------


def test_what_looks_doubtful_is_delivered_first_and_flagged_after(town: Town) -> None:
    """R12, F72: delivery waits for no moderator."""
    bo, new = town.phone("bo", HERE), town.phone("nils", as_="real/{}/member/unaccepted")
    id = alert(new, kind="help")
    assert [(got["alert"], got["unverified"], got["signal"]) for got in bo.all("alert")] == [(id, True, True)]
    olle = owner(town)
    (flag,) = olle.ask("flags")["flags"]
    assert (flag["alert"], flag["why"], flag["level"]) == (id, ["unverified"], "red")
    bo.ask("report", alert=id, category="false")
    assert olle.ask("flags")["flags"][0]["why"] == ["unverified", "reported"]
    olle.ask("moderate", alert=id, action="show", reason="they are well known")
    assert olle.ask("flags")["flags"] == []
    assert bo.all("update") == []  # nothing of the alert has changed


def test_every_decision_stands_in_the_trail_with_who_when_and_why(town: Town) -> None:
    """R32: and neither who reported, nor what was said."""
    anna, bo, eva = (town.phone(name) for name in ("anna", "bo", "eva"))
    group = town.group(anna, bo, eva)
    seq = say(bo, group, "Secret words")
    made = eva.ask("report", group=group, seq=seq, category="tone")
    town.pass_time(60)
    anna.ask("resolve", report=made["report"], action="remove", reason="harsh")
    olle = owner(town)
    for trail in (olle.ask("audit", limit=10), anna.ask("audit", group=group, limit=10)):
        settled, removed = trail["lines"]
        assert (removed["by"], removed["what"], removed["reason"]) == ("anna", "remove", "harsh")
        assert removed["about"]["user"] == "bo"
        assert removed["at"] == town.clock.now()
        assert settled["what"] == "report_ended"
        assert "eva" not in str(trail)
        assert "Secret" not in str(trail)
    assert olle.ask("audit", limit=1)["next"] == 2
    assert olle.ask("audit", limit=1, before=2)["lines"][0]["what"] == "remove"
    assert bo.ask("audit", group=group, limit=10)["code"] == "forbidden"
    assert bo.ask("audit", limit=10)["code"] == "forbidden"


def test_counts_are_for_everybody_and_small_ones_are_not_told(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    for number in range(5):
        made = anna.ask("report", group=group, seq=say(bo, group, f"No {number}"), category="tone")
        if number < 4:
            anna.ask("resolve", report=made["report"], action="remove", reason="tone")
    (month,) = bo.ask("transparency")["months"]
    assert month == {"month": month["month"], "reports": 5}


# --- appeals ---------------------------------------------------------------------------------------------------------


def test_whom_a_decision_concerns_can_appeal_once_to_the_owner(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    seq = say(bo, group, "Hm")
    anna.ask("moderate", group=group, seq=seq, action="hide", reason="tone")
    decision = bo.all("notice")[-1]["about"]["decision"]
    assert anna.ask("appeal", of=decision, text="No")["code"] == "not_found"
    assert bo.ask("appeal", of=decision, text="That is no tone")["type"] == "ok"
    olle = owner(town)
    (open_,) = olle.ask("reports")["appeals"]
    assert (open_["appeal"], open_["user"], open_["text"], open_["by"]) == (decision, "bo", "That is no tone", "anna")
    assert anna.ask("resolve", report=decision, action="dismiss", reason="mine")["code"] == "not_found"
    assert olle.ask("resolve", report=decision, action="grant", reason="it is none")["type"] == "ok"
    assert anna.all("message")[-1]["text"] == "Hm"
    assert bo.all("notice")[-1]["code"] == "appeal_granted"
    assert "appeals" not in olle.ask("reports")

    anna.ask("moderate", group=group, seq=seq, action="remove", reason="still tone")
    decision = bo.all("notice")[-1]["about"]["decision"]
    bo.ask("appeal", of=decision, text="Again?")
    olle.ask("resolve", report=decision, action="dismiss", reason="it was rude")
    assert bo.all("notice")[-1]["text"] == "Your appeal was looked at, and the decision stands: it was rude"
    assert bo.ask("appeal", of=decision, text="And again?")["code"] == "forbidden"


def test_what_is_decided_has_an_end(town: Town) -> None:
    """R29: a year later the next decision sweeps it away."""
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    anna.ask("moderate", group=group, seq=say(bo, group, "One"), action="remove", reason="tone")
    old = bo.all("notice")[-1]["about"]["decision"]
    town.pass_long(366 * DAY_S)
    anna, bo = town.phone("anna"), town.phone("bo")
    anna.ask("moderate", group=group, seq=say(bo, group, "Two"), action="remove", reason="tone")
    assert bo.ask("appeal", of=old, text="Why?")["code"] == "not_found"
    assert [each["decisions"] for each in owner(town).ask("accounts")["accounts"]] == [1]
