"""Pictures from one phone to others, over real sockets and HTTP: who gets to see them, and for how long."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient, Response

from realtime.client.asking import Refused
from realtime.client.media import Media
from storage.log import StorageError
from storage.media import FOLDER, MediaFiles
from tests.fakes import FakeClock
from tests.foreign import Premises, a_red, enter, serving
from tests.images import a_picture
from tests.town import HERE

DAY_S = 86_400.0


class Web:
    """HTTP as one member or another."""

    def __init__(self, server: Premises, http: AsyncClient) -> None:
        self._server = server
        self._http = http

    async def send_in(self, who: str, data: bytes = b"", token: str | None = None) -> Response:
        headers = {"Authorization": f"Bearer {token or self._server.token(who)}"}
        return await self._http.post("/v1/media", content=data or a_picture(40, 30), headers=headers)

    async def picture(self, who: str, data: bytes = b"") -> dict[str, Any]:
        answer = await self.send_in(who, data)
        assert answer.status_code == 201, answer.text
        return {"picture": answer.json()["picture"], "shows": "nobody"}

    async def fetch(self, who: str, picture: str, **where: Any) -> int:
        headers = {"Authorization": f"Bearer {self._server.token(who)}"}
        answer = await self._http.get(f"/v1/media/{picture}", params=where, headers=headers)
        if answer.status_code == 200:
            assert answer.content[:2] == b"\xff\xd8"
            assert answer.headers["content-type"] == "image/jpeg"
            assert answer.headers["cache-control"].startswith("private")
        else:
            assert answer.json()["code"] == {403: "suspended"}.get(answer.status_code, "not_found")
        return answer.status_code


@asynccontextmanager
async def opened(folder: Path, clock: FakeClock, **media: int) -> AsyncIterator[tuple[Premises, Web]]:
    async with (
        serving(folder, clock=clock, media=media) as server,
        AsyncClient(base_url=f"http://127.0.0.1:{server.port}", trust_env=False) as http,
    ):
        yield server, Web(server, http)


async def test_only_who_may_see_what_shows_it_may_fetch_it(tmp_path: Path) -> None:
    """F31, R2: in a group, its members; for everybody else there is no such picture."""
    async with opened(tmp_path, FakeClock()) as (server, web):
        anna, bo, _ = [await server.member(name) for name in ("anna", "bo", "eve")]
        room = await server.group(anna, bo)
        image = await web.picture("anna")
        picture = image["picture"]
        said = await anna.made("message", group=room, text="This van", image=image)
        shown = (await bo.hear("message"))["image"]
        assert shown == {"picture": picture, "width": 40, "height": 30}
        seq = said["rooms"][room]
        assert await web.fetch("bo", picture, group=room, seq=seq) == 200
        assert await web.fetch("bo", picture, group=room, seq=seq, size="small") == 200
        assert await web.fetch("anna", picture) == 200
        for who, where in (
            ("eve", {"group": room, "seq": seq}),
            ("bo", {}),
            ("bo", {"group": room, "seq": seq + 1}),
            ("bo", {"group": room}),
            ("bo", {"alert": said["message"]}),
        ):
            assert await web.fetch(who, picture, **where) == 404, (who, where)
        assert await web.fetch("bo", "0" * 32, group=room, seq=seq) == 404
        await bo.made("leave", group=room)
        assert await web.fetch("bo", picture, group=room, seq=seq) == 404


async def test_what_is_taken_back_is_gone_from_the_disk(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeClock()) as (server, web):
        anna, bo = await server.member("anna"), await server.member("bo")
        room = await server.group(anna, bo)
        image = await web.picture("anna")
        said = await anna.made("message", group=room, image=image)
        again = await anna.made("message", group=room, text="The same", image=image)
        for answer, left in ((said, 2), (again, 0)):
            seq = answer["rooms"][room]
            await anna.made("revise", group=room, seq=seq, removed=True)
            assert await web.fetch("bo", image["picture"], group=room, seq=seq) == 404
            await server.app.door.remove_gone()
            assert len(list((tmp_path / FOLDER).glob("*/*"))) == left
        removed = bo.all("message")[-1]
        assert removed["removed"]
        assert "image" not in removed


async def test_two_removals_at_once_and_one_that_fails_leave_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path, FakeClock()) as (server, web):
        anna = await server.member("anna")
        room = await server.group(anna)
        for colour in ("green", "red", "blue"):
            image = await web.picture("anna", a_picture(30, 30, colour=colour))
            said = await anna.made("message", group=room, image=image)
            await anna.made("revise", group=room, seq=said["rooms"][room], removed=True)
        door = server.app.door

        def full(self: MediaFiles, name: str) -> None:
            raise StorageError("it cannot be removed")

        with monkeypatch.context() as patch:
            patch.setattr(MediaFiles, "drop", full)
            with pytest.raises(StorageError):
                await door.remove_gone()
        await asyncio.gather(door.remove_gone(), door.remove_gone())
        assert list((tmp_path / FOLDER).glob("*/*")) == []


async def test_a_public_alert_shows_its_picture_to_anybody_until_it_is_corrected(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeClock()) as (server, web):
        anna, bo = await server.member("anna"), await server.member("bo", HERE)
        image = await web.picture("anna")
        alert = (await anna.made("alert", **a_red(HERE), image=image))["alert"]
        assert (await bo.hear("alert"))["image"]["picture"] == image["picture"]
        assert await web.fetch("eve", image["picture"], alert=alert) == 200
        await anna.made("update", alert=alert, wrong="the wrong van")
        assert "image" not in await bo.hear("update")
        assert await web.fetch("eve", image["picture"], alert=alert) == 404
        assert await web.fetch("anna", image["picture"]) == 404


async def test_what_nobody_shows_goes_after_a_day_and_what_is_shown_with_what_shows_it(tmp_path: Path) -> None:
    clock = FakeClock()
    async with opened(tmp_path, clock) as (server, web):
        anna = await server.member("anna")
        room = await server.group(anna)
        shown, unshown = await web.picture("anna"), await web.picture("anna", a_picture(30, 30))
        await anna.made("message", group=room, image=shown)
        for days, left in ((0.9, 2), (1.1, 1), (89.0, 1), (400.0, 0)):
            await server.app.door.tidy(clock.now() + days * DAY_S)  # moving the clock there would run every timer
            await server.app.writer.finish()
            await server.app.door.remove_gone()
            assert len(list((tmp_path / FOLDER).glob("*/*"))) == 2 * left, days
        assert unshown["picture"] != shown["picture"]


async def test_what_cannot_be_taken_is_refused_with_a_reason(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeClock(), max_bytes=100_000, uploads_per_hour=5) as (_, web):
        answers = [
            (await web.send_in("anna", b"no picture at all"), 422, "not_a_picture"),
            (await web.send_in("anna", bytes(100_001)), 413, "not_a_picture"),
            (await web.send_in("anna", token="forged"), 401, "token"),
            (await web._http.post("/v1/media", content=b"x"), 401, "token"),
            (await web._http.get("/v1/media/../../etc/passwd"), 404, None),
        ]
        for answer, status, code in answers:
            assert answer.status_code == status, answer.text
            assert code is None or answer.json()["code"] == code
        for _ in range(2):
            await web.picture("anna")  # the same one: nothing is added, and it counts as a damaged one does
        await web.picture("anna", a_picture(30, 30))
        refused = await web.send_in("anna", a_picture(20, 20))
        assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
        assert 0 < int(refused.headers["retry-after"]) <= 3_601
        await web.picture("bo")


async def test_somebody_else_s_picture_cannot_be_shown(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeClock()) as (server, web):
        anna, eve = await server.member("anna"), await server.member("eve")
        room = await server.group(anna, eve)
        image = await web.picture("anna")
        assert (await eve.ask("message", group=room, image=image))["code"] == "not_found"
        assert (await eve.ask("alert", **a_red(HERE), image=image))["code"] == "not_found"
        people = {**image, "shows": "people"}
        assert (await anna.ask("message", group=room, image=people))["code"] == "person_shown"
        assert (await anna.ask("message", group=room))["code"] == "invalid"


async def test_pictures_survive_a_restart_and_stay_in_their_world(tmp_path: Path) -> None:
    clock = FakeClock()
    async with opened(tmp_path, clock) as (server, web):
        anna = await server.member("anna")
        room = await server.group(anna)
        image = await web.picture("anna")
        seq = (await anna.made("message", group=room, image=image))["rooms"][room]
    async with opened(tmp_path, clock) as (server, web):
        assert await web.fetch("anna", image["picture"], group=room, seq=seq) == 200
        drill = {"Authorization": f"Bearer {server.token('anna', world='exercise')}"}
        answer = await web._http.get(f"/v1/media/{image['picture']}", headers=drill)
        assert answer.status_code == 404


async def test_our_own_client_sends_in_and_fetches(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeClock()) as (server, _):
        anna, bo = await server.member("anna"), await server.member("bo")
        room = await server.group(anna, bo)
        mine, theirs = (Media(server.url, server.token(who)) for who in ("anna", "bo"))
        picture = await mine.send_in(a_picture(3_000, 1_500))
        assert (picture.width, picture.height) == (1_600, 800)
        said = await anna.made("message", group=room, image={"picture": picture.picture, "shows": "nobody"})
        large = await theirs.fetch(picture.picture, group=room, seq=said["rooms"][room])
        small = await theirs.fetch(picture.picture, group=room, seq=said["rooms"][room], small=True)
        assert len(large) > len(small) > 300
        with pytest.raises(Refused, match="no such picture"):
            await theirs.fetch(picture.picture)
        with pytest.raises(Refused, match="no JPEG"):
            await mine.send_in(b"not one")


async def test_one_person_does_not_take_all_the_places(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeClock(), at_once=2) as (server, web):
        head = f"POST /v1/media HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {server.token('eve')}\r\n"
        held = []
        for _ in range(3):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(head.encode() + b"content-length: 1000000\r\n\r\nx")
            held.append((reader, writer))
        for reader, _ in held[1:]:
            assert (await reader.readline()).startswith(b"HTTP/1.1 503")
        await web.picture("anna")
        for _, writer in held:
            writer.close()


async def test_a_picture_sent_in_again_outlives_the_removal_of_the_first(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeClock()) as (server, web):
        anna = await server.member("anna")
        room = await server.group(anna)
        said = await anna.made("message", group=room, image=await web.picture("anna"))
        await anna.made("revise", group=room, seq=said["rooms"][room], removed=True)
        door = server.app.door
        keep = door._walls["real"].pictures.keep

        async def keep_after_removal(*given: Any) -> Any:
            await door.remove_gone()
            return await keep(*given)

        door._walls["real"].pictures.keep = keep_after_removal  # type: ignore[method-assign]
        image = await web.picture("anna")
        assert await web.fetch("anna", image["picture"]) == 200


async def test_people_are_shown_to_an_organisation_in_private_until_it_is_removed(tmp_path: Path) -> None:
    """R2, R3: nowhere else; the owner removes what is reported there, its picture too."""
    async with opened(tmp_path, FakeClock()) as (server, web):
        anna, stina, _ = [await server.member(name) for name in ("anna", "stina", "eve")]
        owner = server.keep(await enter(server.url, server.token("olga", role="owner"), None))
        area = {"lat": HERE[0], "lon": HERE[1], "radius_m": 1_000}
        await owner.made("set_organisation", organisation="polisen", name="Polisen", sector="police", area=area)
        await owner.made("set_staff", organisation="polisen", user="stina", standing="staff")
        thread = (await anna.made("write_to", organisation="polisen", kind="tip", text="These two"))["group"]
        image = {**await web.picture("anna"), "shows": "people"}
        seq = (await anna.made("message", group=thread, image=image))["rooms"][thread]
        assert await web.fetch("stina", image["picture"], group=thread, seq=seq) == 200
        assert await web.fetch("eve", image["picture"], group=thread, seq=seq) == 404
        report = (await stina.made("report", group=thread, seq=seq, category="tone"))["report"]
        await owner.made("resolve", report=report, action="hide", reason="Being looked at")
        assert await web.fetch("stina", image["picture"], group=thread, seq=seq) == 404
        await owner.made("moderate", group=thread, seq=seq, action="show", reason="Well meant")
        assert await web.fetch("stina", image["picture"], group=thread, seq=seq) == 200
        await owner.made("moderate", group=thread, seq=seq, action="remove", reason="tone")
        assert await web.fetch("stina", image["picture"], group=thread, seq=seq) == 404
        await server.app.door.remove_gone()
        assert list((tmp_path / FOLDER).glob("*/*")) == []


async def test_who_is_suspended_neither_sends_in_nor_fetches(tmp_path: Path) -> None:
    async with opened(tmp_path, FakeClock()) as (server, web):
        image = await web.picture("anna")
        owner = server.keep(await enter(server.url, server.token("olga", role="owner"), None))
        await owner.made("suspend", user="anna", reason="threats")
        answer = await web.send_in("anna")
        assert (answer.status_code, answer.json()["code"]) == (403, "suspended")
        assert await web.fetch("anna", image["picture"]) == 403
