"""What it adds to a delivery that everybody has preferences: the same red, with and without them, turn by turn."""

import gc
from dataclasses import dataclass, field
from statistics import median

from bench import machine
from bench.delivery import WARM_UP, Ways
from bench.inside import Inside, inside, people, ratio
from realtime.messages import Category
from storage.events import FactDropped, FactSet
from storage.facts import Preference, Quiet

MUST_ADD: float = 1.10
_LEFT_OUT: tuple[Category, ...] = ("noise", "litter")


@dataclass(slots=True)
class Turns:
    """Microseconds of processor time for each delivery, by round."""

    plain: list[float] = field(default_factory=list)
    choosy: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return ratio(self.choosy, self.plain)


async def measure(recipients: int, rounds: int) -> dict[str, Turns]:
    """A red and a yellow, which all get although all have quiet hours, a distance and categories that they leave out.

    Which of the two comes first changes from round to round, and everybody's preferences are said or taken back before.
    """
    async with inside(people(recipients, within_m=250.0)) as server:
        ways, turns = Ways(server), {level: Turns() for level in ("red", "yellow")}
        for turn in range(rounds + WARM_UP):
            for choosy in (True, False) if turn % 2 else (False, True):
                _say(server, choosy=choosy)
                gc.collect()
                for is_measured in (False, True):  # what was just said has driven everything else out of the caches
                    for level, found in turns.items():
                        spent = await _once(server, ways, level)
                        if is_measured and turn >= WARM_UP:
                            (found.choosy if choosy else found.plain).append(spent)
        return turns


async def _once(server: Inside, ways: Ways, level: str) -> float:
    sent = await server.crowd.settled()
    spent, _ = await ways.dispatch(ways.raised(level))
    await server.crowd.settled()
    await server.crowd.until_received(sent + len(await server.crowd.last()) * len(server.sessions))
    ways.forget()
    return spent


def _say(server: Inside, *, choosy: bool) -> None:
    """Everybody prefers something, or nobody anything: nothing of it keeps this alert from them."""
    for session in server.sessions:
        user = session.identity.user
        quiet = Quiet(start=0, end=0, zone="Europe/Stockholm")  # never
        fact = Preference(user=user, without=_LEFT_OUT, distance_m=290.0, quiet=quiet)
        server.hub.facts.apply(FactSet(fact=fact, by=user) if choosy else FactDropped(fact=fact, by=user))


def show(turns: dict[str, Turns], recipients: int, rounds: int) -> bool:
    """Print what was found; whether a red costs no more than it may."""
    print(f"{recipients} recipients, {rounds} rounds; µs of processor time a delivery, medians and the ratio of rounds")
    for level, found in turns.items():
        print(f"{level:8} without {median(found.plain):6.2f}   with {median(found.choosy):6.2f}   {found.ratio:6.3f}x")
    red = turns["red"].ratio
    print(f"with preferences a red costs {red:.3f} times as much, and must cost at most {MUST_ADD}\n{machine.line()}")
    return red <= MUST_ADD
