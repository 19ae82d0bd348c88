"""Surveys (F83-F85): asked once, of those of an area, answered without a name, and compared with others."""

from collections.abc import Iterator
from typing import Any

import pytest

from realtime.messages import CHOICES
from realtime.questions import questions
from tests.offices import an_owner
from tests.service.test_looking import FAR
from tests.town import HERE, Phone, Town, north

DAY_S = 86_400.0
SAFETY = ("safer", "unchanged", "less_safe")
NEAR = north(FAR, 50)


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def around(place: tuple[float, float]) -> list[dict[str, Any]]:
    lat, lon = place
    corners = ((-0.002, -0.004), (-0.002, 0.004), (0.002, 0.004), (0.002, -0.004))
    return [{"corners": [{"lat": lat + north_, "lon": lon + east} for north_, east in corners]}]


def put(town: Town, survey: str = "autumn", **fields: Any) -> Phone:
    owner = an_owner(town)
    for area, place in (("old", HERE), ("far", FAR)):
        assert owner.ask("set_area", area=area, name=area, parts=around(place))["type"] == "ok"
    wanted = {"area": "old", "control": ["far"], "until": town.clock.now() + DAY_S, **fields}
    assert owner.ask("put_survey", survey=survey, **wanted)["type"] == "ok"
    return owner


def asked(phone: Phone) -> list[dict[str, Any]]:
    return phone.all("survey")


def answer(phone: Phone, **answers: Any) -> dict[str, Any]:
    (survey,) = asked(phone)
    return phone.ask("answer_survey", survey=survey["survey"], ticket=survey["ticket"], **answers)


def result(town: Town, survey: str = "autumn") -> dict[tuple[str, str], dict[str, Any]]:
    rows = an_owner(town).ask("survey_result", survey=survey)["rows"]
    return {(row.pop("question"), row.pop("answer")): row for row in rows}


def test_those_in_the_area_are_asked_and_nobody_else(town: Town) -> None:
    """By where they are, or what they follow: connected already, coming, or walking in."""
    here, elsewhere = town.phone("anna", HERE), town.phone("bo", (59.0, 17.0))
    follows = town.phone("cia")
    circle = {"lat": HERE[0], "lon": HERE[1], "radius_m": 200}
    assert follows.ask("follow", name="home", circle=circle)["type"] == "ok"
    put(town)
    walks, comes = town.phone("dan", (59.0, 17.0)), town.phone("eva", HERE)
    walks.ask("position", lat=HERE[0], lon=HERE[1])
    for phone in (here, follows, walks, comes):
        (survey,) = asked(phone)
        assert [each["question"] for each in survey["questions"]] == ["safety", "effect", "knowledge", "recommend"]
        assert survey["questions"][0]["sv"] == "Känner du dig tryggare av att samverka digitalt?"
    assert asked(elsewhere) == []


def test_who_does_not_want_to_be_asked_is_not(town: Town) -> None:
    """R25: until they say otherwise."""
    anna, bo = town.phone("anna", HERE), town.phone("bo", HERE)
    no = {"purpose": "survey", "given": False, "version": "1"}
    assert anna.ask("consent", **no)["type"] == "ok"
    put(town)
    assert (asked(anna), len(asked(bo))) == ([], 1)
    assert anna.ask("consent", **{**no, "given": True})["type"] == "ok"
    anna.ask("position", lat=HERE[0], lon=HERE[1])
    assert len(asked(anna)) == 1


def test_each_person_is_asked_once_and_never_reminded(town: Town) -> None:
    """On all devices, and after a restart too."""
    anna = town.phone("anna", HERE)
    put(town)
    tablet = town.phone("anna", HERE, device="tablet")
    anna.ask("position", lat=HERE[0], lon=HERE[1])
    again = town.restarted()
    back = again.phone("anna", HERE)
    assert (len(asked(anna)), asked(tablet), asked(back)) == (1, [], [])
    assert answer_with(again, anna, back)["type"] == "ok"
    again.close()


def answer_with(town: Town, asked_on: Phone, phone: Phone) -> dict[str, Any]:
    (survey,) = asked(asked_on)
    return phone.ask("answer_survey", survey="autumn", ticket=survey["ticket"], safety="safer")


def test_an_area_is_compared_with_others(town: Town) -> None:
    people = [town.phone(f"p{number}", HERE) for number in range(20)]
    others = [town.phone(f"q{number}", NEAR) for number in range(15)]
    put(town)
    for number, phone in enumerate(people):
        assert answer(phone, safety=SAFETY[max(0, number // 5 - 1)], recommend=9)["type"] == "ok"
    for number, phone in enumerate(others):
        assert answer(phone, safety=SAFETY[number // 5])["type"] == "ok"
    assert an_owner(town).ask("survey_result", survey="autumn")["field"] == "survey"  # not while it goes on
    town.pass_long(DAY_S)
    found = result(town)
    assert found["safety", "safer"] == {"area": 10, "area_share": 50, "control": 5, "control_share": 33}
    assert found["safety", "unchanged"] == {"area": 5, "area_share": 25, "control": 5, "control_share": 33}
    assert found["recommend", "10"] == {}


def test_few_answers_are_never_told(town: Town) -> None:
    people = [town.phone(f"p{number}", HERE) for number in range(4)]
    put(town)
    for phone in people:
        answer(phone, safety="safer")
    town.pass_long(DAY_S)
    assert set(map(str, result(town).values())) == {"{}"}


def test_one_answer_a_person_and_a_retry_is_harmless(town: Town) -> None:
    people = [town.phone(f"p{number}", HERE) for number in range(6)]
    put(town)
    for _ in range(3):
        for phone in people:
            assert answer(phone, knowledge="more")["type"] == "ok"
    assert answers_of(town) == {("autumn", "knowledge", "area", "more"): 6}


def save(town: Town) -> None:
    town.run(town.worlds["real"].surveys.save())


def answers_of(town: Town) -> dict[tuple[str, ...], int]:
    counts = town.run(town.store.counts("", "9"))
    return {key.of: number for key, number in counts.items() if key.what == "survey" and key.area == ""}


def test_only_who_was_asked_answers_and_for_nobody_else(town: Town) -> None:
    anna, bo = town.phone("anna", HERE), town.phone("bo", (59.0, 17.0))
    put(town, questions=["safety"])
    (survey,) = asked(anna)
    stolen = bo.ask("answer_survey", survey="autumn", ticket=survey["ticket"], safety="safer")
    unknown = bo.ask("answer_survey", survey="never-put", ticket=survey["ticket"], safety="safer")
    assert {**stolen, "id": ""} == {**unknown, "id": ""}
    assert stolen["code"] == "not_found"
    assert answer(anna, recommend=3)["field"] == "recommend"
    assert answer(anna)["code"] == "invalid"
    town.pass_long(DAY_S)
    assert answer_with(town, anna, town.phone("anna", HERE))["code"] == "ended"
    assert answers_of(town) == {}


def test_nothing_is_kept_of_who_was_asked_where_or_answered(town: Town) -> None:
    """R14: marks by a key, without the group, and both are gone when the survey is; nothing is in the log."""
    anna, bo = town.phone("anna", HERE), town.phone("bo", NEAR)
    put(town)
    logged = len(town.run(town.store.scan(0, 1_000)))
    for phone in (anna, bo):
        answer(phone, safety="safer")
    assert len(town.run(town.store.scan(0, 1_000))) == logged
    save(town)
    notes = town.run(town.store.counting()).notes
    assert sorted(name.split("/")[2] for name in notes) == ["answered", "answered", "asked", "asked", "key"]
    assert not any(word in repr(notes) for word in ("anna", "bo", "area", "control", "old", "far"))
    town.pass_long(DAY_S)
    save(town)
    assert town.run(town.store.counting()).notes == {}


def test_what_a_killed_server_left_of_a_survey_goes_when_it_starts(town: Town) -> None:
    anna = town.phone("anna", HERE)
    put(town)
    assert len(asked(anna)) == 1
    save(town)
    left = dict(town.run(town.store.counting()).notes)
    town.pass_long(DAY_S)
    save(town)
    town.run(town.store.count({}, left))
    again = town.restarted()
    save(again)
    assert again.run(again.store.counting()).notes == {}
    again.close()


def test_a_survey_is_put_once_and_within_bounds(town: Town) -> None:
    owner = put(town)
    until = town.clock.now() + 60
    assert owner.ask("put_survey", survey="autumn", area="old", until=until)["field"] == "survey"
    assert owner.ask("put_survey", survey="b", area="nowhere", until=until)["code"] == "not_found"
    assert owner.ask("put_survey", survey="b", area="old", control=["old"], until=until)["field"] == "control"
    assert owner.ask("put_survey", survey="b", area="old", until=town.clock.now())["field"] == "until"
    for number in range(9):
        assert owner.ask("put_survey", survey=f"s{number}", area="old", until=until)["type"] == "ok"
    assert owner.ask("put_survey", survey="b", area="old", until=until)["code"] == "too_many"
    cards = {card["survey"]: card for card in owner.ask("surveys")["surveys"]}
    assert len(cards) == 10
    assert (cards["autumn"]["area"], cards["autumn"]["control"]) == ("old", ["far"])
    town.pass_long(120)
    ended = {card["survey"] for card in an_owner(town).ask("surveys")["surveys"] if card.get("over")}
    assert ended == cards.keys() - {"autumn"}


def test_worlds_ask_their_own(town: Town) -> None:
    anna = town.phone("anna", HERE, as_="exercise/{}")
    put(town)
    assert asked(anna) == []


def test_the_questions_have_a_text_for_each_choice() -> None:
    for name, question in questions().items():
        assert question.sv
        assert question.en
        assert [each.answer for each in question.choices] == ([] if name == "recommend" else list(CHOICES[name]))
