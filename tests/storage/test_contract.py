"""What every store promises, in the words of EventLog and Directory."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.events import AlertRaised, Entry, MemberJoined, Membership, RoomSpan, own_room
from storage.log import AlreadyStored, HistoryLost
from tests.storage.samples import an_alert, created, entry, joined, left, message, raised, updated
from tests.storage.stores import STORES, Store


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with STORES[request.param](tmp_path) as opened:
        yield opened


async def texts(store: Store, room: str, seq: int = 0, limit: int = 100) -> list[str]:
    return [event.body.id for event in await store.after(room, seq, limit)]


# --- appending ---


async def test_an_empty_store_has_nothing(store: Store) -> None:
    assert await store.rooms() == {}
    assert await store.groups() == []
    assert await store.memberships(0.0) == []
    assert await store.alerts(0.0) == []
    assert await store.find(["k"]) == {}
    assert await store.after("g", 0, 10) == await store.before("g", 10, 10) == []
    assert await store.append([]) == []


async def test_seqs_are_dense_in_each_room_and_offsets_rise(store: Store) -> None:
    first = await store.append([entry(message("1"), "g"), entry(message("2"), "g", "h"), entry(message("3"))])
    second = await store.append([entry(message("4"), "h", "g")])
    assert [event.rooms for event in first + second] == [{"g": 1}, {"g": 2, "h": 1}, {}, {"h": 2, "g": 3}]
    offsets = [event.offset for event in first + second]
    assert offsets == sorted(set(offsets))
    assert await store.rooms() == {"g": RoomSpan(first=1, last=3), "h": RoomSpan(first=1, last=2)}


async def test_an_event_comes_back_as_it_was_given(store: Store) -> None:
    given = [
        entry(raised(text="Två män, 🚨", called_112=False, category="burglary"), "g", at=1.25, key="real/anna/1"),
        entry(message(text="\u0000\n\"'"), "g", world="exercise"),
        entry(created(), own_room("real", "anna")),
        entry(left(), "g"),
    ]
    logged = await store.append(given)
    for room in ("g", own_room("real", "anna")):
        for event in await store.after(room, 0, 10):
            assert event in logged
    for event, wanted in zip(logged, given, strict=True):
        assert (event.body, event.world, event.at) == (wanted.body, wanted.world, wanted.at)
        assert (tuple(event.rooms), event.key, event.digest) == (wanted.rooms, wanted.key, wanted.digest)


async def test_a_room_named_twice_counts_once(store: Store) -> None:
    (event,) = await store.append([entry(message(), "g", "g")])
    assert event.rooms == {"g": 1}
    assert await store.rooms() == {"g": RoomSpan(first=1, last=1)}


async def test_a_known_key_refuses_the_whole_batch_and_tells_the_first_numbers(store: Store) -> None:
    known = await store.append([entry(message("1"), "g", key="k1"), entry(message("2"), "g", "h", key="k2")])
    batch = [entry(created("new"), "me", key="k3"), entry(message("again"), "g", key="k2"), entry(raised("new"), "g")]
    with pytest.raises(AlreadyStored) as refused:
        await store.append(batch)
    assert refused.value.found == {"k2": known[1]}
    assert await store.rooms() == {"g": RoomSpan(first=1, last=2), "h": RoomSpan(first=1, last=1)}
    assert await store.groups() == await store.memberships(0.0) == await store.alerts(0.0) == []
    assert await store.find(["k1", "k2", "k3"]) == {"k1": known[0], "k2": known[1]}
    (event,) = await store.append([entry(message("3"), "g", key="k3")])
    assert event.rooms == {"g": 3}


async def test_one_key_twice_in_a_batch_is_the_callers_bug(store: Store) -> None:
    with pytest.raises(ValueError, match="same key"):
        await store.append([entry(message("1"), "g", key="k"), entry(message("2"), "g", key="k")])
    assert await store.rooms() == {}


# --- alerts are state ---


async def test_a_page_has_an_alert_as_it_is_now_and_find_as_it_was_logged(store: Store) -> None:
    logged = await store.append([entry(raised(), "g", key="k"), entry(updated(text="gone"))])
    now = AlertRaised(an_alert(revision=2, text="gone"))
    assert [event.body for event in await store.after("g", 0, 10)] == [now]
    assert [event.body for event in await store.before("g", 10, 10)] == [now]
    assert await store.find(["k"]) == {"k": logged[0]}
    (alert,) = await store.alerts(0.0)
    assert (alert.alert, alert.world, alert.rooms) == (now.alert, "real", {"g": 1})


@pytest.mark.parametrize(
    "later",
    [
        entry(updated("a", 2, text="as high")),
        entry(updated("a", 1, text="lower")),
        entry(updated("a", 3, text="other world"), world="exercise"),
        entry(updated("b", 3, text="unknown")),
        entry(raised("a", 2, text="raised again"), "h"),
        entry(raised("a", 3, text="raised elsewhere"), "h", world="exercise"),
    ],
)
async def test_only_a_higher_revision_of_the_same_alert_changes_it(store: Store, later: Entry) -> None:
    await store.append([entry(raised(), "g"), entry(updated(revision=2, text="known"))])
    await store.append([later])
    assert [logged.alert.text for logged in await store.alerts(0.0)] == ["known"]


async def test_an_alert_raised_again_is_an_update(store: Store) -> None:
    await store.append([entry(raised(), "g")])
    await store.append([entry(raised(revision=2, text="again"), "h")])
    (logged,) = await store.alerts(0.0)
    assert (logged.alert.text, logged.rooms) == ("again", {"g": 1})


async def test_alerts_are_told_until_they_no_longer_matter(store: Store) -> None:
    """Whichever comes last, the change, the end or the expiry: at that time still, after it no more."""
    await store.append(
        [
            entry(raised("expires", updated_at=1.0, expires_at=9.0), "g"),
            entry(raised("changed", updated_at=9.0, expires_at=2.0), "g"),
            entry(raised("ended", updated_at=1.0, expires_at=2.0, ended_at=9.0), "g"),
            entry(raised("past", updated_at=1.0, expires_at=8.5, ended_at=3.0), "g"),
        ]
    )
    assert [logged.alert.id for logged in await store.alerts(8.5)] == ["expires", "changed", "ended", "past"]
    assert [logged.alert.id for logged in await store.alerts(9.0)] == ["expires", "changed", "ended"]
    assert await store.alerts(9.5) == []


# --- pages ---


async def test_pages_forward_and_backward_meet(store: Store) -> None:
    await store.append([entry(message(str(number)), "g") for number in range(1, 8)])
    await store.append([entry(message("other"), "h")])
    assert await texts(store, "g", 0, 3) == ["1", "2", "3"]
    assert await texts(store, "g", 3, 3) == ["4", "5", "6"]
    assert await texts(store, "g", 6, 3) == ["7"]
    assert await texts(store, "g", 7, 3) == await texts(store, "g", 99, 3) == []
    assert [event.body.id for event in await store.before("g", 8, 3)] == ["5", "6", "7"]
    assert [event.body.id for event in await store.before("g", 5, 3)] == ["2", "3", "4"]
    assert [event.body.id for event in await store.before("g", 2, 3)] == ["1"]
    assert await store.before("g", 1, 3) == await store.before("g", 0, 3) == []


# --- groups and who belongs to them ---


def stay(user: str, from_seq: int, began_at: float = 1.0, ended_at: float | None = None) -> Membership:
    return Membership(group="g", world="real", user=user, from_seq=from_seq, began_at=began_at, ended_at=ended_at)


async def test_the_creator_stays_from_the_first_seq(store: Store) -> None:
    await store.append([entry(created(), own_room("real", "anna"), at=4.0)])
    (group,) = await store.groups()
    assert (group.id, group.world, group.creator, group.name) == ("g", "real", "anna", "Köpmangatan")
    assert (group.locked, group.created_at) == (False, 4.0)
    assert await store.memberships(0.0) == [stay("anna", 1, 4.0)]


async def test_a_stay_begins_above_what_was_said_before_it_in_the_same_batch_too(store: Store) -> None:
    await store.append([entry(created()), entry(message("1"), "g")])
    logged = await store.append([entry(message("2"), "g"), entry(joined("bo"), "me/real/bo"), entry(message("3"), "g")])
    assert logged[1].body == MemberJoined(group="g", user="bo", from_seq=3)
    (stored,) = await store.after("me/real/bo", 0, 1)
    assert stored == logged[1]
    assert await store.memberships(0.0) == [stay("anna", 1), stay("bo", 3)]


async def test_a_join_that_stands_in_the_room_is_its_members_to_see(store: Store) -> None:
    logged = await store.append([entry(created()), entry(message(), "g"), entry(joined("bo"), "g")])
    assert logged[2].body == MemberJoined(group="g", user="bo", from_seq=2)
    assert logged[2].rooms == {"g": 2}


async def test_each_rejoining_is_another_stay(store: Store) -> None:
    await store.append([entry(created()), entry(joined("bo"), at=2.0), entry(message(), "g")])
    await store.append([entry(left("bo"), at=3.0), entry(joined("bo"), at=4.0)])
    assert await store.memberships(2.9) == [stay("anna", 1), stay("bo", 1, 2.0, 3.0), stay("bo", 2, 4.0)]
    assert await store.memberships(3.0) == [stay("anna", 1), stay("bo", 2, 4.0)]


async def test_what_does_not_fit_is_logged_and_changes_no_table(store: Store) -> None:
    await store.append([entry(created()), entry(joined("bo")), entry(message(), "g")])
    groups, memberships = await store.groups(), await store.memberships(0.0)
    misfits = [
        entry(created("g", creator="cecilia"), "me"),
        entry(joined("bo"), "me"),
        entry(joined("bo", group="nowhere"), "me"),
        entry(joined("bo"), "me", world="exercise"),
        entry(joined("cecilia"), "me", world="exercise"),
        entry(left("cecilia"), "me"),
        entry(left("bo"), "me", world="exercise"),
    ]
    logged = await store.append(misfits)
    assert await store.groups() == groups
    assert await store.memberships(0.0) == memberships
    assert await store.after("me", 0, 10) == logged
    assert [event.body.from_seq for event in logged[1:5]] == [1, 1, 2, 2]  # the first is that of the stay that lasts


# --- pruning ---


async def test_pruning_takes_the_oldest_and_says_what_is_lost(store: Store) -> None:
    await store.append([entry(message(str(n)), "g", at=float(n), key=f"k{n}") for n in range(1, 6)])
    assert await store.prune(4.0, 2) == {"g": 3}
    assert await store.prune(4.0, 2) == {"g": 4}
    assert await store.prune(4.0, 2) == {}
    assert await store.rooms() == {"g": RoomSpan(first=4, last=5)}
    assert await texts(store, "g", 3) == ["4", "5"]
    assert [event.body.id for event in await store.before("g", 6, 10)] == ["4", "5"]
    assert list(await store.find(["k3", "k4"])) == ["k4"]
    for seq in (0, 2):
        with pytest.raises(HistoryLost) as lost:
            await store.after("g", seq, 10)
        assert (lost.value.room, lost.value.first) == ("g", 4)


async def test_pruning_stops_at_the_first_event_that_is_young_enough(store: Store) -> None:
    """Clocks step back: only an unbroken oldest part goes, so that rooms keep no holes."""
    await store.append([entry(message(str(at)), "g", at=at) for at in (1.0, 9.0, 2.0)])
    assert await store.prune(5.0, 10) == {"g": 2}
    assert await store.prune(5.0, 10) == {}


async def test_no_number_is_ever_given_again(store: Store) -> None:
    before = await store.append([entry(message("1"), "g", key="k"), entry(message("2"), "g")])
    assert await store.prune(5.0, 10) == {"g": 3}
    assert await store.rooms() == {"g": RoomSpan(first=3, last=2)}
    assert await store.after("g", 2, 10) == []
    (after,) = await store.append([entry(message("3"), "g", key="k")])
    assert after.offset > before[-1].offset
    assert after.rooms == {"g": 3}


async def test_events_without_a_room_do_not_end_the_pruning(store: Store) -> None:
    await store.append([entry(updated("a", n)) for n in range(5)] + [entry(message(), "g"), entry(message(), "h")])
    assert await store.prune(5.0, 2) == {"g": 2}
    assert await store.prune(5.0, 2) == {"h": 2}
    assert await store.prune(5.0, 2) == {}


async def test_pruning_keeps_what_is_current(store: Store) -> None:
    await store.append(
        [
            entry(created()),
            entry(joined("bo")),
            entry(left("bo"), at=1.5),
            entry(raised("over", expires_at=4.9), "g"),
            entry(raised("lasts", expires_at=5.0), "g"),
        ]
    )
    await store.append([entry(raised("young", expires_at=2.0), "h", at=6.0)])
    groups, memberships = await store.groups(), await store.memberships(0.0)
    assert await store.prune(5.0, 100) == {"g": 3}
    assert await store.groups() == groups
    assert await store.memberships(0.0) == memberships
    assert [(logged.alert.id, logged.rooms) for logged in await store.alerts(0.0)] == [
        ("lasts", {"g": 2}),
        ("young", {"h": 1}),
    ]
    assert await store.prune(5.5, 100) == {}
    assert [logged.alert.id for logged in await store.alerts(0.0)] == ["young"]


# --- the whole ---


async def test_secret_and_epoch_are_its_own(store: Store) -> None:
    assert len(store.secret) == 32
    assert store.epoch


async def test_it_can_say_that_it_is_writable(store: Store) -> None:
    await store.check_writable()


async def test_closing_twice_is_harmless(store: Store) -> None:
    await store.close()
    await store.close()
