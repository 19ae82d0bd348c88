"""What those who got an alert answer, and what its author is told of it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.town import HERE, Phone, Town


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def raised(phone: Phone, **fields: Any) -> str:
    at = {"lat": HERE[0], "lon": HERE[1]}
    scope = {"public": True, "groups": []}
    return str(phone.ask("alert", **{"level": "red", "kind": "help", **at, **scope, **fields})["alert"])


def test_the_author_alone_is_told_in_buckets_and_not_one_by_one(town: Town) -> None:
    """F20, R21: no exact count, no name, no place."""
    anna, tablet = town.phone("anna"), town.phone("anna", device="tablet")
    others = [town.phone(f"user-{number}", HERE, device=f"d{number}") for number in range(6)]
    alert = raised(anna)
    for phone in others[:5]:
        assert phone.ask("answer", alert=alert, answer="coming")["type"] == "ok"
    others[5].ask("answer", alert=alert, answer="seen")
    assert not anna.all("answers")
    town.pass_time(3)
    for phone in (anna, tablet):
        assert phone.all("answers") == [{"type": "answers", "alert": alert, "coming": "5-19", "seen": "<5"}]
    assert not any(phone.all("answers") for phone in others)
    town.pass_time(60)
    assert len(anna.all("answers")) == 1


def test_the_latest_answer_of_a_person_counts(town: Town) -> None:
    anna, bo, bos_tablet = town.phone("anna"), town.phone("bo", HERE), town.phone("bo", HERE, device="tablet")
    alert = raised(anna)
    bo.ask("answer", alert=alert, answer="coming")
    bos_tablet.ask("answer", alert=alert, answer="safe")
    town.pass_time(3)
    assert anna.all("answers") == [{"type": "answers", "alert": alert, "safe": "<5"}]


def test_only_who_has_got_it_can_answer(town: Town) -> None:
    """R23: what is not theirs and what does not exist are one answer."""
    anna, far = town.phone("anna", HERE), town.phone("far")
    alert = raised(anna)
    answers = [far.ask("answer", alert=each, answer="seen") for each in (alert, "no-such-alert")]
    assert {**answers[0], "id": ""} == {**answers[1], "id": ""}
    assert answers[0]["code"] == anna.ask("answer", alert=alert, answer="seen")["code"] == "not_found"


def test_what_has_ended_takes_no_answer(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    alert = raised(anna)
    anna.ask("update", alert=alert, state="closed")
    assert bo.ask("answer", alert=alert, answer="not_true")["code"] == "ended"


def test_one_comes_by_name_only_within_a_locked_group_and_by_choice(town: Town) -> None:
    """R21."""
    anna, bo, eva, carl = town.phone("anna"), town.phone("bo"), town.phone("eva"), town.phone("carl", HERE)
    locked, open_group = town.group(anna, bo, eva, locked=True), town.group(anna, bo)
    alert = raised(anna, groups=[locked])
    assert carl.ask("answer", alert=alert, answer="coming", named=True)["field"] == "named"
    assert bo.ask("answer", alert=alert, answer="safe", named=True)["field"] == "named"
    bo.ask("answer", alert=alert, answer="coming", named=True)
    eva.ask("answer", alert=alert, answer="coming")
    town.pass_time(3)
    assert anna.all("answers")[-1]["names"] == ["Bo"]
    bo.ask("leave", group=locked)
    eva.ask("answer", alert=alert, answer="seen")
    town.pass_time(3)
    assert "names" not in anna.all("answers")[-1]
    other = raised(anna, groups=[open_group], public=False)
    assert bo.ask("answer", alert=other, answer="coming", named=True)["field"] == "named"


def test_three_who_have_nothing_to_do_with_each_other_make_it_disputed(town: Town) -> None:
    """R12: everybody is told, and the state is still its author's."""
    anna = town.phone("anna")
    others = [town.phone(f"user-{number}", HERE, device=f"d{number}") for number in range(4)]
    alert = raised(anna)
    for phone in others[:2]:
        phone.ask("answer", alert=alert, answer="not_true")
    assert not others[3].all("update")
    others[2].ask("answer", alert=alert, answer="not_true")
    (told,) = others[3].all("update")
    assert (told["disputed"], told["state"], told["signal"]) == (True, "going_on", False)
    again = town.restarted()
    assert again.phone("user-0", HERE).all("alert")[-1]["disputed"] is True
    again.close()


def test_new_accounts_and_one_person_with_many_devices_count_for_no_more(town: Town) -> None:
    anna = town.phone("anna")
    holders = [
        town.phone("one", HERE, device="a"),
        town.phone("one", HERE, device="b"),
        town.phone("one", HERE, device="c"),
        town.phone("two", HERE, device="d"),
        town.phone("new", HERE, device="e", as_="real/{}/member/new"),
    ]
    alert = raised(anna)
    for phone in holders:
        phone.ask("answer", alert=alert, answer="not_true")
    assert not holders[0].all("update")
    town.pass_time(3)
    assert anna.all("answers")[-1]["not_true"] == "<5"


def test_what_a_client_calls_its_device_makes_nobody_dependent(town: Town) -> None:
    """Else a client that calls every phone `phone` could dispute nothing."""
    anna = town.phone("anna", device="phone")
    others = [town.phone(f"user-{number}", HERE, device="phone") for number in range(3)]
    alert = raised(anna)
    for phone in others:
        phone.ask("answer", alert=alert, answer="not_true")
    assert others[0].all("update")[-1]["disputed"] is True


@pytest.mark.parametrize("head", ["bo", "anna"])
def test_those_who_invited_each_other_count_once_and_the_authors_own_not(town: Town, head: str) -> None:
    """R12: three who have nothing to do with each other; a chain of invitations by name is one circle."""
    anna, chief = town.phone("anna"), town.phone(head, HERE, device="chief")
    names = ("eva", "dan", "siv")
    eva, dan, siv = friends = [town.phone(name, HERE, device=name) for name in names]
    group = town.group(chief, locked=True)
    for host, guest in ((chief, eva), (eva, dan), (chief, siv)):
        chief.ask("appoint", group=group, user=host.user, trusted=["ambassador"])
        assert host.ask("invite", group=group, user=guest.user)["type"] == "ok"
        assert guest.ask("join", group=group, accepted=True)["type"] == "ok"
        assert guest.ask("join", group=group, accepted=True)["type"] == "ok"  # accepting anew changes no circle
    alert = raised(anna)
    for phone in friends:
        phone.ask("answer", alert=alert, answer="not_true")
    strangers = [town.phone(f"user-{number}", HERE) for number in range(3)]
    for phone in strangers[:1]:
        phone.ask("answer", alert=alert, answer="not_true")
    assert not eva.all("update")
    for phone in strangers[1:]:
        phone.ask("answer", alert=alert, answer="not_true")
    assert eva.all("update")[-1]["disputed"] is True


def test_an_office_settles_what_is_disputed(town: Town) -> None:
    anna, dan = town.phone("anna"), town.phone("dan", HERE, as_="real/{}/police")
    others = [town.phone(f"user-{number}", HERE, device=f"d{number}") for number in range(4)]
    alert = raised(anna)
    for phone in others[:3]:
        phone.ask("answer", alert=alert, answer="not_true")
    town.pass_time(2)
    anna.ask("update", alert=alert, state="has_happened")
    assert others[0].all("update")[-1]["disputed"] is True
    town.pass_time(2)
    dan.ask("update", alert=alert, state="going_on")
    assert "disputed" not in others[0].all("update")[-1]
    others[3].ask("answer", alert=alert, answer="not_true")
    assert "disputed" not in others[0].all("update")[-1]
