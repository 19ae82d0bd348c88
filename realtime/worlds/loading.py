"""What a server takes over from its log when it starts."""

from collections.abc import Mapping
from typing import Protocol

from realtime.delivery.alertbook import KEPT_S
from realtime.messages import World as WorldName
from realtime.worlds.world import World
from storage.counts import Counts
from storage.directory import Directory
from storage.log import EventLog
from storage.markers import Markers


class Store(EventLog, Directory, Markers, Counts, Protocol):
    """All that is stored, in one."""


async def load(worlds: Mapping[WorldName, World], store: Store, now: float) -> None:
    """What is current: groups, who belongs to them, what else holds, how far rooms are, and recent alerts."""
    alerts = await store.alerts(since=now - KEPT_S)
    oldest = min((logged.alert.received_at for logged in alerts), default=now)
    groups, spans = await store.groups(), await store.rooms()
    stays, markers = await store.memberships(ended_after=oldest), await store.markers()
    facts, (_, notes) = await store.facts(), await store.counting()
    for name, world in worlds.items():
        world.hub.rooms.load(groups, stays, spans)
        world.hub.facts.load(facts)
        world.surveys.load(notes)
        world.hub.markers.load(markers)
        for logged in alerts:
            if logged.world == name:
                world.hub.alerts.settle(logged.alert, logged.rooms, durable=True)
