"""Bytes in, frames out: one client's socket, as a uvicorn protocol class.

Messages are handed over inside `data_received` and frames are written at once: no task and no queue in between.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar, Final, cast

from realtime.clock import Clock, Timer
from realtime.config import ConnectionSettings
from realtime.connection.contract import Gate, Receiver, Side
from realtime.connection.handshake import shake_hands
from realtime.connection.lines import NO_FILE, Lines
from realtime.connection.outbox import Outbox
from realtime.connection.reading import Reader, whole_message
from realtime.errors import CloseCode
from realtime.lanes import Lane
from realtime.messages import Encoding

_log = logging.getLogger(__name__)

_PING: Final = b"\x89\x00"
_ABNORMAL: Final = 1006  # RFC 6455, section 7.1.5: no close frame came
_SLICE_BYTES: Final = 4_096  # of a read parsed at once: at most 680 empty frames, some 10 ms


class Transport(asyncio.Protocol):
    """A `Connection` (contract.py). Closing begins once, for whatever reason, and from then on ends by itself."""

    __slots__ = (
        "_connections",
        "_deadline",
        "_farewell",
        "_outbox",
        "_paused",
        "_reader",
        "_receiver",
        "_rest",
        "_socket",
        "encoding",
        "file",
        "is_open",
        "last_heard",
    )

    _gate: ClassVar[Gate]
    _settings: ClassVar[ConnectionSettings]
    _clock: ClassVar[Clock]
    _lines: ClassVar[Lines]

    def __init__(self, config: object, server_state: Any, app_state: object, _loop: object = None) -> None:
        self._connections: set[Transport] = server_state.connections  # uvicorn's, to be shut down by
        self._socket = cast(asyncio.Transport, None)  # until connection_made
        self.file = NO_FILE  # the socket's number, which is its own until connection_lost returns
        self._receiver: Receiver | None = None  # while there is somebody to tell
        self._reader: Reader | None = None  # while it is needed: an idle connection saves 2.3 KiB
        self._rest = b""  # of a read that is parsed in slices
        self._outbox: Outbox | None = None  # while anything waits
        self._paused = False
        self._farewell = b""  # a close frame that waits behind the outbox
        self._deadline: Timer | None = None  # from the beginning of the end
        self.encoding: Encoding = "json"
        self.is_open = False
        self.last_heard = self._clock.monotonic()

    # --- what a session does -----------------------------------------------------------------------------------------

    def send(self, frame: bytes, lane: Lane) -> bool:
        if not self.is_open:
            return False
        if self._outbox is None:
            if not self._paused:
                return self._write(frame)
            self._outbox = Outbox(self._settings.outbox_bytes)
        if not self._outbox.put(frame, lane, self._clock.monotonic()):
            self.close(CloseCode.SLOW, "does not read fast enough")
        return False

    def _write(self, frame: bytes) -> bool:
        """Hand a frame to the kernel; what it does not take, to the loop, which then pauses us until it is gone.

        So nothing is ever in the loop's own buffer when this is called, and going past it keeps the order. It saves a
        tenth of a whole delivery: 10.5 µs with `transport.write`, 9.3 without (bench/delivery.py).
        """
        try:
            taken = os.write(self.file, frame)
        except OSError:  # full, or lost: the loop finds out which
            taken = 0
        if taken < len(frame):
            self._socket.write(frame[taken:])
            return False
        return True

    def ping(self) -> None:
        self.send(_PING, Lane.RED)

    def close(self, code: int, reason: str) -> None:
        if not self.is_open:
            return
        reader = self._reader = self._reader or self._new_reader()
        if reader.has_ended:
            self._shut()  # the peer's own close, or its mistake, came in the same read, and is being answered
            return
        self._begin_to_close("server", code)
        self._farewell = reader.close(code, reason)
        if code in (CloseCode.SLOW, CloseCode.SUSPENDED):  # who is suspended gets nothing more, not even what waits
            self._outbox = None
        if self._outbox is None:
            self._say_farewell()

    def abort(self) -> None:
        self._shut()
        self._socket.abort()

    @property
    def idle(self) -> bool:
        return self._outbox is None and not self._paused

    @property
    def written_by_lines(self) -> int:
        return self._lines.written(self.file)

    @property
    def queued_bytes(self) -> int:
        return 0 if self._outbox is None else self._outbox.queued_bytes

    @property
    def red_since(self) -> float | None:
        return None if self._outbox is None else self._outbox.oldest(Lane.RED)

    def check_age(self, now: float) -> None:
        oldest = self._outbox.oldest() if self._outbox is not None else None
        if oldest is not None and now - oldest > self._settings.outbox_age_s:
            self.close(CloseCode.SLOW, "has not read for too long")

    # --- what uvicorn and the loop do --------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._socket = cast(asyncio.Transport, transport)
        self._connections.add(self)

    def data_received(self, data: bytes) -> None:
        if self.is_open:
            self.last_heard = self._clock.monotonic()
            if self._reader is None:
                payload = whole_message(data, self.encoding, self._settings.max_message_bytes)
                if payload is not None:
                    self._deliver(payload)
                    return
        elif self._deadline is None:
            self._open(data)
            return
        self._read_in_slices(data)

    def eof_received(self) -> None:
        self._begin_to_close("network")
        self._outbox = None  # and the loop closes the socket

    def pause_writing(self) -> None:
        self._paused = True
        self._lines.set_ready(self.file, False)

    def resume_writing(self) -> None:
        self._paused = False
        while self._outbox is not None and not self._paused:
            frame = self._outbox.take()
            if frame is None:
                self._outbox = None
            else:
                self._write(frame)
        if not self.idle:
            return
        self._say_farewell()
        self._lines.set_ready(self.file, self.is_open)
        if self.is_open and self._receiver is not None:
            _guarded(self._receiver.drained)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.is_open:
            self._gate.ended("network", _ABNORMAL)
        self._shut()
        self._connections.discard(self)
        self._outbox = None
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        self._drop_reader()
        receiver, self._receiver = self._receiver, None
        if receiver is not None:
            _guarded(receiver.lost)
        self.file = NO_FILE  # the next connection may have its number

    def shutdown(self) -> None:
        """uvicorn is about to exit."""
        if self.is_open:
            self.close(CloseCode.DRAIN, "the server stops")
        else:
            self._socket.close()

    # --- the way in --------------------------------------------------------------------------------------------------

    def _open(self, head: bytes) -> None:
        response, encoding = shake_hands(head, self._gate)
        self._socket.set_write_buffer_limits(0)  # first, so that we know of whatever the kernel does not take
        self._socket.write(response)
        if encoding is None:
            self._begin_to_close(None)
            self._socket.close()
            return
        raw = self._socket.get_extra_info("socket")
        self.file = raw.fileno()
        with suppress(OSError):  # the client may be gone already
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, self._settings.kernel_unsent_bytes)
        self.encoding = encoding
        self.is_open = True
        self._lines.opened(self.file, self.idle)
        try:
            self._receiver = self._gate.open(self)
        except Exception:
            _log.exception("a connection could not be opened")
            self.close(CloseCode.INTERNAL, "internal error")

    def _read_in_slices(self, data: bytes) -> None:
        if len(data) > _SLICE_BYTES:
            # The kernel may hand over a quarter of a megabyte of tiny frames: the others are served in between.
            data, self._rest = data[:_SLICE_BYTES], data[_SLICE_BYTES:]
            self._socket.pause_reading()
            asyncio.get_running_loop().call_soon(self._read_rest)
        self._read(data)

    def _read_rest(self) -> None:
        rest, self._rest = self._rest, b""
        if not self._socket.is_closing():
            self._socket.resume_reading()
            self._read_in_slices(rest)

    def _read(self, data: bytes) -> None:
        reader = self._reader = self._reader or self._new_reader()
        for payload in reader.messages(data):
            if self.is_open:
                self._deliver(payload)
        answers = reader.answers()
        if self._socket.is_closing():
            return
        if reader.has_ended:
            self._end(reader, answers)
        elif self.is_open:
            if answers:
                self.send(answers, Lane.RED)
            if self.is_open and reader.between_messages:
                self._drop_reader()

    def _deliver(self, payload: bytes) -> None:
        if self._receiver is None:
            return
        try:
            self._receiver.received(payload)
        except Exception:
            _log.exception("a message could not be handled")
            self.close(CloseCode.INTERNAL, "internal error")

    def _new_reader(self) -> Reader:
        return Reader(self.encoding, self._settings.max_message_bytes)

    def _drop_reader(self) -> None:
        if self._reader is not None:
            self._reader.drop()
            self._reader = None

    # --- the end -----------------------------------------------------------------------------------------------------

    def _begin_to_close(self, by: Side | None, code: int = _ABNORMAL) -> None:
        """From here on nothing is sent or delivered; whatever the peer does, the socket is gone after the deadline.

        `by` is None for one that was never open.
        """
        self._shut()
        if self._deadline is None:
            if by is not None:
                self._gate.ended(by, code)
            self._deadline = self._clock.call_later(self._settings.close_timeout_s, self.abort)

    def _shut(self) -> None:
        self.is_open = False
        self._lines.set_ready(self.file, False)

    def _say_farewell(self) -> None:
        farewell, self._farewell = self._farewell, b""
        if farewell:
            self._socket.write(farewell)

    def _end(self, reader: Reader, answers: bytes) -> None:
        """The peer has closed, or broken the protocol: nothing more is of use to it but the close frame."""
        if self._deadline is None:
            self._farewell = answers  # else our own close frame was first: it is on its way, or goes now
        self._begin_to_close(*reader.ending)
        self._outbox = None
        self._say_farewell()
        # Not close(): with bytes unread it makes the kernel send a reset, which can overtake the close frame.
        if self._socket.can_write_eof():
            self._socket.write_eof()
        else:
            self._socket.close()


def transport_class(
    gate: Gate, settings: ConnectionSettings, clock: Clock, lines: Lines | None = None
) -> type[asyncio.Protocol]:
    """The class of one server's connections, for uvicorn's `Config(ws=…)`.

    uvicorn makes the instances; what they share lives on the class, where it costs a connection nothing. `lines` is
    where whoever writes to many finds them.
    """
    shared = lines or Lines()

    class Bound(Transport):
        __slots__ = ()
        _gate = gate
        _settings = settings
        _clock = clock
        _lines = shared

    return Bound


def _guarded(tell: Callable[[], None]) -> None:
    try:
        tell()
    except Exception:
        _log.exception("a session failed")
