"""A server of the bench's own: started, pinned to a core, watched from outside, stopped."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final
from urllib.parse import urlsplit

COMMAND: Final = Path(sys.executable).with_name("samverkan")
READY_S: Final = 30.0
STOP_S: Final = 15.0
_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
_ADDRESS: Final = re.compile(r"(?:ws|http)://([^\s/'\"]+:\d+)")


class ServerFailed(Exception):
    """The server did not start, or would not do what it is asked."""


class Server:
    """`samverkan serve` with its data in a folder: made by it, or left there by another that is gone.

    On any free port, unless one is given: whoever takes over from another listens where that did.
    """

    def __init__(
        self,
        folder: Path,
        settings: dict[str, dict[str, Any]],
        cores: set[int],
        port: int = 0,
        program: Sequence[str] = (str(COMMAND),),
    ) -> None:
        self._data, self._log = folder / "data", folder / "server.log"
        command = [*program, "serve", "--port", str(port), "--data", str(self._data)]
        if settings:
            file = folder / "samverkan.toml"
            file.write_text(_toml(settings))
            command += ["--config", str(file)]
        with self._log.open("wb") as log:
            # A session of its own: the terminal's Ctrl-C is ours to pass on, when we have finished with it.
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        os.sched_setaffinity(self._process.pid, cores)
        self.url = ""

    def __enter__(self) -> "Server":
        try:
            self.url = self._when_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 0

    def tokens(self, count: int) -> list[str]:
        """For `count` members of the exercise world, an account each."""
        command = [
            str(COMMAND),
            "token",
            "--user",
            "bench",
            "--count",
            str(count),
            "--exercise",
            "--data",
            str(self._data),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        tokens = done.stdout.split()
        if done.returncode or len(tokens) != count:
            raise ServerFailed(f"`samverkan token` gave {len(tokens)} of {count} tokens: {done.stderr.strip()}")
        return tokens

    def cpu_s(self) -> float:
        """Processor time of all its threads since it started, user and system."""
        after_name = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / _TICKS_PER_S

    def rss_kib(self) -> int:
        for line in Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise ServerFailed("the server has ended")

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def begin_to_stop(self) -> None:
        """Ask it to drain, and do not wait for it; `stop` does."""
        self.signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL: it can finish nothing."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Ask it to drain; whoever does not within the time is killed."""
        if self._process.poll() is None:
            self.begin_to_stop()
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _when_ready(self) -> str:
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            told = self._log.read_text(errors="replace")
            if found := _ADDRESS.search(told):
                return f"ws://{found[1]}/v1"
            if self._process.poll() is not None:
                raise ServerFailed(f"the server ended at once:\n{told.strip()}")
            time.sleep(0.005)  # some benches measure how long this takes
        raise ServerFailed(f"the server was not ready within {READY_S:.0f} s; see {self._log}")


def _toml(settings: dict[str, dict[str, Any]]) -> str:
    """Tables of plain values, which is all that a settings file has."""

    def value(it: Any) -> str:
        if isinstance(it, bool):
            return str(it).lower()
        if isinstance(it, list):
            return f"[{', '.join(map(value, it))}]"
        return (
            repr(it) if isinstance(it, int | float) else '"' + str(it).replace("\\", "\\\\").replace('"', '\\"') + '"'
        )

    return "\n".join(
        f"[{table}]\n" + "\n".join(f"{name} = {value(it)}" for name, it in fields.items()) + "\n"
        for table, fields in settings.items()
    )
