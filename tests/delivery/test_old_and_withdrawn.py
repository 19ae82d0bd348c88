"""What is long over or was withdrawn does not come back through any side door."""

import asyncio
from collections.abc import Iterator

import pytest

from realtime.config import Settings
from tests.delivery.disks import Disk
from tests.town import HERE, Phone, Town, with_settings

DAY_S = 86_400.0
AT = {"lat": HERE[0], "lon": HERE[1]}


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def town(disk: Disk) -> Iterator[Town]:
    town = Town(store=disk)
    yield town
    disk.go_on()
    town.close()


def chat(phone: Phone, group: str, *texts: str) -> None:
    for text in texts:
        assert phone.ask("message", group=group, text=text)["type"] == "ok"


def sleep(town: Town, seconds: float, *, settle: bool = True) -> None:
    """Let days pass with everybody's phone off."""
    town.pass_time(seconds, settle=settle)
    for world in town.worlds.values():
        while world.forget_old():
            pass


def red(phone: Phone, group: str, id: str) -> None:
    phone.say("alert", id=id, level="red", kind="warn", public=False, groups=[group], **AT)
    phone.town.settle()


def test_a_retry_of_a_red_that_is_long_over_ends_where_it_went_and_stalls_nothing(town: Town, disk: Disk) -> None:
    """It outruns a slow log, because nothing in memory knows it any more; the log then does."""
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    red(anna, group, "old")
    alert = anna.all("ok")[-1]["alert"]
    anna.ask("update", alert=alert, state="closed")
    chat(anna, group, "one", "two", "three")
    for phone in (anna, bo):
        phone.hang_up()
    sleep(town, 3 * DAY_S)
    anna, cia = town.phone("anna"), town.phone("cia")
    assert cia.ask("join", group=group, accepted=True)["type"] == "ok"
    disk.stop()
    red(anna, group, "old")
    town.pass_time(0.3, settle=False)
    disk.go_on()
    town.settle()
    last = cia.all("alert", "update")[-1]
    assert (last["alert"], last["state"]) == (alert, "closed")
    chat(anna, group, "four")
    for place in range(5):  # wherever somebody stands, the way to the end is finite
        back = town.phone("anna", device="tablet", rooms={group: place})
        assert back.all("live")[0]["rooms"].get(group, 5) == 5


def test_an_alert_that_leaves_memory_during_a_replay_comes_as_it_ended() -> None:
    town = Town(with_settings(Settings(), log={"replay_page": 100}))
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    ok = anna.ask("alert", level="red", kind="warn", public=False, groups=[group], text="red jacket", **AT)
    town.pass_time(2)
    anna.ask("update", alert=ok["alert"], state="false_alarm", wrong="It was somebody else.")
    chat(anna, group, "one", "two")
    for phone in (anna, bo):
        phone.hang_up()
    town.pass_time(DAY_S - 10)
    back = Phone(town, "bo", "phone")
    back.connection.idle = False  # it does not read for a while
    back.say("hello", token="real/bo", device="phone", rooms={group: 0})
    sleep(town, 20, settle=False)
    back.connection.idle = True
    town.on_loop(back.session.drained)
    town.settle()
    [alert] = back.all("alert")
    assert (alert["state"], alert["late"], alert.get("text"), alert["revision"]) == ("false_alarm", True, None, 2)
    assert [message["text"] for message in back.all("message")] == ["one", "two"]
    town.close()


def test_what_is_taken_back_while_it_is_being_written_goes_to_nobody_more(town: Town) -> None:
    anna, others = town.phone("anna"), [town.phone(f"user-{number}") for number in range(60)]
    group = town.group(anna, *others)
    hub = town.hubs["real"]
    run = hub.fanout.run
    hub.fanout.run = lambda: None  # type: ignore[method-assign]  # the loop is busy: nothing is written yet
    anna.say("message", id="m", group=group, text="red jacket")
    town.run(_until_dispatched(town, group, 1))
    anna.say("revise", id="r", group=group, seq=1, removed=True)
    town.run(_until_dispatched(town, group, 2))
    hub.fanout.run = run  # type: ignore[method-assign]
    town.on_loop(run)
    town.settle()
    for phone in others:
        [message] = phone.all("message")
        assert (message.get("text"), message["removed"], message["rooms"]) == (None, True, {group: 2})


async def _until_dispatched(town: Town, group: str, seq: int) -> None:
    while town.hubs["real"].rooms.room(group).last < seq:  # noqa: ASYNC110
        await asyncio.sleep(0)


def test_a_revision_of_what_was_said_before_one_came_is_not_theirs_and_leaves_no_gap(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna)
    chat(anna, group, "red jacket")
    bo.ask("join", group=group, accepted=True)
    anna.ask("revise", group=group, seq=1, text="blue jacket")
    assert bo.all("message") == []
    bo.say("ping")
    assert bo.all("heartbeat")[-1]["rooms"] == {group: 2}
    again = town.phone("bo", device="tablet", rooms={group: 1})
    assert (again.all("message"), again.all("live")[0]["rooms"]) == ([], {group: 2})
    assert again.ask("history", room=group, limit=10)["events"] == []


def test_a_newcomer_to_a_room_that_shows_everything_is_not_sent_all_of_it_on_coming_back(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    made = {"name": "Shops", "purpose": "Theft", "conduct": "Be kind.", "locked": False, "history": "all"}
    group = anna.ask("create_group", **made)["group"]
    chat(anna, group, "one", "two")
    bo.ask("join", group=group, accepted=True)
    [told] = bo.all("membership")
    assert (told["from"], told["seq"]) == (1, 2)


def test_an_alert_too_old_for_memory_is_read_once_for_all_who_come_back(town: Town, disk: Disk) -> None:
    phones = [town.phone(f"user-{number}") for number in range(10)]
    group = town.group(*phones)
    red(phones[0], group, "old")
    chat(phones[0], group, "one")
    for phone in phones:
        phone.hang_up()
    sleep(town, 3 * DAY_S)
    reads, after = 0, disk.after

    async def counted(room: str, seq: int, limit: int) -> object:
        nonlocal reads
        reads += 1
        return await after(room, seq, limit)

    disk.after = counted  # type: ignore[method-assign,assignment]
    for _ in range(2):
        for phone in [town.phone(f"user-{number}", rooms={group: 0}) for number in range(10)]:
            assert [alert["late"] for alert in phone.all("alert")] == [True]
            phone.hang_up()
    assert reads == 1


def test_a_page_that_was_read_before_something_was_taken_back_is_read_again(disk: Disk) -> None:
    town = Town(with_settings(Settings(), log={"tail_bytes": 1}), disk)  # all is read from the log
    anna = town.phone("anna")
    group = town.group(anna, town.phone("bo"))
    chat(anna, group, "red jacket", "harmless")
    after, let_go = disk.after, asyncio.Event()

    async def slow(room: str, seq: int, limit: int) -> object:
        page = await after(room, seq, limit)
        if limit > 1:  # not when it is asked whose message this is
            await let_go.wait()
        return page

    disk.after = slow  # type: ignore[method-assign,assignment]
    back = Phone(town, "bo", "tablet")
    back.say("hello", token="real/bo", device="tablet", rooms={group: 0})
    town.pass_time(0.0, settle=False)
    anna.say("revise", id="r", group=group, seq=1, removed=True)
    town.pass_time(0.0, settle=False)
    assert anna.all("ok")[-1]["id"] == "r"
    let_go.set()
    town.settle()
    told = [(message["rooms"][group], message.get("text")) for message in back.all("message")]
    assert told == [(1, None), (2, "harmless"), (3, None)]
    town.close()
