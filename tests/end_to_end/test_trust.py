"""Conduct and moderation over real sockets, by other people's clients, across a restart."""

from pathlib import Path

import pytest

from realtime.client import Client, Refused, Stopped
from realtime.messages import Encoding
from tests.foreign import BOTH, Foreign, a_red, enter, serving

AT = (59.3251, 18.0711)


@pytest.mark.parametrize("encoding", BOTH)
async def test_a_suspended_account_is_cut_off_and_stays_out_over_a_restart(encoding: Encoding, tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        bo = await server.member("bo", AT, encoding=encoding)
        anna = await server.member("anna", AT)
        olle = server.keep(await enter(server.url, server.token("olle", role="owner")))
        await bo.made("alert", **a_red(AT))
        await anna.hear("alert")
        before = len(bo.frames)
        await olle.made("suspend", user="bo", reason="threats")
        await anna.made("alert", **a_red(AT))
        assert await bo.closed() == 4504
        assert [(frame["type"], frame["code"]) for frame in bo.frames[before:]] == [("error", "suspended")]
    async with serving(tmp_path) as server:
        back = await Foreign.connected(server.url, encoding)
        refused = await back.ask("hello", token=server.token("bo"), device="phone")
        assert (refused["code"], refused["reason"]) == ("suspended", "threats")
        assert await back.closed() == 4504
        with pytest.raises(Stopped) as stopped:
            async with Client(server.url, server.token("bo")):
                pass
        assert stopped.value.code == 4504
        olle = server.keep(await enter(server.url, server.token("olle", role="owner")))
        await olle.made("lift", user="bo", reason="served")
        await server.member("bo", AT)


async def test_a_newcomer_posts_with_our_client_once_the_conduct_is_accepted(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, Client(server.url, server.token("nils", accepted=False)) as nils:
        with pytest.raises(Refused, match="version 1"):
            await nils.raise_alert("yellow", lat=AT[0], lon=AT[1])
        shown = await nils.conduct("en")
        assert not shown.accepted
        await nils.accept_conduct(shown.version)
        await nils.raise_alert("yellow", lat=AT[0], lon=AT[1])


async def test_what_is_removed_is_gone_from_whoever_reads_back_and_whoever_holds_it(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        anna, bo = await server.member("anna", AT), await server.member("bo", AT)
        group = await server.group(anna, bo)
        said = await bo.made("message", group=group, text="REMOVED words")
        raised = await bo.made("alert", **a_red(AT, headline="REMOVED headline"))
        await anna.hear("alert")
        await anna.made("moderate", group=group, seq=said["rooms"][group], action="remove", reason="tone")
        olle = server.keep(await enter(server.url, server.token("olle", role="owner")))
        await olle.made("moderate", alert=raised["alert"], action="remove", reason="a name")
        gone = await anna.hear("update")
        assert (gone["state"], gone["wrong"], gone["tone"]) == ("closed", "a name", "all_clear")
        page = await anna.ask("history", room=group, limit=10)
        assert "REMOVED" not in str(page)
    async with serving(tmp_path) as server:
        holds = [{"alert": raised["alert"], "revision": 1}]
        back = await server.member("anna", AT, holds=holds, rooms={group: 0})
        assert "REMOVED" not in str(back.frames)
        assert [frame["state"] for frame in back.all("update")] == ["closed"]
