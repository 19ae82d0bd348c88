"""Private threads between a person and an organisation, which nobody else learns of (F51, F52, F56, R23)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from realtime.service.organisations.threads import MAX_A_DAY
from tests.offices import an_organisation, an_owner, with_staff
from tests.town import HERE, Phone, Town, north


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


@pytest.fixture
def station(town: Town) -> Phone:
    """The police, of whom Carl is the chief and Stina works there."""
    owner = an_owner(town)
    an_organisation(owner, name="Polisen Solna", emblem="crown")
    with_staff(owner, "polisen", carl="chief", stina="staff")
    return owner


def write(phone: Phone, text: str = "A van stands there each night", **fields: Any) -> str:
    wrote = phone.ask("write_to", **{"organisation": "polisen", "kind": "tip", "text": text, **fields})
    assert wrote["type"] == "ok", wrote
    return str(wrote["group"])


def texts(phone: Phone) -> list[str]:
    return [said["text"] for said in phone.all("message")]


def inbox(phone: Phone, **fields: Any) -> list[dict[str, Any]]:
    page = phone.ask("threads", **fields)
    assert page["type"] == "threads", page
    return list(page["threads"])


def test_the_two_write_to_each_other(town: Town, station: Phone) -> None:
    anna, stina, carl = town.phone("anna"), town.phone("stina"), town.phone("carl")
    thread = write(anna)
    (opened,) = anna.all("membership")
    assert (opened["group"], opened["name"], opened["thread"], opened["state"]) == (
        thread,
        "Polisen Solna",
        True,
        "member",
    )
    assert texts(stina) == texts(carl) == ["A van stands there each night"]
    assert stina.all("message")[0]["author"] == {"role": "member", "name": "Anna"}
    stina.ask("message", group=thread, text="Thank you. Which van?")
    answer = anna.all("message")[-1]
    assert answer["author"] == {"role": "police", "name": "Stina"}
    emblem = {"name": "Polisen Solna", "organisation": "polisen", "emblem": "crown"}
    assert (answer["verified_role"], answer["verified_by"]) == ("police", emblem)
    anna.ask("message", group=thread, text="A white one")
    assert texts(carl)[-1] == "A white one"


def test_it_is_a_room_like_any_other_to_those_in_it(town: Town, station: Phone) -> None:
    """Catching up, reading back, revising and read marks."""
    anna, stina = town.phone("anna"), town.phone("stina")
    thread = write(anna)
    anna.hang_up()
    stina.ask("message", group=thread, text="Which van?")
    stina.ask("revise", group=thread, seq=2, text="Which colour?")
    back = town.phone("anna", rooms={"me": 1, thread: 1})
    assert texts(back) == ["Which colour?", "Which colour?"]
    (welcome,) = back.all("welcome")
    assert welcome["rooms"][thread] == {"seq": 3, "from": 1, "read": 1, "unread": 2}
    assert back.ask("read", room=thread, seq=3)["type"] == "ok"
    page = back.ask("history", room=thread, limit=10)
    assert [said["text"] for said in page["events"]] == [
        "A van stands there each night",
        "Which colour?",
        "Which colour?",
    ]


def test_a_retry_writes_once(town: Town, station: Phone) -> None:
    anna, stina = town.phone("anna"), town.phone("stina")
    first = anna.ask("write_to", id="w-1", organisation="polisen", kind="tip", text="A van")
    again = anna.ask("write_to", id="w-1", organisation="polisen", kind="tip", text="A van")
    assert first == again
    assert texts(stina) == ["A van"]
    assert len(inbox(stina, organisation="polisen")) == 1


def test_nobody_else_learns_that_it_exists(town: Town, station: Phone) -> None:
    """R23: whatever is asked of the thread by others is answered as if there were none; the owner is no other."""
    anna, eva = town.phone("anna"), town.phone("eva")
    thread = write(anna)
    nowhere = "thread-" + "0" * 32
    asked: list[tuple[str, dict[str, Any]]] = [
        ("message", {"group": thread, "text": "Hi"}),
        ("revise", {"group": thread, "seq": 1, "removed": True}),
        ("history", {"room": thread, "limit": 1}),
        ("read", {"room": thread, "seq": 0}),
        ("join", {"group": thread, "accepted": True}),
        ("leave", {"group": thread}),
        ("appoint", {"group": thread, "user": "anna", "trusted": []}),
        ("let_in", {"group": thread, "organisation": "polisen"}),
        ("alert", {"level": "info", "kind": "warn", "lat": 0, "lon": 0, "public": False, "groups": [thread]}),
        ("assign", {"thread": thread}),
        ("close_thread", {"thread": thread}),
        ("reopen", {"thread": thread}),
        ("threads", {"organisation": "polisen"}),
    ]
    for phone in (eva, station):
        for type, fields in asked:
            there = phone.ask(type, **fields)
            unknown = json.loads(json.dumps(fields).replace(thread, nowhere))
            assert there["code"] == "not_found", there
            assert {**phone.ask(type, **unknown), "id": None} == {**there, "id": None}
        assert thread not in json.dumps([frame for frame in phone.connection.frames if frame["type"] != "error"])
        assert inbox(phone) == []
    back = town.phone("eva", device="other", rooms={thread: 0})
    assert thread not in json.dumps(back.connection.frames)


def test_what_groups_do_is_not_there_for_those_in_it_either(town: Town, station: Phone) -> None:
    anna, stina = town.phone("anna", at=HERE), town.phone("stina")
    thread = write(anna)
    for phone in (anna, stina):
        for type, fields in (
            ("join", {"group": thread, "accepted": True}),
            ("leave", {"group": thread}),
            ("appoint", {"group": thread, "user": "stina", "trusted": ["admin"]}),
            ("let_in", {"group": thread, "organisation": "polisen"}),
            ("alert", {"level": "info", "kind": "warn", "lat": 0, "lon": 0, "public": False, "groups": [thread]}),
        ):
            answer = phone.ask(type, **fields)
            assert answer["type"] == "error", (type, answer)
            assert answer["code"] == "not_found", (type, answer)
    for type in ("assign", "close_thread", "reopen"):
        assert anna.ask(type, thread=thread)["code"] == "not_found"


def test_threads_count_to_no_limit_of_groups_and_vouch_for_nobody(town: Town, station: Phone) -> None:
    anna, stina = town.phone("anna"), town.phone("stina")
    write(anna)
    assert not town.hubs["real"].rooms.is_vouched("stina")
    assert anna.ask("create_group", name="X", purpose="X", conduct="X", locked=False)["type"] == "ok"
    groups = town.worlds["real"].hub.rooms.groups_of("stina")
    assert len(groups) == 1
    assert stina.ask("create_group", name="X", purpose="X", conduct="X", locked=False)["type"] == "ok"


def test_who_is_anonymous_has_a_pseudonym_everywhere(town: Town, station: Phone) -> None:
    """The author's id and name are in nothing that the staff are sent, nor in any audit trail."""
    wilhelmina, stina = town.phone("wilhelmina"), town.phone("stina")
    thread = write(wilhelmina, anonymous=True)
    wilhelmina.ask("message", group=thread, text="It is back")
    stina.ask("assign", thread=thread, user="stina")
    stina.ask("close_thread", thread=thread)
    stina.ask("reopen", thread=thread)
    (card,) = inbox(stina, organisation="polisen")
    first, second = stina.all("message")
    assert first["author"] == second["author"] == card["author"]
    assert set(card["author"]) == {"role", "pseudonym"}
    stina.ask("history", room=thread, limit=10)
    back = town.phone("stina", device="tablet", rooms={thread: 0, "me": 0})
    for phone in (stina, back):
        assert "wilhelmina" not in json.dumps(phone.connection.frames).lower()
    audited = town.run(town.store.before("audit/real/polisen", 1_000, 100))
    assert "wilhelmina" not in repr(audited)
    other = write(wilhelmina, anonymous=True)
    assert inbox(stina, organisation="polisen")[0]["author"] != card["author"]
    assert other != thread


def test_an_anonymous_police_officer_is_not_told_apart(town: Town, station: Phone) -> None:
    station.ask("grant_role", user="anna", role="guard")
    anna, stina = town.phone("anna"), town.phone("stina")
    write(anna, anonymous=True)
    (said,) = stina.all("message")
    assert said["author"]["role"] == "member"
    assert "verified_role" not in said


def test_a_witness_tells_the_police_only(town: Town, station: Phone) -> None:
    """F56: about an alert that they had; others learn neither that nor what is said."""
    an_organisation(station, "nacka", "municipality", name="Nacka")
    anna, eva, bo = town.phone("anna", at=HERE), town.phone("eva", at=north(HERE, 60)), town.phone("bo")
    stina = town.phone("stina")
    group = town.group(anna, bo)
    raised = anna.ask("alert", level="red", kind="warn", lat=HERE[0], lon=HERE[1], public=True, groups=[])["alert"]
    private = anna.ask("alert", level="info", kind="warn", lat=HERE[0], lon=HERE[1], public=False, groups=[group])
    before = len(anna.connection.frames)
    thread = write(eva, "I saw the plate", about_alert=raised)
    assert inbox(stina, organisation="polisen")[0]["about_alert"] == raised
    assert len(anna.connection.frames) == before
    assert thread not in json.dumps(anna.connection.frames)
    say = {"kind": "tip", "text": "I saw it"}
    assert eva.ask("write_to", organisation="nacka", about_alert=raised, **say)["field"] == "organisation"
    assert eva.ask("write_to", organisation="polisen", about_alert="x", **say)["code"] == "not_found"
    assert eva.ask("write_to", organisation="polisen", about_alert=private["alert"], **say)["code"] == "not_found"
    assert bo.ask("write_to", organisation="polisen", about_alert=private["alert"], **say)["type"] == "ok"
    view = {"kind": "view", "text": "I saw it", "organisation": "polisen"}
    assert eva.ask("write_to", about_alert=raised, **view)["field"] == "kind"


def test_who_comes_to_work_there_is_in_what_is_open_and_who_goes_is_not(town: Town, station: Phone) -> None:
    anna, stina, bo = town.phone("anna"), town.phone("stina"), town.phone("bo")
    thread = write(anna)
    town.pass_time(1)
    closed = write(anna, "An old matter")
    stina.ask("close_thread", thread=closed)
    with_staff(station, "polisen", bo="staff")
    assert [each["thread"] for each in inbox(bo, organisation="polisen")] == [closed, thread]
    assert bo.ask("history", room=thread, limit=10)["events"][0]["text"] == "A van stands there each night"
    assert bo.ask("history", room=closed, limit=10)["code"] == "not_found"
    bo.ask("assign", thread=thread, user="bo")
    station.ask("set_staff", organisation="polisen", user="bo", standing="none")
    anna.ask("message", group=thread, text="Still there")
    assert "Still there" not in texts(bo)
    assert bo.ask("history", room=thread, limit=10)["code"] == "not_found"
    assert bo.ask("threads", organisation="polisen")["code"] == "not_found"
    assert "assigned" not in inbox(stina, organisation="polisen", state="open")[0]


def test_staff_who_leave_in_the_same_breath_get_nothing(town: Town, station: Phone) -> None:
    """What is decided, and not only what has happened, says whose a thread is."""
    anna, stina, eva = town.phone("anna"), town.phone("stina"), town.phone("eva")
    town.together(
        (station, "set_staff", {"id": "s-1", "organisation": "polisen", "user": "stina", "standing": "none"}),
        (station, "set_staff", {"id": "s-2", "organisation": "polisen", "user": "eva", "standing": "staff"}),
        (anna, "write_to", {"id": "w-1", "organisation": "polisen", "kind": "tip", "text": "A van"}),
    )
    assert texts(stina) == []
    assert texts(eva) == ["A van"]


def test_a_closed_thread_is_there_to_read_for_who_began_it(town: Town, station: Phone) -> None:
    anna, stina = town.phone("anna"), town.phone("stina")
    thread = write(anna)
    assert stina.ask("close_thread", thread=thread)["type"] == "ok"
    assert anna.all("notice")[-1]["code"] == "thread_closed"
    assert anna.ask("message", group=thread, text="One more thing")["code"] == "ended"
    assert len(anna.ask("history", room=thread, limit=10)["events"]) == 1
    assert stina.ask("history", room=thread, limit=10)["code"] == "not_found"
    assert [each["state"] for each in inbox(anna)] == ["closed"]
    assert inbox(stina, organisation="polisen", state="open") == []
    stina.ask("reopen", thread=thread)
    assert anna.ask("message", group=thread, text="One more thing")["type"] == "ok"
    assert texts(stina)[-1] == "One more thing"


def test_the_inbox_says_what_is_new_and_whose_it_is(town: Town, station: Phone) -> None:
    """F52: its people share it."""
    anna, eva, stina, carl = town.phone("anna"), town.phone("eva"), town.phone("stina"), town.phone("carl")
    first = write(anna)
    town.pass_time(60)
    second = write(eva, "Are you open on Friday?", kind="question")
    town.pass_time(60)
    anna.ask("message", group=first, text="It is back")
    listed = inbox(stina, organisation="polisen")
    assert [(each["thread"], each["kind"], each["unread"]) for each in listed] == [
        (first, "tip", 2),
        (second, "question", 1),
    ]
    stina.ask("read", room=first, seq=2)
    assert [each["unread"] for each in inbox(stina, organisation="polisen")] == [0, 1]
    assert [each["unread"] for each in inbox(carl, organisation="polisen")] == [2, 1]
    carl.ask("assign", thread=first, user="stina")
    assert stina.all("notice")[-1]["code"] == "thread_assigned"
    assert inbox(carl, organisation="polisen")[0]["assigned"] == "stina"
    assert "assigned" not in inbox(anna)[0]
    assert carl.ask("assign", thread=first, user="eva")["field"] == "user"
    page = carl.ask("threads", organisation="polisen", limit=1)
    assert page["more"]
    older = carl.ask("threads", organisation="polisen", limit=1, before=page["threads"][0]["last_at"])
    assert ([each["thread"] for each in older["threads"]], older.get("more")) == ([second], False)


def test_it_outlives_a_restart(town: Town, station: Phone) -> None:
    anna = town.phone("anna")
    thread = write(anna, anonymous=True)
    again = town.restarted()
    anna, stina, eva = again.phone("anna"), again.phone("stina"), again.phone("eva")
    stina.ask("message", group=thread, text="Thank you")
    assert texts(anna) == ["Thank you"]
    anna.ask("message", group=thread, text="It is back")
    assert "name" not in stina.all("message")[-1]["author"]
    assert eva.ask("message", group=thread, text="Hi")["code"] == "not_found"
    again.close()


def test_a_police_officer_writes_to_their_own_as_anybody(town: Town, station: Phone) -> None:
    """Who began a thread is no staff in it: they do not decide about it, nor are they put out of it."""
    stina, carl = town.phone("stina"), town.phone("carl")
    thread = write(stina, anonymous=True, kind="view")
    assert stina.ask("close_thread", thread=thread)["code"] == "not_found"
    station.ask("set_staff", organisation="polisen", user="stina", standing="none")
    carl.ask("message", group=thread, text="Tell me more")
    assert texts(stina)[-1] == "Tell me more"


def test_colleagues_cannot_find_out_which_of_them_wrote(town: Town, station: Phone) -> None:
    """Whom a thread can be given to tells nothing: nor does what is left of that when they leave."""
    with_staff(station, "polisen", sven="staff")
    stina, carl = town.phone("stina"), town.phone("carl")
    thread = write(stina, anonymous=True, kind="view")
    for user in ("sven", "stina"):
        assert carl.ask("assign", thread=thread, user=user)["type"] == "ok"
        assert inbox(carl, organisation="polisen")[0]["assigned"] == user
        station.ask("set_staff", organisation="polisen", user=user, standing="none")
        assert "assigned" not in inbox(carl, organisation="polisen")[0]
    assert texts(stina) == texts(carl)


def test_who_works_there_no_longer_says_nothing_more_in_its_name(town: Town, station: Phone) -> None:
    """Not in the very batch in which they were taken out either."""
    anna, carl, stina = town.phone("anna"), town.phone("carl"), town.phone("stina")
    thread = write(anna)
    leave = {"id": "s-1", "organisation": "polisen", "user": "stina", "standing": "none"}
    town.together((carl, "set_staff", leave), (stina, "message", {"id": "s-2", "group": thread, "text": "Still me"}))
    assert "Still me" not in texts(anna)
    assert stina.all("error")[-1]["code"] == "not_found"


def test_a_name_that_only_an_office_may_bear_ends_with_it(town: Town, station: Phone) -> None:
    carl = town.phone("carl")
    station.ask("grant_role", user="polisen bo", role="guard")
    bo = town.phone("polisen bo")
    thread = write(bo)
    assert carl.all("message")[-1]["author"] == {"role": "guard", "name": "Polisen Bo"}
    station.ask("revoke_role", user="polisen bo", role="guard")
    bo.ask("message", group=thread, text="Hello?")
    assert set(carl.all("message")[-1]["author"]) == {"role", "pseudonym"}


def test_one_person_begins_only_so_many_a_day(town: Town, station: Phone) -> None:
    anna = town.phone("anna")
    for _ in range(MAX_A_DAY):
        write(anna)
        town.pass_time(1)
    refused = anna.ask("write_to", organisation="polisen", kind="tip", text="Again")
    assert refused["code"] == "rate_limited"
    town.pass_time(refused["retry_after_s"])
    write(anna)


def test_an_organisation_that_closes_leaves_what_was_said_to_its_sender(town: Town, station: Phone) -> None:
    anna, stina = town.phone("anna"), town.phone("stina")
    thread = write(anna)
    an_organisation(station, closed=True)
    assert anna.ask("message", group=thread, text="Hello?")["code"] == "ended"
    assert len(anna.ask("history", room=thread, limit=10)["events"]) == 1
    assert stina.ask("history", room=thread, limit=10)["code"] == "not_found"
    assert stina.ask("threads", organisation="polisen")["code"] == "not_found"
    assert anna.ask("write_to", organisation="polisen", kind="tip", text="Hello?")["code"] == "not_found"


def test_what_is_reported_in_a_thread_goes_to_the_platforms_owner(town: Town, station: Phone) -> None:
    """Only who is in it reports it, and nobody looks after it but the owner; they remove it for both."""
    anna, stina, bo = town.phone("anna"), town.phone("stina"), town.phone("bo")
    thread = write(anna)
    stina.ask("message", group=thread, text="Go away")
    assert bo.ask("report", group=thread, seq=2, category="tone")["code"] == "not_found"
    assert station.ask("moderate", group=thread, seq=2, action="remove", reason="tone")["code"] == "not_found"
    assert stina.ask("report", group=thread, seq=1, category="tone")["type"] == "ok"
    report = anna.ask("report", group=thread, seq=2, category="tone")["report"]
    found = station.ask("reports")["reports"]
    assert [(each["group"], each["user"], each["said"]) for each in found] == [
        (thread, "anna", "A van stands there each night"),
        (thread, "stina", "Go away"),
    ]
    for phone in (anna, stina):
        assert phone.ask("reports", group=thread)["code"] in ("not_found", "forbidden")
    assert station.ask("resolve", report=report, action="remove", reason="tone")["type"] == "ok"
    assert (anna.all("message")[-1]["removed"], anna.all("message")[-1]["removed_why"]) == (True, "tone")
    assert station.ask("suspend_group", group=thread, reason="tone")["code"] == "not_found"


def test_an_export_has_the_threads_of_a_person(town: Town, station: Phone) -> None:
    anna = town.phone("anna")
    thread = write(anna, anonymous=True)
    begun = station.ask("export_user", user="anna", reason="ordered", case="K 1-26")
    items = station.ask("export", export=begun["export"])["items"]
    assert any(item.get("holds") == "thread" and item.get("room") == thread for item in items)
    assert any(item.get("holds") == "membership" and item.get("thread") == thread for item in items)
    assert any(item.get("logged") == "message_posted" and item["group"] == thread for item in items)
