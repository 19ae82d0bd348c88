"""Nobody fills the log with what is not an alert."""

from collections.abc import Iterator
from typing import Any

import pytest

from realtime.config import Settings
from tests.town import HERE, Phone, Town, with_settings

CIRCLE = {"lat": HERE[0], "lon": HERE[1], "radius_m": 1_000}


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town(with_settings(Settings(), quotas={"changes_per_minute": 6}))
    yield town
    town.close()


def refused(answer: dict[str, Any]) -> float | None:
    return answer["retry_after_s"] if answer.get("code") == "rate_limited" else None


def toggle(phone: Phone, times: int) -> list[dict[str, Any]]:
    follow = {"name": "home", "circle": CIRCLE}
    return [phone.ask("unfollow", name="home") if n % 2 else phone.ask("follow", **follow) for n in range(times)]


def test_one_who_follows_and_leaves_and_follows_again_must_wait(town: Town) -> None:
    anna, tablet, bo = town.phone("anna"), town.phone("anna", device="tablet"), town.phone("bo")
    assert [refused(answer) for answer in toggle(anna, 8)] == [None] * 6 + [10.0] * 2
    assert refused(tablet.ask("follow", name="work", circle=CIRCLE)) == 10.0
    assert refused(bo.ask("follow", name="home", circle=CIRCLE)) is None
    town.pass_time(10)
    assert [refused(answer) for answer in toggle(anna, 2)] == [None, 10.0]
    town.pass_time(3_600)
    assert [refused(answer) for answer in toggle(anna, 7)] == [None] * 6 + [10.0]


def test_an_alert_and_what_is_not_stored_pass_all_the_same(town: Town) -> None:
    """R10: a call for help is never blocked."""
    anna = town.phone("anna", HERE)
    toggle(anna, 8)
    at = {"lat": HERE[0], "lon": HERE[1], "public": True, "groups": []}
    alert = anna.ask("alert", level="red", kind="help", **at)
    assert alert["type"] == "ok"
    assert anna.ask("update", alert=alert["alert"], state="closed")["type"] == "ok"
    assert anna.ask("areas")["type"] == "areas"


def test_a_retry_of_what_was_stored_is_answered(town: Town) -> None:
    anna = town.phone("anna")
    first = anna.ask("follow", id="same", name="home", circle=CIRCLE)
    toggle(anna, 8)
    assert anna.ask("follow", id="same", name="home", circle=CIRCLE) == first


def test_the_platform_s_owner_is_not_held_back(town: Town) -> None:
    olga = town.phone("olga", as_="real/{}/owner")
    assert not any(refused(answer) for answer in toggle(olga, 20))


def test_an_exercise_has_no_such_limit_unless_it_is_told_to(town: Town) -> None:
    anna = town.phone("anna", as_="exercise/{}")
    assert not any(refused(answer) for answer in toggle(anna, 20))
