"""The reference client against a scripted server: what it asks for, and what it does with the answers."""

import asyncio

import pytest

from realtime import messages
from realtime.client import Client, Refused
from realtime.errors import CloseCode
from realtime.messages import (
    Ack,
    Heartbeat,
    Hello,
    Live,
    MessageNews,
    Ok,
    Position,
    PostMessage,
    RaiseAlert,
    ReadHistory,
    Welcome,
)
from tests.client.scripted import LIMITS, Dial, Script, alert, begin, chat, come_back
from tests.fakes import FakeClock


async def test_a_request_is_sent_again_with_the_same_id_until_it_is_answered(
    script: Script, dial: Dial, clock: FakeClock
) -> None:
    client = dial()
    peer, ear = await begin(script, client)
    asked = asyncio.create_task(client.raise_alert("red", lat=59.3, lon=18.0, groups=("g",)))
    first = await peer.hear()
    await peer.socket.close(CloseCode.INTERNAL)
    peer, _ = await come_back(script, ear, clock)
    await peer.greet()
    again = await peer.hear()
    assert isinstance(first, RaiseAlert)
    assert first == again
    await peer.say(Ok(id=str(first.id), durable=True, alert="mine", revision=1, rooms={"g": 1}))
    assert (await asked).alert == "mine"
    assert client.replica.places() == {"me": 0, "g": 1}  # what it sent is nothing to replay
    assert [held.alert for held in client.replica.held(clock.now())] == ["mine"]


async def test_requests_wait_while_disconnected_and_of_positions_the_last(
    script: Script, dial: Dial, clock: FakeClock
) -> None:
    client = dial()
    peer, ear = await begin(script, client)
    await peer.socket.close(CloseCode.SLOW)
    lost = await ear()
    client.position(1, 1)
    client.position(2, 2)
    asked = asyncio.create_task(client.post_message("g", "hello"))
    clock.advance(lost.retry_in_s)
    peer = await script.peer()
    hello = await peer.greet()
    assert hello.position is not None
    assert hello.position.lat == 2
    posted = await peer.hear()
    assert isinstance(posted, PostMessage)
    client.position(3, 3)
    assert await peer.hear() == Position(lat=3, lon=3)  # and nothing of 1 and 2
    await peer.say(Ok(id=str(posted.id), durable=True, message="m"))
    assert (await asked).message == "m"


async def test_an_error_is_raised_where_it_was_caused(script: Script, dial: Dial) -> None:
    client = dial()
    peer, _ = await begin(script, client)
    asked = asyncio.create_task(client.raise_alert("red", lat=59.3, lon=18.0, radius_m=9_999))
    request = await peer.hear()
    await peer.say(
        messages.Refused(
            id=request.id, code="rate_limited", message="wait", field="level", retry_after_s=60, offer="yellow"
        )
    )
    with pytest.raises(Refused, match="wait") as refused:
        await asked
    error = refused.value
    assert (error.code, error.field, error.retry_after_s, error.offer) == ("rate_limited", "level", 60, "yellow")


async def test_an_error_that_answers_nothing_is_an_event(script: Script, dial: Dial) -> None:
    peer, ear = await begin(script, dial())
    await peer.say(messages.Refused(code="invalid", message="too far", field="accuracy_m"))
    assert isinstance(await ear(), messages.Refused)


async def test_history_is_answered_with_a_page(script: Script, dial: Dial) -> None:
    client = dial()
    peer, _ = await begin(script, client)
    asked = asyncio.create_task(client.history("g", limit=2))
    request = await peer.hear()
    assert isinstance(request, ReadHistory)
    await peer.say(messages.HistoryPage(id=str(request.id), room="g", events=(chat(1), chat(2)), more=False))
    assert len((await asked).events) == 2
    assert client.replica.delivered == 0  # pages are no deliveries


async def test_a_hello_that_is_too_much_is_said_again_with_less(script: Script, dial: Dial, clock: FakeClock) -> None:
    peer, ear = await begin(script, dial())
    await peer.say(*(alert(alert=f"a{number}") for number in range(8)), Live(rooms={}))
    while not isinstance(await ear(), Live):
        pass
    await peer.socket.close(CloseCode.SLOW)
    peer, _ = await come_back(script, ear, clock)
    hello = await peer.hear()
    assert isinstance(hello, Hello)
    assert len(hello.holds) == 8
    await peer.say(messages.Refused(code="too_many", message="too many", field="holds"))
    assert len((await peer.greet()).holds) == 4
    assert isinstance(await ear(), Welcome)


async def test_a_withdrawn_position_is_withdrawn_again_after_a_reconnect(
    script: Script, dial: Dial, clock: FakeClock
) -> None:
    client = dial()
    client.position(1, 1)
    peer, ear = await begin(script, client)
    client.withdraw_position()
    assert await peer.hear() == Position(withdraw=True)
    await peer.socket.close(CloseCode.SLOW)
    peer, _ = await come_back(script, ear, clock)
    assert (await peer.greet()).position is None
    assert await peer.hear() == Position(withdraw=True)


async def test_a_position_is_renewed_without_coordinates_and_said_whole_if_it_is_gone(
    script: Script, dial: Dial, clock: FakeClock
) -> None:
    client = dial()
    client.position(1, 1)
    peer, _ = await begin(script, client)
    clock.advance(LIMITS.position_ttl_s / 3)
    assert await peer.hear() == Position(renew=True)
    await peer.say(messages.Refused(code="no_position", message="nothing to renew"))
    assert await peer.hear() == Position(lat=1, lon=1, age_s=1_200)


async def test_what_is_shown_is_acknowledged_at_once_and_then_together(
    script: Script, dial: Dial, clock: FakeClock
) -> None:
    client = dial()
    peer, ear = await begin(script, client)
    await peer.say(alert())
    client.shown((await ear()).alert)
    assert await peer.hear() == Ack(alerts=("a1",), delivered=1)
    for name in ("a", "b", "a"):
        client.shown(name)
    client.position(1, 1)
    assert isinstance(await peer.hear(), Position)
    client.withdraw_position()
    assert isinstance(await peer.hear(), Position)  # and nothing of those yet
    clock.advance(1)
    assert await peer.hear() == Ack(alerts=("a", "b"), delivered=1)
    clock.advance(1)
    client.shown("c")
    assert await peer.hear() == Ack(alerts=("c",), delivered=1)


async def test_one_message_acknowledges_no_more_than_it_may(script: Script, dial: Dial, clock: FakeClock) -> None:
    client = dial()
    peer, _ = await begin(script, client)
    for number in range(301):
        client.shown(f"a{number}")
    assert await peer.hear() == Ack(alerts=tuple(f"a{number}" for number in range(300)), delivered=0)
    clock.advance(1)
    assert await peer.hear() == Ack(alerts=("a300",), delivered=0)


async def test_what_could_not_be_acknowledged_is_when_it_is_back(script: Script, dial: Dial, clock: FakeClock) -> None:
    client = dial()
    peer, ear = await begin(script, client)
    await peer.socket.close(CloseCode.SLOW)
    lost = await ear()
    client.shown("a")
    clock.advance(lost.retry_in_s)
    peer = await script.peer()
    await peer.greet()
    assert await peer.hear() == Ack(alerts=("a",), delivered=0)


async def test_the_count_is_said_now_and_then_though_nothing_is_shown(
    script: Script, dial: Dial, clock: FakeClock
) -> None:
    client = dial()
    peer, ear = await begin(script, client)
    await peer.say(chat(1), Heartbeat(delivered=1), Live(rooms={}))
    assert isinstance(await ear(), MessageNews)
    assert isinstance(await ear(), Live)
    clock.advance(120)
    await peer.say(Heartbeat(delivered=1), Heartbeat(delivered=1))
    assert await peer.hear() == Ack(delivered=1)
    clock.advance(60)
    await peer.say(Heartbeat(delivered=1), Live(rooms={}))
    assert isinstance(await ear(), Live)
    client.withdraw_position()
    assert isinstance(await peer.hear(), Position)  # and not the count again


def test_a_place_outside_of_the_world_is_refused_before_it_is_said() -> None:
    with pytest.raises(ValueError, match="no latitude"):
        Client("ws://127.0.0.1:1/v1", "token").position(91, 0)
