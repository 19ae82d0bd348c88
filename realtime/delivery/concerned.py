"""Everyone connected whom an alert concerns: by where they are, by their groups, or by a place from elsewhere."""

from realtime.delivery.alertbook import AlertBook, Record, reach_m
from realtime.delivery.chosen import Chosen
from realtime.delivery.elsewhere import Elsewhere
from realtime.delivery.holds import Holds
from realtime.delivery.presence import Presence
from realtime.delivery.rooms import Rooms
from realtime.delivery.subscriber import Device
from realtime.delivery.views import ABOUT_ONLY, HELD_ONLY, NEAR, joined, reasons_for


class Concerned:
    """Of one world; nobody who has no reason of their own is among them (R13)."""

    def __init__(self, presence: Presence, rooms: Rooms, holds: Holds, alerts: AlertBook, elsewhere: Elsewhere) -> None:
        self._presence = presence
        self._rooms = rooms
        self._holds = holds
        self._alerts = alerts
        self._elsewhere = elsewhere

    def by(self, record: Record) -> tuple[Chosen, list[Device]]:
        """Who is near, a member of an addressed room, the author, concerned from elsewhere, or has what it is about.

        Each once with all reasons; and the devices that are near and not connected.
        """
        alert = record.alert
        chosen = Chosen(len(self._presence.roster))
        absent: list[Device] = []
        if record.is_near_somebody:
            area = self._alerts.area_of(alert)
            if area is None:
                near, absent = self._presence.near(alert.public_lat, alert.public_lon, reach_m(alert))
            else:
                near, absent = self._presence.inside(area, reach_m(alert))
            chosen.add_near(near)
        for about in self._alerts.sources(alert):
            chosen.add_tied(self._holds.holders(about))
        for user in {alert.author}.union(*(self._rooms.members(group) for group in alert.groups)):
            for session in self._presence.of_user(user):
                why = chosen.reasons(session.number).why if session.number in chosen else ()
                reasons = reasons_for(session, record, self._rooms, near=why == NEAR, tied=why == ABOUT_ONLY.why)
                if reasons is not None:
                    chosen.add(session.number, reasons)
        for session, why in self._elsewhere.entitled(record).items():
            number = session.number
            chosen.add(number, joined(chosen.reasons(number) if number in chosen else None, why) or HELD_ONLY)
        return chosen, absent
