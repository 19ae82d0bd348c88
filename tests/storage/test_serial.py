"""What was once stored can be read for ever."""

from typing import get_args

import pytest
from msgspec.structs import replace

from realtime.messages import Meeting, Picture
from storage import serial
from storage.events import Erased, Event, Issuer
from storage.facts import KINDS
from storage.serial import Unreadable, dump_alert, dump_event, dump_rooms, load_alert, load_event, load_rooms
from tests.storage.samples import (
    an_alert,
    created,
    dropped,
    joined,
    left,
    message,
    noticed,
    raised,
    revised,
    said,
    updated,
)

ALERT = (
    '{"id":"a","revision":1,"author":"anna","level":"red","levels":[["red",1.0,1]],"kind":"warn","lat":59.325,'
    '"lon":18.07,"first_lat":59.325,"first_lon":18.07,"public_lat":59.3252,"public_lon":18.0702,"cell_m":100.0,'
    '"state":"going_on","public":true,"groups":["g"],"sent_at":1.0,"received_at":1.0,"updated_at":1.0,"expires_at":1.0}'
)

ISSUER = Issuer(organisation="o", name="Polisen", emblem="crown")
SAID = {
    "category": "theft",
    "what": "Cuts a lock",
    "where": "By the bridge",
    "how_many": 2,
    "direction": "North",
    "vehicle": "A blue van",
    "clothes": "Grey jacket",
    "called_112": "not_needed",
    "by_role": "police",
    "disputed": True,
    "outcome": "prevented",
    "official": "picture",
    "about": ("c",),
    "meeting": Meeting(at=2.0, place="The square"),
    "polygon": ((59.3, 18.0), (59.4, 18.0), (59.4, 18.1)),
    "image": Picture(picture="ab", width=4, height=3),
    "issuer": ISSUER,
    "for_issuer": True,
}
ALERT_2 = ALERT[:-1] + (
    ',"polygon":[[59.3,18.0],[59.4,18.0],[59.4,18.1]],"category":"theft","called_112":"not_needed",'
    '"image":{"picture":"ab","width":4,"height":3},'
    '"issuer":{"organisation":"o","name":"Polisen","emblem":"crown"},"for_issuer":true,'
    '"what":"Cuts a lock","where":"By the bridge","how_many":2,'
    '"direction":"North","vehicle":"A blue van","clothes":"Grey jacket","by_role":"police","disputed":true,'
    '"outcome":"prevented","official":"picture","about":["c"],'
    '"meeting":{"at":2.0,"place":"The square"}}'
)
MET = replace(
    message(text="Hej då"),
    image=Picture(picture="ab", width=4, height=3),
    meeting=Meeting(at=2.0, place="The square"),
    revisions=(3, 4),
)
REVISED = replace(message(text="Hej då"), revisions=(3, 4))

# Every kind in every version that was ever written, as it was written, and what it says today. Lines are only added.
WRITTEN: dict[tuple[str, int], tuple[str, Event]] = {
    ("alert_raised", 1): ('{"type":"alert_raised","alert":' + ALERT + "}", raised()),
    ("alert_updated", 1): ('{"type":"alert_updated","alert":' + ALERT + "}", updated(revision=1)),
    ("alert_raised", 2): ('{"type":"alert_raised","alert":' + ALERT_2 + "}", raised(**SAID)),
    ("alert_updated", 2): ('{"type":"alert_updated","alert":' + ALERT_2 + "}", updated(revision=1, **SAID)),
    ("message_posted", 1): (
        '{"type":"message_posted","id":"m","group":"g","author":"anna","text":"Hej","sent_at":1.0,"received_at":1.5}',
        message(),
    ),
    ("group_created", 1): (
        '{"type":"group_created","group":"g","creator":"anna","name":"Köpmangatan","purpose":"Shops",'
        '"conduct":"Be kind","locked":false}',
        created(),
    ),
    ("member_joined", 1): ('{"type":"member_joined","group":"g","user":"bo","from_seq":0}', joined()),
    ("member_left", 1): ('{"type":"member_left","group":"g","user":"bo"}', left()),
    ("message_posted", 2): (
        '{"type":"message_posted","id":"m","group":"g","author":"anna","text":"Hej då","sent_at":1.0,"received_at":1.5,'
        '"revisions":[3,4]}',
        REVISED,
    ),
    ("message_revised", 1): (
        '{"type":"message_revised","id":"m","group":"g","seq":1,"author":"anna","text":"Hej då","revision":3,"message":'
        '{"type":"message_posted","id":"m","group":"g","author":"anna","text":"Hej då","sent_at":1.0,"received_at":1.5,'
        '"revisions":[3,4]}}',
        replace(revised(), revision=3, message=REVISED),
    ),
    ("message_posted", 3): (
        '{"type":"message_posted","id":"m","group":"g","author":"anna","text":"Hej då","sent_at":1.0,"received_at":1.5,'
        '"image":{"picture":"ab","width":4,"height":3},"meeting":{"at":2.0,"place":"The square"},"revisions":[3,4]}',
        MET,
    ),
    ("message_revised", 2): (
        '{"type":"message_revised","id":"m","group":"g","seq":1,"author":"anna","text":"Hej då","revision":3,"message":'
        '{"type":"message_posted","id":"m","group":"g","author":"anna","text":"Hej då","sent_at":1.0,"received_at":1.5,'
        '"image":{"picture":"ab","width":4,"height":3},"meeting":{"at":2.0,"place":"The square"},"revisions":[3,4]}}',
        replace(revised(), revision=3, message=MET),
    ),
    ("group_created", 2): (
        '{"type":"group_created","group":"g","creator":"anna","name":"Köpmangatan","purpose":"Shops",'
        '"conduct":"Be kind","locked":false,"history":"all"}',
        created(history="all"),
    ),
    ("fact_set", 1): (
        '{"type":"fact_set","fact":{"kind":"appointment","group":"g","user":"bo","trusted":["approver"]},"by":"anna"}',
        said("bo", "g", "approver"),
    ),
    ("fact_dropped", 1): (
        '{"type":"fact_dropped","fact":{"kind":"appointment","group":"g","user":"bo","trusted":[]},"by":"anna",'
        '"reason":"moved away"}',
        dropped(reason="moved away"),
    ),
    ("noticed", 1): ('{"type":"noticed","code":"removed","about":{"group":"g"}}', noticed(group="g")),
    ("erased", 1): ('{"type":"erased"}', Erased()),
}
WRITTEN_ALERTS = {1: ALERT, 2: ALERT_2}
ALERTS = {1: an_alert(), 2: an_alert(**SAID)}  # what they say today


@pytest.mark.parametrize("written", WRITTEN)
def test_every_version_ever_written_can_be_read(written: tuple[str, int]) -> None:
    body, event = WRITTEN[written]
    assert load_event(*written, body) == event


@pytest.mark.parametrize("version", WRITTEN_ALERTS)
def test_every_version_of_an_alerts_state_can_be_read(version: int) -> None:
    assert load_alert(version, WRITTEN_ALERTS[version]) == ALERTS[version]


def test_there_is_a_sample_of_everything_that_can_be_read() -> None:
    assert set(WRITTEN) == set(serial._READERS)
    assert set(WRITTEN_ALERTS) == set(serial._ALERT_READERS)


@pytest.mark.parametrize("event", [event for _, event in WRITTEN.values()])
def test_what_is_written_is_read_as_the_same(event: Event) -> None:
    assert load_event(*dump_event(event)) == event


def test_each_type_of_event_can_be_written_and_each_sample_is_as_it_would_be_today() -> None:
    newest = dict(serial._VERSIONS.values())
    written = {dump_event(event) for (kind, version), (_, event) in WRITTEN.items() if newest[kind] == version}
    assert {type(load_event(*stored)) for stored in written} == set(get_args(Event))
    assert written <= {(kind, version, body) for (kind, version), (body, _) in WRITTEN.items()}
    assert dump_alert(ALERTS[serial.ALERT_VERSION]) == WRITTEN_ALERTS[serial.ALERT_VERSION]


def test_rooms_are_written_for_people_too() -> None:
    assert dump_rooms({"g": 1, "me/real/anna": 2}) == '{"g":1,"me/real/anna":2}'
    assert load_rooms('{"g":1,"me/real/anna":2}') == {"g": 1, "me/real/anna": 2}


@pytest.mark.parametrize(
    ("kind", "version", "body"),
    [
        ("member_left", 2, "{}"),
        ("siren", 1, "{}"),
        ("member_left", 1, '{"type":"member_joined"}'),
        ("member_left", 1, ""),
    ],
)
def test_what_cannot_be_read_says_what_it_is(kind: str, version: int, body: str) -> None:
    with pytest.raises(Unreadable, match=f"{kind} of version {version}"):
        load_event(kind, version, body)


def test_every_kind_of_fact_is_told_apart_by_fields_that_it_has() -> None:
    """A kind that forgot would be found only when its first fact is stored."""
    for kind in KINDS:
        assert kind.NAMED_BY
        assert set(kind.NAMED_BY) <= set(kind.__struct_fields__), kind
