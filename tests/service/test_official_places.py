"""What is official in places: on maps, in followed areas, in polygons and in areas that have chosen categories."""

from collections.abc import Iterator

import pytest

from storage.events import FactSet
from storage.facts import PictureKept
from tests.service.test_areas import ask_alert, owner, set_area
from tests.service.test_following import SQUARE, follow
from tests.service.test_looking import BOX, FAR, page
from tests.service.test_official import police, said
from tests.town import HERE, Town, north

BESIDE = north(HERE, 3_500)  # further than anything official goes by itself


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def test_what_is_official_is_on_the_map_and_in_followed_areas(town: Town) -> None:
    dan, bo, eva = police(town), town.phone("bo", FAR), town.phone("eva", FAR)
    bo.ask("watch", box=BOX)
    follow(eva, "shop", polygon=SQUARE)
    alert = said(dan, "appeal")["alert"]
    for phone, why in ((bo, ["map"]), (eva, ["area:shop"])):
        (got,) = phone.all("alert")
        assert (got["alert"], got["official"], got["why"], got["signal"]) == (alert, "appeal", why, False)


def test_a_search_that_is_over_says_nothing_on_the_map(town: Town) -> None:
    dan, bo = police(town), town.phone("bo", FAR)
    bo.ask("watch", box=BOX)
    alert = said(dan, "missing_person", headline="Kalle Svensson, 9", what="Left on foot")["alert"]
    dan.ask("update", alert=alert, state="closed")
    assert not bo.all("update")[-1].keys() & {"headline", "what"}
    (shown,) = page(bo)["alerts"]
    assert (shown["alert"], shown["state"]) == (alert, "closed")
    assert not shown.keys() & {"headline", "what"}


def test_what_is_official_may_be_aimed_at_a_polygon(town: Town) -> None:
    """It goes to who is in it, and has no radius around its place beside that."""
    dan = police(town)
    inside, near = town.phone("bo", HERE), town.phone("eva", north(HERE, 1_900))
    narrow = [
        {"lat": HERE[0] + south_north, "lon": HERE[1] + west_east}
        for south_north, west_east in ((-0.002, -0.004), (-0.002, 0.004), (0.002, 0.004), (0.002, -0.004))
    ]
    assert said(dan, "appeal", polygon=narrow)["type"] == "ok"
    assert len(inside.all("alert")) == 1
    assert near.all("alert") == []
    assert said(dan, "appeal", polygon=narrow, radius_m=500)["field"] == "radius_m"
    assert said(dan, "appeal")["type"] == "ok"  # around its place
    assert len(near.all("alert")) == 1


def test_who_has_what_it_is_about_gets_it_wherever_they_are(town: Town) -> None:
    """F61; each once, with what else concerns them."""
    dan = police(town)
    bo, eva = town.phone("bo", HERE), town.phone("eva", HERE)
    alert = ask_alert(town.phone("anna"))["alert"]
    bo.say("position", lat=FAR[0], lon=FAR[1], accuracy_m=10)
    eva.say("position", lat=FAR[0], lon=FAR[1], accuracy_m=10)
    eva.ask("watch", box=BOX)
    town.phone("ida", FAR)
    tied = said(dan, "picture", about=[alert])["alert"]
    assert [(got["alert"], got["why"]) for got in bo.all("alert")][1:] == [(tied, ["about"])]
    assert [(got["alert"], got["why"]) for got in eva.all("alert")][1:] == [(tied, ["about", "map"])]


def test_an_area_chooses_among_the_servers_categories(town: Town) -> None:
    """F88: what is urgent goes out without another, and what is official may be about anything."""
    refused = set_area(town, categories=["theft", "no_such"])
    assert (refused["code"], refused["field"]) == ("invalid", "categories")
    assert owner(town).ask("area")["areas"] == []
    set_area(town, categories=["theft"])
    anna = town.phone("anna")
    here = anna.ask("categories", lat=HERE[0], lon=HERE[1])["categories"]
    assert [(row["name"], "sv" in row) for row in here] == [("theft", True)]
    assert len(anna.ask("categories", lat=FAR[0], lon=FAR[1])["categories"]) > 5
    assert len(anna.ask("categories")["categories"]) > 5
    assert anna.ask("categories", lat=HERE[0])["field"] == "lat"
    red = ask_alert(anna, "red", category="fire")
    assert (red["type"], red["withheld"]) == ("ok", ["category"])
    assert said(police(town), "missing_person", headline="Kalle Svensson, 9")["type"] == "ok"


@pytest.mark.parametrize("by_itself", [True, False])
def test_a_search_that_is_over_leaves_no_picture(town: Town, by_itself: bool) -> None:
    """R4: neither shown, nor kept."""
    dan, bo = police(town), town.phone("bo", HERE)
    facts = town.worlds["real"].hub.facts
    kept = PictureKept(picture="ab", user="dan", width=4, height=3, at=town.clock.now(), until=9e10)
    facts.apply(FactSet(fact=kept, by="dan"))
    alert = said(dan, "wanted_vehicle", image={"picture": "ab", "shows": "nobody"})["alert"]
    assert bo.all("alert")[-1]["image"]["picture"] == "ab"
    if by_itself:
        for _ in range(26):
            bo.say("position", renew=True)
            town.pass_time(3_600)
    else:
        dan.ask("update", alert=alert, state="closed")
    last = bo.all("update")[-1]
    assert (last["alert"], last["state"], last.get("image")) == (alert, "closed", None)
    assert facts.get(PictureKept, "ab") is None
