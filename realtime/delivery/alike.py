"""Reds that may be of the same thing: whoever was signalled for one is not signalled for the other too (R11, R35)."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.distance import metres_between
from realtime.clock import Clock
from realtime.delivery.alertbook import AlertBook, Record
from realtime.delivery.facts import Facts
from realtime.delivery.holds import Codes, Holds, hold_of
from realtime.delivery.roster import Numbers
from realtime.delivery.views import Reasons, verified_role
from realtime.messages import LEVEL_NUMBER
from storage.events import Alert
from storage.facts import Suspension, Withheld, post_key

Group = tuple[Reasons, int, bool, bool, Numbers]  # as `Chosen.alike` gives them

_RED: Final = LEVEL_NUMBER["red"]


class Alike:
    """Of one world. It is asked only about alerts that the book has in a pair, so that all others cost nothing.

    One red hushes another for whoever it has sounded for, while it goes on, is as near to it as when they were found
    alike, and nobody doubts it or bars its author. Nothing hushes a call for help, nor somebody with an office: whether
    that is the same thing is not for a machine to guess.
    """

    def __init__(self, alerts: AlertBook, holds: Holds, facts: Facts, clock: Clock, within_m: float) -> None:
        """`within_m`: how far apart two may be of the same thing."""
        self._alerts = alerts
        self._holds = holds
        self._facts = facts
        self._clock = clock
        self._within_m = within_m
        self._over: set[str] = set()  # those in a pair that have run out, and are known to have
        self.again: Callable[[Record], None] = lambda record: None  # told what is hushed no more
        facts.listen(Withheld, self._hidden)
        facts.listen(Suspension, self._barred)

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

    def run_out(self) -> list[Record]:
        """What is hushed no more because the other has ended by itself since this was asked last."""
        now, before = self._clock.now(), self._over
        found = (self._alerts.record(id) for id in self._alerts.alike)
        ended = [each for each in found if each is not None and each.alert.ended_at is None and not each.is_active(now)]
        self._over = {each.alert.id for each in ended}
        new = [each for each in ended if each.alert.id not in before]
        stirred = (other for each in new for other in self.stirred(each, self._alerts.alike[each.alert.id]))
        return list({other.alert.id: other for other in stirred}.values())

    def _hidden(self, before: Withheld | None, now: Withheld | None) -> None:
        """A moderator hides what an alert says, or shows it again."""
        if now is not None and now.alert is not None:
            self._doubted(self._alerts.record(now.alert))

    def _barred(self, before: Suspension | None, now: Suspension | None) -> None:
        """An account is suspended, or is so no more."""
        for record in () if now is None else list(self._alerts.of_author(now.user)):
            self._doubted(record)

    def _doubted(self, record: Record | None) -> None:
        pairs = () if record is None else self._alerts.alike.get(record.alert.id, ())
        for other in () if record is None else self.stirred(record, pairs):
            self.again(other)

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
                or (
                    may_be_hushed
                    and by.alert.level == "red"
                    and by.is_active(now)
                    and self._is_trusted(by.alert, now)
                    and self._is_near(by.alert, alert)
                )
            )
        ]

    def _is_trusted(self, alert: Alert, now: float) -> bool:
        if alert.unverified or alert.disputed or self._facts.get(Withheld, post_key(alert.id, None, None)) is not None:
            return False
        bar = self._facts.get(Suspension, alert.author)
        return bar is None or (bar.until is not None and bar.until <= now)

    def _is_near(self, one: Alert, other: Alert) -> bool:
        """Either may have moved since they were found alike, or be of another category."""
        if None not in (one.category, other.category) and one.category != other.category:
            return False
        return metres_between(one.public_lat, one.public_lon, other.public_lat, other.public_lon) <= self._within_m

    def _signalled(self, alert: str, number: int) -> int:
        hold = self._holds.get(alert, number)
        return 0 if hold is None else hold.signalled

    def _heard(self, alert: str) -> NDArray[np.bool_]:
        """By device number, whether an alert has sounded there as a red."""
        codes: Codes = self._holds.codes(alert)
        heard: NDArray[np.bool_] = (codes != 0) & ((codes - 1) & 3 >= _RED)
        return heard
