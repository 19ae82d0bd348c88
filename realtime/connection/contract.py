"""What a socket and a session know of each other, so that each can be tested without the other."""

from typing import Literal, Protocol, TypeAlias

from realtime.lanes import Lane
from realtime.messages import Encoding

Side: TypeAlias = Literal["server", "client", "network"]  # who ended a connection


class Connection(Protocol):
    """One client's socket, as its session sees it. Nothing here ever raises, whatever state the socket is in."""

    encoding: Encoding
    last_heard: float  # Clock.monotonic() when bytes last came in, pongs included
    file: int  # the socket's number among the Lines; below 0 if it is not among them

    def send(self, frame: bytes, lane: Lane) -> bool:
        """Write at once if nothing waits and the socket takes it, else queue. Ignored when no longer open.

        What is queued goes out by lane, in order within each. When no more may be queued, the connection closes with
        CloseCode.SLOW, and what waited is dropped. Returns whether the kernel has all of it already.
        """

    def ping(self) -> None:
        """Ask for a sign of life; the answer shows in `last_heard`."""

    def close(self, code: int, reason: str) -> None:
        """Send what is queued if the socket takes it in time, then the close frame; only the first call counts.

        With CloseCode.SLOW what is queued is dropped. A peer that does not finish in `close_timeout_s` is cut off.
        """

    def abort(self) -> None:
        """Cut the connection, now."""

    @property
    def is_open(self) -> bool:
        """False before the handshake, and from the moment that closing, aborting or losing began."""

    @property
    def idle(self) -> bool:
        """Whether a frame sent now would be written now. If not, `Receiver.drained` follows, or `Receiver.lost`."""

    @property
    def written_by_lines(self) -> int:
        """How many frames it was given that did not come through `send`."""

    @property
    def red_since(self) -> float | None:
        """Since when (Clock.monotonic()) the oldest queued frame of the red lane has been waiting; None if none is."""

    @property
    def queued_bytes(self) -> int:
        """What waits for the socket to take more, with what each frame costs to keep."""

    def check_age(self, now: float) -> None:
        """Close with CloseCode.SLOW if a frame has waited longer than `outbox_age_s`; for a periodic call."""


class Receiver(Protocol):
    """A session, as its socket sees it."""

    def received(self, payload: bytes) -> None:
        """One whole message, valid UTF-8 if the encoding is JSON. Called inside `data_received`, in order.

        Not called any more once the connection is no longer open. An exception closes it with CloseCode.INTERNAL.
        """

    def drained(self) -> None:
        """The connection has become idle again."""

    def lost(self) -> None:
        """The socket is gone. Called exactly once."""


class Gate(Protocol):
    """Who lets clients in."""

    def wait_s(self) -> float | None:
        """None if one more may come now; else how long it is told to wait, by HTTP 503 with Retry-After."""

    def open(self, connection: Connection) -> Receiver:
        """Receive for a new connection, whose handshake has just been answered."""

    def ended(self, by: Side, code: int) -> None:
        """An open connection has begun to end, with this close code (1006: without one). Called once for each."""
