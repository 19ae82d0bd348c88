"""Store, acknowledge, deliver: also when the log is slow, fails, or has seen it before."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from storage.events import LoggedEvent
from storage.log import StorageError
from tests.delivery.disks import Disk
from tests.town import HERE, Phone, Town, kinds


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def town(disk: Disk) -> Iterator[Town]:
    town = Town(store=disk)
    yield town
    disk.go_on()
    town.close()


def alert(phone: Phone, id: str, level: str = "red", **fields: Any) -> None:
    at = {"lat": HERE[0], "lon": HERE[1]}
    phone.say("alert", **{"id": id, "level": level, "kind": "warn", "public": True, "groups": [], **at, **fields})
    phone.town.settle()


def test_nothing_is_acknowledged_or_delivered_before_it_is_stored(town: Town, disk: Disk) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    disk.stop()
    alert(anna, "a", "yellow")
    town.pass_time(10)
    assert anna.all("ok") == bo.all("alert") == []
    disk.go_on()
    town.settle()
    assert [ok["durable"] for ok in anna.all("ok")] == [True]
    assert len(bo.all("alert")) == 1


def test_a_red_outruns_a_log_that_does_not_answer_in_a_quarter_of_a_second(town: Town, disk: Disk) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    group = town.group(anna, bo)
    disk.stop()
    alert(anna, "a", groups=[group])
    town.pass_time(0.24)
    assert bo.all("alert") == []
    town.pass_time(0.02)
    [ok], [copy] = anna.all("ok")[-1:], bo.all("alert")
    assert (ok["durable"], "rooms" in ok) == (False, False)
    assert (copy["durable"], "rooms" in copy, copy["signal"]) == (False, False, True)

    disk.go_on()
    town.settle()
    told = {"type": "stored", "alert": copy["alert"], "revision": 1, "rooms": {group: 1}}
    assert anna.all("stored") == bo.all("stored") == [told]
    assert len(bo.all("alert")) == 1
    assert len([ok for ok in anna.all("ok") if ok["id"] == "a"]) == 1


def test_who_came_while_the_log_was_stuck_gets_the_red_too(town: Town, disk: Disk) -> None:
    anna = town.phone("anna")
    disk.stop()
    alert(anna, "a")
    town.pass_time(0.3)
    bo = town.phone("bo", HERE)
    assert [copy["durable"] for copy in bo.all("alert")] == [False]
    disk.go_on()
    town.settle()
    assert len(bo.all("stored")) == 1
    assert "durable" not in town.phone("cia", HERE).all("alert")[0]


def test_a_red_that_waits_behind_a_stuck_batch_outruns_too(town: Town, disk: Disk) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    disk.stop()
    alert(anna, "y", "yellow")
    alert(anna, "r", "red")
    town.pass_time(0.3)
    assert [copy["level"] for copy in bo.all("alert")] == ["red"]
    disk.go_on()
    town.settle()
    assert [copy["level"] for copy in bo.all("alert")] == ["red", "yellow"]


def test_a_batch_is_ordered_reds_first(town: Town, disk: Disk) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    disk.stop()
    alert(anna, "y1", "yellow")  # alone in the batch that is stuck
    for id, level in (("y2", "yellow"), ("i", "info"), ("r", "red")):
        alert(anna, id, level)
    disk.go_on()
    town.settle()
    assert [ok["id"] for ok in anna.all("ok")] == ["y1", "r", "y2", "i"]
    assert [copy["level"] for copy in bo.all("alert")] == ["yellow", "red", "yellow"]


def test_one_alerts_own_changes_keep_their_order_when_a_later_one_makes_it_red(town: Town, disk: Disk) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    alert(anna, "y", "yellow")
    id = bo.all("alert")[0]["alert"]
    disk.stop()
    alert(anna, "first", "yellow")
    anna.say("update", id="words", alert=id, headline="words")
    town.clock.advance(0.1)
    anna.say("update", id="red", alert=id, level="red", state="closed")
    disk.go_on()
    town.settle()
    assert [update["revision"] for update in bo.all("update")] == [2, 3]
    assert bo.all("update")[1]["headline"] == "words"


@pytest.mark.parametrize("from_device", ["phone", "tablet"])
def test_the_same_id_again_gets_the_same_answer_and_is_delivered_once(town: Town, from_device: str) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    again = anna if from_device == "phone" else town.phone("anna", device=from_device)
    group = town.group(anna, bo)
    for _ in range(2):
        alert(anna, "a", groups=[group])
        alert(again, "a", groups=[group])
    answers = [ok for phone in {anna, again} for ok in phone.all("ok") if ok["id"] == "a"]
    assert len(answers) == 4
    assert all(answer == answers[0] for answer in answers)
    assert len(bo.all("alert")) == 1


def test_the_same_id_twice_in_one_batch_is_stored_once(town: Town, disk: Disk) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    group = town.group(anna, bo)
    for _ in range(2):
        anna.say("message", id="m", group=group, text="hello")
    town.settle()
    assert len([ok for ok in anna.all("ok") if ok["id"] == "m"]) == 2
    assert len(bo.all("message")) == 1


def test_a_retry_of_an_alert_that_has_changed_since_is_followed_by_the_change(town: Town) -> None:
    """Its answer makes a device hold the first revision, perhaps one that has never had the alert."""
    anna = town.phone("anna")
    alert(anna, "a", "yellow")
    made = anna.all("ok")[-1]
    anna.ask("update", alert=made["alert"], state="closed")
    tablet = town.phone("anna", device="tablet")
    assert tablet.all("alert", "update") == []
    for _ in range(2):
        alert(tablet, "a", "yellow")
    assert tablet.all("ok") == [made, made]
    assert [(copy["revision"], copy["why"], copy["signal"]) for copy in tablet.all("alert", "update")] == [
        (2, ["own"], False)
    ]


def test_another_body_under_the_same_id_is_refused(town: Town) -> None:
    anna = town.phone("anna")
    alert(anna, "a")
    alert(anna, "a", headline="something else")
    assert [error["code"] for error in anna.all("error")] == ["id_reused"]
    anna.say("alert", id="b", level="red", kind="warn", lat=0, lon=0, public=True, groups=[])
    anna.say("alert", id="b", level="red", kind="warn", lat=1, lon=0, public=True, groups=[])
    town.settle()
    assert [error["code"] for error in anna.all("error")] == ["id_reused", "id_reused"]


def test_a_retry_after_a_restart_gets_the_same_answer(town: Town) -> None:
    anna = town.phone("anna")
    alert(anna, "a", headline="Gang")
    first = anna.all("ok")
    town = town.restarted()
    anna = town.phone("anna")
    alert(anna, "a", headline="Gang")
    assert anna.all("ok") == first
    town.close()


def test_a_retry_is_recognised_before_any_limit(town: Town) -> None:
    anna = town.phone("anna")
    for id in ("a", "b", "c"):
        alert(anna, id)
    alert(anna, "d")
    alert(anna, "a")
    assert kinds(anna.all("ok", "error")) == ["ok", "ok", "ok", "error", "ok"]


def test_the_id_of_something_refused_is_free(town: Town) -> None:
    anna = town.phone("anna")
    alert(anna, "a", groups=["no-such-group"])
    alert(anna, "a")
    assert [frame.get("code", "ok") for frame in anna.all("ok", "error")] == ["not_found", "ok"]


def test_if_a_batch_fails_its_events_are_tried_one_by_one(town: Town, disk: Disk) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    group = town.group(anna, bo)
    disk.is_full = lambda entries: any("poison" in str(entry.body) for entry in entries)
    disk.stop()
    anna.say("message", id="0", group=group, text="stuck")
    town.settle()
    for id, text in (("1", "good"), ("2", "poison"), ("3", "good")):
        anna.say("message", id=id, group=group, text=text)
    disk.go_on()
    town.settle()
    assert {frame["id"]: frame.get("code", "ok") for frame in anna.all("ok", "error") if len(frame["id"]) == 1} == {
        "0": "ok",
        "1": "ok",
        "2": "not_stored",
        "3": "ok",
    }
    assert [message["text"] for message in bo.all("message")] == ["stuck", "good", "good"]
    assert [message["rooms"][group] for message in bo.all("message")] == [1, 2, 3]


def test_when_the_disk_is_full_reds_go_out_all_the_same_and_are_stored_when_it_is_not(town: Town, disk: Disk) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    disk.is_full = lambda entries: True
    alert(anna, "y", "yellow")
    alert(anna, "r", "red")
    assert [error["code"] for error in anna.all("error")] == ["not_stored"]
    assert [(copy["level"], copy["durable"]) for copy in bo.all("alert")] == [("red", False)]
    disk.is_full = lambda entries: False
    town.pass_time(1.1)
    assert len(anna.all("stored")) == len(bo.all("stored")) == 1
    alert(anna, "y", "yellow")  # the refused id is free
    assert [ok["durable"] for ok in anna.all("ok")] == [False, True]


def test_revisions_follow_the_log_also_when_a_change_is_refused_by_the_disk(town: Town, disk: Disk) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    alert(anna, "y", "yellow")
    id = bo.all("alert")[0]["alert"]
    disk.is_full = lambda entries: True
    anna.ask("update", alert=id, headline="lost")
    disk.is_full = lambda entries: False
    assert anna.ask("update", alert=id, headline="kept")["revision"] == 2
    assert [update["headline"] for update in bo.all("update")] == ["kept"]


def test_a_whole_batch_costs_one_append(town: Town, disk: Disk) -> None:
    anna = town.phone("anna")
    group = town.group(anna)
    disk.stop()
    anna.say("message", id="0", group=group, text="first")
    town.settle()
    for number in range(1, 30):
        anna.say("message", id=str(number), group=group, text="more")
    disk.batches.clear()
    disk.go_on()
    town.settle()
    assert disk.batches == [1, 29]


def test_an_end_waits_for_the_red_that_is_owed_to_the_log(town: Town, disk: Disk) -> None:
    """An update that is stored before its alert would be lost with a restart."""
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    disk.is_full = lambda entries: True
    alert(anna, "r")
    disk.is_full = lambda entries: False
    id = bo.all("alert")[0]["alert"]
    ok = anna.ask("update", alert=id, state="closed")
    assert (ok["durable"], ok["revision"]) == (True, 2)
    town = town.restarted()
    bo = town.phone("bo", HERE, holds=[{"alert": id, "revision": 2}])
    assert kinds(bo.connection.frames) == ["welcome", "live"]
    town.close()


def test_what_is_owed_is_stored_in_the_order_in_which_it_was_asked_for(town: Town, disk: Disk) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    disk.is_full = lambda entries: True
    alert(anna, "r")
    id = bo.all("alert")[0]["alert"]
    anna.ask("update", alert=id, text="words")
    town.pass_time(5)
    disk.is_full = lambda entries: False
    town.pass_time(1.1)
    assert [stored["revision"] for stored in bo.all("stored")] == [1, 2]
    [logged] = town.run(disk.alerts(since=0.0))
    assert logged.alert.revision == 2


def test_a_red_under_an_id_that_stands_for_something_else_is_ended_where_it_went(town: Town, disk: Disk) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    group = town.group(anna, bo)
    assert anna.ask("message", id="x", group=group, text="hello")["type"] == "ok"
    disk.stop()
    alert(anna, "x")
    town.pass_time(0.3)
    assert [copy["signal"] for copy in bo.all("alert")] == [True]
    disk.go_on()
    town.settle()
    assert anna.all("error")[-1]["code"] == "id_reused"
    assert [(update["state"], update["tone"]) for update in bo.all("update")] == [("closed", "all_clear")]
    assert town.phone("late", HERE).all("alert") == []


def test_a_retry_is_not_refused_for_ever_because_the_log_cannot_be_read(town: Town, disk: Disk) -> None:
    anna = town.phone("anna")
    alert(anna, "a")

    async def fail(keys: Sequence[str]) -> dict[str, LoggedEvent]:
        raise StorageError("cannot read")

    find, disk.find = disk.find, fail  # type: ignore[method-assign]
    alert(anna, "a")
    assert anna.all("error")[-1]["code"] == "not_stored"
    disk.find = find  # type: ignore[method-assign]
    alert(anna, "a")
    assert len({ok["alert"] for ok in anna.all("ok")}) == 1
    assert len(anna.all("ok")) == 2


def test_who_leaves_in_the_batch_of_an_alert_gets_none_of_it(town: Town, disk: Disk) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo, locked=True)
    bo.new()
    scope = {"level": "red", "kind": "warn", "lat": 0, "lon": 0, "public": False, "groups": [group]}
    town.together((anna, "alert", {"id": "r", **scope}), (bo, "leave", {"id": "l", "group": group}))
    assert kinds(bo.new("alert", "membership")) == ["membership"]


def test_a_full_queue_still_takes_reds(town: Town, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.delivery.writer.MAX_WAITING", 1)
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    disk.stop()
    alert(anna, "y1", "yellow")
    alert(anna, "y2", "yellow")
    alert(anna, "r", "red")
    town.pass_time(0.3)
    assert [error["code"] for error in anna.all("error")] == ["not_stored"]
    assert [copy["level"] for copy in bo.all("alert")] == ["red"]
