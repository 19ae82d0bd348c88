"""The tail: always a room's end without a gap, as a plain list has it, and never more than its bytes."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from realtime.delivery.tail import Past, Tail
from storage.events import LoggedEvent, MessagePosted

ROOMS = ("g", "h")


def past(room: str, seq: int, text: str = "") -> Past:
    body = MessagePosted(id=f"{room}{seq}", group=room, author="anna", text=text, sent_at=1.0, received_at=1.0)
    return Past(LoggedEvent(offset=seq, body=body, world="real", at=1.0, rooms={room: seq}), None)


def seqs(found: list[Past] | None, room: str) -> list[int] | None:
    return None if found is None else [each.logged.rooms[room] for each in found]


acts = st.one_of(
    st.tuples(st.just("take"), st.sampled_from(ROOMS), st.integers(0, 2_000)),
    st.tuples(st.just("read"), st.sampled_from(ROOMS), st.integers(1, 5)),
    st.tuples(st.just("forget"), st.sampled_from(ROOMS), st.just(0)),
    st.tuples(st.just("skip"), st.sampled_from(ROOMS), st.just(0)),
)


@given(st.lists(acts, max_size=60), st.integers(1, 40_000))
def test_what_it_has_is_the_end_of_the_room_without_a_gap(steps: list[Any], max_bytes: int) -> None:
    tail = Tail(max_bytes)
    last = dict.fromkeys(ROOMS, 10)
    for act, room, number in steps:
        match act:
            case "take":
                last[room] += 1
                tail.took(room, past(room, last[room], "x" * number))
            case "skip":  # an event that it never heard of
                last[room] += 1
            case "forget":
                tail.forget([room])
            case "read":
                begin = max(1, last[room] - 2 * number)
                tail.read(room, last[room], [past(room, seq) for seq in range(begin, begin + number)])
        assert tail.bytes <= max_bytes
        for each in ROOMS:
            whole = tail.after(each, 0, 100)
            assert whole is None or seqs(whole, each) == list(range(1, len(whole) + 1))
            for place in range(last[each] + 1):
                found = seqs(tail.after(each, place, 100), each)
                # A "skip" without anything after it is an event that is not dispatched yet.
                assert found is None or found == list(range(place + 1, place + 1 + len(found)))
                assert found is None or not found or found[-1] <= last[each]


def test_many_at_the_same_place_share_what_was_read_once() -> None:
    tail = Tail(1_000_000)
    assert tail.after("g", 3, 10) is None
    tail.read("g", 6, [past("g", 4), past("g", 5), past("g", 6)])
    assert seqs(tail.after("g", 3, 10), "g") == [4, 5, 6]
    tail.took("g", past("g", 7))
    tail.read("g", 7, [past("g", 2), past("g", 3)])
    assert seqs(tail.after("g", 1, 3), "g") == [2, 3, 4]
    assert tail.after("g", 0, 10) is None
    assert tail.after("g", 7, 10) == []


def test_a_page_that_does_not_reach_what_is_here_is_not_kept() -> None:
    tail = Tail(1_000_000)
    tail.read("g", 9, [past("g", 4), past("g", 5)])
    assert tail.after("g", 3, 10) is None
    tail.took("g", past("g", 10))
    tail.read("g", 10, [past("g", 4), past("g", 5)])
    assert tail.after("g", 3, 10) is None
    assert seqs(tail.after("g", 9, 10), "g") == [10]


def test_what_stands_at_a_seq_can_be_exchanged() -> None:
    tail = Tail(1_000_000)
    for seq in (1, 2):
        tail.took("g", past("g", seq, "as it was"))
    tail.replace("g", 1, past("g", 1, "as it is"))
    tail.replace("g", 9, past("g", 9, "never was"))
    assert [each.logged.body.text for each in tail.after("g", 0, 10) or []] == ["as it is", "as it was"]
