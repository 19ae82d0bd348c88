"""Token buckets: how much one client may say."""


class TokenBucket:
    """`burst` at once, refilled with `rate` a second."""

    __slots__ = ("_at", "_tokens")

    def __init__(self, burst: float, now: float) -> None:
        self._tokens = burst
        self._at = now

    def wait_s(self, rate: float, burst: float, now: float) -> float:
        """Take one; 0 if there was one, else how long until there is. What is refused costs nothing."""
        tokens = min(burst, self._tokens + (now - self._at) * rate)
        self._at = now
        if tokens >= 1.0:
            self._tokens = tokens - 1.0
            return 0.0
        self._tokens = tokens
        return (1.0 - tokens) / rate
