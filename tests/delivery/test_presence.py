"""Devices, their numbers, and their positions."""

from dataclasses import dataclass

import pytest

from realtime.delivery.presence import Presence
from realtime.identity import Identity
from tests.fakes import FakeClock

HERE = (59.3250, 18.0700)


@dataclass(eq=False)
class Visitor:
    """Just enough of a session."""

    user: str
    device: str = "phone"
    number: int = -1
    heard_at: float = 0.0
    file: int = -1
    encoding: str = "json"
    is_open: bool = True

    @property
    def identity(self) -> Identity:
        return Identity(user=self.user, world="real", expires_at=0.0)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def presence(clock: FakeClock) -> Presence:
    return Presence(clock, ttl_s=3_600.0, max_devices=3)


def here(presence: Presence, visitor: Visitor) -> None:
    presence.attach(visitor)  # type: ignore[arg-type]
    presence.move(visitor, *HERE, 0.0, 0.0)  # type: ignore[arg-type]


def near(presence: Presence) -> list[str]:
    return sorted(session.identity.user for session in presence.roster.those(presence.near(*HERE, 100.0)[0]))


def test_a_position_outlives_its_connection_and_meets_the_device_again(presence: Presence, clock: FakeClock) -> None:
    anna = Visitor("anna", heard_at=7.0)
    here(presence, anna)
    presence.detach(anna)  # type: ignore[arg-type]
    assert near(presence) == []
    again = Visitor("anna")
    presence.attach(again)  # type: ignore[arg-type]
    assert near(presence) == ["anna"]
    assert presence.last_heard(again) == 7.0  # type: ignore[arg-type]
    assert presence.last_heard(again) is None  # type: ignore[arg-type]


def test_a_number_is_never_two_devices(presence: Presence, clock: FakeClock) -> None:
    """A device that is gone with a stale position must give its number back once, and take the position with it."""
    anna = Visitor("anna")
    here(presence, anna)
    clock.advance(4_000)
    presence.detach(anna)  # type: ignore[arg-type]
    presence.forget_old()
    others = [Visitor("bo"), Visitor("cia")]
    for other in others:
        here(presence, other)
    assert len({other.number for other in others}) == 2
    assert near(presence) == ["bo", "cia"]


def test_a_number_that_is_used_again_has_no_old_position(presence: Presence, clock: FakeClock) -> None:
    anna = Visitor("anna")
    here(presence, anna)
    clock.advance(4_000)
    presence.detach(anna)  # type: ignore[arg-type]
    bo = Visitor("bo")
    presence.attach(bo)  # type: ignore[arg-type]
    assert bo.number == anna.number
    assert presence.renew(bo) is False  # type: ignore[arg-type]
    assert near(presence) == []


def test_a_replaced_session_takes_nothing_with_it_when_it_ends(presence: Presence) -> None:
    old, new = Visitor("anna"), Visitor("anna")
    here(presence, old)
    assert presence.attach(new) is old  # type: ignore[arg-type]
    presence.detach(old)  # type: ignore[arg-type]
    assert near(presence) == ["anna"]
    assert presence.connected == 1
    assert [*presence.of_user("anna")] == [new]


def test_a_person_leaves_only_so_many_positions_behind(presence: Presence) -> None:
    for number in range(10):
        visitor = Visitor("anna", f"device-{number}")
        here(presence, visitor)
        presence.detach(visitor)  # type: ignore[arg-type]
    assert presence.positions == 3


def test_all_that_is_stale_goes_in_turns(presence: Presence, clock: FakeClock) -> None:
    for number in range(450):
        here(presence, Visitor(f"user-{number}"))
    clock.advance(4_000)
    assert [presence.forget_old() for _ in range(3)] == [True, True, False]
    assert presence.positions == 0
