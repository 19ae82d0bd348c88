"""What every store promises, in the words of EventLog and Directory."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from realtime.messages import World
from storage.events import AlertRaised, Entry, HeldFact, Marker, MemberJoined, Membership, RoomSpan, own_room
from storage.log import AlreadyStored
from tests.storage.samples import (
    an_alert,
    appointment,
    created,
    dropped,
    entry,
    joined,
    left,
    message,
    raised,
    revised,
    said,
    updated,
)
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


# --- a group whose history is all for its members to see ---


async def test_who_joins_may_see_all_where_the_group_says_so(store: Store) -> None:
    await store.append([entry(created(history="all")), entry(message(), "g")])
    logged = await store.append([entry(joined("bo")), entry(joined("bo")), entry(joined("cecilia"), world="exercise")])
    assert [event.body.from_seq for event in logged] == [1, 1, 2]  # the last is of no group in its world
    assert await store.memberships(0.0) == [stay("anna", 1), stay("bo", 1)]
    assert [group.history for group in await store.groups()] == ["all"]


# --- messages that are said otherwise, or taken back ---


async def test_a_revision_changes_the_message_and_takes_a_seq_of_its_own(store: Store) -> None:
    await store.append([entry(message("m", text="Hej"), "g", key="k1")])
    (logged,) = await store.append([entry(revised(1, "Hej då"), "g", key="k2")])
    now = replace(message("m", text="Hej då"), revisions=(2,))
    assert logged.body == replace(revised(1, "Hej då"), revision=2, message=now)
    assert (logged.rooms, now.revision) == ({"g": 2}, 2)
    assert [event.body for event in await store.after("g", 0, 10)] == [now, logged.body]
    assert [event.body for event in await store.before("g", 3, 10)] == [now, logged.body]
    assert {key: event.body for key, event in (await store.find(["k1", "k2"])).items()} == {
        "k1": now,
        "k2": logged.body,
    }


async def test_what_a_revision_supersedes_loses_its_text_and_is_still_known(store: Store) -> None:
    await store.append([entry(message(), "g"), entry(revised(1, "first"), "g", key="k"), entry(message("n"), "g")])
    (logged,) = await store.append([entry(revised(1, "second"), "g")])
    assert logged.body.message == replace(message(text="second"), revisions=(2, 4))
    page = await store.after("g", 0, 10)
    assert page[1].body == replace(revised(1, ""), revision=2)
    assert page[3] == logged
    assert [event.rooms["g"] for event in page] == [1, 2, 3, 4]
    with pytest.raises(AlreadyStored) as refused:
        await store.append([entry(revised(1, "first"), "g", key="k")])
    assert refused.value.found == {"k": page[1]}


async def test_a_message_can_be_posted_revised_and_taken_back_in_one_batch(store: Store) -> None:
    logged = await store.append([entry(message(), "g"), entry(revised(1, "b"), "g"), entry(revised(1, ""), "g")])
    assert [event.body.message.text for event in logged[1:]] == ["b", ""]
    page = await store.after("g", 0, 10)
    assert page[0].body == replace(message(text=""), revisions=(2, 3))
    assert [page[1].body, page[2]] == [replace(revised(1, ""), revision=2), logged[2]]


@pytest.mark.parametrize(
    "misfit",
    [
        entry(revised(9), "g"),
        entry(revised(2), "g"),  # not a message
        entry(revised(3, id="n"), "g"),  # taken back
        entry(revised(5), "g"),  # a revision
        entry(revised(1, id="n"), "g"),  # another message
        entry(revised(1, author="bo"), "g"),
        entry(revised(1), "g", world="exercise"),
        entry(revised(1, group="h"), "h"),  # a message of another group, that stands in this room too
        entry(revised(1), "h"),  # takes no seq beside the message
    ],
)
async def test_a_revision_that_does_not_fit_is_logged_and_changes_nothing(store: Store, misfit: Entry) -> None:
    await store.append(
        [entry(message(), "g", "h"), entry(left(), "g"), entry(message("n"), "g"), entry(message(), "g")]
    )
    await store.append([entry(revised(4, "a"), "g"), entry(revised(4, "b"), "g"), entry(revised(3, "", id="n"), "g")])
    before = await store.after("g", 0, 10) + await store.after("h", 0, 10)
    (logged,) = await store.append([misfit])
    assert logged.body == misfit.body
    assert [*await store.after("g", 0, 7), *await store.after("h", 0, 1)] == before
    ((room, seq),) = logged.rooms.items()
    assert await store.after(room, seq - 1, 1) == [logged]


# --- how far people have read ---


def marker(seq: int, user: str = "bo", room: str = "g", world: World = "real") -> Marker:
    return Marker(world=world, user=user, room=room, seq=seq)


async def test_a_marker_only_moves_on(store: Store) -> None:
    assert await store.markers() == []
    await store.mark([marker(3), marker(1, "anna"), marker(1, world="exercise"), marker(2, room="me/real/bo")])
    await store.mark([marker(2), marker(4, "anna"), marker(2, "anna")])
    wanted = [marker(3), marker(4, "anna"), marker(1, world="exercise"), marker(2, room="me/real/bo")]
    assert sorted(await store.markers(), key=repr) == sorted(wanted, key=repr)


async def test_a_marker_goes_when_the_person_leaves(store: Store) -> None:
    await store.append([entry(created()), entry(joined("bo"))])
    kept = [marker(2, "anna"), marker(2, world="exercise"), marker(2, room="me/real/bo")]
    await store.mark([marker(2), *kept])
    await store.append([entry(left("bo"), world="exercise"), entry(left("cecilia"))])  # neither ends a stay
    assert len(await store.markers()) == 4
    await store.append([entry(left("bo"))])
    assert sorted(await store.markers(), key=repr) == sorted(kept, key=repr)


# --- the whole ---


async def test_secret_and_epoch_are_its_own(store: Store) -> None:
    assert len(store.secret) == 32
    assert store.epoch


async def test_it_can_say_that_it_is_writable(store: Store) -> None:
    await store.check_writable()


async def test_scrubbing_changes_nothing_that_can_be_asked_for(store: Store) -> None:
    logged = await store.append([entry(created()), entry(message(), "g", key="k"), entry(revised(1, "b"), "g")])
    before = (await store.after("g", 0, 9), await store.find(["k"]), await store.rooms(), await store.groups())
    await store.scrub()
    assert before == (await store.after("g", 0, 9), await store.find(["k"]), await store.rooms(), await store.groups())
    (later,) = await store.append([entry(message("n"), "g")])
    assert later.offset == logged[-1].offset + 1


async def test_closing_twice_is_harmless(store: Store) -> None:
    await store.close()
    await store.close()


# --- what holds ---


async def test_a_fact_holds_until_it_is_said_otherwise(store: Store) -> None:
    await store.append([entry(said("bo", "g", "admin"), at=1.0), entry(said("eva"), at=2.0)])
    await store.append([entry(said("bo", "g", "approver", by="dan"), "audit", at=3.0)])
    held = [
        HeldFact(fact=appointment("eva"), world="real", by="anna", at=2.0),
        HeldFact(fact=appointment("bo", "g", "approver"), world="real", by="dan", at=3.0),
    ]
    assert await store.facts() == held
    await store.append([entry(dropped("eva"), at=4.0), entry(dropped("nobody"), at=4.0)])
    assert await store.facts() == held[1:]
    (event,) = await store.after("audit", 0, 10)
    assert event.body == said("bo", "g", "approver", by="dan")


async def test_each_world_has_facts_of_its_own(store: Store) -> None:
    await store.append([entry(said("bo", "g", "admin")), entry(said("bo"), world="exercise")])
    await store.append([entry(dropped("bo"))])
    assert [held.world for held in await store.facts()] == ["exercise"]


async def test_what_holds_outlives_the_event_that_said_it(store: Store) -> None:
    await store.append([entry(said("bo"), "audit", at=1.0), entry(said("eva"), "audit", at=9.0)])
    while await store.prune({"record": 5.0}, 10):
        pass
    assert [held.fact for held in await store.facts()] == [appointment("bo"), appointment("eva")]
    assert [event.rooms for event in await store.before("audit", 9, 9)] == [{"audit": 2}]


async def test_one_alert_is_found_as_it_is_now_until_it_is_pruned(store: Store) -> None:
    await store.append([entry(raised("a"), "g", at=1.0), entry(updated("a", 2, headline="So"), at=2.0)])
    found = await store.alert("a")
    assert found is not None
    assert (found.alert.headline, found.rooms, found.world) == ("So", {"g": 1}, "real")
    assert await store.alert("b") is None
    while await store.prune({"public_alert": 99.0}, 10):
        pass
    assert await store.alert("a") is None
