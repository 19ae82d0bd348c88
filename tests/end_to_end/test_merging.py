"""Two neighbours press red for the same thing, over real sockets, one of them with our client."""

from pathlib import Path

import pytest

from realtime.client import Client
from realtime.messages import Encoding
from tests.foreign import BOTH, a_red, serving

AT = (59.3251, 18.0711)


@pytest.mark.parametrize("encoding", BOTH)
async def test_two_reds_of_the_same_thing_sound_once_and_go_on_as_one(encoding: Encoding, tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        anna, near = await server.member("anna"), await server.member("near", AT, encoding=encoding)
        first = (await anna.made("alert", **a_red(AT)))["alert"]
        assert (await near.hear("alert"))["signal"]
        async with Client(server.url, server.token("bo")) as bo:
            ok = await bo.raise_alert("red", "warn", lat=AT[0], lon=AT[1])
            assert ok.same_as == (first,)
            assert ok.alert is not None
            second = await near.hear("alert")
            assert (second["alert"], second["signal"]) == (ok.alert, False)
            merged = await bo.merge_alert(ok.alert, first)
        assert (merged.alert, merged.revision) == (ok.alert, 2)
        told = await near.hear("update")
        assert (told["alert"], told["state"], told["merged_into"], told["signal"]) == (ok.alert, "closed", first, False)
        await anna.made("update", alert=first, state="false_alarm")
        end = await near.hear("update")
        assert (end["alert"], end["signal"], end["tone"]) == (first, True, "all_clear")
