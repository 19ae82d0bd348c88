"""What every store lets go of when somebody has erased their account, and that the log agrees with itself meanwhile."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from storage.events import AlertRaised, Entry, Erased, FactSet, Marker, MessagePosted, MessageRevised, key_prefix
from storage.facts import Decision, Erasing, MemberCard, Preference, Thread
from storage.forgetting import fact_without, ledger_room
from storage.memory import MemoryStore
from storage.sql import SqlStore
from storage.sqlite import DATABASE
from storage.verifying import verify
from tests.storage.samples import created, entry, joined, left, message, noticed, raised, revised, said, updated

ZELDA = "zelda"
ME, LEDGER = f"me/real/{ZELDA}", ledger_room("real", ZELDA)
KEY = key_prefix("real", ZELDA)


def fact(body: object) -> FactSet:
    return FactSet(fact=body, by=ZELDA)  # type: ignore[arg-type]


ENTRIES = [
    entry(created("g", creator=ZELDA), ME, key=f"{KEY}1"),
    entry(joined("bo", group="g"), "me/real/bo"),
    entry(replace(message("m", text="SECRET"), author=ZELDA, name="Zelda"), "g", key=f"{KEY}2"),
    entry(replace(message("n", text="stays"), author="bo"), "g"),
    entry(revised(1, "SECRET again", author=ZELDA), "g"),
    entry(raised("a", author=ZELDA, name="Zelda", headline="SECRET", groups=("g",)), "g", key=f"{KEY}3"),
    entry(updated("a", 2, author=ZELDA, name="Zelda", headline="SECRET", text="SECRET")),
    entry(raised("b", author="bo", headline="stays")),
    entry(fact(Preference(user=ZELDA)), ME, LEDGER),
    entry(fact(Decision(id="d", user="bo", action="warn", by=ZELDA, reason="tone", at=1.0)), "audit/real/"),
    entry(fact(Thread(room="thread-1", organisation="o", sender=ZELDA, about="tip", opened_at=1.0, last_at=1.0))),
    entry(noticed("group_applied"), ME),
    entry(said("bo"), key=f"{KEY}4"),
    entry(left(ZELDA, group="g"), ME),
    entry(FactSet(fact=Erasing(user=ZELDA)), key=f"{KEY}5"),
]


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[MemoryStore | SqlStore]:
    opened = MemoryStore() if request.param == "memory" else await SqlStore.open(tmp_path)
    for each in ENTRIES:
        await opened.append([each])
    await opened.mark([Marker(world="real", user=ZELDA, room=ME, seq=1)])
    yield opened
    await opened.close()


async def all_of(store: MemoryStore | SqlStore) -> str:
    found = [
        *await store.scan(0, 1_000),
        *await store.alerts(0.0),
        *await store.groups(),
        *await store.memberships(0.0),
        *await store.markers(),
        *await store.facts(),
    ]
    return str([msgspec.to_builtins(each) for each in found] + list(await store.rooms()))


async def test_a_person_goes_step_by_step_and_others_stay(store: MemoryStore | SqlStore, tmp_path: Path) -> None:
    """Each step leaves a log that agrees with itself; facts are dropped before, by acts of their own."""
    for offset in range(1, len(ENTRIES) + 1):
        await store.forget("real", ZELDA, [offset])
        if isinstance(store, SqlStore):
            broken = verify(tmp_path / DATABASE, lambda *_: None).broken
            assert [each for each in broken if not each.startswith(("decision", "thread"))] == []  # no act changed them
    assert not await store.forget_rest("real", ZELDA, len(ENTRIES) - 1, 1)  # something came after that
    assert await store.forget_rest("real", ZELDA, len(ENTRIES), 2)
    events = await store.scan(0, 1_000)
    bodies = [event.body for event in events]
    assert isinstance(bodies[2], MessagePosted)
    assert isinstance(bodies[4], MessageRevised)
    assert (bodies[2].is_removed, bodies[2].author, bodies[4].message and bodies[4].message.text) == (True, "", "")
    assert isinstance(bodies[5], AlertRaised)
    assert (bodies[5].alert.headline, bodies[5].alert.lat) == (None, bodies[5].alert.public_lat)
    assert {type(bodies[place]) for place in (8, 11, 13, 14)} == {Erased}
    assert [event.key for event in events] == [None] * len(ENTRIES)
    assert await store.find([f"{KEY}2"]) == {}
    rooms = await store.rooms()
    assert (rooms["g"].first, rooms["g"].last, ME in rooms, LEDGER in rooms) == (1, 4, False, False)
    assert [(stay.user, stay.group) for stay in await store.memberships(0.0)] == [("bo", "g")]
    assert await store.markers() == []
    assert [group.creator for group in await store.groups()] == [""]
    held = {type(each.fact): each.by for each in await store.facts()}
    assert Erasing not in held
    assert set(held.values()) <= {"", "anna"}
    assert "SECRET" not in await all_of(store)
    assert "stays" in await all_of(store)
    if isinstance(store, SqlStore):
        broken = verify(tmp_path / DATABASE, lambda *_: None).broken
        assert [each for each in broken if not each.startswith(("decision", "thread", "preference"))] == []


def test_who_was_invited_stays_and_does_not_say_by_whom() -> None:
    card = MemberCard(group="g", user="bo")
    assert fact_without(card.known_to(ZELDA), ZELDA) == card
    assert fact_without(card.known_to("anna"), ZELDA) == card.known_to("anna")
    assert fact_without(MemberCard(group="g", user=ZELDA), ZELDA) is None


async def test_the_same_name_in_the_other_world_is_somebody_else(store: MemoryStore | SqlStore) -> None:
    await store.forget("exercise", ZELDA, range(1, len(ENTRIES) + 1))
    await store.forget_rest("exercise", ZELDA, len(ENTRIES), 10)
    found = await all_of(store)
    assert found.count("SECRET") > 2
    assert ME in found


async def test_who_comes_back_begins_at_the_first_seq(store: MemoryStore | SqlStore) -> None:
    await store.forget("real", ZELDA, range(1, len(ENTRIES) + 1))
    await store.forget_rest("real", ZELDA, len(ENTRIES), 1)
    (logged,) = await store.append([Entry(body=noticed("exported"), world="real", at=9.0, rooms=(ME,))])
    assert logged.rooms == {ME: 1}
    assert logged.offset == len(ENTRIES) + 1


async def test_an_alert_is_retracted_revision_by_revision(store: MemoryStore | SqlStore, tmp_path: Path) -> None:
    first = await store.raised_at("a")
    assert first == 6
    assert await store.raised_at("none") is None
    for offset in range(1, len(ENTRIES) + 1):
        await store.retract("a", [offset])
        if isinstance(store, SqlStore):
            assert verify(tmp_path / DATABASE, lambda *_: None).broken == []
    found = str([msgspec.to_builtins(event.body) for event in (await store.scan(5, 2))])
    assert "SECRET" not in found
    assert "Zelda" not in found
    assert "'author': 'zelda'" in found  # the limits still count it
    (state,) = [logged.alert for logged in await store.alerts(0.0) if logged.alert.id == "a"]
    assert (state.text, state.name, state.lat) == (None, None, state.public_lat)
