"""Where a client's device is, and what of it is to be said next."""

from collections.abc import Callable

from realtime.clock import Clock, Timer
from realtime.messages import GivenPosition, Position


class OwnPosition:
    """The last position only: of two that wait to be said, nobody needs the older.

    It is renewed, without coordinates, three times within what the server keeps it. `wake` is called when `due` has
    something to say.
    """

    def __init__(self, clock: Clock, wake: Callable[[], None]) -> None:
        self._clock = clock
        self._wake = wake
        self._given: GivenPosition | None = None
        self._given_at = 0.0  # monotonic
        self._withdrawn = False
        self._due: Position | None = None
        self._renewal: Timer | None = None
        self._ttl_s: float | None = None

    def give(self, given: GivenPosition) -> None:
        self._given, self._given_at, self._withdrawn = given, self._clock.monotonic(), False
        self._say_again()
        self._renew_later()

    def withdraw(self) -> None:
        self._given, self._withdrawn = None, True
        self._due = Position(withdraw=True)
        self._wake()

    def for_hello(self) -> GivenPosition | None:
        """The last position, with the age that it has by now; nothing but a later one is due any more."""
        self._due = None
        return self._current()

    def begin(self, ttl_s: float) -> None:
        """A session began. A withdrawal is said again each time: the one before may not have arrived."""
        self._ttl_s = ttl_s
        if self._withdrawn:
            self._due = Position(withdraw=True)
        self._renew_later()

    def unknown(self) -> None:
        """The server has none to renew: say it again, whole."""
        self._say_again()

    def take_due(self) -> Position | None:
        due, self._due = self._due, None
        return due

    def stop(self) -> None:
        if self._renewal is not None:
            self._renewal.cancel()

    def _current(self) -> GivenPosition | None:
        if (given := self._given) is None:
            return None
        age_s = min(given.age_s + self._clock.monotonic() - self._given_at, 86_400.0)
        return GivenPosition(lat=given.lat, lon=given.lon, accuracy_m=given.accuracy_m, age_s=age_s)

    def _say_again(self) -> None:
        if (given := self._current()) is not None:
            self._due = Position(lat=given.lat, lon=given.lon, accuracy_m=given.accuracy_m, age_s=given.age_s)
            self._wake()

    def _renew_later(self) -> None:
        self.stop()
        if self._ttl_s is not None and self._given is not None:
            self._renewal = self._clock.call_later(self._ttl_s / 3, self._renew)

    def _renew(self) -> None:
        if self._given is not None:
            self._due = self._due or Position(renew=True)
            self._wake()
            self._renew_later()
