"""The ledger finds what is wrong with rooms and answers: each run is right but for one thing, and that is named."""

from collections.abc import Callable

import pytest

from bench.chaos import ledger, records
from bench.chaos.records import OWN, Answer, Connection, Membership, Page, Records, Sent, Stretch
from bench.chaos.timeline import timeline
from tests.bench.chaos.small import GROUP, OTHER, STRANGER, asked, copy, faults, message, ok, run


def test_a_right_run_has_no_fault_and_is_counted():
    verdict = ledger.judge(run())
    assert verdict.faults == []
    assert verdict.figures["alerts to somebody who had to get them"] == 3
    assert verdict.figures["events that members had to get"] == 3 * 3 + 3
    assert verdict.figures["alerts to somebody near"] == 3


def test_records_survive_being_written_down():
    assert records.load(records.dump(run())) == run()


# --- rooms ---


def loses_the_last_message(found: Records) -> None:
    del found.devices[OTHER].messages[1]


def loses_the_first_message(found: Records) -> None:
    del found.devices[OTHER].messages[0]


def hears_a_message_again_after_it_said_that_it_has_it(found: Records) -> None:
    found.devices[OTHER].messages.insert(1, message(55.15, 1, "m1", "hello"))


def hears_a_message_twice_on_one_connection(found: Records) -> None:
    found.devices[OTHER].messages.append(message(60.3, 3, "m2", "again"))


def hears_other_words(found: Records) -> None:
    found.devices[OTHER].messages[1] = message(60.2, 3, "m2", "never said")


def hears_what_nobody_said(found: Records) -> None:
    found.devices[OTHER].messages.append(message(61.0, 4, "m9", "boo"))


def hears_a_room_that_is_not_theirs(found: Records) -> None:
    found.devices[STRANGER].messages.append(message(60.2, 3, "m2", "again"))


def hears_what_was_before_their_membership(found: Records) -> None:
    found.devices[OTHER].memberships[0] = Membership(3.2, 0, 1, GROUP, True, 2)


def hears_of_a_membership_that_nobody_asked_for(found: Records) -> None:
    found.devices[STRANGER].memberships.append(Membership(5.0, 0, 1, GROUP, True, 1))
    found.devices[STRANGER].stretches = [Stretch(OWN, 0, 1.1, 0)]


def is_not_told_of_their_membership(found: Records) -> None:
    found.devices[1].memberships.clear()
    found.devices[1].connections[0].rooms = {OWN: (1, 1), GROUP: (0, 1)}


def has_a_room_with_a_hole(found: Records) -> None:
    found.requests[-1].answers[0].rooms = {GROUP: 4}
    for number in (1, OTHER):
        found.devices[number].messages[1] = message(60.2, 4, "m2", "again")


def has_another_history_than_was_told(found: Records) -> None:
    found.pages.append(Page(GROUP, 1, "message", "m2", message(0, 3, "m2", "again").text))


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (loses_the_last_message, {"lost": 1}),
        (loses_the_first_message, {"lost": 1}),
        (hears_a_message_again_after_it_said_that_it_has_it, {"duplicate": 1}),
        (hears_a_message_twice_on_one_connection, {"duplicate": 1}),
        (hears_other_words, {"wrong": 1}),
        (hears_what_nobody_said, {"wrong": 1}),
        (hears_a_room_that_is_not_theirs, {"wrong": 1}),
        (hears_what_was_before_their_membership, {"wrong": 2}),
        (hears_of_a_membership_that_nobody_asked_for, {"wrong": 1}),
        (is_not_told_of_their_membership, {"lost": 1}),
        (has_a_room_with_a_hole, {"lost": 1}),
        (has_another_history_than_was_told, {"wrong": 1}),
    ],
)
def test_each_fault_of_a_room_is_named(spoil: Callable[[Records], None], expected: dict[str, int]):
    found = run()
    spoil(found)
    assert faults(found) == expected


def test_a_message_after_a_later_one_is_out_of_order():
    found = run()
    later = asked("r7", "message", {"group": GROUP, "text": "last"}, 61.0, ok(61.1, 0, 1, made="m3", rooms={GROUP: 4}))
    found.requests.append(later)
    for number in (1, OTHER):
        found.devices[number].messages.append(message(61.2, 4, "m3", "last"))
    assert faults(found) == {}
    found.devices[OTHER].messages[1:] = [message(61.2, 4, "m3", "last"), message(61.3, 3, "m2", "again")]
    assert faults(found) == {"disordered": 1}


def is_revised(found: Records) -> None:
    """The first message is said otherwise (seq 4), then taken back (seq 5)."""
    otherwise = {"group": GROUP, "seq": 1, "text": "hullo"}
    back = {"group": GROUP, "seq": 1, "removed": True}
    found.requests += [
        asked("r7", "revise", otherwise, 61.0, ok(61.1, 0, 1, made="m1", revision=2, rooms={GROUP: 4})),
        asked("r8", "revise", back, 62.0, ok(62.1, 0, 1, made="m1", revision=3, rooms={GROUP: 5})),
    ]
    for number in (1, OTHER):
        found.devices[number].messages += [
            message(61.2, 4, "m1", "hullo", 2, 1),
            message(62.2, 5, "m1", None, 3, 1),
        ]


def misses_the_last_revision(found: Records) -> None:
    del found.devices[OTHER].messages[-1]


def hears_another_revision(found: Records) -> None:
    found.devices[OTHER].messages[-1] = message(62.2, 5, "m1", "hullo", 3, 1)


def hears_a_revision_of_another_message(found: Records) -> None:
    found.devices[OTHER].messages[-1] = message(62.2, 5, "m1", None, 3, 3)


def reads_back_what_was_withdrawn(found: Records) -> None:
    found.pages.append(Page(GROUP, 1, "message", "m1", message(0, 1, "m1", "hello").text))


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (misses_the_last_revision, {"lost": 1}),
        (hears_another_revision, {"wrong": 1}),
        (hears_a_revision_of_another_message, {"wrong": 1}),
        (reads_back_what_was_withdrawn, {"wrong": 1}),
    ],
)
def test_each_fault_of_a_revision_is_named(spoil: Callable[[Records], None], expected: dict[str, int]):
    found = run()
    is_revised(found)
    assert faults(found) == {}
    spoil(found)
    assert faults(found) == expected


def test_who_comes_back_gets_a_message_as_it_is_now_and_its_last_revision_alone():
    found = run()
    is_revised(found)
    other = found.devices[OTHER]
    other.messages = [message(63.0, 1, "m1", None, 3), message(63.1, 3, "m2", "again"), other.messages[-1]]
    other.connections[0].proven, other.connections[1].places[GROUP] = 9.0, 0
    other.connections[1].hello = 62.5
    other.messages[-1].at = 63.2
    assert faults(found) == {}


def leaves(found: Records, *, told: float, until_seq: int) -> None:
    """The other member leaves at 57, and has the room up to this seq."""
    found.requests.insert(
        5, asked("r8", "leave", {"group": GROUP}, 57.0, ok(57.1, OTHER, 1, made=GROUP), user=1, device=OTHER)
    )
    other = found.devices[OTHER]
    other.memberships.append(Membership(told, 1, 2, GROUP, False, 0))
    other.messages = [heard for heard in other.messages if heard.seq <= until_seq]


def test_who_leaves_gets_nothing_more():
    found = run()
    leaves(found, told=57.2, until_seq=2)
    assert faults(found) == {}
    found = run()
    leaves(found, told=57.2, until_seq=3)
    assert faults(found) == {"wrong": 1}


# --- answers ---


def is_answered_otherwise_later(found: Records) -> None:
    found.requests[2].answers.append(ok(70.0, 0, 1, made="m1", rooms={GROUP: 3}))


def is_answered_with_another_revision(found: Records) -> None:
    found.requests[4].answers.append(ok(70.0, 0, 1, made="a", revision=3))


def is_refused_what_was_stored(found: Records) -> None:
    found.requests[2].sent.append(Sent(70.0, 0, 1))
    found.requests[2].answers.append(Answer(70.1, 0, 1, error="not_found"))


def is_refused_for_no_reason(found: Records) -> None:
    found.requests.append(
        asked("r9", "message", {"group": GROUP, "text": "no"}, 70.0, Answer(70.1, 0, 1, error="not_found"))
    )


def meets_a_bug(found: Records) -> None:
    found.requests[2].answers.insert(0, Answer(10.05, 0, 0, error="internal"))


def is_never_answered(found: Records) -> None:
    found.requests.append(asked("r9", "message", {"group": GROUP, "text": "no"}, 70.0))


def is_told_that_a_message_may_be_lost(found: Records) -> None:
    found.requests[2].answers.insert(0, ok(10.05, made="m1", durable=False))


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (is_answered_otherwise_later, {"lie": 1, "wrong": 3}),  # at that seq is another, which two have
        (is_answered_with_another_revision, {"lie": 1, "lost": 3, "wrong": 0}),  # revision 3 is with nobody
        (is_refused_what_was_stored, {"lie": 1}),
        (is_refused_for_no_reason, {"refused": 1}),
        (meets_a_bug, {"refused": 1}),
        (is_never_answered, {"unsettled": 1}),
        (is_told_that_a_message_may_be_lost, {"lie": 1}),
    ],
)
def test_each_lie_in_an_answer_is_named(spoil: Callable[[Records], None], expected: dict[str, int]):
    found = run()
    spoil(found)
    assert faults(found) == {kind: count for kind, count in expected.items() if count}


def test_a_refusal_that_was_on_its_way_before_the_ok_is_no_lie():
    found = run()
    leaves(found, told=57.2, until_seq=2)
    found.requests[2].sent.append(Sent(9.0, 1, 0))
    found.requests[2].answers.append(Answer(11.0, 1, 0, error="not_found"))
    verdict = ledger.judge(found)
    assert {fault.kind for fault in verdict.faults} == {"refused"}  # by person 0, who never left: for no reason


# --- the rest ---


def test_a_heartbeat_that_counts_otherwise_and_a_device_that_never_settles_are_named():
    found = run()
    found.devices[OTHER].connections[0].miscounted = 1
    found.devices[STRANGER].is_settled = False
    found.notes = {"start_over": 1, "hello refused: busy": 7, "hello refused: invalid": 1}
    assert faults(found) == {"miscounted": 1, "unsettled": 1, "lie": 1, "refused": 1}


def test_a_fault_comes_with_what_happened_around_it():
    found = run()
    found.devices[OTHER].copies.append(copy(55.15, 2, signal=True))
    (fault,) = ledger.judge(found).faults
    told = "\n".join(timeline(found, fault))
    for expected in ("SERVER life 0 is to end: SIGKILL", "asks: alert", "says hello, holds revision 2", "signal True"):
        assert expected in told
    found = run()
    loses_the_last_message(found)
    (fault,) = ledger.judge(found).faults
    told = "\n".join(timeline(found, fault))
    for expected in ("place 2", "hears: member from 1", "gets 1: message m1"):
        assert expected in told


def test_a_connection_says_nothing_before_it_is_welcome():
    found = run()
    found.devices[STRANGER].connections.append(Connection(70.0))
    assert faults(found) == {}
