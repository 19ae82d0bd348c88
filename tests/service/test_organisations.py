"""Organisations: which are here, who works there, what they say, and whom they call (F42, F50, F53-F55, F59)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.offices import AROUND, an_organisation, an_owner, with_staff
from tests.town import HERE, Phone, Town, north


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


@pytest.fixture
def owner(town: Town) -> Phone:
    return an_owner(town)


def found(phone: Phone, at: tuple[float, float] = HERE) -> list[str]:
    answer = phone.ask("organisations", lat=at[0], lon=at[1])
    return [each["organisation"] for each in answer["organisations"]]


# --- what they are ---------------------------------------------------------------------------------------------------


def test_a_member_sees_those_whose_area_holds_the_place(town: Town, owner: Phone) -> None:
    """F50: with their profile."""
    profile = {"name": "Solna stad", "about": "Lights and parks", "hours": "8-16", "contact": "08-1", "emblem": "sun"}
    an_organisation(owner, "solna", "municipality", **profile)
    an_organisation(owner, "far", "trade", area={**AROUND, "lat": 55.6})
    anna = town.phone("anna")
    answer = anna.ask("organisations", lat=HERE[0], lon=HERE[1])
    assert answer["organisations"] == [{"organisation": "solna", "sector": "municipality", **profile}]
    assert found(anna, north(HERE, 4_990)) == ["solna"]
    assert found(anna, north(HERE, 5_010)) == []
    assert anna.ask("organisations")["organisations"] == []
    assert [each["organisation"] for each in owner.ask("organisations")["organisations"]] == ["solna", "far"]


def test_an_area_may_be_an_outline(town: Town, owner: Phone) -> None:
    """An L: the corner that it leaves out is not in it."""
    lat, lon = HERE
    corners = [(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)]
    outline = [{"lat": lat + north_ / 100, "lon": lon + east / 100} for north_, east in corners]
    an_organisation(owner, area={"outline": outline})
    anna = town.phone("anna")
    assert found(anna, (lat + 0.015, lon + 0.005)) == ["polisen"]
    assert found(anna, (lat + 0.005, lon + 0.015)) == ["polisen"]
    assert found(anna, (lat + 0.015, lon + 0.015)) == []
    for wrong in ({}, {"outline": outline[:2]}, {**AROUND, "outline": outline}, {"lat": lat, "lon": lon}):
        refused = owner.ask("set_organisation", organisation="x", name="X", sector="trade", area=wrong)
        assert refused["field"] == "area"


def test_only_the_owner_registers_and_it_is_kept_who_did(town: Town, owner: Phone) -> None:
    anna = town.phone("anna")
    refused = anna.ask("set_organisation", organisation="x", name="X", sector="trade", area=AROUND)
    assert refused["code"] == "not_found"
    an_organisation(owner, reason="Asked for in writing")
    (logged,) = town.run(town.store.before("audit/real/polisen", 100, 10))
    assert (logged.body.by, logged.body.reason) == ("olga", "Asked for in writing")


def test_a_municipality_has_departments_with_people_and_an_inbox_of_their_own(town: Town, owner: Phone) -> None:
    """F55."""
    an_organisation(owner, "solna", "municipality")
    an_organisation(owner, "solna-parks", "municipality", department_of="solna")
    with_staff(owner, "solna", carl="chief")
    with_staff(owner, "solna-parks", stina="chief")
    anna, carl, stina = town.phone("anna"), town.phone("carl"), town.phone("stina")
    anna.ask("write_to", organisation="solna-parks", kind="view", text="More lights")
    assert (len(stina.all("message")), len(carl.all("message"))) == (1, 0)
    listed = anna.ask("organisations", lat=HERE[0], lon=HERE[1])["organisations"]
    assert [each.get("department_of") for each in listed] == [None, "solna"]
    for other in ("nobody", "solna-parks", "x"):
        refused = owner.ask(
            "set_organisation", organisation="x", name="X", sector="trade", area=AROUND, department_of=other
        )
        assert refused["field"] == "department_of"


def test_one_that_is_handed_over_keeps_its_people_and_posts(town: Town, owner: Phone) -> None:
    """F42: a chief goes, another comes; F41: and if all go, the rest goes on."""
    an_organisation(owner)
    with_staff(owner, "polisen", carl="chief", stina="staff")
    anna, carl, stina, bo = town.phone("anna"), town.phone("carl"), town.phone("stina"), town.phone("bo")
    thread = anna.ask("write_to", organisation="polisen", kind="tip", text="A van")["group"]
    assert carl.ask("set_staff", organisation="polisen", user="carl", standing="none")["type"] == "ok"
    with_staff(owner, "polisen", bo="chief")
    assert bo.ask("history", room=thread, limit=10)["events"][0]["text"] == "A van"
    assert bo.ask("set_staff", organisation="polisen", user="eva", standing="staff")["type"] == "ok"
    assert stina.ask("threads", organisation="polisen")["threads"][0]["thread"] == thread
    assert carl.ask("threads", organisation="polisen")["code"] == "not_found"


def test_one_that_closes_is_here_no_longer(town: Town, owner: Phone) -> None:
    an_organisation(owner)
    with_staff(owner, "polisen", carl="chief")
    carl = town.phone("carl")
    an_organisation(owner, closed=True)
    assert found(carl) == []
    assert carl.all("notice")[-1]["code"] == "organisation_closed"
    assert carl.ask("set_staff", organisation="polisen", user="eva", standing="staff")["code"] == "not_found"
    assert owner.ask("set_staff", organisation="polisen", user="eva", standing="staff")["code"] == "not_found"


def test_chiefs_say_who_works_there_and_the_owner_who_is_chief(town: Town, owner: Phone) -> None:
    an_organisation(owner)
    with_staff(owner, "polisen", carl="chief")
    carl, bo = town.phone("carl"), town.phone("bo")
    assert carl.ask("set_staff", organisation="polisen", user="bo", standing="staff")["type"] == "ok"
    assert bo.all("notice")[-1]["text"] == "You work for Polisen here, as staff."
    assert carl.ask("set_staff", organisation="polisen", user="bo", standing="chief")["field"] == "standing"
    assert bo.ask("set_staff", organisation="polisen", user="eva", standing="staff")["code"] == "forbidden"
    with_staff(owner, "polisen", dan="chief")
    assert carl.ask("set_staff", organisation="polisen", user="dan", standing="none")["field"] == "standing"
    assert bo.ask("set_staff", organisation="polisen", user="bo", standing="none")["type"] == "ok"
    assert bo.ask("staff", organisation="polisen")["code"] == "not_found"
    assert bo.ask("set_staff", organisation="polisen", user="bo", standing="none")["code"] == "not_found"


# --- what they say ---------------------------------------------------------------------------------------------------

POST = {
    "organisation": "polisen",
    "level": "yellow",
    "headline": "Burglaries in parked cars",
    "public": True,
    "groups": [],
}


def test_what_an_organisation_says_reaches_its_area_in_its_own_name(town: Town, owner: Phone) -> None:
    """F53."""
    an_organisation(owner, name="Polisen Solna", emblem="crown")
    with_staff(owner, "polisen", stina="staff", carl="chief")
    stina, carl = town.phone("stina"), town.phone("carl")
    near, edge, far = (
        town.phone("anna", at=HERE),
        town.phone("eva", at=north(HERE, 4_900)),
        town.phone("bo", at=north(HERE, 5_400)),
    )
    posted = stina.ask("inform", **POST)
    for phone in (near, edge):
        (alert,) = phone.all("alert")
        assert alert["author"] == {"role": "police", "name": "Polisen Solna"}
        assert alert["verified_by"] == {"name": "Polisen Solna", "organisation": "polisen", "emblem": "crown"}
        assert (alert["why"], alert["signal"], alert["headline"]) == (["near"], True, POST["headline"])
        assert "stina" not in json.dumps(phone.connection.frames).lower()
    assert far.all("alert") == []
    assert near.ask("update", alert=posted["alert"], state="closed")["code"] == "not_found"
    assert carl.ask("update", alert=posted["alert"], level="red")["field"] == "level"
    assert carl.ask("update", alert=posted["alert"], state="closed")["type"] == "ok"
    assert edge.all("update")[-1]["tone"] == "all_clear"
    owner.ask("set_staff", organisation="polisen", user="stina", standing="none")
    assert stina.ask("update", alert=posted["alert"], state="false_alarm", wrong="All")["code"] == "not_found"


def test_an_outline_is_reached_as_it_is_and_not_the_circle_around_it(town: Town, owner: Phone) -> None:
    """A triangle whose circle reaches over its long side, where Eve is."""
    lat, lon = HERE
    corners = [(lat, lon), (lat + 0.04, lon), (lat, lon + 0.08)]
    an_organisation(owner, area={"outline": [{"lat": each[0], "lon": each[1]} for each in corners]})
    with_staff(owner, "polisen", stina="staff")
    stina = town.phone("stina")
    anna, eve = town.phone("anna", at=(lat + 0.015, lon + 0.03)), town.phone("eve", at=(lat + 0.03, lon + 0.05))
    assert stina.ask("inform", **POST)["type"] == "ok"
    assert (len(anna.all("alert")), len(eve.all("alert"))) == (1, 0)
    found = [
        phone.ask("organisations", lat=at[0], lon=at[1])["organisations"]
        for phone, at in ((anna, (lat + 0.015, lon + 0.03)), (eve, (lat + 0.03, lon + 0.05)))
    ]
    assert [len(each) for each in found] == [1, 0]
    crossed = [(lat, lon), (lat + 0.04, lon + 0.04), (lat + 0.04, lon), (lat, lon + 0.04)]
    outline = {"outline": [{"lat": each[0], "lon": each[1]} for each in crossed]}
    assert owner.ask("set_organisation", organisation="x", name="X", sector="trade", area=outline)["field"] == "area"


def test_a_post_may_be_for_a_part_of_the_area(town: Town, owner: Phone) -> None:
    an_organisation(owner)
    with_staff(owner, "polisen", stina="staff")
    stina, near, far = town.phone("stina"), town.phone("anna", at=HERE), town.phone("bo", at=north(HERE, 2_000))
    part = {"lat": HERE[0], "lon": HERE[1], "radius_m": 800}
    assert stina.ask("inform", **POST, **part)["type"] == "ok"
    assert (len(near.all("alert")), len(far.all("alert"))) == (1, 0)
    assert stina.ask("inform", **POST, **{**part, "lat": HERE[0] + 1})["field"] == "lat"
    assert stina.ask("inform", **POST, radius_m=800)["field"] == "radius_m"
    assert stina.ask("inform", **{**POST, "public": False})["code"] == "no_scope"


def test_groups_hear_what_they_let_in(town: Town, owner: Phone) -> None:
    """Nobody outside of the group gets it, and none that did not let them in."""
    an_organisation(owner)
    with_staff(owner, "polisen", stina="staff")
    stina, anna, bo, eva = town.phone("stina"), town.phone("anna"), town.phone("bo"), town.phone("eva", at=HERE)
    group = town.group(anna, bo, locked=True)
    post = {**POST, "public": False, "groups": [group]}
    assert stina.ask("inform", **post)["code"] == "not_found"
    assert bo.ask("let_in", group=group, organisation="polisen")["code"] == "forbidden"
    assert eva.ask("let_in", group=group, organisation="polisen")["code"] == "not_found"
    assert anna.ask("let_in", group=group, organisation="nobody")["field"] == "organisation"
    assert anna.ask("let_in", group=group, organisation="polisen")["type"] == "ok"
    assert stina.ask("inform", **post)["type"] == "ok"
    (alert,) = bo.all("alert")
    assert (alert["why"], alert["rooms"]) == ([f"group:{group}"], {group: 1})
    assert eva.all("alert") == []
    assert "message" not in {frame["type"] for frame in stina.connection.frames}
    assert stina.ask("history", room=group, limit=10)["code"] == "not_found"
    anna.ask("let_in", group=group, organisation="polisen", on=False)
    assert stina.ask("inform", **post)["code"] == "not_found"


def test_the_reach_of_a_whole_area_is_a_bucket_too(town: Town, owner: Phone) -> None:
    an_organisation(owner, area={**AROUND, "radius_m": 30_000})
    with_staff(owner, "polisen", stina="staff")
    stina = town.phone("stina")
    for number in range(6):
        town.phone(f"m{number}", at=north(HERE, 4_000 * number))
    stina.ask("inform", **POST)
    town.pass_time(5.1)
    assert [told["bucket"] for told in stina.all("reach")] == ["5-19"]


# --- whom they call --------------------------------------------------------------------------------------------------


def a_call(town: Town, **fields: Any) -> dict[str, Any]:
    call = {"organisation": "polisen", "text": "A boy of seven is missing", "until": town.clock.now() + 3_600}
    return {**call, "lat": HERE[0], "lon": HERE[1], "radius_m": 1_000, **fields}


@pytest.fixture
def stina(town: Town, owner: Phone) -> Phone:
    an_organisation(owner, name="Polisen Solna")
    with_staff(owner, "polisen", stina="staff")
    return town.phone("stina")


def test_a_call_reaches_those_who_want_it_and_are_near(town: Town, stina: Phone) -> None:
    """F59."""
    willing, rescue, unwilling, away = (
        town.phone("anna", at=HERE),
        town.phone("bo", at=HERE),
        town.phone("eva", at=HERE),
        town.phone("dan", at=north(HERE, 3_000)),
    )
    for phone, calling in ((willing, "police"), (rescue, "rescue"), (away, "police")):
        assert phone.ask("volunteer", **{"for": calling, "on": True})["type"] == "ok"
    made = stina.ask("call_volunteers", **a_call(town))
    (call,) = willing.all("call")
    assert (call["call"], call["text"], call["verified_role"]) == (made["call"], "A boy of seven is missing", "police")
    assert call["verified_by"] == {"name": "Polisen Solna", "organisation": "polisen"}
    assert [len(phone.all("call")) for phone in (rescue, unwilling, away, stina)] == [0, 0, 0, 0]
    town.pass_time(5.1)
    assert [told["bucket"] for told in stina.all("reach")] == ["<5"]


def test_who_comes_near_while_it_lasts_is_called_then_and_once(town: Town, stina: Phone) -> None:
    dan, eva = town.phone("dan", at=north(HERE, 3_000)), town.phone("eva", at=HERE)
    dan.ask("volunteer", **{"for": "police", "on": True})
    stina.ask("call_volunteers", **a_call(town))
    further = north(HERE, 1_100)
    dan.ask("position", lat=further[0], lon=further[1])
    assert dan.all("call") == []
    dan.ask("position", lat=HERE[0], lon=HERE[1])
    dan.ask("position", lat=HERE[0], lon=HERE[1] + 0.001)
    assert len(dan.all("call")) == 1
    eva.ask("volunteer", **{"for": "police", "on": True})
    assert len(eva.all("call")) == 1
    dan.hang_up()
    assert len(town.phone("dan", at=HERE).all("call")) == 1
    town.pass_time(3_601)
    assert town.phone("dan", at=HERE).all("call") == []


def test_a_call_that_is_called_off_is_so_for_all_who_got_it(town: Town, stina: Phone) -> None:
    anna, bo = town.phone("anna", at=HERE), town.phone("bo", at=north(HERE, 3_000))
    for phone in (anna, bo):
        phone.ask("volunteer", **{"for": "police", "on": True})
    made = stina.ask("call_volunteers", **a_call(town))
    anna.ask("position", lat=HERE[0] + 1, lon=HERE[1])
    anna.ask("volunteer", **{"for": "police", "on": False})
    assert anna.ask("end_call", call=made["call"])["code"] == "not_found"
    assert stina.ask("end_call", call=made["call"])["type"] == "ok"
    assert anna.all("call")[-1]["ended"]
    assert bo.all("call") == []
    assert stina.ask("end_call", call=made["call"])["code"] == "ended"
    bo.ask("position", lat=HERE[0], lon=HERE[1])
    assert bo.all("call") == []


def test_a_call_and_the_wish_to_be_called_outlive_a_restart(town: Town, stina: Phone) -> None:
    town.phone("anna", at=HERE).ask("volunteer", **{"for": "police", "on": True})
    stina.ask("call_volunteers", **a_call(town))
    again = town.restarted()
    anna = again.phone("anna", at=HERE)
    assert len(anna.all("call")) == 1
    again.close()


def test_only_police_and_rescue_call_and_not_for_ever(town: Town, owner: Phone, stina: Phone) -> None:
    an_organisation(owner, "solna", "municipality")
    with_staff(owner, "solna", stina="staff")
    assert stina.ask("call_volunteers", **a_call(town, organisation="solna"))["field"] == "organisation"
    for until in (town.clock.now() - 1, town.clock.now() + 90_000):
        assert stina.ask("call_volunteers", **a_call(town, until=until))["field"] == "until"
    for _ in range(6):
        assert stina.ask("call_volunteers", **a_call(town))["type"] == "ok"
    assert stina.ask("call_volunteers", **a_call(town))["code"] == "rate_limited"


def test_who_was_called_is_written_down_nowhere(town: Town, stina: Phone) -> None:
    """R14: it would say who was near."""
    anna = town.phone("anna", at=HERE)
    anna.ask("volunteer", **{"for": "police", "on": True})
    before = len(town.run(town.store.before("me/real/anna", 1_000, 100)))
    stina.ask("call_volunteers", **a_call(town))
    assert len(anna.all("call")) == 1
    assert len(town.run(town.store.before("me/real/anna", 1_000, 100))) == before
