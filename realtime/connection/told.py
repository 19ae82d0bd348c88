"""What a session's heartbeats have said of how many frames it was sent, so that its client can be held to it."""


class Told:
    """A count that a client must have come to, once a heartbeat with it has been out for long enough.

    An `ack` may cross a heartbeat on its way, and then tells of fewer frames though none is lost. So a count is owed
    only `patience_s` after it was told; while one ripens, later ones are not noted.
    """

    __slots__ = ("_at", "_owed", "_patience_s", "_ripening")

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._owed = 0
        self._ripening: int | None = None
        self._at = 0.0

    def tell(self, count: int, now: float) -> None:
        """A heartbeat goes out with this count."""
        self.owed(now)
        if self._ripening is None:
            self._ripening, self._at = count, now

    def owed(self, now: float) -> int:
        """The count that the client must have come to by now."""
        if self._ripening is not None and now - self._at >= self._patience_s:
            self._owed, self._ripening = self._ripening, None
        return self._owed
