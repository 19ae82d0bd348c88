"""The ledger finds what is wrong with alerts: each run is right but for one thing, and just that is named."""

from collections.abc import Callable

import pytest

from bench.chaos import ledger, records
from bench.chaos.answers import check_answers
from bench.chaos.records import Answer, Confirmed, Records
from bench.chaos.verdict import Verdict
from tests.bench.chaos.small import GROUP, HERE, OTHER, STRANGER, asked, copy, faults, message, ok, run


def never_gets_the_alert(found: Records) -> None:
    found.devices[OTHER].copies.clear()
    found.devices[OTHER].holds.clear()


def never_gets_the_update(found: Records) -> None:
    del found.devices[OTHER].copies[1]
    found.devices[OTHER].holds["a"] = 1


def never_gets_their_own_on_the_tablet(found: Records) -> None:
    found.devices[1].copies.clear()
    found.devices[1].holds.clear()


def gets_what_does_not_concern_them(found: Records) -> None:
    stranger = found.devices[STRANGER]
    stranger.copies = [copy(20.2, why=("near",), rooms={}), copy(30.2, 2, why=("near",), rooms={})]
    stranger.holds = {"a": 2}


def gets_an_alert_that_nobody_raised(found: Records) -> None:
    found.devices[OTHER].copies.append(copy(40.0, alert="b", rooms={}))


def gets_other_words(found: Records) -> None:
    found.devices[OTHER].copies[1] = copy(30.2, 2, headline="never said")


def gets_the_exact_place(found: Records) -> None:
    found.devices[OTHER].copies[0] = copy(20.2, cell_m=None)


def gets_another_place(found: Records) -> None:
    found.devices[OTHER].copies[0] = copy(20.2, lat=HERE[0] + 0.01)


def gets_a_reason_that_is_not_theirs(found: Records) -> None:
    found.devices[OTHER].copies[0] = copy(20.2, why=("own", "group:g"))


def gets_a_revision_twice(found: Records) -> None:
    found.devices[OTHER].copies.append(copy(30.3, 2))


def gets_again_what_they_said_they_hold(found: Records) -> None:
    found.devices[OTHER].copies.append(copy(55.15, 2))


def gets_an_older_revision_later(found: Records) -> None:
    found.devices[OTHER].copies = [copy(20.2, 2, signal=True), copy(20.3, 1, signal=False)]


def is_alarmed_again_after_coming_back(found: Records) -> None:
    found.devices[OTHER].copies.append(copy(55.15, 2, signal=True))


def is_alarmed_by_their_own(found: Records) -> None:
    found.devices[1].copies[0].signal = True


def is_never_alarmed(found: Records) -> None:
    found.devices[OTHER].copies[0].signal = False


def is_told_that_it_is_unconfirmed(found: Records) -> None:
    found.devices[OTHER].connections[1].unconfirmed = {"a": 55.15}


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (never_gets_the_alert, {"lost": 2}),  # as state, and at its seq in the room
        (never_gets_the_update, {"lost": 1}),
        (never_gets_their_own_on_the_tablet, {"lost": 2}),
        (gets_what_does_not_concern_them, {"wrong": 1}),
        (gets_an_alert_that_nobody_raised, {"wrong": 1}),
        (gets_other_words, {"wrong": 1}),
        (gets_the_exact_place, {"wrong": 1}),
        (gets_another_place, {"wrong": 1}),
        (gets_a_reason_that_is_not_theirs, {"wrong": 1}),
        (gets_a_revision_twice, {"duplicate": 1}),
        (gets_again_what_they_said_they_hold, {"duplicate": 1}),
        (gets_an_older_revision_later, {"disordered": 1}),
        (is_alarmed_again_after_coming_back, {"sounded": 1}),
        (is_alarmed_by_their_own, {"sounded": 1}),
        (is_never_alarmed, {"silent": 1}),
        (is_told_that_it_is_unconfirmed, {"lie": 1}),
    ],
)
def test_each_fault_of_an_alert_is_named(spoil: Callable[[Records], None], expected: dict[str, int]):
    found = run()
    spoil(found)
    assert faults(found) == expected


def gets_the_first_message_only_after_coming_back(found: Records) -> None:
    found.devices[OTHER].messages[0] = message(55.15, 1, "m1", "hello")
    found.devices[OTHER].connections[1].places[GROUP] = 0


def gets_the_alert_only_after_coming_back(found: Records) -> None:
    other = found.devices[OTHER]
    other.copies = [copy(55.15, 2, signal=True, is_first=True)]
    other.connections[1].holds = {}


def gets_the_update_only_after_coming_back(found: Records) -> None:
    other = found.devices[OTHER]
    other.copies[1] = copy(55.15, 2)
    other.connections[1].holds = {"a": 1}


@pytest.mark.parametrize(
    "spoil",
    [
        gets_the_first_message_only_after_coming_back,
        gets_the_alert_only_after_coming_back,
        gets_the_update_only_after_coming_back,
    ],
)
def test_what_comes_only_with_the_next_hello_was_lost_unless_the_connection_was_too(spoil: Callable[[Records], None]):
    found = run()
    spoil(found)
    assert faults(found) == {"lost": 1}
    found.devices[OTHER].connections[0].proven = 9.0
    assert faults(found) == {}


def test_who_walks_up_while_it_lasts_must_get_it_and_who_came_too_late_must_not():
    for at, expected in ((40.0, {"lost": 1}), (48.95, {"lost": 1}), (49.5, {})):  # the last is not proven to be here
        found = run()
        found.devices[STRANGER].positions.insert(1, records.Position(at, at + 0.01, *HERE, 10.0, 0))
        assert faults(found) == expected


def test_a_death_of_the_server_ends_all_positions():
    found = run()
    stranger = found.devices[STRANGER]
    stranger.positions = [records.Position(1.0, 1.1, *HERE, 10.0, 0)]
    stranger.connections[0].proven = 15.0  # before the alert
    assert faults(found) == {}


def the_red_dies(found: Records) -> None:
    """It went out without being stored, and its author did not ask again; nothing follows."""
    red = found.requests[3]
    red.answers, red.given_up = [ok(20.1, made="a", revision=1, durable=False)], True
    del found.requests[4]
    found.requests[-1].answers[0].rooms = {GROUP: 2}
    for device in found.devices[:3]:
        device.copies = device.copies[:1]
        device.messages[1:] = [message(60.2, 2, "m2", "again")] if device.messages else []
        for each in device.copies:
            each.durable, each.rooms = False, {}
        device.connections[1].holds = {"a": 1}
        device.connections[1].places[GROUP] = 1
        device.connections[1].rooms[GROUP] = (1, 1)
        device.connections[1].unconfirmed = {"a": 55.15}
        device.holds = {}


def test_a_red_that_died_with_the_server_must_be_unconfirmed_to_all_who_name_it():
    found = run()
    the_red_dies(found)
    verdict = ledger.judge(found)
    assert verdict.faults == []
    assert verdict.figures["alerts that died with a crash"] == 1
    found.devices[OTHER].connections[1].unconfirmed = {}
    found.devices[OTHER].holds = {"a": 1}
    assert "lie" in faults(found)
    for device in found.devices[:3]:
        device.connections[1].unconfirmed = {}
    end = asked("r9", "update", {"alert": "a", "state": "closed"}, 70.0, Answer(70.1, 0, 1, error="not_found"))
    found.requests.append(end)
    assert faults(found)["lie"] == 3


def test_a_red_that_outran_the_log_and_is_never_stored_is_lost_if_nothing_crashed():
    found = run()
    the_red_dies(found)
    found.lives = [records.Life(0.0, 0.5, 95.0, 96.0, "SIGTERM")]
    assert "lost" in faults(found)


def test_who_was_told_unconfirmed_may_be_alarmed_anew_when_the_red_is_asked_for_again():
    found = run()
    red = found.requests[3]
    red.answers = [
        ok(20.1, made="a", revision=1, durable=False),
        ok(58.0, 0, 1, made="a", revision=1, rooms={GROUP: 2}),
    ]
    found.requests[4].sent[0].at = 59.0
    found.requests[4].answers[0].at = 59.1
    for device in found.devices[:3]:
        device.connections[1].holds = {"a": 1}
        device.connections[1].unconfirmed = {"a": 55.15}
        device.connections[1].places[GROUP] = 1
    for device in found.devices[1:3]:
        first, second = device.copies
        first.durable, first.rooms = False, {}
        second.at, second.connection = 59.2, 1
        anew = copy(58.1, why=first.why, signal=first.signal, cell_m=first.cell_m)
        device.copies = [first, anew, second]
    assert faults(found) == {}


def test_who_left_before_a_red_was_asked_for_again_has_no_claim_to_it():
    found = run()
    found.requests[3].body["public"] = False
    found.devices[OTHER].connections[1].unconfirmed = {"a": 55.15}
    for at, expected in ((40.0, 1), (15.0, 0)):
        leave = asked("r9", "leave", {"group": GROUP}, at, ok(at + 0.1, OTHER, made=GROUP), user=1, device=OTHER)
        verdict = ledger.judge(Records(found.devices, [*found.requests, leave], [], found.lives))
        assert verdict.counts["lie"] == expected


def test_stored_makes_a_red_durable_and_gives_its_seqs():
    found = run()
    found.requests[3].answers = [ok(20.1, made="a", revision=1, durable=False)]
    for device in found.devices[:3]:
        device.confirmed = [Confirmed(20.5, 0, "a", 1, {GROUP: 2})]
    for device in found.devices[1:3]:
        device.copies[0].durable, device.copies[0].rooms = False, {}
    assert faults(found) == {}


@pytest.mark.parametrize(("public", "left", "refused"), [(False, True, 0), (True, True, 1), (False, False, 1)])
def test_new_words_are_refused_to_who_left_the_group_and_for_no_other_reason(public, left, refused):
    requests = [
        asked("r1", "alert", {"public": public, "groups": [GROUP]}, 1.0, ok(1.1, made="a", revision=1)),
        asked("r2", "update", {"alert": "a", "headline": "x"}, 3.0, Answer(3.1, 0, 0, error="forbidden")),
    ]
    if left:
        requests.insert(1, asked("r3", "leave", {"group": GROUP}, 2.0, ok(2.1)))
    verdict = Verdict()
    check_answers(requests, {"a": 1.2}, verdict)
    assert verdict.counts["refused"] == refused
