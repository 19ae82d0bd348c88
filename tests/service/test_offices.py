"""Verified roles: given, borne by everything that is said, and over at once when they are withdrawn (F63-F65, R31)."""

from collections.abc import Iterator
from typing import Any

import pytest

from realtime.lanes import Lane
from storage.events import FactDropped
from storage.facts import RoleGrant
from tests.delivery.disks import Disk
from tests.offices import an_organisation, an_owner, with_staff
from tests.town import HERE, Phone, Town, north


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


RED = {"level": "red", "kind": "warn", "lat": HERE[0], "lon": HERE[1], "public": True, "groups": []}


def test_a_role_is_borne_by_messages_and_alerts_and_says_by_whom(town: Town) -> None:
    owner, bo, anna = an_owner(town), town.phone("bo"), town.phone("anna", at=HERE)
    group = town.group(anna, bo)
    an_organisation(owner, emblem="crown", name="Polisen Solna")
    with_staff(owner, "polisen", bo="staff")
    assert owner.ask("grant_role", user="bo", role="police", organisation="polisen")["type"] == "ok"
    assert bo.all("notice")[-1]["text"] == "Polisen Solna has verified you as police. What you say bears that emblem."
    bo.ask("message", group=group, text="On our way")
    (said,) = anna.all("message")
    emblem = {"name": "Polisen Solna", "organisation": "polisen", "emblem": "crown"}
    assert (said["author"]["role"], said["verified_role"], said["verified_by"]) == ("police", "police", emblem)
    bo.ask("alert", **RED)
    (alert,) = anna.all("alert")
    assert (alert["verified_role"], alert["verified_by"], alert["author"]["role"]) == ("police", emblem, "police")
    assert "name" not in alert["author"]


def test_the_platform_s_own_word_is_its_own(town: Town) -> None:
    owner, bo, eva, anna = an_owner(town), town.phone("bo"), town.phone("eva", as_="real/{}/guard"), town.phone("anna")
    group = town.group(anna, bo, eva)
    owner.ask("grant_role", user="bo", role="nightwalker")
    bo.ask("message", group=group, text="Good evening")
    eva.ask("message", group=group, text="Good evening")
    assert [(m["verified_role"], m["verified_by"]) for m in anna.all("message")] == [
        ("nightwalker", {"name": "platform"}),
        ("guard", {"name": "platform"}),
    ]


def test_a_role_ends_at_once_on_open_connections(town: Town) -> None:
    """F65: the next message is an ordinary member's, on every device; R32: they are told, and it is kept why."""
    owner, anna = an_owner(town), town.phone("anna", at=HERE)
    bo, tablet = town.phone("bo"), town.phone("bo", device="tablet")
    group = town.group(anna, bo)
    owner.ask("grant_role", user="bo", role="police")
    raised = bo.ask("alert", **RED)
    assert owner.ask("revoke_role", user="bo", role="police", reason="Left the force")["type"] == "ok"
    assert tablet.all("notice")[-1]["code"] == "role_revoked"
    for device in (bo, tablet):
        device.ask("message", group=group, text="Hello")
    assert all("verified_role" not in said and said["author"]["role"] == "member" for said in anna.all("message"))
    bo.ask("update", alert=raised["alert"], headline="They run north")
    (changed,) = anna.all("update")
    assert "verified_role" not in changed
    assert changed["author"]["role"] == "member"
    logged = town.run(town.store.before("audit/real/", 100, 10))
    assert [(event.body.by, event.body.reason) for event in logged] == [("olga", None), ("olga", "Left the force")]


def test_what_waits_for_the_log_is_judged_by_the_role_as_it_is_then() -> None:
    """Said while the withdrawal is on its way to the disk: judged after it, it is an ordinary member's."""
    disk = Disk()
    town = Town(store=disk)
    owner, bo, anna = an_owner(town), town.phone("bo"), town.phone("anna")
    group = town.group(anna, bo)
    owner.ask("grant_role", user="bo", role="police")
    disk.stop()
    owner.say("revoke_role", id=town.new_id(), user="bo", role="police")
    town.settle()
    bo.say("message", id=town.new_id(), group=group, text="Still me?")
    town.settle()
    assert anna.all("message") == []
    disk.go_on()
    town.settle()
    assert "verified_role" not in anna.all("message")[-1]
    town.close()


@pytest.mark.parametrize("how", ["revoked", "gone", "closed"])
def test_what_comes_in_one_batch_with_a_withdrawal_is_judged_after_it(town: Town, how: str) -> None:
    """However it is withdrawn; what came before it bears the role still, and all of it is answered."""
    owner, bo, anna = an_owner(town), town.phone("bo"), town.phone("anna")
    group = town.group(anna, bo)
    an_organisation(owner)
    with_staff(owner, "polisen", bo="staff")
    owner.ask("grant_role", user="bo", role="police", organisation="polisen")
    area = {"lat": HERE[0], "lon": HERE[1], "radius_m": 500}
    ways: dict[str, tuple[str, dict[str, Any]]] = {
        "revoked": ("revoke_role", {"user": "bo", "role": "police"}),
        "gone": ("set_staff", {"user": "bo", "standing": "none"}),
        "closed": ("set_organisation", {"name": "P", "sector": "police", "area": area, "closed": True}),
    }
    type, fields = ways[how]
    town.together(
        (bo, "message", {"id": "m-1", "group": group, "text": "Still me"}),
        (owner, type, {"id": "o-1", "organisation": "polisen", **fields}),
        (bo, "message", {"id": "m-2", "group": group, "text": "And now?"}),
        (anna, "message", {"id": "m-3", "group": group, "text": "Who?"}),
    )
    told = [said.get("verified_role") for said in anna.all("message")]
    assert told == ["police", None]
    answers = [frame["id"] for phone in (owner, bo, anna) for frame in phone.all("ok") if frame["id"][1] == "-"]
    assert sorted(answers) == ["m-1", "m-2", "m-3", "o-1"]


def test_a_role_ends_by_itself(town: Town) -> None:
    owner, bo, anna = an_owner(town), town.phone("bo"), town.phone("anna")
    group = town.group(anna, bo)
    owner.ask("grant_role", user="bo", role="guard", until=town.clock.now() + 3_600)
    bo.ask("message", group=group, text="On duty")
    town.pass_time(3_601)
    bo.ask("message", group=group, text="Off duty")
    assert ["verified_role" in said for said in anna.all("message")] == [True, False]
    assert owner.ask("roles")["roles"] == []


def test_a_role_outlives_a_restart_and_ends_on_time_all_the_same(town: Town) -> None:
    owner, bo, anna = an_owner(town), town.phone("bo"), town.phone("anna")
    group = town.group(anna, bo)
    owner.ask("grant_role", user="bo", role="guard", until=town.clock.now() + 3_600)
    again = town.restarted()
    bo, anna = again.phone("bo"), again.phone("anna")
    bo.ask("message", group=group, text="On duty")
    again.pass_time(3_601)
    bo.ask("message", group=group, text="Off duty")
    assert ["verified_role" in said for said in anna.all("message")] == [True, False]
    again.close()


def test_a_role_ends_on_time_also_if_the_clock_was_set_back(town: Town) -> None:
    """Timers run by another clock than that on the wall."""
    owner, bo, anna = an_owner(town), town.phone("bo"), town.phone("anna")
    group = town.group(anna, bo)
    owner.ask("grant_role", user="bo", role="guard", until=town.clock.now() + 3_600)
    town.clock.set(-5.0)
    town.pass_time(3_601)
    bo.ask("message", group=group, text="On duty")
    town.pass_time(5)
    bo.ask("message", group=group, text="Off duty")
    assert ["verified_role" in said for said in anna.all("message")] == [True, False]


def test_a_trade_verified_as_such_is_not_called_as_the_police_are(town: Town) -> None:
    """R31: their emblem says what they are, and their name must not say more."""
    owner, anna, shop = an_owner(town), town.phone("anna"), town.phone("polisen")
    group = town.group(anna, shop)
    for role, is_named in (("trade", False), ("guard", True)):
        owner.ask("grant_role", user="polisen", role=role)
        shop.ask("message", group=group, text="Open until ten")
        assert ("name" in anna.all("message")[-1]["author"]) == is_named
        made = shop.ask("create_group", name="Polisen", purpose="Tips", conduct="Kind", locked=False)
        assert (made["type"] == "ok") == is_named
        owner.ask("revoke_role", user="polisen", role=role)


def test_a_red_on_its_way_is_told_to_nobody_as_the_police_who_are_not(town: Town) -> None:
    """Withdrawn between two writes of one fan-out: the second gets the rounded place, and on duty elsewhere nothing."""
    owner, anna = an_owner(town), town.phone("anna")
    far = north(HERE, 50_000)
    near = [town.phone(user, at=HERE) for user in ("bo", "eva")]
    away = [town.phone(user, at=far) for user in ("carl", "dora")]
    lat, lon = HERE
    corners = [(lat - 0.1, lon - 0.1), (lat + 0.1, lon - 0.1), (lat + 0.1, lon + 0.1), (lat - 0.1, lon + 0.1)]
    polygon = [{"lat": lat, "lon": lon} for lat, lon in corners]
    for phone in (*near, *away):
        owner.ask("grant_role", user=phone.user, role="police")
    for phone in away:
        assert phone.ask("duty", on=True, polygon=polygon)["type"] == "ok"
    for pair in (near, away):
        for phone, other in (pair, pair[::-1]):
            _when_it_gets_an_alert(phone, other.user)
    anna.ask("alert", **RED)
    exact = [frame for phone in near for frame in phone.all("alert") if frame.get("cell_m") is None]
    assert [len(phone.all("alert")) for phone in near] == [1, 1]
    assert len(exact) == 1
    assert sum(len(phone.all("alert")) for phone in away) == 1


def _when_it_gets_an_alert(phone: Phone, user: str) -> None:
    """The other's role is withdrawn in that very step."""
    send, facts = phone.connection.send, phone.town.hubs["real"].facts

    def sent(frame: bytes, lane: Lane) -> bool:
        if b'"type":"alert"' in frame:
            facts.apply(FactDropped(fact=RoleGrant(user=user, role="police")))
        return send(frame, lane)

    phone.connection.send = sent  # type: ignore[method-assign]


def test_a_chief_verifies_their_own_people_as_what_they_are(town: Town) -> None:
    owner, carl, bo = an_owner(town), town.phone("carl"), town.phone("bo")
    an_organisation(owner, "vakt", "guards")
    with_staff(owner, "vakt", carl="chief", bo="staff")
    grant = {"organisation": "vakt", "role": "guard"}
    assert carl.ask("grant_role", user="bo", **grant)["type"] == "ok"
    assert carl.ask("grant_role", user="eva", **grant)["field"] == "user"
    assert carl.ask("grant_role", user="bo", organisation="vakt", role="police")["field"] == "role"
    assert carl.ask("grant_role", user="bo", role="guard")["code"] == "not_found"  # in the platform's name
    assert bo.ask("grant_role", user="bo", **grant)["code"] == "forbidden"
    assert town.phone("eva").ask("grant_role", user="eva", **grant)["code"] == "not_found"
    assert carl.ask("roles", organisation="vakt")["roles"] == [{"user": "bo", "role": "guard", "organisation": "vakt"}]
    assert carl.ask("staff", organisation="vakt")["staff"] == [
        {"user": "carl", "standing": "chief"},
        {"user": "bo", "standing": "staff", "roles": ["guard"]},
    ]


def test_who_works_there_no_longer_has_no_role_of_theirs(town: Town) -> None:
    owner, carl, bo, anna = an_owner(town), town.phone("carl"), town.phone("bo"), town.phone("anna")
    group = town.group(anna, bo, carl)
    an_organisation(owner, "vakt", "guards")
    with_staff(owner, "vakt", carl="chief", bo="staff")
    for user in ("bo", "carl"):
        carl.ask("grant_role", user=user, organisation="vakt", role="guard")
    carl.ask("set_staff", organisation="vakt", user="bo", standing="none")
    bo.ask("message", group=group, text="Hi")
    assert "verified_role" not in anna.all("message")[-1]
    an_organisation(owner, "vakt", "guards", closed=True)
    carl.ask("message", group=group, text="Hi")
    assert "verified_role" not in anna.all("message")[-1]


def test_an_office_is_not_the_owner_s(town: Town) -> None:
    """Whoever runs the platform stays that, whatever else they are."""
    owner = an_owner(town)
    owner.ask("grant_role", user="olga", role="police")
    assert owner.ask("roles")["type"] == "roles"


def test_no_role_crosses_into_the_other_world(town: Town) -> None:
    """R16."""
    owner, anna = an_owner(town), town.phone("anna")
    owner.ask("grant_role", user="bo", role="police")
    bo = town.phone("bo", as_="exercise/{}")
    assert bo.ask("roles")["code"] == "not_found"
    assert town.worlds["exercise"].offices.effective(bo.session.identity).verified_role is None
    assert anna.session.identity.verified_role is None


def test_quotas_go_by_the_role_that_is_held(town: Town) -> None:
    owner, bo = an_owner(town), town.phone("bo")
    for _ in range(3):
        assert bo.ask("alert", **RED)["type"] == "ok"
    assert bo.ask("alert", **RED)["code"] == "rate_limited"
    owner.ask("grant_role", user="bo", role="police")
    assert bo.ask("alert", **RED)["type"] == "ok"


def test_police_see_the_place_as_chosen_from_the_moment_they_are_police(town: Town) -> None:
    owner, anna, bo = an_owner(town), town.phone("anna"), town.phone("bo", at=north(HERE, 50))
    owner.ask("grant_role", user="bo", role="police")
    anna.ask("alert", **RED)
    owner.ask("revoke_role", user="bo", role="police")
    anna.ask("alert", **{**RED, "lat": HERE[0] + 0.0001})
    exact, rounded = bo.all("alert")
    assert (exact["lat"], exact["lon"]) == HERE
    assert "cell_m" in rounded


@pytest.mark.parametrize("name", ["polisen", "Роlіsеn", "väktare"])
def test_a_name_like_an_authority_s_is_not_shown(town: Town, name: str) -> None:
    """R31: others see a pseudonym, the person is told, once; who is verified is called as they are."""
    owner, anna = an_owner(town), town.phone("anna")
    liar = town.phone(name)
    group = town.group(anna, liar)
    liar.ask("message", group=group, text="Open the door")
    (said,) = anna.all("message")
    assert "name" not in said["author"]
    assert said["author"]["pseudonym"]
    assert [notice["code"] for notice in liar.all("notice")] == ["name_hidden"]
    liar.hang_up()
    again = town.phone(name, rooms={"me": 0})
    assert [notice["code"] for notice in again.all("notice")] == ["name_hidden"]
    owner.ask("grant_role", user=name, role="police")
    again.ask("message", group=group, text="Open the door")
    assert anna.all("message")[-1]["author"]["name"] == name.title()
    owner.ask("revoke_role", user=name, role="police")
    again.ask("message", group=group, text="Open the door")
    assert "name" not in anna.all("message")[-1]["author"]


def test_a_group_is_named_like_an_authority_by_one_only(town: Town) -> None:
    anna, dan = town.phone("anna"), town.phone("dan", as_="real/{}/police")
    group = {"purpose": "Tips", "conduct": "Be kind", "locked": False}
    refused = anna.ask("create_group", name="P0lisen Norrmalm", **group)
    assert (refused["code"], refused["field"]) == ("impersonation", "name")
    assert anna.ask("create_group", name="Grann\u200bar", **group)["code"] == "impersonation"
    assert anna.ask("create_group", name="Grannar", **group)["type"] == "ok"
    assert dan.ask("create_group", name="Polisen Norrmalm", **group)["type"] == "ok"
