"""The table of who may do what, walked: every message, by whoever stands in each way to what it is about."""

from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest

from realtime.messages import (
    Ack,
    Appoint,
    AskConsents,
    AskPreferences,
    ClientMessage,
    CreateGroup,
    GiveConsent,
    Hello,
    JoinGroup,
    LeaveGroup,
    MarkRead,
    Pause,
    Ping,
    Position,
    PostMessage,
    Prefer,
    RaiseAlert,
    ReadHistory,
    Request,
    ReviseMessage,
    Share,
    UpdateAlert,
)
from realtime.service.access import MAY
from tests.town import HERE, Phone, Town

REFUSALS = {"not_found", "forbidden"}


class Scene:
    """One group, with somebody who stands in each way to it, and something that was said and raised there."""

    def __init__(self, town: Town) -> None:
        self.people = {name: town.phone(name) for name in STANDINGS}
        creator, author = self.people["creator"], self.people["author"]
        self.group = town.group(
            creator, *(self.people[name] for name in STANDINGS if name not in ("creator", "anyone"))
        )
        for trust in ("admin", "approver", "ambassador"):
            creator.ask("appoint", group=self.group, user=trust, trusted=[trust])
        said = author.ask("message", group=self.group, text="Hello")
        self.seq = said["rooms"][self.group]
        raised = author.ask(
            "alert", level="yellow", kind="warn", lat=HERE[0], lon=HERE[1], public=False, groups=[self.group]
        )
        self.alert = raised["alert"]


# Everybody in the scene, and how they stand to the group or, the author, to what is changed.
STANDINGS: dict[str, set[str]] = {
    "anyone": {"anyone"},
    "member": {"anyone", "member"},
    "author": {"anyone", "member", "author"},
    "creator": {"anyone", "member", "creator"},
    "admin": {"anyone", "member", "admin"},
    "approver": {"anyone", "member", "approver"},
    "ambassador": {"anyone", "member", "ambassador"},
}

# What each message says in the scene. It is allowed if it is not refused as unknown or forbidden.
TRIED: dict[type[Request], Callable[[Scene], dict[str, Any]]] = {
    UpdateAlert: lambda scene: {"alert": scene.alert, "headline": "They have left"},
    PostMessage: lambda scene: {"group": scene.group, "text": "Hi"},
    ReviseMessage: lambda scene: {"group": scene.group, "seq": scene.seq, "text": "Hi"},
    ReadHistory: lambda scene: {"room": scene.group, "limit": 10},
    MarkRead: lambda scene: {"room": scene.group, "seq": 1},
    LeaveGroup: lambda scene: {"group": scene.group},
    Appoint: lambda scene: {"group": scene.group, "user": "member", "trusted": []},
}

# What concerns nobody but who says it, or is open to all.
FOR_EVERYBODY: set[type[Request]] = {Hello, Position, Ack, Ping, RaiseAlert, CreateGroup, JoinGroup}
FOR_EVERYBODY |= {Prefer, Pause, Share, GiveConsent, AskPreferences, AskConsents}


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def test_every_message_is_in_the_table_or_open_to_all() -> None:
    assert set(get_args(ClientMessage)) == set(MAY) | FOR_EVERYBODY
    assert set(MAY) == set(TRIED)
    assert not set(MAY) & FOR_EVERYBODY


@pytest.mark.parametrize("who", STANDINGS)
@pytest.mark.parametrize("kind", TRIED, ids=lambda kind: kind.__struct_config__.tag)
def test_who_may_and_nobody_else(town: Town, kind: type[Request], who: str) -> None:
    scene = Scene(town)
    answer = _ask(scene.people[who], kind, TRIED[kind](scene))
    assert (answer.get("code") not in REFUSALS) == bool(STANDINGS[who] & MAY[kind]), answer


@pytest.mark.parametrize("kind", TRIED, ids=lambda kind: kind.__struct_config__.tag)
def test_a_stranger_learns_nothing_of_what_is_there(town: Town, kind: type[Request]) -> None:
    """R23: what is not theirs and what does not exist are one answer, to the letter."""
    scene = Scene(town)
    stranger, fields = scene.people["anyone"], TRIED[kind](scene)
    if "anyone" in MAY[kind]:
        return
    there = _ask(stranger, kind, fields)
    nowhere = {
        name: "no-such-thing" if value in (scene.group, scene.alert) else value for name, value in fields.items()
    }
    assert {**_ask(stranger, kind, nowhere), "id": None} == {**there, "id": None}


def _ask(phone: Phone, kind: type[Request], fields: dict[str, Any]) -> dict[str, Any]:
    return phone.ask(str(kind.__struct_config__.tag), **fields)
