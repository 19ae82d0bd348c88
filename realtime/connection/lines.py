"""Sockets that take a frame at once, by the number of their file: how one event gets to many without touching each."""

import os
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

NO_FILE: Final = -1


class Lines:
    """Which sockets are open with nothing waiting, and how many frames each was given past its transport.

    A transport says of its own file when that changes; until `connection_lost` returns the number is nobody else's.
    The last row stands for no file, and is never ready.
    """

    __slots__ = ("_is_ready", "_written")

    def __init__(self) -> None:
        self._is_ready = np.zeros(64, np.bool_)
        self._written = np.zeros(64, np.int64)

    def opened(self, file: int, is_ready: bool) -> None:
        """A connection begins on this file, and was given nothing yet."""
        while file >= len(self._is_ready) - 1:
            self._is_ready = np.concatenate([self._is_ready, np.zeros_like(self._is_ready)])
            self._written = np.concatenate([self._written, np.zeros_like(self._written)])
        self._written[file] = 0
        self._is_ready[file] = is_ready

    def set_ready(self, file: int, is_ready: bool) -> None:
        """Whether a frame may be written to this file now, and would overtake nothing."""
        self._is_ready[file] = is_ready

    def written(self, file: int) -> int:
        """How many frames this connection was given here."""
        return int(self._written[file])

    def write(self, files: NDArray[np.int32], frames: Sequence[bytes]) -> list[tuple[int, int]]:
        """Hand each of these files its frame, no file twice; returns the places of those that were not given theirs.

        With each comes how many of its bytes the kernel has: the rest is for its transport. Never raises.
        """
        left: list[tuple[int, int]] = []
        for place, file in enumerate(np.where(self._is_ready[files], files, NO_FILE).tolist()):
            if file < 0:
                left.append((place, 0))
                continue
            frame = frames[place]
            try:
                taken = os.write(file, frame)
            except OSError:  # full, or lost: the transport finds out which
                taken = 0
            if taken < len(frame):
                left.append((place, taken))
        self._written[files] += 1
        if left:
            self._written[files[[place for place, _ in left]]] -= 1
        return left
