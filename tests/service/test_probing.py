"""Whoever seems to ask by their alerts who is where has lower limits, and is looked at (R24)."""

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


def raised(phone: Phone, level: str = "yellow", **fields: Any) -> dict[str, Any]:
    at = {"lat": HERE[0], "lon": HERE[1]}
    return phone.ask("alert", **({"level": level, "kind": "warn", "public": True, "groups": [], **at} | fields))


def probes(town: Town, phone: Phone, times: int, **fields: Any) -> list[str]:
    """Each over at once and answered by nobody; two a day."""
    found = []
    for _ in range(times):
        found.append(raised(phone, **fields)["alert"])
        town.pass_time(60)
        assert phone.ask("update", alert=found[-1], state="closed")["type"] == "ok"
        town.pass_time(DAY_S / 2)
    return found


def is_lowered(phone: Phone) -> bool:
    """Whether the fourth yellow of a day is one too many: the next three of that day are raised here."""
    answers = [raised(phone, radius_m=1_000) for _ in range(4)]
    assert [answer["type"] for answer in answers[:3]] == ["ok"] * 3
    return answers[3].get("code") == "rate_limited"


def test_five_odd_alerts_in_a_week_lower_ones_limits_and_show_in_the_owners_queue(town: Town) -> None:
    eve, olle = town.phone("eve"), town.phone("olle", as_="real/{}/owner")
    odd = probes(town, eve, 4)
    assert olle.ask("flags")["flags"] == olle.ask("accounts")["accounts"] == []
    odd += probes(town, eve, 1)
    (flag,) = olle.ask("flags")["flags"]
    assert (flag["alert"], flag["why"]) == (odd[-1], ["probing"])
    assert olle.ask("accounts")["accounts"] == [{"user": "eve", "probing": True}]
    town.pass_time(DAY_S)
    assert is_lowered(eve)
    assert raised(eve, "red")["type"] == "ok"
    assert raised(eve, "red")["offer"] == "info"


def test_four_do_not(town: Town) -> None:
    eve = town.phone("eve")
    probes(town, eve, 4)
    town.pass_time(DAY_S)
    assert not is_lowered(eve)


def test_who_probes_is_not_told_the_reach(town: Town) -> None:
    eve = town.phone("eve")
    probes(town, eve, 5)
    assert eve.all("reach")[0]["bucket"] == "<5"
    raised(eve)
    town.pass_time(5)
    assert eve.all("reach")[-1]["bucket"] is None


def test_a_call_for_help_is_never_blocked_and_never_odd(town: Town) -> None:
    """R10."""
    eve, near = town.phone("eve"), town.phone("near", HERE)
    probes(town, eve, 5)
    raised(eve, "red")
    help = raised(eve, "red", kind="help")
    assert help["type"] == "ok"
    assert near.all("alert")[-1]["signal"]

    bo = town.phone("bo")
    probes(town, bo, 6, kind="help")
    town.pass_time(DAY_S)
    assert not is_lowered(bo)


@pytest.mark.parametrize(
    "fields",
    [{"level": "info"}, {"public": False}, {"kind": "help"}],
    ids=["info", "for a group", "help"],
)
def test_what_reaches_nobody_by_where_they_are_is_not_odd(town: Town, fields: dict[str, Any]) -> None:
    eve = town.phone("eve")
    more = {"groups": [town.group(eve)]} if "public" in fields else {}
    probes(town, eve, 6, **fields, **more)
    town.pass_time(DAY_S)
    assert not is_lowered(eve)


@pytest.mark.parametrize("signs", ["small and moved", "small and unanswered", "moved and ended", "small and ended"])
def test_any_two_signs_make_an_alert_odd(town: Town, signs: str) -> None:
    eve, bo = town.phone("eve"), town.phone("bo", HERE)
    for _ in range(5):
        bo.say("position", lat=HERE[0], lon=HERE[1])
        alert = raised(eve, **({"radius_m": 250} if "small" in signs else {"radius_m": 251}))["alert"]
        if "unanswered" not in signs:
            assert bo.ask("answer", alert=alert, answer="seen")["type"] == "ok"
        if "moved" in signs:
            lat, lon = north(HERE, 101)
            eve.ask("update", alert=alert, lat=lat, lon=lon)
        town.pass_time(60)
        if "ended" in signs:
            eve.ask("update", alert=alert, state="false_alarm")
        town.pass_time(DAY_S / 2)
    town.pass_time(DAY_S)
    assert is_lowered(eve)


@pytest.mark.parametrize("sign", ["small", "moved", "unanswered", "ended"])
def test_one_sign_does_not(town: Town, sign: str) -> None:
    """A village where nobody answers, a thief who walks on, and a false alarm are no probing (R15)."""
    eve, bo = town.phone("eve"), town.phone("bo", HERE)
    for _ in range(6):
        bo.say("position", lat=HERE[0], lon=HERE[1])
        alert = raised(eve, radius_m=250 if sign == "small" else 300)["alert"]
        if sign != "unanswered":
            assert bo.ask("answer", alert=alert, answer="seen")["type"] == "ok"
        if sign == "moved":
            lat, lon = north(HERE, 101)
            eve.ask("update", alert=alert, lat=lat, lon=lon)
        town.pass_time(60 if sign == "ended" else 301)
        eve.ask("update", alert=alert, state="false_alarm")
        town.pass_time(DAY_S / 2)
    town.pass_time(DAY_S)
    assert not is_lowered(eve)


def test_it_survives_a_restart_and_is_over_when_a_week_has_passed(town: Town) -> None:
    eve = town.phone("eve")
    probes(town, eve, 5)
    town = town.restarted()
    eve = town.phone("eve")
    town.pass_time(DAY_S)
    assert is_lowered(eve)
    town.pass_time(7 * DAY_S)
    assert not is_lowered(eve)
    town.close()


def test_the_owner_looks_at_it_and_gives_the_limits_back(town: Town) -> None:
    """What was looked at does not count again."""
    eve, olle = town.phone("eve"), town.phone("olle", as_="real/{}/owner")
    odd = probes(town, eve, 5)
    assert olle.ask("moderate", alert=odd[-1], action="show", reason="she tries the app")["type"] == "ok"
    assert olle.ask("flags")["flags"] == olle.ask("accounts")["accounts"] == []
    assert olle.ask("audit", limit=1)["lines"][0]["reason"] == "she tries the app"
    town.pass_time(DAY_S / 2)
    assert not is_lowered(eve)


def test_who_holds_an_office_is_looked_at_and_not_limited(town: Town) -> None:
    guard, olle = town.phone("guard", as_="real/{}/guard"), town.phone("olle", as_="real/{}/owner")
    probes(town, guard, 5)
    assert olle.ask("accounts")["accounts"] == [{"user": "guard", "probing": True}]
    town.pass_time(DAY_S)
    assert not is_lowered(guard)
