"""What may be raised and changed, by whom, and how often."""

from collections.abc import Iterator
from typing import Any

import pytest

from realtime.config import Settings
from tests.town import HERE, Phone, Town, north, with_settings

DAY_S = 86_400.0


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def raised(phone: Phone, level: str = "red", **fields: Any) -> dict[str, Any]:
    at = {"lat": HERE[0], "lon": HERE[1]}
    return phone.ask("alert", **({"level": level, "kind": "warn", "public": True, "groups": [], **at} | fields))


# --- what may be asked for ---


def test_an_alert_without_an_id_is_refused(town: Town) -> None:
    anna = town.phone("anna")
    anna.say("alert", level="red", kind="warn", public=True, groups=[], lat=0, lon=0)
    assert [(error["code"], error["field"]) for error in anna.all("error")] == [("id_required", "id")]


def test_an_alert_for_nobody_is_refused(town: Town) -> None:
    assert raised(town.phone("anna"), public=False)["code"] == "no_scope"


@pytest.mark.parametrize(
    ("level", "radius_m", "is_allowed"),
    [
        ("red", 199, False), ("red", 200, True), ("red", 3_000, True), ("red", 3_001, False),
        ("yellow", 199, False), ("yellow", 200, True), ("yellow", 1_500, True), ("yellow", 1_501, False),
        ("info", 300, False),
    ],
)  # fmt: skip
def test_a_radius_must_be_within_the_limits_of_its_level(
    town: Town, level: str, radius_m: float, is_allowed: bool
) -> None:
    answer = raised(town.phone("anna"), level, radius_m=radius_m)
    assert answer.get("field") == (None if is_allowed else "radius_m")


def test_a_group_that_is_unknown_and_one_that_is_not_yours_are_one_answer(town: Town) -> None:
    """R23."""
    anna, eve = town.phone("anna"), town.phone("eve")
    group = town.group(anna)
    answers = [raised(eve, groups=[each]) for each in (group, "no-such-group")]
    assert [{k: v for k, v in answer.items() if k != "id"} for answer in answers] == [
        {"type": "error", "code": "not_found", "message": "no such group, or not one of yours", "field": "groups"}
    ] * 2


# --- updates ---


def test_only_the_author_may_update(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    alert = raised(anna)["alert"]
    assert bo.ask("update", alert=alert, state="closed")["code"] == "not_found"
    assert bo.ask("update", alert="no-such-alert", state="closed")["code"] == "not_found"


def test_an_update_must_change_something(town: Town) -> None:
    anna = town.phone("anna")
    assert anna.ask("update", alert=raised(anna)["alert"])["code"] == "invalid"


def test_an_alert_moves_at_most_500_metres_from_where_it_was_raised(town: Town) -> None:
    anna = town.phone("anna")
    alert = raised(anna)["alert"]
    for metres, answer in ((400, "ok"), (501, "error"), (499, "ok")):
        lat, lon = north(HERE, metres)
        town.pass_time(2)
        assert anna.ask("update", alert=alert, lat=lat, lon=lon)["type"] == answer
    assert anna.ask("update", alert=alert, lat=lat)["field"] == "lon"


def test_one_update_a_second_but_an_ending_always_passes(town: Town) -> None:
    anna = town.phone("anna")
    alert = raised(anna)["alert"]
    assert anna.ask("update", alert=alert, text="words")["type"] == "ok"
    too_soon = anna.ask("update", alert=alert, text="more words")
    assert (too_soon["code"], too_soon["retry_after_s"]) == ("rate_limited", 1.0)
    assert anna.ask("update", alert=alert, state="closed")["type"] == "ok"


def test_twenty_updates_and_then_only_the_end(town: Town) -> None:
    anna = town.phone("anna")
    alert = raised(anna)["alert"]
    for number in range(20):
        assert anna.ask("update", alert=alert, text=str(number))["type"] == "ok"
        town.pass_time(1.1)
    assert anna.ask("update", alert=alert, text="too much")["code"] == "too_many_updates"
    assert anna.ask("update", alert=alert, state="false_alarm", wrong="All of it")["revision"] == 22


def test_an_ended_alert_takes_only_a_correction(town: Town) -> None:
    anna = town.phone("anna")
    alert = raised(anna)["alert"]
    anna.ask("update", alert=alert, state="closed")
    town.pass_time(2)
    assert anna.ask("update", alert=alert, text="and then")["code"] == "ended"
    assert anna.ask("update", alert=alert, state="going_on")["code"] == "ended"
    assert anna.ask("update", alert=alert, state="false_alarm", wrong="It was a rehearsal")["type"] == "ok"


def test_an_expired_red_found_false_is_corrected_for_those_who_heard_it(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    alert = raised(anna)["alert"]
    town.pass_time(1_900)
    assert anna.ask("update", alert=alert, text="more")["code"] == "ended"
    assert anna.ask("update", alert=alert, state="false_alarm", wrong="It was a rehearsal")["type"] == "ok"
    assert [update["tone"] for update in bo.all("update")] == ["all_clear"]


def test_a_given_radius_is_kept_within_the_limits_of_a_new_level(town: Town) -> None:
    anna = town.phone("anna")
    at_1000, at_2000 = town.phone("near", north(HERE, 1_000)), town.phone("far", north(HERE, 2_000))
    alert = raised(anna, "yellow", radius_m=1_200)["alert"]
    anna.ask("update", alert=alert, level="red")
    assert (len(at_1000.all("alert")), len(at_2000.all("alert"))) == (1, 0)


# --- limits (R10) ---


def test_three_reds_an_hour_and_ten_a_day(town: Town) -> None:
    anna = town.phone("anna")
    for hour in range(4):
        answers = [raised(anna) for _ in range(4)]
        accepted = [answer["type"] for answer in answers]
        assert accepted == (["ok"] * 3 + ["error"] if hour < 3 else ["ok"] + ["error"] * 3)
        town.pass_time(3_601)
    last = raised(anna)
    assert last["offer"] == "yellow"
    assert last["retry_after_s"] == pytest.approx(DAY_S - 4 * 3_601, abs=1)


def test_the_error_says_when_to_try_again_and_that_is_true(town: Town) -> None:
    anna = town.phone("anna")
    raised(anna)
    town.pass_time(600)
    raised(anna)
    raised(anna)
    wait_s = raised(anna)["retry_after_s"]
    assert wait_s == pytest.approx(3_000)
    town.pass_time(wait_s - 1)
    assert raised(anna)["type"] == "error"
    town.pass_time(1.01)
    assert raised(anna)["type"] == "ok"


@pytest.mark.parametrize("token", ["real/{}/member/new", "real/{}/police/new"])
def test_a_new_account_has_one_red_a_day_unless_it_is_on_duty(town: Town, token: str) -> None:
    anna = town.phone("anna", as_=token)
    assert raised(anna)["type"] == "ok"
    assert raised(anna)["type"] == ("ok" if "police" in token else "error")


def test_an_unvouched_account_that_a_locked_group_lets_in_is_vouched_for() -> None:
    town = Town(with_settings(Settings(), quotas={"new_account_s": 0.001}))
    new, owner = town.phone("new", as_="real/{}/member/new"), town.phone("owner")
    town.pass_time(1)
    raised(new)
    assert raised(new)["type"] == "error"
    town.group(owner, new, locked=True)
    assert raised(new)["type"] == "ok"
    town.close()


def test_ten_yellows_and_thirty_infos_an_hour(town: Town) -> None:
    anna = town.phone("anna")
    answers = [raised(anna, "yellow") for _ in range(11)]
    assert [answer["type"] for answer in answers] == ["ok"] * 10 + ["error"]
    assert answers[-1]["offer"] == "info"
    answers = []
    for _ in range(31):
        answers.append(raised(anna, "info"))
        town.pass_time(0.1)
    assert [answer["type"] for answer in answers] == ["ok"] * 30 + ["error"]
    assert "offer" not in answers[-1]


def test_raising_to_red_counts_as_a_red(town: Town) -> None:
    anna = town.phone("anna")
    for _ in range(3):
        alert = raised(anna, "yellow")["alert"]
        assert anna.ask("update", alert=alert, level="red")["type"] == "ok"
    assert raised(anna)["code"] == "rate_limited"
    alert = raised(anna, "yellow")["alert"]
    assert anna.ask("update", alert=alert, level="red")["code"] == "rate_limited"


def test_reds_that_wait_in_one_batch_count_too(town: Town) -> None:
    anna = town.phone("anna")
    scope = {"level": "red", "kind": "warn", "lat": 0, "lon": 0, "public": True, "groups": []}
    town.together(*((anna, "alert", {"id": str(number), **scope}) for number in range(5)))
    assert [frame["type"] for frame in anna.all("ok", "error")].count("ok") == 3


def test_limits_survive_a_restart(town: Town) -> None:
    anna = town.phone("anna")
    for _ in range(3):
        raised(anna)
    town = town.restarted()
    assert raised(town.phone("anna"))["code"] == "rate_limited"
    town.close()


def test_limits_are_off_in_exercise(town: Town) -> None:
    anna = town.phone("anna", as_="exercise/{}")
    assert all(raised(anna)["type"] == "ok" for _ in range(15))


def test_a_call_for_help_is_never_blocked(town: Town) -> None:
    """R10: over the limit the first goes out unverified; another within 30 min updates it, without a new signal."""
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    for _ in range(3):
        raised(anna)
    bo.new()
    first = raised(anna, kind="help", headline="I am threatened")
    again = raised(anna, kind="help", headline="He is still here")
    assert first["type"] == again["type"] == "ok"
    assert (again["alert"], again["revision"], again["merged"]) == (first["alert"], 2, True)
    assert [(copy["unverified"], copy["signal"]) for copy in bo.new("alert", "update")] == [(True, True), (True, False)]
    town.pass_time(1_801)
    assert raised(anna, kind="help")["alert"] != first["alert"]


def test_a_call_for_help_is_merged_only_with_one_for_the_same_people(town: Town) -> None:
    anna, bo, stranger = town.phone("anna"), town.phone("bo"), town.phone("eve", HERE)
    group = town.group(anna, bo, locked=True)
    for _ in range(3):
        raised(anna)
    raised(anna, kind="help")
    stranger.new()
    secret = raised(anna, kind="help", public=False, groups=[group], headline="He is in the back room")
    assert "merged" not in secret
    assert stranger.new() == []
    assert [copy["headline"] for copy in bo.all("alert") if copy.get("unverified")] == ["He is in the back room"]


def test_a_merged_call_for_help_keeps_its_answer_when_it_is_retried(town: Town) -> None:
    anna = town.phone("anna")
    for _ in range(3):
        raised(anna)
    raised(anna, kind="help")
    assert raised(anna, kind="help", id="again") == raised(anna, kind="help", id="again")


def test_help_and_close_and_help_again_sounds_three_times_at_most(town: Town) -> None:
    anna, bo = town.phone("anna", as_="real/{}/member/new"), town.phone("bo", HERE)
    raised(anna)
    bo.new()
    for _ in range(12):
        call = raised(anna, kind="help")
        assert call["type"] == "ok"
        town.pass_time(2)
        anna.ask("update", alert=call["alert"], state="closed")
        town.pass_time(2)
    alarms = [copy for copy in bo.new("alert", "update") if copy["signal"] and "tone" not in copy]
    assert len(alarms) == 3


def test_a_call_from_elsewhere_is_not_merged_and_one_from_home_hides_the_home(town: Town) -> None:
    anna, bo, far = town.phone("anna"), town.phone("bo", HERE), town.phone("far", north(HERE, 5_000))
    for _ in range(3):
        raised(anna)
    bo.new()
    raised(anna, kind="help")
    lat, lon = north(HERE, 5_000)
    elsewhere = raised(anna, kind="help", lat=lat, lon=lon)
    assert "merged" not in elsewhere
    assert len(far.all("alert")) == 1
    at_home = raised(anna, kind="help", at_home=True)
    assert at_home["merged"] is True
    assert bo.new("update")[-1]["cell_m"] == 500


def test_merged_calls_do_not_use_up_the_authors_own_updates(town: Town) -> None:
    anna = town.phone("anna")
    for _ in range(3):
        raised(anna)
    call = raised(anna, kind="help")["alert"]
    for _ in range(25):
        assert raised(anna, kind="help")["merged"] is True
        town.pass_time(1.1)
    assert anna.ask("update", alert=call, text="words")["type"] == "ok"


def test_an_ended_alert_is_not_ended_again_and_again(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    alert = raised(anna)["alert"]
    answers = []
    for number in range(60):
        answers.append(anna.ask("update", alert=alert, state=("closed", "false_alarm")[number % 2]))
        town.pass_time(1.1)
    assert len(bo.all("update")) == 20
    assert {answer["code"] for answer in answers[20:]} == {"too_many_updates", "ended"}
    alert = raised(anna)["alert"]
    anna.ask("update", alert=alert, state="closed")
    town.pass_time(2)
    assert anna.ask("update", alert=alert, state="closed", headline="again")["code"] == "ended"


def test_an_ending_passes_whatever_else_it_says(town: Town) -> None:
    anna = town.phone("anna")
    for _ in range(3):
        raised(anna)
    alert = raised(anna, "yellow")["alert"]
    assert anna.ask("update", alert=alert, state="closed", level="red", lat=0, lon=0)["type"] == "ok"


def test_a_yellow_call_for_help_may_become_red_over_the_limit(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    for _ in range(3):
        raised(anna)
    alert = raised(anna, "yellow", kind="help")["alert"]
    assert anna.ask("update", alert=alert, level="red")["type"] == "ok"
    assert bo.all("update")[-1]["unverified"] is True


def test_nobody_vouches_for_themselves() -> None:
    town = Town(with_settings(Settings(), quotas={"new_account_s": 0.001}))
    new = town.phone("new", as_="real/{}/member/new")
    town.pass_time(1)
    town.group(new, locked=True)
    raised(new)
    assert raised(new)["type"] == "error"
    town.close()


def test_the_reach_is_told_once_also_when_the_alert_is_long_forgotten(town: Town) -> None:
    anna = town.phone("anna")
    raised(anna, id="a")
    town.pass_time(3 * DAY_S)
    for world in town.worlds.values():
        world.forget_old()
    assert raised(anna, id="a")["type"] == "ok"
    town.pass_time(10)
    assert len(anna.all("reach")) == 1
