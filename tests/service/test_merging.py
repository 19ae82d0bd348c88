"""Two reds of the same thing: offered to be merged, with one signal for whoever gets both (R11, R35)."""

from collections.abc import Iterator
from typing import Any

import pytest

from realtime.config import AlertSettings, Settings
from storage.memory import MemoryStore
from tests.delivery.disks import Disk
from tests.offices import an_owner
from tests.town import HERE, Phone, Town, kinds, north, with_settings

NEXT_DOOR = north(HERE, 100)
FAR = north(HERE, 450)  # within 500 m of the first place only


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def red(phone: Phone, at: tuple[float, float] = HERE, **more: Any) -> dict[str, Any]:
    fields = {"kind": "warn", "public": True, "groups": [], "radius_m": 500, **more}
    return phone.ask("alert", level="red", lat=at[0], lon=at[1], **fields)


def two(town: Town, **more: Any) -> tuple[Phone, Phone, str, str, dict[str, Any]]:
    """The first red, by anna, and another of the same kind next door, by bo: them, the ids, and bo's answer."""
    anna, bo = town.phone("anna"), town.phone("bo")
    first = red(anna)["alert"]
    town.pass_time(60)
    second = red(bo, NEXT_DOOR, **more)
    return anna, bo, first, second["alert"], second


def test_the_later_one_is_offered_to_be_merged_and_both_are_delivered_at_once(town: Town) -> None:
    near = town.phone("near", HERE)
    _, _, first, second, ok = two(town)
    assert ok["same_as"] == [first]
    assert [frame["alert"] for frame in near.all("alert")] == [first, second]


def test_who_gets_both_is_signalled_once_and_who_gets_the_second_alone_is_signalled_for_that(town: Town) -> None:
    both, far = town.phone("both", HERE), town.phone("far", north(HERE, 800))
    _, _, first, second, _ = two(town, radius_m=900)
    assert [(frame["alert"], frame["signal"]) for frame in both.all("alert")] == [(first, True), (second, False)]
    assert [(frame["alert"], frame["signal"]) for frame in far.all("alert")] == [(second, True)]


@pytest.mark.parametrize(
    ("second", "waits_s"),
    [
        ({"kind": "inform"}, 0),
        ({"category": "fire"}, 0),
        ({"at_home": True}, 0),
        ({"at": north(HERE, 400)}, 0),
        ({}, 301),
    ],
    ids=["another kind", "another category", "at home", "further away", "later"],
)
def test_what_differs_is_another_thing(town: Town, second: dict[str, Any], waits_s: float) -> None:
    near = town.phone("near", HERE)
    red(town.phone("anna"), category="burglary")
    town.pass_time(waits_s)
    assert "same_as" not in red(town.phone("bo"), second.pop("at", NEXT_DOOR), **second)
    assert [frame["signal"] for frame in near.all("alert")] == [True, True]


def test_nobody_merges_with_their_own(town: Town) -> None:
    anna = town.phone("anna")
    red(anna)
    assert "same_as" not in red(anna, NEXT_DOOR)


def test_what_becomes_a_red_is_compared_then(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    fields = {"kind": "warn", "public": True, "groups": []}
    raised = bo.ask("alert", level="yellow", lat=HERE[0], lon=HERE[1], **fields)["alert"]
    town.pass_time(400)
    first = red(anna)["alert"]
    assert bo.ask("update", alert=raised, level="red")["same_as"] == [first]


def test_two_in_one_batch_are_compared_too(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    fields = {"level": "red", "kind": "warn", "lat": HERE[0], "lon": HERE[1], "public": True, "groups": []}
    town.together((anna, "alert", {"id": "a", **fields}), (bo, "alert", {"id": "b", **fields}))
    assert bo.all("ok")[-1]["same_as"] == [anna.all("ok")[-1]["alert"]]


def test_a_call_for_help_and_an_office_always_sound(town: Town) -> None:
    near, guard = town.phone("near", HERE), town.phone("guard", as_="real/{}/guard")
    red(town.phone("anna"), kind="help")
    assert red(town.phone("bo"), NEXT_DOOR, kind="help")["same_as"]
    red(town.phone("cleo"))
    assert red(guard, NEXT_DOOR)["same_as"]
    assert [frame["signal"] for frame in near.all("alert")] == [True] * 4


def test_nothing_doubtful_hushes_anybody(town: Town) -> None:
    """Whoever would silence a neighbourhood would begin with a red of their own."""
    near = town.phone("near", HERE)
    said = red(town.phone("anna"))["alert"]
    for name in ("one", "two", "three"):
        other = town.phone(name, HERE, device=name)
        assert other.ask("answer", alert=said, answer="not_true")["type"] == "ok"
    town.settle()
    assert near.all("update")[-1]["disputed"]
    red(town.phone("bo"), NEXT_DOOR)
    assert near.all("alert")[-1]["signal"]


def test_merging_closes_the_later_one_and_the_first_goes_on_for_both(town: Town) -> None:
    both, alone = town.phone("both", HERE), town.phone("alone", north(NEXT_DOOR, 450))
    anna, bo, first, second, _ = two(town)
    assert kinds(alone.new("alert", "update")) == ["alert"]
    assert bo.ask("merge", alert=second, into=first)["revision"] == 2
    merged, other = alone.new("alert", "update")
    assert (merged["alert"], merged["state"], merged["merged_into"]) == (second, "closed", first)
    assert (merged["signal"], merged.get("tone")) == (False, None)  # it is not over: the first goes on
    assert (other["type"], other["alert"], other["why"], other["signal"]) == ("alert", first, ["about"], False)
    assert [frame["alert"] for frame in both.all("update")] == [second]

    town.pass_time(5)
    anna.ask("update", alert=first, state="false_alarm", wrong="It was the owner")
    for phone in (both, alone):
        (end,) = phone.new("update")[-1:]
        assert (end["alert"], end["state"], end["signal"], end["tone"]) == (first, "false_alarm", True, "all_clear")


def test_the_second_sounds_when_the_first_is_over_and_they_were_not_merged(town: Town) -> None:
    near = town.phone("near", HERE)
    anna, _, first, second, _ = two(town)
    near.new()
    anna.ask("update", alert=first, state="false_alarm")
    told = [(frame["alert"], frame["signal"], frame.get("tone")) for frame in near.new("update")]
    assert told == [(first, True, "all_clear"), (second, True, None)]


def test_words_and_moves_do_not_sound_while_the_first_goes_on(town: Town) -> None:
    near = town.phone("near", HERE)
    _, bo, _, second, _ = two(town)
    bo.ask("update", alert=second, headline="A van at the back")
    near.say("position", lat=HERE[0], lon=HERE[1])
    town.settle()
    assert [frame["signal"] for frame in near.all("alert", "update")] == [True, False, False]


def test_its_author_says_that_it_is_another_thing_and_it_sounds(town: Town) -> None:
    near = town.phone("near", HERE)
    _, bo, first, second, _ = two(town)
    near.new()
    assert bo.ask("merge", alert=second)["revision"] == 2
    (told,) = near.new("update")
    assert (told["alert"], told["signal"]) == (second, True)
    assert bo.ask("merge", alert=second, into=first)["code"] == "invalid"
    assert bo.ask("merge", alert=second)["field"] == "alert"


def test_who_has_merged_raises_anew_and_is_not_compared_with_the_same_again(town: Town) -> None:
    near = town.phone("near", HERE)
    _, bo, first, second, _ = two(town)
    bo.ask("merge", alert=second, into=first)
    assert "same_as" not in red(bo, NEXT_DOOR)
    assert near.all("alert")[-1]["signal"]


def test_who_comes_back_with_the_merged_one_gets_the_other_and_its_end(town: Town) -> None:
    alone = town.phone("alone", north(NEXT_DOOR, 450))
    _, bo, first, second, _ = two(town)
    alone.hang_up()
    bo.ask("merge", alert=second, into=first)
    holds = [{"alert": second, "revision": 1}]
    alone = town.phone("alone", holds=holds)
    assert [(frame["type"], frame["alert"], frame["signal"]) for frame in alone.new("alert", "update")] == [
        ("alert", first, False),
        ("update", second, False),
    ]
    alone.hang_up()
    town = town.restarted()
    alone = town.phone("alone", holds=holds)
    assert [frame["alert"] for frame in alone.new("alert", "update")] == [first, second]
    town.phone("anna").ask("update", alert=first, state="closed")
    assert alone.new("update")[-1]["tone"] == "all_clear"
    alone.hang_up()
    late = town.phone("alone", holds=holds).new("alert")
    assert [(frame["alert"], frame["state"], frame["late"]) for frame in late] == [(first, "closed", True)]
    town.close()


@pytest.mark.parametrize("is_away", [False, True], ids=["it ends later", "it ended meanwhile"])
def test_who_comes_back_with_both_hears_the_end(town: Town, is_away: bool) -> None:
    alone = town.phone("alone", north(NEXT_DOOR, 450))
    anna, bo, first, second, _ = two(town)
    bo.ask("merge", alert=second, into=first)
    alone.hang_up()
    if is_away:
        anna.ask("update", alert=first, state="closed")
    holds = [{"alert": second, "revision": 2}, {"alert": first, "revision": 1, "quiet": True}]
    alone = town.phone("alone", holds=holds)
    if not is_away:
        assert alone.all("alert", "update") == []
        anna.ask("update", alert=first, state="closed")
    assert [(frame["alert"], frame["tone"]) for frame in alone.all("update")] == [(first, "all_clear")]


def test_what_only_a_group_knows_is_neither_offered_nor_given(town: Town) -> None:
    """R23: no more is told than the author has got or anybody can see."""
    anna, bo, member = town.phone("anna"), town.phone("bo"), town.phone("member", HERE)
    group = town.group(anna, member, locked=True)
    secret = red(anna, public=False, groups=[group])["alert"]
    answer = red(bo, NEXT_DOOR)
    assert "same_as" not in answer
    assert not member.all("alert")[-1]["signal"]  # who has got both is signalled once all the same
    refused = bo.ask("merge", alert=answer["alert"], into=secret)
    unknown = bo.ask("merge", alert=answer["alert"], into="no-such-thing")
    assert {**refused, "id": None} == {**unknown, "id": None}
    assert (refused["code"], refused["field"]) == ("not_found", "into")

    both = town.phone("both", HERE)
    code = anna.ask("invite", group=group)["code"]
    assert both.ask("join", group=group, code=code, accepted=True)["type"] == "ok"
    town.settle()
    public = red(both, NEXT_DOOR)
    assert secret not in public.get("same_as", ())  # members only would get it, and the other one is for all
    assert both.ask("merge", alert=public["alert"], into=secret)["field"] == "into"


def test_a_group_merges_its_own(town: Town) -> None:
    anna, bo, member = town.phone("anna"), town.phone("bo"), town.phone("member")
    group = town.group(anna, bo, member, locked=True)
    first = red(anna, public=False, groups=[group])["alert"]
    second = red(bo, NEXT_DOOR, public=False, groups=[group])
    assert second["same_as"] == [first]
    assert [frame["signal"] for frame in member.all("alert")] == [True, False]
    member.ask("leave", group=group)
    bo.ask("merge", alert=second["alert"], into=first)
    told = member.all("update")[-1]
    assert told["alert"] == second["alert"]
    assert "merged_into" not in told  # who has left learns no more (R13)


def test_an_office_merges_what_it_has_and_others_do_not(town: Town) -> None:
    guard, other = town.phone("guard", HERE, as_="real/{}/guard"), town.phone("other", HERE)
    _, bo, first, second, _ = two(town)
    assert other.ask("merge", alert=second, into=first)["code"] == "not_found"
    assert guard.ask("merge", alert=first, into=second)["code"] == "invalid"
    assert guard.ask("merge", alert=second)["code"] == "invalid"
    assert guard.ask("merge", alert=second, into=first)["type"] == "ok"
    assert bo.ask("merge", alert=second, into=first)["code"] == "ended"


def test_what_others_were_merged_into_is_not_merged_further(town: Town) -> None:
    cleo = town.phone("cleo")
    _, bo, first, second, _ = two(town)
    third = red(cleo, NEXT_DOOR)
    assert third["same_as"] == [first, second]
    assert cleo.ask("merge", alert=third["alert"], into=second)["type"] == "ok"
    assert bo.ask("merge", alert=second, into=first)["field"] == "alert"


def test_a_merged_one_takes_a_correction_without_an_all_clear(town: Town) -> None:
    near = town.phone("near", north(NEXT_DOOR, 450))
    _, bo, first, second, _ = two(town, headline="A man in a red car")
    bo.ask("merge", alert=second, into=first)
    town.pass_time(5)
    assert bo.ask("update", alert=second, wrong="It was blue")["type"] == "ok"
    told = near.all("update")[-1]
    assert (told["alert"], told["signal"], told.get("headline")) == (second, False, None)


def test_a_retry_is_offered_the_same(town: Town) -> None:
    _, bo, first, second, ok = two(town, id="b-1")
    assert red(bo, NEXT_DOOR, id="b-1") == ok
    assert bo.ask("merge", alert=second, into=first, id="m")["revision"] == 2
    assert bo.ask("merge", alert=second, into=first, id="m")["revision"] == 2


def test_where_limits_are_off_no_two_are_the_same() -> None:
    settings = with_settings(Settings(alerts=AlertSettings(widen_until=0)), quotas={"enforced": False})
    town = Town(settings, MemoryStore())
    assert "same_as" not in two(town)[-1]
    town.close()


def sounded(phone: Phone, alert: str) -> list[bool]:
    return [frame["signal"] for frame in phone.all("alert", "update") if frame["alert"] == alert]


def test_what_a_moderator_has_hidden_hushes_nobody_and_nothing_is_merged_into_it(town: Town) -> None:
    near, olga = town.phone("near", HERE), an_owner(town)
    _, bo, first, second, _ = two(town)
    assert olga.ask("moderate", alert=first, action="hide", reason="untrue")["type"] == "ok"
    assert sounded(near, second) == [False, True]
    assert bo.ask("merge", alert=second, into=first)["field"] == "into"
    assert first not in red(town.phone("cia"), HERE).get("same_as", [])
    assert sounded(near, near.all("alert")[-1]["alert"]) == [False]  # by the second


@pytest.mark.parametrize("is_before", [True, False], ids=["before", "after"])
def test_whoever_is_suspended_hushes_nobody(town: Town, is_before: bool) -> None:
    near, olga, anna, bo = town.phone("near", HERE), an_owner(town), town.phone("anna"), town.phone("bo")
    red(anna)
    if is_before:
        olga.ask("suspend", user="anna", reason="false alarms")
    second = red(bo, NEXT_DOOR)["alert"]
    if not is_before:
        olga.ask("suspend", user="anna", reason="false alarms")
    assert sounded(near, second)[-1]
    again = town.restarted()
    assert again.phone("far", HERE).all("alert")[-1]["signal"]
    again.close()


@pytest.mark.parametrize(
    ("who", "change"),
    [("first", {"metres": -450}), ("second", {"metres": 450}), ("second", {"category": "fire"})],
    ids=["the first moves on", "the second moves on", "another category"],
)
def test_what_is_found_to_differ_later_sounds_then(town: Town, who: str, change: dict[str, Any]) -> None:
    near, anna, bo = town.phone("near", HERE), town.phone("anna"), town.phone("bo")
    first = red(anna, category="burglary")["alert"]
    second = red(bo, NEXT_DOOR, radius_m=900)["alert"]
    town.pass_time(60)
    if (metres := change.pop("metres", None)) is not None:
        lat, lon = north(HERE, metres)
        change = {"lat": lat, "lon": lon}
    phone, alert = (anna, first) if who == "first" else (bo, second)
    assert phone.ask("update", alert=alert, **change)["type"] == "ok"
    assert sounded(near, second) == ([False, True])


@pytest.mark.parametrize("is_restarted", [False, True])
def test_the_second_sounds_soon_after_the_first_has_run_out(town: Town, is_restarted: bool) -> None:
    near = town.phone("near", HERE)
    _, bo, first, second, _ = two(town)
    left_s = town.settings.alerts.red_ttl_s - 60
    town.pass_time(left_s - 60)
    assert bo.ask("update", alert=second, extend_s=1_700)["type"] == "ok"
    if is_restarted:
        town = town.restarted()
        holds = [{"alert": first, "revision": 1}, {"alert": second, "revision": 2, "quiet": True}]
        near = town.phone("near", HERE, holds=holds)
    town.worlds["real"].forget_old()
    town.settle()
    assert not any(sounded(near, second))
    town.pass_time(61)
    near.ask("ping")
    for _ in range(2):
        town.worlds["real"].forget_old()
        town.settle()
    assert sounded(near, second)[-1:] == [True]
    assert sounded(near, second).count(True) == 1
    town.close()


def test_nothing_is_merged_into_what_reaches_less_far_or_is_no_red_any_more(town: Town) -> None:
    """Else who comes near it afterwards would hear of neither."""
    anna, bo, cia = town.phone("anna"), town.phone("bo"), town.phone("cia")
    first = red(anna)["alert"]
    wider = red(bo, NEXT_DOOR, radius_m=900)
    assert "same_as" not in wider
    assert bo.ask("merge", alert=wider["alert"], into=first)["field"] == "into"
    third = red(cia)
    assert third["same_as"] == [first, wider["alert"]]
    town.pass_time(2)
    anna.ask("update", alert=first, level="yellow")
    assert cia.ask("merge", alert=third["alert"], into=first)["field"] == "into"
    assert cia.ask("merge", alert=third["alert"], into=wider["alert"])["type"] == "ok"


def test_what_goes_on_for_another_is_stored_before_that_is_closed() -> None:
    """Else a server that dies in between has neither."""
    disk = Disk()
    town = Town(store=disk)
    anna, bo, near = town.phone("anna"), town.phone("bo"), town.phone("near", HERE)
    disk.is_full = lambda entries: True
    anna.say("alert", id="a", level="red", kind="warn", lat=HERE[0], lon=HERE[1], public=True, groups=[])
    town.pass_time(1)
    (first,) = near.all("alert")
    assert not first["durable"]
    disk.is_full = lambda entries: False
    second = red(bo, NEXT_DOOR)["alert"]
    assert bo.ask("merge", alert=second, into=first["alert"])["type"] == "ok"
    again = town.restarted()
    assert [frame["alert"] for frame in again.phone("cia", HERE).all("alert")] == [first["alert"]]
    again.close()
