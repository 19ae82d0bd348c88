"""Which part of the map each session looks at."""

from collections.abc import Sequence

from geo.boxes import BoxIndex, in_boxes
from geo.distance import Box
from realtime.delivery.subscriber import Subscriber

_NOWHERE: Sequence[Box] = ()


class Viewports:
    """One for each session that looks at a map; gone with the session, and never stored."""

    def __init__(self) -> None:
        self._index: BoxIndex[Subscriber] = BoxIndex()
        self._of: dict[Subscriber, Sequence[Box]] = {}

    def __len__(self) -> int:
        return len(self._of)

    def look(self, session: Subscriber, boxes: Sequence[Box]) -> None:
        """From now on a session looks there, and nowhere else."""
        self._of[session] = boxes
        self._index.put(session, boxes)

    def look_away(self, session: Subscriber) -> None:
        if self._of.pop(session, None) is not None:
            self._index.remove(session)

    def on(self, lat: float, lon: float) -> list[Subscriber]:
        """Who looks at a place."""
        return self._index.holding(lat, lon)

    def of(self, session: Subscriber) -> Sequence[Box]:
        """What a session looks at; nothing if it looks at no map."""
        return self._of.get(session, _NOWHERE)

    def shows(self, session: Subscriber, lat: float, lon: float) -> bool:
        boxes = self._of.get(session)
        return boxes is not None and in_boxes(lat, lon, boxes)
