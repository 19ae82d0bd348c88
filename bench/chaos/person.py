"""One person: devices, groups, alerts of their own, and the requests that they make."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final
from uuid import UUID

from bench.chaos.asking import Asked
from bench.chaos.device import Device
from bench.chaos.records import Answer, Request

TWICE: Final = 0.1  # of requests are said twice at once
ELSEWHERE: Final = 0.1  # are said on another device too
AFTERWARDS: Final = 0.05  # are said again when they have been answered
FORGOTTEN: Final = 0.5  # of reds are not asked again once they went out without being stored


@dataclass(slots=True)
class OwnAlert:
    """An alert as its author knows it. One update at a time, so that revisions come in the order of asking."""

    id: str
    level: str
    at: tuple[float, float]
    device: Device
    until_stored: bool
    updates: int = 0
    is_busy: bool = False
    has_ended: bool = False


@dataclass(slots=True)
class OwnMessage:
    """A message as its author knows it; it is revised once at a time."""

    group: str
    seq: int
    revisions: int = 0
    is_busy: bool = False
    is_over: bool = False


@dataclass(slots=True)
class Person:
    number: int
    chance: Random
    devices: list[Device] = field(default_factory=list)
    asked: dict[str, Asked] = field(default_factory=dict)
    groups: dict[int, str] = field(default_factory=dict)  # by number, as far as known: those that they are in
    alerts: list[OwnAlert] = field(default_factory=list)
    messages: list[OwnMessage] = field(default_factory=list)
    is_moving: bool = False  # between asking to join or leave, and the answer

    def ask(
        self,
        type: str,
        body: dict[str, Any],
        answered: Callable[[Answer], None] = lambda answer: None,
        *,
        device: Device | None = None,
        until_stored: bool = True,
        is_in_order: bool = False,
    ) -> Request:
        """Ask for something to be stored, and go on until it is answered.

        `is_in_order`: it must not reach the server by two ways, for something that is asked next builds on it.
        """
        chance = self.chance
        device = device or chance.choice(self.devices)
        request = Request(str(UUID(int=chance.getrandbits(128), version=4)), self.number, type, body)
        asked = Asked(request, device, answered, until_stored=until_stored)
        self.asked[request.id] = asked
        device.pending[request.id] = asked
        device.ask(asked)
        if chance.random() < TWICE:
            device.ask(asked)
        if not is_in_order:
            if chance.random() < ELSEWHERE:
                chance.choice(self.devices).ask(asked)
            if chance.random() < AFTERWARDS:
                asyncio.get_running_loop().call_later(chance.uniform(1, 15), self.again, asked)
        return request

    def again(self, asked: Asked) -> bool:
        """Ask once more what has been answered: the answer must be the same."""
        return asked.request.stored is not None and self.chance.choice(self.devices).ask(asked)

    def end_what_is_in_doubt(self) -> None:
        """Alerts that were given up before they were stored: the answer tells whether they are."""
        for alert in self.alerts:
            if not alert.until_stored and not alert.has_ended and self._is_in_doubt(alert):
                self.ask("update", {"alert": alert.id, "state": "closed"}, device=alert.device, is_in_order=True)

    def _is_in_doubt(self, alert: OwnAlert) -> bool:
        answers = (answer for asked in self.asked.values() for answer in asked.request.answers)
        return not any(answer.made == alert.id and answer.durable and answer.error is None for answer in answers)

    @property
    def has_all_answers(self) -> bool:
        return all(asked.is_done for asked in self.asked.values())
