"""Who is let into a group: by applying, or by being invited."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.town import Phone, Town


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def listed(town: Town, *phones: Phone) -> str:
    group = town.group(*phones, locked=True)
    phones[0].ask("set_group", group=group, purpose="Theft", conduct="Be kind.", listed=True)
    return group


def notices(phone: Phone) -> list[str]:
    return [told["code"] for told in phone.all("notice")]


def waiting(phone: Phone, group: str) -> list[str]:
    return [each["user"] for each in phone.ask("applications", group=group)["applications"]]


# --- applications ---


def test_approvers_see_an_application_and_decide_it(town: Town) -> None:
    """F26, F27, F28: nobody else sees it, and who is let in is a member at once."""
    anna, bo, eva, dan = (town.phone(name) for name in ("anna", "bo", "eva", "dan"))
    group = listed(town, anna, bo, eva)
    anna.ask("appoint", group=group, user="bo", trusted=["approver"])
    assert dan.ask("apply", group=group)["code"] == "not_accepted"
    assert dan.ask("apply", group=group, accepted=True, text="I live here")["type"] == "ok"
    assert [phone.all("notice")[-1]["text"] for phone in (anna, bo)] == ["Dan asks to be let into Shops."] * 2
    assert notices(eva) == []
    assert eva.ask("applications", group=group)["code"] == "forbidden"
    (shown,) = bo.ask("applications", group=group)["applications"]
    assert shown == {"user": "dan", "role": "member", "at": town.clock.now(), "name": "Dan", "text": "I live here"}
    assert eva.ask("decide", group=group, user="dan", approve=True)["code"] == "forbidden"
    assert bo.ask("decide", group=group, user="dan", approve=True)["type"] == "ok"
    assert dan.all("membership")[-1]["state"] == "member"
    assert notices(dan) == ["group_approved"]
    assert dan.ask("message", group=group, text="hello")["type"] == "ok"
    assert waiting(bo, group) == []


def test_who_is_refused_is_told_why(town: Town) -> None:
    anna, dan = town.phone("anna"), town.phone("dan")
    group = listed(town, anna)
    dan.ask("apply", group=group, accepted=True)
    assert anna.ask("decide", group=group, user="dan", approve=False)["field"] == "reason"
    anna.ask("decide", group=group, user="dan", approve=False, reason="You live elsewhere")
    assert dan.all("notice")[-1]["text"] == "You have not been let into Shops: You live elsewhere"
    assert dan.ask("message", group=group, text="hello")["code"] == "not_found"
    assert waiting(anna, group) == []


def test_an_application_waits_through_a_restart_and_can_be_withdrawn(town: Town) -> None:
    anna, dan = town.phone("anna"), town.phone("dan")
    group = listed(town, anna)
    dan.ask("apply", group=group, accepted=True)
    town = town.restarted()
    anna, dan = town.phone("anna"), town.phone("dan")
    assert waiting(anna, group) == ["dan"]
    assert dan.ask("group", group=group)["applied"] is True
    assert dan.ask("withdraw_application", group=group)["type"] == "ok"
    assert waiting(anna, group) == []
    assert anna.ask("decide", group=group, user="dan", approve=True)["field"] == "user"
    assert dan.ask("withdraw_application", group=group)["code"] == "not_found"
    town.close()


def test_what_is_not_listed_takes_no_application_and_says_no_more_than_nothing(town: Town) -> None:
    """R23."""
    anna, dan = town.phone("anna"), town.phone("dan")
    group = town.group(anna, locked=True)
    answers = [dan.ask("apply", group=each, accepted=True) for each in (group, "nowhere")]
    assert len({str({**answer, "id": None}) for answer in answers}) == 1
    assert answers[0]["code"] == "not_found"


def test_two_who_decide_at_once_decide_once(town: Town) -> None:
    anna, bo, dan = town.phone("anna"), town.phone("bo"), town.phone("dan")
    group = listed(town, anna, bo)
    anna.ask("appoint", group=group, user="bo", trusted=["approver"])
    dan.ask("apply", group=group, accepted=True)
    about = {"group": group, "user": "dan"}
    town.together(
        (anna, "decide", {"id": "a", **about, "approve": True}),
        (bo, "decide", {"id": "b", **about, "approve": False, "reason": "No"}),
    )
    assert [bo.all("error")[-1]["field"], notices(dan)] == ["user", ["group_approved"]]


# --- invitations ---


def invited(phone: Phone, group: str, **fields: Any) -> dict[str, Any]:
    answer = phone.ask("invite", group=group, **fields)
    assert answer["type"] == "ok", answer
    return answer


def test_a_code_lets_in_so_many(town: Town) -> None:
    """F29, also when the last two come at once; a retry of the invitation has the same code."""
    anna = town.phone("anna")
    group = town.group(anna, locked=True)
    code = invited(anna, group, id="i", uses=2)["code"]
    assert invited(anna, group, id="i", uses=2)["code"] == code
    people = [town.phone(name) for name in ("bo", "eva", "dan")]
    joining = {"group": group, "code": code.lower(), "accepted": True}
    assert people[0].ask("join", group=group, code=code)["code"] == "not_accepted"
    town.together(*((phone, "join", {"id": phone.user, **joining}) for phone in people))
    answers = [phone.all("ok", "error")[-1]["type"] for phone in people]
    assert sorted(answers) == ["error", "ok", "ok"]
    assert anna.ask("group", group=group)["members"] == 3


def test_a_code_ends_in_time(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, locked=True)
    assert anna.ask("invite", group=group, expires_at=town.clock.now())["field"] == "expires_at"
    code = invited(anna, group, expires_at=town.clock.now() + 60)["code"]
    town = town.restarted()
    bo = town.phone("bo")
    assert bo.ask("group", group=group, code=code)["card"]["name"] == "Shops"
    town.pass_time(60)
    assert bo.ask("join", group=group, code=code, accepted=True)["code"] == "not_found"
    assert bo.ask("group", group=group, code=code)["code"] == "not_found"
    town.close()


def test_a_revoked_code_opens_nothing_the_first_one_too(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    made = anna.ask("create_group", name="Shops", purpose="Theft", conduct="Be kind.", locked=True)
    group = made["group"]
    code = invited(anna, group)["code"]
    ids = [each["invitation"] for each in anna.ask("invitations", group=group)["invitations"]]
    assert "first" in ids
    for id in ids:
        assert anna.ask("revoke", group=group, invitation=id)["type"] == "ok"
    for each in (code, made["code"]):
        assert bo.ask("join", group=group, code=each, accepted=True)["code"] == "not_found"
    assert (
        "invitations" not in anna.ask("invitations", group=group)
        or not anna.ask("invitations", group=group)["invitations"]
    )


def test_who_is_invited_by_name_joins_without_a_code(town: Town) -> None:
    """F43: a police officer, say; nobody else does, and it is used up."""
    anna, eve = town.phone("anna"), town.phone("eve")
    dan = town.phone("dan", as_="real/{}/police")
    group = town.group(anna, locked=True)
    invited(anna, group, user="dan")
    assert dan.all("notice")[-1]["text"] == "Anna invites you to Shops."
    assert eve.ask("join", group=group, accepted=True)["code"] == "not_found"
    assert dan.ask("group", group=group)["card"]["purpose"] == "Theft"
    assert dan.ask("join", group=group, accepted=True)["type"] == "ok"
    dan.ask("leave", group=group)
    assert dan.ask("join", group=group, accepted=True)["code"] == "not_found"


def test_an_ambassador_invites_and_sees_their_own_only(town: Town) -> None:
    """F47: without approving or removing."""
    anna, bo, eva = town.phone("anna"), town.phone("bo"), town.phone("eva")
    group = town.group(anna, bo, eva, locked=True)
    anna.ask("appoint", group=group, user="bo", trusted=["ambassador"])
    invited(anna, group)
    invited(bo, group, uses=5)
    (own,) = bo.ask("invitations", group=group)["invitations"]
    assert (own["by"], own["uses"], own["used"]) == ("bo", 5, 0)
    shown = anna.ask("invitations", group=group)["invitations"]
    (others,) = [each for each in shown if each.get("by") == "anna"]
    assert bo.ask("revoke", group=group, invitation=others["invitation"])["code"] == "not_found"
    assert bo.ask("revoke", group=group, invitation=own["invitation"])["type"] == "ok"
    assert bo.ask("applications", group=group)["code"] == "forbidden"
    assert bo.ask("decide", group=group, user="eva", approve=True)["code"] == "forbidden"
    assert bo.ask("remove", group=group, user="eva", reason="x")["code"] == "forbidden"


@pytest.mark.parametrize("way", ["leave", "remove", "ban", "appoint"])
def test_the_codes_of_who_is_trusted_no_longer_open_nothing(town: Town, way: str) -> None:
    anna, bo, eva, dan = (town.phone(name) for name in ("anna", "bo", "eva", "dan"))
    group = town.group(anna, bo, locked=True)
    anna.ask("appoint", group=group, user="bo", trusted=["ambassador"])
    code = bo.ask("invite", group=group)["code"]
    bo.ask("invite", group=group, user="dan")
    kept = anna.ask("invite", group=group)["code"]
    if way == "leave":
        bo.ask("leave", group=group)
    else:
        more = {"trusted": []} if way == "appoint" else {"reason": "x"}
        assert anna.ask(way, group=group, user="bo", **more)["type"] == "ok"
    assert eva.ask("join", group=group, code=code, accepted=True)["code"] == "not_found"
    assert dan.ask("join", group=group, accepted=True)["code"] == "not_found"
    assert eva.ask("join", group=group, code=kept, accepted=True)["type"] == "ok"


def test_whoever_keeps_another_trust_keeps_their_codes(town: Town) -> None:
    anna, bo, eva = (town.phone(name) for name in ("anna", "bo", "eva"))
    group = town.group(anna, bo, locked=True)
    anna.ask("appoint", group=group, user="bo", trusted=["ambassador"])
    code = bo.ask("invite", group=group)["code"]
    anna.ask("appoint", group=group, user="bo", trusted=["approver"])
    assert eva.ask("join", group=group, code=code, accepted=True)["type"] == "ok"


def test_invitations_that_are_over_take_no_place(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.service.groups.admitting.MAX_WAITING", 2)
    anna = town.phone("anna")
    group = town.group(anna, locked=True)
    for _ in range(2):
        assert anna.ask("invite", group=group, expires_at=town.clock.now() + 60)["type"] == "ok"
    assert anna.ask("invite", group=group)["code"] == "forbidden"
    town.pass_time(60)
    assert anna.ask("invite", group=group)["type"] == "ok"
    assert [each["invitation"] for each in anna.ask("invitations", group=group)["invitations"]][1:] == ["first"]
