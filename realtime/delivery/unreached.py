"""Devices that an active red concerns and that it could not reach: for whoever has another way to them.

This is location data (R14, R17): in memory, only for as long as somebody could yet be reached, never logged or told.
"""

from collections.abc import Iterable

from realtime.clock import Clock
from realtime.delivery.alertbook import AlertBook
from realtime.delivery.presence import Presence
from realtime.delivery.subscriber import Device
from storage.events import Alert


class Unreached:
    """By active red: who was chosen and is dead, and who is near by their last position and was not connected.

    A device is forgotten when it is back, since catching up gives it the alert; when the alert ends, expires or is no
    longer red; and, if it is here for its position alone, when that is. The author's own devices never count.
    """

    def __init__(self, alerts: AlertBook, presence: Presence, clock: Clock) -> None:
        self._alerts = alerts
        self._presence = presence
        self._clock = clock
        self._devices: dict[str, dict[Device, bool]] = {}  # by alert; whether only a position makes it concern them

    def __call__(self, alert: str) -> set[Device]:
        """The devices, as (user, device), that this alert has not reached; empty unless it is an active red."""
        if not self._is_active_red(alert):
            return set()
        devices = self._devices.get(alert, {})
        return {device for device, is_near in devices.items() if self._still_concerns(device, is_near)}

    def __len__(self) -> int:
        """How many devices at least one active red has not reached."""
        return len(set().union(*(self(alert) for alert in self._devices)))

    def add(self, alert: Alert, devices: Iterable[Device], *, near: bool) -> None:
        """These were not reached; `near`: their position is the only reason why they should be."""
        others = {device: near for device in devices if device[0] != alert.author}
        if others and self._is_active_red(alert.id):
            self._devices.setdefault(alert.id, {}).update(others)

    def returned(self, device: Device) -> None:
        """A device has said hello."""
        for alert, devices in list(self._devices.items()):
            if devices.pop(device, None) is not None and not devices:
                del self._devices[alert]

    def changed(self, alert: str) -> None:
        """An alert has a new revision: it may be over, or no longer a red."""
        if alert in self._devices and not self._is_active_red(alert):
            del self._devices[alert]

    def forget_old(self) -> None:
        """Let go of alerts that have expired, and of positions that have."""
        kept = {alert: self(alert) for alert in self._devices}
        self._devices = {
            alert: {device: near for device, near in self._devices[alert].items() if device in devices}
            for alert, devices in kept.items()
            if devices
        }

    def _is_active_red(self, alert: str) -> bool:
        record = self._alerts.record(alert)
        return record is not None and record.alert.level == "red" and record.is_active(self._clock.now())

    def _still_concerns(self, device: Device, is_near: bool) -> bool:
        return not is_near or self._presence.has_position(*device)
