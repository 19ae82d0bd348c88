"""`protocol.md` is true and whole: its examples are played against the real server, its tables compared with the types.

What an example may contain is in tests/protocol_examples.py, how it is compared in tests/protocol_matching.py.
"""

import json
import re
from pathlib import Path
from typing import Any, get_args

import msgpack
import pytest
from msgspec import inspect, structs
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from realtime import errors, messages
from realtime.app import running
from realtime.codec import CODECS, InvalidMessage
from realtime.config import ProbeSettings, ServerSettings, Settings
from realtime.messages import ClientMessage, Encoding, ServerMessage
from realtime.service.organisations.threads import MAX_A_DAY
from realtime.service.organisations.volunteers import MAX_AN_HOUR
from realtime.service.people.surveys import MAX_OPEN
from realtime.service.places.following import MAX_FOLLOWED
from tests.protocol_examples import DOCUMENTS, Got, Meanwhile, Said, Scenario, code, rows, scenarios, sections
from tests.protocol_player import Player
from tests.requests import NEED_AN_ID

TEXTS = [document.read_text(encoding="utf-8") for document in DOCUMENTS]
TEXT = TEXTS[0]
SCENARIOS = [scenario for text in TEXTS for scenario in scenarios(text)]
PARTS = sections(TEXT, 2)


def collected(title: str) -> dict[str, str]:
    """What stands in all documents under headings that end so."""
    found: dict[str, str] = {}
    for text in TEXTS:
        for heading, body in sections(text, 2).items():
            if heading.endswith(title):
                found |= sections(body, 3)
    return found


SAID = collected("What a client says")
HEARD = collected("What the server says")

# Objects within messages, and the heading of the table that has their fields.
NESTED_SAID: list[tuple[type, str]] = [
    (messages.GivenPosition, "`position` in `hello`"),
    (messages.QuietHours, "`quiet` in `prefer`"),
    (messages.Held, "`holds` in `hello`"),
    (messages.GivenPicture, "`image` in `alert`, `update` and `message`, as they are said"),
    (messages.Area, "`area` in `set_organisation`"),
]
NESTED_HEARD: list[tuple[type, str]] = [
    (messages.Limits, "`limits` in `welcome`"),
    (messages.RoomPlace, "`rooms` in `welcome`"),
    (messages.Picture, "`image` in `alert`, `update` and `message`, as they are told"),
    (messages.CategoryRow, "`categories` in `categories`"),
    (messages.Meeting, "`meeting` in `alert` and `message`"),
    (messages.Author, "`author` in `alert`, `update` and `message`"),
    (messages.ReportedPost, "`reports` in `reports`"),
    (messages.OpenAppeal, "`appeals` in `reports`"),
    (messages.FlaggedPost, "`flags` in `flags`"),
    (messages.AuditLine, "`lines` in `audit`"),
    (messages.Account, "`accounts` in `accounts`"),
    (messages.MonthCounts, "`months` in `transparency`"),
    (messages.VerifiedBy, "`verified_by` in `alert`, `update`, `message` and `call`"),
    (messages.Profile, "`organisations` in `organisations`"),
    (messages.StaffMember, "`staff` in `staff`"),
    (messages.HeldRole, "`roles` in `roles`"),
    (messages.ThreadCard, "`threads` in `threads`"),
    (messages.AskedQuestion, "`questions` in `survey`"),
    (messages.Choice, "`choices` in `survey`"),
    (messages.SurveyCard, "`surveys` in `surveys`"),
    (messages.SurveyRow, "`rows` in `survey_result`"),
]


def tag(kind: Any) -> str:
    return str(kind.__struct_config__.tag)


def table(kind: Any, parts: dict[str, str]) -> dict[str, list[str]]:
    """The rows of one message's own table, by field; not those of the objects in it."""
    body = next((body for title, body in parts.items() if f"`{tag(kind)}`" in title), "")
    return {code(row[0]): row[1:] for row in rows(body.partition("\n#### ")[0])}


# --- the examples ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["json", "msgpack"])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
async def test_server_answers_as_documented(scenario: Scenario, encoding: Encoding, tmp_path: Path) -> None:
    """Every field of every answer, none missing and none more, and no answer that is not shown."""
    await Player(encoding, tmp_path).play(scenario)


def test_every_message_has_an_example() -> None:
    steps = [step for scenario in SCENARIOS for step in scenario.steps]
    said = {step.message["type"] for step in steps if isinstance(step, Said) and step.message}
    got = {step.message["type"] for step in steps if isinstance(step, Got)}
    assert said >= {tag(kind) for kind in get_args(ClientMessage)}
    assert got >= {tag(kind) for kind in get_args(ServerMessage)}


def test_every_field_of_every_request_can_be_said() -> None:
    """The examples of requests are valid by the types, so that what a reader copies is accepted."""
    shown = [step.message for scenario in SCENARIOS for step in scenario.steps if isinstance(step, Said)]
    known = {tag(kind): {"type", *table(kind, SAID)} for kind in get_args(ClientMessage)}
    for message in shown:
        if message is not None and message["type"] in known:
            assert set(message) <= known[message["type"]], message


# --- the tables ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", get_args(ClientMessage), ids=tag)
def test_request_is_documented_whole(kind: Any) -> None:
    check_request_table(kind, table(kind, SAID))


@pytest.mark.parametrize(("kind", "heading"), NESTED_SAID, ids=lambda value: getattr(value, "__name__", None))
def test_object_in_request_is_documented_whole(kind: Any, heading: str) -> None:
    found = rows(sections("\n".join(TEXTS), 4)[heading])
    check_request_table(kind, {code(row[0]): row[1:] for row in found})


def check_request_table(kind: Any, found: dict[str, list[str]]) -> None:
    fields = {field.encode_name: field for field in structs.fields(kind)}
    assert set(found) == set(fields)
    for name, field in fields.items():
        form, default = found[name][0], found[name][1]
        is_required = field.required or (name == "id" and tag(kind) in NEED_AN_ID)
        assert (default == "required") == is_required, f"{kind.__name__}.{name} is {default!r}"
        for bound in bounds(inspect.type_info(field.type)):
            assert bound in form or bound in form.replace(",", ""), f"{kind.__name__}.{name}: no {bound} in {form!r}"


def bounds(kind: inspect.Type) -> set[str]:
    """Everything that a field's type insists on, as it must stand in the table; a least of 0 speaks for itself."""
    found: set[str] = set()
    match kind:
        case inspect.UnionType(types=types):
            found = set().union(*(bounds(each) for each in types))
        case inspect.LiteralType(values=values):
            found = {f"`{value}`" for value in values}
        case inspect.StrType(min_length=least, max_length=most, pattern=pattern):
            found = {str(bound) for bound in (least, most, pattern) if bound is not None}
        case inspect.FloatType(ge=least, le=most) | inspect.IntType(ge=least, le=most, lt=None):
            found = {f"{bound:.0f}" for bound in (least, most) if bound}
        case inspect.IntType(lt=below) if below == 2**53:
            found = {"2⁵³"}
        case inspect.VarTupleType(max_length=most) if most is not None:
            found = {str(most)}
    return found


@pytest.mark.parametrize("kind", get_args(ServerMessage), ids=tag)
def test_answer_is_documented_whole(kind: Any) -> None:
    check_answer_table(kind, table(kind, HEARD))


@pytest.mark.parametrize(("kind", "heading"), NESTED_HEARD, ids=lambda value: getattr(value, "__name__", None))
def test_object_in_answer_is_documented_whole(kind: Any, heading: str) -> None:
    check_answer_table(kind, {code(row[0]): row[1:] for row in rows(sections("\n".join(TEXTS), 4)[heading])})


def check_answer_table(kind: Any, found: dict[str, list[str]]) -> None:
    fields = {field.encode_name: field for field in structs.fields(kind)}
    assert set(found) == set(fields)
    for name, field in fields.items():
        form, given = found[name][0], found[name][1]
        assert (given == "always") == field.required, f"{kind.__name__}.{name} is given {given!r}"
        if isinstance(info := inspect.type_info(field.type), inspect.LiteralType):
            assert set(re.findall(r"`([^`]+)`", form)) == set(info.values), f"{kind.__name__}.{name}: {form!r}"


def test_every_error_but_a_bug_is_played() -> None:
    got = [step.message for scenario in SCENARIOS for step in scenario.steps if isinstance(step, Got)]
    played = {message["code"] for message in got if message["type"] == "error"}
    assert played == {kind.code for kind in every(errors.SamverkanError)} - {"internal"}


def every(kind: type[errors.SamverkanError]) -> list[type[errors.SamverkanError]]:
    return [kind, *(deeper for each in kind.__subclasses__() for deeper in every(each))]


def test_every_error_is_documented() -> None:
    found = {code(row[0]): row[1] for row in rows(sections(TEXT, 3)["Errors"])}
    known = {kind.code: "yes" if kind.temporary else "no" for kind in every(errors.SamverkanError)}
    assert found == known


def test_every_close_code_is_documented() -> None:
    found = {code(row[0]): row[1] for row in rows(sections(TEXT, 3)["Close codes"])}
    assert found == {str(int(each)): "yes" if each < 4_500 else "no" for each in errors.CloseCode}


def test_defaults_are_those_of_the_settings() -> None:
    """The numbers in prose and tables, so that a changed default does not leave the document behind."""
    at = Settings()
    limits = " ".join(PARTS["12. Limits"].replace(",", "").split())
    quotas, connection = at.quotas, at.connection
    for number in (
        f"{connection.messages_per_s:g} a second {connection.messages_burst} at once",
        f"{connection.connections_per_s:g} a second {connection.connections_burst} at once",
        f"{connection.hellos_per_s:g} a second {connection.hellos_burst} at once",
        f"{connection.max_message_bytes} bytes",
        f"{connection.max_hello_bytes} bytes {connection.max_hello_rooms} rooms {connection.max_hello_holds} holds",
        f"devices of one user | {connection.max_devices} ",
        f"{connection.outbox_bytes} bytes {connection.outbox_age_s:g} s",
        f"{quotas.red_per_hour} an hour {quotas.red_per_day} a day",
        f"vouches for | {quotas.new_red_per_day} a day",
        f"younger than {quotas.new_account_s / 86_400:g} days",
        f"{quotas.duty_red_per_hour} an hour",
        f"{quotas.yellow_per_hour} an hour {quotas.yellow_per_day} a day",
        f"{quotas.changes_per_minute} a minute {quotas.changes_per_minute} at once",
        f"within {quotas.help_merge_s / 60:g} minutes",
        f"probe](#whoever-seems-to-probe) | {quotas.new_red_per_day} a day {quotas.probing_yellow_per_day} a day",
        f"within {quotas.probing_ended_within_s / 60:g} minutes; it stands {quotas.probing_moved_m:g} m or more",
        f"at most {quotas.probing_radius_m:g} m;",
        f"{quotas.probing_alerts} of somebody's alerts of the last {quotas.probing_within_s / 86_400:g} days",
        f"not decided yet | {at.moderation.max_open_reports} ",
        f"follows | {MAX_FOLLOWED} ",
        f"begins | {MAX_A_DAY} a day",
        f"one organisation | {MAX_AN_HOUR} an hour",
        f"go on | {MAX_OPEN} ",
        f"sends in | {at.media.uploads_per_hour} an hour",
        f"one device | {at.alerts.yellows_per_hour} an hour",
        f"{at.alerts.max_updates} one a second",
    ):
        assert number in limits, number
    raising = SAID["`alert`"]
    assert f"{at.alerts.red_radius_m:g} for red, {at.alerts.yellow_radius_m:g} for yellow" in raising
    minutes = (at.alerts.red_ttl_s / 60, at.alerts.yellow_ttl_s / 60, at.alerts.info_ttl_s / 3_600)
    assert "after {:g} minutes (red), {:g} minutes (yellow) or {:g} hours (info)".format(*minutes) in raising
    assert f"always {at.alerts.reach_after_s:g} s after" in HEARD["`reach`"]
    assert f"within {connection.hello_timeout_s:g} s" in SAID["`hello`"]
    assert f"{at.log.commit_budget_s:g} s" in HEARD["`stored`"]
    for number in (
        f"within {connection.ack_timeout_s:g} s gets",
        f"comes from it within {connection.probe_timeout_s:g} s",
        f"sent `limits.ping_s` and {connection.pong_timeout_s:g} s before or earlier",
    ):
        assert number in PARTS["13. Staying alive"], number
    assert f"{at.retention.messages_s / 86_400:g} days" in sections(TEXT, 3)["Ids and retries"]


def test_contents_lead_somewhere() -> None:
    """Links within and between the documents, by the anchors that GitHub makes of headings."""
    anchors = {document: anchors_of(text) for document, text in zip(DOCUMENTS, TEXTS, strict=True)}
    for document, text in zip(DOCUMENTS, TEXTS, strict=True):
        for path, anchor in re.findall(r"\]\(([\w./-]*?\.md)?#([^)]+)\)", text):
            assert anchor in anchors[(document.parent / path).resolve() if path else document], (document, path, anchor)


def test_contents_name_every_message() -> None:
    said, heard = TEXT.partition("\n5. [")[2].partition("\n7. [")[0].split("\n6. [")
    for listed, kinds in ((said, get_args(ClientMessage)), (heard, get_args(ServerMessage))):
        assert set(re.findall(r"`(\w+)`", listed)) == {tag(kind) for kind in kinds}


def anchors_of(text: str) -> list[str]:
    anchors: list[str] = []
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        anchor = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        anchors.append(f"{anchor}-{anchors.count(anchor)}" if anchor in anchors else anchor)
    return anchors


# --- what no example shows -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "offered", "status"),
    [("/v1", ["samverkan.v0.json"], 400), ("/v1", None, 400), ("/elsewhere", ["samverkan.v1.json"], 404)],
)
async def test_refusal_of_the_handshake(path: str, offered: Any, status: int, tmp_path: Path) -> None:
    settings = Settings(server=ServerSettings(port=0, data=tmp_path), probe=ProbeSettings(enabled=False))
    async with running(settings) as app:
        with pytest.raises(InvalidStatus) as refused:
            await connect(app.url.replace("/v1", path), subprotocols=offered)
    assert refused.value.response.status_code == status
    assert f"| `{status}` |" in PARTS["2. Connecting"]


async def test_full_server_says_when_to_come_back(tmp_path: Path) -> None:
    server = ServerSettings(port=0, data=tmp_path, max_connections=1)
    subprotocol: Any = "samverkan.v1.json"
    settings = Settings(server=server, probe=ProbeSettings(enabled=False))
    async with running(settings) as app, connect(app.url, subprotocols=[subprotocol]) as first:
        assert "Sec-WebSocket-Extensions" not in first.response.headers  # type: ignore[union-attr]
        with pytest.raises(InvalidStatus) as refused:
            await connect(app.url, subprotocols=[subprotocol])
    assert refused.value.response.status_code == 503
    assert int(refused.value.response.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("subprotocol", "payload", "closing"),
    [
        ("samverkan.v1.json", b"{}", 1003),
        ("samverkan.v1.msgpack", "{}", 1003),
        ("samverkan.v1.json", "x" * 131_073, 1009),
    ],
)
async def test_close_codes_of_the_rfc(subprotocol: Any, payload: Any, closing: int, tmp_path: Path) -> None:
    settings = Settings(server=ServerSettings(port=0, data=tmp_path), probe=ProbeSettings(enabled=False))
    async with running(settings) as app, connect(app.url, subprotocols=[subprotocol], compression=None) as socket:
        await socket.send(payload)
        await socket.wait_closed()
    assert socket.close_code == closing
    assert f"{closing} (" in sections(TEXT, 3)["Close codes"]


async def test_what_is_stored_needs_an_id(tmp_path: Path) -> None:
    scenario = Scenario("ids", {"connection.messages_burst": 1_000}, [Meanwhile(0, "anna is connected")])
    for kind, fields in NEED_AN_ID.items():
        scenario.steps.append(Said(0, "anna", {"type": kind, **fields}))
        scenario.steps.append(
            Got(0, ("anna",), {"type": "error", "code": "id_required", "field": "id", "message": "…"})
        )
    await Player("json", tmp_path).play(scenario)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"device": ""}, "device"),
        ({"position": {"lat": 59}}, "position.lon"),
        ({"holds": [{"alert": "x", "revision": 0}]}, "holds[0].revision"),
        ({"rooms": {"": 1}}, "rooms"),
        ({"rooms": {"x": -1}}, "rooms[...]"),
    ],
)
@pytest.mark.parametrize("encoding", ["json", "msgpack"])
def test_error_names_the_field(wrong: dict[str, Any], field: str, encoding: Encoding) -> None:
    hello = {"type": "hello", "id": "h", "token": "x", "device": "x", **wrong}
    payload = json.dumps(hello).encode() if encoding == "json" else msgpack.packb(hello)
    with pytest.raises(InvalidMessage) as refused:
        CODECS[encoding].decode_client(payload)
    assert (refused.value.field, refused.value.id) == (field, "h")
    assert "$" not in str(refused.value)  # the path is for programs
