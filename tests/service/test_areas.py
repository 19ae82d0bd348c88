"""Areas with rules of their own, alerts aimed at a polygon, and reds that grow where few are near."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from realtime.config import AlertSettings, Settings
from realtime.service.alerts.reach import CELLS, Reach
from tests.service.test_following import SQUARE, follow
from tests.service.test_looking import FAR, raise_one
from tests.town import HERE, Phone, Town, north

OLD_TOWN: dict[str, Any] = {"area": "old-town", "name": "Gamla stan", "parts": [{"corners": SQUARE}]}


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def owner(town: Town) -> Phone:
    return town.phone("olle", as_="real/{}/owner")


def set_area(town: Town, **fields: Any) -> dict[str, Any]:
    return owner(town).ask("set_area", **{**OLD_TOWN, **fields})


def ask_alert(phone: Phone, level: str = "yellow", at: tuple[float, float] = HERE, **fields: Any) -> dict[str, Any]:
    return phone.ask("alert", level=level, kind="warn", lat=at[0], lon=at[1], public=True, groups=[], **fields)


def test_an_area_is_set_by_data_alone_and_tells_its_rules(town: Town) -> None:
    """F87; and it outlives the server."""
    rules = {"categories": ["theft", "fire"], "organisations": ["org-1"], "red_radius_m": 800.0}
    assert set_area(town, **rules)["durable"]
    anna = town.phone("anna")
    card = {"area": "old-town", "name": "Gamla stan", **rules}
    assert anna.ask("area", lat=HERE[0], lon=HERE[1])["areas"] == [card]
    assert anna.ask("area", lat=FAR[0], lon=FAR[1])["areas"] == []
    assert anna.ask("area", lat=HERE[0])["field"] == "lat"
    again = town.restarted()
    assert again.phone("anna").ask("area")["areas"] == [card]
    assert owner(again).ask("drop_area", area="old-town")["type"] == "ok"
    assert owner(again).ask("drop_area", area="old-town")["code"] == "not_found"
    assert again.phone("anna").ask("area", lat=HERE[0], lon=HERE[1])["areas"] == []
    again.close()


def test_only_the_owner_sets_areas(town: Town) -> None:
    for role in ("member", "police", "municipal"):
        phone = town.phone(role, as_=f"real/{{}}/{role}")
        assert phone.ask("set_area", **OLD_TOWN)["code"] == "forbidden"
        assert phone.ask("drop_area", area="old-town")["code"] == "forbidden"


def test_all_areas_are_listed_in_pages(town: Town) -> None:
    boss = owner(town)
    for number in range(60):
        boss.ask("set_area", **{**OLD_TOWN, "area": f"area-{number:02}"})
        town.pass_time(0.1)  # no faster than anybody may
    first = boss.ask("area")
    assert (len(first["areas"]), first["more"]) == (50, True)
    rest = boss.ask("area", after=first["areas"][-1]["area"])
    assert ([card["area"] for card in rest["areas"]], rest.get("more", False)) == (
        [f"area-{number}" for number in range(50, 60)],
        False,
    )


def test_an_area_chooses_its_categories_and_widens_them_step_by_step(town: Town) -> None:
    """F88: refused with the field, and allowed where another area's rules hold, or none."""
    set_area(town, categories=["theft"])
    anna = town.phone("anna")
    refused = ask_alert(anna, category="fire")
    assert (refused["code"], refused["field"]) == ("invalid", "category")
    assert "theft" in refused["message"]
    assert ask_alert(anna, at=FAR, category="fire")["type"] == "ok"
    alert = ask_alert(anna, category="theft")["alert"]
    assert anna.ask("update", alert=alert, category="fire")["field"] == "category"
    assert ask_alert(anna)["type"] == "ok"
    set_area(town, categories=["theft", "fire"])
    town.pass_time(5)
    assert anna.ask("update", alert=alert, category="fire")["type"] == "ok"


def test_an_areas_radii_are_the_default_there(town: Town) -> None:
    set_area(town, yellow_radius_m=900.0, yellow_radius_limits_m=[500.0, 1_000.0])
    anna, bo = town.phone("anna"), town.phone("bo", north(HERE, 850))
    raise_one(anna)
    assert len(bo.all("alert")) == 1
    assert ask_alert(anna, radius_m=300)["field"] == "radius_m"
    assert ask_alert(anna, radius_m=600)["type"] == "ok"
    assert ask_alert(anna, at=FAR, radius_m=300)["type"] == "ok"


def test_the_smallest_area_that_holds_a_place_rules_there(town: Town) -> None:
    around = [{"lat": 59.2 if each["lat"] == 59.32 else 59.5, "lon": each["lon"]} for each in SQUARE]
    set_area(town, area="a-county", name="County", parts=[{"corners": around}], categories=["fire"])
    set_area(town, categories=["theft"])
    anna = town.phone("anna")
    assert [card["area"] for card in anna.ask("area", lat=HERE[0], lon=HERE[1])["areas"]] == ["old-town", "a-county"]
    assert ask_alert(anna, category="theft")["type"] == "ok"
    assert ask_alert(anna, category="fire")["field"] == "category"
    assert ask_alert(anna, at=(59.4, 18.07), category="theft")["field"] == "category"


def test_an_area_that_makes_no_sense_is_refused(town: Town) -> None:
    crossed = [SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]]
    assert set_area(town, parts=[{"corners": crossed}])["field"] == "parts"
    assert set_area(town, red_radius_m=5_000.0)["field"] == "red_radius_m"
    assert set_area(town, red_radius_limits_m=[700.0, 900.0])["field"] == "red_radius_limits_m"
    assert town.phone("anna").ask("area")["areas"] == []


def test_duty_in_an_area_of_the_platform_goes_where_that_goes(town: Town) -> None:
    set_area(town)
    anna, dan = town.phone("anna"), town.phone("dan", as_="real/{}/police")
    dan.ask("duty", on=True, area="old-town")
    raise_one(anna, "red")
    assert len(dan.all("alert")) == 1
    there = [{"lat": each["lat"] + 1.0, "lon": each["lon"]} for each in SQUARE]
    set_area(town, parts=[{"corners": there}])
    raise_one(anna, "red")
    raise_one(anna, "red", at=(HERE[0] + 1.0, HERE[1]))
    assert len(dan.all("alert")) == 2
    again = town.restarted()
    dan = again.phone("dan", as_="real/{}/police")
    assert len(dan.all("alert")) == 1
    owner(again).ask("drop_area", area="old-town")
    raise_one(again.phone("eva"), "red", at=(HERE[0] + 1.0, HERE[1]))
    assert len(dan.all("alert")) == 1
    again.close()


# --- aimed at a polygon ---


def test_a_polygon_reaches_who_is_in_it_and_who_walks_in(town: Town) -> None:
    """F12. Half the published cell and the accuracy of a position count, as for a circle."""
    kommun = town.phone("kommun", as_="real/{}/municipal")
    inside, rim = town.phone("inside", (59.3295, 18.0795)), town.phone("rim", (59.3305, 18.07))
    beyond, vague = town.phone("beyond", (59.332, 18.07)), town.phone("vague")
    vague.ask("position", lat=59.332, lon=18.07, accuracy_m=200)
    fan = town.phone("fan")
    follow(fan, circle={"lat": 59.335, "lon": 18.07, "radius_m": 400})
    at = (59.3205, 18.0605)
    for level, sounds in (("info", False), ("yellow", True)):
        alert = raise_one(kommun, level, at=at, polygon=SQUARE)
        for phone, why in ((inside, ["near"]), (rim, ["near"]), (vague, ["near"]), (fan, ["area:home"])):
            (told,) = phone.new("alert")
            assert (told["alert"], told["why"], told["signal"]) == (alert, why, sounds)
            assert told["polygon"] == SQUARE
        assert not beyond.new("alert")
    beyond.ask("position", lat=59.3299, lon=18.0601)
    assert {told["alert"] for told in beyond.new("alert")} >= {alert}
    beyond.ask("position", lat=59.34, lon=18.0601)
    kommun.ask("update", alert=alert, state="closed")
    assert [told["state"] for told in beyond.new("update")] == ["closed"]
    back = town.phone("late", (59.3299, 18.0601))
    assert [told["level"] for told in back.all("alert")] == ["info"]


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"level": "red"}, "invalid", "polygon"),
        ({"radius_m": 300}, "invalid", "radius_m"),
        ({"at_home": True}, "invalid", "polygon"),
        ({"at": FAR}, "invalid", "polygon"),
        ({"polygon": [SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]]}, "invalid", "polygon"),
        ({"polygon": [{**SQUARE[0], "lat": 57.0}, *SQUARE[1:]]}, "invalid", "polygon"),
    ],
)
def test_what_a_polygon_does_not_go_with(town: Town, fields: dict[str, Any], code: str, field: str) -> None:
    kommun = town.phone("kommun", as_="real/{}/municipal")
    refused = ask_alert(kommun, **{"polygon": SQUARE, **fields})
    assert (refused["code"], refused["field"]) == (code, field)


def test_members_keep_circles(town: Town) -> None:
    refused = ask_alert(town.phone("anna"), polygon=SQUARE)
    assert (refused["code"], refused["field"]) == ("forbidden", "polygon")
    kommun = town.phone("kommun", as_="real/{}/municipal")
    alert = raise_one(kommun, polygon=SQUARE)
    assert kommun.ask("update", alert=alert, level="red")["field"] == "level"


# --- growing reds ---


def growing(until: int = 20) -> Town:
    return Town(Settings(alerts=AlertSettings(widen_until=until)))


def test_a_red_grows_where_few_are_near_and_nobody_is_told() -> None:
    """4.2; but not a yellow, nor one whose radius was chosen, nor what is marked unverified (R12)."""
    town = growing()
    anna, far = town.phone("anna"), town.phone("far", north(HERE, 2_900))
    raise_one(anna)
    raise_one(anna, "red", radius_m=500)
    assert not far.all("alert")
    alert = raise_one(anna, "red")
    (told,) = far.all("alert")
    assert told["alert"] == alert
    assert not [name for name in told if "radius" in name]
    yellow = raise_one(anna)
    anna.ask("update", alert=yellow, level="red")
    assert [told["alert"] for told in far.all("alert")] == [alert, yellow]
    new = town.phone("new", as_="real/{}/member/new")
    raise_one(new, "red", kind="help")
    raise_one(new, "red", kind="help", at=north(HERE, 700))
    raised = town.hubs["real"].alerts.by_author("new")
    assert [(each.unverified, each.radius_m) for each in raised] == [(False, 3_000), (True, 500)]
    for name in ("unaccepted", "new-too"):
        phone = town.phone(name, as_=f"real/{{}}/member/{'new' if name == 'new-too' else name}")
        raise_one(phone, "red", kind="help")
        if name == "new-too":  # its red of the day is used up
            yellow = raise_one(phone, kind="help")
            phone.ask("update", alert=yellow, level="red")
        raised = town.hubs["real"].alerts.by_author(name)
        assert (raised[-1].unverified, raised[-1].radius_m) == (True, 500)
    town.close()


def test_a_red_stays_where_enough_are_near() -> None:
    town = growing()
    for number in range(30):
        town.phone(f"near-{number}", north(HERE, 10 * number))
    far = town.phone("far", north(HERE, 1_900))
    raise_one(town.phone("anna"), "red")
    assert not far.all("alert")
    town.close()


def test_an_areas_limits_hold_for_what_grows() -> None:
    town = growing()
    set_area(town, red_radius_m=600.0, red_radius_limits_m=[200.0, 1_500.0])
    anna = town.phone("anna")
    raise_one(anna, "red")
    assert [each.radius_m for each in town.hubs["real"].alerts.by_author("anna")] == [1_000.0]
    town.close()


@pytest.mark.parametrize("seed", range(8))
def test_how_far_it_grows_depends_on_the_fixed_counts_alone(seed: int) -> None:
    """R19: whoever moves, comes or goes within ten minutes changes nothing, and all that decides are the counts of
    whole cells and one number drawn for the alert's cell: a plain reckoning gives the same."""
    drawn = random.Random(seed)
    town = growing()
    hub, settings = town.hubs["real"], town.settings.alerts
    people = [
        town.phone(f"p-{i}", (HERE[0] + drawn.uniform(-0.03, 0.03), HERE[1] + drawn.uniform(-0.06, 0.06)))
        for i in range(drawn.randint(5, 60))
    ]
    threshold = drawn.randint(15, 25)
    draws: list[int] = []

    def draw(about: int) -> int:
        draws.append(about)
        return threshold

    reach = Reach(hub, town.clock, draw)
    raise_one(town.phone("anna"), "red", radius_m=500)
    (asked,) = hub.alerts.by_author("anna")
    asked = replace(asked, radius_given=False)
    counts: dict[tuple[int, int], set[str]] = {}
    for phone in people:
        position = hub.presence.position(phone.session)
        assert position is not None
        counts.setdefault(CELLS.cell(position.lat, position.lon), set()).add(phone.user)

    def plainly() -> float:
        radius_m = 500.0
        for step_m in (1_000.0, 2_000.0, 3_000.0):
            near = CELLS.cells_touching(asked.public_lat, asked.public_lon, radius_m)
            if sum(len(counts.get(cell, ())) for cell in near) >= threshold:
                break
            radius_m = step_m
        return radius_m

    expected = plainly()
    assert reach.widened_m(asked, settings) == expected
    for phone in people:
        phone.say("position", lat=HERE[0], lon=HERE[1])
    town.phone("walks in", HERE)
    town.pass_time(500)
    assert reach.widened_m(asked, settings) == expected
    assert draws == [20]
    town.close()
