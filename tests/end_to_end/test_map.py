"""The map and followed areas over real sockets, by a foreign client and by ours."""

import asyncio
from pathlib import Path

from realtime.client import Client
from realtime.messages import AlertNews, Box, Circle, Corner
from tests.foreign import BOTH, serving
from tests.town import HERE

VIEW = Box(south=59.30, west=18.00, north=59.35, east=18.10)


async def test_who_is_elsewhere_sees_follows_and_reads_the_map(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        anna = await server.member("anna")
        far = [await server.member(f"far-{encoding}", encoding=encoding) for encoding in BOTH]
        await far[0].ask("watch", box={"south": 59.30, "west": 18.00, "north": 59.35, "east": 18.10})
        await far[1].ask("follow", name="home", circle={"lat": HERE[0], "lon": HERE[1], "radius_m": 300})
        raised = await anna.ask(
            "alert", level="yellow", kind="warn", lat=HERE[0], lon=HERE[1], public=True, groups=[], headline="Look"
        )
        for phone, why, sounds in zip(far, (["map"], ["area:home"]), (False, True), strict=True):
            told = await phone.hear("alert")
            assert (told["alert"], told["why"], told["signal"]) == (raised["alert"], why, sounds)


async def test_our_client_looks_again_after_coming_back(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, Client(server.url, server.token("bo")) as bo:
        anna = await server.member("anna")
        await bo.watch(VIEW)
        await bo.follow("home", circle=Circle(lat=HERE[0], lon=HERE[1], radius_m=300))
        await bo.follow(
            "shop", polygon=tuple(Corner(lat=HERE[0] + d, lon=HERE[1] + e) for d, e in ((0, 0), (1e-2, 0), (0, 1e-2)))
        )
        assert [area.name for area in (await bo.followed_areas()).areas] == ["home", "shop"]
        await bo.unfollow("shop")
        await bo.unfollow("home")
        raised = await anna.ask("alert", level="info", kind="inform", lat=HERE[0], lon=HERE[1], public=True, groups=[])
        async with asyncio.timeout(10):
            async for event in bo.events():
                if isinstance(event, AlertNews):
                    assert (event.alert, event.why) == (raised["alert"], ("map",))
                    break
        assert [alert.alert for alert in (await bo.read_map(VIEW)).alerts] == [raised["alert"]]
        assert (await bo.find_areas(lat=HERE[0], lon=HERE[1])).areas == ()
        assert bo._view == VIEW
        assert (await bo.watch(None)).durable is False
