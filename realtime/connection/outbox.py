"""The bounded queue of frames for one slow socket, red first."""

from collections import deque
from typing import Final

from realtime.lanes import Lane

# What an entry costs beside its bytes (the tuple, its float, its place in the deque, measured): counted, so that a
# client which lets us queue thousands of two-byte pongs cannot hold fifty times the memory that the bound says.
ENTRY_BYTES: Final = 96


class Outbox:
    """What waits for one socket to take more. An empty deque is 760 bytes, so a lane is made when it is needed."""

    __slots__ = ("_lanes", "_max_bytes", "queued_bytes")

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._lanes: list[deque[tuple[float, bytes]] | None] = [None] * len(Lane)
        self.queued_bytes = 0

    def put(self, frame: bytes, lane: Lane, now: float) -> bool:
        """Queue one frame behind those of its lane. False means full, and nothing was queued.

        The session then closes, and the client catches up from the log.
        """
        cost = len(frame) + ENTRY_BYTES
        if self.queued_bytes + cost > self._max_bytes:
            return False
        queue = self._lanes[lane]
        if queue is None:
            queue = self._lanes[lane] = deque()
        queue.append((now, frame))
        self.queued_bytes += cost
        return True

    def take(self) -> bytes | None:
        """The next frame: the oldest of the highest lane that has any. None when empty."""
        for queue in self._lanes:
            if queue:
                frame = queue.popleft()[1]
                self.queued_bytes -= len(frame) + ENTRY_BYTES
                return frame
        return None

    def oldest(self, *lanes: Lane) -> float | None:
        """When the frame that has waited longest was queued, in any of these lanes; None if none waits there."""
        return min((queue[0][0] for lane in lanes or Lane if (queue := self._lanes[lane])), default=None)
