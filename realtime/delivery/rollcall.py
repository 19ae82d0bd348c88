"""Asking those who have not acknowledged a red whether they are there, and sending away who is not, to come back."""

from collections.abc import Callable
from typing import Final

from realtime.clock import Clock
from realtime.delivery.account import ACCOUNT_S, Account
from realtime.delivery.slices import in_slices
from realtime.delivery.subscriber import Subscriber
from realtime.errors import CloseCode

MAX_LATE_S: Final = 0.25
"""If we are later than this, it was we who were away: the answers lie unread in the kernel, because timers go first."""


class RollCall:
    """One alert's: a ping to each, and a look later at who was heard.

    A phone in a tunnel leaves a socket that takes everything. Only its silence tells, and the sooner it is cut off, the
    sooner it comes back and catches up. Who answers pings and never acknowledges is left alone: not every client does.
    """

    def __init__(
        self, account: Account, clock: Clock, timeout_s: float, lose: Callable[[Account, Subscriber], None]
    ) -> None:
        """`lose` is told who has not answered, before the session is closed."""
        self._account = account
        self._clock = clock
        self._timeout_s = timeout_s
        self._lose = lose
        self._asked: list[Subscriber] = []
        self.asked = 0
        self.silent = 0

    def begin(self, then: Callable[[], None]) -> None:
        """Ask all who are waited for; `then` is called when those are closed who did not answer."""
        self._then = then
        self._account.asked_at = self._clock.monotonic()
        in_slices(self._clock, self._account.waiting(), self._ask, self._wait)

    def _ask(self, session: Subscriber) -> None:
        # Who has not even been written to is not asked: the outbox has a limit of its own, and the ping would wait too.
        if self._owes_an_answer(session) and self._account.is_written(session):
            self._asked.append(session)
            self.asked += 1
            session.ping()

    def _wait(self) -> None:
        self._due = self._clock.monotonic() + self._timeout_s
        self._account.timer = self._clock.call_later(self._timeout_s, self._look)

    def _look(self) -> None:
        now = self._clock.monotonic()
        if now - self._due <= MAX_LATE_S:
            in_slices(self._clock, self._asked, self._close_if_silent, self._then)
        elif now + self._timeout_s < self._account.since + ACCOUNT_S:
            self._wait()
        else:
            self._then()

    def _close_if_silent(self, session: Subscriber) -> None:
        if self._owes_an_answer(session) and not self._account.was_there(session):
            self.silent += 1
            self._lose(self._account, session)
            session.close(CloseCode.SILENT, "no sign of life after an alert; come back")

    def _owes_an_answer(self, session: Subscriber) -> bool:
        return session.is_open and self._account.waits_for(session)
