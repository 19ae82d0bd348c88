"""One device of one person: it connects, comes back, catches up, and writes down all that it hears."""

import asyncio
from collections import Counter
from collections.abc import Callable
from random import Random
from time import monotonic
from typing import Any, Final

from bench.chaos import hearing, records
from bench.chaos.asking import Asked
from bench.chaos.kept import ENDINGS, Kept
from bench.chaos.link import Link
from bench.chaos.records import NEVER, Connection, Page, Position
from bench.chaos.town import DevicePlan

CONNECT_S: Final = 5.0
HOLDS: Final = 300
Heard = dict[str, Any]


class Device:
    """`asked` finds the person's requests by id; whatever of them is not done and `device`'s own is asked again."""

    def __init__(
        self,
        record: records.Device,
        plan: DevicePlan,
        token: str,
        address: tuple[str, int],
        asked: dict[str, Asked],
        chance: Random,
        notes: Counter[str],
        *,
        patience_s: float,
        most_wait_s: float,
    ) -> None:
        self.record, self.plan = record, plan
        self.kept = Kept(monotonic)
        self.pending: dict[str, Asked] = {}
        self.is_leaving = False
        self.codes: dict[str, str] = {}  # of locked groups that were made here
        self.here = plan.home
        self._measured = monotonic()
        self._token, self._address, self._asked = token, address, asked
        self._chance, self._notes = chance, notes
        self._patience_s, self._most_wait_s = patience_s, most_wait_s
        self._link: Link | None = None
        self._lost = asyncio.Event()
        self._failures = 0
        self._come_back_after_s: float | None = None
        self._delivered = 0
        self._heard_at = self._ping_due = self._read_again_at = 0.0
        self._pinged: dict[str, float] = {}
        self._ping_answered = -NEVER
        self._positions: dict[str, Position] = {}
        self._count = 0
        self._pages: dict[str, asyncio.Future[Heard]] = {}
        self._on: dict[str, Callable[[Heard], None]] = {
            "welcome": self._on_welcome,
            "ok": self._on_answer,
            "error": self._on_answer,
            "alert": self._on_copy,
            "update": self._on_copy,
            "message": self._on_message,
            "membership": self._on_membership,
            "stored": self._on_stored,
            "live": self._on_live,
            "heartbeat": self._on_heartbeat,
            "unconfirmed": self._on_unconfirmed,
            "start_over": self._on_start_over,
            "drain": self._on_drain,
            "history": self._on_history,
            "history_lost": self._on_history_lost,
        }

    @property
    def connection(self) -> Connection:
        return self.record.connections[-1]

    @property
    def is_greeted(self) -> bool:
        return self._link is not None and self.connection.welcomed < NEVER

    @property
    def is_settled_since(self) -> float:
        """All that was dispatched to this device before then is here, and all that it asked is answered."""
        return self.connection.proven if self.is_greeted and not self.pending else -NEVER

    # --- coming and going --------------------------------------------------------------------------------------------

    async def live(self) -> None:
        """Connect, and connect again, until it is told to leave."""
        while not self.is_leaving:
            self._lost.clear()
            await self._connect()
            if self._link is not None:
                await self._lost.wait()
            wait_s = self._chance.uniform(0, min(self._most_wait_s, 0.5 * 2**self._failures))
            if self._come_back_after_s is not None:
                wait_s, self._come_back_after_s = self._come_back_after_s, None
            if not self.is_leaving:
                await asyncio.sleep(wait_s)

    async def _connect(self) -> None:
        opened, narrow = monotonic(), self.plan.narrow
        try:
            async with asyncio.timeout(CONNECT_S):
                link = await Link.connect(*self._address, self.plan.msgpack, self._heard, self._ended, narrow=narrow)
        except OSError:
            self._failures += 1
            self._notes["connections refused"] += 1
            return
        if not link.is_open:  # with the answer to the upgrade came the end
            return
        self._link = link
        self.record.connections.append(Connection(opened))
        self.kept.connection = len(self.record.connections) - 1
        self._delivered = 0
        self._pinged.clear()
        self._positions.clear()
        self._ping_answered = -NEVER
        self._heard_at = monotonic()
        self._say_hello()

    def _say_hello(self) -> None:
        now, connection = monotonic(), self.connection
        lat, lon = self.here
        claims = self.kept.claims(HOLDS)
        self._notes["holds left unnamed"] += len(self.kept.holds) - len(claims)
        hello: Heard = {
            "type": "hello",
            "id": "h",
            "token": self._token,
            "device": self.record.name,
            "client": "samverkan chaos",
            "rooms": self.kept.places(),
            "holds": claims,
            "ping_s": 10,
            "position": {"lat": lat, "lon": lon, "accuracy_m": self.plan.accuracy_m, "age_s": now - self._measured},
        }
        if self.kept.epoch is not None:
            hello["epoch"] = self.kept.epoch
        connection.hello = now
        connection.places = hello["rooms"]
        connection.holds = {claim["alert"]: claim["revision"] for claim in claims}
        self._positions["h"] = self._note_position(now)
        self._say(hello)

    def _ended(self, why: str) -> None:
        if self._link is None:
            return
        self._link = None
        connection = self.connection
        connection.lost, connection.why = monotonic(), why
        if connection.welcomed == NEVER:
            self._failures += 1
        self._notes[f"closed: {why if why.isdigit() else why.split(':')[0]}"] += 1
        for page in self._pages.values():
            if not page.done():
                page.set_exception(ConnectionError(why))
        self._pages.clear()
        self._lost.set()

    def leave(self) -> None:
        """For ever: the run is over."""
        self.is_leaving = True
        self.hang_up("over")

    def hang_up(self, why: str) -> None:
        if self._link is not None:
            self._link.close(why)

    def hush(self, seconds: float) -> None:
        """Do not read for a while."""
        if self._link is not None:
            self._link.hush(True)
            self._read_again_at = monotonic() + seconds

    # --- said --------------------------------------------------------------------------------------------------------

    def ask(self, asked: Asked) -> bool:
        if not self.is_greeted:
            return False
        asked.sent(monotonic(), self.record.index, self.kept.connection)
        self._say(asked.message())
        return True

    def move(self, to: tuple[float, float]) -> None:
        self.here, self._measured = to, monotonic()
        if self.is_greeted:
            self._count += 1
            id = f"p-{self._count}"
            self._positions[id] = self._note_position(self._measured)
            lat, lon = to
            self._say({"type": "position", "id": id, "lat": lat, "lon": lon, "accuracy_m": self.plan.accuracy_m})

    def acknowledge(self) -> None:
        """Tell which alerts have been shown, and how many frames have come."""
        if self.is_greeted:
            self._say({"type": "ack", "alerts": list(self.kept.holds)[-20:], "delivered": self._delivered})

    async def read_back(self, room: str) -> list[Page]:
        """The whole history of a room, as far as it is this member's. Raises ConnectionError."""
        pages: list[Page] = []
        before: dict[str, int] = {}
        while True:
            self._count += 1
            id = f"y-{self._count}"
            page = self._pages[id] = asyncio.get_running_loop().create_future()
            if not self.is_greeted:
                raise ConnectionError("not connected")
            self._say({"type": "history", "id": id, "room": room, "limit": 100, **before})
            events = (await page).get("events", [])
            pages += (hearing.page(room, event) for event in events)
            if not page.result().get("more"):
                return pages
            before = {"before": events[0]["rooms"][room]}

    def tick(self, now: float) -> None:
        """Every so often: look whether the server is there, and ask again what is not answered."""
        link = self._link
        if link is None:
            return
        if link.is_hushed:
            if now < self._read_again_at:
                return
            link.hush(False)
            self._heard_at = now
        if now - self._heard_at > self._patience_s:
            self._notes["gave up a silent connection"] += 1
            link.abort("silent")
        elif self.is_greeted:
            if now >= self._ping_due:
                self.ping()
            for id, asked in list(self.pending.items()):
                if asked.is_done:
                    del self.pending[id]
                elif now >= asked.due:
                    self.ask(asked)

    def ping(self) -> None:
        """The first is answered at once; the second by a heartbeat, if all is here."""
        self._ping_due = monotonic() + self._patience_s * self._chance.uniform(0.25, 0.4)
        self._count += 1
        self._pinged[f"i-{self._count}"] = monotonic()
        self._say({"type": "ping", "id": f"i-{self._count}"})
        self._say({"type": "ping"})

    def _say(self, message: Heard) -> None:
        if self._link is not None:
            self._link.say(message)

    def _note_position(self, at: float) -> Position:
        position = Position(at, NEVER, *self.here, self.plan.accuracy_m, self.kept.connection)
        self.record.positions.append(position)
        return position

    # --- heard -------------------------------------------------------------------------------------------------------

    def _heard(self, message: Heard) -> None:
        self._heard_at = monotonic()
        handle = self._on.get(message["type"])
        if handle is not None:
            handle(message)

    def _on_welcome(self, message: Heard) -> None:
        now, connection = monotonic(), self.connection
        connection.welcomed = now
        connection.rooms = {name: (told["seq"], told["from"]) for name, told in message["rooms"].items()}
        self._positions.pop("h").taken = now
        self._failures = 0
        self.kept.welcomed(message["epoch"], message["rooms"])
        for asked in list(self.pending.values()):
            if not asked.is_done:
                self.ask(asked)

    def _on_answer(self, message: Heard) -> None:
        id = message.get("id")
        if id == "h":  # too many at once: again on the same connection, when it is our turn
            self._notes[f"hello refused: {message.get('code')}"] += 1
            asyncio.get_running_loop().call_later(message.get("retry_after_s", 1.0), self._hello_again, self._link)
        elif id in self._positions:
            position = self._positions.pop(id)
            if message["type"] == "ok":
                position.taken = monotonic()
        elif id in self._pinged:
            at = self._pinged.pop(id)
            if message["type"] == "ok":
                self._ping_answered = at
        elif id in self._pages:
            self._pages.pop(id).set_exception(ConnectionError(message["code"]))
        elif id in self._asked:
            self._on_stored_answer(self._asked[id], message)
        else:
            self._notes[f"unexpected: {message.get('code', 'ok')}"] += 1

    def _hello_again(self, link: Link | None) -> None:
        if link is not None and link is self._link and self.connection.welcomed == NEVER:
            self.record.positions.pop()
            self._say_hello()

    def _on_stored_answer(self, asked: Asked, message: Heard) -> None:
        answer = hearing.answer(message, monotonic(), self.record.index, self.kept.connection)
        if answer.error is None:
            if "code" in message:
                self.codes[message["group"]] = message["code"]
            self.kept.answered(message, ends=asked.request.body.get("state") in ENDINGS)
        asked.heard(answer, message.get("retry_after_s"))
        if asked.is_done:
            self.pending.pop(asked.request.id, None)

    def _on_copy(self, message: Heard) -> None:
        self._delivered += 1
        self.kept.copy(message)
        self.record.copies.append(hearing.copy(message, monotonic(), self.kept.connection))

    def _on_message(self, message: Heard) -> None:
        self._delivered += 1
        self.kept.note(message["rooms"])
        self.record.messages.append(hearing.message(message, monotonic(), self.kept.connection))

    def _on_membership(self, message: Heard) -> None:
        heard = hearing.membership(message, monotonic(), self.kept.connection)
        self.kept.membership(heard.group, heard.is_member, heard.from_seq, heard.seq)
        self.record.memberships.append(heard)

    def _on_stored(self, message: Heard) -> None:
        confirmed = hearing.confirmed(message, monotonic(), self.kept.connection)
        self.kept.note(confirmed.rooms)
        self.record.confirmed.append(confirmed)
        for asked in self.pending.values():
            asked.stored(confirmed.alert, confirmed.revision)

    def _on_live(self, message: Heard) -> None:
        self.connection.live = monotonic()
        self.kept.reached(message["rooms"])
        self.ping()

    def _on_heartbeat(self, message: Heard) -> None:
        connection = self.connection
        self.kept.reached(message.get("rooms", {}))
        if message["delivered"] != self._delivered:
            connection.miscounted += 1
        elif connection.live < NEVER and self._ping_answered >= connection.live:
            connection.proven = self._ping_answered

    def _on_unconfirmed(self, message: Heard) -> None:
        for alert in message["alerts"]:
            self.connection.unconfirmed[alert] = monotonic()
            self.kept.drop(alert)

    def _on_start_over(self, message: Heard) -> None:
        self._notes["start_over"] += 1
        self.kept.start_over(message["epoch"])

    def _on_drain(self, message: Heard) -> None:
        self._come_back_after_s = message["reconnect_after_s"]

    def _on_history(self, message: Heard) -> None:
        page = self._pages.pop(message["id"], None)
        if page is not None and not page.done():
            page.set_result(message)

    def _on_history_lost(self, message: Heard) -> None:
        self._notes["history_lost"] += 1
