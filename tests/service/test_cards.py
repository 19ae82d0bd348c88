"""What a group says of itself, who finds it, and its map."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.town import HERE, Phone, Town, north

CARD = {"purpose": "Fewer break-ins.", "conduct": "Be short."}
AREA = {"lat": HERE[0], "lon": HERE[1], "radius_m": 500}
GREEN = {"level": "yellow", "kind": "warn", "lat": HERE[0], "lon": HERE[1], "public": False}


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def set_card(phone: Phone, group: str, **changes: Any) -> None:
    assert phone.ask("set_group", **{"group": group, **CARD, **changes})["type"] == "ok"


def found(phone: Phone, **wanted: Any) -> list[str]:
    return [card["group"] for card in phone.ask("find_groups", **wanted)["groups"]]


def test_a_group_says_what_it_is_for_and_where(town: Town) -> None:
    """F36, F37, F44, F45; all of it is there after a restart."""
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo, locked=True)
    set_card(anna, group, problem="burglary", kind="neighbour_watch", place="Gamla Stan", **AREA)
    again = town.restarted()
    shown = again.phone("bo").ask("group", group=group)
    again.close()
    assert shown["card"] == {
        "group": group,
        "name": "Shops",
        **CARD,
        "version": 2,
        "locked": True,
        "listed": False,
        "problem": "burglary",
        "kind": "neighbour_watch",
        "place": "Gamla Stan",
        **AREA,
    }
    assert (shown["mine"], shown["members"]) == (["member"], 2)


def test_a_changed_conduct_asks_again_before_the_next_message(town: Town) -> None:
    """F36. An alert is never held up by it."""
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    set_card(anna, group, conduct="Be kind.")
    assert bo.ask("message", group=group, text="as before")["type"] == "ok"
    set_card(anna, group, conduct="No names.")
    refused = bo.ask("message", group=group, text="hello")
    assert refused["code"] == "not_accepted"
    assert "No names." in refused["message"]
    assert bo.ask("alert", groups=[group], **GREEN)["type"] == "ok"
    assert bo.ask("join", group=group)["code"] == "not_accepted"
    assert bo.ask("group", group=group)["accepted"] is False
    assert bo.ask("join", group=group, accepted=True)["type"] == "ok"
    assert bo.ask("message", group=group, text="hello")["type"] == "ok"
    town = town.restarted()
    assert town.phone("bo").ask("message", group=group, text="hello again")["type"] == "ok"
    assert town.phone("anna").ask("message", group=group, text="hello")["code"] == "not_accepted"
    town.close()


def test_only_listed_groups_are_found_by_name_and_by_place(town: Town) -> None:
    """F45. A group that is not listed is never found, nor shown to a stranger."""
    anna, eve = town.phone("anna"), town.phone("eve")
    group = town.group(anna, locked=True)
    set_card(anna, group, **AREA)
    assert found(eve) == found(eve, text="shop") == found(eve, lat=HERE[0], lon=HERE[1]) == []
    hidden, nowhere = eve.ask("group", group=group), eve.ask("group", group="nowhere")
    assert {**hidden, "id": None} == {**nowhere, "id": None}
    set_card(anna, group, listed=True, place="Gamla Stan", **AREA)
    assert found(eve, text="SHOP") == found(eve, text="gamla") == found(eve, lat=HERE[0], lon=HERE[1]) == [group]
    inside, outside = north(HERE, 490), north(HERE, 510)
    assert found(eve, lat=inside[0], lon=inside[1]) == [group]
    assert found(eve, lat=outside[0], lon=outside[1]) == found(eve, text="stairs") == []
    shown = eve.ask("group", group=group)
    assert "members" not in shown
    assert "mine" not in shown


def test_groups_are_found_page_by_page(town: Town) -> None:
    makers = [town.phone(f"maker-{n}") for n in range(60)]
    made = {maker.ask("create_group", name="Ours", locked=False, **CARD)["group"] for maker in makers}
    first = town.phone("eve").ask("find_groups")
    rest = town.phone("eve").ask("find_groups", after=first["next"])
    assert "next" not in rest
    assert [len(first["groups"]), len(rest["groups"])] == [50, 10]
    assert {card["group"] for page in (first, rest) for card in page["groups"]} == made


def test_half_an_area_is_refused(town: Town) -> None:
    anna = town.phone("anna")
    group = town.group(anna)
    assert anna.ask("set_group", group=group, **CARD, lat=1.0, lon=2.0)["field"] == "radius_m"
    assert anna.ask("find_groups", lat=1.0)["field"] == "lon"


def test_the_map_of_a_locked_group_has_exact_places_for_its_members_only(town: Town) -> None:
    """F32, F34."""
    anna, bo, eve = town.phone("anna"), town.phone("bo"), town.phone("eve")
    group = town.group(anna, bo, locked=True)
    alert = anna.ask("alert", groups=[group], **GREEN)["alert"]
    (shown,) = bo.ask("group_map", group=group)["alerts"]
    assert (shown["alert"], shown["lat"], shown["lon"], shown["signal"]) == (alert, *HERE, False)
    assert "cell_m" not in shown
    assert eve.ask("group_map", group=group)["code"] == "not_found"
    town.pass_time(120)
    assert bo.ask("group_map", group=group, since_s=60)["alerts"] == []


def test_the_map_leaves_out_what_was_over_before_one_came(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna)
    over = anna.ask("alert", groups=[group], **GREEN)["alert"]
    anna.ask("update", alert=over, state="closed")
    active = anna.ask("alert", groups=[group], **GREEN)["alert"]
    bo.ask("join", group=group, accepted=True)
    assert [each["alert"] for each in bo.ask("group_map", group=group)["alerts"]] == [active]
    assert {each["alert"] for each in anna.ask("group_map", group=group)["alerts"]} == {over, active}


def test_a_muted_group_makes_no_sound_but_for_red(town: Town) -> None:
    """The alert comes all the same, and sounds for who is near it."""
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo, locked=True)
    assert bo.ask("mute", group=group, until=town.clock.now() + 3_600)["type"] == "ok"
    alert = anna.ask("alert", groups=[group], **GREEN)["alert"]
    assert [copy["signal"] for copy in bo.all("alert")] == [False]
    anna.ask("update", alert=alert, level="red")
    assert [copy["signal"] for copy in bo.all("update")] == [True]
    town = town.restarted()
    anna, bo = town.phone("anna"), town.phone("bo")
    anna.ask("alert", groups=[group], **GREEN)
    assert bo.all("alert")[-1]["signal"] is False
    bo.say("position", lat=HERE[0], lon=HERE[1])
    anna.ask("alert", groups=[group], **GREEN | {"public": True})
    assert bo.all("alert")[-1]["signal"] is True
    town.pass_time(3_601)
    anna.ask("alert", groups=[group], **GREEN)
    assert bo.all("alert")[-1]["signal"] is True
    town.close()


def test_unmuting_brings_the_sound_back(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    bo.ask("mute", group=group)
    assert bo.ask("group", group=group)["muted"] is True
    bo.ask("mute", group=group, muted=False)
    anna.ask("alert", groups=[group], **GREEN)
    assert bo.all("alert")[-1]["signal"] is True


def test_one_alert_goes_to_several_groups_and_to_who_is_near_and_to_each_once(town: Town) -> None:
    """F16, F35, F38: a shop warns its own room, another one's, and the street."""
    anna, bo, eva, near = (town.phone("anna"), town.phone("bo", HERE), town.phone("eva"), town.phone("dan", HERE))
    ours, theirs = town.group(anna, bo, locked=True), town.group(eva, anna, bo, locked=True)
    anna.ask("alert", groups=[ours, theirs], **GREEN | {"public": True})
    why = [[copy["why"] for copy in phone.all("alert")] for phone in (bo, eva, near)]
    assert why == [[["near", f"group:{ours}", f"group:{theirs}"]], [[f"group:{theirs}"]], [["near"]]]
