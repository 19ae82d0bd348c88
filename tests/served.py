"""`samverkan serve` as a process of its own, for tests in which it has to die."""

import asyncio
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from realtime.clock import SystemClock
from realtime.connection.auth import Issuer
from realtime.connection.keys import own_key
from realtime.messages import World
from tests.program import DEADLINE_S, Program

_ADDRESS = re.compile(r"ws://127\.0\.0\.1:(\d+)/v1")
_UNHURRIED = {
    "SAMVERKAN_PROBE_ENABLED": "false",
    "SAMVERKAN_CONNECTION_MESSAGES_PER_S": "1000000",
    "SAMVERKAN_CONNECTION_MESSAGES_BURST": "1000000",
    "SAMVERKAN_QUOTAS_CHANGES_PER_MINUTE": "1000000",
}


class Served:
    """A server that is ready for clients."""

    def __init__(self, program: Program, port: int, folder: Path) -> None:
        self.port = port
        self.url = f"ws://127.0.0.1:{port}/v1"
        self._program = program
        self._issuer = Issuer(own_key(folder), SystemClock())

    def token(self, user: str, *, world: World = "exercise") -> str:
        """In the exercise world by default, where nobody is limited."""
        return self._issuer.mint(user, world=world)

    def kill(self) -> None:
        """kill -9: it does not get to do anything more."""
        self._program.process.kill()
        self._program.process.wait()

    def terminate(self) -> None:
        self._program.process.send_signal(signal.SIGTERM)

    async def ended(self) -> int:
        """Wait for its end; its exit status."""
        async with asyncio.timeout(DEADLINE_S):
            status, _, _ = await asyncio.to_thread(self._program.ended)
        return status


@asynccontextmanager
async def served(folder: Path, *, port: int = 0, **settings: str) -> AsyncIterator[Served]:
    """A server on this data folder that hurries nobody.

    Settings are as in the environment, without their prefix: `log_retry_s="0.1"`.
    """
    environ = {f"SAMVERKAN_{name.upper()}": value for name, value in settings.items()}
    arguments = ("serve", "--host", "127.0.0.1", "--port", str(port), "--data", str(folder))
    with Program(*arguments, **(_UNHURRIED | environ)) as program:
        async with asyncio.timeout(DEADLINE_S):
            line = await asyncio.to_thread(program.until, "listening")
        found = _ADDRESS.search(line)
        assert found is not None, line
        yield Served(program, int(found[1]), folder)
