"""The reference client and the real server, which dies and is restarted: nothing is lost, nothing comes twice."""

import asyncio
import re
import signal
from pathlib import Path

import pytest

from realtime.arguments import issuer
from realtime.client import Client, Disconnected, Event
from realtime.messages import AlertChange, AlertNews, Drain, Encoding, Live, MembershipNews, MessageNews
from realtime.settings import load
from tests.program import Program

AT = (59.3251, 18.0707)


def port_of(server: Program) -> str:
    found = re.search(r"ws://127\.0\.0\.1:(\d+)/v1", server.until("listening"))
    assert found is not None
    return found[1]


class Ear:
    """Keeps all that a client is told."""

    def __init__(self, client: Client) -> None:
        self._stream = client.events()
        self.events: list[Event] = []

    async def until(self, kind: type) -> None:
        """Listen until something of this type arrives."""
        async with asyncio.timeout(20):
            while not isinstance(event := await anext(self._stream), kind):
                self.events.append(event)
        self.events.append(event)


@pytest.mark.parametrize(("encoding", "number"), [("json", signal.SIGKILL), ("msgpack", signal.SIGTERM)])
async def test_everything_arrives_once_though_the_server_ends(
    tmp_path: Path, encoding: Encoding, number: signal.Signals
) -> None:
    serve = ("serve", "--host", "127.0.0.1", "--data", str(tmp_path))
    with Program(*serve, "--port", "0", SAMVERKAN_SERVER_DRAIN_S="0.2") as first:
        port = port_of(first)
        signer = issuer(load(None, {}, {"server.data": tmp_path}))
        anna, bo = (
            Client(
                f"ws://127.0.0.1:{port}/v1",
                signer.mint(name, world="exercise"),
                encoding=encoding,
                jitter=lambda _: 0.05,
            )
            for name in ("anna", "bo")
        )
        bo.position(*AT)
        ear = Ear(bo)
        async with anna, bo:
            await ear.until(Live)
            made = await anna.create_group("Yard", purpose="To look out", conduct="Be kind")
            assert made.group is not None
            await bo.join(made.group, accepted=True)
            await ear.until(MembershipNews)
            await anna.post_message(made.group, "one")
            red = await anna.raise_alert("red", lat=AT[0], lon=AT[1], groups=(made.group,))
            assert red.alert is not None
            await ear.until(AlertNews)
            first.process.send_signal(number)
            first.process.wait()
            waiting = asyncio.create_task(anna.post_message(made.group, "two"))
            with Program(*serve, "--port", port) as second:
                port_of(second)
                await waiting
                await anna.update_alert(red.alert, state="false_alarm", wrong="It was my brother")
                await anna.post_message(made.group, "three")
                while not isinstance(ear.events[-1], MessageNews) or ear.events[-1].text != "three":
                    await ear.until(MessageNews)  # whoever comes back late gets the correction before the messages
    texts = [event.text for event in ear.events if isinstance(event, MessageNews)]
    assert texts == ["one", "two", "three"]
    copies = [(event.revision, event.tone) for event in ear.events if isinstance(event, AlertNews | AlertChange)]
    assert copies == [(1, None), (2, "all_clear")]
    assert any(isinstance(event, Disconnected) for event in ear.events)
    assert any(isinstance(event, Drain) for event in ear.events) == (number == signal.SIGTERM)
    assert bo.replica.places() == {"me": 1, made.group: 4}
