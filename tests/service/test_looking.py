"""Looking at the map: what is active in the part that is shown, each change of it, and what was there lately."""

from collections.abc import Iterator
from typing import Any

import pytest

from geo.grid import Grid
from tests.town import HERE, Phone, Town, north

BOX = {"south": 59.30, "west": 18.00, "north": 59.35, "east": 18.10}
FAR = (57.7, 11.97)


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def raise_one(phone: Phone, level: str = "yellow", at: tuple[float, float] = HERE, **fields: Any) -> str:
    fields = {"kind": "warn", "public": True, "groups": [], **fields}
    answer = phone.ask("alert", level=level, lat=at[0], lon=at[1], **fields)
    assert answer["type"] == "ok", answer
    return str(answer["alert"])


def page(phone: Phone, box: dict[str, float] = BOX, **fields: Any) -> dict[str, Any]:
    return phone.ask("map", box=box, **{"limit": 100, **fields})


def test_a_map_gets_what_is_active_in_it_and_each_change_without_a_signal(town: Town) -> None:
    """F7, F11: info too. Who looks gets what is published, and nothing of what lies beside the map."""
    anna, bo = town.phone("anna"), town.phone("bo", FAR)
    red, info = raise_one(anna, "red"), raise_one(anna, "info", headline="Market")
    raise_one(anna, at=FAR, radius_m=200)
    assert not [alert for alert in bo.new("alert") if alert["alert"] in (red, info)]
    assert bo.ask("watch", box=BOX)["durable"] is False
    shown = bo.new("alert")
    assert [(alert["alert"], alert["why"], alert["signal"]) for alert in shown] == [
        (red, ["map"], False),
        (info, ["map"], False),
    ]
    assert (shown[0]["lat"], shown[0]["lon"]) == pytest.approx(Grid(100.0).snap(*HERE))
    anna.ask("update", alert=red, headline="Two of them")
    assert [(told["headline"], told["why"], told["signal"]) for told in bo.new("update")] == [
        ("Two of them", ["map"], False)
    ]
    live = raise_one(anna)
    assert [(told["alert"], told["why"], told["signal"]) for told in bo.new("alert")] == [(live, ["map"], False)]
    anna.ask("update", alert=live, state="closed")
    assert [(told["state"], told["signal"]) for told in bo.new("update")] == [("closed", False)]


def test_the_next_map_takes_the_place_of_the_one_before(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    bo.ask("watch", box=BOX)
    bo.ask("watch", box={"south": 57.6, "west": 11.9, "north": 57.8, "east": 12.0})
    raise_one(anna)
    there = raise_one(anna, at=FAR)
    assert [alert["alert"] for alert in bo.all("alert")] == [there]
    bo.ask("watch", off=True)
    raise_one(anna, at=FAR)
    assert len(bo.all("alert")) == 1
    bo.ask("watch", box=BOX)
    bo.hang_up()
    raise_one(anna)
    assert not len(town.hubs["real"].elsewhere.viewports)


def test_a_map_across_the_180th_meridian(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    bo.ask("watch", box={"south": -17.5, "west": 179.5, "north": -16.5, "east": -179.5})
    raised = [raise_one(anna, at=(-17.0, lon)) for lon in (179.9, -179.9, 179.0, 0.0)]
    assert [alert["alert"] for alert in bo.all("alert")] == raised[:2]


@pytest.mark.parametrize(
    "box",
    [
        {**BOX, "south": 59.36},
        {**BOX, "south": 57.0},
        {**BOX, "east": 25.0},
        {**BOX, "east": 17.9},
    ],
)
def test_a_map_has_bounds(town: Town, box: dict[str, float]) -> None:
    anna = town.phone("anna")
    refused = anna.ask("watch", box=box)
    assert (refused["code"], refused["field"]) == ("invalid", "box")
    assert page(anna, box)["field"] == "box"
    back = town.phone("anna", watch=box)
    assert [(told["code"], told["field"]) for told in back.all("error")] == [("invalid", "watch")]
    assert anna.ask("watch")["field"] == anna.ask("watch", box=BOX, off=True)["field"] == "box"


def test_what_only_a_map_showed_gives_its_signal_on_coming_near(town: Town) -> None:
    """Once, with the revision that is there already; and not to who had it before."""
    anna, bo = town.phone("anna"), town.phone("bo", north(HERE, 2_000))
    bo.ask("watch", box=BOX)
    alert = raise_one(anna)
    assert [told["signal"] for told in bo.new("alert")] == [False]
    bo.ask("position", lat=HERE[0], lon=HERE[1])
    (told,) = bo.new("update")
    assert (told["alert"], told["revision"], told["why"], told["signal"]) == (alert, 1, ["near", "map"], True)
    bo.ask("position", lat=HERE[0], lon=HERE[1] + 0.001)
    bo.ask("watch", box={**BOX, "west": 18.01})
    assert not bo.new("alert", "update")


def test_a_quiet_hold_gives_its_signal_after_coming_back(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", watch=BOX)
    alert = raise_one(anna)
    bo.hang_up()
    held = [{"alert": alert, "revision": 1, "quiet": True}]
    assert not town.phone("bo", watch=BOX, holds=held).all("alert", "update")
    back = town.phone("bo", HERE, watch=BOX, holds=held)
    assert [(told["why"], told["signal"]) for told in back.all("update")] == [(["near", "map"], True)]


def test_hello_may_bring_the_map_and_nothing_that_is_over(town: Town) -> None:
    anna = town.phone("anna")
    over, active = raise_one(anna), raise_one(anna)
    anna.ask("update", alert=over, state="closed")
    assert [alert["alert"] for alert in town.phone("bo", watch=BOX).all("alert")] == [active]


def test_what_is_for_a_group_or_another_world_is_on_no_map(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", watch=BOX)
    group = town.group(anna, locked=True)
    raise_one(anna, public=False, groups=[group])
    raise_one(town.phone("eva", as_="exercise/{}"))
    assert not bo.all("alert")
    assert page(bo)["alerts"] == []
    both = raise_one(anna, groups=[group])
    (shown,) = bo.all("alert")
    assert (shown["alert"], shown["why"], "rooms" in shown, "name" in shown["author"]) == (both, ["map"], False, False)


def test_the_maps_history_is_public_and_as_it_is_now(town: Town) -> None:
    """F3: anybody reads it, in pages. Its author sees no more of it there than others."""
    anna, bo = town.phone("anna"), town.phone("bo")
    first = raise_one(anna, "red", headline="Somebody fell")
    anna.ask("update", alert=first, state="false_alarm", wrong="nobody did")
    town.pass_time(600)
    second = raise_one(anna)
    raise_one(anna, at=FAR)
    for who in (anna, bo):
        read = page(who)
        assert ([alert["alert"] for alert in read["alerts"]], read["more"]) == ([second, first], False)
        old = read["alerts"][1]
        assert (old["late"], old["signal"], old["why"], old["state"]) == (True, False, ["map"], "false_alarm")
        assert (old["wrong"], "headline" in old, old["revision"]) == ("nobody did", False, 2)
        assert (old["lat"], old["lon"]) == pytest.approx(Grid(100.0).snap(*HERE))
        assert "name" not in old["author"]
    assert not bo.all("alert")
    one = page(bo, limit=1)
    assert ([alert["alert"] for alert in one["alerts"]], one["more"]) == ([second], True)
    rest = page(bo, limit=1, before=one["next"])
    assert ([alert["alert"] for alert in rest["alerts"]], rest["more"], rest.get("next")) == ([first], False, None)
    assert page(bo, before="yesterday")["field"] == "before"
    town.pass_time(7_200)
    assert page(bo, since_s=600)["alerts"] == []
    again = town.restarted()
    assert len(page(again.phone("bo"))["alerts"]) == 2
    again.close()


def test_a_full_map_comes_as_fast_as_it_is_read(town: Town) -> None:
    """More than one step sends: the rest follows, each once."""
    raised = {raise_one(town.phone(f"anna-{number}"), "info") for number in range(100)}
    bo = town.phone("bo")
    bo.ask("watch", box=BOX)
    town.settle()
    shown = [alert["alert"] for alert in bo.all("alert")]
    assert (set(shown), len(shown)) == (raised, 100)
