"""Who gets what, with random wishes, is as a plain reading of them says, one person after the other."""

import random
from datetime import datetime
from typing import Any

import pytest

from geo.distance import metres_between
from realtime.config import Settings
from realtime.delivery.wishes import is_quiet
from storage.facts import Quiet
from tests.town import HERE, Town, north, with_settings

LEVELS = ("red", "yellow")
MARGIN_M = 100 * 2**0.5 / 2  # of the published cell


def unlimited() -> Town:
    """A town where everybody may raise as many alerts as a test needs."""
    return Town(with_settings(Settings(), quotas={"enforced": False}))


def a_wish(rng: random.Random) -> dict[str, Any]:
    """Anything that one may prefer, its defaults as likely as not."""
    wish: dict[str, Any] = {}
    if rng.random() < 0.3:
        wish["levels"] = ["red"]
    if rng.random() < 0.4:
        wish["without"] = rng.sample(["theft", "disorder", "fire"], rng.randint(1, 2))
    if rng.random() < 0.5:
        wish["distance_m"] = rng.choice([60, 150, 320, 900])
    if rng.random() < 0.4:
        hour = 22 if rng.random() < 0.6 else 3  # it is 22:13 UTC
        wish["quiet"] = {"from": hour * 60, "to": hour * 60 + 59, "red": rng.choice(["pass", "hold"])}
    return wish


def expected(person: dict[str, Any], alert: dict[str, Any], near_m: dict[str, float]) -> bool | None:
    """Whether it sounds; None if it does not come."""
    wish, away_m = person["wish"], near_m[person["name"]]
    is_near = away_m <= alert["reach_m"] and alert["public"]
    in_group = person["in_group"] and alert["grouped"]
    if not is_near and not in_group:
        return None
    is_quiet_now = "quiet" in wish and wish["quiet"]["from"] == 22 * 60
    wanted = True
    if alert["level"] == "red":
        wanted = not (is_quiet_now and wish["quiet"]["red"] == "hold")
    else:
        is_too_far = not in_group and away_m > wish.get("distance_m", 1e9) + MARGIN_M
        is_left_out = "levels" in wish or alert["category"] in wish.get("without", ())
        wanted = not (is_quiet_now or is_left_out or is_too_far)
    return wanted if wanted or in_group else None


@pytest.mark.parametrize("seed", range(12))
def test_who_gets_what_is_as_their_wishes_say(seed: int) -> None:
    rng, town = random.Random(seed), unlimited()
    author = town.phone("author", device="first")
    people = []
    for number in range(14):
        place = north(HERE, rng.choice([0, 40, 100, 200, 260, 400, 600]))
        phone = town.phone(f"user-{number}", place)
        people.append({"name": phone.user, "phone": phone, "place": place, "in_group": rng.random() < 0.4})
    group = town.group(author, *(person["phone"] for person in people if person["in_group"]))
    for person in people:
        person["wish"] = a_wish(rng) if rng.random() < 0.8 else {}
        if person["wish"]:
            assert person["phone"].ask("prefer", **person["wish"])["type"] == "ok"
        person["phone"].new()
    hub = town.hubs["real"]
    for turn in range(6):
        fields = {"level": rng.choice(LEVELS), "category": rng.choice(["theft", "disorder", "fire"])}
        public, grouped = rng.choice([(True, False), (True, True), (False, True)])
        by = town.phone(f"raiser-{turn}")
        if grouped:
            by = author
        answer = by.ask(
            "alert", kind="warn", lat=HERE[0], lon=HERE[1], public=public, groups=[group] if grouped else [], **fields
        )
        assert answer["type"] == "ok", answer
        raised = hub.alerts.record(answer["alert"]).alert  # type: ignore[union-attr]
        near_m = {p["name"]: metres(p["place"], (raised.public_lat, raised.public_lon)) for p in people}
        alert = {**fields, "public": public, "grouped": grouped, "reach_m": raised.radius_m + MARGIN_M}
        for person in people:
            frames = person["phone"].new("alert")
            outcome = frames[0]["signal"] if frames else None
            assert (len(frames) <= 1, outcome) == (True, expected(person, alert, near_m)), (person, alert, near_m)
    town.close()


@pytest.mark.parametrize("seed", range(6))
def test_coming_back_and_walking_in_give_the_same(seed: int) -> None:
    """One by one, the same wishes have the same effect as for all at once."""
    rng, town = random.Random(seed), unlimited()
    alerts = []
    for turn in range(4):
        fields = {"level": rng.choice(LEVELS), "category": rng.choice(["theft", "disorder", "fire"])}
        answer = town.phone(f"raiser-{turn}").ask(
            "alert", kind="warn", lat=HERE[0], lon=HERE[1], public=True, groups=[], **fields
        )
        raised = town.hubs["real"].alerts.record(answer["alert"]).alert  # type: ignore[union-attr]
        alerts.append((answer["alert"], {**fields, "public": True, "grouped": False}, raised))
    for number in range(12):
        name, place = f"user-{number}", north(HERE, rng.choice([0, 40, 100, 200, 260, 400, 600]))
        wish = a_wish(rng)
        town.phone(name).ask("prefer", **wish)
        if walks := rng.random() < 0.5:
            phone = town.phone(name, north(HERE, 5_000))
            phone.ask("position", lat=place[0], lon=place[1])
        else:
            phone = town.phone(name, place)
        got = {frame["alert"]: frame["signal"] for frame in phone.all("alert")}
        for id, alert, raised in alerts:
            away_m = {name: metres(place, (raised.public_lat, raised.public_lon))}
            person = {"name": name, "wish": wish, "in_group": False}
            wanted = expected(person, {**alert, "reach_m": raised.radius_m + MARGIN_M}, away_m)
            assert got.get(id) == wanted, (wish, alert, away_m, walks)
    town.close()


@pytest.mark.parametrize(
    ("quiet", "clock", "is_now"),
    [
        (Quiet(start=22 * 60, end=6 * 60), "2026-01-10 21:59:59+00:00", False),
        (Quiet(start=22 * 60, end=6 * 60), "2026-01-10 22:00:00+00:00", True),
        (Quiet(start=22 * 60, end=6 * 60), "2026-01-11 05:59:59+00:00", True),
        (Quiet(start=22 * 60, end=6 * 60), "2026-01-11 06:00:00+00:00", False),
        (Quiet(start=60, end=120), "2026-01-11 01:30:00+00:00", True),
        (Quiet(start=60, end=120, offset_min=-60), "2026-01-11 02:30:00+00:00", True),
        (Quiet(start=60, end=120, offset_min=-60), "2026-01-11 01:30:00+00:00", False),
        # In winter and in summer, by the clock on the wall.
        (Quiet(start=22 * 60, end=6 * 60, zone="Europe/Stockholm"), "2026-01-10 21:00:00+00:00", True),
        (Quiet(start=22 * 60, end=6 * 60, zone="Europe/Stockholm"), "2026-07-10 20:00:00+00:00", True),
        (Quiet(start=22 * 60, end=6 * 60, zone="Europe/Stockholm"), "2026-01-10 20:59:00+00:00", False),
    ],
)
def test_quiet_hours_are_those_of_the_clock_on_the_wall(quiet: Quiet, clock: str, is_now: bool) -> None:
    assert is_quiet(quiet, datetime.fromisoformat(clock).timestamp()) is is_now


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    return metres_between(*one, *other)
