"""Numbers that are counted as they happen, and read when somebody asks: plain, so that counting costs next to none."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self, TypeAlias


class Tally:
    """How many values were at most each bound, and their sum. The bounds rise."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, *bounds: float) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)  # above the bound before, and at most this one; the last is above all
        self.total = 0.0

    def __len__(self) -> int:
        return sum(self.counts)

    def add(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def merge(self, other: Self) -> None:
        """Add all that another one of the same bounds has."""
        self.counts = [mine + its for mine, its in zip(self.counts, other.counts, strict=True)]
        self.total += other.total

    def cumulated(self) -> list[int]:
        """How many values were at most each bound, and last how many there were."""
        so_far, found = 0, []
        for count in self.counts:
            so_far += count
            found.append(so_far)
        return found


Values: TypeAlias = Mapping[tuple[str, ...], float | Tally]  # by the values of the labels


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that the server can say of itself in numbers, for each combination of its labels' values.

    A `counter` only rises; a `gauge` is how it is now; a `histogram` has a Tally for each.
    """

    kind: Literal["counter", "gauge", "histogram"]
    name: str
    meaning: str
    values: Values
    labels: tuple[str, ...] = ()
