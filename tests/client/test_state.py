"""What a client keeps, judged by plain sets: nothing twice, nothing missing, in whatever order it comes."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from realtime.client.state import MAX_HOLDS, SHOWN_AFTER_END_S, Replica, Room
from realtime.messages import (
    AlertNews,
    Author,
    CreateGroup,
    HistoryLost,
    JoinGroup,
    Limits,
    Live,
    MembershipNews,
    MessageNews,
    Ok,
    PostMessage,
    RaiseAlert,
    RoomPlace,
    State,
    UpdateAlert,
    Welcome,
)

NOW = 1.7e9
AUTHOR = Author(role="member")
LIMITS = Limits(
    message_bytes=1,
    hello_rooms=1,
    hello_holds=1,
    ping_s=1,
    red_radius_m=(1, 1),
    yellow_radius_m=(1, 1),
    position_ttl_s=1,
)


def welcome(epoch: str = "e", start: int = 1, **rooms: int) -> Welcome:
    places = {
        room: RoomPlace(seq=seq, from_=start, read=start - 1, unread=seq - start + 1) for room, seq in rooms.items()
    }
    return Welcome(user="u", session="s", epoch=epoch, limits=LIMITS, position=False, rooms=places, server_time=NOW)


def chat(seq: int) -> MessageNews:
    rooms = {"g": seq}
    return MessageNews(message="m", group="g", author=AUTHOR, text="t", sent_at=NOW, received_at=NOW, rooms=rooms)


def alert(
    name: str = "a", revision: int = 1, *, signal: bool = True, state: State = "going_on", expires_in_s: float = 1_800
) -> AlertNews:
    return AlertNews(
        alert=name,
        revision=revision,
        level="red",
        level_number=3,
        kind="warn",
        lat=0,
        lon=0,
        state=state,
        author=AUTHOR,
        sent_at=NOW,
        received_at=NOW,
        expires_at=NOW + expires_in_s,
        why=("near",),
        signal=signal,
    )


def membership(from_seq: int | None, seq: int, state: Any = "member") -> MembershipNews:
    return MembershipNews(group="g", state=state, rooms={"me": seq}, from_=from_seq)


@given(start=st.integers(0, 5), seqs=st.lists(st.integers(1, 30)))
def test_a_place_is_the_highest_seq_up_to_which_everything_is_here(start: int, seqs: list[int]) -> None:
    room = Room(start)
    here = set(range(1, start + 1))
    for seq in seqs:
        assert room.take(seq) == (seq not in here)
        here.add(seq)
        assert room.place == next(place for place in range(40) if place + 1 not in here)
        assert room.above == {known for known in here if known > room.place}


@given(seqs=st.sets(st.integers(1, 30)), told=st.integers(0, 35))
def test_a_told_place_closes_the_gaps_below_it(seqs: set[int], told: int) -> None:
    room = Room(0)
    for seq in seqs:
        room.take(seq)
    room.reach(told)
    here = seqs | set(range(1, told + 1))
    assert room.place == next(place for place in range(40) if place + 1 not in here)
    assert room.above == {seq for seq in seqs if seq > room.place}


@given(data=st.data(), count=st.integers(1, 20))
def test_over_any_number_of_cut_sessions_each_message_is_told_exactly_once(data: st.DataObject, count: int) -> None:
    """Within a session a red overtakes, so the order is any; a session may break after any frame."""
    replica, told = Replica(), []
    replica.welcome(welcome(me=0, g=0))
    for last in (*data.draw(st.lists(st.just(False), max_size=4)), True):
        place = replica.places()["g"]
        replica.welcome(welcome(me=0, g=count))
        frames = data.draw(st.permutations(range(place + 1, count + 1)))
        if not last:
            frames = frames[: data.draw(st.integers(0, len(frames)))]
        told += [seq for seq in frames if replica.take(chat(seq), NOW)]
    assert sorted(told) == list(range(1, count + 1))
    assert replica.places()["g"] == count


@given(copies=st.lists(st.tuples(st.integers(1, 5), st.booleans()), max_size=12))
def test_an_alert_is_told_for_a_higher_revision_or_for_its_first_signal(copies: list[tuple[int, bool]]) -> None:
    replica = Replica()
    highest, signalled = 0, False
    for revision, signal in copies:
        news = revision > highest or (revision == highest and signal and not signalled)
        assert replica.take(alert(revision=revision, signal=signal), NOW) == news
        if news:
            highest, signalled = revision, signalled or signal
    held = [(one.revision, one.quiet) for one in replica.held(NOW)]
    assert held == ([(highest, not signalled)] if copies else [])
    assert replica.delivered == len(copies)  # repeats are deliveries, too


def test_rooms_that_welcome_does_not_name_are_forgotten_and_new_ones_begin_at_their_latest() -> None:
    replica = Replica()
    replica.welcome(welcome(me=3, g=7))
    replica.welcome(welcome(me=5, h=9))
    assert replica.places() == {"me": 3, "h": 9}


def test_nothing_before_the_present_membership_is_asked_for() -> None:
    replica = Replica()
    replica.welcome(welcome(g=7))
    replica.welcome(welcome(start=20, g=30))
    assert replica.places() == {"g": 19}


def test_joining_is_followed_from_its_first_seq_though_a_red_of_the_group_overtakes_the_news_of_it() -> None:
    replica = Replica()
    replica.welcome(welcome(me=0))
    assert replica.take(chat(12), NOW)
    assert replica.places() == {"me": 0, "g": 0}  # cut now, `hello` asks for everything since joining
    replica.take(membership(11, seq=1), NOW)
    assert replica.places() == {"me": 1, "g": 10}
    replica.take(chat(11), NOW)
    assert replica.places() == {"me": 1, "g": 12}


def test_an_old_leaving_read_in_a_replay_costs_nothing_of_the_present_membership() -> None:
    replica = Replica()
    replica.welcome(welcome(me=0, g=0))
    replica.welcome(welcome(start=5, me=2, g=8))
    replica.reach({"me": 0})
    for seq in (5, 6, 8):
        replica.take(chat(seq), NOW)
    replica.take(membership(None, seq=6, state="left"), NOW)
    replica.take(membership(5, seq=7), NOW)
    assert replica.places()["g"] == 6
    assert not replica.take(chat(8), NOW)


def test_what_is_sent_and_what_is_joined_is_had() -> None:
    replica = Replica()
    replica.welcome(welcome(me=0, g=4))
    replica.answered(PostMessage(id="1", group="g", text="t"), Ok(id="1", durable=True, rooms={"g": 5}), NOW)
    assert not replica.take(chat(5), NOW)
    join = JoinGroup(id="2", group="h", accepted=True)
    replica.answered(join, Ok(id="2", durable=True, group="h", rooms={"me": 1}), NOW)
    create = CreateGroup(id="3", name="n", purpose="p", conduct="c", locked=False)
    replica.answered(create, Ok(id="3", durable=True, group="i", rooms={"me": 2}), NOW)
    assert replica.places() == {"me": 2, "g": 5, "h": 0, "i": 0}


def test_only_revisions_that_follow_on_each_other_are_claimed() -> None:
    """An `ok` two revisions on hides a change by the author's other device."""
    replica = Replica()
    raised = RaiseAlert(id="1", level="red", kind="warn", lat=0, lon=0, public=True, groups=())
    replica.answered(raised, Ok(id="1", durable=True, alert="a", revision=1), NOW)
    words = UpdateAlert(id="2", alert="a", text="words")
    replica.answered(words, Ok(id="2", durable=True, alert="a", revision=2), NOW)
    assert replica.holds["a"].revision == 2
    replica.answered(words, Ok(id="3", durable=True, alert="a", revision=4), NOW)
    assert replica.holds["a"].revision == 2


def test_alerts_are_held_for_a_day_after_their_end() -> None:
    replica = Replica()
    replica.take(alert("closed", 2, state="closed", signal=False), NOW)
    replica.take(alert("expires"), NOW)
    assert [held.alert for held in replica.held(NOW)] == ["expires", "closed"]  # active ones first
    assert [held.alert for held in replica.held(NOW + SHOWN_AFTER_END_S)] == ["expires"]
    assert replica.held(NOW + SHOWN_AFTER_END_S + 1_800) == ()


def test_holds_are_bounded_and_ended_ones_make_way() -> None:
    replica = Replica()
    replica.take(alert("active"), NOW)
    for number in range(3 * MAX_HOLDS):
        replica.take(alert(f"ended {number}", state="closed", signal=False), NOW)
    assert len(replica.holds) <= 2 * MAX_HOLDS
    held = replica.held(NOW)
    assert len(held) == MAX_HOLDS
    assert held[0].alert == "active"
    assert [one.alert for one in replica.held(NOW, limit=1)] == ["active"]


def test_live_and_lost_history_move_a_place_on() -> None:
    replica = Replica()
    replica.welcome(welcome(me=0, g=0))
    replica.take(Live(rooms={"me": 3}), NOW)
    replica.take(HistoryLost(room="g", from_=41), NOW)
    assert replica.places() == {"me": 3, "g": 40}
    assert replica.delivered == 0


def test_another_epoch_forgets_all_that_was_known() -> None:
    replica = Replica()
    replica.welcome(welcome(epoch="old", me=3, g=50))
    replica.take(alert(), NOW)
    replica.welcome(welcome(epoch="new", me=1, g=2))
    assert (replica.epoch, replica.places(), replica.held(NOW)) == ("new", {"me": 1, "g": 2}, ())
