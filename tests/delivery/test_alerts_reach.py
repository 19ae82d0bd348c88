"""Who gets an alert, what they see of it, and with which signal."""

from collections.abc import Iterator

import pytest

from tests.town import HERE, Phone, Town, kinds, north


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def red(phone: Phone, at: tuple[float, float] = HERE, **fields: object) -> dict[str, object]:
    given: dict[str, object] = {
        "level": "red",
        "kind": "warn",
        "lat": at[0],
        "lon": at[1],
        "public": True,
        "groups": [],
    }
    return phone.ask("alert", **(given | fields))


def test_the_near_get_it_and_the_far_do_not(town: Town) -> None:
    anna, near, far = town.phone("anna"), town.phone("near", north(HERE, 480)), town.phone("far", north(HERE, 700))
    red(anna)
    assert [alert["why"] for alert in near.all("alert")] == [["near"]]
    assert far.all("alert") == []
    assert anna.all("alert") == []  # who raised it has its `ok`


def test_near_and_member_gets_one_copy_with_both_reasons(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    group = town.group(anna, bo)
    red(anna, groups=[group])
    [alert] = bo.all("alert")
    assert alert["why"] == ["near", f"group:{group}"]
    assert alert["rooms"] == {group: 1}


def test_members_get_it_wherever_they_are_and_nobody_else_when_it_is_not_public(town: Town) -> None:
    anna, bo, stranger = town.phone("anna"), town.phone("bo", north(HERE, 50_000)), town.phone("eve", HERE)
    group = town.group(anna, bo)
    red(anna, public=False, groups=[group])
    assert len(bo.all("alert")) == 1
    assert stranger.all("alert") == []


def test_the_public_sees_the_published_place_and_a_pseudonym(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    red(anna, at=HERE)
    [alert] = bo.all("alert")
    assert (alert["lat"], alert["lon"]) != HERE
    assert alert["cell_m"] == 100
    assert "name" not in alert["author"]
    assert alert["author"]["pseudonym"] != "anna"


def test_two_alerts_of_one_author_have_two_pseudonyms(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    red(anna)
    red(anna)
    assert len({alert["author"]["pseudonym"] for alert in bo.all("alert")}) == 2


def test_a_locked_group_sees_the_chosen_place_and_the_name(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo, locked=True)
    red(anna, groups=[group])
    [alert] = bo.all("alert")
    assert (alert["lat"], alert["lon"]) == HERE
    assert "cell_m" not in alert
    assert alert["author"] == {"role": "member", "name": "Anna"}


def test_an_open_group_sees_the_name_and_the_published_place(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo, locked=False)
    red(anna, groups=[group])
    [alert] = bo.all("alert")
    assert alert["cell_m"] == 100
    assert alert["author"]["name"] == "Anna"


def test_police_on_duty_who_are_near_see_the_chosen_place(town: Town) -> None:
    anna, police = town.phone("anna"), town.phone("pia", HERE, as_="real/{}/police")
    red(anna)
    [alert] = police.all("alert")
    assert (alert["lat"], alert["lon"]) == HERE


def test_at_home_it_is_published_on_a_grid_of_500_metres(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    red(anna, at_home=True)
    [alert] = bo.all("alert")
    assert alert["cell_m"] == 500


def test_a_public_info_has_no_radius_and_goes_to_nobody_by_nearness(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    assert red(anna, level="info")["type"] == "ok"
    assert bo.all("alert") == []


def test_only_red_and_yellow_sound(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    group = town.group(anna, bo)
    for level in ("red", "yellow", "info"):
        red(anna, level=level, groups=[group])
    assert [alert["signal"] for alert in bo.all("alert")] == [True, True, False]
    assert [alert["level_number"] for alert in bo.all("alert")] == [3, 2, 1]


def test_words_come_without_a_second_signal(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    alert = red(anna)["alert"]
    anna.ask("update", alert=alert, headline="Two men, running north")
    [update] = bo.all("update")
    assert (update["signal"], update["revision"], update["headline"]) == (False, 2, "Two men, running north")


def test_raising_the_level_sounds_again_and_reaches_those_within_the_wider_circle(town: Town) -> None:
    anna, bo, cia = town.phone("anna"), town.phone("bo", HERE), town.phone("cia", north(HERE, 480))
    alert = red(anna, level="yellow")["alert"]  # 300 m
    assert cia.all("alert") == []
    anna.ask("update", alert=alert, level="red")
    assert [update["signal"] for update in bo.all("update")] == [True]
    assert [(a["signal"], a["revision"]) for a in cia.all("alert")] == [(True, 2)]


def test_the_end_sounds_as_all_clear_for_those_who_heard_the_alarm(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    alert = red(anna)["alert"]
    anna.ask("update", alert=alert, state="false_alarm", wrong="It was the delivery")
    [update] = bo.all("update")
    assert (update["signal"], update["tone"], update["wrong"]) == (True, "all_clear", "It was the delivery")


def test_a_correction_hides_what_was_said(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    alert = red(anna, headline="Man with a knife", text="By the well")["alert"]
    anna.ask("update", alert=alert, wrong="It was a chef on a break")
    [update] = bo.all("update")
    assert "headline" not in update
    assert "text" not in update
    assert update["state"] == "going_on"
    late = town.phone("late", HERE)
    assert "Man with a knife" not in str(late.connection.frames)


def test_who_has_moved_away_still_gets_what_changes(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    alert = red(anna)["alert"]
    there = north(HERE, 20_000)
    bo.say("position", lat=there[0], lon=there[1])
    anna.ask("update", alert=alert, state="closed")
    [update] = bo.all("update")
    assert (update["why"], update["tone"]) == (["held"], "all_clear")


def test_who_has_left_the_group_gets_what_changes_without_words(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo, locked=True)
    alert = red(anna, public=False, groups=[group], headline="In the cellar")["alert"]
    bo.ask("leave", group=group)
    anna.ask("update", alert=alert, text="Two of them", state="closed")
    [update] = bo.all("update")
    assert (update["why"], update["state"]) == (["held"], "closed")
    assert not {"headline", "text", "rooms"} & update.keys()
    assert update["cell_m"] == 100
    assert "name" not in update["author"]


def test_the_authors_other_devices_get_it_without_a_signal(town: Town) -> None:
    anna, tablet = town.phone("anna"), town.phone("anna", HERE, device="tablet")
    red(anna)
    [alert] = tablet.all("alert")
    assert alert["why"][0] == "own"
    assert alert["signal"] is False


def test_who_walks_in_gets_what_is_active_once(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", north(HERE, 5_000))
    red(anna)
    assert bo.all("alert") == []
    for metres in (100, 300, 5_000, 50):
        lat, lon = north(HERE, metres)
        bo.say("position", lat=lat, lon=lon)
    assert [(alert["why"], alert["signal"]) for alert in bo.all("alert")] == [(["near"], True)]


def test_nobody_who_walks_in_gets_what_has_ended_or_expired(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", north(HERE, 5_000))
    ended = red(anna)["alert"]
    anna.ask("update", alert=ended, state="closed")
    red(anna)
    town.pass_time(1_801)
    bo.say("position", lat=HERE[0], lon=HERE[1])
    assert bo.all("alert") == []


def test_who_joins_a_group_gets_its_active_alerts(town: Town) -> None:
    anna = town.phone("anna")
    group = town.group(anna)
    red(anna, public=False, groups=[group])
    bo = town.phone("bo")
    bo.ask("join", group=group, accepted=True)
    [alert] = bo.all("alert")
    assert alert["why"] == [f"group:{group}"]
    assert "rooms" not in alert  # its seq was before this membership began


def test_accuracy_counts_for_the_member_up_to_300_metres(town: Town) -> None:
    anna = town.phone("anna")
    vague, vaguer = town.phone("vague"), town.phone("vaguer")
    lat, lon = north(HERE, 800)
    vague.say("position", lat=lat, lon=lon, accuracy_m=400)
    lat, lon = north(HERE, 950)
    vaguer.say("position", lat=lat, lon=lon, accuracy_m=5_000)
    red(anna)
    assert len(vague.all("alert")) == 1
    assert vaguer.all("alert") == []


def test_a_withdrawn_or_stale_position_reaches_nobody(town: Town) -> None:
    anna, gone, stale, fresh = town.phone("anna"), *(town.phone(user, HERE) for user in ("gone", "stale", "fresh"))
    gone.say("position", withdraw=True)
    town.pass_time(3_000)
    fresh.say("position", renew=True)
    town.pass_time(700)
    red(anna)
    assert gone.all("alert") == stale.all("alert") == []
    assert len(fresh.all("alert")) == 1


def test_the_two_worlds_never_meet(town: Town) -> None:
    """R16: same user, same device, same place, same group id, and nothing comes across."""
    real, exercise = town.phone("anna", HERE), town.phone("anna", HERE, as_="exercise/{}")
    group = town.group(real)
    assert exercise.ask("join", group=group, accepted=True)["code"] == "not_found"
    alert = red(exercise)["alert"]
    red(real, id="same")
    assert red(exercise, id="same")["type"] == "ok"  # one id in each world
    assert real.all("alert") == []
    assert exercise.all("alert") == []
    assert real.ask("update", alert=alert, state="closed")["code"] == "not_found"
    assert town.phone("bo", HERE, as_="exercise/{}").all("alert")[0]["exercise"] is True


def test_red_goes_before_yellow_before_the_rest_when_all_come_at_once(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    group = town.group(anna, bo)
    bo.new()
    scope = {"kind": "warn", "lat": HERE[0], "lon": HERE[1], "public": True, "groups": []}
    town.together(
        (anna, "message", {"id": "m", "group": group, "text": "hello"}),
        (anna, "alert", {"id": "y", "level": "yellow", **scope}),
        (anna, "alert", {"id": "r", "level": "red", **scope}),
    )
    assert [frame.get("level", frame["type"]) for frame in bo.new()] == ["red", "yellow", "message"]


def test_the_reach_comes_after_five_seconds_as_a_bucket(town: Town) -> None:
    anna = town.phone("anna")
    for number in range(4):
        town.phone(f"near-{number}", HERE)
    members = [town.phone(f"member-{number}") for number in range(3)]
    group = town.group(anna, *members)
    alert = red(anna, groups=[group])["alert"]
    town.pass_time(4.9)
    assert anna.all("reach") == []
    town.pass_time(0.2)
    assert anna.all("reach") == [{"type": "reach", "alert": alert, "bucket": "5-19"}]


def test_the_count_of_a_cell_stands_for_ten_minutes(town: Town) -> None:
    """R19: the step from four to five would show one more person."""
    anna = town.phone("anna")
    for number in range(4):
        town.phone(f"near-{number}", HERE)
    red(anna)
    town.pass_time(6)
    town.phone("one-more", HERE)
    red(anna)
    town.pass_time(6)
    assert [reach["bucket"] for reach in anna.all("reach")] == ["<5", "<5"]
    town.pass_time(600)
    red(anna)
    town.pass_time(6)
    assert anna.all("reach")[-1]["bucket"] == "5-19"


def test_a_new_account_learns_no_reach(town: Town) -> None:
    anna = town.phone("anna", as_="real/{}/member/new")
    red(anna)
    town.pass_time(6)
    assert [reach["bucket"] for reach in anna.all("reach")] == [None]


def test_ok_comes_before_any_copy_and_whatever_the_reach(town: Town) -> None:
    """R20: the answer precedes the fan-out; a second device of the sender sees that."""
    anna, tablet = town.phone("anna"), town.phone("anna", device="tablet")
    order: list[str] = []
    for phone in (anna, tablet):
        send = phone.connection.send
        phone.connection.send = lambda frame, lane, send=send, phone=phone: (
            order.append(phone.device),
            send(frame, lane),
        )  # type: ignore[method-assign]
    red(anna)
    assert order == ["phone", "tablet"]
    assert kinds(tablet.new("alert")) == ["alert"]
