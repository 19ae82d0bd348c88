"""What holds in one world, as dispatched and as decided."""

import pytest
from msgspec.structs import replace

from realtime.delivery.facts import Facts
from storage.events import HeldFact
from storage.facts import AnyFact, Appointment, Mute
from tests.storage.samples import appointment, dropped, entry, said

KEY = appointment().key


@pytest.fixture
def facts() -> Facts:
    return Facts("real")


def test_the_last_word_holds_until_it_is_withdrawn(facts: Facts) -> None:
    facts.apply(said("bo", "g", "admin"))
    facts.apply(said("bo", "g", "approver"))
    assert facts.get(Appointment, KEY) == appointment("bo", "g", "approver")
    assert list(facts.of(Appointment)) == [KEY]
    assert facts.get(Mute, KEY) is None
    facts.apply(dropped("bo"))
    assert facts.get(Appointment, KEY) is None
    facts.apply(dropped("bo"))
    assert facts.of(Appointment) == {}


def test_what_was_held_at_start_is_of_this_world_only(facts: Facts) -> None:
    facts.load([HeldFact(fact=appointment(user), world=world, by="", at=1.0) for user, world in HELD])
    assert [fact.user for fact in facts.of(Appointment).values()] == ["bo"]


HELD = (("bo", "real"), ("eva", "exercise"))


def test_listeners_hear_what_was_and_what_is(facts: Facts) -> None:
    heard: list[tuple[AnyFact | None, AnyFact | None]] = []
    facts.listen(Appointment, lambda before, now: heard.append((before, now)))
    facts.load([HeldFact(fact=appointment("bo"), world="real", by="", at=1.0)])
    facts.apply(said("bo", "g", "admin"))
    facts.apply(dropped("bo"))
    one, other = appointment("bo"), appointment("bo", "g", "admin")
    assert heard == [(None, one), (one, other), (other, None)]


def test_what_is_decided_counts_for_deciding_and_for_nothing_else(facts: Facts) -> None:
    """Two acts of one batch must not both use up what is there once."""
    facts.apply(said("bo", "g", "admin"))
    facts.decide(entry(dropped("bo")))
    assert facts.latest(Appointment, KEY) is None
    assert facts.get(Appointment, KEY) is not None
    facts.decide(entry(said("bo", "g", "ambassador")))
    facts.apply(dropped("bo"))
    assert facts.latest(Appointment, KEY) == appointment("bo", "g", "ambassador")
    facts.undecide([])
    assert facts.latest(Appointment, KEY) is None


def test_what_happens_with_an_event_is_decided_with_it(facts: Facts) -> None:
    facts.decide(replace(entry(said("bo", "g")), also=(entry(said("eva", "g", "admin")),)))
    assert facts.latest(Appointment, appointment("eva").key) == appointment("eva", "g", "admin")
