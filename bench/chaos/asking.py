"""Requests that must be stored, each asked again, unchanged, until it is answered for good."""

from collections.abc import Callable
from typing import Any, Final, Protocol

from bench.chaos.records import Answer, Request, Sent

TEMPORARY: Final = frozenset({"rate_limited", "not_stored", "internal", "busy"})
AGAIN_S: Final = 5.0  # unanswered for so long on a connection that is there: say it again


class Speaker(Protocol):
    """A device, as far as a request needs it."""

    def ask(self, asked: "Asked") -> bool:
        """Send it now, if connected."""


class Asked:
    """One request on its way. `device` asks, and asks again; `answered` is called once, with the first real answer.

    `until_stored`: go on asking after an `ok` that is not durable. Not to is what `protocol.md` lets a client do.
    """

    __slots__ = ("_answered", "_is_told", "device", "due", "is_done", "request", "until_stored")

    def __init__(
        self, request: Request, device: Speaker, answered: Callable[[Answer], None], *, until_stored: bool
    ) -> None:
        self.request = request
        self.device = device
        self.until_stored = until_stored
        self.due = 0.0
        self.is_done = False
        self._answered = answered
        self._is_told = False

    def message(self) -> dict[str, Any]:
        return {"type": self.request.type, "id": self.request.id, **self.request.body}

    def sent(self, at: float, device: int, connection: int) -> None:
        self.request.sent.append(Sent(at, device, connection))
        self.due = at + AGAIN_S

    def heard(self, answer: Answer, retry_after_s: float | None) -> None:
        """Write an answer down, and see whether it is the last word."""
        self.request.answers.append(answer)
        if self.is_done:
            return
        if answer.error in TEMPORARY:
            self.due = answer.at + (retry_after_s or 1.0)
        elif answer.error is not None or answer.durable:
            self._finish(answer)
        elif self.until_stored:
            self._tell(answer)
        else:
            self.request.given_up = True
            self._finish(answer)

    def stored(self, alert: str, revision: int) -> None:
        """`stored` has come: is it this one's?"""
        if not self.is_done and any((a.made, a.revision) == (alert, revision) for a in self.request.answers):
            self.is_done = True

    def _finish(self, answer: Answer) -> None:
        self.is_done = True
        self._tell(answer)

    def _tell(self, answer: Answer) -> None:
        if not self._is_told:
            self._is_told = True
            self._answered(answer)
