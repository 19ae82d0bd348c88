"""Who is silent after a red is asked, and sent away to come back; everybody else is left alone."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from realtime.config import Settings
from realtime.delivery.slices import SLICE_S, in_slices
from tests.fakes import FakeClock
from tests.town import HERE, Phone, Town, north, with_settings


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def neighbour(town: Town, user: str, *, is_dead: bool = False, **hello: Any) -> Phone:
    """Somebody here, whom nothing but an alert makes the server ping for a while."""
    phone = town.phone(user, HERE, ping_s=300, **hello)
    phone.connection.is_dead = is_dead
    return phone


def raised(town: Town, level: str = "red", user: str = "anna") -> str:
    """An alert here, of somebody far away, a second after all that was said before."""
    town.pass_time(1)
    author = town.phone(user, north(HERE, 9_000), device="of the author")
    ok = author.ask("alert", level=level, kind="warn", lat=HERE[0], lon=HERE[1], public=True, groups=[])
    return str(ok["alert"])


def test_a_phone_that_is_gone_without_a_word_is_closed_in_ten_seconds(town: Town) -> None:
    bo = neighbour(town, "bo", is_dead=True)
    raised(town)
    town.pass_time(4.9)
    assert bo.connection.pings == 0
    town.pass_time(0.2)
    assert bo.connection.pings == 1
    town.pass_time(4.8)
    assert bo.connection.closed_with is None
    town.pass_time(0.2)
    assert bo.connection.closed_with == 4001


def test_the_phone_comes_back_and_gets_the_alert(town: Town) -> None:
    neighbour(town, "bo", is_dead=True)
    alert = raised(town)
    town.pass_time(11)
    back = town.phone("bo", HERE)
    assert [frame["alert"] for frame in back.all("alert")] == [alert]


def test_who_answers_pings_and_never_acknowledges_is_left_alone(town: Town) -> None:
    bo = neighbour(town, "bo")
    raised(town)
    town.pass_time(60)
    assert (bo.connection.pings, bo.connection.closed_with) == (1, None)


def test_any_word_is_an_answer(town: Town) -> None:
    bo = neighbour(town, "bo", is_dead=True)
    raised(town)
    town.pass_time(7)
    bo.say("position", lat=HERE[0], lon=HERE[1])
    town.pass_time(20)
    assert bo.connection.closed_with is None


def test_a_word_from_before_the_question_is_none(town: Town) -> None:
    bo = neighbour(town, "bo", is_dead=True)
    raised(town)
    town.pass_time(4)
    bo.say("position", lat=HERE[0], lon=HERE[1])
    town.pass_time(6)
    assert bo.connection.closed_with == 4001


def test_who_has_acknowledged_is_not_asked(town: Town) -> None:
    bo, cia = neighbour(town, "bo"), neighbour(town, "cia", is_dead=True)
    alert = raised(town)
    bo.say("ack", alerts=[alert])
    town.pass_time(6)
    cia.say("ack", alerts=[alert])  # asked, and says so meanwhile
    town.pass_time(54)
    assert [(phone.connection.pings, phone.connection.closed_with) for phone in (bo, cia)] == [(0, None), (1, None)]


@pytest.mark.parametrize("level", ["yellow", "info"])
def test_only_a_red_asks(town: Town, level: str) -> None:
    bo = neighbour(town, "bo", is_dead=True)
    raised(town, level)
    town.pass_time(60)
    assert (bo.connection.pings, bo.connection.closed_with) == (0, None)


def test_whose_socket_has_not_taken_the_red_is_not_asked(town: Town) -> None:
    """The outbox has a limit of its own, and the ping would wait in it."""
    bo = neighbour(town, "bo")
    bo.connection.idle = False
    raised(town)
    town.pass_time(30)
    assert (bo.connection.pings, bo.connection.closed_with) == (0, None)


def test_who_walks_in_later_is_not_asked(town: Town) -> None:
    raised(town)
    bo = neighbour(town, "bo", is_dead=True)
    town.pass_time(60)
    assert (bo.connection.pings, bo.connection.closed_with) == (0, None)


def test_the_times_are_settings() -> None:
    town = Town(with_settings(Settings(), connection={"ack_timeout_s": 1.0, "probe_timeout_s": 2.0}))
    bo = neighbour(town, "bo", is_dead=True)
    raised(town)
    town.pass_time(2.9)
    assert (bo.connection.pings, bo.connection.closed_with) == (1, None)
    town.pass_time(0.2)
    assert bo.connection.closed_with == 4001
    town.close()


def test_a_server_that_was_away_itself_gives_everybody_their_time_again(town: Town) -> None:
    """After a pause of the whole machine timers go first, while the answers lie unread in the kernel."""
    bo, cia = neighbour(town, "bo", is_dead=True), neighbour(town, "cia", is_dead=True)
    raised(town)
    town.pass_time(5)
    town.clock.stall(20)
    town.settle()
    assert bo.connection.closed_with is None
    bo.say("position", lat=HERE[0], lon=HERE[1])  # what was unread
    town.pass_time(5.1)
    assert [phone.connection.closed_with for phone in (bo, cia)] == [None, 4001]


def test_a_server_that_was_away_for_the_minute_asks_no_more(town: Town) -> None:
    bo = neighbour(town, "bo", is_dead=True)
    raised(town)
    town.pass_time(5)
    town.clock.stall(58)
    town.pass_time(30)
    assert bo.connection.closed_with is None
    assert town.hubs["real"].receipts._accounts == {}


def test_it_is_counted_who_was_asked_and_who_was_silent(town: Town) -> None:
    for number in range(5):
        neighbour(town, f"user-{number}", is_dead=number < 2)
    raised(town)
    town.pass_time(60)
    receipts = town.hubs["real"].receipts
    assert (receipts.asked, receipts.silent) == (5, 2)


def test_asking_and_closing_very_many_leaves_the_loop_its_turns(town: Town) -> None:
    """Each ping takes a millisecond here: no slice is longer than it may be, but for the last few before a look."""
    phones = [neighbour(town, f"user-{number}", is_dead=number % 2 == 0) for number in range(100)]
    asked_at = []
    for phone in phones:
        ping = phone.connection.ping
        phone.connection.ping = lambda ping=ping: (  # type: ignore[method-assign,misc]
            town.clock.stall(0.001), asked_at.append(town.clock.monotonic()), ping()
        )  # fmt: skip
    raised(town)
    town.clock.advance(5)
    town.settle()
    assert len(asked_at) == 100
    town.pass_time(6)
    assert [phone.connection.closed_with for phone in phones] == [4001, None] * 50


def test_who_acknowledges_while_others_are_being_asked_is_not(town: Town) -> None:
    first, *others = [neighbour(town, f"user-{number}") for number in range(40)]
    alert = raised(town)
    ping = first.connection.ping

    def ping_and_hear_the_others() -> None:
        for phone in others:
            phone.session.received(json.dumps({"type": "ack", "alerts": [alert]}).encode())
        ping()

    first.connection.ping = ping_and_hear_the_others  # type: ignore[method-assign]
    town.pass_time(60)
    assert [phone.connection.pings for phone in (first, *others)] == [1] + [0] * 39


def test_a_slice_ends_when_its_time_is_up_and_the_rest_follows() -> None:
    clock, done, turns, ended = FakeClock(), list[int](), list[int](), list[bool]()

    def act(item: int) -> None:
        clock.stall(SLICE_S / 8)
        done.append(item)
        if item == 5:
            raise RuntimeError("one of them is broken")

    in_slices(clock, range(100), act, lambda: ended.append(True))
    while not ended:
        turns.append(len(done))
        assert len(turns) < 50
        clock.advance(0)
    assert done == list(range(100))
    assert turns[0] == 16
