"""Devices that a red could not reach, for as long as somebody could yet be reached."""

from collections.abc import Iterator
from typing import Any

import pytest

from realtime.config import Settings
from realtime.delivery.unreached import Unreached
from realtime.delivery.views import NEAR_ONLY
from tests.town import HERE, Phone, Town, north, with_settings

FAR = north(HERE, 9_000)


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def unreached(town: Town) -> Unreached:
    return town.hubs["real"].unreached


def raised(author: Phone, level: str = "red", **changes: Any) -> str:
    asked = {"level": level, "kind": "warn", "lat": HERE[0], "lon": HERE[1], "public": True, "groups": []} | changes
    return str(author.ask("alert", **asked)["alert"])


def dead(town: Town, user: str, at: tuple[float, float] | None = HERE) -> Phone:
    phone = town.phone(user, at)
    phone.connection.is_dead = True
    return phone


# --- who is among them -----------------------------------------------------------------------------------------------


def test_who_is_near_and_not_connected(town: Town) -> None:
    anna, bo, cia = town.phone("anna", FAR), town.phone("bo", HERE), town.phone("cia", FAR)
    town.phone("dan", HERE)
    bo.hang_up()
    cia.hang_up()
    alert = raised(anna)
    assert unreached(town)(alert) == {("bo", "phone")}
    assert len(unreached(town)) == 1


def test_who_was_chosen_and_is_found_dead(town: Town) -> None:
    anna, _, alive = town.phone("anna", FAR), dead(town, "bo"), town.phone("cia", HERE)
    town.pass_time(1)
    alert = raised(anna)
    town.pass_time(9.9)
    assert unreached(town)(alert) == set()
    town.pass_time(0.2)
    assert unreached(town)(alert) == {("bo", "phone")}
    assert alive.connection.closed_with is None


def test_who_is_found_dead_while_the_socket_is_still_there(town: Town) -> None:
    """A phone in a tunnel does not answer a close frame either: its socket stays for some seconds more."""
    anna, bo = town.phone("anna", FAR), dead(town, "bo")
    bo.connection.receiver = None
    town.pass_time(1)
    alert = raised(anna)
    town.pass_time(10)
    assert bo.connection.closed_with == 4001
    assert unreached(town)(alert) == {("bo", "phone")}


def test_who_is_gone_before_acknowledging(town: Town) -> None:
    anna, bo, cia = town.phone("anna", FAR), town.phone("bo", HERE), town.phone("cia", HERE)
    alert = raised(anna)
    cia.say("ack", alerts=[alert])
    bo.hang_up()
    cia.hang_up()
    assert unreached(town)(alert) == {("bo", "phone")}


def test_not_who_answered_the_question_and_left(town: Town) -> None:
    anna, bo = town.phone("anna", FAR), town.phone("bo", HERE)
    alert = raised(anna)
    town.pass_time(6)
    bo.hang_up()
    assert unreached(town)(alert) == set()


def test_a_member_of_the_room_without_a_position(town: Town) -> None:
    anna, bo = town.phone("anna", FAR), dead(town, "bo", None)
    group = town.group(anna, bo)
    town.pass_time(1)
    alert = raised(anna, public=False, groups=[group])
    town.pass_time(11)
    assert unreached(town)(alert) == {("bo", "phone")}
    town.pass_time(600)
    assert unreached(town)(alert) == {("bo", "phone")}


def test_never_the_author(town: Town) -> None:
    anna, tablet = town.phone("anna", FAR), town.phone("anna", HERE, device="tablet")
    watch = town.phone("anna", HERE, device="watch")
    watch.hang_up()
    alert = raised(anna)
    tablet.hang_up()
    assert unreached(town)(alert) == set()


@pytest.mark.parametrize("level", ["yellow", "info"])
def test_only_of_a_red(town: Town, level: str) -> None:
    anna, bo, cia = town.phone("anna", FAR), town.phone("bo", HERE), town.phone("cia", HERE)
    bo.hang_up()
    alert = raised(anna, level)
    cia.hang_up()
    assert unreached(town)(alert) == set()
    assert len(unreached(town)) == 0


def test_one_device_of_two_reds_is_one(town: Town) -> None:
    anna, bo, cia = town.phone("anna", FAR), town.phone("bo", HERE), town.phone("cia", HERE)
    bo.hang_up()
    first, second = raised(anna), raised(anna)
    cia.hang_up()
    assert unreached(town)(first) == unreached(town)(second) == {("bo", "phone"), ("cia", "phone")}
    assert len(unreached(town)) == 2


# --- when they are forgotten -----------------------------------------------------------------------------------------


def test_when_the_device_is_back(town: Town) -> None:
    anna, bo = town.phone("anna", FAR), town.phone("bo", HERE)
    tablet = town.phone("bo", HERE, device="tablet")
    bo.hang_up()
    tablet.hang_up()
    alert = raised(anna)
    assert unreached(town)(alert) == {("bo", "phone"), ("bo", "tablet")}
    back = town.phone("bo", HERE)
    assert back.all("alert")
    assert unreached(town)(alert) == {("bo", "tablet")}
    town.phone("bo", HERE, device="tablet")
    assert unreached(town)._devices == {}


def test_a_device_that_connects_anew_over_its_dead_connection_is_back(town: Town) -> None:
    anna, _ = town.phone("anna", FAR), dead(town, "bo")
    alert = raised(anna)
    town.phone("bo", HERE)  # the old one is closed as replaced, after the new one has said hello
    town.pass_time(11)
    assert unreached(town)(alert) == set()


@pytest.mark.parametrize(
    "change", [{"state": "closed"}, {"state": "false_alarm", "wrong": "A film"}, {"level": "yellow"}]
)
def test_when_the_alert_is_over_or_no_red_any_more(town: Town, change: dict[str, Any]) -> None:
    anna, bo, _ = town.phone("anna", FAR), town.phone("bo", HERE), dead(town, "cia")
    bo.hang_up()
    town.pass_time(1)
    alert = raised(anna)
    assert unreached(town)(alert)
    town.pass_time(2)
    anna.ask("update", alert=alert, **change)
    assert unreached(town)._devices == {}
    town.pass_time(20)  # who is found dead afterwards is not wanted any more
    assert unreached(town)._devices == {}


def test_when_the_alert_expires() -> None:
    town = Town(with_settings(Settings(), alerts={"red_ttl_s": 100.0}))
    anna, bo = town.phone("anna", FAR), town.phone("bo", HERE)
    bo.hang_up()
    alert = raised(anna)
    town.pass_time(99)
    assert unreached(town)(alert)
    town.pass_time(2)
    assert unreached(town)(alert) == set()
    town.worlds["real"].forget_old()
    assert unreached(town)._devices == {}
    town.close()


def test_when_the_position_that_made_it_concern_them_expires(town: Town) -> None:
    """R17: it is location data, and lives no longer than the position."""
    anna, bo = town.phone("anna", FAR), town.phone("bo", HERE)
    bo.hang_up()
    town.pass_time(3_000)
    cia = town.phone("cia", HERE)
    alert = raised(anna)
    cia.hang_up()
    assert unreached(town)(alert) == {("bo", "phone"), ("cia", "phone")}
    town.pass_time(700)
    assert unreached(town)(alert) == {("cia", "phone")}
    town.worlds["real"].forget_old()
    assert unreached(town)._devices == {alert: {("cia", "phone"): NEAR_ONLY}}
    assert len(unreached(town)) == 1


def test_when_the_person_has_left_the_group_for_which_it_is_here(town: Town) -> None:
    anna, _, bos_tablet = town.phone("anna", FAR), dead(town, "bo", None), town.phone("bo", None, device="tablet")
    dead(town, "cia", None)
    group = town.group(anna, bos_tablet, town.phone("cia", None, device="tablet"))
    town.pass_time(1)
    alert = raised(anna, public=False, groups=[group])
    town.pass_time(11)
    assert unreached(town)(alert) == {("bo", "phone"), ("cia", "phone")}
    bos_tablet.ask("leave", group=group)
    assert unreached(town)(alert) == {("cia", "phone")}
    town.worlds["real"].forget_old()
    assert len(unreached(town)) == 1
    assert unreached(town)._devices[alert].keys() == {("cia", "phone")}


def test_not_when_they_have_left_the_group_and_are_near(town: Town) -> None:
    anna, _, bos_tablet = town.phone("anna", FAR), dead(town, "bo"), town.phone("bo", None, device="tablet")
    group = town.group(anna, bos_tablet)
    town.pass_time(1)
    alert = raised(anna, groups=[group])
    town.pass_time(11)
    bos_tablet.ask("leave", group=group)
    town.worlds["real"].forget_old()
    assert unreached(town)(alert) == {("bo", "phone")}


# --- what it costs ---------------------------------------------------------------------------------------------------


class Looks:
    """How often it has been asked whether a device has a position."""

    def __init__(self, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
        self._count = 0
        presence = town.hubs["real"].presence
        has_position = presence.has_position

        def counted(user: str, device: str) -> bool:
            self._count += 1
            return has_position(user, device)

        monkeypatch.setattr(presence, "has_position", counted)

    def take(self) -> int:
        """So many since the last time."""
        count, self._count = self._count, 0
        return count


def test_a_round_is_done_in_slices_and_counting_looks_at_nobody(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.delivery.unreached._LOOKED_AT_ONCE", 3)
    anna = town.phone("anna", FAR)
    for number in range(5):
        town.phone(f"absent-{number}", HERE).hang_up()
    first, second = raised(anna), raised(anna)
    looks = Looks(town, monkeypatch)
    assert len(unreached(town)) == 5
    assert looks.take() == 0
    for _ in range(2):  # rounds
        slices = []
        while unreached(town).forget_old():
            slices.append(looks.take())
        assert [*slices, looks.take()] == [3, 3, 3, 1]
    assert len(unreached(town)(first)) == len(unreached(town)(second)) == 5


def test_however_many_positions_expire_one_round_is_made(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.delivery.unreached._LOOKED_AT_ONCE", 3)
    monkeypatch.setattr("realtime.delivery.presence._DROPPED_AT_ONCE", 2)
    for number in range(20):
        town.phone(f"gone-{number}", FAR).hang_up()
    town.pass_time(3_000)
    anna = town.phone("anna", FAR)
    for number in range(5):
        town.phone(f"absent-{number}", HERE).hang_up()
    raised(anna)
    town.pass_time(700)
    looks, world = Looks(town, monkeypatch), town.worlds["real"]
    positions = world.hub.presence.positions
    world.forget_old()
    while world.forget_more():
        pass
    assert positions - world.hub.presence.positions == 20
    assert looks.take() == 5


def test_a_round_goes_on_over_whatever_changes_between_its_slices(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.delivery.unreached._LOOKED_AT_ONCE", 2)
    anna = town.phone("anna", FAR)
    for number in range(6):
        town.phone(f"absent-{number}", HERE).hang_up()
    first, second = raised(anna), raised(anna)
    assert unreached(town).forget_old()
    for number in range(6):
        town.phone(f"absent-{number}", HERE).hang_up()
    anna.ask("update", alert=first, state="closed")
    third = raised(anna)
    while unreached(town).forget_old():
        pass
    assert unreached(town)(first) == unreached(town)(second) == set()
    assert len(unreached(town)(third)) == len(unreached(town)) == 6


def test_a_device_of_many_reds_counts_until_the_last_of_them_is_over(town: Town) -> None:
    anna, bo = town.phone("anna", FAR), town.phone("bo", HERE)
    bo.hang_up()
    reds = [raised(anna) for _ in range(3)]
    for red in reds:
        assert len(unreached(town)) == 1
        anna.ask("update", alert=red, state="closed")
    assert len(unreached(town)) == 0
    assert unreached(town)._counts == {}


def test_a_restart_knows_of_nobody(town: Town) -> None:
    anna, bo = town.phone("anna", FAR), town.phone("bo", HERE)
    bo.hang_up()
    alert = raised(anna)
    anew = town.restarted()
    assert unreached(anew)(alert) == set()
    anew.close()
