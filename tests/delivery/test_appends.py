"""Appends to the log are timed and counted, and are otherwise the log's own."""

from collections.abc import Sequence
from typing import Any

import pytest

from realtime.delivery.appends import Appends
from storage.events import Entry, LoggedEvent
from storage.log import AlreadyStored, StorageError
from tests.fakes import FakeClock


class Disk:
    """Takes 20 ms, and then does what it is told to."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.error: Exception | None = None

    async def append(self, entries: Sequence[Entry]) -> list[LoggedEvent]:
        self._clock.stall(0.02)
        if self.error is not None:
            raise self.error
        return []


async def test_each_is_timed_and_only_what_could_not_be_stored_is_a_failure() -> None:
    clock = FakeClock()
    disk: Any = Disk(clock)
    appends, entries = Appends(disk, clock), [object()] * 3
    assert await appends.append(entries) == []  # type: ignore[arg-type]
    for disk.error in (StorageError("full"), RuntimeError("a bug"), AlreadyStored({})):
        with pytest.raises(type(disk.error)):
            await appends.append(entries)  # type: ignore[arg-type]
    assert appends.failures == 2  # a retry of what is stored is none
    assert (len(appends.seconds), appends.seconds.total) == (4, pytest.approx(0.08))
    assert (len(appends.entries), appends.entries.total) == (4, 12)
