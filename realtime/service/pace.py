"""How much one person may have stored beside alerts, which have limits of their own (R10)."""

from typing import Final

from realtime.clock import Clock
from realtime.config import QuotaSettings
from realtime.delivery.act import Act
from realtime.errors import RateLimited
from realtime.messages import RaiseAlert, UpdateAlert

_MINUTE_S: Final = 60.0
_FEW: Final = 10_000  # people, below which nobody is forgotten


class Pace:
    """A minute's worth at once, and as much again each minute, of each person of one world.

    Everything that is stored is kept for long, and told to others or looked through for them. The platform's owner and
    the server's own probe are not held back.
    """

    def __init__(self, clock: Clock, settings: QuotaSettings) -> None:
        self._clock = clock
        self._is_enforced = settings.enforced
        self._most = settings.changes_per_minute
        self._interval_s = _MINUTE_S / settings.changes_per_minute
        self._full_at: dict[str, float] = {}  # monotonic, by user
        self._forget_at = _FEW

    def forget(self, user: str) -> None:
        """Nothing is remembered of this person."""
        self._full_at.pop(user, None)

    def check(self, act: Act) -> None:
        """Raise RateLimited if one more is too many. What is judged anew has been counted already."""
        if not self._is_enforced or act.origin is None or act.is_counted:
            return
        identity = act.origin.identity
        if isinstance(act.request, RaiseAlert | UpdateAlert) or identity.is_owner or identity.is_probe:
            return
        now = self._clock.monotonic()
        full_at = max(self._full_at.get(identity.user, now), now)
        wait_s = full_at - now - (self._most - 1) * self._interval_s
        if wait_s > 0.0:
            raise RateLimited(f"{self._most} changes a minute; slow down", retry_after_s=wait_s)
        act.is_counted = True
        self._full_at[identity.user] = full_at + self._interval_s
        if len(self._full_at) > self._forget_at:
            self._full_at = {user: at for user, at in self._full_at.items() if at > now}
            self._forget_at = max(_FEW, 2 * len(self._full_at))
