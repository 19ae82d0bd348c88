"""From what came over the wire to what the ledger keeps of it."""

import zlib
from typing import Any

from bench.chaos.records import OWN, Answer, Confirmed, Copy, Membership, Message, Page

Frame = dict[str, Any]


def digest(text: str | None) -> int:
    """Texts are compared, not kept: there are too many of them. Of what was taken back there is none."""
    return zlib.crc32(text.encode()) if text else 0


def answer(frame: Frame, at: float, device: int, connection: int) -> Answer:
    if frame["type"] == "error":
        return Answer(at, device, connection, error=frame["code"])
    return Answer(
        at=at,
        device=device,
        connection=connection,
        durable=frame.get("durable", True),
        made=frame.get("alert") or frame.get("message") or frame.get("group"),
        revision=frame.get("revision", 0),
        rooms=frame.get("rooms", {}),
    )


def copy(frame: Frame, at: float, connection: int) -> Copy:
    return Copy(
        at=at,
        connection=connection,
        alert=frame["alert"],
        revision=frame["revision"],
        is_first=frame["type"] == "alert",
        level=frame["level"],
        state=frame["state"],
        headline=frame.get("headline"),
        lat=frame["lat"],
        lon=frame["lon"],
        cell_m=frame.get("cell_m"),
        why=tuple(frame["why"]),
        signal=frame["signal"],
        all_clear=frame.get("tone") == "all_clear",
        late=frame.get("late", False),
        durable=frame.get("durable", True),
        rooms=frame.get("rooms", {}),
    )


def message(frame: Frame, at: float, connection: int) -> Message:
    ((room, seq),) = frame["rooms"].items()
    text, revision, revises = digest(frame.get("text")), frame.get("revision", 1), frame.get("revises")
    return Message(at, connection, room, seq, frame["message"], text, revision, revises)


def membership(frame: Frame, at: float, connection: int) -> Membership:
    is_member = frame["state"] == "member"
    return Membership(at, connection, frame["rooms"][OWN], frame["group"], is_member, frame.get("from", 0))


def confirmed(frame: Frame, at: float, connection: int) -> Confirmed:
    return Confirmed(at, connection, frame["alert"], frame["revision"], frame.get("rooms", {}))


def page(room: str, event: Frame) -> Page:
    """One event of a page of history."""
    id = event.get("message") or event.get("alert") or event.get("group") or ""
    return Page(room, event["rooms"][room], event["type"], id, digest(event.get("text")), event.get("revises"))
