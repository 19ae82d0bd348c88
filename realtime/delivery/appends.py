"""Appending to the log, timed and counted."""

from collections.abc import Sequence

from realtime.clock import Clock
from realtime.tally import Tally
from storage.events import Entry, LoggedEvent
from storage.log import AlreadyStored, EventLog


class Appends:
    """The log's `append`, and how it went so far. What was stored before is no failure: it is the answer to a retry."""

    def __init__(self, log: EventLog, clock: Clock) -> None:
        self._log = log
        self._clock = clock
        self.seconds = Tally(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)  # each, failed or not
        self.entries = Tally(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)  # in each
        self.failures = 0

    async def append(self, entries: Sequence[Entry]) -> list[LoggedEvent]:
        began = self._clock.monotonic()
        try:
            return await self._log.append(entries)
        except AlreadyStored:
            raise
        except Exception:
            self.failures += 1
            raise
        finally:
            self.seconds.add(self._clock.monotonic() - began)
            self.entries.add(len(entries))
