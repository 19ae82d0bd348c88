"""A disk that does not answer: a red does not wait for it, all else does, and nothing is told as safe that is not."""

from pathlib import Path
from typing import Any, cast

from realtime.app import Store
from tests.end_to_end.stubborn import StubbornStore
from tests.fakes import FakeClock
from tests.foreign import a_red, serving
from tests.town import HERE, north


async def test_a_red_outruns_a_disk_that_does_not_answer_and_is_told_as_stored_when_it_is(tmp_path: Path) -> None:
    clock, store = FakeClock(), await StubbornStore.open(tmp_path)
    async with serving(tmp_path, clock=clock, store=cast(Store, store)) as server:
        owner = await server.member("owner", HERE)
        near = await server.member("near", north(HERE, 300), encoding="msgpack")
        friend = await server.member("friend")
        room = await server.group(owner, friend)

        store.stall()
        await friend.say("message", id="chat", group=room, text="Quiet tonight")
        await store.asked()
        await owner.say("alert", id="red", **a_red(HERE, groups=[room]))
        await owner.ask("ping")  # by now the red is with the writer
        await near.settled()
        assert near.all("alert") == []
        clock.advance(server.app.settings.log.commit_budget_s + 0.001)
        ok = await owner.answer("red")
        assert (ok["type"], ok["durable"], ok["revision"], ok.get("rooms")) == ("ok", False, 1, None)
        for member in (near, friend):
            alert = await member.hear("alert")
            assert (alert["alert"], alert["durable"], alert.get("rooms")) == (ok["alert"], False, None)
        walked_in = await server.member("late", HERE)
        assert (await walked_in.hear("alert"))["durable"] is False
        retry = await owner.ask("alert", id="red", **a_red(HERE, groups=[room]))
        assert retry == ok
        await owner.settled()
        assert owner.all("message") == []

        store.go_on()
        for member, rooms in ((owner, {room: 2}), (near, None), (friend, {room: 2}), (walked_in, None)):
            stored = await member.hear("stored")
            assert (stored["alert"], stored["revision"], stored.get("rooms")) == (ok["alert"], 1, rooms)
        assert [message["rooms"] for message in owner.all("message")] == [{room: 1}]
        assert (await owner.ask("alert", id="red", **a_red(HERE, groups=[room])))["durable"] is True
        for member in (owner, near, friend, walked_in):
            await member.settled()
        assert [len(member.all("alert", "update")) for member in (owner, near, friend, walked_in)] == [0, 1, 1, 1]


async def test_a_full_disk_refuses_what_can_wait_and_keeps_a_red_until_it_can_be_stored(
    tmp_path: Path, alarm: Any
) -> None:
    clock, store = FakeClock(), await StubbornStore.open(tmp_path)
    async with serving(tmp_path, clock=clock, store=cast(Store, store)) as server:
        owner, near = await server.member("owner", HERE), await server.member("near", HERE, encoding="msgpack")
        room = await server.group(owner, near)
        store.is_full = True
        refused = await owner.ask("message", id="chat", group=room, text="Hello")
        assert (refused["code"], refused["retry_after_s"] > 0) == ("not_stored", True)
        red = await owner.made("alert", **a_red(HERE, groups=[room]), id="red")
        assert red["durable"] is False
        assert (await near.hear("alert"))["durable"] is False
        clock.advance(server.app.settings.log.retry_s + 0.1)
        await owner.made("ping")
        assert owner.all("stored") == []
        store.is_full = False
        while not near.all("stored"):
            clock.advance(server.app.settings.log.retry_s + 0.1)
            await near.made("ping")
        assert near.all("stored")[0]["rooms"] == {room: 1}
        assert (await owner.made("message", id="chat", group=room, text="Hello"))["rooms"] == {room: 2}
        for member in (owner, near):
            await member.settled()
        assert len(near.all("alert", "update")) == 1
    assert alarm.heard
    assert all("the disk is full" in line for line in alarm.heard)
    alarm.heard.clear()
