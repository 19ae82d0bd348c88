"""What became of one alert in its first minute: counts, and until then who has not answered yet."""

from math import inf
from typing import Final

from realtime.clock import Timer
from realtime.delivery.chosen import Chosen
from realtime.delivery.roster import Roster
from realtime.delivery.subscriber import Device, Subscriber
from realtime.delivery.views import Reasons
from realtime.tally import Tally
from storage.events import Alert

ACCOUNT_S: Final = 60.0  # for how long it is known to whom an alert went
ACKNOWLEDGED_S: Final = (0.1, 0.25, 1.0, 5.0, ACCOUNT_S)


def device_of(session: Subscriber) -> Device:
    return session.identity.user, session.device


class Account:
    """The recipients of an alert's first dispatch. Who got a public alert is location data (R14): nothing here is
    stored or told, and the owner drops it after ACCOUNT_S.

    A recipient is reached who has acknowledged, or who was heard after being asked; somebody who is gone before, or
    whose socket never took the frame, is lost, until their device is back.
    """

    __slots__ = ("_attached", "_gone", "_queued", "_roster", "_waiting", "_withheld", "alert", "asked_at", "delays",
                 "late", "lost", "since", "targeted", "timer")  # fmt: skip

    def __init__(self, alert: Alert, recipients: Chosen, roster: Roster, now: float) -> None:
        """`recipients` is the account's own from now on. Times are monotonic."""
        self.alert = alert
        self.since = now
        self.asked_at = inf if alert.level == "red" else now  # a red's recipients are asked by a ping; others are not
        self.targeted = len(recipients)
        self._waiting = recipients  # who has neither acknowledged nor been lost
        self._roster = roster
        self._attached = roster.attached  # a number that is taken later is none of theirs
        self.lost: set[Device] = set()
        self.late = 0  # first copies that went out later, to whoever walked in or came back
        self.delays = Tally(*ACKNOWLEDGED_S)
        self.timer: Timer | None = None
        self._queued: dict[Subscriber, int] = {}  # whose socket did not take it at once: the frame's number there
        self._withheld = 0
        self._gone = 0  # before it was their turn

    # --- from the fan-out ---

    def not_written(self, session: Subscriber | None) -> None:
        """The frame waits for this recipient's socket, or the session is closed, or (None) gone."""
        if session is None:
            self._gone += 1
        else:
            self._queued[session] = session.delivered

    def withhold(self, session: Subscriber) -> None:
        """This recipient may not have it any more, and has not got it."""
        if self._take(session):
            self._withheld += 1

    # --- from the client ---

    def acknowledge(self, session: Subscriber, now: float) -> None:
        """It was shown to the person. Only a recipient's first word counts, and none that comes after its end."""
        if self._take(session):
            self._queued.pop(session, None)
            self.delays.add(now - self.since)

    def lose(self, session: Subscriber) -> Reasons:
        """A recipient is gone without a sign of having had it; why it was one."""
        self.lost.add(device_of(session))
        reasons = self._waiting.reasons(session.number)
        self._waiting.remove(session.number)
        return reasons

    def _take(self, session: Subscriber) -> bool:
        """Wait for somebody no more; False if nobody did."""
        is_waiting = self.waits_for(session)
        if is_waiting:
            self._waiting.remove(session.number)
        return is_waiting

    # --- what it comes to ---

    def waits_for(self, session: Subscriber) -> bool:
        """Whether this is a recipient who has neither acknowledged nor been lost."""
        return self._roster.since[session.number] <= self._attached and session.number in self._waiting

    def waiting(self) -> list[Subscriber]:
        """Those who are still connected."""
        found = (self._roster.session(number, self._attached) for number in self._waiting.numbers().tolist())
        return [session for session in found if session is not None]

    def is_written(self, session: Subscriber) -> bool:
        """Whether the kernel has taken this recipient's frame."""
        number = self._queued.get(session)
        return number is None or session.has_written(number)

    def was_there(self, session: Subscriber) -> bool:
        """Whether a recipient who has not acknowledged gave a sign of life after it had been asked for one."""
        return self.is_written(session) and session.last_heard >= self.asked_at

    def outcomes(self) -> dict[str, int]:
        """How many were chosen, written to, have acknowledged, and were not reached."""
        queued = sum(not session.has_written(number) for session, number in self._queued.items())
        return {
            "targeted": self.targeted,
            "written": self.targeted - self._withheld - self._gone - queued,
            "acknowledged": len(self.delays),
            "not_reached": len(self.lost),
        }
