"""`samverkan serve` as a child process: the demo's server is the real one, with nothing in between."""

import asyncio
import contextlib
import os
import re
import sys
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from realtime.talking import Failed

START_TIMEOUT_S: Final = 30.0
STOP_TIMEOUT_S: Final = 10.0
_READY: Final = re.compile(r"listening on (ws://\S+)")


class ServerProcess:
    """A server from `async with` to its end. Raises Failed with the server's own last words if it does not start."""

    def __init__(self, host: str, port: int, data: Path, environ: Mapping[str, str]) -> None:
        self._arguments = ["serve", "--host", host, "--port", str(port), "--data", str(data)]
        self._environ = {**os.environ, **environ}
        self._said: deque[str] = deque(maxlen=20)
        self._process: asyncio.subprocess.Process | None = None
        self._readers: list[asyncio.Task[None]] = []
        self._url: asyncio.Future[str] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def __aenter__(self) -> Self:
        self._url = asyncio.get_running_loop().create_future()
        # A session of its own: Ctrl-C comes to us alone, and the server ends after its clients.
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "realtime.cli",
            *self._arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._environ,
            start_new_session=True,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        self._readers = [asyncio.create_task(self._read(stream)) for stream in (process.stdout, process.stderr)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        try:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await self._process.wait()
        except TimeoutError:
            pass
        finally:  # also if we are told a second time to hurry
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            for reader in self._readers:
                reader.cancel()
        await self._process.wait()
        await asyncio.gather(*self._readers, return_exceptions=True)

    async def url(self) -> str:
        """Where the server listens, as soon as it does."""
        assert self._url is not None
        ended = asyncio.create_task(self.ended())
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                await asyncio.wait((self._url, ended), return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError:
            raise Failed(f"the server did not say within {START_TIMEOUT_S:.0f} s that it is ready") from None
        finally:
            ended.cancel()
        if not self._url.done():
            await ended
        return self._url.result()

    async def ended(self) -> None:
        """Wait for an end that we did not ask for, and raise Failed with the last that the server said."""
        assert self._process is not None
        code = await self._process.wait()
        await asyncio.gather(*self._readers)
        last = self._said[-1] if self._said else f"the server ended with exit code {code}"
        raise Failed(last.removeprefix("Error: "))

    async def _read(self, stream: asyncio.StreamReader) -> None:
        """Take all that the server says, so that it never waits for us; keep the last lines."""
        assert self._url is not None
        while line := await stream.readline():
            text = line.decode(errors="replace").rstrip()
            if text:
                self._said.append(text)
            if (ready := _READY.search(text)) is not None and not self._url.done():
                self._url.set_result(ready[1])
