"""The chosen in an order that says nothing, each with their variant; and past the sessions while all is as it was."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.delivery.fanout import Fanout
from realtime.delivery.jobs import StoredJob
from realtime.delivery.roster import Roster
from realtime.delivery.targets import Targets
from realtime.frames import Frames
from realtime.identity import Identity
from realtime.lanes import Lane
from realtime.messages import Encoding, Stored
from tests.fakes import FakeClock


class Visitor:
    """Just enough of a session: it keeps what it is delivered."""

    identity = Identity(user="somebody", world="real", expires_at=0.0)
    number = -1

    def __init__(self, file: int, encoding: Encoding = "json") -> None:
        self.file = file
        self.encoding = encoding
        self.got: list[tuple[Frames, int]] = []

    def deliver(self, frames: Frames, lane: Lane, taken: int = 0) -> bool:
        self.got.append((frames, taken))
        return True

    def tell(self, frames: Frames, lane: Lane) -> None:
        self.got.append((frames, 0))


class Job(StoredJob):
    is_counted = True
    missed = 0

    def not_written(self, session: object) -> None:
        self.missed += 1


class Kept:
    """Lines that keep what they are given, but for some files, of whose frames they take so many bytes."""

    def __init__(self, **refused: int) -> None:
        self.refused = {int(file.removeprefix("file_")): taken for file, taken in refused.items()}
        self.written: dict[int, bytes] = {}

    def write(self, files: Any, frames: Sequence[bytes]) -> list[tuple[int, int]]:
        left = []
        for place, (file, data) in enumerate(zip(files.tolist(), frames, strict=True)):
            if file in self.refused:
                left.append((place, self.refused[file]))
            else:
                self.written[file] = data
        return left


def news(number: int) -> Frames:
    return Frames(Stored(alert=f"alert-{number}", revision=1, rooms={}))


def roster_of(visitors: Sequence[Visitor]) -> Roster:
    roster = Roster()
    for visitor in visitors:
        roster.enter(roster.add(), visitor)  # type: ignore[arg-type]
    return roster


def fan_out(roster: Roster, lines: Kept, targets: Targets, job: Job) -> Fanout:
    fanout = Fanout(FakeClock(), roster, lines)
    fanout.start(Lane.RED, targets, job)
    return fanout


def test_every_order_is_as_likely_as_another() -> None:
    """R19: any leaning would tell something of who is where; by chance this fails less than once in a million runs."""
    targets, roster = Targets(), roster_of([Visitor(each) for each in range(4)])
    targets.add([0, 1], news(0))
    targets.add([2, 3], news(1))
    found = Counter(tuple(targets.shuffled(roster).take(4).numbers.tolist()) for _ in range(12_000))
    assert len(found) == 24
    assert all(350 < count < 650 for count in found.values())


@given(st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=1, max_size=200), st.integers(1, 70))
def test_each_gets_their_own_variant_in_their_own_encoding_once(chosen: list[tuple[int, bool]], count: int) -> None:
    roster = roster_of([Visitor(n, "msgpack" if binary else "json") for n, (_, binary) in enumerate(chosen)])
    variants, targets = [news(0), news(1), news(2)], Targets()
    for variant, frames in enumerate(variants):
        targets.add(np.array([n for n, (its, _) in enumerate(chosen) if its == variant], np.int64), frames)
    queue, got = targets.shuffled(roster), {}
    while queue:
        few = queue.take(count)
        assert len(few.numbers) <= count
        for number, data, frames in zip(few.numbers.tolist(), few.frames, few.variants, strict=True):
            assert number not in got
            got[number] = frames
            assert frames is variants[chosen[number][0]]
            assert data is frames["msgpack" if chosen[number][1] else "json"]
    assert len(got) == len(chosen) == len(targets)


def test_what_nobody_reads_is_not_encoded() -> None:
    targets, frames = Targets(), news(0)
    targets.add([0], frames)
    targets.shuffled(roster_of([Visitor(0)]))
    assert list(frames) == ["json"]


def test_those_that_the_lines_refuse_get_the_rest_from_their_session() -> None:
    visitors, job, lines, targets = [Visitor(each) for each in range(5)], Job(), Kept(file_1=0, file_3=7), Targets()
    frames = news(0)
    targets.add(range(5), frames)
    fan_out(roster_of(visitors), lines, targets, job).run()
    assert sorted(lines.written) == [0, 2, 4]
    assert [visitor.got for visitor in visitors] == [[], [(frames, 0)], [], [(frames, 7)], []]


@pytest.mark.parametrize("is_back", [False, True])
def test_a_number_that_was_given_up_or_taken_meanwhile_gets_nothing(is_back: bool) -> None:
    """R14: whoever has it now was not chosen."""
    visitors, job, lines, targets = [Visitor(each) for each in range(3)], Job(), Kept(**{"file_-1": 0}), Targets()
    roster = roster_of(visitors)
    targets.add(range(3), news(0))
    fanout = fan_out(roster, lines, targets, job)
    roster.leave(1)
    stranger = Visitor(99)
    if is_back:
        roster.enter(1, stranger)  # type: ignore[arg-type]
    fanout.run()
    assert 99 not in lines.written
    assert 1 not in lines.written
    assert stranger.got == visitors[1].got == []
    assert job.missed == 1
    assert len(lines.written) + len(visitors[0].got) + len(visitors[2].got) == 2
