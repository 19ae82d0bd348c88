"""One client that was cut off and comes back, as protocol.md section 7 says: with its places, and when it may."""

import asyncio
import random
from collections.abc import Iterator
from time import monotonic_ns
from typing import Any, Final

from bench.member import Inbox, Lost, Member, Told, told
from bench.records import NEVER
from bench.storm_records import Heard, Places, Return, Visit
from bench.swarm import connected

SECOND_NS: Final = 1_000_000_000
_MOST_S, _FIRST_S = 20.0, 0.5  # of the random wait after failures in a row
_HAS_SEQS: Final = frozenset({"message", "membership", "alert"})
_EXPECTED: Final = frozenset({"welcome", "live", "heartbeat", "error", "drain"})


class Guest(Member):
    """A member that notices at once when it is live, when it is to come back, and when its connection has ended."""

    __slots__ = ("live_ns", "settled")

    def __init__(self, index: int, msgpack: bool, inbox: Inbox) -> None:
        super().__init__(index, msgpack, inbox)
        self.live_ns = NEVER
        self.settled = asyncio.Event()  # it is live, or never will be

    async def ended(self) -> None:
        """Wait until this connection is over."""
        while self.closed is None:
            self.settled.clear()
            await self.settled.wait()

    def _heard(self, payload: bytes, now: int) -> None:
        super()._heard(payload, now)
        heard = told(payload)
        if heard.type == "live":
            self.live_ns = min(now, self.live_ns)
            self.settled.set()
        elif heard.type == "drain":
            self.come_back_s = heard.reconnect_after_s

    def _end(self, reason: str) -> None:
        super()._end(reason)
        self.settled.set()


def events(message: Told) -> Iterator[Heard]:
    """The seqs that a message brings."""
    if message.type in _HAS_SEQS:
        for room, seq in message.rooms.items():
            yield Heard(room, seq, (message.message or "?") if message.type == "message" else message.type)


def note(places: Places, message: Told) -> None:
    """Raise a client's places by a message. Nothing overtakes here: what has a seq is next in its room, or a gap."""
    if message.type == "membership" and message.group is not None:
        places[message.group] = max(places.get(message.group, 0), message.from_ - 1)
    for event in events(message):
        if event.seq == places.get(event.room, 0) + 1:
            places[event.room] = event.seq


class Returner:
    """One client on its way back."""

    def __init__(self, client: int, msgpack: bool, url: str, hello: dict[str, Any], places: Places) -> None:
        """`hello` lacks only `rooms`, which is `places` as far as the client has come."""
        self._client, self._msgpack, self._url, self._hello = client, msgpack, url, hello
        self._places = dict(places)
        self._visits: list[tuple[Visit, Inbox]] = []
        self._guest: Guest | None = None

    async def come_back(self, first_ns: int, until_ns: int) -> None:
        """Knock at `first_ns`, and again when the server says or after a random wait, until caught up or `until_ns`."""
        failures, next_ns = 0, first_ns
        while next_ns < until_ns:
            await asyncio.sleep(max(0.0, (next_ns - monotonic_ns()) / SECOND_NS))
            visit, inbox = Visit(claimed=dict(self._places), knocked_ns=monotonic_ns()), Inbox()
            self._visits.append((visit, inbox))
            told_s = await self._visit(visit, inbox)
            if visit.live_ns != NEVER:
                return
            for _, _, payload in inbox:
                note(self._places, told(payload))
            failures += 1
            wait_s = random.uniform(0.0, min(_MOST_S, _FIRST_S * 2.0**failures)) if told_s is None else told_s
            next_ns = monotonic_ns() + int(wait_s * SECOND_NS)

    async def _visit(self, visit: Visit, inbox: Inbox) -> float | None:
        """One attempt; returns in how many seconds the server said to try again, if it did and this came to nothing."""
        try:
            self._guest = guest = await connected(Guest, self._client, self._msgpack, inbox, self._url)
            answer = await guest.ask(self._say_hello())
            while answer.code == "busy":
                visit.busy += 1
                await asyncio.sleep(answer.retry_after_s or 0.0)
                answer = await guest.ask(self._say_hello())
        except Lost as lost:
            visit.ended = str(lost)
            return lost.come_back_s
        except OSError as error:
            visit.ended = error.strerror or type(error).__name__
            return None
        if answer.type == "welcome":
            await guest.settled.wait()
            visit.live_ns = guest.live_ns
            visit.ended = guest.closed
        else:
            visit.ended = f"hello was refused: {answer.code}"
            guest.leave()
        return guest.come_back_s

    def _say_hello(self) -> dict[str, Any]:
        return self._hello | {"type": "hello", "rooms": self._places}

    def leave(self) -> None:
        """Go, if still there; a connection that is not was cut off after all had come."""
        if self._guest is not None:
            visit = self._visits[-1][0]
            visit.ended = visit.ended or self._guest.closed
            self._guest.leave()

    def account(self) -> Return:
        """What came, decoded: for when the run is over and time costs nothing."""
        for visit, inbox in self._visits:
            visit.heard, visit.odd, is_live = [], [], False
            for _, _, payload in inbox:
                message = told(payload)
                visit.heard += events(message)
                if message.type not in _HAS_SEQS and message.type not in _EXPECTED:
                    visit.odd.append(message.type)
                is_live = is_live or message.type == "live"
                if not is_live:
                    visit.before_live = len(visit.heard)
        return Return(self._client, [visit for visit, _ in self._visits])
