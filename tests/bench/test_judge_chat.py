"""Messages to rooms: planned, and every frame of one accounted for."""

from dataclasses import replace

import numpy as np
import pytest

from bench import plan as planning
from bench import workload
from bench.judge import Verdict
from bench.judge_chat import judge_chat
from bench.plan import GroupPlan
from bench.planned import Said
from bench.records import Messages, Post, merged
from tests.bench.worlds import LAT, deliveries, plan, positions, records

PLAN = replace(plan([LAT] * 5, groups=(GroupPlan("", False, (0, 1, 2, 3)),)), said=(Said(0.0, author=1, group=0),))
SENT = Post(number=0, due_ns=100, sent_ns=110, answered_ns=150, message_id="M")


def judged(*came: tuple[int, int], post: Post = SENT, deaf: frozenset[int] = frozenset(), id: str = "M") -> Verdict:
    client, received_ns = np.array(came, np.int64).reshape(-1, 2).T
    heard = Messages([id], client.astype(np.int32), received_ns, np.zeros(len(came), np.int32))
    found = replace(records(positions((0, LAT, 0, 1)), [], deliveries()), posts=[post], messages=heard)
    verdict = Verdict()
    judge_chat(replace(PLAN, deaf=deaf), merged([found]), verdict)
    return verdict


def test_everybody_else_in_the_room_has_it_once() -> None:
    verdict = judged((0, 200), (2, 300), (3, 250))
    assert verdict.complete
    assert (verdict.said, verdict.heard, verdict.chat.first, verdict.chat.last) == (1, 3, [100], [200])


@pytest.mark.parametrize(
    ("came", "faults"),
    [
        ([(0, 200), (2, 300)], {"lost": 1}),
        ([(0, 200), (2, 300), (3, 250), (3, 260)], {"duplicate": 1}),
        ([(0, 200), (2, 300), (3, 250), (4, 260)], {"wrong": 1}),  # not in the room
        ([(0, 200), (2, 300), (3, 250), (1, 260)], {"wrong": 1}),  # its own sender
        ([], {"lost": 3}),
    ],
)
def test_what_goes_wrong_with_one_is_a_fault(came: list[tuple[int, int]], faults: dict[str, int]) -> None:
    assert dict(judged(*came).faults) == faults


def test_a_message_that_was_refused_goes_to_nobody_and_one_without_an_answer_is_told() -> None:
    assert dict(judged((0, 200), post=replace(SENT, error="busy", message_id=None)).faults) == {"wrong": 1}
    assert dict(judged((0, 200), (2, 300), (3, 250), id="other").faults) == {"lost": 3, "wrong": 3}
    assert judged(post=Post(number=0, due_ns=100, sent_ns=110)).unanswered == 1


def test_of_the_deaf_either_answer_is_right() -> None:
    for came in ([(0, 200), (3, 250)], [(0, 200), (2, 9_000), (3, 250)]):
        verdict = judged(*came, deaf=frozenset({2}))
        assert verdict.complete
        assert verdict.chat.last == [150]


def test_the_platform_s_room_talks_until_the_silence() -> None:
    profile = workload.load("platform-70k")
    made = planning.make(profile, 2_000, 250.0, seed=1)
    assert [one.due_s for one in made.said] == [0.5 + number for number in range(129)]  # 250 less 120, and one second
    assert {made.groups[one.group].of for one in made.said} == {"room"}
    assert all(one.author in made.groups[one.group].members for one in made.said)
    with pytest.raises(workload.BadProfile, match="which has none"):
        planning.make(replace_chat(profile), 2_000, 10.0, seed=1)


def replace_chat(profile: workload.Profile) -> workload.Profile:
    from msgspec.structs import replace as replaced

    return replaced(profile, chat=workload.Chat(every_s=1.0, of="nowhere"))
