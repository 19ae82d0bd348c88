"""What each session has of each alert, in a column for each alert, by device number."""

from itertools import repeat
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from realtime.delivery.roster import Numbers, Roster
from realtime.delivery.subscriber import Hold

Codes: TypeAlias = NDArray[np.uint32]
"""By device number: what its session has of one alert, as `code_of` gives it; 0 for nothing."""

_SPARSE: Final = 32  # numbers to one holder, beyond which a dict is smaller than an array for all of them


def code_of(hold: Hold | None) -> int:
    return 0 if hold is None else (hold.revision << 2 | hold.signalled) + 1


def hold_of(code: int) -> Hold | None:
    return Hold(code - 1 >> 2, code - 1 & 3) if code else None


class Holds:
    """A session remembers what it was sent, and nothing else does: who got a public alert is location data (R14).

    So it ends with the session, and with the alert, whichever is first. It is kept here and not in the sessions because
    most of it is written for thousands at once. A column is an array only if it would otherwise be a larger dict, and
    is dropped when nobody has anything of its alert.
    """

    __slots__ = ("_columns", "_roster")

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._columns: dict[str, _Column] = {}

    def __len__(self) -> int:
        """Of how many alerts somebody has something."""
        return len(self._columns)

    def get(self, alert: str, number: int) -> Hold | None:
        column = self._columns.get(alert)
        return None if column is None else hold_of(column.get(number))

    def codes(self, alert: str) -> Codes:
        """What everybody has of an alert now, for the caller to keep."""
        column = self._columns.get(alert)
        return np.zeros(len(self._roster), np.uint32) if column is None else column.copy(len(self._roster))

    def holders(self, alert: str) -> Numbers:
        """Whose session has something of an alert."""
        return np.flatnonzero(self.codes(alert))

    def set(self, alert: str, number: int, hold: Hold | None) -> None:
        """From now on this session has that, or nothing."""
        column = self._column(alert)
        column.set(number, code_of(hold), len(self._roster))
        if not column.holders:
            del self._columns[alert]

    def set_each(self, alert: str, numbers: Numbers, hold: Hold) -> None:
        """From now on all of these have that."""
        if len(numbers):
            self._column(alert).set_each(numbers, code_of(hold), len(self._roster))

    def leave(self, number: int) -> None:
        """The session of this number has ended: whoever has the number next holds nothing.

        Takes some 60 ns for each alert of which anybody has something.
        """
        for alert, column in list(self._columns.items()):
            if column.get(number):
                self.set(alert, number, None)

    def forget(self, alert: str) -> None:
        """Nobody shows this alert any more."""
        self._columns.pop(alert, None)

    def _column(self, alert: str) -> "_Column":
        column = self._columns.get(alert)
        if column is None:
            column = self._columns[alert] = _Column()
        return column


class _Column:
    """One alert's codes: a dict while few have it, then an array."""

    __slots__ = ("_all", "_few", "holders")

    def __init__(self) -> None:
        self._few: dict[int, int] = {}
        self._all: Codes | None = None
        self.holders = 0

    def get(self, number: int) -> int:
        if self._all is None:
            return self._few.get(number, 0)
        return int(self._all[number]) if number < len(self._all) else 0

    def copy(self, size: int) -> Codes:
        """All codes, of numbers below `size`."""
        codes = np.zeros(size, np.uint32)
        if self._all is not None:
            known = self._all[:size]
            codes[: len(known)] = known
        elif self._few:
            codes[list(self._few)] = list(self._few.values())
        return codes

    def set(self, number: int, code: int, size: int) -> None:
        self.holders += bool(code) - bool(self.get(number))
        if (column := self._array(size)) is not None:
            column[number] = code
        elif code:
            self._few[number] = code
        else:
            self._few.pop(number, None)

    def set_each(self, numbers: Numbers, code: int, size: int) -> None:
        if (column := self._array(size, len(numbers))) is not None:
            self.holders += int(np.count_nonzero(column[numbers] == 0))
            column[numbers] = code
        else:
            self._few.update(zip(numbers.tolist(), repeat(code)))
            self.holders = len(self._few)

    def _array(self, size: int, more: int = 0) -> Codes | None:
        """The array, with room for all numbers below `size`; None if with so many more holders it is still a dict."""
        if self._all is None and _SPARSE * (self.holders + more) < size:
            return None
        if self._all is None or len(self._all) < size:
            self._all, self._few = self.copy(size + size // 4), {}
        return self._all
