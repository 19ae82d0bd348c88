"""SIGKILL at any moment: what was acknowledged is there, and nothing half-written."""

import random
import subprocess
import sys
from itertools import islice
from pathlib import Path

from storage.memory import MemoryStore
from storage.sql import SqlStore
from storage.verifying import verify
from tests.storage.acts_until_killed import acts, do
from tests.storage.stores import Store

SERVERS = 3
ROOT = Path(__file__).parents[2]


async def everything(store: Store) -> list[object]:
    rooms = await store.rooms()
    pages = {room: await store.after(room, span.first - 1, 100_000) for room, span in rooms.items()}
    for room, span in rooms.items():
        assert [event.rooms[room] for event in pages[room]] == list(range(span.first, span.last + 1))
    markers = sorted(await store.markers(), key=repr)
    return [rooms, pages, markers, await store.groups(), await store.memberships(0.0), await store.alerts(0.0)]


async def test_a_killed_server_left_exactly_what_it_acknowledged(tmp_path: Path) -> None:
    """Or one act more, that was on the disk when the kill came before its acknowledgement; never a part of one."""
    seed = random.randrange(1_000_000)
    servers = [started(tmp_path / str(number), seed + number) for number in range(SERVERS)]
    acknowledged = [killed(server, after=random.randrange(1, 100)) for server in servers]
    for number, acts_done in enumerate(acknowledged):
        store = await SqlStore.open(tmp_path / str(number))
        left_behind = await everything(store)
        await store.close()
        assert verify(tmp_path / str(number) / "samverkan.db", lambda *_: None).broken == []
        reference = MemoryStore()
        history = acts(seed + number)
        for act in islice(history, acts_done):
            await do(reference, act)
        if left_behind != await everything(reference):
            await do(reference, next(history))
            assert left_behind == await everything(reference), f"seed {seed + number}, {acts_done} acknowledged"


def started(folder: Path, seed: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.storage.acts_until_killed", str(folder), str(seed)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)


def killed(server: subprocess.Popen[bytes], after: int) -> int:
    """Kill a server some time after so many acknowledgements; return the last that it gave."""
    assert server.stdout is not None
    told = [int(line) for line in islice(server.stdout, after)]
    server.kill()
    rest = server.communicate()[0].split(b"\n")[:-1]  # what follows the last line's end is half a line
    return int(rest[-1]) if rest else told[-1]
