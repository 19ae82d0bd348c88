"""One person's several devices, connections that follow one another, and memberships that end and begin again."""

from pathlib import Path

from realtime.errors import CloseCode
from tests.foreign import Foreign, a_red, serving
from tests.town import HERE, north


def texts(member: Foreign) -> list[str]:
    return [frame["text"] for frame in member.all("message")]


async def test_a_person_s_other_device_shows_their_own_alert_without_a_signal(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        phone = await server.member("anna", HERE)
        watch = await server.member("anna", HERE, device="watch", encoding="msgpack")
        bo = await server.member("bo", HERE)
        room = await server.group(phone, bo)
        made = await phone.made("alert", **a_red(HERE, groups=[room]))
        alert = await watch.hear("alert")
        assert (alert["alert"], alert["signal"], alert["rooms"]) == (made["alert"], False, {room: 1})
        assert "own" in alert["why"]
        await watch.made("update", alert=made["alert"], text="He has gone")
        update = await phone.hear("update")
        assert (update["revision"], update["text"], update["signal"]) == (2, "He has gone", False)
        await phone.made("message", group=room, text="Thank you all")
        assert (await watch.hear("message"))["rooms"] == {room: 2}
        for member in (phone, watch, bo):
            await member.settled()
        assert [len(member.all("alert", "update", "message")) for member in (phone, watch, bo)] == [1, 2, 3]


async def test_a_new_connection_of_a_device_replaces_the_old_one_and_brings_nothing_twice(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        anna = await server.member("anna", HERE)
        old = await server.member("bo", HERE)
        room = await server.group(anna, old)
        alert = (await anna.made("alert", **a_red(HERE)))["alert"]
        await anna.made("message", group=room, text="before")
        await old.hear("message")
        held = [{"alert": alert, "revision": 1}]
        new = await server.member("bo", HERE, encoding="msgpack", holds=held, rooms={room: 1, "me": 1})
        assert await old.closed() == CloseCode.REPLACED
        await anna.made("message", group=room, text="after")
        await anna.made("update", alert=alert, state="closed")
        assert (await new.hear("update"))["revision"] == 2
        await new.settled()
        assert texts(new) == ["after"]
        assert new.all("alert", "unconfirmed") == []
        assert texts(old) == ["before"]
        assert len(server.transports("bo")) == 1


async def test_what_was_said_while_somebody_was_no_member_is_never_theirs(tmp_path: Path) -> None:
    """Neither live, nor by coming back with an old place, nor as history."""
    async with serving(tmp_path) as server:
        anna, bo = await server.member("anna"), await server.member("bo", encoding="msgpack")
        room = await server.group(anna, bo)
        await anna.made("message", group=room, text="one")
        await bo.made("leave", group=room)
        await anna.made("message", group=room, text="two: Bo need not know")
        await anna.made("alert", **a_red(north(HERE, 5_000), groups=[room], public=False))
        assert (await bo.ask("history", room=room, limit=10))["code"] == "not_found"
        away = await server.member("bo", rooms={room: 0})
        assert room not in away.frames[0]["rooms"]

        await away.made("join", group=room, accepted=True)
        assert (await away.hear("membership"))["from"] == 4
        await anna.made("message", group=room, text="three")
        await away.hear("message")
        again = await server.member("bo", device="tablet", encoding="msgpack", rooms={room: 0})
        assert again.frames[0]["rooms"][room] == {"seq": 4, "from": 4, "read": 3, "unread": 1}
        page = await again.ask("history", room=room, limit=10)
        assert [event["text"] for event in page["events"]] == ["three"]
        for member in (away, again):
            await member.settled()
            assert texts(member) == ["three"]
        assert texts(bo) == ["one"]
