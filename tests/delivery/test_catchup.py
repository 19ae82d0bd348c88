"""Coming back: every message of the rooms once and in order, and the state of every alert that concerns one."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from realtime.config import Settings
from storage.events import LoggedEvent
from storage.log import StorageError
from storage.memory import MemoryStore
from tests.town import HERE, Phone, Town, kinds, north, with_settings


class SlowReads(MemoryStore):
    """A log whose pages come when a test lets them."""

    def __init__(self) -> None:
        super().__init__()
        self.is_stopped = False
        self.pages: list[asyncio.Future[None]] = []

    async def after(self, room: str, seq: int, limit: int) -> list[LoggedEvent]:
        page = await super().after(room, seq, limit)  # what is there now; what comes while it travels is not in it
        if self.is_stopped:
            waiting = asyncio.get_running_loop().create_future()
            self.pages.append(waiting)
            await waiting
        return page

    def let_one_through(self) -> None:
        self.pages.pop(0).set_result(None)


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town(with_settings(Settings(), log={"tail_bytes": 1}), SlowReads())  # all is read from the log
    yield town
    town.close()


def red(phone: Phone, **fields: Any) -> str:
    given = {"level": "red", "kind": "warn", "lat": HERE[0], "lon": HERE[1], "public": True, "groups": []}
    return str(phone.ask("alert", **(given | fields))["alert"])


def chat(phone: Phone, group: str, *texts: str) -> None:
    for text in texts:
        assert phone.ask("message", group=group, text=text)["type"] == "ok"


def texts(phone: Phone) -> list[str]:
    return [message["text"] for message in phone.all("message")]


def test_a_room_comes_back_from_its_place_and_then_is_live(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    chat(anna, group, "one")
    bo.hang_up()
    chat(anna, group, "two", "three")
    bo = town.phone("bo", rooms={group: 1})
    chat(anna, group, "four")
    assert texts(bo) == ["two", "three", "four"]
    assert kinds(bo.connection.frames) == ["welcome", "message", "message", "live", "message"]
    assert bo.all("live") == [{"type": "live", "rooms": {group: 3}}]


def test_a_room_that_hello_does_not_name_starts_at_its_latest(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    chat(anna, group, "one")
    bo.hang_up()
    assert texts(town.phone("bo")) == []


@pytest.mark.parametrize("page", [1, 2, 100])
def test_what_is_said_while_a_page_is_read_comes_once_and_in_order(page: int) -> None:
    town = Town(with_settings(Settings(), log={"replay_page": page, "tail_bytes": 1}), SlowReads())
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    bo.hang_up()
    chat(anna, group, *"abc")
    town.store.is_stopped = True
    bo = town.phone("bo", rooms={group: 0})
    said = list("defghi")
    while town.store.pages:
        if said:
            anna.say("message", id=said[0], group=group, text=said.pop(0))
        town.settle()
        town.store.let_one_through()
        town.settle()
    town.store.is_stopped = False
    for letter in said:
        chat(anna, group, letter)
    assert texts(bo) == list("abcdefghi")
    assert [message["rooms"][group] for message in bo.all("message")] == list(range(1, 10))
    town.close()


def test_a_red_overtakes_the_replay_and_is_passed_over_in_it(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    bo.hang_up()
    chat(anna, group, "one")
    town.store.is_stopped = True
    bo = town.phone("bo", rooms={group: 0})
    anna.say("alert", id="r", level="red", kind="warn", lat=0, lon=0, public=False, groups=[group])
    town.settle()
    assert kinds(bo.new("alert", "message")) == ["alert"]
    while town.store.pages:
        town.store.let_one_through()
        town.settle()
    assert kinds(bo.new("alert", "message", "live")) == ["message", "live"]
    assert bo.all("live")[0]["rooms"] == {group: 2}


def test_who_leaves_while_a_page_is_read_gets_none_of_it(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    tablet = town.phone("bo", device="tablet")
    group = town.group(anna, bo)
    bo.hang_up()
    chat(anna, group, "secret")
    town.store.is_stopped = True
    bo = town.phone("bo", rooms={group: 0})
    tablet.say("leave", id="leave", group=group)
    town.settle()
    town.store.let_one_through()
    town.settle()
    assert texts(bo) == []
    assert kinds(bo.all("membership", "live")) == ["membership", "live"]


def test_nothing_from_before_a_rejoining_is_replayed(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    chat(anna, group, "one")
    bo.ask("leave", group=group)
    chat(anna, group, "while away")
    bo.ask("join", group=group, accepted=True)
    assert bo.all("membership")[-1]["from"] == 3
    bo.hang_up()
    chat(anna, group, "three")
    bo = town.phone("bo", rooms={group: 0})
    assert texts(bo) == ["three"]
    assert bo.all("welcome")[0]["rooms"][group] == {"seq": 3, "from": 3, "read": 2, "unread": 1}


def test_a_room_that_is_no_longer_theirs_is_not_named_in_welcome(town: Town) -> None:
    anna, bo, tablet = town.phone("anna"), town.phone("bo"), town.phone("bo", device="tablet")
    group = town.group(anna, bo)
    bo.hang_up()
    tablet.ask("leave", group=group)
    bo = town.phone("bo", rooms={group: 0, "me": 1})
    assert set(bo.all("welcome")[0]["rooms"]) == {"me"}
    assert [news["state"] for news in bo.all("membership")] == ["left"]


def test_who_connects_near_an_active_alert_gets_it_with_its_signal(town: Town) -> None:
    anna = town.phone("anna")
    red(anna)
    assert [(a["why"], a["signal"]) for a in town.phone("bo", HERE).all("alert")] == [(["near"], True)]
    assert town.phone("far", north(HERE, 5_000)).all("alert") == []


def test_an_ended_alert_is_replayed_late_at_its_seq_and_without_a_signal(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    bo.hang_up()
    alert = red(anna, public=False, groups=[group], headline="First words")
    anna.ask("update", alert=alert, headline="Last words", state="closed")
    chat(anna, group, "after")
    bo = town.phone("bo", rooms={group: 0})
    assert kinds(bo.new("alert", "message")) == ["alert", "message"]
    [late] = bo.all("alert")
    assert (late["late"], late["signal"], late["revision"], late["headline"]) == (True, False, 2, "Last words")
    assert late["rooms"] == {group: 1}


def test_an_old_alert_is_replayed_also_when_it_is_no_longer_in_memory(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    bo.hang_up()
    red(anna, public=False, groups=[group])
    town.pass_time(3 * 86_400)
    for world in town.worlds.values():
        world.forget_old()
    assert len(town.hubs["real"].alerts) == 0
    bo = town.phone("bo", rooms={group: 0})
    assert [(alert["late"], alert["signal"]) for alert in bo.all("alert")] == [(True, False)]


def test_an_old_position_counts_for_the_time_it_was_live_while_away(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    bo.hang_up()
    town.pass_time(60)
    ended, active = red(anna), red(anna)
    anna.ask("update", alert=ended, state="closed")
    bo = town.phone("bo", north(HERE, 9_000))
    got = {alert["alert"]: (alert.get("late", False), alert["signal"]) for alert in bo.all("alert")}
    assert got == {ended: (True, False), active: (False, True)}


def test_what_ended_before_the_device_was_gone_does_not_come_again(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    alert = red(anna)
    anna.ask("update", alert=alert, state="closed")
    town.pass_time(30)
    bo.hang_up()
    assert town.phone("bo", HERE).all("alert") == []


def test_a_restart_ends_positions_and_loses_no_alert(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    group = town.group(anna, bo)
    alert = red(anna, groups=[group])
    town = town.restarted()
    assert town.phone("stranger").all("alert") == []
    assert [a["alert"] for a in town.phone("newcomer", HERE).all("alert")] == [alert]
    bo = town.phone("bo", holds=[{"alert": alert, "revision": 1}], rooms={group: 1})
    assert kinds(bo.connection.frames) == ["welcome", "live"]
    assert bo.all("welcome")[0]["position"] is False
    anna = town.phone("anna")
    anna.ask("update", alert=alert, state="closed")
    assert [update["tone"] for update in bo.all("update")] == ["all_clear"]
    town.close()


def test_another_epoch_starts_over_with_a_snapshot(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    group = town.group(anna, bo)
    chat(anna, group, "one")
    alert = red(anna)
    bo.hang_up()
    bo = town.phone("bo", HERE, epoch="another", rooms={group: 7}, holds=[{"alert": alert, "revision": 1}])
    assert kinds(bo.connection.frames) == ["welcome", "start_over", "alert", "live"]
    assert bo.all("start_over") == [{"type": "start_over", "epoch": town.epoch}]


def test_a_pruned_room_says_where_it_begins(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    chat(anna, group, "old", "older")
    town.pass_time(100)
    bo.hang_up()
    chat(anna, group, "new")

    async def prune() -> None:
        while first := await town.store.prune({"message": town.clock.now() - 50}, 1):
            town.hubs["real"].rooms.pruned(first)

    town.run(prune())
    bo = town.phone("bo", rooms={group: 0})
    assert kinds(bo.new("history_lost", "message")) == ["history_lost", "message"]
    assert bo.all("history_lost") == [{"type": "history_lost", "room": group, "from": 3}]
    assert texts(bo) == ["new"]


def test_the_newer_connection_of_a_device_closes_the_older(town: Town) -> None:
    old = town.phone("anna", HERE)
    new = town.phone("anna")
    assert old.connection.closed_with == 4500
    assert new.all("welcome")[0]["position"] is True
    red(town.phone("bo"))
    assert len(new.all("alert")) == 1


def test_the_oldest_device_makes_way_when_there_are_too_many(town: Town) -> None:
    devices = [town.phone("anna", device=f"device-{number}") for number in range(11)]
    assert [phone.connection.closed_with for phone in devices] == [4502] + [None] * 10


def test_the_heartbeat_counts_alerts_updates_and_messages(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    group = town.group(anna, bo)
    chat(anna, group, "one", "two")
    alert = red(anna)
    anna.ask("update", alert=alert, text="more")
    bo.say("ping")
    assert bo.all("heartbeat")[-1] == {"type": "heartbeat", "delivered": 4}


def test_no_heartbeat_while_anything_is_still_on_its_way(town: Town) -> None:
    bo = town.phone("bo", HERE)
    bo.connection.idle = False
    bo.say("ping")
    assert bo.all("heartbeat") == []


def test_a_log_that_cannot_be_read_is_asked_again_and_then_the_client_comes_back_later(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    bo.hang_up()
    chat(anna, group, "one")
    reads = 0
    after = town.store.after

    async def broken(room: str, seq: int, limit: int) -> list[LoggedEvent]:
        nonlocal reads
        reads += 1
        if reads != 3 or is_broken_for_good:
            raise StorageError("cannot read")
        return await after(room, seq, limit)

    is_broken_for_good = False
    town.store.after = broken
    bo = Phone(town, "bo", "phone")
    bo.say("hello", token="real/bo", device="phone", rooms={group: 0})
    for _ in range(4):
        town.pass_time(1.0, settle=False)
    assert texts(bo) == ["one"]
    is_broken_for_good = True
    bo = Phone(town, "bo", "phone")
    bo.say("hello", token="real/bo", device="phone", rooms={group: 0})
    for _ in range(6):
        town.pass_time(1.0, settle=False)
    assert bo.connection.closed_with == 4004
