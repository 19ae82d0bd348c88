"""Whether alerts arrive: counted for a minute, without persons, and judged by a plain oracle."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.delivery.receipts import Outcome, Receipts
from realtime.messages import Level
from tests.town import HERE, Phone, Town, north


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def receipts(town: Town, world: str = "real") -> Receipts:
    return town.hubs[world].receipts


def raised(by: Phone, level: Level = "red", **changes: Any) -> str:
    """A public alert, here."""
    asked = {"level": level, "kind": "warn", "lat": HERE[0], "lon": HERE[1], "public": True, "groups": []} | changes
    ok = by.ask("alert", **asked)
    assert ok["type"] == "ok", ok
    return str(ok["alert"])


def neighbours(town: Town, count: int) -> list[Phone]:
    """People here, whom nothing but an alert makes the server ping for a while."""
    return [town.phone(f"user-{number}", HERE, ping_s=300) for number in range(count)]


def found(town: Town, level: Level = "red", world: str = "real") -> dict[Outcome, int]:
    """What all accounts of a level that are closed have come to together."""
    of = receipts(town, world).recipients
    return {outcome: int(tally.total) for (its_level, outcome), tally in of.items() if its_level == level}


def within(town: Town, level: Level = "red") -> list[int]:
    """How many acknowledged within 0.1, 0.25, 1, 5 and 60 s."""
    return receipts(town).delays[level].cumulated()[:-1]


# --- acknowledged ----------------------------------------------------------------------------------------------------


def test_who_acknowledges_is_counted_by_how_soon(town: Town) -> None:
    anna, *others = town.phone("anna"), *neighbours(town, 7)
    alert = raised(anna)
    for phone, wait_s in zip(others, (0.05, 0.04, 0.1, 0.5, 2.0, 20.0), strict=False):
        town.pass_time(wait_s)
        phone.say("ack", alerts=[alert])
    assert within(town) == [0, 0, 0, 0, 0]  # the account is still open
    town.pass_time(60)
    assert within(town) == [2, 3, 4, 5, 6]
    assert found(town) == {"targeted": 7, "written": 7, "acknowledged": 6, "not_reached": 0}


def test_only_the_first_word_of_a_recipient_counts_and_only_within_the_minute(town: Town) -> None:
    anna, bo, cia = town.phone("anna"), town.phone("bo", HERE), town.phone("cia", HERE)
    alert = raised(anna)
    for _ in range(3):
        bo.say("ack", alerts=[alert, alert])
    town.pass_time(60.5)
    cia.say("ack", alerts=[alert])
    assert found(town)["acknowledged"] == 1


def test_nobody_acknowledges_what_they_do_not_have(town: Town) -> None:
    anna, far = town.phone("anna"), town.phone("far", north(HERE, 5_000))
    alert = raised(anna)
    far.say("ack", alerts=[alert, "another"])
    town.pass_time(60)
    assert found(town) == {"targeted": 0, "written": 0, "acknowledged": 0, "not_reached": 0}


def test_a_session_that_has_the_number_of_a_recipient_later_is_none(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    alert = raised(anna, "yellow")
    bo.hang_up()
    again = town.phone("bo", holds=[{"alert": alert, "revision": 1}])
    assert again.session.number == bo.session.number
    again.say("ack", alerts=[alert])
    town.pass_time(60)
    assert found(town, "yellow") == {"targeted": 1, "written": 1, "acknowledged": 0, "not_reached": 0}


def test_levels_and_worlds_have_accounts_of_their_own(town: Town) -> None:
    anna, _ = town.phone("anna"), town.phone("bo", HERE)
    tester, trainee = town.phone("anna", as_="exercise/{}"), town.phone("bo", HERE, as_="exercise/{}")
    raised(anna, "yellow")
    drill = raised(tester)
    trainee.say("ack", alerts=[drill])
    town.pass_time(60)
    assert found(town, "yellow")["targeted"] == 1
    assert found(town, "red")["targeted"] == 0
    assert found(town, "red", "exercise") == {"targeted": 1, "written": 1, "acknowledged": 1, "not_reached": 0}


# --- written ---------------------------------------------------------------------------------------------------------


def test_what_waits_for_a_socket_is_written_when_the_socket_has_taken_it(town: Town) -> None:
    anna, bo, cia, dan = (town.phone(user, HERE) for user in ("anna", "bo", "cia", "dan"))
    for phone in (bo, cia, dan):
        phone.connection.idle = False
    raised(anna)
    town.pass_time(2)
    bo.connection.idle = True  # and with more on its way at the end
    town.on_loop(bo.session.drained)
    bo.connection.idle = False
    cia.connection.idle = True
    town.on_loop(cia.session.drained)
    cia.hang_up()
    dan.hang_up()
    town.pass_time(60)
    assert found(town) == {"targeted": 3, "written": 2, "acknowledged": 0, "not_reached": 2}


def test_who_acknowledges_was_written_to_whatever_their_socket_says(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    bo.connection.idle = False
    bo.say("ack", alerts=[raised(anna)])
    town.pass_time(60)
    assert found(town) == {"targeted": 1, "written": 1, "acknowledged": 1, "not_reached": 0}


def test_whose_frame_still_waits_has_not_got_it_although_they_were_heard(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    bo.connection.idle = False
    raised(anna)
    town.pass_time(7)
    bo.say("position", lat=HERE[0], lon=HERE[1])
    bo.hang_up()
    town.pass_time(60)
    assert found(town) == {"targeted": 1, "written": 0, "acknowledged": 0, "not_reached": 1}


def test_whose_turn_never_came_is_not_written_to(town: Town) -> None:
    """Left the group between being chosen and being written to."""
    anna, bo = town.phone("anna"), town.phone("bo", ping_s=300)
    group = town.group(anna, bo)
    hub = town.hubs["real"]
    run = hub.fanout.run
    hub.fanout.run = lambda: None  # type: ignore[method-assign]
    anna.say("alert", id="a", level="red", kind="warn", lat=HERE[0], lon=HERE[1], public=False, groups=[group])
    bo.say("leave", id="l", group=group)
    town.run(town.writer.finish())
    hub.fanout.run = run  # type: ignore[method-assign]
    town.on_loop(run)
    town.settle()
    assert bo.all("alert") == []
    town.pass_time(60)
    assert found(town) == {"targeted": 1, "written": 0, "acknowledged": 0, "not_reached": 0}
    assert bo.connection.pings == 0


# --- late ------------------------------------------------------------------------------------------------------------


def test_first_copies_that_go_out_later_are_counted_apart(town: Town) -> None:
    anna, _, walker = town.phone("anna"), town.phone("bo", HERE), town.phone("walker", north(HERE, 5_000))
    alert = raised(anna)
    walker.say("position", lat=HERE[0], lon=HERE[1])
    walker.say("position", lat=HERE[0], lon=HERE[1])
    town.phone("newcomer", HERE)
    anna.ask("update", alert=alert, text="Two of them")
    town.pass_time(60)
    town.phone("somebody", HERE)
    assert receipts(town).late == {"red": 3, "yellow": 0, "info": 0}
    assert found(town)["targeted"] == 1


def test_the_change_of_what_a_returning_client_has_is_no_first_copy(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    alert = raised(anna)
    bo.hang_up()
    anna.ask("update", alert=alert, text="Two of them")
    back = town.phone("bo", HERE, holds=[{"alert": alert, "revision": 1}])
    assert back.all("update")
    assert receipts(town).late["red"] == 0


def test_whom_an_update_brings_in_is_late_too(town: Town) -> None:
    anna, _ = town.phone("anna"), town.phone("bo", HERE)
    away = town.phone("away", north(HERE, 900))
    alert = raised(anna)
    there = north(HERE, 450)
    anna.ask("update", alert=alert, lat=there[0], lon=there[1])
    assert away.all("alert")
    assert receipts(town).late["red"] == 1


# --- after a minute --------------------------------------------------------------------------------------------------


def test_after_a_minute_nobody_is_remembered(town: Town) -> None:
    anna, *_ = town.phone("anna"), *neighbours(town, 3)
    for level in ("red", "yellow", "info"):
        raised(anna, level)
    town.pass_time(59)
    assert len(receipts(town)._accounts) == 3
    town.pass_time(1)
    assert receipts(town)._accounts == {}


def test_a_red_leaves_one_line_with_buckets_and_nothing_else(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    anna, *others = town.phone("anna"), *neighbours(town, 25)
    alert = raised(anna)
    for phone in others[:6]:
        phone.say("ack", alerts=[alert])
    for phone in others[:12]:
        phone.hang_up()
    raised(anna, "yellow")
    caplog.clear()
    with caplog.at_level(logging.INFO):
        town.pass_time(61)
    [line] = caplog.records
    usual = vars(logging.makeLogRecord({})).keys() | {"message"}
    said = {name: value for name, value in vars(line).items() if name not in usual}
    assert said == {
        "world": "real",
        "targeted": "20-99",
        "written": "20-99",
        "not_reached": "5-19",
        "acknowledged_in_0.1_s": "5-19",
        "acknowledged_in_0.25_s": "5-19",
        "acknowledged_in_1_s": "5-19",
        "acknowledged_in_5_s": "5-19",
        "acknowledged_in_60_s": "5-19",
        "late": "<5",
    }


def test_the_server_s_own_probe_leaves_no_line(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    """It comes each minute; `/health` tells of it."""
    raised(town.phone("probe", as_="exercise/{}/probe"))
    with caplog.at_level(logging.INFO):
        town.pass_time(61)
    assert caplog.records == []
    raised(town.phone("anna", as_="exercise/{}"))
    with caplog.at_level(logging.INFO):
        town.pass_time(61)
    assert len(caplog.records) == 1


def test_the_sender_learns_the_reach_and_nothing_of_this(town: Town) -> None:
    """R19."""
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    bo.say("ack", alerts=[raised(anna)])
    bo.hang_up()
    anna.new()
    town.pass_time(90)
    assert [frame["type"] for frame in anna.new() if frame["type"] != "heartbeat"] == ["reach"]


def test_a_server_that_stops_closes_no_account(town: Town) -> None:
    raised(town.phone("anna"))
    town.run(town.worlds["real"].close())
    town.pass_time(90)
    assert found(town)["targeted"] == len(receipts(town).recipients["red", "targeted"]) == 0


# --- the oracle ------------------------------------------------------------------------------------------------------

ASKED_S, SILENT_S, END_S = 5.0, 10.0, 60.0


@dataclass(frozen=True)
class Fate:
    """What one phone does after the alert, in seconds from it; None: never. No two of these coincide."""

    acknowledges: float | None
    leaves: float | None
    is_back: float | None
    is_dead: bool


def moments(fraction: float) -> st.SearchStrategy[float | None]:
    return st.none() | st.integers(0, 70).map(lambda whole: whole + fraction)


@st.composite
def fates(draw: st.DrawFn) -> Fate:
    is_dead = draw(st.booleans())
    leaves = draw(moments(0.5))
    back = draw(st.integers(1, 40))
    is_back = None if leaves is None or draw(st.booleans()) else leaves + back + 0.25
    return Fate(None if is_dead else draw(moments(0.25)), leaves, is_back, is_dead)


def judged(fates: list[Fate], level: Level) -> Mapping[str, Any]:
    """What an account must come to, phone by phone."""
    acknowledged, not_reached, late = [], 0, 0
    for fate in fates:
        gone_at = END_S if fate.leaves is None else fate.leaves
        if level == "red" and fate.is_dead:
            gone_at = min(gone_at, SILENT_S)
        if fate.acknowledges is not None and fate.acknowledges < min(gone_at, END_S):
            acknowledged.append(fate.acknowledges)
        elif gone_at < END_S:
            was_there = level == "red" and not fate.is_dead and gone_at > ASKED_S  # nobody is asked after a yellow
            is_back = fate.is_back is not None and fate.is_back < END_S
            not_reached += not was_there and not is_back
        late += fate.is_back is not None
    return {
        "targeted": len(fates),
        "written": len(fates),
        "acknowledged": len(acknowledged),
        "not_reached": not_reached,
        "late": late,
        "within": [sum(delay <= bound for delay in acknowledged) for bound in (0.1, 0.25, 1.0, 5.0, 60.0)],
    }


def play(town: Town, phones: list[Phone], fates: list[Fate], alert: str) -> None:
    """Let each phone do what it does, in the order of time."""
    acts = []
    for number, fate in enumerate(fates):
        for at, act in ((fate.acknowledges, "ack"), (fate.leaves, "leave"), (fate.is_back, "back")):
            if at is not None:
                acts.append((at, number, act))
    now = 0.0
    for at, number, act in sorted(acts):
        town.pass_time(at - now)
        now, phone = at, phones[number]
        if act == "back":
            town.phone(phone.user, HERE)
        elif phone.connection.is_open and act == "ack":
            phone.say("ack", alerts=[alert])
        elif phone.connection.is_open:
            phone.hang_up()
    town.pass_time(120 - now)


@pytest.mark.parametrize("level", ["red", "yellow"])
@given(fates=st.lists(fates(), min_size=1, max_size=8))
def test_the_account_is_what_a_plain_count_gives(level: Level, fates: list[Fate]) -> None:
    town = Town()
    try:
        anna, *phones = town.phone("anna"), *neighbours(town, len(fates))
        for phone, fate in zip(phones, fates, strict=True):
            phone.connection.is_dead = fate.is_dead
        town.pass_time(1)  # so that they were heard before the alert, and not at that moment
        alert = raised(anna, level)
        play(town, phones, fates, alert)
        counts = {**found(town, level), "late": receipts(town).late[level], "within": within(town, level)}
        assert counts == judged(fates, level)
    finally:
        town.close()
