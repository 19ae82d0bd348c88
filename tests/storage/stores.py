"""Every store there is, for the suite that all must pass. Another one is another line in STORES."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

from storage.counts import Counts
from storage.directory import Directory
from storage.log import EventLog
from storage.markers import Markers
from storage.memory import MemoryStore
from storage.sql import SqlStore


class Store(EventLog, Directory, Markers, Counts, Protocol):
    """What the server is given: all in one."""


@asynccontextmanager
async def in_memory(_: Path) -> AsyncIterator[Store]:
    yield MemoryStore()


@asynccontextmanager
async def in_sqlite(folder: Path) -> AsyncIterator[SqlStore]:
    store = await SqlStore.open(folder)
    try:
        yield store
    finally:
        await store.close()


STORES: dict[str, Callable[[Path], AbstractAsyncContextManager[Store]]] = {"memory": in_memory, "sqlite": in_sqlite}
