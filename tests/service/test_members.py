"""What a device says of itself."""

from collections.abc import Iterator

import pytest

from tests.town import HERE, Town


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def test_a_position_is_a_place_or_a_renewal_or_a_withdrawal(town: Town) -> None:
    anna = town.phone("anna")
    assert anna.ask("position")["code"] == "invalid"
    assert anna.ask("position", lat=1)["code"] == "invalid"
    assert anna.ask("position", lat=1, lon=1, renew=True)["code"] == "invalid"
    assert anna.ask("position", renew=True, withdraw=True)["code"] == "invalid"
    assert anna.ask("position", renew=True)["code"] == "no_position"
    assert anna.ask("position", lat=1, lon=1)["type"] == "ok"
    assert anna.ask("position", renew=True)["type"] == "ok"
    assert anna.ask("position", withdraw=True)["type"] == "ok"
    assert anna.ask("position", renew=True)["code"] == "no_position"


def test_a_position_older_than_its_time_to_live_says_nothing(town: Town) -> None:
    anna = town.phone("anna")
    too_old = anna.ask("position", lat=1, lon=1, age_s=3_600)
    assert (too_old["code"], too_old["field"]) == ("invalid", "age_s")
    assert town.hubs["real"].presence.positions == 0


def test_age_counts_against_the_time_to_live(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    bo.say("position", lat=HERE[0], lon=HERE[1], age_s=3_500)
    town.pass_time(101)
    anna.ask("alert", level="red", kind="warn", lat=HERE[0], lon=HERE[1], public=True, groups=[])
    assert bo.all("alert") == []


def test_a_position_is_never_in_the_log_or_told_to_anyone(town: Town) -> None:
    """R17."""
    anna, bo = town.phone("anna", (59.123456, 18.654321)), town.phone("bo", HERE)
    group = town.group(anna, bo)
    scope = {"kind": "warn", "lat": HERE[0], "lon": HERE[1], "public": True, "groups": [group]}
    anna.ask("alert", level="red", **scope)
    assert "59.123456" not in repr(vars(town.store))
    assert "59.123456" not in str(bo.connection.frames)


def test_a_ping_is_answered(town: Town) -> None:
    anna = town.phone("anna")
    anna.say("ping")
    assert anna.all("heartbeat") == [{"type": "heartbeat", "delivered": 0}]
    assert anna.ask("ping")["type"] == "ok"


def test_an_ack_is_answered_if_it_asks(town: Town) -> None:
    anna = town.phone("anna")
    anna.say("ack", alerts=["a"])
    assert anna.all("ok") == []
    assert anna.ask("ack", alerts=["a"])["type"] == "ok"


def test_a_withdrawn_position_leaves_no_name_in_the_counts(town: Town) -> None:
    """R17: the count of the cell stands, so that nothing shows; who was in it is forgotten."""
    anna, people = town.phone("anna"), [town.phone(f"near-{number}", HERE) for number in range(5)]
    scope = {"level": "red", "kind": "warn", "lat": HERE[0], "lon": HERE[1], "public": True, "groups": []}
    anna.ask("alert", **scope)
    town.pass_time(6)
    for phone in people:
        phone.ask("position", withdraw=True)
    assert "near-0" not in repr(town.worlds["real"].alerts._reach._fixed)
    anna.ask("alert", **scope)
    town.pass_time(6)
    assert [reach["bucket"] for reach in anna.all("reach")] == ["5-19", "5-19"]
