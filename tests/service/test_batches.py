"""What is decided in one batch is judged by what was decided before it there, not by what everybody has heard yet."""

from collections.abc import Iterator
from typing import Any

import pytest

from realtime.config import Settings
from storage.events import MemberLeft
from storage.facts import Invitation
from tests.delivery.disks import Disk
from tests.offices import an_organisation, an_owner
from tests.town import HERE, Phone, Town, with_settings

REASON = {"reason": "x"}
PRIVATE = {"level": "yellow", "kind": "warn", "lat": HERE[0], "lon": HERE[1], "public": False}


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def together(town: Town, *sayings: tuple[Phone, str, dict[str, Any]]) -> list[str]:
    """What each was answered, by its code or `ok`, when all were said at once."""
    named = [(phone, type, {"id": town.new_id(), **fields}) for phone, type, fields in sayings]
    town.together(*named)
    answers = {frame["id"]: "ok" for phone, _, _ in named for frame in phone.all("ok")}
    answers |= {frame["id"]: frame["code"] for phone, _, _ in named for frame in phone.all("error")}
    return [answers[fields["id"]] for _, _, fields in named]


def test_who_joins_just_before_the_group_closes_is_outside(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna)
    joining = {"group": group, "accepted": True}
    assert together(town, (bo, "join", joining), (anna, "close_group", {"group": group, **REASON})) == ["ok", "ok"]
    assert [news["state"] for news in bo.all("membership")] == ["member", "left"]
    assert bo.all("notice")[-1]["code"] == "group_closed"
    assert bo.ask("history", room=group, limit=1)["code"] == "not_found"


def test_an_invitation_just_before_the_group_closes_goes_with_it(town: Town) -> None:
    anna = town.phone("anna")
    group = town.group(anna, locked=True)
    together(town, (anna, "invite", {"group": group}), (anna, "close_group", {"group": group, **REASON}))
    book = town.worlds["real"].hub.facts
    assert not book.of(Invitation)


def test_one_leaves_once(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    assert together(town, (bo, "leave", {"group": group}), (bo, "leave", {"group": group})) == ["ok", "not_found"]
    assert [news["state"] for news in bo.all("membership")] == ["member", "left"]


@pytest.mark.parametrize(
    ("type", "fields"),
    [
        ("message", {"text": "hello"}),
        ("alert", {**PRIVATE}),
        ("invite", {"user": "dan"}),
        ("remove", {"user": "eva", **REASON}),
        ("mute", {}),
        ("set_group", {"purpose": "x", "conduct": "y", "listed": True}),
        ("appoint", {"user": "bo", "trusted": ["admin"]}),
    ],
)
def test_who_has_just_been_removed_does_nothing_more(town: Town, type: str, fields: dict[str, Any]) -> None:
    anna, bo, eva = town.phone("anna"), town.phone("bo"), town.phone("eva")
    group = town.group(anna, bo, eva)
    anna.ask("appoint", group=group, user="bo", trusted=["admin"])
    where = {"groups": [group]} if type == "alert" else {"group": group}
    removing = {"group": group, "user": "bo", **REASON}
    assert together(town, (anna, "remove", removing), (bo, type, {**where, **fields})) == ["ok", "not_found"]
    assert eva.all("message", "alert") == []


def test_who_has_just_lost_the_trust_does_nothing_with_it(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo, locked=True)
    anna.ask("appoint", group=group, user="bo", trusted=["ambassador"])
    taken = {"group": group, "user": "bo", "trusted": []}
    assert together(town, (anna, "appoint", taken), (bo, "invite", {"group": group})) == ["ok", "forbidden"]
    given = {**taken, "trusted": ["ambassador"]}
    assert together(town, (anna, "appoint", given), (bo, "invite", {"group": group})) == ["ok", "ok"]


def test_a_leave_that_could_not_be_stored_was_none(town: Town) -> None:
    town.close()
    disk = Disk()
    town = Town(store=disk)
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    disk.is_full = lambda entries: any(isinstance(entry.body, MemberLeft) for entry in entries)
    saying = {"group": group, "text": "still here"}
    assert together(town, (bo, "leave", {"group": group}), (anna, "message", saying)) == ["not_stored", "ok"]
    assert together(town, (bo, "message", saying)) == ["ok"]
    assert anna.all("message")[-1]["text"] == "still here"
    town.close()


def test_who_has_just_joined_is_a_member(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna)
    joining, saying = {"group": group, "accepted": True}, {"group": group, "text": "hello"}
    assert together(town, (bo, "join", joining), (bo, "message", saying)) == ["ok", "ok"]
    assert anna.all("message")[-1]["text"] == "hello"


def test_a_role_that_was_just_withdrawn_or_given_counts_at_once(town: Town) -> None:
    """R31: nothing is said in an office that somebody holds no longer."""
    olga, anna, dan = an_owner(town), town.phone("anna"), town.phone("dan")
    group = town.group(anna, dan)
    role = {"user": "dan", "role": "police", **REASON}
    appeal = {"level": "info", "kind": "inform", "lat": HERE[0], "lon": HERE[1], "public": True, "groups": []}
    appeal |= {"official": "appeal", "until": town.clock.now() + 3_600, "headline": "Vittnen sökes"}
    saying = {"group": group, "text": "hello"}
    given = together(town, (olga, "grant_role", role), (dan, "message", saying), (dan, "alert", appeal))
    assert given == ["ok", "ok", "ok"]
    assert anna.all("message")[-1]["author"]["role"] == "police"
    taken = together(town, (olga, "revoke_role", role), (dan, "message", saying), (dan, "alert", appeal))
    assert taken == ["ok", "ok", "forbidden"]
    assert anna.all("message")[-1]["author"]["role"] == "member"


def test_limits_count_what_was_asked_for_at_once(town: Town) -> None:
    """As many as one may have of anything, however they are asked for."""
    olga, anna = an_owner(town), town.phone("anna")
    an_organisation(olga)
    circle = {"lat": HERE[0], "lon": HERE[1], "radius_m": 1_000}
    answers = together(town, *((anna, "follow", {"name": str(n), "circle": circle}) for n in range(25)))
    assert answers == ["ok"] * 20 + ["too_many"] * 5
    town.pass_time(60)
    letter = {"organisation": "polisen", "kind": "question", "text": "?"}
    assert together(town, *((anna, "write_to", letter) for _ in range(25))) == ["ok"] * 20 + ["rate_limited"] * 5


def test_one_is_in_no_more_groups_than_one_may_however_they_are_made(town: Town) -> None:
    town.close()
    town = Town(with_settings(Settings(), connection={"max_hello_rooms": 4}))
    anna = town.phone("anna")
    making = {"name": "Shops", "purpose": "Theft", "conduct": "Be kind.", "locked": False}
    assert together(town, *((anna, "create_group", making) for _ in range(5))) == ["ok"] * 3 + ["too_many"] * 2
    town.close()


def test_reports_are_counted_as_they_are_made(town: Town) -> None:
    town.close()
    town = Town(with_settings(Settings(), moderation={"max_open_reports": 2}))
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    for n in range(4):
        anna.ask("message", group=group, text=str(n))
    reports = ((bo, "report", {"group": group, "seq": seq, "category": "tone"}) for seq in range(1, 5))
    assert together(town, *reports) == ["ok", "ok", "rate_limited", "rate_limited"]
    town.close()
