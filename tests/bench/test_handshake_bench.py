"""The bench of the handshake brings in whom it says, by every kind of token."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import handshake
from bench.inside import people
from realtime.clock import SystemClock
from realtime.config import TokenSettings
from realtime.connection.auth import Verifier
from realtime.connection.keys import load_keys


def test_both_kinds_of_tokens_hold_and_are_new_each_time(tmp_path: Path) -> None:
    file, keys = handshake.make_keys(tmp_path)
    verifier = Verifier(load_keys(TokenSettings(jwks_file=file), tmp_path), SystemClock())
    guests = handshake.Guests(people(3), keys, "epoch")
    for kind, algorithm in (("hs256", "HS256"), ("eddsa", "EdDSA")):
        assert keys[kind].algorithm == algorithm
        first, second = guests.tokens(kind), guests.tokens(kind)
        assert [verifier.identify(token).user for token in first] == ["0", "1", "2"]
        assert not set(first) & set(second)


def test_the_table_has_the_medians_of_all_steps_and_the_ratio_of_neighbours() -> None:
    ours = handshake.Figures([(1.0, 2.0, 3.0), (10.0, 20.0, 30.0), (2.0, 4.0, 6.0)], [(1.0, 1.0, 1.0)] * 3)
    floor = handshake.Figures([(1.0, 1.0, 1.0), (10.0, 10.0, 10.0), (2.0, 2.0, 2.0)], [(0.0, 0.0, 0.0)] * 3)
    _, row, _ = handshake.table({"seen": ours, "floor": floor})
    assert row.split() == ["seen", "2.0", "4.0", "1.0", "6.0", "1.0", "1.0", "12.0", "2.00"]


@pytest.fixture
def own_cores() -> Iterator[None]:
    """The bench moves its process to one core; the tests after this one get theirs back."""
    cores = os.sched_getaffinity(0)
    yield
    os.sched_setaffinity(0, cores)


@pytest.mark.usefixtures("own_cores")
async def test_clients_come_hear_and_leave_and_are_measured_by_step() -> None:
    figures = await handshake.measure(clients=3, rounds=1)
    assert set(figures) == {*handshake.BOUND, "eddsa", "floor"}
    assert all(len(found.steps) == 1 and all(step > 0 for step in found.steps[0]) for found in figures.values())
    assert all(part > 0 for kind in handshake.BOUND for part in figures[kind].parts[0])
