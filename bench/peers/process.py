"""A server program: started on its core, seen to its first answer, watched from outside with its children, stopped."""

import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final

READY_S: Final = 30.0


class ProcessFailed(Exception):
    """It did not start, or is gone; says with what last words."""


def free_port() -> int:
    """One that nobody listens on, below those that the kernel gives to clients."""
    while True:
        port = random.randint(20_000, 32_000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class Process:
    """A server and all that it started, as a context. Its output is in `log`."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], port: int, log: Path, cores: set[int]) -> None:
        self._port, self._log = port, log
        mine = os.sched_getaffinity(0)
        os.sched_setaffinity(0, cores)  # a child begins with its parent's: so do the threads that it begins with
        try:
            with log.open("wb") as out:
                self._process = subprocess.Popen(
                    argv,
                    env={**os.environ, **env},
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    start_new_session=True,
                )
        except OSError as error:
            raise ProcessFailed(str(error)) from None
        finally:
            os.sched_setaffinity(0, mine)

    def __enter__(self) -> "Process":
        try:
            self._until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def cpu_ns(self) -> int:
        """Processor time, user and system, of all its threads and children, as the scheduler has counted it."""
        # Not /proc/PID/stat: that counts in hundredths of a second, and a round of a thousand takes half of one.
        return sum(_on_cpu_ns(task) for pid in self._pids() for task in _tasks(pid))

    def rss_kib(self) -> int:
        return sum(map(rss_kib, self._pids()))

    def last_words(self) -> str:
        return self._log.read_text(errors="replace").strip()[-400:] or "nothing was said"

    def stop(self) -> None:
        """Kill all of it, nginx's worker too: to part with ten thousand politely takes long, and is not measured."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _pids(self) -> list[int]:
        if self._process.poll() is not None:
            raise ProcessFailed(f"it ended: {self.last_words()}")
        return list(_family(self._process.pid))

    def _until_ready(self) -> None:
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            self._pids()
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=1.0).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise ProcessFailed(f"it was not ready within {READY_S:.0f} s: {self.last_words()}")


def _family(pid: int) -> Iterator[int]:
    yield pid
    for task in _tasks(pid):
        for child in _read(task / "children").split():
            yield from _family(int(child))


def _tasks(pid: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return []  # a child that has just ended


def _on_cpu_ns(task: Path) -> int:
    return int((_read(task / "schedstat").split() or ["0"])[0])


def rss_kib(pid: int) -> int:
    """What one process has in memory; 0 if it is gone."""
    for line in _read(Path(f"/proc/{pid}/status")).splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
