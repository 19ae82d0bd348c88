"""Logs in memory that a test can stop, fill, and kill at the worst moment."""

import asyncio
from collections.abc import Callable, Sequence

from storage.events import Entry, LoggedEvent
from storage.log import StorageError
from storage.memory import MemoryStore


class Disk(MemoryStore):
    """A log that a test can stop in the middle, before or after it has stored, or make refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.is_stopped = False
        self.stores_before_it_stops = False
        self.is_full: Callable[[Sequence[Entry]], bool] = lambda entries: False
        self.batches: list[int] = []
        self._go = asyncio.Event()

    def stop(self, *, after_storing: bool = False) -> None:
        """From now on an append does not return; `after_storing`: although it is on the disk."""
        self.is_stopped = True
        self.stores_before_it_stops = after_storing
        self._go = asyncio.Event()

    def go_on(self) -> None:
        self.is_stopped = False
        self._go.set()

    async def append(self, entries: Sequence[Entry]) -> list[LoggedEvent]:
        go = self._go
        if self.is_stopped and not self.stores_before_it_stops:
            await go.wait()
        if self.is_full(entries):
            raise StorageError("no space left on device")
        self.batches.append(len(entries))
        logged = await super().append(entries)
        if self.is_stopped:
            await go.wait()
        return logged
