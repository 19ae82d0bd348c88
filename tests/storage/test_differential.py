"""Whatever is appended, revised, marked and pruned, each database answers as the plain dicts do."""

import asyncio
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.events import PROBE_ROLE, Entry, Kept, Marker
from storage.log import StorageError
from storage.memory import MemoryStore
from storage.retention import KEPT
from storage.schema import metadata
from storage.sql import SqlStore
from tests.storage.samples import (
    created,
    dropped,
    entry,
    joined,
    left,
    message,
    noticed,
    raised,
    revised,
    said,
    updated,
)
from tests.storage.stores import Store

ROOMS = ("g", "h", "me/real/bo")
KEYS = tuple(f"k{number}" for number in range(8))

times = st.integers(0, 8).map(float)
groups = st.sampled_from(("g", "h"))
people = st.sampled_from(("anna", "bo"))
alerts: dict[str, st.SearchStrategy[Any]] = {
    "id": st.sampled_from("ab"),
    "revision": st.integers(1, 4),
    "updated_at": times,
    "expires_at": times,
    "ended_at": st.none() | times,
    "public": st.booleans(),
    "role": st.sampled_from(("member", PROBE_ROLE)),
}
seqs = st.integers(1, 8)
bodies = st.one_of(
    st.builds(message, st.just("m") | st.text(max_size=3), groups),
    st.builds(revised, seqs, st.sampled_from(("", "b", "c")), groups, st.sampled_from(("anna", "anna", "bo"))),
    st.builds(revised, seqs, st.sampled_from(("", "b", "c")), groups),  # most of which fit
    st.builds(raised, **alerts),
    st.builds(updated, **alerts),
    st.builds(created, groups, people, st.sampled_from(("joining", "all"))),
    st.builds(joined, people, groups),
    st.builds(left, people, groups),
    st.builds(said, people, groups, st.sampled_from(("admin", "approver"))),
    st.builds(dropped, people, groups),
    st.builds(noticed, st.sampled_from("ab")),
)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    rooms = draw(st.lists(st.sampled_from(ROOMS), max_size=3))
    world = draw(st.sampled_from(("real", "real", "real", "exercise")))
    key = draw(st.none() | st.sampled_from(KEYS))
    return entry(draw(bodies), *rooms, at=draw(times), world=world, key=key)


@dataclass(frozen=True)
class Append:
    batch: list[Entry]

    async def do(self, store: Store) -> object:
        return await outcome(store.append(self.batch))


@dataclass(frozen=True)
class Prune:
    before: dict[Kept, float]
    limit: int

    async def do(self, store: Store) -> object:
        return await store.prune(self.before, self.limit)


@dataclass(frozen=True)
class Mark:
    markers: list[Marker]

    async def do(self, store: Store) -> object:
        return await store.mark(self.markers)


@dataclass(frozen=True)
class Read:
    room: str
    seq: int
    limit: int

    async def do(self, store: Store) -> object:
        after = await outcome(store.after(self.room, self.seq, self.limit))
        return after, await store.before(self.room, self.seq, self.limit)


worlds = st.sampled_from(("real", "exercise"))
markers = st.builds(Marker, world=worlds, user=people, room=st.sampled_from(ROOMS), seq=seqs)

Act = Append | Prune | Mark | Read
acts = st.one_of(
    st.builds(Append, st.lists(entries(), min_size=1, max_size=6)),
    st.builds(Append, st.lists(entries(), min_size=1, max_size=6)),  # twice as often as the others
    st.builds(Prune, st.dictionaries(st.sampled_from(KEPT), times), st.integers(1, 5)),
    st.builds(Prune, times.map(lambda time: dict.fromkeys(KEPT, time)), st.integers(1, 5)),
    st.builds(Mark, st.lists(markers, max_size=3)),
    st.builds(Read, st.sampled_from(ROOMS), st.integers(-1, 12), st.integers(0, 5)),
)


async def outcome(call: Coroutine[Any, Any, object]) -> object:
    """What a call returned, or everything that can be known of what it raised."""
    try:
        return await call
    except (StorageError, ValueError) as error:
        return type(error), str(error), vars(error)


async def everything(store: Store) -> list[object]:
    """All that can be seen of a store from outside; the order of rooms means nothing."""
    pages = [await outcome(store.after(room, seq, 99)) for room in ROOMS for seq in (0, 3)]
    return [
        await store.rooms(),
        await store.groups(),
        await store.memberships(0.0),
        await store.memberships(4.0),
        await store.alerts(0.0),
        await store.alerts(5.0),
        await store.facts(),
        [await store.alert(id) for id in "abc"],
        await store.find(KEYS),
        sorted(await store.markers(), key=repr),
        pages,
        [await store.before(room, 99, 99) for room in ROOMS],
    ]


async def empty(store: SqlStore) -> None:
    """Opening a new one for each example would take most of the time."""
    for table in reversed(metadata.sorted_tables):
        await store._writer.run(lambda db, name: db.execute(f'DELETE FROM "{name}"'), table.name)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as running:
        yield running


@pytest.fixture(scope="module")
def database(runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    store = runner.run(SqlStore.open(tmp_path_factory.mktemp("differential")))
    runner.run(store._writer.run(lambda db: db.execute("PRAGMA synchronous = OFF")))  # hundreds of commits
    yield store
    runner.run(store.close())


@given(acts=st.lists(acts, max_size=12))
@settings(max_examples=80, deadline=None)
def test_a_database_answers_as_plain_dicts_do(runner: asyncio.Runner, database: SqlStore, acts: list[Act]) -> None:
    async def compare() -> None:
        await empty(database)
        reference = MemoryStore()
        for act in acts:
            assert await act.do(database) == await act.do(reference)
        assert await everything(database) == await everything(reference)

    runner.run(compare())
