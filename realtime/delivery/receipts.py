"""Whether alerts arrive: for each one's first dispatch, how many got it, and how soon they have said so.

Counts only, without persons: the sender learns the reach and nothing of this (R19), and who they were is forgotten
after a minute (R14).
"""

import logging
from collections.abc import Iterable, Mapping
from functools import partial
from itertools import product
from typing import Final, Literal, TypeAlias

from realtime.clock import Clock
from realtime.config import ConnectionSettings
from realtime.delivery.account import ACCOUNT_S, ACKNOWLEDGED_S, Account, device_of
from realtime.delivery.buckets import bucket_of
from realtime.delivery.chosen import Chosen
from realtime.delivery.rollcall import RollCall
from realtime.delivery.roster import Roster
from realtime.delivery.subscriber import Device, Subscriber
from realtime.delivery.unreached import Unreached
from realtime.delivery.views import NEAR_ONLY
from realtime.messages import LEVEL_NUMBER, Level, World
from realtime.tally import Tally
from storage.events import PROBE_ROLE, Alert

Outcome: TypeAlias = Literal["targeted", "written", "acknowledged", "not_reached"]

OUTCOMES: Final[tuple[Outcome, ...]] = ("targeted", "written", "acknowledged", "not_reached")
_RECIPIENTS: Final = (0, 4, 19, 99, 999, 9_999)  # the buckets of R19, then by tens

_log = logging.getLogger(__name__)


class Receipts:
    """One world's accounts, and what they came to. One timer for each alert of the last minute, none for recipients."""

    def __init__(
        self,
        world: World,
        clock: Clock,
        roster: Roster,
        unreached: Unreached,
        settings: ConnectionSettings,
    ) -> None:
        self._world = world
        self._clock = clock
        self._roster = roster
        self._unreached = unreached
        self._settings = settings
        self._accounts: dict[str, Account] = {}  # by alert
        self.recipients: dict[tuple[Level, Outcome], Tally] = {
            key: Tally(*_RECIPIENTS) for key in product(LEVEL_NUMBER, OUTCOMES)
        }
        self.delays: dict[Level, Tally] = {level: Tally(*ACKNOWLEDGED_S) for level in LEVEL_NUMBER}
        self.late: dict[Level, int] = dict.fromkeys(LEVEL_NUMBER, 0)
        self.asked = 0  # by a ping after a red
        self.silent = 0  # of these, closed because nothing was heard

    # --- an alert goes out ---

    def open(self, alert: Alert, chosen: Chosen, absent: Iterable[Device]) -> Account:
        """An alert is dispatched for the first time, to these; `absent` are near, and not connected."""
        account = self._accounts[alert.id] = Account(alert, chosen.copy(), self._roster, self._clock.monotonic())
        if alert.level == "red":
            self._unreached.add(alert, absent, NEAR_ONLY)
            account.timer = self._clock.call_later(self._settings.ack_timeout_s, partial(self._call_roll, account))
        else:
            self._close_in_time(account)
        return account

    def came_late(self, alert: Alert, count: int = 1) -> None:
        """So many got their first copy after the first dispatch: they walked in, came back, or were let in."""
        self.late[alert.level] += count
        if (account := self._accounts.get(alert.id)) is not None:
            account.late += count

    # --- what is heard of it ---

    def acknowledged(self, session: Subscriber, alert: str) -> None:
        """A client says that an alert was shown; nothing happens if it was sent none such, or has said so before."""
        if (account := self._accounts.get(alert)) is not None:
            account.acknowledge(session, self._clock.monotonic())

    def departed(self, session: Subscriber) -> None:
        """A session has ended, and its device is not back."""
        for account in self._accounts.values():
            if account.waits_for(session) and not account.was_there(session):
                self._lose(account, session)

    def returned(self, device: Device) -> None:
        """A device has said hello, and is given what it lacks."""
        self._unreached.returned(device)
        for account in self._accounts.values():
            account.lost.discard(device)

    def stop(self) -> None:
        """Drop all accounts, unclosed."""
        for account in self._accounts.values():
            if account.timer is not None:
                account.timer.cancel()
        self._accounts.clear()

    # --- within ---

    def _call_roll(self, account: Account) -> None:
        call = RollCall(account, self._clock, self._settings.probe_timeout_s, self._lose)

        def done() -> None:
            self.asked += call.asked
            self.silent += call.silent
            self._close_in_time(account)

        call.begin(done)

    def _lose(self, account: Account, session: Subscriber) -> None:
        self._unreached.add(account.alert, [device_of(session)], account.lose(session))

    def _close_in_time(self, account: Account) -> None:
        left_s = account.since + ACCOUNT_S - self._clock.monotonic()
        account.timer = self._clock.call_later(max(left_s, 0.0), partial(self._close, account))

    def _close(self, account: Account) -> None:
        """The minute is over: keep the counts, forget who they were."""
        if self._accounts.pop(account.alert.id, None) is None:
            return  # stopped meanwhile
        level, found = account.alert.level, account.outcomes()
        for outcome in OUTCOMES:
            self.recipients[level, outcome].add(found[outcome])
        self.delays[level].merge(account.delays)
        is_own = self._world == "exercise" and account.alert.role == PROBE_ROLE  # told by /health, not line by line
        if level == "red" and not is_own:
            self._log(account, found)

    def _log(self, account: Account, found: Mapping[str, int]) -> None:
        within = zip(ACKNOWLEDGED_S, account.delays.cumulated(), strict=False)
        soon = {f"acknowledged_in_{bound_s:g}_s": bucket_of(count) for bound_s, count in within}
        counts = {outcome: bucket_of(count) for outcome, count in found.items() if outcome != "acknowledged"}
        _log.info(
            "a red after a minute", extra={"world": self._world, **counts, **soon, "late": bucket_of(account.late)}
        )
