"""What only those who hold an office may say, whom it reaches, and how it ends."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.delivery.disks import Disk
from tests.town import HERE, Phone, Town, north

DAY_S = 86_400.0


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def said(phone: Phone, official: str | None, **fields: Any) -> dict[str, Any]:
    """An official alert for a day."""
    until = phone.town.clock.now() + DAY_S
    usual = {"level": "info", "kind": "inform", "lat": HERE[0], "lon": HERE[1], "public": True, "groups": []}
    given = {**usual, "official": official, "until": until, "headline": "Vittnen sökes", **fields}
    return phone.ask("alert", **{name: value for name, value in given.items() if value is not None})


def police(town: Town, at: tuple[float, float] | None = None) -> Phone:
    return town.phone("dan", at, as_="real/{}/police")


def test_only_the_police_search_and_only_an_office_is_official(town: Town) -> None:
    """F57, F58, F60, R4."""
    member, guard, dan = town.phone("anna"), town.phone("vera", as_="real/{}/guard"), police(town)
    for official in ("missing_person", "wanted_vehicle"):
        assert said(member, official)["code"] == said(guard, official)["code"] == "forbidden"
        assert said(dan, official)["type"] == "ok"
    for official in ("appeal", "picture"):
        assert said(member, official)["code"] == "forbidden"
        assert said(guard, official)["type"] == "ok"


def test_a_search_names_whom_or_what_it_is_for(town: Town) -> None:
    dan, bo = police(town), town.phone("bo", HERE)
    assert said(dan, "wanted_vehicle", headline="ABC123", vehicle="Blue van")["type"] == "ok"
    got = bo.all("alert")[-1]
    assert (got["headline"], got["vehicle"], got["official"], got["category"]) == (
        "ABC123",
        "Blue van",
        "wanted_vehicle",
        "wanted_vehicle",
    )
    assert (got["signal"], got["why"], got["verified_role"]) == (False, ["near"], "police")
    assert said(dan, "appeal", headline="ABC123")["code"] == "not_in_public"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"until": None}, "until"),
        ({"until": 1.0}, "until"),
        ({"until": 9e10}, "until"),
        ({"level": "yellow"}, "official"),
        ({"radius_m": 60_000}, "radius_m"),
        ({"official": None}, "until"),
        ({"official": None, "until": None, "category": "missing_person"}, "official"),
        ({"about": ["no-such-alert"]}, "about"),
    ],
)
def test_what_is_official_has_an_end_and_an_area(town: Town, fields: dict[str, Any], field: str) -> None:
    assert said(police(town), **{"official": "appeal", **fields})["field"] == field


@pytest.mark.parametrize("official", ["missing_person", "wanted_vehicle"])
def test_a_search_disappears_everywhere_at_its_end(town: Town, official: str) -> None:
    """R4: for who has it, for who comes later and reads back, and after a restart."""
    dan, bo, eva = police(town), town.phone("bo", HERE), town.phone("eva")
    group = town.group(eva, dan)
    until = town.clock.now() + DAY_S
    alert = said(dan, official, headline="Kalle Svensson, 9", text="Red cap", until=until, groups=[group])["alert"]
    assert bo.all("alert")[-1]["expires_at"] == until
    for _ in range(26):
        bo.say("position", renew=True)
        town.pass_time(3_600)
    last = bo.all("update")[-1]
    assert (last["alert"], last["state"], last["signal"]) == (alert, "closed", False)
    assert not last.keys() & {"headline", "text"}
    page = eva.ask("history", room=group, limit=10)
    assert not any("headline" in event for event in page["events"] if event["type"] == "alert")


def test_a_search_that_is_called_off_says_nothing_more(town: Town) -> None:
    dan, bo = police(town), town.phone("bo", HERE)
    alert = said(dan, "wanted_vehicle", headline="ABC123")["alert"]
    assert dan.ask("update", alert=alert, level="red")["field"] == "level"
    dan.ask("update", alert=alert, state="closed", outcome="arrest")
    assert "headline" not in bo.all("update")[-1]


def test_a_search_that_ended_while_the_server_was_down_is_emptied_too(town: Town) -> None:
    alert = said(police(town), "wanted_vehicle", headline="ABC123")["alert"]
    town.close()
    town.clock.advance(DAY_S + 60)
    again = town.restarted()
    again.worlds["real"].forget_old()
    again.settle()
    record = again.hubs["real"].alerts.record(alert)
    assert record is not None
    assert record.alert.headline is None
    again.close()


def test_a_correction_behind_an_end_that_is_being_stored_is_emptied_too() -> None:
    """R4: the words of a correction are words of the search as well."""
    disk = Disk()
    town = Town(store=disk)
    dan = police(town)
    alert = said(dan, "wanted_vehicle", headline="ABC123")["alert"]
    disk.stop()
    town.pass_time(DAY_S + 1)
    town.pass_time(2)
    dan = police(town)
    dan.say("update", id="c", alert=alert, wrong="It was ABC124", state="false_alarm")
    town.on_loop(town.worlds["real"].forget_old)
    disk.go_on()
    town.settle()
    assert dan.all("ok")[-1]["id"] == "c"
    record = town.hubs["real"].alerts.record(alert)
    assert record is not None
    assert (record.alert.state, record.alert.wrong) == ("closed", None)
    town.close()


def test_a_picture_reaches_those_who_got_what_it_is_about(town: Town) -> None:
    """F61: facts as far as the rumour, wherever they are by now; those who were away hear of it when they are back."""
    anna, bo, away, far = (town.phone(name, HERE) for name in ("anna", "bo", "away", "far"))
    alert = anna.ask("alert", level="red", kind="warn", lat=HERE[0], lon=HERE[1], public=True, groups=[])["alert"]
    away.say("position", withdraw=True)
    away.hang_up()
    lat, lon = north(HERE, 90_000)
    for phone in (bo, far):
        phone.say("position", lat=lat, lon=lon)
    vera = town.phone("vera", as_="real/{}/municipal")
    stranger = town.phone("stranger", (lat, lon))
    picture = said(vera, "picture", text="Nobody was hurt.", about=[alert])["alert"]
    for phone in (bo, far):
        got = phone.all("alert")[-1]
        assert (got["alert"], got["why"], got["text"]) == (picture, ["about"], "Nobody was hurt.")
    assert not stranger.all("alert")
    back = town.phone("away", (lat, lon), holds=[{"alert": alert, "revision": 1}])
    assert [got["why"] for got in back.all("alert") if got["alert"] == picture] == [["about"]]


def test_a_picture_tells_nothing_of_alerts_that_are_not_public(town: Town) -> None:
    """R23."""
    anna, vera = town.phone("anna"), town.phone("vera", as_="real/{}/municipal")
    group = town.group(anna, locked=True)
    fields = {"level": "red", "kind": "warn", "lat": HERE[0], "lon": HERE[1]}
    alert = anna.ask("alert", **fields, public=False, groups=[group])["alert"]
    refused = [said(vera, "picture", about=[each]) for each in (alert, "no-such-alert")]
    assert {**refused[0], "id": ""} == {**refused[1], "id": ""}
