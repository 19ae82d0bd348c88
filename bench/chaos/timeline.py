"""What happened around a fault, for whoever has to find its cause: one device, one room or alert, in order."""

from collections.abc import Iterator
from typing import Final

from bench.chaos.records import NEVER, Connection, Device, Records, Request
from bench.chaos.verdict import Fault

MOST: Final = 60  # lines
Line = tuple[float, str]


def timeline(records: Records, fault: Fault) -> list[str]:
    """So much of it around the fault, or of the end, as lines; times are seconds from the start of the first life."""
    zero = records.lives[0].started if records.lives else 0.0
    found = [*_lives(records)]
    for request in records.requests:
        if fault.alert is not None and _concerns(request, fault.alert):
            found += _asked(request)
    if fault.device is not None:
        device = records.devices[fault.device]
        found += _connections(device, fault)
        found += _memberships(records, device, fault)
        if fault.alert is not None:
            found += _alert(device, fault.alert)
            found += _positions(device)
        if fault.room is not None:
            found += _room(device, fault.room)
    lines = sorted(line for line in found if line[0] < NEVER)
    after = len(lines) if fault.at is None else sum(at <= fault.at for at, _ in lines) + MOST // 3
    return [f"{at - zero:9.3f}  {text}" for at, text in lines[max(0, after - MOST) : after]]


def _lives(records: Records) -> Iterator[Line]:
    for number, life in enumerate(records.lives):
        yield life.ready, f"SERVER life {number} is ready"
        yield life.ending, f"SERVER life {number} is to end: {life.how}"
        yield life.ended, f"SERVER life {number} has ended"


def _concerns(request: Request, alert: str) -> bool:
    return request.body.get("alert") == alert or any(answer.made == alert for answer in request.answers)


def _asked(request: Request) -> Iterator[Line]:
    what = {name: value for name, value in request.body.items() if name != "alert"}
    for number, sent in enumerate(request.sent):
        again = f"{what}" if not number else "(again)"
        yield sent.at, f"person {request.user}, device {sent.device}/{sent.connection} asks: {request.type} {again}"
    for answer in request.answers:
        said = answer.error or f"ok, revision {answer.revision}, durable {answer.durable}, {answer.rooms}"
        yield answer.at, f"device {answer.device}/{answer.connection} is answered: {said}"


def _connections(device: Device, fault: Fault) -> Iterator[Line]:
    for number, connection in enumerate(device.connections):
        name = f"{device.index}/{number}"
        yield connection.hello, f"{name} says hello{_claims(connection, fault)}"
        yield connection.welcomed, f"{name} is welcome{_told(connection, fault)}"
        yield connection.live, f"{name} is live"
        yield max(connection.proven, 0.0) or NEVER, f"{name} surely has all that was dispatched before now"
        yield connection.lost, f"{name} is lost: {connection.why}"
        if fault.alert is not None:
            yield connection.unconfirmed.get(fault.alert, NEVER), f"{name} is told: unconfirmed"


def _claims(connection: Connection, fault: Fault) -> str:
    claims = ""
    if fault.alert is not None:
        claims += f", holds revision {connection.holds.get(fault.alert)}"
    if fault.room is not None:
        claims += f", place {connection.places.get(fault.room)}"
    return claims


def _told(connection: Connection, fault: Fault) -> str:
    return f", room (seq, from): {connection.rooms.get(fault.room)}" if fault.room is not None else ""


def _memberships(records: Records, device: Device, fault: Fault) -> Iterator[Line]:
    rooms = {fault.room} | {
        group
        for r in records.requests
        if r.type == "alert" and _concerns(r, fault.alert or "")
        for group in r.body["groups"]
    }
    for heard in device.memberships:
        if heard.group in rooms or fault.room == "me":
            state = f"member from {heard.from_seq}" if heard.is_member else "left"
            yield heard.at, f"{device.index}/{heard.connection} hears: {state} of {heard.group} ({heard.seq} of me)"
    for request in records.requests:
        if request.type in ("join", "leave") and request.user == device.user and request.body["group"] in rooms:
            yield from _asked(request)


def _alert(device: Device, alert: str) -> Iterator[Line]:
    for copy in device.copies:
        if copy.alert == alert:
            what = "alert" if copy.is_first else "update"
            extra = " late" * copy.late + " unstored" * (not copy.durable) + " ALL CLEAR" * copy.all_clear
            state = (
                f"{copy.level}, {copy.state}, signal {copy.signal}{extra}, {copy.headline!r}, {copy.why}, {copy.rooms}"
            )
            yield copy.at, f"{device.index}/{copy.connection} gets {what} revision {copy.revision}: {state}"
    for confirmed in device.confirmed:
        if confirmed.alert == alert:
            text = f"gets stored, revision {confirmed.revision}, {confirmed.rooms}"
            yield confirmed.at, f"{device.index}/{confirmed.connection} {text}"


def _positions(device: Device) -> Iterator[Line]:
    for position in device.positions:
        taken = f"taken after {position.taken - position.sent:.3f} s" if position.taken < NEVER else "never taken"
        at = f"{position.lat:.5f}, {position.lon:.5f} ± {position.accuracy_m:.0f} m"
        yield position.sent, f"{device.index}/{position.connection} is at {at}, {taken}"


def _room(device: Device, room: str) -> Iterator[Line]:
    for message in device.messages:
        if message.room == room:
            yield message.at, f"{device.index}/{message.connection} gets {message.seq}: message {message.id}"
    for stretch in device.stretches:
        if stretch.room == room:
            yield stretch.began, f"{device.index}/{stretch.connection} follows the room from above {stretch.after}"
            yield stretch.ended, f"{device.index} follows it no longer"
