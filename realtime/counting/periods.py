"""Local hours, days and weeks, by which counts are kept: texts that sort by time, so that a range of days has all."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class Periods:
    """The calendar of one time zone. Raises ValueError for a zone that this machine does not know."""

    def __init__(self, zone: str) -> None:
        try:
            self._zone = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"figures.zone: this machine knows no time zone {zone}") from None

    def hour(self, at: float) -> str:
        """`2026-11-26T21`; the hour that comes twice in autumn is one."""
        return f"{self._local(at):%Y-%m-%dT%H}"

    def day(self, at: float) -> str:
        """`2026-11-26`."""
        return f"{self._local(at):%Y-%m-%d}"

    def week(self, at: float) -> str:
        """The Monday of its week, as a day."""
        local = self._local(at)
        return f"{local.date() - timedelta(days=local.weekday()):%Y-%m-%d}"

    def _local(self, at: float) -> datetime:
        return datetime.fromtimestamp(at, self._zone)
