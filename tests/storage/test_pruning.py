"""What every store promises of old history: each kind has its own end, and what is left stays in order."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from realtime.messages import World
from storage.events import PROBE_ROLE, Entry, Erased, Event, Kept, Membership, RoomSpan
from storage.log import HistoryLost
from storage.retention import KEPT, kept_as
from tests.storage.samples import created, entry, joined, left, message, raised, revised, updated
from tests.storage.stores import STORES, Store


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with STORES[request.param](tmp_path) as opened:
        yield opened


def all_before(time: float) -> dict[Kept, float]:
    return dict.fromkeys(KEPT, time)


async def prune_all(store: Store, before: dict[Kept, float], limit: int = 100) -> dict[str, int]:
    firsts: dict[str, int] = {}
    while touched := await store.prune(before, limit):
        firsts |= touched
    return firsts


async def kinds(store: Store, room: str) -> list[str]:
    (first,) = [span.first for name, span in (await store.rooms()).items() if name == room]
    return [type(event.body).__name__ for event in await store.after(room, first - 1, 100)]


@pytest.mark.parametrize(
    ("event", "world", "kept"),
    [
        (raised(public=True, groups=("g",)), "real", "public_alert"),
        (updated(public=True, groups=()), "real", "public_alert"),
        (raised(public=False), "real", "room_alert"),
        (raised(role=PROBE_ROLE), "real", "public_alert"),
        (message(), "real", "message"),
        (revised(), "real", "message"),
        (Erased(), "real", "message"),
        (created(), "real", "membership"),
        (joined(), "real", "membership"),
        (left(), "real", "membership"),
        (raised(), "exercise", "exercise"),
        (updated(role=PROBE_ROLE), "exercise", "probe"),
        (message(), "exercise", "exercise"),
        (Erased(), "exercise", "exercise"),
        (left(), "exercise", "exercise"),
    ],
)
def test_each_event_is_kept_as_something(event: Event, world: World, kept: Kept) -> None:
    assert kept_as(event, world) == kept


async def test_pruning_takes_the_oldest_and_says_what_is_lost(store: Store) -> None:
    await store.append([entry(message(str(n)), "g", at=float(n), key=f"k{n}") for n in range(1, 6)])
    assert await store.prune(all_before(4.0), 2) == {"g": 3}
    assert await store.prune(all_before(4.0), 2) == {"g": 4}
    assert await store.prune(all_before(4.0), 2) == {}
    assert await store.rooms() == {"g": RoomSpan(first=4, last=5)}
    assert [event.body.id for event in await store.after("g", 3, 10)] == ["4", "5"]
    assert [event.body.id for event in await store.before("g", 6, 10)] == ["4", "5"]
    assert list(await store.find(["k3", "k4"])) == ["k4"]
    for seq in (0, 2):
        with pytest.raises(HistoryLost) as lost:
            await store.after("g", seq, 10)
        assert (lost.value.room, lost.value.first) == ("g", 4)


async def test_each_kind_has_its_own_end_and_leaves_its_seqs_taken(store: Store) -> None:
    events: list[Event] = [left("bo"), message("m"), raised("a"), raised("b", public=False)]
    await store.append([entry(event, "g", at=1.0, key=f"k{n}") for n, event in enumerate(events)])
    await store.append([entry(message("n"), "g", at=9.0)])
    assert await prune_all(store, {"message": 5.0}) == {"g": 1}
    assert await kinds(store, "g") == ["MemberLeft", "Erased", "AlertRaised", "AlertRaised", "MessagePosted"]
    assert [event.rooms["g"] for event in await store.after("g", 0, 10)] == [1, 2, 3, 4, 5]
    assert list(await store.find([f"k{n}" for n in range(4)])) == ["k0", "k2", "k3"]
    assert await prune_all(store, {"message": 5.0, "public_alert": 5.0}) == {"g": 1}
    assert await kinds(store, "g") == ["MemberLeft", "Erased", "Erased", "AlertRaised", "MessagePosted"]
    assert await prune_all(store, {"membership": 5.0}) == {"g": 4}
    assert await kinds(store, "g") == ["AlertRaised", "MessagePosted"]
    assert await prune_all(store, all_before(5.0)) == {"g": 5}
    assert await kinds(store, "g") == ["MessagePosted"]


async def test_worlds_have_their_own_ends(store: Store) -> None:
    await store.append(
        [
            entry(message("m"), "g"),
            entry(message("e"), "h", world="exercise"),
            entry(raised("p", role=PROBE_ROLE), "p", world="exercise"),
        ]
    )
    assert await prune_all(store, {"exercise": 5.0}) == {"h": 2}
    assert await prune_all(store, {"probe": 5.0}) == {"p": 2}
    assert (await store.rooms())["g"] == RoomSpan(first=1, last=1)


async def test_pruning_stops_at_the_first_of_its_kind_that_is_young_enough(store: Store) -> None:
    """Clocks step back."""
    await store.append([entry(message(str(at)), "g", at=at) for at in (1.0, 9.0, 2.0)])
    await store.append([entry(raised(), "g", at=2.0)])
    assert await prune_all(store, all_before(5.0)) == {"g": 2}
    assert await kinds(store, "g") == ["MessagePosted", "MessagePosted", "Erased"]


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
async def test_however_long_the_steps_the_end_is_the_same(store: Store, limit: int) -> None:
    """A long stretch of erased events behind the last one that is kept goes in steps as well."""
    await store.append([entry(joined("bo"), "g", "h")] + [entry(message(str(n)), "g") for n in range(9)])
    await store.append([entry(message("h"), "h"), entry(message("young"), "g", at=9.0)])
    assert await prune_all(store, {"message": 5.0}, limit) == {"g": 1, "h": 1}
    assert await prune_all(store, all_before(5.0), limit) == {"g": 11, "h": 3}
    assert await store.rooms() == {"g": RoomSpan(first=11, last=11), "h": RoomSpan(first=3, last=2)}
    (event,) = await store.append([entry(message("next"), "h")])
    assert event.rooms == {"h": 3}


async def test_a_room_begins_at_what_is_left_however_much_another_room_holds_back(store: Store) -> None:
    await store.append([entry(raised(expires_at=9.0), "h"), entry(joined("bo"), "g")])
    await store.append([entry(message(str(n)), "g") for n in range(9)])
    assert await prune_all(store, {"message": 5.0}, 2) == {"g": 1}
    assert await prune_all(store, all_before(5.0), 2) == {"g": 11}
    assert await store.rooms() == {"g": RoomSpan(first=11, last=10), "h": RoomSpan(first=1, last=1)}


async def test_no_number_is_ever_given_again(store: Store) -> None:
    before = await store.append([entry(message("1"), "g", key="k"), entry(message("2"), "g")])
    assert await prune_all(store, all_before(5.0)) == {"g": 3}
    assert await store.rooms() == {"g": RoomSpan(first=3, last=2)}
    assert await store.after("g", 2, 10) == []
    (after,) = await store.append([entry(message("3"), "g", key="k")])
    assert after.offset > before[-1].offset
    assert after.rooms == {"g": 3}


async def test_events_without_a_room_do_not_end_the_pruning(store: Store) -> None:
    await store.append([entry(updated("a", n)) for n in range(5)] + [entry(message(), "g"), entry(message(), "h")])
    assert await store.prune(all_before(5.0), 2) == {"g": 2, "h": 2}
    assert await store.prune(all_before(5.0), 2) == {}


async def test_an_alert_counts_from_when_it_was_last_relevant_and_goes_with_its_events(store: Store) -> None:
    await store.append([entry(raised("over", expires_at=4.9), "g", key="k"), entry(raised("lasts"), "g")])
    await store.append([entry(updated("lasts", 2, expires_at=5.0)), entry(updated("over", 2, expires_at=4.8), key="l")])
    assert await prune_all(store, all_before(4.85)) == {"g": 2}
    assert await prune_all(store, all_before(5.0)) == {}
    assert [(logged.alert.id, logged.rooms) for logged in await store.alerts(0.0)] == [("lasts", {"g": 2})]
    assert await store.find(["k", "l"]) != {}  # the update stands behind one that lasts
    assert await prune_all(store, all_before(5.1)) == {"g": 3}
    assert await store.alerts(0.0) == []
    assert await store.find(["k", "l"]) == {}


async def test_groups_and_stays_that_last_are_kept_and_those_that_ended_go_with_their_leaves(store: Store) -> None:
    batch = [entry(created()), entry(joined("bo")), entry(joined("cecilia")), entry(left("bo"), at=1.5)]
    await store.append([*batch, entry(left("cecilia"), at=9.0)])
    groups = await store.groups()
    assert len(await store.memberships(0.0)) == 3
    assert await prune_all(store, all_before(5.0)) == {}
    assert await store.groups() == groups
    assert await store.memberships(0.0) == [
        Membership(group="g", world="real", user="anna", from_seq=1, began_at=1.0),
        Membership(group="g", world="real", user="cecilia", from_seq=1, began_at=1.0, ended_at=9.0),
    ]


async def test_a_message_can_no_longer_be_revised_once_it_is_erased(store: Store) -> None:
    await store.append([entry(joined(), "g"), entry(message(), "g")])
    assert await prune_all(store, {"message": 5.0}) == {"g": 1}
    (logged,) = await store.append([entry(revised(2), "g")])
    assert logged.body.message is None


async def test_the_key_of_a_superseded_revision_goes_when_messages_go(store: Store) -> None:
    batch: list[Entry] = [entry(joined(), "g"), entry(message(), "g"), entry(revised(2, "b"), "g", key="k")]
    await store.append([*batch, entry(revised(2, "c"), "g", at=9.0)])
    assert list(await store.find(["k"])) == ["k"]
    assert await prune_all(store, {"message": 5.0}) == {"g": 1}
    assert await store.find(["k"]) == {}
    assert await kinds(store, "g") == ["MemberJoined", "Erased", "Erased", "MessageRevised"]


async def test_the_key_of_a_young_superseded_revision_stays_at_the_log_s_beginning_too(store: Store) -> None:
    await store.append([entry(message(), "g"), entry(revised(1, "b"), "g", at=9.0, key="k")])
    await store.append([entry(revised(1, "c"), "g", at=9.0)])
    assert await prune_all(store, all_before(5.0)) == {"g": 2}
    assert list(await store.find(["k"])) == ["k"]
