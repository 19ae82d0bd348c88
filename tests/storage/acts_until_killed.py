"""A server that never rests, for test_crash.py: appends and prunes in a loop, telling each that was acknowledged.

`python -m tests.storage.acts_until_killed FOLDER SEED`. What it does follows from the seed alone, so that the test can
do the same to a store in memory.
"""

import asyncio
import random
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from storage.events import Entry
from storage.log import AlreadyStored
from storage.sql import SqlStore
from tests.storage.samples import created, entry, joined, left, message, raised, updated
from tests.storage.stores import Store

GROUPS = ("g", "h", "i")
PEOPLE = ("anna", "bo", "cecilia")


def acts(seed: int) -> Iterator[list[Entry] | float]:
    """Batches to append, and now and then a time before which to prune."""
    dice = random.Random(seed)
    for number in range(1_000_000):
        if number % 7 == 6:
            yield float(number - 20)
        else:
            yield [an_entry(dice, number, place) for place in range(dice.choice((1, 1, 2, 5, 40)))]


def an_entry(dice: random.Random, number: int, place: int) -> Entry:
    group, user, alert = dice.choice(GROUPS), dice.choice(PEOPLE), f"a{dice.randrange(number + 1)}"
    key = f"{number}/{place}" if dice.random() < 0.9 else f"{dice.randrange(number + 1)}/0"  # at times one seen before
    body, rooms = dice.choice(
        (
            (message(key, group, text="x" * dice.randrange(3_000)), (group,)),
            (raised(alert, expires_at=float(number + 30)), dice.sample(GROUPS, 2)),
            (updated(alert, 1 + dice.randrange(4)), (group,)),
            (created(group, user), (f"me/real/{user}",)),
            (joined(user, group), (f"me/real/{user}",)),
            (left(user, group), (f"me/real/{user}",)),
        )
    )
    return entry(body, *rooms, at=float(number), key=f"{key}/{place}" if place else key)


async def do(store: Store, act: list[Entry] | float) -> None:
    if isinstance(act, float):
        await store.prune(act, 50)
        return
    with suppress(AlreadyStored, ValueError):  # the other store will refuse them too
        await store.append(act)


async def run(folder: Path, seed: int) -> None:
    store = await SqlStore.open(folder)
    for number, act in enumerate(acts(seed), start=1):
        await do(store, act)
        print(number, flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), int(sys.argv[2])))
