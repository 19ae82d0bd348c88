"""A real store whose disk a test can stop."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from storage.events import Entry, LoggedEvent
from storage.log import StorageError
from storage.sql import SqlStore
from tests.foreign import PATIENCE_S


class StubbornStore:
    """Appends wait while it is stalled, and fail while it is full; everything else goes to the real one."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._go_on = asyncio.Event()
        self._go_on.set()
        self._asked = asyncio.Event()
        self.is_full = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @classmethod
    async def open(cls, folder: Path) -> Self:
        return cls(await SqlStore.open(folder))

    async def append(self, entries: Sequence[Entry]) -> list[LoggedEvent]:
        self._asked.set()
        await self._go_on.wait()
        if self.is_full:
            raise StorageError("the disk is full")
        return await self._store.append(entries)

    def stall(self) -> None:
        self._go_on.clear()
        self._asked.clear()

    async def asked(self) -> None:
        """Wait until something stands before the stalled disk."""
        async with asyncio.timeout(PATIENCE_S):
            await self._asked.wait()

    def go_on(self) -> None:
        self._go_on.set()
