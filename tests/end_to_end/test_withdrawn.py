"""What was withdrawn or pruned is soon in none of a running server's files."""

import asyncio
import time
from pathlib import Path

import pytest

from storage.retention import KEPT
from storage.sql import SqlStore
from tests.foreign import PATIENCE_S, serving


def stored(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*.db*"))


class Scrubs:
    """Wakes whoever waits after each time that the server has scrubbed its log."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._done = asyncio.Event()
        scrub = SqlStore.scrub

        async def noticed(store: SqlStore) -> None:
            await scrub(store)
            self._done.set()

        monkeypatch.setattr(SqlStore, "scrub", noticed)

    async def until_nowhere(self, text: bytes, folder: Path) -> None:
        """One may leave something to the next, if somebody was reading."""
        async with asyncio.timeout(PATIENCE_S):
            while text in stored(folder):
                self._done.clear()
                await self._done.wait()


async def test_what_is_taken_back_is_overwritten_before_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.app._SCRUB_S", 0.05)
    scrubs = Scrubs(monkeypatch)
    async with serving(tmp_path) as server:
        anna = await server.member("anna")
        group = await server.group(anna)
        said = await anna.made("message", group=group, text="WITHDRAWN")
        await anna.made("message", group=group, text="stays")
        await anna.made("revise", group=group, seq=said["rooms"][group], removed=True)
        await scrubs.until_nowhere(b"WITHDRAWN", tmp_path)
        assert b"stays" in stored(tmp_path)


async def test_what_is_pruned_is_overwritten_in_the_end(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        anna = await server.member("anna")
        await anna.made("message", group=await server.group(anna), text="PRUNED")
        assert b"PRUNED" in stored(tmp_path)
        await server.app.prune(dict.fromkeys(KEPT, time.time() + 60))
        assert b"PRUNED" not in stored(tmp_path)
