"""What a client tells of what has arrived: which alerts were shown, and how many frames came."""

from collections.abc import Callable
from typing import Final

from realtime.clock import Clock, Timer
from realtime.messages import Ack

PAUSE_S: Final = 1.0  # between two acknowledgements; the first is said at once
COUNT_EVERY_S: Final = 120.0  # how often the count is said although nothing was shown
MAX_ALERTS: Final = 300  # in one message


class Acknowledgements:
    """Gathers what was shown; `wake` is called when there is something to say, and `due` then gives it."""

    def __init__(self, clock: Clock, wake: Callable[[], None]) -> None:
        self._clock = clock
        self._wake = wake
        self._shown: dict[str, None] = {}  # in order
        self._pause: Timer | None = None
        self._counted_at = clock.monotonic()
        self._owes_count = False

    def shown(self, alert: str) -> None:
        self._shown[alert] = None
        if self._pause is None:
            self._wake()

    def heartbeat(self) -> None:
        """The server's count agrees with ours: now and then it is told so."""
        if self._clock.monotonic() - self._counted_at >= COUNT_EVERY_S:
            self._owes_count = True
            self._wake()

    def due(self, delivered: int) -> Ack | None:
        """What to say now, with how many frames have arrived; None if nothing is due."""
        if self._pause is not None or not (self._shown or self._owes_count):
            return None
        return Ack(alerts=tuple(self._shown)[:MAX_ALERTS], delivered=delivered)

    def said(self, ack: Ack) -> None:
        """It is on its way; what could not be sent is due again on the next connection."""
        for alert in ack.alerts:
            del self._shown[alert]
        self._pause = self._clock.call_later(PAUSE_S, self._go_on)
        self._counted_at, self._owes_count = self._clock.monotonic(), False

    def stop(self) -> None:
        if self._pause is not None:
            self._pause.cancel()

    def _go_on(self) -> None:
        self._pause = None
        if self._shown or self._owes_count:
            self._wake()
