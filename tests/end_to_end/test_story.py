"""What samverkan is for, as members see it over real sockets, in both encodings at once."""

from pathlib import Path
from typing import Any

from tests.foreign import BOTH, Foreign, Frame, Premises, a_red, serving
from tests.town import HERE, north

ALERTS = ("alert", "update")
FAR = north(HERE, 20_000)


def revisions(member: Foreign) -> list[int]:
    return [frame["revision"] for frame in member.all(*ALERTS)]


def seen(frame: Frame, *fields: str) -> tuple[Any, ...]:
    return tuple(frame.get(field) for field in fields)


async def test_a_red_its_words_and_its_correction_reach_whom_they_concern_at_once_and_once(tmp_path: Path) -> None:
    """A shop owner presses red: those within 500 m and her group have it, in either encoding the very same."""
    async with serving(tmp_path, alerts={"update_interval_s": 0.0, "reach_after_s": 0.3}) as server:
        owner = await server.member("owner", HERE)
        near = [await server.member(f"near-{code}", north(HERE, 499), encoding=code) for code in BOTH]
        friends = [await server.member(f"friend-{code}", FAR, encoding=code) for code in BOTH]
        neighbour = await server.member("neighbour", north(HERE, -499), encoding="msgpack")
        outside = await server.member("outside", north(HERE, 700))
        shops = await server.group(owner, *friends, neighbour, locked=True)

        ok = await owner.ask("alert", **a_red(HERE, groups=[shops]))
        assert seen(ok, "type", "durable", "revision", "rooms") == ("ok", True, 1, {shops: 1})
        [public, same] = [await member.hear("alert") for member in near]
        [inside, also] = [await member.hear("alert") for member in friends]
        assert (public, inside) == (same, also)
        told = ("alert", "level", "level_number", "state", "signal", "why", "rooms")
        assert seen(public, *told) == (ok["alert"], "red", 3, "going_on", True, ["near"], None)
        assert seen(inside, *told) == (ok["alert"], "red", 3, "going_on", True, [f"group:{shops}"], {shops: 1})
        assert sorted((await neighbour.hear("alert"))["why"]) == [f"group:{shops}", "near"]
        assert inside["author"] == {"role": "member", "name": "owner"}
        assert public["author"].keys() == {"role", "pseudonym"}
        assert (inside["lat"], inside["lon"]) == HERE
        assert (public["lat"], public["lon"]) != HERE
        assert public["advice"] == "Do not intervene. Keep distance."

        words = {"headline": "Three people testing doors", "text": "They walk north"}
        await owner.made("update", alert=ok["alert"], **words)
        for member in (*near, *friends, neighbour):
            update = await member.hear("update")
            assert seen(update, "revision", "signal", "headline", "text") == (2, False, *words.values())
        late = await server.member("late", north(HERE, 300))
        assert seen(late.all("alert")[0], "revision", "signal", "text") == (2, True, words["text"])

        await owner.made("update", alert=ok["alert"], state="false_alarm", wrong="They work there")
        for member in (*near, *friends, neighbour, late):
            update = await member.hear("update")
            assert seen(update, "revision", "state", "tone", "signal") == (3, "false_alarm", "all_clear", True)
            assert seen(update, "wrong", "headline", "text") == ("They work there", None, None)
        assert await owner.hear("reach") == {"type": "reach", "alert": ok["alert"], "bucket": "5-19"}

        for member in (*near, *friends, neighbour, late, outside, owner):
            await member.settled()
        assert [revisions(member) for member in (*near, *friends, neighbour, late)] == [[1, 2, 3]] * 5 + [[2, 3]]
        assert [revisions(member) for member in (outside, owner)] == [[], []]


async def test_what_is_said_in_a_room_comes_to_all_its_members_in_one_order(tmp_path: Path) -> None:
    """Several talk at once; each hears the others, and learns by its `ok` where its own words stand."""
    async with serving(tmp_path) as server:
        members = [await server.member(f"member-{n}", encoding=BOTH[n % 2]) for n in range(4)]
        room = await server.group(*members)
        for number in range(25):
            for member in members[:3]:
                await member.say("message", id=f"m-{number}", group=room, text=f"{number}")
        for member in members[:3]:
            await member.answer("m-24")
        heard = []
        for member in members:
            await member.settled()
            told = [(frame["rooms"][room], frame["message"]) for frame in member.all("message")]
            assert told == sorted(told)
            own = [(frame["rooms"][room], frame["message"]) for frame in member.all("ok") if "message" in frame]
            heard.append(sorted(told + own))
        assert heard == [heard[0]] * 4
        assert [seq for seq, _ in heard[0]] == list(range(1, 76))


async def world_apart(server: Premises) -> tuple[Foreign, Foreign, Foreign, Foreign]:
    """Anna and Bo stand at the same place, each in both worlds with the same name and device."""
    return (
        await server.member("anna", HERE),
        await server.member("bo", HERE, encoding="msgpack"),
        await server.member("anna", HERE, world="exercise", encoding="msgpack"),
        await server.member("bo", HERE, world="exercise"),
    )


async def test_exercise_and_real_never_meet_on_their_one_port(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        anna, bo, anna_trains, bo_trains = await world_apart(server)
        room = await server.group(anna_trains, bo_trains)
        drill = await anna_trains.made("alert", **a_red(HERE, groups=[room]), id="the same")
        assert (await bo_trains.hear("alert"))["exercise"] is True
        await bo_trains.made("message", group=room, text="On my way")
        assert (await anna_trains.hear("message"))["exercise"] is True

        real = await anna.made("alert", **a_red(HERE), id="the same")
        assert real["alert"] != drill["alert"]
        assert "exercise" not in await bo.hear("alert")
        for asked in (
            {"type": "join", "group": room, "accepted": True},
            {"type": "message", "group": room, "text": "Hello?"},
            {"type": "leave", "group": room},
            {"type": "update", "alert": drill["alert"], "state": "closed"},
            {"type": "history", "room": room, "limit": 10},
            {"type": "alert", **a_red(HERE, groups=[room])},
        ):
            assert (await anna.ask(**asked))["code"] == "not_found"

        back = await server.member("bo", HERE, device="other", holds=[{"alert": drill["alert"], "revision": 1}])
        assert back.all("unconfirmed")[0]["alerts"] == [drill["alert"]]
        assert room not in back.frames[0]["rooms"]
        for member in (anna, bo, anna_trains, bo_trains, back):
            await member.settled()
        assert [frame["alert"] for frame in (*bo.all(*ALERTS), *back.all(*ALERTS))] == [real["alert"]] * 2
        assert [frame["alert"] for frame in bo_trains.all(*ALERTS)] == [drill["alert"]]
        assert anna.all(*ALERTS, "message") == anna_trains.all(*ALERTS) == []
        assert server.app.connected() == 5
