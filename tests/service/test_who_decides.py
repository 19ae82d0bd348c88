"""Who may undo what was decided about a post, and who is told of reports (F69, R13, R32, R33)."""

from collections.abc import Iterator

import pytest

from tests.town import HERE, Phone, Town


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


@pytest.fixture
def olle(town: Town) -> Phone:
    return town.phone("olle", as_="real/{}/owner")


@pytest.fixture
def shops(town: Town) -> str:
    """A group that Anna made, of which Bo is an admin and Eva a member."""
    anna, bo, eva = (town.phone(name) for name in ("anna", "bo", "eva"))
    group = town.group(anna, bo, eva)
    anna.ask("appoint", group=group, user="bo", trusted=["admin"])
    return group


def post(phone: Phone, group: str, text: str = "Idiots") -> int:
    return int(phone.ask("message", group=group, text=text)["rooms"][group])


def shown(phone: Phone, group: str) -> list[str]:
    return [event.get("text", "") for event in phone.ask("history", room=group, limit=10)["events"]]


def test_what_the_owner_hid_no_admin_shows_again(town: Town, olle: Phone, shops: str) -> None:
    """A post of an admin goes to the owner (R33): neither they nor their creator undo what was decided there."""
    bo, eva, anna = (town.phone(name, device="tablet") for name in ("bo", "eva", "anna"))
    seq = post(bo, shops)
    report = eva.ask("report", group=shops, seq=seq, category="tone")["report"]
    olle.ask("resolve", report=report, action="hide", reason="Looked at")
    for carer in (bo, anna):
        refused = carer.ask("moderate", group=shops, seq=seq, action="show", reason="It is well")
        assert refused["code"] == "forbidden"
    assert "Idiots" not in shown(eva, shops)
    assert olle.ask("moderate", group=shops, seq=seq, action="show", reason="It is well")["type"] == "ok"
    assert "Idiots" in shown(eva, shops)


def test_a_report_that_an_admin_dismisses_shows_nothing_that_the_owner_hid(town: Town, olle: Phone, shops: str) -> None:
    anna, eva = (town.phone(name, device="tablet") for name in ("anna", "eva"))
    seq = post(eva, shops)
    report = anna.ask("report", group=shops, seq=seq, category="tone")["report"]
    town.pass_time(86_400.0)
    olle.ask("resolve", report=report, action="hide", reason="Nobody has looked")
    assert anna.ask("resolve", report=report, action="dismiss", reason="It is well")["type"] == "ok"
    assert "Idiots" not in shown(eva, shops)


def test_nobody_shows_their_own_post_again(town: Town, shops: str) -> None:
    anna, bo, eva = (town.phone(name, device="tablet") for name in ("anna", "bo", "eva"))
    seq = post(bo, shops)
    anna.ask("moderate", group=shops, seq=seq, action="hide", reason="Think again")
    assert bo.ask("moderate", group=shops, seq=seq, action="show", reason="Mine")["code"] == "forbidden"
    assert anna.ask("moderate", group=shops, seq=seq, action="show", reason="It is well")["type"] == "ok"
    assert "Idiots" in shown(eva, shops)


def test_a_report_about_somebody_who_is_an_admin_by_now_is_the_owner_s(town: Town, olle: Phone, shops: str) -> None:
    """R33: they do not read what is said about them, nor does anybody decide it with whom they look after the group."""
    anna, bo, eva = (town.phone(name, device="tablet") for name in ("anna", "bo", "eva"))
    seq = post(eva, shops)
    report = bo.ask("report", group=shops, seq=seq, category="tone", reason="She did it twice")["report"]
    anna.ask("appoint", group=shops, user="eva", trusted=["admin"])
    for carer in (eva, anna, bo):
        assert carer.ask("reports", group=shops)["reports"] == []
        assert carer.ask("resolve", report=report, action="dismiss", reason="No")["code"] == "not_found"
    assert [each["report"] for each in olle.ask("reports")["reports"]] == [report]


def test_many_reports_of_one_post_are_one_notice(town: Town, shops: str) -> None:
    """Until it is decided: whoever looks after the group finds them all in the list."""
    anna, bo, eva = (town.phone(name, device="tablet") for name in ("anna", "bo", "eva"))
    dan, cai = town.phone("dan"), town.phone("cai")
    for phone in (dan, cai):
        phone.ask("join", group=shops, accepted=True)
    seq = post(eva, shops)

    def told() -> int:
        return [notice["code"] for notice in anna.all("notice")].count("reported")

    reports = [phone.ask("report", group=shops, seq=seq, category="tone")["report"] for phone in (dan, cai, bo)]
    assert told() == 1
    assert len(anna.ask("reports", group=shops)["reports"]) == 3
    for report in reports:
        anna.ask("resolve", report=report, action="dismiss", reason="It is well")
    dan.ask("report", group=shops, seq=seq, category="tone")
    assert told() == 2


def test_the_bound_of_open_reports_holds_within_one_batch(town: Town, shops: str) -> None:
    eva, dan = town.phone("eva", device="tablet"), town.phone("dan")
    dan.ask("join", group=shops, accepted=True)
    most = town.settings.moderation.max_open_reports
    seqs = [post(eva, shops, f"Idiots {number}") for number in range(most + 3)]
    for seq in seqs[: most - 1]:
        assert dan.ask("report", group=shops, seq=seq, category="tone")["type"] == "ok"
    last = [(dan, "report", {"id": f"r-{s}", "group": shops, "seq": s, "category": "tone"}) for s in seqs[most - 1 :]]
    town.together(*last)
    answers = [frame for frame in dan.connection.frames if frame.get("id") in {f"r-{seq}" for seq in seqs}]
    assert sorted(frame.get("code", "ok") for frame in answers) == [
        "ok",
        "rate_limited",
        "rate_limited",
        "rate_limited",
    ]


def test_what_was_decided_of_an_alert_to_two_groups_stands_where_it_was_decided(town: Town) -> None:
    """The trail of the other names nobody who has nothing to do with it."""
    anna, bo, eva = (town.phone(name) for name in ("anna", "bo", "eva"))
    hers, his = town.group(anna, eva, locked=True), town.group(bo, eva, locked=True)
    alert = {"level": "yellow", "kind": "warn", "lat": HERE[0], "lon": HERE[1], "public": False, "groups": [hers, his]}
    raised = eva.ask("alert", **alert)["alert"]
    assert bo.ask("moderate", alert=raised, action="remove", reason="Not here")["type"] == "ok"
    assert [line["by"] for line in bo.ask("audit", group=his)["lines"] if line["what"] == "remove"] == ["bo"]
    assert "bo" not in [line["by"] for line in anna.ask("audit", group=hers)["lines"]]


def test_what_is_hidden_gets_no_other_picture_meanwhile(town: Town, olle: Phone) -> None:
    anna = town.phone("anna")
    alert = {"level": "yellow", "kind": "warn", "lat": HERE[0], "lon": HERE[1], "public": True, "groups": []}
    raised = anna.ask("alert", **alert)["alert"]
    olle.ask("moderate", alert=raised, action="hide", reason="Who is that?")
    image = {"picture": "0" * 32, "shows": "nobody"}
    assert anna.ask("update", alert=raised, image=image)["code"] == "forbidden"


def test_the_owner_does_not_lock_themselves_out(town: Town, olle: Phone) -> None:
    alert = {"level": "yellow", "kind": "warn", "lat": HERE[0], "lon": HERE[1], "public": True, "groups": []}
    raised = olle.ask("alert", **alert)["alert"]
    report = town.phone("anna").ask("report", alert=raised, category="tone")["report"]
    assert olle.ask("resolve", report=report, action="suspend", reason="Oh")["code"] == "invalid"
    assert olle.connection.is_open
