"""Waiting for what happens in the server: woken by the call that changes it, instead of asking again and again."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.foreign import PATIENCE_S


class Calls:
    """Wakes whoever waits after each call of a method, on whatever object of that class, in this loop."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, owner: type, name: str) -> None:
        self._called = asyncio.Event()
        method = getattr(owner, name)

        def noticed(*arguments: Any, **named: Any) -> Any:
            try:
                return method(*arguments, **named)
            finally:
                self._called.set()

        monkeypatch.setattr(owner, name, noticed)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Look now, and again after each call."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                await self.next()

    async def next(self) -> None:
        """After the next call, or at once if there was one since the last time."""
        await self._called.wait()
        self._called.clear()
