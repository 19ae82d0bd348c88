"""An account that is erased is at once nowhere to be met, and then in nothing that is stored (F78, R27)."""

import asyncio
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import pytest

from realtime.connection.session import Session
from storage.events import AlertRaised, Entry, LoggedEvent, own_room
from storage.facts import Decision, Erasing, OddAlerts, Suspension
from storage.log import StorageError
from storage.memory import MemoryStore
from tests.offices import an_organisation, an_owner, with_staff
from tests.service.test_surveys import answer, put
from tests.town import HERE, Phone, Town

RED: dict[str, Any] = {"level": "red", "kind": "warn", "lat": HERE[0], "lon": HERE[1], "public": True}
WORDS = ("SECRET", "Zelda", "zelda")


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def stored(town: Town) -> str:
    """All that the store would give back, in words."""
    store = town.store

    async def everything() -> list[object]:
        events = await store.scan(0, 100_000)
        alerts = await store.alerts(0.0)
        return [
            [msgspec.to_builtins(event) for event in events],
            [msgspec.to_builtins(alert) for alert in alerts],
            [msgspec.to_builtins(group) for group in await store.groups()],
            [msgspec.to_builtins(stay) for stay in await store.memberships(0.0)],
            [msgspec.to_builtins(held) for held in await store.facts()],
            [msgspec.to_builtins(marker) for marker in await store.markers()],
            list(await store.rooms()),
        ]

    return str(town.run(everything()))


def erased(phone: Phone) -> None:
    assert phone.ask("erase_account", confirm=True)["type"] == "ok"
    assert phone.connection.closed_with == 4505


def test_everything_of_an_account_goes_from_others_and_from_the_store(town: Town) -> None:
    anna, bo, zelda = town.phone("anna", HERE), town.phone("bo"), town.phone("zelda", HERE)
    tablet = town.phone("zelda", HERE, device="tablet")
    group = town.group(zelda, anna, bo)
    locked = town.group(anna, zelda, locked=True)
    said = zelda.ask("message", group=group, text="SECRET words")
    changed = zelda.ask("message", group=group, text="SECRET once")
    zelda.ask("revise", group=group, seq=changed["rooms"][group], text="SECRET twice")
    anna.ask("message", group=group, text="stays")
    alert = zelda.ask("alert", groups=[group], headline="SECRET headline", **RED)["alert"]
    old = zelda.ask("alert", groups=[], text="SECRET text", **{**RED, "level": "yellow"})["alert"]
    town.pass_time(2)
    zelda.ask("update", alert=old, state="closed")
    zelda.ask("prefer", levels=["red"])
    zelda.ask("consent", purpose="survey", given=True, version="1")
    zelda.ask("follow", name="SECRET home", circle={"lat": HERE[0], "lon": HERE[1], "radius_m": 500})
    zelda.ask("volunteer", **{"for": "police", "on": True})
    zelda.say("read", room=group, seq=1)
    zelda.ask("appoint", group=group, user="bo", trusted=["admin"])
    zelda.ask("report", category="tone", alert=old)
    anna.new(), bo.new()

    erased(zelda)
    assert tablet.connection.closed_with == 4505
    hub = town.hubs["real"]
    assert hub.presence.positions == 1  # anna's
    ends = [frame for frame in anna.all("update") if frame["alert"] == alert]
    assert [(end["state"], end["tone"], end.get("headline")) for end in ends] == [("closed", "all_clear", None)]
    gone = [frame for frame in bo.all("message") if frame.get("removed")]
    assert {frame["revises"] for frame in gone} == {said["rooms"][group], changed["rooms"][group]}
    assert not any(word in str(frame) for frame in bo.new() for word in WORDS)
    page = bo.ask("history", room=group, limit=50)
    assert [event.get("text") for event in page["events"] if event["type"] == "message" and event.get("text")] == [
        "stays"
    ]
    assert not any(word in str(page) for word in WORDS)
    assert list(hub.rooms.members(group)) == ["anna", "bo"]
    assert list(hub.rooms.members(locked)) == ["anna"]
    assert hub.facts.get(Erasing, "zelda") is None
    left = stored(town)
    assert [word for word in WORDS if word in left] == []
    assert "stays" in left


def test_another_answers_for_the_groups_of_who_is_gone(town: Town) -> None:
    anna, zelda = town.phone("anna"), town.phone("zelda")
    group = town.group(zelda, anna)
    erased(zelda)
    assert anna.ask("set_group", group=group, purpose="x", conduct="x")["type"] == "ok"
    again = town.restarted()
    assert again.phone("anna").ask("set_group", group=group, purpose="y", conduct="x")["type"] == "ok"
    again.close()


def test_it_must_be_meant_and_may_be_done_before_accepting_the_conduct(town: Town) -> None:
    zelda = town.phone("zelda", as_="real/{}/member/unaccepted")
    assert zelda.ask("erase_account", confirm=False)["field"] == "confirm"
    erased(zelda)


def test_only_the_owner_erases_somebody_else(town: Town) -> None:
    zelda, anna, olga = town.phone("zelda"), town.phone("anna"), an_owner(town)
    group = town.group(anna, zelda)
    assert anna.ask("erase_account", user="zelda", confirm=True)["code"] == "forbidden"
    assert zelda.session.is_open
    assert olga.ask("erase_account", user="zelda", confirm=True)["type"] == "ok"
    assert zelda.connection.closed_with == 4505
    assert list(town.hubs["real"].rooms.members(group)) == ["anna"]
    assert "zelda" not in stored(town)
    (line,) = [each for each in olga.ask("audit")["lines"] if each["what"] == "erasure"]
    assert line["about"]["by_platform"] == "True"
    assert "zelda" not in str(line)


def test_an_invitation_does_not_say_by_whom_any_more(town: Town) -> None:
    anna, zelda = town.phone("anna"), town.phone("zelda")
    group = town.group(zelda, locked=True)
    zelda.ask("invite", group=group, user="anna")
    (told,) = anna.all("notice")
    assert told["about"] == {"group": group, "name": "Shops", "who": "Zelda"}
    assert anna.ask("join", group=group, accepted=True)["type"] == "ok"
    assert "zelda" not in str(anna.ask("export_me"))  # her name is in what anna was told, and not her account's
    erased(zelda)
    assert [word for word in WORDS if word in stored(town)] == []


def test_what_was_said_by_who_is_gone_is_nobodys_to_answer_for(town: Town) -> None:
    """Else all who have erased their accounts would be one, who is warned, barred and taken for a prober."""
    olga, anna, guard = an_owner(town), town.phone("anna", HERE), town.phone("guard", HERE, as_="real/{}/guard")
    alerts = []
    for name in ("zelda", "zelda2", "zelda3", "zelda4", "zelda5"):
        zelda = town.phone(name, HERE)
        alerts.append(zelda.ask("alert", groups=[], **RED)["alert"])
        erased(zelda)
    assert guard.ask("update", alert=alerts[0], outcome="false_alarm")["type"] == "ok"
    report = anna.ask("report", category="tone", alert=alerts[0])["report"]
    for action in ("warn", "suspend"):
        assert olga.ask("resolve", report=report, action=action, reason="x")["code"] == "ended"
    assert olga.ask("accounts")["accounts"] == []
    assert olga.ask("resolve", report=report, action="dismiss", reason="x")["type"] == "ok"
    assert olga.ask("moderate", alert=alerts[0], action="hide", reason="x")["type"] == "ok"
    assert olga.ask("moderate", alert=alerts[0], action="show", reason="x")["type"] == "ok"
    assert [room for room in town.run(town.store.rooms()) if room == own_room("real", "")] == []
    facts = town.hubs["real"].facts
    assert [dict(facts.of(kind)) for kind in (OddAlerts, Suspension, Decision)] == [{}, {}, {}]


def test_nothing_of_who_is_gone_is_kept_in_memory_or_in_a_survey(town: Town) -> None:
    zelda, anna = town.phone("zelda", HERE), town.phone("anna")
    put(town)
    answer(zelda, safety="safer")
    zelda.ask("follow", name="home", circle={"lat": HERE[0], "lon": HERE[1], "radius_m": 500})
    zelda.ask("consent", purpose="survey", given=True, version="1")
    surveys = town.worlds["real"].surveys
    town.run(surveys.save())
    anna.ask("alert", groups=[], **RED)
    assert len(list(said_in(town.worlds["real"], "zelda"))) > 10
    erased(zelda)
    town.run(surveys.save())
    assert [name.split("/")[2] for name in town.run(town.store.counting()).notes] == ["key"]
    town.pass_time(61)  # until when it is counted who an alert came to
    assert list(said_in(town.worlds["real"], "zelda")) == []


@pytest.mark.parametrize("is_broken", [False, True], ids=["the log is well again", "the log still refuses it"])
def test_a_red_that_the_log_is_owed_is_stored_before_its_author_is_erased(town: Town, is_broken: bool) -> None:
    """Else its words would come after all that was looked through, and the alert would be alive again."""
    zelda, near = town.phone("zelda", HERE), town.phone("near", HERE)
    append = town.store.append

    async def refusing(entries: Sequence[Entry]) -> list[LoggedEvent]:
        if any(isinstance(entry.body, AlertRaised) for entry in entries):
            raise StorageError("no")
        return await append(entries)  # type: ignore[no-any-return]

    town.store.append = refusing
    zelda.say("alert", id="a", groups=[], headline="SECRET", **RED)
    town.pass_time(1)
    (alert,) = near.all("alert")
    assert not alert["durable"]
    if is_broken:
        assert zelda.ask("erase_account", confirm=True)["code"] == "not_stored"
    town.store.append = append
    erased(zelda)
    town.pass_time(60)
    assert [word for word in WORDS if word in stored(town)] == []
    again = town.restarted()
    assert again.hubs["real"].alerts.record(alert["alert"]).alert.state == "closed"  # type: ignore[union-attr]
    again.close()


def said_in(thing: object, word: str, path: str = "", seen: set[int] | None = None) -> Iterator[str]:
    """Where in all that a thing holds a word stands."""
    seen = set() if seen is None else seen
    if isinstance(thing, str | bytes):
        if word in str(thing):
            yield path
        return
    if id(thing) in seen or isinstance(thing, type):
        return
    seen.add(id(thing))
    inner: list[tuple[str, object]] = []
    if isinstance(thing, Mapping):
        inner = [(str(type(key)), each) for key, value in list(thing.items()) for each in (key, value)]
    elif isinstance(thing, list | tuple | set | frozenset | deque):
        inner = [("", each) for each in list(thing)]
    elif type(thing).__module__.split(".")[0] in ("realtime", "storage", "geo") and not isinstance(thing, Session):
        slots = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
        fields = getattr(thing, "__dict__", {}) | {name: getattr(thing, name, None) for name in slots}
        inner = [(name, each) for name, each in fields.items() if not isinstance(each, MemoryStore)]
    for name, each in inner:
        yield from said_in(each, word, f"{path}.{name}", seen)


def test_who_comes_back_afterwards_is_somebody_new(town: Town) -> None:
    anna, zelda = town.phone("anna"), town.phone("zelda")
    group = town.group(anna, zelda)
    zelda.ask("prefer", levels=["red"])
    erased(zelda)
    back = town.phone("zelda")
    assert back.all("welcome")[0]["rooms"] == {"me": {"seq": 0, "from": 1, "read": 0, "unread": 0}}
    assert back.ask("preferences")["levels"] == ["red", "yellow", "info"]
    assert back.ask("history", room=group, limit=5)["code"] == "not_found"
    assert back.ask("join", group=group, accepted=True)["type"] == "ok"
    again = back.ask("erase_account", confirm=True)  # else nobody who does it often had any limits
    assert (again["code"], again["retry_after_s"]) == ("rate_limited", 86_400)
    town.pass_time(86_401)
    erased(town.phone("zelda"))


def test_while_it_goes_on_nothing_is_shown_and_nobody_comes_back(town: Town) -> None:
    """The pieces wait for a log that answers nothing; and after the server was killed, they go on."""
    anna, zelda = town.phone("anna"), town.phone("zelda")
    group = town.group(anna, zelda)
    place = anna.ask("message", group=group, text="before")["rooms"][group]
    anna.hang_up()
    zelda.ask("message", group=group, text="SECRET words")
    hub = town.hubs["real"]
    gate = asyncio.Event()
    scan = town.store.scan

    async def stuck(after: int, limit: int) -> Any:
        await gate.wait()
        return await scan(after, limit)

    town.store.scan = stuck
    zelda.say("erase_account", id="e", confirm=True)
    town.pass_time(1, settle=False)
    assert zelda.connection.closed_with == 4505
    assert hub.facts.get(Erasing, "zelda") is not None
    refused = Phone(town, "zelda", "phone")
    refused.say("hello", token="real/zelda", device="phone")
    town.pass_time(1, settle=False)
    assert refused.all("error")[0]["code"] == "erased"
    assert refused.connection.closed_with == 4505
    back = Phone(town, "anna", "phone")
    back.say("hello", token="real/anna", device="phone", rooms={group: place})
    town.pass_time(1, settle=False)
    back.say("history", id="h", room=group, limit=1)
    town.pass_time(1, settle=False)
    (page,) = back.all("history")
    assert [event["removed"] for event in (*back.all("message"), *page["events"])] == [True, True]
    assert not any(word in str(frame) for frame in back.connection.frames for word in WORDS)
    town.store.scan = scan
    again = town.restarted()
    again.settle()
    assert [word for word in WORDS if word in stored(again)] == []
    again.close()


def test_what_was_said_in_an_office_and_by_others_stays(town: Town) -> None:
    owner = an_owner(town)
    an_organisation(owner, "norrmalm", "municipality")
    with_staff(owner, "norrmalm", zelda="staff", per="staff")
    zelda, bo = town.phone("zelda"), town.phone("bo", HERE)
    said = zelda.ask("inform", organisation="norrmalm", level="yellow", headline="No light", public=True, groups=[])
    thread = bo.ask("write_to", organisation="norrmalm", kind="question", text="When?")["group"]
    zelda.ask("assign", thread=thread)
    zelda.ask("message", group=thread, text="SECRET soon")
    bo.new()
    erased(zelda)
    alert = town.hubs["real"].alerts.record(said["alert"]).alert  # type: ignore[union-attr]
    assert (alert.headline, alert.name, alert.ended_at) == ("No light", "Norrmalm", None)
    per = town.phone("per")
    assert per.ask("threads", organisation="norrmalm")["threads"][0].get("assigned") is None
    assert per.ask("message", group=thread, text="Tonight")["type"] == "ok"
    assert [word for word in WORDS if word in stored(town)] == []


def test_who_wrote_to_an_organisation_is_nobody_to_it(town: Town) -> None:
    owner = an_owner(town)
    an_organisation(owner, "norrmalm", "municipality")
    with_staff(owner, "norrmalm", per="staff")
    zelda, per = town.phone("zelda"), town.phone("per")
    thread = zelda.ask("write_to", organisation="norrmalm", kind="view", text="SECRET view")["group"]
    erased(zelda)
    (card,) = per.ask("threads", organisation="norrmalm", state="closed")["threads"]
    assert "name" not in card["author"]
    assert per.ask("reopen", thread=thread)["code"] == "ended"
    assert [word for word in WORDS if word in stored(town)] == []


def test_one_world_knows_nothing_of_the_other(town: Town) -> None:
    real, played = town.phone("zelda"), town.phone("zelda", as_="exercise/{}")
    erased(played)
    assert real.session.is_open
    assert real.ask("ping")["type"] == "ok"


def test_a_message_is_taken_back_by_its_author(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    group = town.group(anna, bo)
    said = anna.ask("message", group=group, text="SECRET words")
    anna.ask("revise", group=group, seq=said["rooms"][group], removed=True)
    assert "SECRET" not in str(bo.ask("history", room=group, limit=10))
    assert "SECRET" not in stored(town)


def test_an_alert_is_taken_back_whole_by_its_author(town: Town) -> None:
    """F78: active, ended, or so old that only the log has it; also what its earlier revisions said."""
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    old = anna.ask("alert", groups=[], headline="SECRET old", **RED)["alert"]
    anna.ask("update", alert=old, state="closed")
    town.pass_time(2 * 86_400)
    town.worlds["real"].forget_old()
    assert town.hubs["real"].alerts.record(old) is None
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    alert = anna.ask("alert", groups=[], headline="SECRET", **RED)["alert"]
    anna.ask("update", alert=alert, text="SECRET, too")
    assert bo.ask("erase_alert", alert=alert)["code"] == "not_found"
    assert anna.ask("erase_alert", alert=alert)["revision"] == 3
    end = bo.all("update")[-1]
    assert (end["state"], end["tone"], end.get("headline"), end.get("text")) == ("closed", "all_clear", None, None)
    assert "SECRET old" in stored(town)
    assert bo.ask("erase_alert", alert=old)["code"] == "not_found"
    assert anna.ask("erase_alert", alert=old)["type"] == "ok"
    assert "SECRET" not in stored(town)
    again = town.restarted()
    assert [each["alert"] for each in map_of(again.phone("bo"))] == [alert, old]
    again.close()


def map_of(phone: Phone) -> list[dict[str, Any]]:
    box = {"south": HERE[0] - 0.1, "west": HERE[1] - 0.1, "north": HERE[0] + 0.1, "east": HERE[1] + 0.1}
    return list(phone.ask("map", box=box, limit=10, since_s=5 * 86_400)["alerts"])


def test_everything_on_oneself_as_one_file(town: Town) -> None:
    """R27: what is stored, and nothing of others."""
    anna, zelda = town.phone("anna"), town.phone("zelda", HERE)
    group = town.group(anna, zelda)
    zelda.ask("message", group=group, text="mine")
    anna.ask("message", group=group, text="not mine")
    zelda.ask("prefer", levels=["red"])
    parts = [zelda.ask("export_me")]
    while (following := parts[-1].get("next")) is not None:
        parts.append(zelda.ask("export_me", part=following))
    items = [item for part in parts for item in part["items"]]
    assert {part["user"] for part in parts} == {"zelda"}
    assert [item["text"] for item in items if item.get("logged") == "message_posted"] == ["mine"]
    assert {"holds": "membership", "group": group} in items
    assert "preference" in [item.get("holds") for item in items]
    assert str(HERE[0]) not in str(items)
    assert zelda.ask("export_me", part=9)["code"] == "not_found"
