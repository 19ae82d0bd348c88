"""How many alerts one person may raise (R10), counted from the log."""

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from realtime.config import QuotaSettings
from realtime.errors import RateLimited
from realtime.identity import Identity
from realtime.messages import Level
from storage.events import Alert

HOUR_S = 3_600.0
DAY_S = 86_400.0

Limits: TypeAlias = tuple[tuple[int, float], ...]
"""Pairs of how many and in how many seconds."""

_BELOW: Final[dict[Level, tuple[Level, ...]]] = {"red": ("yellow", "info"), "yellow": ("info",), "info": ()}


class Quotas:
    """The limits of one world. They count what is stored and what waits to be, so they survive a restart."""

    def __init__(self, settings: QuotaSettings) -> None:
        self._settings = settings

    def is_new(self, identity: Identity, now: float) -> bool:
        """Whether an account is too young to be trusted with more, or with knowing its reach."""
        return identity.since is None or now - identity.since < self._settings.new_account_s

    def check(
        self,
        identity: Identity,
        is_vouched: bool,
        level: Level,
        alerts: Sequence[Alert],
        now: float,
        *,
        is_probing: bool = False,
    ) -> None:
        """Raise RateLimited if one more alert of this level is too many: when to try again, and the level below.

        `alerts` is what this person has raised; `is_vouched` whether a locked group stands for them;
        `is_probing` whether they seem to ask who is where (R24).
        """
        is_doubtful = is_probing and identity.verified_role is None
        limits = {each: self._limits(identity, is_vouched, each, now, is_doubtful) for each in (level, *_BELOW[level])}
        wait_s = self._wait_s(identity, limits[level], level, alerts, now)
        if wait_s <= 0:
            return
        passing = (each for each in _BELOW[level] if self._wait_s(identity, limits[each], each, alerts, now) <= 0)
        offer = next(passing, None)
        hint = "" if offer is None else f"; it would pass as {offer} now"
        raise RateLimited(f"no more {level} for {_in_words(wait_s)}{hint}", retry_after_s=wait_s, offer=offer)

    def _wait_s(self, identity: Identity, limits: Limits, level: Level, alerts: Iterable[Alert], now: float) -> float:
        """How long until one more of this level is allowed; 0 if it is now."""
        if not self._settings.enforced or identity.is_probe:
            return 0.0
        times = sorted(change.at for alert in alerts for change in alert.levels if change.level == level)
        waits = [0.0]
        for limit, window_s in limits:
            if len(times) >= limit:
                waits.append(times[-limit] + window_s - now)
        return max(waits)

    def _limits(self, identity: Identity, is_vouched: bool, level: Level, now: float, is_probing: bool) -> Limits:
        s = self._settings
        if level == "info":
            return ((s.info_per_hour, HOUR_S), (s.info_per_day, DAY_S))
        if level == "yellow" and is_probing:
            return ((min(s.probing_yellow_per_day, s.yellow_per_day), DAY_S),)
        if level == "yellow":
            return ((s.yellow_per_hour, HOUR_S), (s.yellow_per_day, DAY_S))
        if identity.verified_role is not None:
            return ((s.duty_red_per_hour, HOUR_S),)
        if is_probing or self.is_new(identity, now) or not (identity.vouched or is_vouched):
            return ((s.new_red_per_day, DAY_S),)
        return ((s.red_per_hour, HOUR_S), (s.red_per_day, DAY_S))


def _in_words(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
