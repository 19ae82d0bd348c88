"""So many a second come in, and each of the rest has a turn of their own."""

from hypothesis import given
from hypothesis import strategies as st

from realtime.admission import MAX_AHEAD_S, Admission
from tests.fakes import FakeClock


def test_a_burst_comes_in_at_once_and_the_rest_in_their_turns() -> None:
    clock = FakeClock()
    admission = Admission(clock, per_s=10.0, burst=3)
    assert [admission.admits() for _ in range(4)] == [True, True, True, False]
    turns = [admission.book() for _ in range(5)]
    assert [round((turn or 0) - clock.monotonic(), 3) for turn in turns] == [0.1, 0.2, 0.3, 0.4, 0.5]
    clock.advance(0.5)
    assert not admission.admits()  # all of these are taken
    clock.advance(0.11)
    assert admission.admits()


@given(st.lists(st.floats(0.0, 0.5), max_size=80), st.integers(1, 20), st.integers(1, 10))
def test_no_second_has_more_than_the_rate_and_one_burst(gaps: list[float], per_s: int, burst: int) -> None:
    clock = FakeClock()
    admission = Admission(clock, float(per_s), burst)
    came = []
    for gap in gaps:
        clock.advance(gap)
        turn_at = clock.monotonic() if admission.admits() else admission.book()
        if turn_at is not None:
            came.append(turn_at)
            assert turn_at - clock.monotonic() <= MAX_AHEAD_S
    assert all(at >= clock.monotonic() - sum(gaps) for at in came)
    for begin in came:
        assert sum(begin <= at < begin + 1.0 for at in came) <= per_s + burst


def test_nobody_can_book_so_much_that_the_others_wait_for_ever() -> None:
    clock = FakeClock()
    admission = Admission(clock, per_s=10.0, burst=1)
    turns = [admission.book() for _ in range(1_000)]
    assert sum(turn is not None for turn in turns) <= 10 * MAX_AHEAD_S + 2
    clock.advance(MAX_AHEAD_S + 0.2)
    assert admission.admits()
