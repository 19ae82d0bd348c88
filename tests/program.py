"""The `samverkan` command as a process of its own, read line by line."""

import os
import signal
import subprocess
import sys
from types import TracebackType
from typing import Final, Self

DEADLINE_S: Final = 30


class Program:
    """Ends with its context, at the latest."""

    def __init__(self, *arguments: str, **environ: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "realtime.cli", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environ},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.communicate(timeout=DEADLINE_S)

    def until(self, part: str) -> str:
        """The next line that has this in it."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if part in line:
                return line
        assert self.process.stderr is not None
        raise AssertionError(f"{part!r} was never printed; stderr: {self.process.stderr.read()}")

    def type(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def end(self, number: int = signal.SIGINT) -> tuple[int, str]:
        """Ask it to end; return its exit code and what it said on stderr."""
        self.process.send_signal(number)
        return self.ended()[::2]

    def ended(self) -> tuple[int, str, str]:
        """Wait for its end, with nothing more to read for it; return its exit code, and what was not yet read."""
        said, complained = self.process.communicate(timeout=DEADLINE_S)
        return self.process.returncode, said, complained
