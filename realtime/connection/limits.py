"""How much one client may say."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """A token bucket, the same for everybody: `burst` at once, and one more each `interval_s`.

    All there is to keep of one client is when its bucket will be full again. A message moves that on by `interval_s`,
    from now if it is past; while it is more than `ahead_s` from now the bucket is empty.
    """

    interval_s: float
    ahead_s: float

    @classmethod
    def of(cls, per_s: float, burst: int) -> "Rate":
        return cls(1.0 / per_s, (burst - 1) / per_s)
