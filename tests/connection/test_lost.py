"""What is lost in silence: a client says how many frames have arrived, and is held to what it was told."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.connection.told import Told
from tests.town import HERE, Phone, Town

PATIENCE_S = 45.0  # a ping, and the time for its answer


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def yellow(town: Town) -> str:
    author = town.phone("author", device=town.new_id())
    asked = {"level": "yellow", "kind": "warn", "lat": HERE[0], "lon": HERE[1], "public": True, "groups": []}
    return str(author.ask("alert", **asked)["alert"])


def told(phone: Phone) -> int:
    """Ask for a heartbeat; the count in it."""
    phone.say("ping")
    return int(phone.all("heartbeat")[-1]["delivered"])


def test_fewer_than_a_heartbeat_said_is_a_loss(town: Town) -> None:
    bo = town.phone("bo", HERE)
    yellow(town)
    assert told(bo) == 1
    town.pass_time(PATIENCE_S)
    bo.say("ack", delivered=0)
    assert bo.connection.closed_with == 4005


def test_all_that_was_said_is_none(town: Town) -> None:
    bo = town.phone("bo", HERE)
    yellow(town)
    told(bo)
    yellow(town)
    town.pass_time(PATIENCE_S)
    for count in (1, 2):
        assert bo.ask("ack", delivered=count)["type"] == "ok"


def test_an_ack_that_crosses_a_heartbeat_is_none(town: Town) -> None:
    bo = town.phone("bo", HERE)
    yellow(town)
    told(bo)
    town.pass_time(PATIENCE_S - 0.1)
    assert bo.ask("ack", delivered=0)["type"] == "ok"


def test_before_any_heartbeat_nothing_is_owed(town: Town) -> None:
    bo = town.phone("bo", HERE)
    yellow(town)
    town.pass_time(20)
    assert bo.ask("ack", delivered=0)["type"] == "ok"


def test_the_same_loss_is_found_however_often_the_client_asks(town: Town) -> None:
    bo = town.phone("bo", HERE)
    yellow(town)
    for _ in range(50):
        assert told(bo) == 1
        town.pass_time(1)
    bo.say("ack", delivered=0)
    assert bo.connection.closed_with == 4005


def test_more_than_was_sent_is_wrong_and_nothing_of_it_counts(town: Town) -> None:
    bo = town.phone("bo", HERE)
    alert = yellow(town)
    answer = bo.ask("ack", alerts=[alert], delivered=2)
    assert (answer["code"], answer["field"]) == ("invalid", "delivered")
    town.pass_time(60)
    assert len(town.hubs["real"].receipts.delays["yellow"]) == 0


def test_what_was_shown_counts_also_when_something_else_was_lost(town: Town) -> None:
    bo = town.phone("bo", HERE)
    _, shown = yellow(town), yellow(town)
    told(bo)
    town.pass_time(PATIENCE_S)
    bo.say("ack", alerts=[shown], delivered=1)
    assert bo.connection.closed_with == 4005
    town.pass_time(60)
    assert len(town.hubs["real"].receipts.delays["yellow"]) == 1


def test_whoever_comes_back_counts_from_the_beginning(town: Town) -> None:
    bo = town.phone("bo", HERE)
    yellow(town)
    told(bo)
    town.pass_time(PATIENCE_S)
    bo.say("ack", delivered=0)
    back = town.phone("bo", HERE)
    assert len(back.all("alert")) == 1  # what was lost
    assert told(back) == 1


steps = st.lists(st.tuples(st.floats(0.0, 12.0), st.integers(0, 3)), max_size=30)


@given(steps=steps, travel_s=st.floats(0.0, PATIENCE_S - 0.01))
def test_an_honest_client_is_never_thought_to_have_lost_anything(
    steps: list[tuple[float, int]], travel_s: float
) -> None:
    """Whatever it says at some moment arrives up to 5 s later, and must be no less than what is owed then."""
    told, now, sent, heartbeats = Told(PATIENCE_S), 0.0, 0, []
    for wait_s, more in steps:
        now, sent = now + wait_s, sent + more
        has = max((count for at, count in heartbeats if at <= now - travel_s), default=0)  # when it said so
        assert told.owed(now) <= has
        told.tell(sent, now)
        heartbeats.append((now, sent))


@given(count=st.integers(1, 100), every_s=st.floats(0.1, 60.0))
def test_a_loss_is_found_within_two_times_the_patience_and_a_heartbeat(count: int, every_s: float) -> None:
    told, now = Told(PATIENCE_S), 0.0
    told.tell(0, now)
    while now < 2 * PATIENCE_S + every_s:
        now += every_s
        told.tell(count, now)
    now += PATIENCE_S
    assert told.owed(now) == count
