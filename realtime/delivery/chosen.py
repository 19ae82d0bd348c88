"""Whom one alert concerns, and why: thousands for one and the same reason, and a few for reasons of their own."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from realtime.delivery.holds import Codes
from realtime.delivery.roster import Marks, Numbers, Roster
from realtime.delivery.views import ABOUT_ONLY, HELD_ONLY, NEAR_ONLY, Reasons

_HELD: Final = 1
_NEAR: Final = 2
_ABOUT: Final = 3
_OWN: Final = 4
_ALIKE: Final = {_NEAR: NEAR_ONLY, _HELD: HELD_ONLY, _ABOUT: ABOUT_ONLY}


class Cohort(NamedTuple):
    """Some for whom all that decides on their copy is the same; `code` is of what they hold."""

    reasons: Reasons
    code: int
    on_duty: bool
    is_muted: bool
    numbers: Numbers


class Chosen:
    """Everyone connected whom an alert concerns, each once with all reasons, by device number.

    Who is only near it, or only holds it or what it is about, is a mark in a column: no object of theirs is touched.
    """

    __slots__ = ("_kinds", "_own")

    def __init__(self, size: int) -> None:
        self._kinds = np.zeros(size, np.uint8)
        self._own: dict[int, Reasons] = {}

    def __len__(self) -> int:
        return int(np.count_nonzero(self._kinds))

    def __contains__(self, number: int) -> bool:
        return number < len(self._kinds) and bool(self._kinds[number])

    def copy(self) -> "Chosen":
        other = Chosen(0)
        other._kinds, other._own = self._kinds.copy(), dict(self._own)
        return other

    def numbers(self) -> Numbers:
        return np.flatnonzero(self._kinds)

    def reasons(self, number: int) -> Reasons:
        """Why this one, who is chosen."""
        if self._kinds[number] == _OWN:
            return self._own[number]
        return _ALIKE[int(self._kinds[number])]

    def add_near(self, numbers: Numbers) -> None:
        self._kinds[numbers] = _NEAR

    def add_tied(self, numbers: Numbers) -> None:
        """Choose also those who hold something that it is about, and have no other reason yet."""
        self._kinds[numbers[self._kinds[numbers] == 0]] = _ABOUT

    def add(self, number: int, reasons: Reasons) -> None:
        """Choose one for these reasons, instead of what was known before."""
        self._kinds[number] = _OWN
        self._own[number] = reasons

    def add_holders(self, codes: Codes) -> None:
        """Choose also who holds something of it, and has no other reason."""
        self._kinds[(codes != 0) & (self._kinds == 0)] = _HELD

    def keep_holders(self, codes: Codes) -> None:
        """Choose nobody who holds nothing of it."""
        self._kinds[codes == 0] = 0

    def count_new(self, codes: Codes) -> int:
        """How many of them hold nothing of it."""
        return int(np.count_nonzero(self._kinds[codes == 0]))

    def near_only(self, among: Marks) -> Numbers:
        """Those of some who are only near it."""
        return np.flatnonzero(among & (self._kinds == _NEAR))

    def among(self, marks: Marks) -> Numbers:
        """Those of some who are chosen."""
        return np.flatnonzero(marks & (self._kinds != 0))

    def spare(self, unwanted: Marks, codes: Codes) -> None:
        """Leave out who is only near it, has nothing of it, and does not want it."""
        self._kinds[unwanted & (codes == 0) & (self._kinds == _NEAR)] = 0

    def remove_each(self, marks: Marks) -> None:
        self._kinds[marks] = 0

    def remove(self, number: int) -> None:
        self._kinds[number] = 0

    def alike(self, codes: Codes, roster: Roster, muted: Marks | None) -> Iterator[Cohort]:
        """Everyone chosen, in groups with the same reasons, hold, duty, and whether they want no signal."""
        for kind, reasons in _ALIKE.items():
            numbers = np.flatnonzero(self._kinds == kind)
            yield from _alike(reasons, numbers, codes, roster, muted)
        by_reasons: dict[Reasons, list[int]] = {}
        for number, reasons in self._own.items():
            if self._kinds[number]:
                by_reasons.setdefault(reasons, []).append(number)
        for reasons, few in by_reasons.items():
            yield from _alike(reasons, np.array(few), codes, roster, muted)


def _alike(reasons: Reasons, numbers: Numbers, codes: Codes, roster: Roster, muted: Marks | None) -> Iterator[Cohort]:
    keys = codes[numbers].astype(np.int64) << 2 | roster.is_on_duty[numbers]
    if muted is not None:
        keys |= muted[numbers].astype(np.int64) << 1
    while len(numbers):  # most are alike, so that there are few rounds
        first = int(keys[0])
        same = keys == first
        yield Cohort(reasons, first >> 2, bool(first & 1), bool(first & 2), numbers[same])
        numbers, keys = numbers[~same], keys[~same]
