"""What goes wrong when, by a seed. Pure.

Faults of the server come one after another: two at once would be one. Those of the network overlap them and each other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

DEATHS: Final = ("kill", "kill-stalled", "die-after", "kill", "die-before", "kill-frozen")
TROUBLES: Final = ("drain", "freeze", "stall", "full")
NETWORK: Final = ("reset", "half-open", "swallow", "delay", "throttle", "hush")
ENDURED_S: Final = {
    "freeze": (0.3, 5.0),
    "stall": (0.5, 4.0),
    "full": (0.5, 4.0),
    "kill-stalled": (0.35, 1.5),
    "kill-frozen": (0.3, 2.0),
    "delay": (2.0, 12.0),
    "throttle": (2.0, 12.0),
    "hush": (3.0, 25.0),
}
SHARE: Final = {"reset": 0.15, "half-open": 0.06, "swallow": 0.06, "delay": 0.2, "throttle": 0.15, "hush": 0.1}
AMOUNT: Final = {"delay": 1.5, "throttle": 1_000.0}  # seconds at most; bytes a second


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """`at` and `seconds` from the start of the attack; `amount` is of what the kind says."""

    at: float
    kind: str
    seconds: float = 0.0
    share: float = 0.0
    amount: float = 0.0


@dataclass(frozen=True, slots=True)
class Schedule:
    server: tuple[Fault, ...]
    network: tuple[Fault, ...]

    @property
    def kills(self) -> int:
        return sum(fault.kind in DEATHS for fault in self.server)


def make(seconds: float, kills: int, seed: int) -> Schedule:
    """At least so many deaths, and every kind of fault at least once, however short the run."""
    chance = Random(f"schedule {seed}")
    deaths = _in_turn(DEATHS, kills, chance)
    troubles = _in_turn(TROUBLES, max(len(TROUBLES), round(kills * 0.6)), chance)
    kinds = [kind for _, kind in sorted([*_spread(deaths), *_spread(troubles)])]
    slot = seconds / len(kinds)
    server = [_fault((turn + chance.uniform(0.1, 0.4)) * slot, kind, slot, chance) for turn, kind in enumerate(kinds)]
    calls = _in_turn(NETWORK, max(len(NETWORK), int(seconds / 5)), chance)
    network = [_fault(chance.uniform(0.02, 0.9) * seconds, kind, seconds / 5, chance) for kind in calls]
    return Schedule(tuple(server), tuple(sorted(network)))


def _in_turn(kinds: tuple[str, ...], count: int, chance: Random) -> list[str]:
    """So many of these, each about as often, in a random order; the first round has all."""
    chosen: list[str] = []
    while len(chosen) < count:
        chosen += chance.sample(kinds, min(len(kinds), count - len(chosen)))
    return chosen


def _spread(kinds: list[str]) -> Iterator[tuple[float, str]]:
    """Evenly over the time from 0 to 1."""
    return (((turn + 0.5) / len(kinds), kind) for turn, kind in enumerate(kinds))


def _fault(at: float, kind: str, most_s: float, chance: Random) -> Fault:
    shortest, longest = ENDURED_S.get(kind, (0.0, 0.0))
    seconds = chance.uniform(shortest, max(shortest, min(longest, most_s / 2)))
    return Fault(at, kind, seconds, SHARE.get(kind, 0.0) * chance.uniform(0.5, 1.5), AMOUNT.get(kind, 0.0))
