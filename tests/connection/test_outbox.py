"""The bounded queue: what goes first, and where it ends."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from realtime.connection.outbox import ENTRY_BYTES, Outbox
from realtime.lanes import Lane

LANES = st.sampled_from(Lane)


def drained(outbox: Outbox) -> Iterator[bytes]:
    while (frame := outbox.take()) is not None:
        yield frame


@given(st.lists(st.tuples(LANES, st.binary(max_size=50))))
def test_takes_by_lane_and_within_a_lane_in_order(frames: list[tuple[Lane, bytes]]) -> None:
    outbox = Outbox(1_000_000)
    for lane, frame in frames:
        assert outbox.put(frame, lane, now=0.0)
    assert list(drained(outbox)) == [frame for _, frame in sorted(frames, key=lambda entry: entry[0])]
    assert outbox.queued_bytes == 0


@given(st.lists(st.one_of(st.none(), st.tuples(LANES, st.binary(max_size=300))), max_size=60))
def test_never_holds_more_than_its_bound(steps: list[tuple[Lane, bytes] | None]) -> None:
    """Puts and takes (None) in any order, judged by a plain list."""
    outbox, kept = Outbox(2_000), list[tuple[Lane, bytes]]()
    for step in steps:
        if step is None:
            first = min(kept, key=lambda entry: entry[0], default=None)
            assert outbox.take() == (first[1] if first else None)
            if first:
                kept.remove(first)
        else:
            lane, frame = step
            fits = sum(len(kept_frame) + ENTRY_BYTES for _, kept_frame in [*kept, step]) <= 2_000
            assert outbox.put(frame, lane, now=0.0) is fits
            if fits:
                kept.append(step)
        assert outbox.queued_bytes == sum(len(frame) + ENTRY_BYTES for _, frame in kept) <= 2_000


def test_many_tiny_frames_do_not_dodge_the_bound() -> None:
    outbox = Outbox(10_000)
    taken = sum(outbox.put(b"\x8a\x00", Lane.RED, now=0.0) for _ in range(10_000))
    assert taken == 10_000 // (2 + ENTRY_BYTES)


def test_knows_how_long_the_oldest_has_waited_whatever_its_lane() -> None:
    outbox = Outbox(10_000)
    assert outbox.oldest() is None
    outbox.put(b"rest", Lane.REST, now=1.0)
    outbox.put(b"red", Lane.RED, now=2.0)
    assert outbox.oldest() == 1.0
    assert outbox.take() == b"red"
    assert outbox.oldest() == 1.0
    assert outbox.take() == b"rest"
    assert outbox.oldest() is None


def test_the_oldest_of_a_lane_is_told_apart_from_the_others() -> None:
    outbox = Outbox(10_000)
    outbox.put(b"chat", Lane.REST, 1.0)
    assert outbox.oldest(Lane.RED) is None
    outbox.put(b"red", Lane.RED, 2.0)
    outbox.put(b"red", Lane.RED, 3.0)
    assert (outbox.oldest(), outbox.oldest(Lane.RED)) == (1.0, 2.0)
