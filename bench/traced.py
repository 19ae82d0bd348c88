"""`samverkan serve` that notes when each alert came by: run by the bench in place of the command itself.

    python -m bench.traced FIFO serve --port 0 --data ./data

From outside, a handful of functions are wrapped that an alert passes once, or once in a chunk of hundreds of writes. A
position, and each single delivery, goes its way untouched; and the server's own code has no clock for the bench's sake.
The notes stay in memory, the last few thousand alerts; on SIGUSR1 they are written to the FIFO. What that costs is in
docs/decisions/0005-the-deadline-report.md.
"""

import json
import os
import select
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from time import monotonic, monotonic_ns
from typing import Any, Final, NamedTuple

from bench.server import Server, ServerFailed

MOST: Final = 5_000  # alerts
ANSWER_S: Final = 10.0


class Way(NamedTuple):
    """When an alert passed each place in the server, in `time.monotonic_ns()`; 0: it did not."""

    read: int  # its bytes came out of the socket
    routed: int  # decoded, within the rate, at its handler
    handed: int  # checked, and handed to the writer
    append: int  # its batch goes to the log
    stored: int  # the log has it
    chosen: int  # its recipients are found and marked
    first: int  # the first of them is being written to
    written: int  # the last of them was

    @property
    def is_whole(self) -> bool:
        """A red that outran the log was never stored before it was written, and one may reach nobody."""
        return all(self)


_ROUTED, _HANDED, _APPEND, _STORED, _CHOSEN, _FIRST, _WRITTEN = range(1, len(Way._fields))


class TracedServer(Server):
    """A server of the bench's own that can tell the way of its alerts."""

    def __init__(self, folder: Path, settings: dict[str, dict[str, Any]], cores: set[int]) -> None:
        self._fifo = folder / "ways"
        os.mkfifo(self._fifo)
        super().__init__(folder, settings, cores, program=(sys.executable, "-m", "bench.traced", str(self._fifo)))

    def ways(self) -> dict[str, Way]:
        """By the alert's id. Raises ServerFailed."""
        if self._process.poll() is not None:
            raise ServerFailed("the server has ended")
        reading = os.open(self._fifo, os.O_RDONLY | os.O_NONBLOCK)  # before it writes, so that neither waits to open it
        try:
            self.signal(signal.SIGUSR1)
            told = _read_all(reading, monotonic() + ANSWER_S)
        finally:
            os.close(reading)
        return {id: Way(*times) for id, times in json.loads(told).items()}


def _read_all(reading: int, deadline: float) -> bytes:
    told = b""
    while True:
        ready, _, _ = select.select([reading], [], [], max(0.0, deadline - monotonic()))
        if not ready:
            raise ServerFailed("the server did not tell the way of its alerts")
        piece = os.read(reading, 65_536)
        if not piece:
            return told
        told += piece


# --- within the server's process -------------------------------------------------------------------------------------


class Notes:
    """Every alert's times, by its id, the oldest first."""

    def __init__(self) -> None:
        self.of: dict[str, list[int]] = {}
        self.asked: list[int] | None = None  # what is noted of the alert whose handler runs now
        self.dispatched: list[int] | None = None  # the same of the one that is being dispatched
        self.jobs: dict[int, list[int]] = {}  # by the identity of its job, which lives until the last write

    def keep(self, id: str) -> None:
        if self.asked is not None and id not in self.of:
            self.of[id] = self.asked
            if len(self.of) > MOST:
                del self.of[next(iter(self.of))]

    def stamp(self, ids: Sequence[str], place: int) -> None:
        now_ns = monotonic_ns()
        for id in ids:
            if id in self.of:
                self.of[id][place] = now_ns

    def tell(self, fifo: Path) -> None:
        with fifo.open("w") as to:
            json.dump(self.of, to)


def install(notes: Notes) -> None:
    """Put the wrappers in place, before the server is built. Only what is named here is touched."""
    _note_coming(notes)
    _note_storing(notes)
    _note_going(notes)


def _note_coming(notes: Notes) -> None:
    from realtime.delivery.writer import Writer
    from realtime.service.alerts.raising import Alerts

    raise_alert, submit = Alerts.raise_alert, Writer.submit

    def noted_raise_alert(self: Alerts, caller: Any, message: Any) -> None:
        now_ns = monotonic_ns()
        notes.asked = [int(caller.last_heard * 1e9), now_ns, *[0] * (len(Way._fields) - 2)]
        asked = notes.asked
        try:
            raise_alert(self, caller, message)
        finally:
            asked[_HANDED] = monotonic_ns()
            notes.asked = None

    def noted_submit(self: Writer, act: Any) -> None:
        if notes.asked is not None:
            notes.keep(act.alert)
        submit(self, act)

    Alerts.raise_alert = noted_raise_alert  # type: ignore[method-assign]
    Writer.submit = noted_submit  # type: ignore[method-assign]


def _note_storing(notes: Notes) -> None:
    from realtime.delivery.appends import Appends
    from storage.events import AlertRaised

    append = Appends.append

    async def noted_append(self: Appends, entries: Sequence[Any]) -> list[Any]:
        ids = [entry.body.alert.id for entry in entries if isinstance(entry.body, AlertRaised)]
        notes.stamp(ids, _APPEND)
        logged = await append(self, entries)
        notes.stamp(ids, _STORED)
        return logged

    Appends.append = noted_append  # type: ignore[method-assign]


def _note_going(notes: Notes) -> None:
    from realtime.delivery.fanout import Fanout
    from realtime.delivery.hub import Hub
    from storage.events import AlertRaised

    dispatch, start, write = Hub.dispatch, Fanout.start, Fanout._write

    def noted_dispatch(self: Hub, logged: Any, askers: Any) -> None:
        body = logged.body
        notes.dispatched = notes.of.get(body.alert.id) if isinstance(body, AlertRaised) else None
        try:
            dispatch(self, logged, askers)
        finally:
            notes.dispatched = None

    def noted_start(self: Fanout, lane: Any, targets: Any, job: Any) -> None:
        start(self, lane, targets, job)
        if notes.dispatched is not None and targets:
            notes.dispatched[_CHOSEN] = monotonic_ns()
            notes.jobs[id(job)] = notes.dispatched

    def noted_write(self: Fanout, writing: Any, lane: Any, until: float) -> bool:
        times = notes.jobs.get(id(writing.job))
        if times is None:
            return write(self, writing, lane, until)
        times[_FIRST] = times[_FIRST] or monotonic_ns()
        is_done = write(self, writing, lane, until)
        if is_done:
            times[_WRITTEN] = monotonic_ns()
            del notes.jobs[id(writing.job)]
        return is_done

    Hub.dispatch = noted_dispatch  # type: ignore[method-assign]
    Fanout.start = noted_start  # type: ignore[method-assign]
    Fanout._write = noted_write  # type: ignore[method-assign]


def main() -> None:
    from realtime import cli

    notes, fifo = Notes(), Path(sys.argv[1])
    install(notes)
    signal.signal(signal.SIGUSR1, lambda number, frame: notes.tell(fifo))
    cli.main.main(sys.argv[2:], prog_name="samverkan")


if __name__ == "__main__":
    main()
