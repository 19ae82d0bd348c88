"""Reds that may be of the same thing: whoever was signalled for one is not signalled for the other too (R11, R35)."""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from realtime.clock import Clock
from realtime.delivery.alertbook import AlertBook, Record
from realtime.delivery.holds import Codes, Holds, hold_of
from realtime.delivery.roster import Numbers
from realtime.delivery.views import Reasons, verified_role
from realtime.messages import LEVEL_NUMBER

Group = tuple[Reasons, int, bool, bool, Numbers]  # as `Chosen.alike` gives them

_RED: Final = LEVEL_NUMBER["red"]


class Alike:
    """Of one world. It is asked only about alerts that the book has in a pair, so that all others cost nothing.

    One red hushes another for whoever it has sounded for, while it goes on and nobody doubts it. Nothing hushes a call
    for help, nor somebody with an office: whether that is the same thing is not for a machine to guess.
    """

    def __init__(self, alerts: AlertBook, holds: Holds, clock: Clock) -> None:
        self._alerts = alerts
        self._holds = holds
        self._clock = clock

    def concerns(self, record: Record) -> bool:
        """Whether an alert is in a pair: nothing else is to be asked of any other."""
        return record.alert.id in self._alerts.alike

    def parted(self, record: Record, groups: Iterable[Group]) -> Iterator[Group]:
        """The same recipients, quiet where they have been signalled for what may be the same."""
        hushing = [self._heard(by.alert.id) for by in self._hushing(record)]
        heard = np.logical_or.reduce(hushing) if hushing else None
        for reasons, code, on_duty, is_muted, numbers in groups:
            hold = hold_of(code)
            if heard is None or (hold is not None and hold.signalled >= _RED):
                yield reasons, code, on_duty, is_muted, numbers
                continue
            is_quiet = heard[numbers]
            if len(loud := numbers[~is_quiet]):
                yield reasons, code, on_duty, is_muted, loud
            if len(hushed := numbers[is_quiet]):
                yield reasons._replace(quiet=True), code, on_duty, is_muted, hushed

    def for_one(self, record: Record, number: int, reasons: Reasons) -> Reasons:
        """The same for one recipient."""
        if self._signalled(record.alert.id, number) >= _RED:
            return reasons
        is_quiet = any(self._signalled(by.alert.id, number) >= _RED for by in self._hushing(record))
        return reasons._replace(quiet=True) if is_quiet else reasons

    def carry(self, record: Record, number: int | None = None) -> None:
        """Whoever was signalled for what was merged into an alert is told of its end as if signalled for that.

        `number`: only this one; None: everybody.
        """
        id = record.alert.id
        for merged in self._alerts.merged.get(id, ()):
            if number is not None:
                hold = self._holds.get(id, number)
                if hold is not None and self._signalled(merged, number) > hold.signalled:
                    self._holds.set(id, number, hold._replace(signalled=_RED))
                continue
            codes = self._holds.codes(id)
            codes[~self._heard(merged)] = 0
            for code in np.unique(codes[codes != 0]).tolist():
                if (hold := hold_of(code)) is not None:
                    self._holds.set_each(id, np.flatnonzero(codes == code), hold._replace(signalled=_RED))

    def stirred(self, record: Record, pairs: Iterable[str]) -> list[Record]:
        """Of those with which an alert was in a pair, what has to be sent again now that it has changed.

        That it was merged into, for those who lack it; and whatever it does not hush any more.
        """
        found = (self._alerts.record(id) for id in pairs)
        now = self._clock.now()
        active = [other for other in found if other is not None and other.is_active(now)]
        return [o for o in active if record.alert.merged_into == o.alert.id or record not in self._hushing(o)]

    def _hushing(self, record: Record) -> list[Record]:
        """The alerts that speak for this one to whoever has been signalled for them."""
        alert, now = record.alert, self._clock.now()
        if alert.level != "red" or not record.is_active(now):
            return []
        may_be_hushed = alert.kind != "help" and verified_role(alert.role, alert.issuer) is None
        found = (self._alerts.record(id) for id in self._alerts.alike.get(alert.id, ()))
        return [
            by
            for by in found
            if by is not None
            and (
                by.alert.merged_into == alert.id
                or (may_be_hushed and _is_trusted(by) and by.alert.level == "red" and by.is_active(now))
            )
        ]

    def _signalled(self, alert: str, number: int) -> int:
        hold = self._holds.get(alert, number)
        return 0 if hold is None else hold.signalled

    def _heard(self, alert: str) -> NDArray[np.bool_]:
        """By device number, whether an alert has sounded there as a red."""
        codes: Codes = self._holds.codes(alert)
        heard: NDArray[np.bool_] = (codes != 0) & ((codes - 1) & 3 >= _RED)
        return heard


def _is_trusted(record: Record) -> bool:
    return not record.alert.unverified and not record.alert.disputed
