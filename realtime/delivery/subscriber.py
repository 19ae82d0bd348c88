"""A session as delivery knows it: somebody to deliver to, and what they hold."""

from typing import NamedTuple, Protocol, TypeAlias

from realtime.errors import CloseCode
from realtime.frames import Frames
from realtime.identity import Identity
from realtime.lanes import Lane
from realtime.messages import Encoding

Device: TypeAlias = tuple[str, str]  # whose, and which


class Hold(NamedTuple):
    """What one session has of one alert: its revision, and the highest level number it was signalled at (0: none).

    Kept in `Holds` by the number of its device, and gone with the session.
    """

    revision: int
    signalled: int


class Subscriber(Protocol):
    identity: Identity
    device: str
    number: int  # its device's, while it is attached: in the roster, the position index, and all that is kept of it

    @property
    def is_open(self) -> bool: ...

    @property
    def delivered(self) -> int:
        """How many counted frames so far, written or not."""

    @property
    def file(self) -> int:
        """Its socket's number among the `Lines`; below 0 if it is not among them."""

    @property
    def encoding(self) -> Encoding: ...

    @property
    def heard_at(self) -> float:
        """When the client was last heard (Unix seconds)."""

    @property
    def last_heard(self) -> float:
        """The same in monotonic seconds: when any bytes came from it, pongs included."""

    def deliver(self, frames: Frames, lane: Lane, taken: int = 0) -> bool:
        """Write or queue an `alert`, `update` or `message` frame, which the heartbeat counts. Never raises.

        `taken`: how many bytes of it the kernel has from the `Lines`. Returns whether it has all of it now.
        """

    def has_written(self, count: int) -> bool:
        """Whether the kernel has taken the first `count` delivered frames, as far as is known.

        One that waited in a queue counts when that is empty; what is closed takes nothing more.
        """

    def tell(self, frames: Frames, lane: Lane) -> None:
        """Write or queue anything else. Never raises."""

    def replay(self, piece: bytes, *, counted: int) -> None:
        """Write or queue some frames as one piece, of which the heartbeat counts so many. Never raises."""

    def ping(self) -> None:
        """Ask for a sign of life, which shows in `last_heard`."""

    def pass_over(self, room: str, seq: int) -> None:
        """Something in a room is not this session's to see: tell it with the next heartbeat, which closes the gap."""

    def close(self, code: CloseCode, reason: str) -> None:
        """End it; what is queued is still sent where the code allows."""

    @property
    def is_drained(self) -> bool:
        """Whether what is delivered now goes out now."""

    async def until_drained(self) -> None:
        """Return when nothing is queued, or the session is closed."""
