"""The demo from start to end: a server, a neighbourhood, an evening, and a table of it all."""

import asyncio
import contextlib
import os
import random
import shlex
import shutil
import signal
import sys
from pathlib import Path
from typing import Final

from rich.console import Console

from realtime.arguments import issuer, own_url
from realtime.config import Settings
from realtime.demo.board import Board
from realtime.demo.child import ServerProcess
from realtime.demo.display import Display
from realtime.demo.evening import Evening
from realtime.demo.people import OFFICERS, SHOP_OWNERS, Neighbourhood
from realtime.demo.places import SQUARE
from realtime.settings import load

SEED: Final = 1252  # Stockholm is first named in that year; any will do
FAST_PACE: Final = 0.04
DRAIN_S: Final = 1.0
FAST: Final = {"SAMVERKAN_ALERTS_UPDATE_INTERVAL_S": "0", "SAMVERKAN_ALERTS_REACH_AFTER_S": "0.3"}


class Demo:
    """`await run()` shows it until it is cancelled or interrupted. Raises Failed if the server cannot start."""

    def __init__(self, settings: Settings, *, members: int, fast: bool, console: Console) -> None:
        self._settings = settings
        self._count = members
        self._fast = fast
        self._console = console
        self._board = Board()
        self._display = Display(self._board, console)

    async def run(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await self._run()

    async def _run(self) -> None:
        server = self._settings.server
        environ = {"SAMVERKAN_SERVER_DRAIN_S": str(DRAIN_S)} | (FAST if self._fast else {})
        async with ServerProcess(server.host, server.port, server.data, environ) as process:
            url = await process.url()
            neighbourhood = Neighbourhood(url, issuer(self._settings), self._count, random.Random(SEED))
            try:
                self._console.print(f"the server is up on {url} (data in {server.data}); {self._count} members come in")
                await neighbourhood.connect(self._board)
                await neighbourhood.found_groups()
                await neighbourhood.found_police()
                await neighbourhood.open_maps()
                kinds = (*neighbourhood.groups, OFFICERS)
                groups = ", ".join(f"{len(neighbourhood.of(kind))} {kind.name}s" for kind in kinds)
                self._console.print(
                    f"{self._count} members walk through Gamla Stan, among them {groups}; an evening begins"
                )
                await self._live_on(url, neighbourhood, process)
            finally:
                self._console.print("everyone goes home")
                await neighbourhood.close()

    async def _live_on(self, url: str, neighbourhood: Neighbourhood, process: ServerProcess) -> None:
        """The evening; then everybody keeps walking. Ends with the server, or when cancelled."""

        async def happen() -> None:
            await Evening(neighbourhood, self._board, FAST_PACE if self._fast else 1.0).happen()
            self._display.finish(ideas(url, self._settings.server.data, neighbourhood.groups[SHOP_OWNERS]))
            await asyncio.Event().wait()

        doing = [asyncio.create_task(each) for each in (process.ended(), happen(), self._display.run())]
        try:
            await asyncio.wait(doing, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in doing:
                task.cancel()
            ends = await asyncio.gather(*doing, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end


def ideas(url: str, data: Path, group: str) -> list[str]:
    """Four commands that work as they stand, in another terminal in the same folder."""
    command = _command()
    usual = load(None, os.environ, {})
    rest = ["--exercise"]
    if url != own_url(usual):
        rest += ["--url", url]
    if data != usual.server.data:
        rest += ["--data", str(data)]
    at = f"{SQUARE[0]},{SQUARE[1]}"
    return [
        shlex.join([command, *words, *rest])
        for words in (
            ["listen", "--at", at],
            ["alert", "red", "Somebody is threatened on the square", "--at", at],
            ["chat", "--group", group],
            ["org", "list", "--at", at],
        )
    ]


def _command() -> str:
    """How this very program is called from a shell in this folder."""
    beside = Path(sys.executable).parent / "samverkan"
    found = shutil.which("samverkan")
    if found is not None and Path(found).absolute() == beside.absolute():
        return "samverkan"
    with contextlib.suppress(ValueError):
        return str(beside.absolute().relative_to(Path.cwd()))
    return str(beside)
