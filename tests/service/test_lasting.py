"""What may be said anew where one no longer is, or where nothing is to be said (F49, F53, R10, R13, R23)."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.offices import an_organisation, an_owner, with_staff
from tests.town import HERE, Phone, Town


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


@pytest.fixture
def owner(town: Town) -> Phone:
    """Whoever runs the platform, with a police station whose chief is Carl."""
    owner = an_owner(town)
    an_organisation(owner)
    with_staff(owner, "polisen", carl="chief")
    return owner


def to_group(phone: Phone, group: str, **fields: Any) -> str:
    said = {"level": "yellow", "kind": "warn", "lat": HERE[0], "lon": HERE[1], "public": False, **fields}
    raised = phone.ask("alert", groups=[group], headline="A van", **said)
    assert raised["type"] == "ok", raised
    return str(raised["alert"])


def inform(phone: Phone, group: str) -> dict[str, Any]:
    what = {"level": "yellow", "headline": "No light in the tunnel", "public": False, "groups": [group]}
    return phone.ask("inform", organisation="polisen", **what)


# --- groups and organisations ----------------------------------------------------------------------------------------


def test_an_organisation_that_is_let_in_learns_nothing_of_the_group(town: Town, owner: Phone) -> None:
    """Not how much is said there, nor how many they are, nor whether it is suspended or closed, nor why."""
    anna, carl = town.phone("anna"), town.phone("carl")
    group, other = town.group(anna), town.group(anna)
    for each in (group, other):
        anna.ask("let_in", group=each, organisation="polisen")
    for _ in range(5):
        anna.ask("message", group=group, text="Hi")
    for user in ("bo", "eva", "dan", "cai", "fia"):
        town.phone(user).ask("join", group=group, accepted=True)
    assert "rooms" not in inform(carl, group)
    town.pass_time(10)
    assert [told["bucket"] for told in carl.all("reach")] == [None]
    anna.ask("let_in", group=other, organisation="polisen", on=False)
    unknown = {**inform(carl, other), "id": ""}
    owner.ask("suspend_group", group=group, reason="Stolen goods")
    assert {**inform(carl, group), "id": ""} == unknown
    owner.ask("lift", group=group, reason="It was not so")
    assert inform(carl, group)["type"] == "ok"
    anna.ask("close_group", group=group, reason="We move")
    assert {**inform(carl, group), "id": ""} == unknown


def test_a_group_that_lets_it_in_no_longer_is_told_nothing_more(town: Town, owner: Phone) -> None:
    """But that what it had said is over."""
    anna, carl = town.phone("anna"), town.phone("carl")
    group = town.group(anna)
    anna.ask("let_in", group=group, organisation="polisen")
    said = inform(carl, group)["alert"]
    assert carl.ask("update", alert=said, headline="Light again at ten")["type"] == "ok"
    anna.ask("let_in", group=group, organisation="polisen", on=False)
    for more in ({"headline": "Buy our lamps"}, {"state": "closed", "text": "Buy"}, {"extend_s": 60}):
        assert carl.ask("update", alert=said, **more)["code"] == "forbidden"
    assert carl.ask("update", alert=said, state="closed")["type"] == "ok"
    assert anna.all("update")[-1]["state"] == "closed"


# --- who is no longer there ------------------------------------------------------------------------------------------


def test_whoever_was_sent_away_says_nothing_more_to_the_group(town: Town) -> None:
    """Through the alerts that they raised to it; they still end them, and a call for help is never blocked."""
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    alert, call = to_group(bo, group), to_group(bo, group, level="red", kind="help")
    anna.ask("ban", group=group, user="bo", reason="Threats")
    refused = bo.ask("update", alert=alert, headline="I know where you live")
    assert refused["code"] == "forbidden"
    assert "I know" not in str(anna.connection.frames)
    assert bo.ask("update", alert=alert, state="closed")["type"] == "ok"
    assert bo.ask("update", alert=call, where="By the door")["type"] == "ok"


def test_what_is_public_they_still_change(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    alert = to_group(bo, group, public=True)
    bo.ask("leave", group=group)
    assert bo.ask("update", alert=alert, headline="Two vans")["type"] == "ok"


def test_nothing_is_said_anew_in_a_suspended_group(town: Town, owner: Phone) -> None:
    """F49: neither in its alerts nor in its messages, which can still be ended and taken back."""
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    seq = bo.ask("message", group=group, text="For sale")["rooms"][group]
    alert = to_group(bo, group)
    owner.ask("suspend_group", group=group, reason="Stolen goods")
    assert bo.ask("revise", group=group, seq=seq, text="Cheaper now")["code"] == "forbidden"
    assert bo.ask("update", alert=alert, headline="Cheaper now")["code"] == "forbidden"
    assert "Cheaper" not in str(anna.connection.frames)
    assert bo.ask("revise", group=group, seq=seq, removed=True)["type"] == "ok"
    assert bo.ask("update", alert=alert, state="closed")["type"] == "ok"


# --- an organisation that is no more ---------------------------------------------------------------------------------


def test_the_calls_of_an_organisation_that_closes_are_called_off(town: Town, owner: Phone) -> None:
    """Nobody is left who could; whoever comes near later is not called, after a restart either."""
    an_organisation(owner, "brand", "rescue")
    with_staff(owner, "brand", dan="staff")
    anna, dan = town.phone("anna", at=HERE), town.phone("dan")
    anna.ask("volunteer", **{"for": "rescue", "on": True})
    place = {"lat": HERE[0], "lon": HERE[1], "radius_m": 1_000}
    dan.ask("call_volunteers", organisation="brand", text="Look", until=town.clock.now() + 3_600, **place)
    assert [call.get("ended") for call in anna.all("call")] == [None]
    an_organisation(owner, "brand", "rescue", closed=True)
    assert [call.get("ended") for call in anna.all("call")] == [None, True]
    assert town.phone("anna", at=HERE, device="tablet").all("call") == []
    again = town.restarted()
    assert again.phone("anna", at=HERE).all("call") == []
    again.close()


def test_departments_have_none_of_their_own(town: Town, owner: Phone) -> None:
    """However they came to be: nor is one of what is closed."""
    for id in ("brand", "east"):
        an_organisation(owner, id, "rescue")
    an_organisation(owner, "east", "rescue", department_of="brand")

    def refused(id: str, of: str) -> str:
        area = {"lat": HERE[0], "lon": HERE[1], "radius_m": 500}
        said = {"organisation": id, "name": id, "sector": "rescue", "area": area, "department_of": of}
        return str(owner.ask("set_organisation", **said).get("code"))

    assert refused("brand", of="polisen") == "invalid"
    assert refused("brand", of="east") == refused("south", of="east") == refused("south", of="south") == "not_found"
    an_organisation(owner, "brand", "rescue", closed=True)
    assert refused("south", of="brand") == "not_found"
