"""What people do while everything goes wrong around them: talk, warn, walk, come and go. By a seed."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any, Final

from bench.chaos.person import FORGOTTEN, OwnAlert, OwnMessage, Person
from bench.chaos.records import Answer
from bench.chaos.town import GroupPlan, around

WALK_M: Final = 150.0
ALERTS: Final = 500.0  # at most, in a run
MAX_OWN: Final = 6  # alerts that one person has at once
MOST_REVISIONS: Final = 10
WORDS: Final = ("Is anybody there?", "The door is open.", "I saw two of them.", "All quiet here.", "Call me.")


class Rates:
    """How often in a second each thing happens, among so many clients.

    Not so often that somebody would hold more alerts in the end than a hello can name.
    """

    def __init__(self, clients: int, seconds: float) -> None:
        self.of: dict[str, float] = {
            "chat": max(8.0, clients * 0.012),
            "revise": max(2.0, clients * 0.003),
            "alert": min(2.0, ALERTS / seconds),
            "update": max(3.0, clients * 0.002),
            "walk": max(6.0, clients * 0.05),
            "rove": max(2.0, clients * 0.002),
            "read": max(1.0, clients * 0.004),
        }


class Playing:
    def __init__(self, people: list[Person], groups: tuple[GroupPlan, ...], ids: list[str], rates: Rates, seed: int):
        self._people = people
        self._groups, self._ids = groups, ids
        self._rates = rates.of
        self._chance = Random(f"playing {seed}")
        self._codes: dict[int, str | None] = {}
        self._acts: dict[str, Callable[[Person], None]] = {
            "chat": self._chat,
            "revise": self._revise,
            "alert": self._warn,
            "update": self._update,
            "walk": self._walk,
            "rove": self._rove,
            "read": self._read,
        }
        self._authors: list[Person] = []
        self._rovers = sorted({(number, rover) for number, group in enumerate(groups) for rover in group.rovers})

    def opened_by(self, codes: dict[int, str | None]) -> None:
        self._codes = codes

    async def play(self) -> None:
        """One thing after another at random times (Poisson), until cancelled."""
        total, names, weights = sum(self._rates.values()), list(self._rates), list(self._rates.values())
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += self._chance.expovariate(total)
            await asyncio.sleep(max(0.0, due - loop.time()))
            (act,) = self._chance.choices(names, weights)
            self._acts[act](self._chance.choice(self._people))

    # --- acts ---

    def _chat(self, person: Person) -> None:
        if person.groups:
            group = self._chance.choice(list(person.groups.values()))
            pause = "." * self._chance.choice((0, 10, 400))
            text = f"{self._chance.choice(WORDS)} {pause} {self._chance.getrandbits(64):x}"

            def answered(answer: Answer) -> None:
                if answer.error is None:
                    person.messages.append(OwnMessage(group, answer.rooms[group]))

            person.ask("message", {"group": group, "text": text}, answered)

    def _revise(self, person: Person) -> None:
        """Say a message of one's own otherwise, or take it back."""
        free = [message for message in person.messages[-5:] if not message.is_busy and not message.is_over]
        if not free:
            return
        message = self._chance.choice(free)
        message.is_busy, message.revisions = True, message.revisions + 1
        change: dict[str, Any] = {"text": f"Rather {self._chance.getrandbits(64):x}"}
        if message.revisions >= MOST_REVISIONS or self._chance.random() < 0.2:
            change = {"removed": True}

        def answered(answer: Answer) -> None:
            message.is_busy, message.is_over = False, answer.error is not None or "removed" in change

        person.ask("revise", {"group": message.group, "seq": message.seq, **change}, answered, is_in_order=True)

    def _warn(self, person: Person) -> None:
        chance = self._chance
        if sum(not alert.has_ended for alert in person.alerts) >= MAX_OWN:
            return
        groups = chance.sample(sorted(person.groups.values()), min(len(person.groups), chance.choice((0, 1, 1, 2))))
        level = chance.choice(("red", "red", "yellow", "info"))
        device = chance.choice(person.devices)
        lat, lon = around(device.here, chance.uniform(-100, 100), chance.uniform(-100, 100))
        body: dict[str, Any] = {
            "level": level,
            "kind": chance.choice(("inform", "warn", "help")),
            "lat": lat,
            "lon": lon,
            "public": not groups or chance.random() < 0.5,
            "groups": groups,
            "headline": f"raised {chance.getrandbits(64):x}",
        }
        if level != "info":
            body["radius_m"] = chance.choice((200, 300, 500, 800))
        if chance.random() < 0.1:
            body["at_home"] = True
        until_stored = chance.random() >= FORGOTTEN

        def answered(answer: Answer) -> None:
            if answer.error is None and answer.made is not None:
                person.alerts.append(OwnAlert(answer.made, level, (lat, lon), device, until_stored))
                self._authors.append(person)

        person.ask("alert", body, answered, device=device, until_stored=until_stored, is_in_order=not until_stored)

    def _update(self, _: Person) -> None:
        """Words, a correction, another level or place, or the end of somebody's alert."""
        if not self._authors:
            return
        person = self._chance.choice(self._authors)
        free = [alert for alert in person.alerts if not alert.is_busy and not alert.has_ended]
        if not free:
            return
        alert = self._chance.choice(free)
        body = self._change(alert)
        alert.is_busy, alert.updates = True, alert.updates + 1

        def answered(answer: Answer) -> None:
            alert.is_busy = False
            if answer.error is not None:  # it is gone, or takes no more
                alert.has_ended = True
                return
            alert.level = body.get("level", alert.level)
            alert.has_ended = "state" in body

        person.ask(
            "update",
            {"alert": alert.id, **body},
            answered,
            device=alert.device,
            until_stored=alert.until_stored,
            is_in_order=True,
        )

    def _change(self, alert: OwnAlert) -> dict[str, Any]:
        chance = self._chance
        words = {"headline": f"changed {chance.getrandbits(64):x}"}
        what = chance.random()
        if what < 0.35 or alert.updates >= 15:
            ending: dict[str, Any] = {"state": chance.choice(("closed", "false_alarm"))}
            return ending | ({"wrong": "It was not so."} if chance.random() < 0.3 else {}) | words
        if what < 0.45:
            return {"wrong": "Not quite so.", **words}
        if what < 0.55 and alert.level == "yellow":
            return {"level": "red", **words}
        if what < 0.65:
            lat, lon = around(alert.at, chance.uniform(-300, 300), chance.uniform(-300, 300))
            return {"lat": lat, "lon": lon, **words}
        return words

    def _walk(self, person: Person) -> None:
        device = self._chance.choice(person.devices)
        step = self._chance.uniform(-WALK_M, WALK_M), self._chance.uniform(-WALK_M, WALK_M)
        device.move(around(device.here, *step))

    def _rove(self, _: Person) -> None:
        """A rover leaves a group, or joins it again; one such thing at a time."""
        if not self._rovers:
            return
        number, who = self._chance.choice(self._rovers)
        person = self._people[who]
        if person.is_moving:
            return
        group = self._ids[number]
        person.is_moving = True
        if number in person.groups:
            del person.groups[number]
            person.ask("leave", {"group": group}, lambda _: setattr(person, "is_moving", False), is_in_order=True)
        else:
            body = {"group": group, "accepted": True}
            if (code := self._codes.get(number)) is not None:
                body["code"] = code

            def joined(answer: Answer) -> None:
                person.is_moving = False
                if answer.error is None:
                    person.groups[number] = group

            person.ask("join", body, joined, is_in_order=True)

    def _read(self, person: Person) -> None:
        self._chance.choice(person.devices).acknowledge()
