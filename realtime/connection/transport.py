"""Bytes in, frames out: one client's socket, as a uvicorn protocol class over websockets' sans-I/O ServerProtocol.

Messages are handed over inside `data_received` and frames are written at once: no task and no queue in between.
"""

import asyncio
import logging
import socket
from contextlib import suppress
from typing import Any, ClassVar, Final, cast

from websockets.frames import Frame, Opcode
from websockets.protocol import SEND_EOF, State
from websockets.server import ServerProtocol

from realtime.clock import Clock, Timer
from realtime.config import ConnectionSettings
from realtime.connection.contract import Gate, Receiver
from realtime.connection.handshake import LIBRARY_LOG, shake_hands
from realtime.connection.outbox import Lane, Outbox
from realtime.errors import CloseCode
from realtime.messages import Encoding

_log = logging.getLogger("samverkan.transport")

_PING: Final = b"\x89\x00"
_OPCODES: Final[dict[Encoding, Opcode]] = {"json": Opcode.TEXT, "msgpack": Opcode.BINARY}
_MAX_REASON_BYTES: Final = 123  # RFC 6455, section 5.5: a control frame holds 125 bytes, and two of them are the code


class Transport(asyncio.Protocol):
    """A `Connection` (contract.py). Closing begins once, for whatever reason, and from then on ends by itself."""

    __slots__ = (
        "_connections",
        "_deadline",
        "_farewell",
        "_fragments",
        "_outbox",
        "_paused",
        "_protocol",
        "_receiver",
        "_socket",
        "encoding",
        "is_open",
        "last_heard",
    )

    _gate: ClassVar[Gate]
    _settings: ClassVar[ConnectionSettings]
    _clock: ClassVar[Clock]

    def __init__(self, config: object, server_state: Any, app_state: object, _loop: object = None) -> None:
        self._connections: set[Transport] = server_state.connections  # uvicorn's, to be shut down by
        self._socket = cast(asyncio.Transport, None)  # until connection_made
        self._protocol: ServerProtocol | None = None  # from the handshake on
        self._receiver: Receiver | None = None  # while there is somebody to tell
        self._outbox: Outbox | None = None  # while anything waits
        self._fragments: bytearray | None = None  # while a message is incomplete
        self._farewell: bytes | None = None  # a close frame that waits behind the outbox
        self._deadline: Timer | None = None  # from the beginning of the end
        self._paused = False
        self.encoding: Encoding = "json"
        self.is_open = False
        self.last_heard = self._clock.monotonic()

    # --- what a session does -----------------------------------------------------------------------------------------

    def send(self, frame: bytes, lane: Lane) -> None:
        if not self.is_open:
            return
        if self._outbox is None and not self._paused:
            self._socket.write(frame)
            return
        if self._outbox is None:
            self._outbox = Outbox(self._settings.outbox_bytes)
        if not self._outbox.put(frame, lane, self._clock.monotonic()):
            self.close(CloseCode.SLOW, "does not read fast enough")

    def ping(self) -> None:
        self.send(_PING, Lane.RED)

    def close(self, code: int, reason: str) -> None:
        if not self.is_open or self._protocol is None:
            return
        if self._protocol.state is not State.OPEN:
            self.is_open = False  # the peer's own close, or its mistake, came in the same read, and is being answered
            return
        if code == CloseCode.SLOW:
            self._outbox = None
        self._protocol.send_close(code, reason.encode()[:_MAX_REASON_BYTES].decode(errors="ignore"))
        self._begin_to_close()
        self._farewell = b"".join(self._protocol.data_to_send())
        if self._outbox is None:
            self._say_farewell()

    def abort(self) -> None:
        self.is_open = False
        self._socket.abort()

    @property
    def idle(self) -> bool:
        return self._outbox is None and not self._paused

    def check_age(self, now: float) -> None:
        oldest = self._outbox.oldest() if self._outbox is not None else None
        if oldest is not None and now - oldest > self._settings.outbox_age_s:
            self.close(CloseCode.SLOW, "has not read for too long")

    # --- what uvicorn and the loop do ---------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._socket = cast(asyncio.Transport, transport)
        self._connections.add(self)

    def data_received(self, data: bytes) -> None:
        if self._protocol is None:
            self._open(data)
            return
        self.last_heard = self._clock.monotonic()
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if self.is_open and isinstance(event, Frame):
                self._read(event)
        self._answer()

    def eof_received(self) -> None:
        if self._protocol is not None:
            self._protocol.receive_eof()
            self._answer()

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        while self._outbox is not None and not self._paused:
            frame = self._outbox.take()
            if frame is None:
                self._outbox = None
            else:
                self._socket.write(frame)
        if self.idle:
            if self._farewell is not None:
                self._say_farewell()
            elif self.is_open and self._receiver is not None:
                self._guarded(self._receiver.drained)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        self._connections.discard(self)
        self._outbox = self._fragments = None
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if self._protocol is not None:
            self._protocol.parser.close()  # the parser and its owner hold each other
        receiver, self._receiver = self._receiver, None
        if receiver is not None:
            self._guarded(receiver.lost)

    def shutdown(self) -> None:
        """uvicorn is about to exit."""
        if self.is_open:
            self.close(CloseCode.DRAIN, "the server stops")
        else:
            self._socket.close()

    # --- the way in ---------------------------------------------------------------------------------------------------

    def _open(self, head: bytes) -> None:
        response, encoding = shake_hands(head, self._gate)
        self._socket.write(response)
        if encoding is None:
            self._begin_to_close()
            self._socket.close()
            return
        self._socket.set_write_buffer_limits(self._settings.high_water_bytes, self._settings.high_water_bytes // 4)
        with suppress(OSError):  # the client may be gone already
            self._socket.get_extra_info("socket").setsockopt(
                socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, self._settings.kernel_unsent_bytes
            )
        self._protocol = ServerProtocol(state=State.OPEN, max_size=self._settings.max_message_bytes, logger=LIBRARY_LOG)
        self.encoding = encoding
        self.is_open = True
        try:
            self._receiver = self._gate.open(self)
        except Exception:
            _log.exception("a connection could not be opened")
            self.close(CloseCode.INTERNAL, "internal error")

    def _read(self, frame: Frame) -> None:
        if frame.opcode in (Opcode.PING, Opcode.PONG, Opcode.CLOSE):
            return  # ServerProtocol has answered
        if frame.opcode not in (Opcode.CONT, _OPCODES[self.encoding]):
            self.close(1003, "text frames" if self.encoding == "json" else "binary frames")
            return
        if self._fragments is None and frame.fin:
            payload = bytes(frame.data)
        else:
            # One buffer, which ServerProtocol's bound on the whole message covers: a list would also hold any number
            # of empty fragments.
            if self._fragments is None:
                self._fragments = bytearray()
            self._fragments += frame.data
            if not frame.fin:
                return
            payload, self._fragments = bytes(self._fragments), None
        self._deliver(payload)

    def _deliver(self, payload: bytes) -> None:
        if self.encoding == "json" and not payload.isascii():
            try:
                payload.decode()
            except UnicodeDecodeError:
                self.close(1007, "not UTF-8")
                return
        if self._receiver is not None:
            try:
                self._receiver.received(payload)
            except Exception:
                _log.exception("a message could not be handled")
                self.close(CloseCode.INTERNAL, "internal error")

    def _answer(self) -> None:
        """Send what ServerProtocol answers by itself: pongs, close frames, the end of the stream."""
        if self._protocol is None or self._socket.is_closing():
            return
        answers = self._protocol.data_to_send()
        if self._protocol.state is State.OPEN:
            if answers:
                self.send(b"".join(answers), Lane.RED)
            return
        if SEND_EOF in answers:
            # The peer has ended it, or broken the protocol: nothing more is of use to it but the close frame.
            self._begin_to_close()
            self._outbox = None
            self._farewell = (self._farewell or b"") + b"".join(answers)
            self._say_farewell()
            self._half_close()

    # --- the end ------------------------------------------------------------------------------------------------------

    def _begin_to_close(self) -> None:
        """From here on nothing is sent or delivered; whatever the peer does, the socket is gone after the deadline."""
        self.is_open = False
        self._fragments = None
        if self._deadline is None:
            self._deadline = self._clock.call_later(self._settings.close_timeout_s, self.abort)

    def _say_farewell(self) -> None:
        farewell, self._farewell = self._farewell, None
        if farewell:
            self._socket.write(farewell)

    def _half_close(self) -> None:
        # Not close(): with bytes unread it makes the kernel send a reset, which can overtake the close frame.
        if self._socket.can_write_eof():
            self._socket.write_eof()
        else:
            self._socket.close()

    def _guarded(self, tell: Any) -> None:
        try:
            tell()
        except Exception:
            _log.exception("a session failed")


def transport_class(gate: Gate, settings: ConnectionSettings, clock: Clock) -> type[asyncio.Protocol]:
    """The class of one server's connections, for uvicorn's `Config(ws=…)`.

    uvicorn makes the instances; what they share lives on the class, where it costs a connection nothing.
    """

    class Bound(Transport):
        __slots__ = ()
        _gate = gate
        _settings = settings
        _clock = clock

    return Bound
