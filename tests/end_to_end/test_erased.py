"""An account that is erased: at once cut off and gone for others, and before long in no byte of the data folder."""

import asyncio
from pathlib import Path

import pytest
from httpx import AsyncClient

from realtime.client import Client, Stopped
from realtime.client.wishes import Wishes
from realtime.messages import Encoding
from storage.media import FOLDER
from storage.sql import SqlStore
from storage.sqlite import DATABASE
from storage.verifying import verify
from tests.foreign import BOTH, PATIENCE_S, Premises, a_red, enter, serving
from tests.images import a_picture

AT = (59.3251, 18.0711)
TRACES = (b"zelda", b"Zelda", b"SECRET")


def traces(folder: Path) -> list[tuple[str, bytes]]:
    """What of her is in which file."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [(path.name, trace) for path in files for trace in TRACES if trace in path.read_bytes()]


async def sent_in(server: Premises) -> str:
    async with AsyncClient(base_url=f"http://127.0.0.1:{server.port}", trust_env=False) as http:
        headers = {"Authorization": f"Bearer {server.token('zelda')}"}
        answer = await http.post("/v1/media", content=a_picture(40, 30), headers=headers)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["picture"])


@pytest.mark.parametrize("encoding", BOTH)
async def test_not_a_byte_is_left_and_others_are_told(
    encoding: Encoding, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.app._SCRUB_S", 0.05)
    scrubbed = asyncio.Event()
    scrub = SqlStore.scrub

    async def noticed(store: SqlStore) -> None:
        await scrub(store)
        scrubbed.set()

    monkeypatch.setattr(SqlStore, "scrub", noticed)
    async with serving(tmp_path) as server:
        zelda = await server.member("zelda", AT, encoding=encoding)
        anna, bo = await server.member("anna", AT), await server.member("bo")
        group = await server.group(zelda, anna, bo)
        said = await zelda.made("message", group=group, text="SECRET words")
        await bo.hear("message")
        place = {group: said["rooms"][group]}
        await bo.hang_up()
        picture = await sent_in(server)
        await zelda.made("message", group=group, text="SECRET view", image={"picture": picture, "shows": "nobody"})
        assert any((tmp_path / FOLDER).rglob("*.*"))
        raised = await zelda.made("alert", **a_red(AT, headline="SECRET headline"))
        await zelda.made("consent", purpose="survey", given=True, version="SECRET terms")
        await zelda.made("follow", name="SECRET home", circle={"lat": AT[0], "lon": AT[1], "radius_m": 500})
        await anna.made("message", group=group, text="stays")
        await anna.hear("alert")
        assert traces(tmp_path)

        await zelda.made("erase_account", confirm=True)
        assert await zelda.closed() == 4505
        end = await anna.hear("update")
        assert (end["alert"], end["state"], end["tone"]) == (raised["alert"], "closed", "all_clear")
        assert "headline" not in end
        await anna.until(lambda: any(frame.get("removed") for frame in anna.all("message")))
        gone = next(frame for frame in anna.all("message") if frame.get("removed"))
        assert (gone["revises"], gone.get("text"), "name" in gone["author"]) == (said["rooms"][group], None, False)
        async with asyncio.timeout(PATIENCE_S):
            while traces(tmp_path) or any(path.is_file() for path in (tmp_path / FOLDER).rglob("*")):
                scrubbed.clear()
                await scrubbed.wait()
        assert verify(tmp_path / DATABASE, lambda *_: None).broken == []
        back = await server.member("bo", rooms=place)  # who was away learns what he holds and must not
        told = [frame for frame in back.all("message") if frame.get("removed")]
        assert said["rooms"][group] in [frame.get("revises") for frame in told]
        page = await back.ask("history", room=group, limit=20)
        assert not any(trace.decode() in str(page) for trace in TRACES)
    async with serving(tmp_path) as server:
        anna = await server.member("anna", AT, holds=[{"alert": raised["alert"], "revision": 1}])
        assert [frame["state"] for frame in anna.all("update")] == ["closed"]
        new = await server.member("zelda")
        assert list(new.all("welcome")[0]["rooms"]) == ["me"]
    assert verify(tmp_path / DATABASE, lambda *_: None).broken == []


async def test_our_client_erases_and_stays_away(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, Client(server.url, server.token("zelda")) as zelda:
        mine = Wishes(zelda)
        await mine.prefer(levels=("red",))
        assert [item["levels"] for item in await mine.export() if item.get("holds") == "preference"] == [["red"]]
        assert (await mine.erase()).durable
        with pytest.raises(Stopped) as stopped:
            async for _ in zelda.events():
                pass
        assert stopped.value.code == 4505
        olle = server.keep(await enter(server.url, server.token("olle", role="owner")))
        assert [line["what"] for line in (await olle.ask("audit"))["lines"]] == ["erasure"]
