"""A log of any length in a data folder, made through the store itself, and who may read what in it.

Of all events half stand in one large room, four tenths in ten streets, one tenth in a hundred stairs, all mixed: what
a small room says lies scattered over the whole log, as it does where many talk at once. The rooms are there from the
first event on, so that of two lengths only the length differs.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from storage.events import Entry, Event, GroupCreated, MemberJoined, MessagePosted, own_room
from storage.sql import SqlStore

BATCH: Final = 1_000
LARGE, STREET, STAIRS = "square", "street-0", "stairs-0"  # the rooms that are read
_SHARES: Final = {LARGE: 0.5} | {f"street-{n}": 0.04 for n in range(10)} | {f"stairs-{n}": 0.001 for n in range(100)}
_TEXT: Final = "Two people try the doors of parked cars along Köpmangatan, going towards the square. " * 2


@dataclass(frozen=True, slots=True)
class Filled:
    """How many events each room holds now."""

    events: int
    rooms: dict[str, int]


class Log:
    """A data folder that is filled further and further, while no server has it."""

    def __init__(self, folder: Path, readers: list[str], seed: int) -> None:
        """`readers` are users of the exercise world; all of them are members of every room that is read."""
        self._folder, self._readers = folder, readers
        self._rng = np.random.default_rng(seed)
        self._held = dict.fromkeys(_SHARES, 0)
        self.events = 0  # messages so far

    async def fill_to(self, events: int, progress: Callable[[int], None]) -> Filled:
        """Append until there are so many messages. Every one is keyed, numbered and committed as the server's are."""
        store = await SqlStore.open(self._folder)
        try:
            if not self.events:
                await store.append([self._entry(body, rooms) for body, rooms in self._founding()])
            rooms, shares = list(_SHARES), list(_SHARES.values())
            while self.events < events:
                size = min(BATCH, events - self.events)
                chosen = [rooms[number] for number in self._rng.choice(len(rooms), size, p=shares)]
                await store.append([self._message(room, number) for number, room in enumerate(chosen, self.events)])
                for room in chosen:
                    self._held[room] += 1
                self.events += size
                progress(size)
        finally:
            await store.close()
        return Filled(self.events, dict(self._held))

    def _founding(self) -> list[tuple[Event, tuple[str, ...]]]:
        made: list[tuple[Event, tuple[str, ...]]] = []
        for room in _SHARES:
            founder = f"founder-of-{room}"
            group = GroupCreated(
                group=room, creator=founder, name=room, purpose="To be read", conduct="Behaviour first.", locked=False
            )
            made.append((group, (own_room("exercise", founder),)))
        for reader in self._readers:
            made += [
                (MemberJoined(group=room, user=reader), (own_room("exercise", reader),))
                for room in (LARGE, STREET, STAIRS)
            ]
        return made

    def _message(self, room: str, number: int) -> Entry:
        at = time.time()
        body = MessagePosted(
            id=f"message-{number}",
            group=room,
            author=f"founder-of-{room}",
            name="Somebody",
            text=f"{number}: {_TEXT}",
            sent_at=at,
            received_at=at,
        )
        return self._entry(body, (room,), f"exercise/founder-of-{room}/{number}")

    @staticmethod
    def _entry(body: Event, rooms: tuple[str, ...], key: str | None = None) -> Entry:
        digest = None if key is None else bytes(32)
        return Entry(body=body, world="exercise", at=time.time(), rooms=rooms, key=key, digest=digest)
