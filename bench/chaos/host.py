"""The server seen from outside: started, frozen, killed, drained and started again, on one folder and one port."""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final

from bench.chaos.records import NEVER, Life
from bench.server import COMMAND, READY_S, STOP_S, ServerFailed

# What is done to a client that does not read must be done in a short run, too: otherwise 256 KiB, and 15 s.
_IMPATIENT: Final = {"SAMVERKAN_CONNECTION_OUTBOX_BYTES": "16384", "SAMVERKAN_CONNECTION_OUTBOX_AGE_S": "5"}
_ADDRESS: Final = re.compile(rb"listening on ws://127\.0\.0\.1:(\d+)")


class Host:
    """One server after another. `lives` has them all, the last one being the present."""

    def __init__(self, folder: Path) -> None:
        self._data, self._log = folder / "data", folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0
        self.lives: list[Life] = []

    def __enter__(self) -> "Host":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._order(signal.SIGCONT)
        self._order(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def tokens(self, count: int) -> list[str]:
        """One for each of so many members of the exercise world, where nobody is limited."""
        command = [str(COMMAND), "token", "--user", "person", "--count", str(count), "--exercise"]
        done = subprocess.run([*command, "--data", str(self._data)], capture_output=True, text=True, check=False)
        tokens = done.stdout.split()
        if done.returncode or len(tokens) != count:
            raise ServerFailed(f"`samverkan token` gave {len(tokens)} of {count} tokens: {done.stderr.strip()}")
        return tokens

    # --- lives ---

    def start(self) -> None:
        """Begin a life; `is_ready` tells when clients may come. The folder and the port stay the same."""
        command = [sys.executable, "-m", "bench.chaos.server", "--port", str(self.port), "--data", str(self._data)]
        self._read_from = self._log.stat().st_size if self._log.exists() else 0
        with self._log.open("ab") as log:
            self.lives.append(Life(time.monotonic()))
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                bufsize=0,
                env=_IMPATIENT | os.environ,
                start_new_session=True,
            )

    @property
    def is_ready(self) -> bool:
        """Raises ServerFailed if it never will be."""
        life = self.lives[-1]
        if life.ready == NEVER:
            with self._log.open("rb") as log:
                log.seek(self._read_from)
                told = log.read()
            if found := _ADDRESS.search(told):
                self.port, life.ready = int(found[1]), time.monotonic()
            elif not self.is_alive:
                raise ServerFailed(f"the server ended at once:\n{told.decode(errors='replace').strip()}")
            elif time.monotonic() - life.started > READY_S:
                raise ServerFailed(f"the server was not ready within {READY_S:.0f} s; see {self._log}")
        return life.ready < NEVER

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def wait_until_ready(self) -> None:
        while not self.is_ready:
            time.sleep(0.02)

    def kill(self, how: str = "SIGKILL") -> None:
        self.lives[-1].ending, self.lives[-1].how = time.monotonic(), how
        self._order(signal.SIGKILL)
        self.buried()

    def doom(self, word: str) -> None:
        """It is to kill itself; from now on it may."""
        self.lives[-1].ending, self.lives[-1].how = time.monotonic(), word
        self.tell(word)

    def buried(self) -> None:
        """It is dead: write down when."""
        assert self._process is not None
        self._process.wait()
        self.lives[-1].ended = time.monotonic()

    def terminate(self) -> None:
        """SIGTERM: it drains. Who does not within the time is a fault of its own. Raises ServerFailed."""
        assert self._process is not None
        self.lives[-1].ending, self.lives[-1].how = time.monotonic(), "SIGTERM"
        self._order(signal.SIGTERM)
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            raise ServerFailed(f"the server did not end within {STOP_S:.0f} s of SIGTERM") from None
        self.lives[-1].ended = time.monotonic()

    # --- while it lives ---

    def freeze(self) -> None:
        self._order(signal.SIGSTOP)

    def thaw(self) -> None:
        self._order(signal.SIGCONT)

    def tell(self, word: str) -> None:
        """An order for its disk (bench/chaos/server.py)."""
        assert self._process is not None
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it is dead already
            self._process.stdin.write(word.encode() + b"\n")

    def complaints(self) -> list[str]:
        """What its log has as critical, or as an error with a traceback."""
        lines = self._log.read_text(errors="replace").splitlines()
        return [line for line in lines if "Traceback" in line or "critical" in line.lower()]

    def _order(self, number: int) -> None:
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, number)
