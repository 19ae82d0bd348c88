"""What somebody chooses takes away the signal, not the event: one rule for preferences and for muted groups."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.offices import an_organisation, an_owner, with_staff
from tests.town import HERE, Town, north

YELLOW: dict[str, Any] = {"level": "yellow", "kind": "warn", "lat": HERE[0], "lon": HERE[1], "public": True}
AWAY = north(HERE, 20_000)
BOX = {"south": HERE[0] - 0.1, "west": HERE[1] - 0.1, "north": HERE[0] + 0.1, "east": HERE[1] + 0.1}


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def test_to_look_at_the_map_is_no_reason_to_sound_for_a_muted_group(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", AWAY)
    group = town.group(anna, bo)
    bo.ask("mute", group=group)
    bo.ask("watch", box=BOX)
    anna.ask("alert", groups=[group], **YELLOW)
    (copy,) = bo.new("alert")
    assert (copy["why"], copy["signal"]) == ([f"group:{group}", "map"], False)


def test_an_area_that_one_follows_is_a_reason_beside_a_muted_group(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", AWAY)
    group = town.group(anna, bo)
    bo.ask("mute", group=group)
    bo.ask("follow", name="home", circle={"lat": HERE[0], "lon": HERE[1], "radius_m": 500})
    anna.ask("alert", groups=[group], **YELLOW)
    (copy,) = bo.new("alert")
    assert (copy["why"], copy["signal"]) == ([f"group:{group}", "area:home"], True)


@pytest.mark.parametrize("silence", ["mute", "prefer"])
def test_what_came_without_its_signal_sounds_when_nothing_is_against_it(town: Town, silence: str) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    bo.ask(silence, **({"group": group} if silence == "mute" else {"levels": ["red"]}))
    alert = anna.ask("alert", groups=[group], **YELLOW)["alert"]
    town.pass_time(2)
    anna.ask("update", alert=alert, text="By the door")
    assert [copy["signal"] for copy in bo.new("alert", "update")] == [False, False]
    bo.ask(silence, **({"group": group, "muted": False} if silence == "mute" else {}))
    town.pass_time(2)
    anna.ask("update", alert=alert, text="They left")
    anna.ask("update", alert=alert, state="closed")
    assert [(copy["signal"], copy.get("tone")) for copy in bo.new("update")] == [(True, None), (True, "all_clear")]


@pytest.mark.parametrize("silence", ["mute", "prefer"])
def test_what_never_sounded_ends_without_a_sound(town: Town, silence: str) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    bo.ask(silence, **({"group": group} if silence == "mute" else {"levels": ["red"]}))
    alert = anna.ask("alert", groups=[group], **YELLOW)["alert"]
    bo.ask(silence, **({"group": group, "muted": False} if silence == "mute" else {}))
    anna.ask("update", alert=alert, state="false_alarm")
    assert [copy["signal"] for copy in bo.new("alert", "update")] == [False, False]


@pytest.mark.parametrize(
    ("silence", "fields"),
    [("mute", {}), ("prefer", {"levels": ["red"]}), ("prefer", {"quiet": {"from": 0, "to": 1439}})],
    ids=["muted", "reds only", "quiet hours"],
)
def test_who_heard_a_red_hears_that_it_is_over_though_it_is_a_yellow_by_then(
    town: Town, silence: str, fields: dict[str, Any]
) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    bo.ask(silence, **({"group": group} if silence == "mute" else fields))
    alert = anna.ask("alert", groups=[group], **YELLOW | {"level": "red"})["alert"]
    anna.ask("update", alert=alert, level="yellow")
    anna.ask("update", alert=alert, state="closed")
    told = [(copy["signal"], copy.get("tone")) for copy in bo.new("alert", "update")]
    assert told == [(True, None), (False, None), (True, "all_clear")]


def test_an_area_that_one_follows_keeps_the_event_and_loses_the_signal(town: Town) -> None:
    bo = town.phone("bo", AWAY)
    bo.ask("follow", name="home", circle={"lat": HERE[0], "lon": HERE[1], "radius_m": 500})
    bo.ask("prefer", levels=["red"])
    town.phone("anna").ask("alert", groups=[], **YELLOW)
    (copy,) = bo.new("alert")
    assert (copy["why"], copy["signal"]) == (["area:home"], False)


def test_what_an_organisation_says_can_be_left_out(town: Town) -> None:
    """F74: its own yellows, and nobody else's."""
    owner, bo, eva = an_owner(town), town.phone("bo", HERE), town.phone("eva", HERE)
    an_organisation(owner, "norrmalm", "municipality")
    with_staff(owner, "norrmalm", per="staff")
    assert bo.ask("prefer", without_organisations=["norrmalm"])["type"] == "ok"
    per = town.phone("per")
    said = per.ask("inform", organisation="norrmalm", level="yellow", headline="No light", public=True, groups=[])
    assert said["type"] == "ok", said
    assert (len(bo.new("alert")), len(eva.new("alert"))) == (0, 1)
    town.phone("anna").ask("alert", groups=[], **YELLOW)
    assert (len(bo.new("alert")), len(eva.new("alert"))) == (1, 1)
    assert bo.ask("preferences")["without_organisations"] == ["norrmalm"]
