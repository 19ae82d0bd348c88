"""Accounts and groups that are suspended (F49, F71), and what is given out of an account by law (F73)."""

from collections.abc import Iterator

import pytest

from realtime.errors import CloseCode
from realtime.service.errands import Errands
from realtime.service.moderation.exporting import Cursor, Exporter
from storage.facts import GroupSuspended
from tests.town import HERE, Phone, Town, kinds

RED = {"level": "red", "kind": "help", "lat": HERE[0], "lon": HERE[1], "public": True, "groups": []}


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def owner(town: Town) -> Phone:
    return town.phone("olle", as_="real/{}/owner")


def test_a_suspended_accounts_connections_close_in_the_same_step(town: Town) -> None:
    """F71: every device, in the very batch, before what was asked for after it; and nothing more is delivered."""
    bo = town.phone("bo", HERE)
    tablet, anna, olle = town.phone("bo", HERE, device="tablet"), town.phone("anna", HERE), owner(town)
    group = town.group(anna, bo)
    bo.new(), tablet.new()
    town.together(
        (olle, "suspend", {"id": "s", "user": "bo", "reason": "threats"}),
        (anna, "message", {"id": "m", "group": group, "text": "Is he gone?"}),
        (bo, "message", {"id": "b", "group": group, "text": "One more"}),
    )
    for device in (bo, tablet):
        assert device.connection.closed_with == CloseCode.SUSPENDED
        said = [frame for frame in device.new() if frame.get("id") != "b"]
        assert kinds(said) == ["error"]
        assert (said[0]["code"], said[0]["reason"]) == ("suspended", "threats")
    assert anna.all("message") == []
    anna.ask("alert", **RED)
    assert bo.new() + tablet.new() == []
    page = anna.ask("history", room=group, limit=10)
    assert [event["text"] for event in page["events"]] == ["Is he gone?"]


def test_what_waited_for_the_log_when_its_author_was_suspended_is_not_stored(town: Town) -> None:
    anna, bo, olle = town.phone("anna"), town.phone("bo", HERE), owner(town)
    town.together(
        (olle, "suspend", {"id": "s", "user": "anna", "reason": "threats"}),
        (anna, "create_group", {"id": "g", "name": "x", "purpose": "x", "conduct": "x", "locked": False}),
    )
    assert town.run(town.store.groups()) == []
    assert bo.all("alert") == []


def test_hello_is_refused_until_it_is_over_or_lifted(town: Town) -> None:
    olle = owner(town)
    town.phone("bo")
    until = town.clock.now() + 3_600
    olle.ask("suspend", user="bo", reason="threats", until=until)
    again = town.restarted()
    refused = again.phone("bo")
    assert refused.connection.closed_with == 4504
    (error,) = refused.all("error")
    assert (error["code"], error["reason"], error["until"]) == ("suspended", "threats", until)
    assert refused.all("welcome") == []
    assert again.phone("bo", as_="exercise/{}").connection.is_open  # another world
    again.pass_time(3_600)
    assert again.phone("bo").connection.is_open
    olle = owner(again)
    olle.ask("suspend", user="bo", reason="once more")
    assert not again.phone("bo").connection.is_open
    assert olle.ask("lift", user="bo", reason="a mistake")["type"] == "ok"
    back = again.phone("bo", rooms={"me": 0})
    assert back.connection.is_open
    assert [told["code"] for told in back.all("notice")] == ["suspended", "suspended", "suspension_lifted"]
    assert olle.ask("lift", user="bo", reason="twice")["code"] == "not_found"
    again.close()


def test_what_a_suspended_account_said_stays(town: Town) -> None:
    anna, bo, olle = town.phone("anna"), town.phone("bo"), owner(town)
    group = town.group(anna, bo)
    bo.ask("message", group=group, text="Good morning")
    olle.ask("suspend", user="bo", reason="threats")
    assert anna.ask("history", room=group, limit=10)["events"][0]["text"] == "Good morning"


def test_who_is_suspended_can_appeal_from_outside(town: Town) -> None:
    olle = owner(town)
    olle.ask("suspend", user="bo", reason="threats")
    decision = town.phone("bo").all("error")[0]["decision"]
    outside = Phone(town, "bo", "phone")
    assert outside.ask("appeal", of=decision, text="Not me")["code"] == "hello_first"
    assert outside.ask("appeal", of=decision, text="Not me", token="nowhere/bo")["code"] == "token"
    outside = Phone(town, "bo", "phone")
    assert outside.ask("appeal", of=decision, text="Not me", token="real/anna")["code"] == "not_found"
    assert outside.ask("appeal", of=decision, text="Not me", token="real/bo")["type"] == "ok"
    assert outside.ask("message", group="x", text="x")["code"] == "hello_first"
    assert olle.ask("resolve", report=decision, action="grant", reason="another bo")["type"] == "ok"
    assert town.phone("bo").connection.is_open


def test_a_report_can_end_in_a_warning_or_a_suspension(town: Town) -> None:
    anna, bo, eva, olle = town.phone("anna"), town.phone("bo"), town.phone("eva"), owner(town)
    group = town.group(anna, bo, eva)
    reports = []
    for text in ("One", "Two"):
        seq = bo.ask("message", group=group, text=text)["rooms"][group]
        reports.append(eva.ask("report", group=group, seq=seq, category="tone")["report"])
    assert anna.ask("resolve", report=reports[0], action="warn", reason="be kind")["type"] == "ok"
    assert bo.all("notice")[-1]["text"] == "A warning: be kind"
    assert anna.ask("resolve", report=reports[1], action="suspend", reason="enough")["code"] == "forbidden"
    assert olle.ask("resolve", report=reports[1], action="grant", reason="enough")["code"] == "invalid"
    assert olle.ask("resolve", report=reports[1], action="suspend", reason="enough")["type"] == "ok"
    assert bo.connection.closed_with == 4504
    (account,) = olle.ask("accounts")["accounts"]
    assert account == {"user": "bo", "suspended": True, "reason": "enough", "decisions": 2}


def test_a_group_is_suspended_with_a_logged_reason(town: Town) -> None:
    """F49: its creator is told, the trail has it, and it can be lifted."""
    anna, olle = town.phone("anna"), owner(town)
    group = town.group(anna, locked=True)
    assert olle.ask("suspend_group", group="nowhere", reason="x")["code"] == "not_found"
    assert olle.ask("suspend_group", group=group, reason="sells stolen goods")["group"] == group
    facts = town.hubs["real"].facts
    assert facts.get(GroupSuspended, group) == GroupSuspended(group=group, reason="sells stolen goods")
    assert anna.all("notice")[-1]["text"] == "Shops is suspended: sells stolen goods"
    olle.ask("lift", group=group, reason="looked into")
    assert facts.get(GroupSuspended, group) is None
    assert anna.all("notice")[-1]["code"] == "group_lifted"
    olle.ask("suspend_group", group=group, reason="once more")
    decision = anna.all("notice")[-1]["about"]["decision"]
    anna.ask("appeal", of=decision, text="We do not")
    assert olle.ask("resolve", report=decision, action="grant", reason="so it is")["type"] == "ok"
    assert facts.get(GroupSuspended, group) is None
    trail = [(line["what"], line["by"], line["reason"]) for line in olle.ask("audit", limit=10)["lines"]]
    assert trail[::-1] == [
        ("suspend_group", "olle", "sells stolen goods"),
        ("resumed", "olle", "looked into"),
        ("suspend_group", "olle", "once more"),
        ("resumed", "olle", "so it is"),
        ("suspend_group_ended", "olle", "so it is"),
    ]


def test_nobody_suspends_themselves_or_into_the_past(town: Town) -> None:
    olle = owner(town)
    assert olle.ask("suspend", user="olle", reason="x")["field"] == "user"
    assert olle.ask("suspend", user="bo", reason="x", until=1.0)["field"] == "until"
    assert olle.ask("lift", reason="x")["field"] == "user"


# --- exports ---------------------------------------------------------------------------------------------------------


def everything(phone: Phone, export: str) -> list[dict[str, object]]:
    items: list[dict[str, object]] = []
    part: int | None = 0
    while part is not None:
        answer = phone.ask("export", export=export, part=part)
        items += answer["items"]
        part = answer.get("next")
    return items


def test_a_lawful_export_has_all_on_one_person_and_nothing_of_others(town: Town) -> None:
    """F73: over several parts; the member is told, and the trail has who, when, why and for which case."""
    anna, bo, olle = town.phone("anna", HERE), town.phone("bo", HERE), owner(town)
    group = town.group(anna, bo)
    for number in range(300):
        bo.ask("message", group=group, text=f"Bo says {number} " + "x" * 300)
        town.pass_time(1)
    anna.ask("message", group=group, text="Anna's words")
    bo.ask("alert", **RED, text="At the door")
    anna.ask("report", group=group, seq=1, category="tone")
    begun = olle.ask("export_user", user="bo", reason="court order", case="K 123-26")
    assert bo.all("notice")[-1]["text"].endswith("(case K 123-26).")
    assert olle.ask("export", export=begun["export"])["next"] == 1
    items = everything(olle, begun["export"])
    said = [item["text"] for item in items if item.get("logged") == "message_posted"]
    assert [str(text).split(" x")[0] for text in said] == [f"Bo says {number}" for number in range(300)]
    assert {"holds": "membership", "group": group} in items
    assert [item["alert"]["text"] for item in items if item.get("logged") == "alert_raised"] == ["At the door"]  # type: ignore[index]
    assert "Anna's words" not in str(items)
    (line,) = olle.ask("audit", limit=10)["lines"]
    assert (line["what"], line["by"], line["reason"], line["about"]["case"]) == (
        "export",
        "olle",
        "court order",
        "K 123-26",
    )


def test_a_silent_export_tells_nobody_but_the_trail(town: Town) -> None:
    bo, olle = town.phone("bo"), owner(town)
    begun = olle.ask("export_user", user="bo", reason="court order", case="K 1-26", silent=True)
    assert bo.all("notice") == []
    assert olle.ask("audit", limit=10)["lines"][0]["about"]["silent"] == "True"
    other = town.phone("pia", as_="real/{}/owner")
    assert other.ask("export", export=begun["export"])["code"] == "not_found"
    assert olle.ask("export", export=begun["export"], part=1)["field"] == "part"
    town.pass_time(86_400)
    assert owner(town).ask("export", export=begun["export"])["code"] == "not_found"


def test_what_somebody_reads_of_themselves_names_nobody_else(town: Town) -> None:
    """R27: whom they reported wrote under another name in public, and who decided is for the owner to know."""
    olle, anna, bo = owner(town), town.phone("anna"), town.phone("bo", at=HERE)
    place = {"lat": HERE[0], "lon": HERE[1]}
    alert = anna.ask("alert", level="yellow", kind="warn", public=True, groups=[], **place)["alert"]
    bo.ask("report", alert=alert, category="tone")
    other = bo.ask("alert", level="yellow", kind="warn", public=True, groups=[], headline="A van", **place)["alert"]
    olle.ask("moderate", alert=other, action="remove", reason="Not so")
    exporter = Exporter(town.hubs["real"], town.store, Errands())
    part = town.run(exporter.part("bo", Cursor(), for_themselves=True))
    kinds = [item.get("holds") or item["logged"] for item in part.items]
    assert {"report", "decision", "fact_set"} <= set(kinds)
    assert "'anna'" not in str(part.items)
    assert "'olle'" not in str(part.items)
    assert "'bo'" in str(part.items)
