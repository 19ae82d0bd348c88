"""Saying a message otherwise and taking it back: by its author, everywhere, and never as it was."""

from collections.abc import Iterator

import pytest

from realtime.service.groups.revising import MAX_REVISIONS
from tests.town import Town


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def test_a_revision_reaches_who_has_the_message_and_a_newcomer_gets_it_as_it_is(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    said = anna.ask("message", group=group, text="as it was")
    first = anna.ask("revise", group=group, seq=1, text="as it is")
    assert (first["message"], first["revision"], first["rooms"]) == (said["message"], 2, {group: 2})
    [was, now] = bo.all("message")
    assert (now["message"], now["revises"], now["revision"], now["text"]) == (was["message"], 1, 2, "as it is")

    late = town.phone("bo", device="tablet", rooms={group: 0})
    shown = [(frame["rooms"][group], frame["text"], frame["revision"]) for frame in late.all("message")]
    assert shown == [(1, "as it is", 2), (2, "as it is", 2)]


@pytest.mark.parametrize("tail", ["kept", "lost"])
def test_what_was_taken_back_is_told_to_nobody(town: Town, tail: str) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    for text in ("red jacket", "harmless"):
        anna.ask("message", group=group, text=text)
    anna.ask("revise", group=group, seq=1, text="the red jacket")
    anna.ask("revise", group=group, seq=1, removed=True)
    if tail == "lost":
        town = town.restarted()
    late = town.phone("bo", device="tablet", rooms={group: 0})
    page = late.ask("history", room=group, limit=10)
    for frames in (late.all("message"), page["events"]):
        assert [(f["rooms"][group], f.get("removed", False), f.get("text")) for f in frames] == [
            (1, True, None),
            (2, False, "harmless"),
            (4, True, None),
        ]
    assert "red jacket" not in str([late.connection.frames, vars(town.store)])
    town.close()


def test_only_the_author_may_and_what_is_gone_stays_gone(town: Town) -> None:
    anna, bo, cia = town.phone("anna"), town.phone("bo"), town.phone("cia")
    group = town.group(anna, bo)
    anna.ask("message", group=group, text="one")
    for phone, fields in (
        (bo, {"seq": 1, "text": "two"}),  # not the author
        (cia, {"seq": 1, "removed": True}),  # no member
        (anna, {"seq": 2, "removed": True}),  # nothing there
    ):
        assert phone.ask("revise", group=group, **fields)["code"] == "not_found"
    assert anna.ask("revise", group=group, seq=1)["code"] == "invalid"
    assert anna.ask("revise", group=group, seq=1, text="a", removed=True)["code"] == "invalid"
    assert anna.ask("revise", group=group, seq=1, removed=True, id="away")["type"] == "ok"
    assert anna.ask("revise", group=group, seq=1, text="back")["code"] == "not_found"
    assert [frame["type"] for frame in bo.new("message", "error")] == ["message", "error", "message"]


def test_a_retry_gets_its_first_answer_whatever_came_after(town: Town) -> None:
    anna = town.phone("anna")
    group = town.group(anna)
    anna.ask("message", group=group, text="one")
    said: dict[str, dict[str, object]] = {"a": {"text": "two"}, "b": {"text": "three"}, "c": {"removed": True}}
    first = {id: anna.ask("revise", id=id, group=group, seq=1, **change) for id, change in said.items()}
    town = town.restarted()
    anna = town.phone("anna")
    for id, change in said.items():
        assert anna.ask("revise", id=id, group=group, seq=1, **change) == first[id]
    assert anna.ask("revise", id="a", group=group, seq=1, text="another")["code"] == "id_reused"
    assert anna.ask("history", room=group, limit=10)["events"][0]["removed"] is True
    town.close()


def test_a_retry_gets_its_first_answer_also_from_who_has_left(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    bo.ask("message", group=group, text="one")
    ok = bo.ask("revise", id="r", group=group, seq=1, text="two")
    bo.ask("leave", group=group)
    assert bo.ask("revise", id="r", group=group, seq=1, text="two") == ok
    assert bo.ask("revise", group=group, seq=1, text="three")["code"] == "not_found"


def test_two_devices_at_once_make_two_revisions(town: Town) -> None:
    anna, tablet, bo = town.phone("anna"), town.phone("anna", device="tablet"), town.phone("bo")
    group = town.group(anna, bo)
    anna.ask("message", group=group, text="one")
    town.together(
        (anna, "revise", {"id": "x", "group": group, "seq": 1, "text": "two"}),
        (tablet, "revise", {"id": "y", "group": group, "seq": 1, "text": "three"}),
    )
    told = [(frame["text"], frame["revision"]) for frame in bo.all("message")[1:]]
    assert told == [("two", 2), ("three", 3)]


def test_a_message_takes_so_many_revisions_and_then_only_its_end(town: Town) -> None:
    anna = town.phone("anna")
    group = town.group(anna)
    anna.ask("message", group=group, text="one")
    for number in range(MAX_REVISIONS):
        assert anna.ask("revise", group=group, seq=1, text=f"{number}")["type"] == "ok"
    assert anna.ask("revise", group=group, seq=1, text="more")["code"] == "too_many_updates"
    assert anna.ask("revise", group=group, seq=1, removed=True)["type"] == "ok"


def test_who_has_left_may_no_longer(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    bo.ask("message", group=group, text="mine")
    bo.ask("leave", group=group)
    assert bo.ask("revise", group=group, seq=1, removed=True)["code"] == "not_found"
    bo.ask("join", group=group, accepted=True)
    assert bo.ask("revise", group=group, seq=1, removed=True)["code"] == "not_found"  # from before they came
