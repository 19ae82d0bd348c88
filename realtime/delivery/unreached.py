"""Devices that an active red concerns and that it could not reach: for whoever has another way to them.

This is location data (R14, R17): in memory, only for as long as somebody could yet be reached, never logged or told.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from realtime.clock import Clock
from realtime.delivery.alertbook import AlertBook
from realtime.delivery.presence import Presence
from realtime.delivery.rooms import Rooms
from realtime.delivery.subscriber import Device
from realtime.delivery.views import MAP, NEAR, NEAR_ONLY, Reasons, elsewhere_in
from storage.events import Alert

_LOOKED_AT_ONCE: Final = 250  # some half a millisecond


class Unreached:
    """By active red: who was chosen and is dead, and who is near by their last position and was not connected.

    A device is forgotten when it is back, since catching up gives it the alert; when the alert ends, expires or is no
    longer red; if it is here for its position, when that expires; and if for a group, when its person has left that.
    The author's own devices never count.

    What only time or a group changes is seen when a device is looked at: by whoever asks for an alert's devices at
    once, by whoever asks how many there are after the next round of `forget_old`.
    """

    def __init__(self, alerts: AlertBook, presence: Presence, rooms: Rooms, clock: Clock) -> None:
        self._alerts = alerts
        self._rooms = rooms
        self._presence = presence
        self._clock = clock
        self._devices: dict[str, dict[Device, Reasons]] = {}  # by alert; why it concerns them
        self._counts: Counter[Device] = Counter()  # how many of these alerts have not reached it
        self._round: Iterator[bool] | None = None

    def __call__(self, alert: str) -> set[Device]:
        """The devices, as (user, device), that this alert has not reached; empty unless it is an active red."""
        found = self._active_red(alert)
        if found is None:
            return set()
        devices = self._devices.get(alert, {})
        return {device for device, reasons in devices.items() if self._still_concerns(found, device, reasons)}

    def __len__(self) -> int:
        """How many devices at least one active red has not reached, as far as has been looked."""
        return len(self._counts)

    def add(self, alert: Alert, devices: Iterable[Device], reasons: Reasons) -> None:
        """These were not reached, and should be for these reasons."""
        others = {device: reasons for device in devices if device[0] != alert.author}
        if others and self._active_red(alert.id) is not None:
            known = self._devices.setdefault(alert.id, {})
            self._counts.update([device for device in others if device not in known])  # counted in C: a red waits
            known.update(others)

    def returned(self, device: Device) -> None:
        """A device has said hello."""
        if device in self._counts:
            for alert in [alert for alert, devices in self._devices.items() if device in devices]:
                self._forget(alert, device)

    def forget(self, user: str) -> None:
        """Nothing waits for any device of this person."""
        for device in [device for device in self._counts if device[0] == user]:
            self.returned(device)

    def changed(self, alert: str) -> None:
        """An alert has a new revision: it may be over, or no longer a red."""
        if alert in self._devices and self._active_red(alert) is None:
            for device in self._devices.pop(alert):
                self._uncount(device)

    def forget_old(self) -> bool:
        """Look at some devices, and let go of those that no red concerns any more; True until a round is done."""
        self._round = self._round or self._look_at_all()
        if next(self._round, False):
            return True
        self._round = None
        return False

    def _look_at_all(self) -> Iterator[bool]:
        """One round, which yields after each slice of it. Anything may change meanwhile: what is new waits its turn."""
        left = _LOOKED_AT_ONCE
        for alert in list(self._devices):
            for device in list(self._devices.get(alert, ())):
                if not left:
                    yield True
                    left = _LOOKED_AT_ONCE
                left -= 1
                reasons = self._devices.get(alert, {}).get(device)
                if reasons is None:
                    continue
                found = self._active_red(alert)
                if found is None or not self._still_concerns(found, device, reasons):
                    self._forget(alert, device)

    def _forget(self, alert: str, device: Device) -> None:
        devices = self._devices[alert]
        del devices[device]
        if not devices:
            del self._devices[alert]
        self._uncount(device)

    def _uncount(self, device: Device) -> None:
        self._counts[device] -= 1
        if not self._counts[device]:
            del self._counts[device]

    def _active_red(self, alert: str) -> Alert | None:
        record = self._alerts.record(alert)
        if record is None or record.alert.level != "red" or not record.is_active(self._clock.now()):
            return None
        return record.alert

    def _still_concerns(self, alert: Alert, device: Device, reasons: Reasons) -> bool:
        if NEAR[0] in reasons.why and self._presence.has_position(*device):
            return True
        if any(why != MAP for why in elsewhere_in(reasons)):
            return True
        return reasons != NEAR_ONLY and any(device[0] in self._rooms.members(group) for group in alert.groups)
