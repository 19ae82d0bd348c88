"""Areas that people follow wherever they are, and in which the police are on duty."""

from collections.abc import Iterator
from typing import Any

import pytest

from geo.distance import metres_between
from tests.service.test_looking import FAR, raise_one
from tests.town import HERE, Phone, Town, north

HOME = {"lat": HERE[0], "lon": HERE[1], "radius_m": 300}
SQUARE = [
    {"lat": 59.32, "lon": 18.06},
    {"lat": 59.33, "lon": 18.06},
    {"lat": 59.33, "lon": 18.08},
    {"lat": 59.32, "lon": 18.08},
]


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def follow(phone: Phone, name: str = "home", **fields: Any) -> None:
    answer = phone.ask("follow", name=name, **(fields or {"circle": HOME}))
    assert answer["type"] == "ok", answer
    assert answer["durable"]


def test_an_alert_in_a_followed_area_reaches_who_is_elsewhere(town: Town) -> None:
    """With a signal, and its updates and its end; from the moment of following also what is active already."""
    anna, bo = town.phone("anna"), town.phone("bo", FAR)
    before = raise_one(anna)
    follow(bo)
    follow(bo, "shop", polygon=SQUARE)
    assert [(told["alert"], told["why"], told["signal"]) for told in bo.new("alert")] == [(before, ["area:home"], True)]
    alert = raise_one(anna, "red")
    raise_one(anna, at=north(HERE, 3_000))
    (told,) = bo.new("alert")
    assert (told["alert"], told["why"], told["signal"]) == (alert, ["area:home", "area:shop"], True)
    assert "cell_m" in told
    anna.ask("update", alert=alert, state="closed")
    assert [(told["state"], told["tone"]) for told in bo.new("update")] == [("closed", "all_clear")]
    info = raise_one(anna, "info")
    assert [(told["alert"], told["signal"]) for told in bo.new("alert")] == [(info, False)]


def test_near_and_following_is_one_copy(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    group = town.group(anna, bo)
    follow(bo)
    bo.ask("watch", box={"south": 59.3, "west": 18.0, "north": 59.4, "east": 18.1})
    raise_one(anna, groups=[group])
    assert [told["why"] for told in bo.all("alert")] == [["near", f"group:{group}", "area:home", "map"]]


def test_followed_areas_outlive_the_server_and_end_with_unfollow(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    follow(bo)
    alert = raise_one(anna)
    bo.hang_up()
    again = town.restarted()
    bo = again.phone("bo")
    assert [(told["alert"], told["why"], told["signal"]) for told in bo.all("alert")] == [(alert, ["area:home"], True)]
    assert bo.ask("unfollow", name="home")["type"] == "ok"
    assert bo.ask("areas")["areas"] == []
    raise_one(again.phone("anna"))
    assert len(bo.all("alert")) == 1
    refused = bo.ask("unfollow", name="home")
    assert (refused["code"], refused["field"]) == ("not_found", "name")
    again.close()


def test_what_ended_there_while_one_was_away_comes_late(town: Town) -> None:
    """As for the near; and not what ended before."""
    anna, bo = town.phone("anna"), town.phone("bo")
    old = raise_one(anna)
    anna.ask("update", alert=old, state="closed")
    town.pass_time(5)
    follow(bo)
    town.pass_time(5)
    bo.hang_up()
    alert = raise_one(anna)
    anna.ask("update", alert=alert, state="closed")
    assert [(told["alert"], told.get("late"), told["signal"]) for told in town.phone("bo").all("alert")] == [
        (alert, True, False)
    ]
    assert not town.phone("bo", device="tablet").all("alert")


def test_what_is_kept_is_rounded_and_still_holds_all_that_it_held(town: Town) -> None:
    """R26: the middle of a circle is somebody's door."""
    anna, bo = town.phone("anna"), town.phone("bo")
    follow(bo, circle=HOME, levels=["red", "red"])
    follow(bo, "shop", polygon=SQUARE, categories=["theft"])
    home, shop = bo.ask("areas")["areas"]
    assert (home["name"], home["levels"], shop["name"], shop["categories"]) == ("home", ["red"], "shop", ["theft"])
    away_m = metres_between(*HERE, home["circle"]["lat"], home["circle"]["lon"])
    assert 0 < away_m <= 400 * 2**0.5 / 2
    assert shop["polygon"] != SQUARE
    for corner, kept in zip(SQUARE, shop["polygon"], strict=True):
        assert metres_between(corner["lat"], corner["lon"], kept["lat"], kept["lon"]) <= 71
    for bearing in (299, -299):
        raise_one(anna, "red", at=north(HERE, bearing))
    assert [told["why"] for told in bo.all("alert")] == [["area:home", "area:shop"]] * 2


def test_levels_and_categories_are_the_persons_choice(town: Town) -> None:
    """A choice of categories holds back no red (F13)."""
    anna, bo = town.phone("anna"), town.phone("bo")
    follow(bo, circle=HOME, levels=["yellow", "red"], categories=["theft"])
    raise_one(anna, "info", category="theft")
    raise_one(anna, category="fire")
    theft, red = raise_one(anna, category="theft"), raise_one(anna, "red", category="fire")
    assert [told["alert"] for told in bo.all("alert")] == [theft, red]


def test_one_follows_so_many_areas_of_such_a_size(town: Town) -> None:
    bo = town.phone("bo")
    for number in range(20):
        follow(bo, f"area {number}")
    follow(bo, "area 7", polygon=SQUARE)
    refused = bo.ask("follow", name="one more", circle=HOME)
    assert (refused["code"], refused["field"]) == ("too_many", "name")
    assert bo.ask("follow", name="x", circle={**HOME, "radius_m": 9_000})["code"] == "invalid"
    assert bo.ask("follow", name="x", polygon=[SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]])["field"] == "polygon"
    wide = [{**corner, "lat": 57.0} if corner["lat"] == 59.32 else corner for corner in SQUARE]
    assert bo.ask("follow", name="x", polygon=wide)["field"] == "polygon"
    assert bo.ask("follow", name="x")["field"] == bo.ask("follow", name="x", circle=HOME, polygon=SQUARE)["field"]


def test_nobody_sees_what_others_follow(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    follow(bo)
    assert anna.ask("areas")["areas"] == []
    eva = town.phone("eva", HERE)
    raise_one(anna)
    assert [told["why"] for told in (*eva.all("alert"), *bo.all("alert"))] == [["near"], ["area:home"]]
    other = town.phone("bo", as_="exercise/{}")
    assert other.ask("areas")["areas"] == []


# --- the police ---


def test_a_public_red_goes_to_the_police_on_duty_where_it_is(town: Town) -> None:
    """F22: at once, wherever they are, with the place as it was chosen (R18)."""
    anna, dan = town.phone("anna"), town.phone("dan", FAR, as_="real/{}/police")
    assert dan.ask("duty", on=True, polygon=SQUARE)["durable"]
    raise_one(anna)
    raise_one(anna, "red", at=north(HERE, 3_000))
    alert = raise_one(anna, "red")
    (told,) = dan.all("alert")
    assert (told["alert"], told["why"], told["signal"]) == (alert, ["duty"], True)
    assert (told["lat"], told["lon"], "cell_m" in told) == (*HERE, False)
    assert dan.ask("duty", on=False)["type"] == "ok"
    raise_one(town.phone("eva"), "red")
    assert len(dan.all("alert")) == 1


def test_duty_outlives_the_server_but_not_the_office(town: Town) -> None:
    dan = town.phone("dan", as_="real/{}/police")
    dan.ask("duty", on=True, polygon=SQUARE)
    again = town.restarted()
    member, police = again.phone("dan"), again.phone("dan", as_="real/{}/police", device="radio")
    raise_one(again.phone("anna"), "red")
    assert not member.all("alert")
    assert [told["why"] for told in police.all("alert")] == [["duty"]]
    assert member.ask("duty", on=False)["type"] == "ok"
    raise_one(again.phone("anna"), "red", at=north(HERE, 50))
    assert len(police.all("alert")) == 1
    again.close()


def test_only_the_police_go_on_duty(town: Town) -> None:
    for role in ("member", "guard", "owner"):
        phone = town.phone(role, as_=f"real/{{}}/{role}")
        assert phone.ask("duty", on=True, polygon=SQUARE)["code"] == "forbidden"
    dan = town.phone("dan", as_="real/{}/police")
    assert dan.ask("duty", on=True)["field"] == "area"
    assert dan.ask("duty", on=True, area="x", polygon=SQUARE)["field"] == "area"
    assert dan.ask("duty", on=False, polygon=SQUARE)["field"] == "area"
    assert dan.ask("duty", on=True, area="nowhere")["code"] == "not_found"


def test_whoever_is_near_gets_a_public_alert_also_in_an_organisation(town: Town) -> None:
    """F17: members, guards and the police alike."""
    near = [town.phone(role, HERE, as_=f"real/{{}}/{role}") for role in ("member", "guard", "municipal", "police")]
    alert = raise_one(town.phone("anna"))
    for phone in near:
        assert [(told["alert"], told["why"]) for told in phone.all("alert")] == [(alert, ["near"])]
