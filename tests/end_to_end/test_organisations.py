"""An organisation over real sockets: our client runs it, other people's clients write to it, across a restart."""

from pathlib import Path

import pytest

from realtime.client import Client, Refused
from realtime.messages import Area, MessageNews
from tests.foreign import enter, serving

AT = (59.3251, 18.0711)
AREA = Area(lat=AT[0], lon=AT[1], radius_m=2_000)


async def test_a_tip_is_between_two_and_a_role_ends_on_an_open_connection(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        anna, eve = await server.member("anna", AT), await server.member("eve", AT)
        stina, bo = await server.member("stina", AT), await server.member("bo", AT)
        shops = await server.group(bo, anna, stina)
        async with (
            Client(server.url, server.token("olga", role="owner")) as olga,
            Client(server.url, server.token("karin")) as karin,  # the chief
            Client(server.url, server.token("nils")) as nils,
        ):
            await olga.set_organisation("norrmalm", "Polisen Norrmalm", "police", AREA, about="Write to us.")
            await olga.set_staff("norrmalm", "karin", "chief")
            await karin.set_staff("norrmalm", "stina", "staff")
            await karin.grant_role("stina", "police", organisation="norrmalm")
            (seen,) = (await nils.organisations(*AT)).organisations
            assert (seen.name, seen.about) == ("Polisen Norrmalm", "Write to us.")

            thread = (await nils.write_to("norrmalm", "tip", "A white van", anonymous=True)).group
            assert thread is not None
            assert (await _next(nils)).text == "A white van"  # all of one's devices have what one has said
            tip = await stina.hear("message")
            assert (tip["text"], tip["group"]) == ("A white van", thread)
            assert "nils" not in str(tip).lower()
            await karin.assign(thread, "stina")
            await stina.made("message", group=thread, text="Which way?")
            assert [card.assigned for card in (await karin.threads("norrmalm")).threads] == ["stina"]
            answer = await _next(nils)
            assert (answer.text, answer.verified_role) == ("Which way?", "police")

            await bo.made("let_in", group=shops, organisation="norrmalm")
            await karin.inform("norrmalm", "We are here", public=False, groups=[shops])
            assert (await anna.hear("alert"))["headline"] == "We are here"

            await stina.made("message", group=shops, text="I am on my way")
            assert (await anna.hear("message"))["verified_role"] == "police"
            await karin.revoke_role("stina", "police", organisation="norrmalm")
            await stina.made("message", group=shops, text="I am off duty")
            assert "verified_role" not in await anna.hear("message")
            await karin.set_staff("norrmalm", "stina", "none")
            assert (await stina.ask("message", group=thread, text="And now?"))["code"] == "not_found"

            await karin.close_thread(thread)
            with pytest.raises(Refused, match="closed"):
                await nils.post_message(thread, "Are you there?")
            await karin.reopen_thread(thread)
            await nils.post_message(thread, "It went south")
        await eve.settled()
        assert "van" not in str(eve.frames)
    async with serving(tmp_path) as server:
        back = server.keep(await enter(server.url, server.token("karin"), None))
        page = await back.ask("history", room=thread, limit=10)
        assert [each.get("text") for each in page["events"]] == ["A white van", "Which way?", "It went south"]
        for outsider in ("eve", "stina"):
            away = server.keep(await enter(server.url, server.token(outsider), None))
            assert (await away.ask("history", room=thread, limit=10))["code"] == "not_found"


async def _next(client: Client) -> MessageNews:
    """The next message in a room."""
    async for event in client.events():
        if isinstance(event, MessageNews):
            return event
    raise AssertionError("the client has ended")
