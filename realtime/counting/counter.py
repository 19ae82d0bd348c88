"""Counts what the log says, some of it at a time, from where it was left: without persons, and for ever (F81, R29)."""

import asyncio
from collections.abc import Mapping
from typing import Final

from realtime.counting.events import pass_time, take
from realtime.counting.notes import Notes
from realtime.counting.periods import Periods
from realtime.delivery.buckets import bucket_of
from realtime.messages import World as WorldName
from realtime.worlds import World
from storage.counts import CountedLog

_SLICE: Final = 100  # events looked at in one turn of the loop
_REACH: Final = ("<5", "<5", "5-19", "20-99", "100+", "100+", "100+")  # by the buckets of a Tally of recipients


class Counter:
    """Both worlds' counts. Counts and how far the log is counted are stored in one step: a kill loses and repeats none.

    But for `reach`, and for answers that are no messages: these are in memory only, and what was not stored yet when
    the server was killed is in no count.
    """

    def __init__(self, store: CountedLog, worlds: Mapping[WorldName, World], zone: str) -> None:
        self._store = store
        self._worlds = worlds
        self._periods = Periods(zone)
        self._notes: Notes | None = None
        self._reached = 0
        self._lock = asyncio.Lock()
        self._reach_counted: dict[tuple[WorldName, str, str], list[int]] = {}

    async def count(self, now: float) -> None:
        """Count all that was logged until now (Unix seconds). Raises StorageError; what was stored stands."""
        async with self._lock:
            try:
                await self._count(now)
            except BaseException:
                self._notes = None  # what is in memory may not be what is stored
                raise

    async def _count(self, now: float) -> None:
        while events := await self._store.scan((await self._loaded(), self._reached)[1], _SLICE):
            notes = await self._loaded()
            for event in events:
                take(event, notes, self._periods, self)
            await self._keep(notes, events[-1].offset)
        notes = await self._loaded()
        pass_time(notes, now, self._periods, self._worlds, self)
        self._count_reach(notes, now)
        await self._keep(notes, self._reached)

    async def _loaded(self) -> Notes:
        if self._notes is None:
            self._reached, stored = await self._store.counting()
            self._notes = Notes(stored)
        return self._notes

    async def _keep(self, notes: Notes, reached: int) -> None:
        if not notes.added and not notes.changed and reached == self._reached:
            return
        if await self._store.count(notes.added, notes.changed, (self._reached, reached)):
            self._reached = reached
            notes.added, notes.changed = {}, {}
        else:
            self._notes = None  # somebody else counted it: go on from there

    def _count_reach(self, notes: Notes, now: float) -> None:
        """How many each alert's first dispatch was for, and how many had it shown, as buckets (R19)."""
        for name, world in self._worlds.items():
            for (level, outcome), tally in world.hub.receipts.recipients.items():
                before = self._reach_counted.get((name, level, outcome), [0] * len(tally.counts))
                for bucket, was, number in zip(_REACH, before, tally.counts, strict=True):
                    if number > was:
                        of = (level, outcome, bucket)
                        notes.add(name, (), self._periods.day(now), "reach", *of, number=number - was)
                self._reach_counted[name, level, outcome] = list(tally.counts)

    # --- Surroundings ---

    def areas_at(self, world: WorldName, lat: float, lon: float) -> tuple[str, ...]:
        return tuple(area.area for area in self._worlds[world].areas.at(lat, lon))

    def answered_at(self, world: WorldName, alert: str) -> float | None:
        return self._worlds[world].answers.first_at(alert)

    def group(self, world: WorldName, group: str) -> tuple[str, str]:
        rooms = self._worlds[world].hub.rooms
        card = rooms.group(group)
        return bucket_of(len(rooms.members(group))), "locked" if card is not None and card.locked else "open"
