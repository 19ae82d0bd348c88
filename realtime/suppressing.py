"""Numbers as they may be told: none that says anything about one person, alone or by subtraction (R19).

The one rule for all counts that leave the server: those of a report and those that anyone may ask for.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

LEAST: Final = 5
_STEP: Final = 5
FEW: Final = f"<{LEAST}"
HIDDEN: Final = "–"
Told: TypeAlias = int | str
"""A count to the nearest 5; FEW for fewer, none at all included; HIDDEN for any number, to hide another."""


def published(number: int) -> Told:
    """One count by itself."""
    return FEW if number < LEAST else (number + _STEP // 2) // _STEP * _STEP


def protected(numbers: Sequence[int]) -> list[Told]:
    """The parts of one total, so that no part of some is certain, even to who knows the total exactly.

    Rounding alone is not enough: of 4, 12 and 12 it tells that the small one is 4. So beside a small part one more is
    hidden, the next in turn and not the smallest, which would bound it. Where all parts are small and the total is
    about as big as they can make it, all are hidden.
    """
    told = [published(number) for number in numbers]
    if FEW not in told:
        return told
    if all(each == FEW for each in told):
        total = sum(numbers)
        is_full = total >= LEAST and (LEAST - 1) * len(told) - total < LEAST - 1
        return [HIDDEN] * len(told) if is_full else told
    place = told.index(FEW)
    while told[place] == FEW:
        place = (place + 1) % len(told)
    told[place] = HIDDEN
    return told


def per_cent(part: Told, total: Told) -> int | None:
    """A share in whole per cents, from what is told alone; None where that is too little."""
    return min(100, round(100 * part / total)) if isinstance(part, int) and isinstance(total, int) else None


def share(part: Told, total: Told) -> str:
    """The same as text; nothing where that is too little."""
    found = per_cent(part, total)
    return "" if found is None else f"{found} %"
