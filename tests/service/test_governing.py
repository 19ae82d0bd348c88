"""Who must go, who answers for a group, when it ends, and what is kept of it."""

from collections.abc import Iterator

import pytest

from realtime.config import Settings
from storage.events import Entry, FactSet, audit_room
from storage.facts import GroupSuspended, Mute
from tests.town import HERE, Phone, Town, with_settings

PRIVATE = {"level": "yellow", "kind": "warn", "lat": HERE[0], "lon": HERE[1], "public": False}


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def trusted(phone: Phone, group: str) -> dict[str, list[str]]:
    return {each["user"]: each.get("trusted", []) for each in phone.ask("members", group=group)["members"]}


# --- who must go ---


def test_who_is_removed_hears_nothing_more_at_once_and_may_come_back(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    assert anna.ask("remove", group=group, user="bo", reason="Personal attacks")["type"] == "ok"
    assert bo.all("notice")[-1]["text"] == "You have been removed from Shops: Personal attacks"
    assert bo.all("membership")[-1]["state"] == "left"
    anna.ask("message", group=group, text="among us")
    anna.ask("alert", groups=[group], **PRIVATE)
    assert bo.all("message", "alert") == []
    assert bo.ask("history", room=group, limit=10)["code"] == "not_found"
    back = town.phone("bo", device="tablet", rooms={group: 0})
    assert back.all("message", "alert") == []
    assert bo.ask("join", group=group, accepted=True)["type"] == "ok"
    assert anna.ask("remove", group=group, user="nobody", reason="x")["field"] == "user"


def test_who_is_removed_learns_that_an_alert_they_have_was_wrong(town: Town) -> None:
    """R13: without its words."""
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    alert = anna.ask("alert", groups=[group], headline="Two men at the door", **PRIVATE)["alert"]
    anna.ask("remove", group=group, user="bo", reason="Tone")
    anna.ask("update", alert=alert, state="false_alarm", wrong="It was the postman")
    (told,) = bo.all("update")
    assert (told["state"], told["why"]) == ("false_alarm", ["held"])
    assert not {"headline", "text", "wrong"} & set(told)


def test_for_who_is_banned_the_group_is_not_there(town: Town) -> None:
    """R23, whichever way they try; until they are unbanned."""
    anna, bo = town.phone("anna"), town.phone("bo")
    made = anna.ask("create_group", name="Shops", purpose="Theft", conduct="Be kind.", locked=True)
    group, code = made["group"], made["code"]
    bo.ask("join", group=group, code=code, accepted=True)
    anna.ask("set_group", group=group, purpose="Theft", conduct="Be kind.", listed=True)
    anna.ask("ban", group=group, user="bo", reason="Threats")
    town = town.restarted()
    anna, bo = town.phone("anna"), town.phone("bo")
    for type, fields in (
        ("join", {"code": code, "accepted": True}),
        ("apply", {"accepted": True}),
        ("group", {"code": code}),
        ("members", {}),
        ("group_map", {}),
        ("mute", {}),
        ("leave", {}),
    ):
        there, nowhere = (bo.ask(type, group=each, **fields) for each in (group, "nowhere"))
        assert {**there, "id": None} == {**nowhere, "id": None}, type
        assert there["code"] == "not_found", type
    assert bo.ask("find_groups")["groups"] == []
    assert anna.ask("invite", group=group, user="bo")["code"] == "forbidden"
    assert anna.ask("unban", group=group, user="bo", reason="It was long ago")["type"] == "ok"
    assert bo.ask("join", group=group, code=code, accepted=True)["type"] == "ok"
    town.close()


def test_a_ban_overtakes_an_application_and_an_invitation(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, locked=True)
    anna.ask("set_group", group=group, purpose="Theft", conduct="Be kind.", listed=True)
    bo.ask("apply", group=group, accepted=True)
    anna.ask("invite", group=group, user="bo")
    anna.ask("ban", group=group, user="bo", reason="Threats")
    assert anna.ask("applications", group=group)["applications"] == []
    assert anna.ask("decide", group=group, user="bo", approve=True)["field"] == "user"
    anna.ask("unban", group=group, user="bo", reason="x")
    assert bo.ask("join", group=group, accepted=True)["code"] == "not_found"


def test_joining_and_being_banned_in_one_batch_ends_outside(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna)
    joining, banning = {"id": "j", "group": group, "accepted": True}, {"group": group, "user": "bo", "reason": "x"}
    town.together((bo, "join", joining), (anna, "ban", {"id": "b", **banning}))
    assert list(trusted(anna, group)) == ["anna"]
    assert bo.ask("message", group=group, text="hello")["code"] == "not_found"


def test_nobody_sends_away_who_answers_for_the_group_and_only_that_one_an_admin(town: Town) -> None:
    anna, bo, eva = town.phone("anna"), town.phone("bo"), town.phone("eva")
    group = town.group(anna, bo, eva)
    for admin in ("bo", "eva"):
        anna.ask("appoint", group=group, user=admin, trusted=["admin"])
    for user in ("anna", "eva"):
        assert bo.ask("remove", group=group, user=user, reason="x")["code"] == "forbidden"
        assert bo.ask("ban", group=group, user=user, reason="x")["code"] == "forbidden"
    assert anna.ask("remove", group=group, user="eva", reason="x")["type"] == "ok"


@pytest.mark.parametrize("way", ["leave", "remove", "ban"])
def test_coming_back_brings_no_trust_back(town: Town, way: str) -> None:
    anna, bo, eva = town.phone("anna"), town.phone("bo"), town.phone("eva")
    group = town.group(anna, bo, eva)
    anna.ask("appoint", group=group, user="bo", trusted=["admin"])
    if way == "leave":
        bo.ask("leave", group=group)
    else:
        anna.ask(way, group=group, user="bo", reason="x")
        anna.ask("unban", group=group, user="bo", reason="x")
    assert bo.ask("join", group=group, accepted=True)["type"] == "ok"
    assert bo.ask("appoint", group=group, user="eva", trusted=["approver"])["code"] == "forbidden"
    assert trusted(anna, group) == {"anna": ["creator"], "bo": [], "eva": []}


def test_an_appointment_after_the_leave_in_one_batch_stands_for_nothing(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    appointing = {"id": "a", "group": group, "user": "bo", "trusted": ["admin"]}
    town.together((bo, "leave", {"id": "l", "group": group}), (anna, "appoint", appointing))
    bo.ask("join", group=group, accepted=True)
    assert trusted(anna, group)["bo"] == []


# --- who answers for it ---


def test_a_group_is_handed_over_with_members_and_posts(town: Town) -> None:
    """F42: from then on it is the other's, also after a restart."""
    anna, bo, eva = town.phone("anna"), town.phone("bo"), town.phone("eva")
    group = town.group(anna, bo, eva)
    anna.ask("message", group=group, text="kept")
    assert anna.ask("hand_over", group=group, user="nobody")["field"] == "user"
    assert anna.ask("hand_over", group=group, user="bo", reason="I am moving")["type"] == "ok"
    assert bo.all("notice")[-1]["text"] == "You answer for Shops from now on."
    assert anna.ask("hand_over", group=group, user="anna")["code"] == "forbidden"
    assert anna.ask("close_group", group=group, reason="x")["code"] == "forbidden"
    town = town.restarted()
    bo = town.phone("bo")
    assert trusted(bo, group) == {"anna": [], "bo": ["creator"], "eva": []}
    assert [event["text"] for event in bo.ask("history", room=group, limit=9)["events"]] == ["kept"]
    assert bo.ask("appoint", group=group, user="eva", trusted=["admin"])["type"] == "ok"
    town.close()


def test_who_leaves_without_handing_over_leaves_it_to_an_admin_or_the_oldest_member(town: Town) -> None:
    """F41: no group is without somebody who answers for it."""
    anna, bo, eva, dan = (town.phone(name) for name in ("anna", "bo", "eva", "dan"))
    group = town.group(anna, bo, eva, dan)
    anna.ask("appoint", group=group, user="eva", trusted=["admin"])
    anna.ask("leave", group=group)
    assert trusted(bo, group)["eva"] == ["creator", "admin"]
    eva.ask("leave", group=group)
    assert trusted(dan, group) == {"bo": ["creator"], "dan": []}
    anna.ask("join", group=group, accepted=True)
    assert trusted(dan, group)["anna"] == []
    for phone in (anna, bo, dan):
        phone.ask("leave", group=group)
    assert eva.ask("join", group=group, accepted=True)["type"] == "ok"
    assert trusted(eva, group) == {"eva": ["creator"]}


def test_a_closed_group_is_there_for_nobody(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    anna.ask("message", group=group, text="hello")
    assert anna.ask("close_group", group=group, reason="The theft has ended")["type"] == "ok"
    assert bo.all("notice")[-1]["text"] == "Shops is closed: The theft has ended"
    town = town.restarted()
    for phone in (town.phone("anna"), town.phone("bo")):
        assert phone.ask("history", room=group, limit=10)["code"] == "not_found"
        assert phone.ask("join", group=group, accepted=True)["code"] == "not_found"
        assert phone.ask("group", group=group)["code"] == "not_found"
        assert phone.ask("find_groups")["groups"] == []
        assert phone.ask("alert", groups=[group], **PRIVATE)["code"] == "not_found"
    town.close()


def test_a_mute_that_is_over_is_let_go(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    anna.ask("mute", group=group, until=town.clock.now() + 60)
    bo.ask("mute", group=group)
    town.pass_time(60)
    town.on_loop(town.worlds["real"].forget_old)
    town.settle()
    assert [mute.user for mute in town.hubs["real"].facts.of(Mute).values()] == ["bo"]


# --- lists ---


def test_two_thousand_join_and_are_listed_page_by_page(town: Town) -> None:
    """F39: no size goal; who answers for it is told once that it has grown large. R22: no list says who is there."""
    town = Town(with_settings(Settings(), connection={"hellos_per_s": 1e6, "hellos_burst": 1_000_000}))
    anna = town.phone("anna")
    group = town.group(anna)
    for n in range(1_999):
        phone = town.phone(f"m{n:04}")
        phone.say("join", id="j", group=group, accepted=True)
        phone.hang_up()
    town.settle()
    told = [each for each in anna.all("notice") if each["code"] == "group_grown"]
    assert [each["about"]["members"] for each in told] == ["151"]
    seen: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = anna.ask("members", group=group, **after)
        assert page["count"] == 2_000
        assert all(set(each) <= {"user", "name", "role", "trusted"} for each in page["members"])
        seen += [each["user"] for each in page["members"]]
        if "next" not in page:
            break
        after = {"after": page["next"]}
    assert seen == ["anna", *(f"m{n:04}" for n in range(1_999))]
    anna.ask("close_group", group=group, reason="done")
    assert anna.ask("members", group=group)["code"] == "not_found"
    town.close()


def test_members_see_each_others_names_roles_and_trust(town: Town) -> None:
    anna, dan = town.phone("anna"), town.phone("dan", as_="real/{}/police")
    group = town.group(anna, dan)
    anna.ask("appoint", group=group, user="dan", trusted=["ambassador"])
    assert anna.ask("members", group=group)["members"] == [
        {"user": "anna", "name": "Anna", "role": "member", "trusted": ["creator"]},
        {"user": "dan", "name": "Dan", "role": "police", "trusted": ["ambassador"]},
    ]
    assert town.phone("eve").ask("members", group=group)["code"] == "not_found"


def test_activity_is_told_coarsely_and_to_the_creator_only(town: Town) -> None:
    """F39: messages and alerts of the last 30 days."""
    anna, bo, eva = town.phone("anna"), town.phone("bo"), town.phone("eva")
    group = town.group(anna, bo, eva)
    for n in range(6):
        eva.ask("message", group=group, text=str(n))
    town.clock.stall(31 * 86_400.0)
    town = town.restarted()
    anna, bo = town.phone("anna"), town.phone("bo")
    for n in range(4):
        bo.ask("message", group=group, text=str(n))
    bo.ask("alert", groups=[group], **PRIVATE)
    anna.ask("message", group=group, text="hello")
    assert anna.ask("group_activity", group=group)["activity"] == {"anna": "1-4", "bo": "5-19", "eva": "0"}
    assert bo.ask("group_activity", group=group)["code"] == "forbidden"
    town.close()


def test_the_audit_trail_says_who_did_what_when_and_why(town: Town) -> None:
    anna, bo, eva = town.phone("anna"), town.phone("bo"), town.phone("eva")
    group = town.group(anna, bo, locked=True)
    anna.ask("set_group", group=group, purpose="Theft", conduct="Be kind.", listed=True)
    anna.ask("appoint", group=group, user="bo", trusted=["admin"])
    eva.ask("apply", group=group, accepted=True)
    bo.ask("decide", group=group, user="eva", approve=True, reason="A neighbour")
    bo.ask("remove", group=group, user="eva", reason="Tone")
    eva.ask("apply", group=group, accepted=True)
    bo.ask("decide", group=group, user="eva", approve=False, reason="Not again")
    bo.ask("ban", group=group, user="eva", reason="Threats")
    bo.ask("unban", group=group, user="eva", reason="She is sorry")
    anna.ask("invite", group=group, user="eva")
    anna.ask("hand_over", group=group, user="bo", reason="I am moving")
    town = town.restarted()
    bo = town.phone("bo")
    lines = bo.ask("audit", group=group)["lines"]
    assert [(line["by"], line["what"], line.get("user"), line.get("reason")) for line in reversed(lines)] == [
        ("anna", "changed", None, None),
        ("anna", "appointed", "bo", None),
        ("bo", "approved", "eva", "A neighbour"),
        ("bo", "removed", "eva", "Tone"),
        ("bo", "refused", "eva", "Not again"),
        ("bo", "banned", "eva", "Threats"),
        ("bo", "unbanned", "eva", "She is sorry"),
        ("anna", "invited", "eva", None),
        ("anna", "handed_over", "bo", "I am moving"),
    ]
    assert lines[0]["at"] == town.clock.now()
    assert [each["what"] for each in bo.ask("audit", group=group, before=3)["lines"]] == ["appointed", "changed"]
    assert town.phone("anna").ask("audit", group=group)["code"] == "forbidden"
    town.close()


# --- suspension ---


def test_a_suspended_group_takes_no_posts_and_nobody_in_until_its_time(town: Town) -> None:
    """F49: its members are told why; for others it is not there meanwhile."""
    anna, eve = town.phone("anna"), town.phone("eve")
    group = town.group(anna)
    until = town.clock.now() + 3_600
    fact = GroupSuspended(group=group, reason="Hate speech", until=until)
    said = FactSet(fact=fact, by="owner", reason=fact.reason)
    town.run(
        town.store.append(
            [Entry(body=said, world="real", at=town.clock.now(), rooms=(audit_room("real", group),), key="k")]
        )
    )
    town = town.restarted()
    anna, eve = town.phone("anna"), town.phone("eve")
    refused = anna.ask("message", group=group, text="hello")
    assert (refused["code"], refused["message"]) == ("forbidden", "this group is suspended: Hate speech")
    assert anna.ask("alert", groups=[group], **PRIVATE)["code"] == "forbidden"
    assert anna.ask("invite", group=group)["code"] == "forbidden"
    assert anna.ask("group", group=group)["suspended"] == "Hate speech"
    assert eve.ask("join", group=group, accepted=True)["code"] == "not_found"
    assert eve.ask("group", group=group)["code"] == "not_found"
    assert eve.ask("find_groups")["groups"] == []
    assert anna.ask("audit", group=group)["lines"][0]["what"] == "suspended"
    town.pass_time(3_600)
    assert anna.ask("message", group=group, text="hello")["type"] == "ok"
    assert eve.ask("join", group=group, accepted=True)["type"] == "ok"
    town.close()
