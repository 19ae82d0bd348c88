"""Who gets which copy of an alert: noted as theirs in the same step in which it is chosen for them."""

from realtime.clock import Clock
from realtime.delivery.alertbook import AlertBook, Record
from realtime.delivery.alike import Alike
from realtime.delivery.chosen import Chosen
from realtime.delivery.holds import Codes, Holds, hold_of
from realtime.delivery.noise import Noise
from realtime.delivery.rooms import Rooms
from realtime.delivery.roster import Marks, Roster, is_on_duty
from realtime.delivery.subscriber import Subscriber
from realtime.delivery.targets import Targets
from realtime.delivery.views import AlertCopies, Reasons
from realtime.delivery.wishes import Wishes
from realtime.frames import Frames
from realtime.messages import World
from realtime.naming import Naming


class AlertViews:
    """The copies of each alert as it is recorded now, kept for whoever comes later."""

    def __init__(self, world: World, naming: Naming, rooms: Rooms, alerts: AlertBook) -> None:
        self._world = world
        self._naming = naming
        self._rooms = rooms
        self._alerts = alerts
        self._copies: dict[str, AlertCopies] = {}  # by alert

    def of(self, record: Record) -> AlertCopies:
        copies = self._copies.get(record.alert.id)
        if copies is None or copies.record is not record:
            copies = self._copies[record.alert.id] = AlertCopies(record, self._world, self._naming, self._rooms)
        return copies

    def forget(self, user: str) -> None:
        """What somebody shows of themselves has changed: their alerts are shown anew."""
        for record in self._alerts.of_author(user):
            self._copies.pop(record.alert.id, None)

    def forget_old(self) -> None:
        """Drop those of alerts that are gone, or recorded otherwise."""
        alerts = self._alerts
        self._copies = {id: copies for id, copies in self._copies.items() if alerts.record(id) is copies.record}


class Marking:
    """Decides on copies, with the wishes of each and the noise at their device."""

    def __init__(
        self, views: AlertViews, holds: Holds, roster: Roster, alike: Alike, wishes: Wishes, noise: Noise, clock: Clock
    ) -> None:
        self._views = views
        self._alike = alike
        self._holds = holds
        self._roster = roster
        self._wishes = wishes
        self._noise = noise
        self._clock = clock

    def mark_each(self, record: Record, chosen: Chosen, former: Codes, muted: Marks | None) -> Targets:
        """Note that these have an alert's current revision from now on; returns those who need a copy, with theirs.

        `former` is what they have now, `muted` who wants no signal.
        """
        copies, is_active = self._views.of(record), record.is_active(self._clock.now())
        targets = Targets()
        groups = chosen.alike(former, self._roster, muted)
        is_paired = self._alike.concerns(record)
        for reasons, code, on_duty, is_muted, alike in self._alike.parted(record, groups) if is_paired else groups:
            copy, numbers = copies[reasons, hold_of(code), on_duty, is_active, is_muted], alike
            if copy is not None and copy.sounds and self._is_noise(record):
                numbers, over = self._noise.parted(alike)
                silent = copies[reasons, hold_of(code), on_duty, is_active, True]
                if silent is not None and len(over):
                    self._noise.silenced(over)
                    self._holds.set_each(record.alert.id, over, silent.hold)
                    targets.add(over, silent.frames)
            if copy is not None:
                self._holds.set_each(record.alert.id, numbers, copy.hold)
                targets.add(numbers, copy.frames)
        if is_paired:
            self._alike.carry(record)
        return targets

    def mark_one(self, session: Subscriber, record: Record, reasons: Reasons) -> Frames | None:
        """The same for one."""
        id, is_active, number = record.alert.id, record.is_active(self._clock.now()), session.number
        is_muted = self._wishes.unwanted(session, record.alert, reasons)
        if is_paired := self._alike.concerns(record):
            self._alike.carry(record, number)  # who is back may have both, and have heard what was merged into this
            reasons = self._alike.for_one(record, number, reasons)
        hold, on_duty = self._holds.get(id, number), is_on_duty(session)
        copies = self._views.of(record)
        copy = copies[reasons, hold, on_duty, is_active, is_muted]
        if copy is not None and copy.sounds and self._is_noise(record) and not self._noise.may_sound(number):
            copy = copies[reasons, hold, on_duty, is_active, True]
            if copy is not None:
                self._noise.silenced_one(number)
        if copy is None:
            return None
        self._holds.set(id, number, copy.hold)
        if is_paired:
            self._alike.carry(record, number)
        return copy.frames

    def forget_old(self) -> None:
        self._views.forget_old()

    def _is_noise(self, record: Record) -> bool:
        return record.alert.level == "yellow" and self._noise.is_limited
