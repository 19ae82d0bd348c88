"""What one person asks for costs the others neither their peace nor the server its start."""

from collections.abc import Iterator

import pytest

from tests.town import HERE, Town

LAT, LON = HERE


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


@pytest.mark.parametrize(
    "polygon",
    [
        [(LAT, LON), (LAT + 5e-5, LON), (LAT, LON + 5e-5)],  # smaller than the grid that its corners are rounded to
        [(84.9, LON), (84.9999, LON), (84.9, LON + 0.01)],  # rounded beyond the last that a map shows
        [(LAT, LON), (LAT + 0.01, LON), (LAT, LON + 1e-5)],  # a line, when rounded
    ],
)
def test_an_area_that_rounding_flattens_is_followed_and_outlives_the_server(
    town: Town, polygon: list[tuple[float, float]]
) -> None:
    bo = town.phone("bo")
    corners = [{"lat": lat, "lon": lon} for lat, lon in polygon]
    assert bo.ask("follow", name="home", polygon=corners)["type"] == "ok"
    again = town.restarted()
    bo, anna = again.phone("bo"), again.phone("anna")
    assert [area["name"] for area in bo.ask("areas")["areas"]] == ["home"]
    lat, lon = polygon[0]
    at = {"level": "red", "kind": "warn", "lat": lat, "lon": lon, "public": True, "groups": []}
    assert anna.ask("alert", **at)["type"] == "ok"
    assert bo.all("alert")[-1]["why"] == ["area:home"]
    again.close()


def test_a_group_tells_strangers_nothing(town: Town) -> None:
    """Else whoever makes a group could write to anybody, without a filter (R2, R6)."""
    eve, bo = town.phone("eve"), town.phone("bo")
    group = town.group(eve, locked=True)
    for _ in range(5):
        assert eve.ask("invite", group=group, user="bo")["type"] == "ok"
    assert len(bo.all("notice")) == 1
    for act in ("ban", "unban"):
        assert eve.ask(act, group=group, user="bo", reason="Rude")["type"] == "ok"
    assert len(bo.all("notice")) == 1


def test_pages_of_groups_name_none_that_is_not_listed(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """R23: not as the place where the next page begins either."""
    monkeypatch.setattr("realtime.service.groups.cards.LOOKED_AT", 2)
    anna, eve = town.phone("anna"), town.phone("eve")
    hidden = {town.group(anna, locked=True) for _ in range(6)}
    shown = {town.group(anna) for _ in range(3)}
    found: set[str] = set()
    after: dict[str, str] = {}
    for _ in range(9):
        page = eve.ask("find_groups", **after)
        found |= {card["group"] for card in page["groups"]}
        if "next" not in page:
            break
        assert page["next"] not in hidden
        after = {"after": page["next"]}
    assert found == shown


def test_a_removed_office_holder_changes_nothing_in_the_group(town: Town) -> None:
    anna, guard = town.phone("anna"), town.phone("guard", as_="real/{}/guard")
    group = town.group(anna, guard, locked=True)
    at = {"level": "yellow", "kind": "warn", "lat": LAT, "lon": LON, "public": False, "groups": [group]}
    alert = anna.ask("alert", **at)["alert"]
    assert guard.ask("update", alert=alert, state="going_on")["type"] == "ok"
    anna.ask("remove", group=group, user="guard", reason="Off duty")
    town.pass_time(2.0)
    assert guard.ask("update", alert=alert, state="closed")["code"] == "not_found"


def test_a_meeting_goes_with_what_was_wrong(town: Town) -> None:
    """R15."""
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    meeting = {"at": town.clock.now() + 3_600, "place": "By the fountain"}
    at = {"level": "info", "kind": "inform", "lat": LAT, "lon": LON, "public": False, "groups": [group]}
    alert = anna.ask("alert", **at, meeting=meeting)["alert"]
    assert bo.all("alert")[-1]["meeting"] == meeting
    town.pass_time(2.0)
    anna.ask("update", alert=alert, wrong="the place")
    assert "meeting" not in bo.all("update")[-1]


def test_to_look_again_asks_nothing_of_what_is_there_already(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """A map is moved often, and each look would hold every alert against every area of the person."""
    anna, bo = town.phone("anna"), town.phone("bo")
    square = [{"lat": LAT - 0.01, "lon": LON}, {"lat": LAT + 0.01, "lon": LON}, {"lat": LAT, "lon": LON + 0.01}]
    bo.ask("follow", name="town", polygon=square)
    box = {"south": LAT - 0.1, "west": LON - 0.1, "north": LAT + 0.1, "east": LON + 0.1}
    at = {"level": "red", "kind": "warn", "lat": LAT, "lon": LON, "public": True, "groups": []}
    assert anna.ask("alert", **at)["type"] == "ok"
    bo.ask("watch", box=box)
    asked: list[object] = []
    elsewhere = town.hubs["real"].elsewhere
    monkeypatch.setattr(elsewhere.followed, "names", lambda *given: asked.append(given) or iter(()))
    for _ in range(5):
        assert bo.ask("watch", box=box)["type"] == "ok"
    assert asked == []
