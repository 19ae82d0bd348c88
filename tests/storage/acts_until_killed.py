"""A server that never rests, for test_crash.py: appends, marks and prunes in a loop, telling each acknowledgement.

`python -m tests.storage.acts_until_killed FOLDER SEED`. What it does follows from the seed alone, so that the test can
do the same to a store in memory.
"""

import asyncio
import random
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from realtime.messages import World
from storage.events import Entry, Kept, Marker
from storage.log import AlreadyStored
from storage.retention import KEPT
from storage.sql import SqlStore
from tests.storage.samples import created, entry, joined, left, message, raised, revised, updated
from tests.storage.stores import Store

GROUPS = ("g", "h", "i")
PEOPLE = ("anna", "bo", "cecilia")


Act = list[Entry] | list[Marker] | dict[Kept, float]


def acts(seed: int) -> Iterator[Act]:
    """Batches to append, and now and then markers to move, or times before which to prune."""
    dice = random.Random(seed)
    for number in range(1_000_000):
        if number % 7 == 6:
            yield {kept: float(number - dice.choice((10, 20, 40))) for kept in KEPT}
        elif number % 7 == 3:
            yield [Marker(world="real", user=dice.choice(PEOPLE), room=dice.choice(GROUPS), seq=number // 30)] * 2
        else:
            yield [an_entry(dice, number, place) for place in range(dice.choice((1, 1, 2, 5, 40)))]


def an_entry(dice: random.Random, number: int, place: int) -> Entry:
    group, user, alert = dice.choice(GROUPS), dice.choice(PEOPLE), f"a{number}/{place}"
    key = f"{number}/{place}" if dice.random() < 0.9 else f"{dice.randrange(number + 1)}/0"  # at times one seen before
    body, rooms = dice.choice(
        (
            (message(key, group, text="x" * dice.randrange(3_000)), (group,)),
            (revised(1 + dice.randrange(1 + 2 * number), dice.choice(("", "otherwise")), group), (group,)),
            (raised(alert, expires_at=float(number + 30)), dice.sample(GROUPS, 2)),
            (updated(f"a{dice.randrange(number + 1)}/0", 1 + dice.randrange(4)), (group,)),
            (created(group, user, dice.choice(("joining", "all"))), (f"me/real/{user}",)),
            (joined(user, group), (f"me/real/{user}",)),
            (left(user, group), (f"me/real/{user}",)),
        )
    )
    world: World = "exercise" if group == "i" else "real"
    return entry(body, *rooms, at=float(number), world=world, key=f"{key}/{place}" if place else key)


async def do(store: Store, act: Act) -> None:
    match act:
        case dict():
            await store.prune(act, 50)
        case [Marker(), *_]:
            await store.mark(act)
        case _:
            with suppress(AlreadyStored, ValueError):  # the other store will refuse them too
                await store.append(act)


async def run(folder: Path, seed: int) -> None:
    store = await SqlStore.open(folder)
    for number, act in enumerate(acts(seed), start=1):
        await do(store, act)
        print(number, flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), int(sys.argv[2])))
