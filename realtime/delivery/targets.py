"""The recipients of one event and the variant that was chosen for each, in the order in which they are written to."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from realtime.delivery.roster import Numbers, Roster
from realtime.frames import Frames

_ORDER: Final = np.random.default_rng()


class Few(NamedTuple):
    """Some recipients in order: their numbers, each one's bytes, and the variant that these are of."""

    numbers: Numbers
    frames: list[bytes]
    variants: list[Frames]


class Targets:
    """Device numbers, each with one of a few variants."""

    __slots__ = ("_numbers", "_variants")

    def __init__(self) -> None:
        self._numbers: list[Numbers] = []
        self._variants: list[Frames] = []

    def add(self, numbers: Numbers | Sequence[int], frames: Frames) -> None:
        """Each of these numbers gets this variant; no number is added twice."""
        if len(numbers):
            self._numbers.append(np.asarray(numbers, np.int64))
            self._variants.append(frames)

    def __len__(self) -> int:
        return sum(map(len, self._numbers))

    def shuffled(self, roster: Roster) -> "Queue":
        """In an order that says nothing: nearest-first would tell two accounts who is between them (R19)."""
        order = _ORDER.permutation(len(self))
        numbers = np.concatenate(self._numbers)[order]
        which = np.repeat(np.arange(len(self._variants)), [len(each) for each in self._numbers])[order]
        return Queue(numbers, which << 1 | roster.is_binary[numbers], self._variants)


class Queue:
    """Who is left, in order."""

    __slots__ = ("_at", "_frames", "_numbers", "_variants", "_which")

    def __init__(self, numbers: Numbers, which: NDArray[np.int64], variants: list[Frames]) -> None:
        """`which` is for each number twice the place of its variant, and 1 more if it reads MessagePack."""
        self._numbers = numbers
        self._which = which
        self._variants = variants
        self._frames = [b""] * (2 * len(variants))
        for each in np.flatnonzero(np.bincount(which)).tolist():  # what nobody reads costs no encoding
            self._frames[each] = variants[each >> 1]["msgpack" if each & 1 else "json"]
        self._at = 0

    def __len__(self) -> int:
        return len(self._numbers) - self._at

    def take(self, count: int) -> Few:
        """The next of them, at most so many, who are left no more."""
        next_few = slice(self._at, self._at + count)
        self._at = min(self._at + count, len(self._numbers))
        which = self._which[next_few].tolist()
        frames = [self._frames[each] for each in which]
        return Few(self._numbers[next_few], frames, [self._variants[each >> 1] for each in which])
