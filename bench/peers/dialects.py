"""How a recipient asks each kind of server for its messages, how one message is published, and what needs an answer.

All carry the same text, within the envelope of their protocol. A message is known by the number in its text.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from bench.inside import CENTRE, hellos, people
from bench.wire import BINARY, TEXT, masked_frame
from realtime.clock import SystemClock

_NUMBER: Final = re.compile(rb"round (\d{6})")
_SUBJECT: Final = b"alerts"
_HEADLINE: Final = "Three people are testing doors (round {:06})"
_ALERT: Final = (
    '{"type":"alert","alert":"22dbf081e569447e71fb55fd8c676eb0","revision":1,"level":"red","level_number":3,'
    '"kind":"warn","lat":59.324763179983194,"lon":18.070862671746,"state":"going_on",'
    '"author":{"role":"member","pseudonym":"m-40c2e5dd"},"sent_at":1795686004.1255357,'
    '"received_at":1795686004.1255357,"expires_at":1795687804.1255357,"why":["near"],"signal":true,"cell_m":100.0,'
    f'"category":"theft","headline":"{_HEADLINE.format(0)}","exercise":true,'
    '"advice":"Do not intervene. Keep distance."}'
)


def text(number: int) -> str:
    """A red as samverkan sends it to those near, whatever server carries it: the same bytes for all but ids."""
    return _ALERT.replace(_HEADLINE.format(0), _HEADLINE.format(number))


def numbers(payload: bytes) -> tuple[int, ...]:
    """Of the published messages in this payload, normally one; none if the server says something of its own."""
    return tuple(map(int, _NUMBER.findall(payload)))


Step = tuple[bytes, bytes]
"""Bytes to send, and what the answer must hold before the next step."""


def _nothing(payload: bytes) -> bytes | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What a recipient says after the upgrade, what the publisher does, and what is answered later on."""

    path: str = "/"
    subprotocol: str | None = None
    greetings: Callable[[int], Iterator[tuple[Step, ...]]]  # one for each of so many clients; the last is the publisher
    publish: Callable[[int], bytes]
    answer: Callable[[bytes], bytes | None] = _nothing
    whole: Callable[[bytes, int], bool]  # whether a payload has all of that message's text


def _has_text(payload: bytes, number: int) -> bool:
    return text(number).encode() in payload


# --- plain text: whoever says something is heard by all others -------------------------------------------------------


def _silent(count: int) -> Iterator[tuple[Step, ...]]:
    yield from [()] * count


def _say(number: int) -> bytes:
    return masked_frame(TEXT, text(number).encode())


# --- samverkan: everybody near, and a red ----------------------------------------------------------------------------


def _members(count: int) -> Iterator[tuple[Step, ...]]:
    for hello in hellos(people(count), SystemClock()):
        yield ((hello, b'"type":"live"'),)


def _red(number: int) -> bytes:
    lat, lon = CENTRE
    alert = {"type": "alert", "id": f"round-{number}", "level": "red", "kind": "warn", "lat": lat, "lon": lon}
    alert |= {"public": True, "groups": [], "category": "theft", "headline": _HEADLINE.format(number)}
    return masked_frame(TEXT, json.dumps(alert).encode())


def _has_alert(payload: bytes, number: int) -> bool:
    alert = json.loads(payload)
    return (alert["type"], alert["headline"]) == ("alert", _HEADLINE.format(number))


# --- Socket.IO 5 over Engine.IO 4 ------------------------------------------------------------------------------------


def _connect_socketio(count: int) -> Iterator[tuple[Step, ...]]:
    for _ in range(count):
        yield ((b"", b'0{"sid"'), (masked_frame(TEXT, b"40"), b'40{"sid"'))


def _emit(number: int) -> bytes:
    return masked_frame(TEXT, b"42" + json.dumps(["say", text(number)]).encode())


def _answer_engineio(payload: bytes) -> bytes | None:
    return masked_frame(TEXT, b"3") if payload == b"2" else None


def _has_event(payload: bytes, number: int) -> bool:
    return payload[:2] == b"42" and json.loads(payload[2:]) == ["alert", text(number)]


# --- NATS ------------------------------------------------------------------------------------------------------------


def _subscribe_nats(count: int) -> Iterator[tuple[Step, ...]]:
    said = b'CONNECT {"verbose":false,"pedantic":false,"echo":false,"protocol":1}\r\n'
    for number in range(count):
        asked = b"" if number == count - 1 else b"SUB " + _SUBJECT + b" 1\r\n"
        yield ((b"", b"INFO "), (masked_frame(BINARY, said + asked + b"PING\r\n"), b"PONG\r\n"))


def _pub(number: int) -> bytes:
    payload = text(number).encode()
    return masked_frame(BINARY, b"PUB %s %d\r\n%s\r\n" % (_SUBJECT, len(payload), payload))


def _answer_nats(payload: bytes) -> bytes | None:
    return masked_frame(BINARY, b"PONG\r\n") if payload == b"PING\r\n" else None


# --- MQTT 3.1.1 ------------------------------------------------------------------------------------------------------


def _subscribe_mqtt(count: int) -> Iterator[tuple[Step, ...]]:
    subscribe = packet(0x82, b"\0\1" + _string(_SUBJECT) + b"\0")
    for number in range(count):
        connect = packet(0x10, _string(b"MQTT") + b"\4\2\0\0" + _string(b"client-%d" % number))
        steps: tuple[Step, ...] = ((masked_frame(BINARY, connect), b"\x20\x02\0\0"),)
        yield steps if number == count - 1 else (*steps, (masked_frame(BINARY, subscribe), b"\x90\x03\0\1\0"))


def _publish_mqtt(number: int) -> bytes:
    return masked_frame(BINARY, packet(0x30, _string(_SUBJECT) + text(number).encode()))


def packet(kind: int, body: bytes) -> bytes:
    """A control packet; its length is in groups of seven bits (MQTT 3.1.1, section 2.2.3)."""
    size, length = len(body), b""
    while size >= 0x80:
        length += bytes((0x80 | size & 0x7F,))
        size >>= 7
    return bytes((kind,)) + length + bytes((size,)) + body


def _string(it: bytes) -> bytes:
    return len(it).to_bytes(2) + it


DIALECTS: Final = {
    "plain": Dialect(greetings=_silent, publish=_say, whole=_has_text),
    "transport": Dialect(path="/v1", subprotocol="samverkan.v1.json", greetings=_silent, publish=_say, whole=_has_text),
    "samverkan": Dialect(
        path="/v1", subprotocol="samverkan.v1.json", greetings=_members, publish=_red, whole=_has_alert
    ),
    "socketio": Dialect(
        path="/socket.io/?EIO=4&transport=websocket",
        greetings=_connect_socketio,
        publish=_emit,
        answer=_answer_engineio,
        whole=_has_event,
    ),
    "nats": Dialect(greetings=_subscribe_nats, publish=_pub, answer=_answer_nats, whole=_has_text),
    "mqtt": Dialect(
        path="/mqtt", subprotocol="mqtt", greetings=_subscribe_mqtt, publish=_publish_mqtt, whole=_has_text
    ),
}
