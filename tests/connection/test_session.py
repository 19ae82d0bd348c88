"""One client from hello to close."""

from collections.abc import Iterator

import pytest

from realtime.config import Settings
from realtime.frames import Frames
from realtime.lanes import Lane
from realtime.messages import Stored
from tests.town import HERE, Phone, Town, kinds, with_settings


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def test_a_client_that_answers_no_ping_is_closed_as_silent(town: Town) -> None:
    anna = town.phone("anna")
    town.pass_time(120)
    assert anna.connection.closed_with is None
    assert anna.connection.pings >= 4
    anna.connection.is_dead = True
    town.pass_time(25 + 20 + 10)
    assert anna.connection.closed_with == 4001


def test_the_ping_interval_is_the_clients_wish_within_bounds(town: Town) -> None:
    for wish, agreed in ((60, 60), (1, 5), (3_600, 300)):
        phone = town.phone("anna", device=str(wish), ping_s=wish)
        assert phone.all("welcome")[0]["limits"]["ping_s"] == agreed
    slow = town.phone("bo", ping_s=300)
    town.pass_time(200)
    assert slow.connection.pings == 0


def test_a_heartbeat_comes_with_every_ping(town: Town) -> None:
    anna = town.phone("anna")
    town.pass_time(61)
    assert len(anna.all("heartbeat")) == anna.connection.pings == 2


def test_who_does_not_say_hello_in_time_is_closed(town: Town) -> None:
    quiet = Phone(town, "quiet", "phone")
    town.pass_time(9)
    assert quiet.connection.closed_with is None
    town.pass_time(10)
    assert quiet.connection.closed_with == 4003


def test_nothing_but_hello_is_heard_before_hello(town: Town) -> None:
    phone = Phone(town, "anna", "phone")
    phone.say("position", id="1", lat=0, lon=0)
    assert phone.all("error") == [
        {
            "type": "error",
            "id": "1",
            "code": "hello_first",
            "message": "say hello first: who you are, and what you have",
        }
    ]
    phone.say("hello", token="real/anna", device="phone")
    assert kinds(phone.connection.frames) == ["error", "welcome", "live"]


def test_hello_is_said_once(town: Town) -> None:
    anna = town.phone("anna")
    assert anna.ask("hello", token="real/bo", device="phone")["code"] == "already_greeted"


def test_a_refused_token_closes_with_the_reason(town: Town) -> None:
    eve = town.phone("eve", as_="nowhere/{}")
    assert [error["code"] for error in eve.all("error")] == ["token"]
    assert eve.connection.closed_with == 4501


def test_of_a_frame_that_the_kernel_has_in_part_the_rest_is_sent(town: Town) -> None:
    anna, frames, sent = town.phone("anna"), Frames(Stored(alert="a", revision=1, rooms={})), list[bytes]()
    anna.connection.send = lambda frame, lane: sent.append(frame) or True  # type: ignore[method-assign,func-returns-value]
    for taken in (0, 5):
        assert anna.session.deliver(frames, Lane.RED, taken)
    assert sent == [frames["json"], frames["json"][5:]]
    assert anna.session.delivered == 2


def test_a_token_that_runs_out_closes_the_connection(town: Town) -> None:
    anna = town.phone("anna", as_="real/{}/member/brief")
    town.pass_time(55)
    assert anna.connection.closed_with is None
    town.pass_time(10)
    assert anna.connection.closed_with == 4501


@pytest.mark.parametrize("field", ["rooms", "holds"])
def test_a_hello_with_too_much_may_be_said_again(town: Town, field: str) -> None:
    phone = Phone(town, "anna", "phone")
    much = {
        "rooms": {f"room-{number}": 0 for number in range(301)},
        "holds": [{"alert": f"alert-{number}", "revision": 1} for number in range(301)],
    }
    assert phone.ask("hello", token="real/anna", device="d", **{field: much[field]})["code"] == "too_many"
    assert phone.all("error")[0]["field"] == field
    assert phone.ask("hello", token="real/anna", device="d")["type"] == "welcome"


def test_a_hello_above_64_kib_is_too_many(town: Town) -> None:
    phone = Phone(town, "anna", "phone")
    holds = [{"alert": f"alert-{number}", "revision": 1} for number in range(300)]
    answer = phone.ask("hello", token="real/anna", device="d", holds=holds, padding="x" * 60_000)
    assert (answer["code"], answer["field"]) == ("too_many", "holds")


def test_who_says_too_much_is_told_to_slow_down_and_stays(town: Town) -> None:
    anna = town.phone("anna", HERE)
    for _ in range(80):
        anna.say("position", id="p", renew=True)
    refused = anna.all("error")
    assert refused
    assert {error["code"] for error in refused} == {"rate_limited"}
    assert refused[0]["retry_after_s"] > 0
    town.pass_time(5)
    assert anna.ask("position", renew=True)["type"] == "ok"


def test_a_flood_of_wrong_messages_is_slowed_down_too(town: Town) -> None:
    anna = town.phone("anna")
    for _ in range(80):
        anna.say("shout", id="s")
    assert {error["code"] for error in anna.all("error")} == {"unknown_type", "rate_limited"}


def test_a_wrong_message_names_the_field_and_the_connection_lives_on(town: Town) -> None:
    anna = town.phone("anna")
    wrong = anna.ask("position", lat=91, lon=0)
    assert (wrong["code"], wrong["field"]) == ("invalid", "lat")
    assert anna.ask("shout")["code"] == "unknown_type"
    assert anna.ask("message", group="g")["field"] == "text"
    assert anna.ask("ping")["type"] == "ok"


def test_garbage_closes_the_connection(town: Town) -> None:
    anna = town.phone("anna")
    town.on_loop(anna.session.received, b"\x00\x01")
    assert anna.connection.closed_with == 4503


def test_a_full_server_admits_nobody_more() -> None:
    town = Town(with_settings(Settings(), server={"max_connections": 2}))
    first = town.phone("anna")
    assert town.sessions.wait_s() is None
    town.phone("bo")
    assert town.sessions.wait_s() is not None
    first.hang_up()
    assert town.sessions.wait_s() is None
    town.close()


def test_the_oldest_unsent_red_is_that_of_the_slowest_client(town: Town) -> None:
    anna, bo, _ = (town.phone(user) for user in ("anna", "bo", "cia"))
    assert town.sessions.oldest_unsent_red_s() is None
    anna.connection.red_since = town.clock.monotonic() - 3.0
    bo.connection.red_since = town.clock.monotonic() - 7.0
    assert town.sessions.oldest_unsent_red_s() == 7.0


def test_a_drain_says_when_to_come_back_and_closes(town: Town) -> None:
    phones = [town.phone(f"user-{number}") for number in range(20)]
    town.run(town.sessions.drain(within_s=1.0))
    delays = [phone.all("drain")[0]["reconnect_after_s"] for phone in phones]
    assert {phone.connection.closed_with for phone in phones} == {4002}
    assert len(set(delays)) > 10
    assert all(2.0 <= delay <= 4.0 for delay in delays)
    assert town.sessions.wait_s() is not None
