"""Each person steers what they are sent, when, and what is known of them; the server applies it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.town import HERE, Phone, Town, north

NOON = 1_700_000_000.0 - 1_700_000_000.0 % 86_400 + 12 * 3_600  # of a day in UTC


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def raised(town: Town, level: str, *, by: str = "anna", at: tuple[float, float] = HERE, **more: Any) -> str:
    author = town.phone(by, device=town.new_id())
    fields = {"level": level, "kind": "warn", "lat": at[0], "lon": at[1], "public": True, "groups": [], **more}
    answer = author.ask("alert", **fields)
    assert answer["type"] == "ok", answer
    return str(answer["alert"])


def got(phone: Phone) -> list[tuple[str, bool]]:
    """The levels that arrived since the last look, and whether each sounded."""
    return [(frame["level"], frame["signal"]) for frame in phone.new("alert", "update")]


# --- levels, categories, distance ---


def test_yellow_can_be_left_out_and_red_cannot(town: Town) -> None:
    """F13, F74: red passes every filter but quiet hours that say so."""
    bo = town.phone("bo", HERE)
    assert bo.ask("prefer", levels=["yellow"])["field"] == "levels"
    assert bo.ask("prefer", levels=["red"], without=["theft"], distance_m=50)["type"] == "ok"
    raised(town, "yellow", by="anna")
    assert got(bo) == []
    raised(town, "red", by="eva", at=north(HERE, 400), category="theft")
    assert got(bo) == [("red", True)]


def test_a_category_is_left_out_for_yellow_only(town: Town) -> None:
    bo = town.phone("bo", HERE)
    bo.ask("prefer", without=["disorder"])
    raised(town, "yellow", by="anna", category="disorder")
    raised(town, "yellow", by="eva", category="theft")
    raised(town, "red", by="dan", category="disorder")
    assert got(bo) == [("yellow", True), ("red", True)]


def test_a_distance_of_ones_own_narrows_yellow(town: Town) -> None:
    """Measured as for everybody: the accuracy and the published cell are in favour of telling (R18)."""
    bo = town.phone("bo", HERE)
    bo.ask("prefer", distance_m=100)
    raised(town, "yellow", by="anna", at=north(HERE, 290))
    raised(town, "yellow", by="eva", at=north(HERE, 60))
    assert got(bo) == [("yellow", True)]


def test_who_walks_nearer_gets_what_was_too_far(town: Town) -> None:
    bo = town.phone("bo", HERE)
    bo.ask("prefer", distance_m=100)
    place = north(HERE, 290)
    raised(town, "yellow", at=place)
    assert got(bo) == []
    bo.ask("position", lat=place[0], lon=place[1])
    assert got(bo) == [("yellow", True)]


def test_in_a_room_the_event_comes_without_its_signal(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    bo.ask("prefer", levels=["red"])
    bo.new()
    raised(town, "yellow", public=False, groups=[group])
    (frame,) = bo.new("alert")
    assert (frame["signal"], frame["why"], group in frame["rooms"]) == (False, [f"group:{group}"], True)
    raised(town, "red", public=False, groups=[group])
    assert got(bo) == [("red", True)]


def test_a_yellow_that_was_left_out_comes_when_it_turns_red(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    bo.ask("prefer", levels=["red"])
    fields = {"level": "yellow", "kind": "warn", "lat": HERE[0], "lon": HERE[1], "public": True, "groups": []}
    alert = anna.ask("alert", **fields)["alert"]
    assert got(bo) == []
    town.pass_time(2)
    anna.ask("update", alert=alert, level="red")
    assert got(bo) == [("red", True)]


def test_a_preference_holds_for_all_devices_and_after_a_restart(town: Town) -> None:
    town.phone("bo").ask("prefer", levels=["red"])
    again = town.restarted()
    bo = again.phone("bo", HERE, device="tablet")
    raised(again, "yellow")
    assert got(bo) == []
    again.phone("bo").ask("prefer")
    raised(again, "yellow", by="eva")
    assert got(bo) == [("yellow", True)]
    again.close()


def test_a_number_that_is_used_again_brings_no_wishes_along(town: Town) -> None:
    bo = town.phone("bo")
    bo.ask("prefer", levels=["red"])
    bo.hang_up()
    dan = town.phone("dan", HERE)
    raised(town, "yellow")
    assert got(dan) == [("yellow", True)]


def test_coming_back_respects_it_too(town: Town) -> None:
    bo = town.phone("bo", HERE)
    bo.ask("prefer", levels=["red"])
    bo.hang_up()
    raised(town, "yellow", by="anna")
    raised(town, "red", by="eva")
    assert got(town.phone("bo", HERE)) == [("red", True)]


# --- quiet hours ---


def test_quiet_hours_hold_yellow_back_and_let_red_pass(town: Town) -> None:
    """R28, by the clock of the place: it is 23:13 in Stockholm when the town's clock begins."""
    bo = town.phone("bo", HERE)
    bo.ask("prefer", quiet={"from": 23 * 60 + 30, "to": 6 * 60, "zone": "Europe/Stockholm"})
    raised(town, "yellow", by="anna")
    assert got(bo) == [("yellow", True)]  # not yet
    town.pass_time(17 * 60)
    raised(town, "yellow", by="eva")
    raised(town, "red", by="dan")
    assert got(bo) == [("red", True)]
    town.pass_time(6.5 * 3_600)
    town.phone("bo", HERE, device="phone")
    raised(town, "yellow", by="cecilia")
    assert got(town.phone("bo", HERE))[-1] == ("yellow", True)


def test_quiet_hours_may_hold_red_too(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    group = town.group(anna, bo)
    bo.ask("prefer", quiet={"from": 22 * 60, "to": 23 * 60, "offset_min": 0, "red": "hold"})
    bo.new()
    raised(town, "red", by="eva")
    assert got(bo) == []
    raised(town, "red", by="anna", public=False, groups=[group])
    assert got(bo) == [("red", False)]
    town.pass_time(3_600)
    bo.ask("position", lat=HERE[0], lon=HERE[1])
    assert got(bo) == []  # it ended meanwhile


@pytest.mark.parametrize(
    ("quiet", "field"),
    [
        ({"from": 0, "to": 60, "zone": "Europe/Atlantis"}, "quiet.zone"),
        ({"from": 60, "to": 60}, "quiet.to"),
        ({"from": 60, "to": 1_440}, "quiet.to"),
    ],
)
def test_quiet_hours_must_be_some(town: Town, quiet: dict[str, Any], field: str) -> None:
    assert town.phone("bo").ask("prefer", quiet=quiet)["field"] == field


# --- pause ---


def test_a_pause_stops_all_and_forgets_the_place_at_once(town: Town) -> None:
    """R27: and whoever is back has missed nothing of their rooms."""
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    group = town.group(anna, bo)
    place = bo.session.delivered and 0
    assert bo.ask("pause", on=True)["type"] == "ok"
    assert bo.connection.closed_with == 4006
    assert town.hubs["real"].presence.positions == 0
    quiet = town.phone("bo", HERE, rooms={"me": 1, group: place})
    assert [frame["type"] for frame in quiet.new()] == ["welcome", "live"]
    assert quiet.ask("position", lat=HERE[0], lon=HERE[1])["code"] == "no_consent"
    assert town.hubs["real"].presence.positions == 0
    quiet.new()
    raised(town, "red", groups=[group])
    anna.ask("message", group=group, text="Are you there?")
    new = town.group(anna, quiet)
    anna.ask("message", group=new, text="And here?")
    tablet = town.phone("bo", device="tablet")
    tablet.new()
    quiet.say("read", room=group, seq=1)
    assert tablet.new() == []  # nor of what they read themselves
    assert {frame["type"] for frame in quiet.new()} <= {"ok"}
    assert quiet.ask("preferences")["paused"] is True
    assert quiet.ask("pause", on=False)["type"] == "ok"
    assert quiet.connection.closed_with == 4006
    back = town.phone("bo", HERE, rooms={"me": 1, group: place, new: 0})
    assert [frame["text"] for frame in back.all("message")] == ["Are you there?", "And here?"]
    assert [frame["level"] for frame in back.all("alert")] == ["red"]
    assert town.hubs["real"].presence.positions == 1


def test_a_pause_ends_by_itself_and_survives_a_restart(town: Town) -> None:
    bo = town.phone("bo")
    bo.ask("pause", on=True, until=town.clock.now() + 3_600)
    again = town.restarted()
    quiet = again.phone("bo", HERE)
    raised(again, "red")
    assert got(quiet) == []
    again.pass_time(3_660)
    assert quiet.connection.closed_with == 4006
    assert again.phone("bo", HERE).ask("preferences")["paused"] is False
    last = again.restarted()
    assert last.phone("bo").ask("preferences")["paused"] is False
    last.close()


# --- consent and sharing ---


def test_the_ledger_of_consents_only_grows(town: Town) -> None:
    """R25, F76: each entry with its version and time, also after a restart, and nobody else's."""
    bo = town.phone("bo")
    bo.ask("consent", purpose="survey", given=True, version="2025-11")
    town.pass_time(60)
    bo.ask("consent", purpose="survey", given=False, version="2025-11")
    town.phone("anna").ask("consent", purpose="contact", given=True, version="1")
    again = town.restarted()
    entries = again.phone("bo").ask("consents")["entries"]
    now = again.clock.now()
    assert [(entry["given"], entry["at"]) for entry in entries] == [(True, now - 60), (False, now)]
    assert {(entry["purpose"], entry["version"]) for entry in entries} == {("survey", "2025-11")}
    again.close()


def test_who_takes_back_their_position_is_nowhere_at_once(town: Town) -> None:
    bo = town.phone("bo", HERE)
    tablet = town.phone("bo", HERE, device="tablet")
    tablet.hang_up()
    assert town.hubs["real"].presence.positions == 2
    bo.ask("consent", purpose="position", given=False, version="1")
    assert town.hubs["real"].presence.positions == 0
    assert bo.ask("position", lat=HERE[0], lon=HERE[1])["code"] == "no_consent"
    raised(town, "red")
    assert got(bo) == []
    assert town.phone("bo", HERE).all("welcome")[0]["position"] is False
    bo = town.phone("bo")
    bo.ask("consent", purpose="position", given=True, version="2")
    assert bo.ask("position", lat=HERE[0], lon=HERE[1])["type"] == "ok"
    assert got(bo) == [("red", True)]


def test_a_coarse_position_is_all_that_is_kept(town: Town) -> None:
    """F77: no place nearer than some 280 m is in memory, and the person is still reached."""
    bo = town.phone("bo", HERE)
    bo.ask("share", precise=False)
    assert town.hubs["real"].presence.positions == 0
    bo.ask("position", lat=HERE[0], lon=HERE[1], accuracy_m=5)
    kept = town.hubs["real"].presence.position(bo.session)
    dan = town.phone("dan")
    dan.ask("share", precise=False)
    dan.hang_up()
    dan = town.phone("dan", (HERE[0] + 0.0001, HERE[1]))
    also = town.hubs["real"].presence.position(dan.session)
    assert kept is not None
    assert also is not None
    assert (kept.lat, kept.lon) == (also.lat, also.lon) != HERE
    assert kept.accuracy_m == 283
    raised(town, "red")
    assert got(bo) == [("red", True)]


def test_a_name_is_shown_in_public_only_by_choice(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    raised(town, "yellow")
    assert bo.new("alert")[0]["author"].get("name") is None
    anna.ask("share", name=True)
    raised(town, "yellow")
    assert bo.new("alert")[0]["author"] == {"role": "member", "name": "Anna"}
    anna.ask("share", name=False)
    assert {"role": "member", "name": "Anna"} not in [frame["author"] for frame in town.phone("dan", HERE).all("alert")]
    raised(town, "yellow")
    assert "pseudonym" in bo.new("alert")[0]["author"]


def test_all_that_was_chosen_can_be_asked_for(town: Town) -> None:
    bo = town.phone("bo")
    plain = bo.ask("preferences", id="p")
    assert plain == {
        "type": "preferences", "id": "p", "levels": ["red", "yellow", "info"], "without": [],
        "without_organisations": [], "language": "en",
        "name": False, "precise": True, "paused": False,
    }  # fmt: skip
    quiet = {"from": 1_320, "to": 360, "zone": "Europe/Stockholm", "red": "hold"}
    bo.ask("prefer", levels=["red"], without=["disorder"], distance_m=200, quiet=quiet, language="sv")
    bo.ask("share", name=True, precise=False)
    told = bo.ask("preferences")
    assert (told["levels"], told["without"], told["distance_m"]) == (["red"], ["disorder"], 200)
    assert (told["quiet"], told["language"], told["name"], told["precise"]) == (quiet, "sv", True, False)


def test_ending_a_pause_that_is_none_changes_nothing(town: Town) -> None:
    bo = town.phone("bo")
    assert bo.ask("pause", on=False)["type"] == "ok"
    assert bo.session.is_open
    assert bo.ask("pause", on=True, until=1.0)["field"] == "until"


# --- noise ---


def test_six_yellows_an_hour_sound_and_the_rest_are_told_of_once(town: Town) -> None:
    """R35: in any hour, not by the clock; reds sound, and so does the next one when an hour has gone by."""
    bo = town.phone("bo", HERE)
    for number in range(8):
        raised(town, "yellow", by=f"someone-{number}")
        town.pass_time(60)
    raised(town, "red", by="dan")
    assert [sounds for _, sounds in got(bo)] == [True] * 6 + [False] * 2 + [True]
    holds = [{"alert": one["alert"], "revision": 1, "quiet": not one["signal"]} for one in bo.all("alert")]
    bo.hang_up()
    back = town.phone("bo", HERE, holds=holds)  # the same device, whose hour goes on
    assert got(back) == []
    back.new()
    raised(town, "yellow", by="eva")
    assert got(back) == [("yellow", False)]
    town.pass_time(3_600 - 60)
    phones = [frame for frame in back.connection.frames if frame["type"] == "notice"]
    assert [(told["code"], told["about"], told["rooms"]) for told in phones] == [("more_yellows", {"count": "3"}, {})]
    back.new()
    raised(town, "yellow", by="cecilia")
    assert got(back) == [("yellow", True)]


def test_who_has_paused_is_not_told_how_many_came(town: Town) -> None:
    bo = town.phone("bo", HERE)
    for number in range(8):
        raised(town, "yellow", by=f"someone-{number}")
    bo.ask("pause", on=True)
    paused = town.phone("bo")
    town.pass_long(3_600)
    assert paused.all("notice") == []


def test_noise_is_not_counted_against_who_has_the_number_next(town: Town) -> None:
    bo = town.phone("bo", HERE)
    for number in range(6):
        raised(town, "yellow", by=f"someone-{number}")
    bo.say("position", withdraw=True)
    bo.hang_up()
    dan = town.phone("dan", HERE, device="phone")
    assert [sounds for _, sounds in got(dan)] == [True] * 6


def test_in_an_exercise_every_yellow_sounds(town: Town) -> None:
    bo = town.phone("bo", HERE, as_="exercise/{}")
    for number in range(8):
        author = town.phone(f"someone-{number}", as_="exercise/{}")
        author.ask("alert", level="yellow", kind="warn", lat=HERE[0], lon=HERE[1], public=True, groups=[])
    assert got(bo) == [("yellow", True)] * 8


# --- language ---


def test_a_notice_speaks_the_language_of_whom_it_is_for(town: Town) -> None:
    """Live, read back and after a restart; who is beside them is told in theirs."""
    anna, bo, eva = town.phone("anna"), town.phone("bo"), town.phone("eva")
    group = town.group(anna, bo, eva)
    bo.ask("prefer", language="sv")
    for user in ("bo", "eva"):
        anna.ask("appoint", group=group, user=user, trusted=["approver"])
    swedish = "I Shops har du fått förtroendet: approver."
    assert bo.all("notice")[0]["text"] == swedish
    assert eva.all("notice")[0]["text"] == "In Shops you are trusted with: approver."
    again = town.restarted()
    bo = again.phone("bo")
    assert bo.ask("history", room="me", limit=10)["events"][-1]["text"] == swedish
    bo.ask("prefer")
    assert bo.ask("history", room="me", limit=10)["events"][-1]["text"].startswith("In Shops")
    again.close()
