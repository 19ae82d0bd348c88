"""What the service is for, where no part of it has a test of its own: the rows of docs/features.md."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.offices import an_organisation, an_owner
from tests.town import HERE, Phone, Town, north

AROUND = {"south": 59.0, "west": 17.5, "north": 59.6, "east": 18.6}


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def raised(phone: Phone, level: str = "red", at: tuple[float, float] = HERE, **fields: Any) -> dict[str, Any]:
    return phone.ask(
        "alert", **({"level": level, "kind": "warn", "lat": at[0], "lon": at[1], "public": True, "groups": []} | fields)
    )


def without(field: str, **fields: Any) -> dict[str, Any]:
    """An alert that says all that it must, but for one field."""
    said = {"level": "red", "kind": "warn", "lat": HERE[0], "lon": HERE[1], "public": True, "groups": []} | fields
    return {name: value for name, value in said.items() if name != field}


@pytest.mark.parametrize("field", ["public", "groups"])
def test_every_alert_states_its_scope(town: Town, field: str) -> None:
    """F2: nothing is taken for granted, and what is for nobody is refused."""
    anna, near, member = town.phone("anna"), town.phone("near", HERE), town.phone("member")
    group = town.group(anna, member, locked=True)
    unsaid = anna.ask("alert", **without(field))
    assert (unsaid["code"], unsaid["field"]) == ("invalid", field)
    assert raised(anna, public=False)["code"] == "no_scope"
    assert near.all("alert") == member.all("alert") == []
    scopes: list[dict[str, Any]] = [
        {"public": True, "groups": []},
        {"public": False, "groups": [group]},
        {"public": True, "groups": [group]},
    ]
    ids = [raised(anna, **scope)["alert"] for scope in scopes]
    assert [told["alert"] for told in near.all("alert")] == [ids[0], ids[2]]
    assert [told["alert"] for told in member.all("alert")] == [ids[1], ids[2]]


@pytest.mark.parametrize("level", ["red", "yellow"])
def test_a_public_red_or_yellow_goes_at_once_to_all_within_its_radius(town: Town, level: str) -> None:
    """F4: 500 and 300 m of the place as published, and half the square's diagonal."""
    radius_m = {"red": 500, "yellow": 300}[level]
    within = [town.phone(f"in-{m}", north(HERE, m)) for m in (-radius_m, 0, radius_m // 2, radius_m)]
    beyond = [town.phone(f"out-{m}", north(HERE, m)) for m in (-radius_m - 150, radius_m + 150, 5_000)]
    id = raised(town.phone("anna"), level)["alert"]
    assert [[told["alert"] for told in phone.all("alert")] for phone in within] == [[id]] * 4
    assert [phone.all("alert") for phone in beyond] == [[]] * 3


@pytest.mark.parametrize("place", ["lat", "lon"])
def test_an_alert_has_a_place(town: Town, place: str) -> None:
    """F7."""
    refused = town.phone("anna").ask("alert", **without(place))
    assert (refused["code"], refused["field"]) == ("invalid", place)


def test_an_alert_has_a_level_that_there_is(town: Town) -> None:
    """F8."""
    anna, near = town.phone("anna"), town.phone("near", HERE)
    for said in (without("level"), without("", level="orange"), without("", level=None), without("", level=3)):
        refused = anna.ask("alert", **said)
        assert (refused["code"], refused["field"]) == ("invalid", "level")
    assert near.all("alert") == []


@pytest.mark.parametrize("without_yellow", ["area", "group"])
def test_a_red_gets_through_where_yellow_is_filtered(town: Town, without_yellow: str) -> None:
    """F13: no choice of categories in a followed area, and no muted group, holds back a red."""
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    if without_yellow == "area":
        circle = {"lat": HERE[0], "lon": HERE[1], "radius_m": 500}
        assert bo.ask("follow", name="home", circle=circle, categories=["theft"])["type"] == "ok"
        scope: dict[str, Any] = {}
    else:
        assert bo.ask("mute", group=group, until=town.clock.now() + 3_600)["type"] == "ok"
        scope = {"public": False, "groups": [group]}
    raised(anna, "yellow", category="fire", **scope)
    assert [told["signal"] for told in bo.all("alert") if told["signal"]] == []
    red = raised(anna, "red", category="fire", **scope)["alert"]
    assert [told["alert"] for told in bo.all("alert") if told["signal"]] == [red]


def test_only_the_last_position_counts(town: Town) -> None:
    """F24, R17."""
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    there = north(HERE, 5_000)
    bo.say("position", lat=there[0], lon=there[1])
    town.settle()
    raised(anna, at=HERE)
    assert bo.all("alert") == []
    id = raised(anna, at=there)["alert"]
    assert [told["alert"] for told in bo.all("alert")] == [id]


def test_a_chat_message_is_on_no_map(town: Town) -> None:
    """F33: neither the public's nor the group's, also with a meeting that has a place."""
    anna, bo, eve = (town.phone(name, HERE, watch=AROUND) for name in ("anna", "bo", "eve"))
    group = town.group(anna, bo)
    meeting = {"at": town.clock.now() + 3_600, "place": "By the well"}
    said = anna.ask("message", group=group, text="Coffee by the well", meeting=meeting)
    assert said["type"] == "ok"
    assert [told["text"] for told in bo.all("message")] == ["Coffee by the well"]
    assert eve.all("message", "alert") == bo.all("alert") == []
    maps = [
        bo.ask("map", box=AROUND, limit=100),
        eve.ask("map", box=AROUND, limit=100),
        bo.ask("group_map", group=group),
    ]
    assert [shown["alerts"] for shown in maps] == [[]] * 3
    late = town.phone("late", HERE, watch=AROUND)
    assert late.all("message", "alert") == []


def test_nobody_has_to_act_before_a_post_is_delivered(town: Town) -> None:
    """F62, F3: two who came a minute ago, with no owner, no organisation and nobody in office anywhere."""
    anna = town.phone("anna", as_="real/{}/member/new")
    bo = town.phone("bo", HERE, as_="real/{}/member/new")
    group = town.group(anna, bo)
    red = raised(anna, groups=[group])["alert"]
    assert [(told["alert"], told["signal"]) for told in bo.all("alert")] == [(red, True)]
    anna.ask("message", group=group, text="By the bicycles")
    assert [told["text"] for told in bo.all("message")] == ["By the bicycles"]
    anna.ask("update", alert=red, state="closed")
    assert [told["state"] for told in bo.all("update")] == ["closed"]


def test_an_alert_is_extended_commented_and_closed_for_all_who_got_it(town: Town) -> None:
    """F19: also for who has gone, and for the group that was addressed."""
    anna, near, gone, member = (
        town.phone("anna"),
        town.phone("near", HERE),
        town.phone("gone", HERE),
        town.phone("member"),
    )
    group = town.group(anna, member)
    alert = raised(anna, "yellow", groups=[group])["alert"]
    there = north(HERE, 20_000)
    gone.say("position", lat=there[0], lon=there[1])
    expires_at = near.all("alert")[0]["expires_at"]
    changes: list[dict[str, Any]] = [{"extend_s": 3_600}, {"text": "They walk north"}, {"state": "closed"}]
    for change in changes:
        town.pass_time(10)
        assert anna.ask("update", alert=alert, **change)["type"] == "ok"
    for phone in (near, gone, member):
        extended, commented, closed = phone.all("update")
        assert extended["expires_at"] == expires_at + 10
        assert commented["text"] == "They walk north"
        assert (closed["state"], closed["tone"]) == ("closed", "all_clear")


@pytest.mark.parametrize("kind", ["neighbour_watch", "town_centre", "night_walkers", "guides", "hotels"])
def test_there_are_groups_of_each_kind(town: Town, kind: str) -> None:
    """F44."""
    anna = town.phone("anna")
    group = town.group(anna)
    anna.ask("set_group", group=group, purpose="Theft", conduct="Be kind.", kind=kind, listed=True)
    (found,) = anna.ask("find_groups")["groups"]
    assert found["kind"] == kind


def test_there_are_organisations_of_each_sector(town: Town) -> None:
    """F54."""
    sectors = ["police", "municipality", "rescue", "guards", "nightwalkers", "property", "transport", "trade"]
    owner = an_owner(town)
    for sector in sectors:
        an_organisation(owner, f"the-{sector}", sector)
    found = town.phone("anna").ask("organisations", lat=HERE[0], lon=HERE[1])["organisations"]
    assert sorted(each["sector"] for each in found) == sorted(sectors)


@pytest.mark.parametrize("category", ["political", "commercial", "tone", "opinion"])
def test_a_post_is_reported_and_removed_for_a_named_reason(town: Town, category: str) -> None:
    """F67, F68."""
    anna, near, owner = town.phone("anna"), town.phone("near", HERE), an_owner(town)
    alert = raised(anna, "yellow", headline="Choose the best")["alert"]
    assert near.ask("report", alert=alert, category=category)["type"] == "ok"
    (shown,) = owner.ask("reports")["reports"]
    assert (shown["category"], shown["alert"]) == (category, alert)
    assert owner.ask("resolve", report=shown["report"], action="remove", reason=category)["type"] == "ok"
    gone = near.all("update")[-1]
    assert (gone["state"], gone["wrong"], gone.get("headline")) == ("closed", category, None)


@pytest.mark.parametrize("outcome", ["prevented", "arrest", "nothing_found", "false_alarm"])
def test_the_police_say_what_came_of_it(town: Town, outcome: str) -> None:
    """F86."""
    anna, near, police = town.phone("anna"), town.phone("near", HERE), town.phone("pia", HERE, as_="real/{}/police")
    alert = raised(anna)["alert"]
    assert police.ask("update", alert=alert, state="closed", outcome=outcome)["type"] == "ok"
    assert near.all("update")[-1]["outcome"] == outcome
