"""From rounds to figures: medians with quartiles, each ratio to the floor of the same round, and what went wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median, quantiles
from typing import Any

from bench.peers.recipients import Round

_FAULTS = ("missing", "extra", "wrong")


@dataclass(frozen=True, slots=True)
class Spread:
    """Half of all rounds lie between `low` and `high`."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        low, middle, high = quantiles(values, n=4, method="inclusive") if len(values) > 1 else (values[0],) * 3
        return cls(middle, low, high)


@dataclass(frozen=True, slots=True)
class Taken:
    """One round of one server."""

    cpu_ns: int
    it: Round


@dataclass(slots=True)
class Account:
    """One server's whole run, at one number of recipients. `failed`: why there is no figure, or no more of them."""

    name: str
    recipients: int
    rounds: dict[int, Taken] = field(default_factory=dict)
    memory_kib: float | None = None  # for each idle connection
    failed: str | None = None

    def add(self, number: int, taken: Taken) -> None:
        self.rounds[number] = taken

    def fault(self) -> str | None:
        """What recipients did not get, or not once, or not right; such a server has no place in a comparison."""
        sums = {name: sum(getattr(taken.it, name) for taken in self.rounds.values()) for name in _FAULTS}
        told = ", ".join(f"{count:,} {name}" for name, count in sums.items() if count)
        return told or None

    def cpu_us(self) -> Spread:
        """Of the server, for each delivery."""
        return Spread.of([taken.cpu_ns / 1_000 / self.recipients for taken in self.rounds.values()])

    def last_ms(self) -> Spread:
        """From the publisher's write to the read at the last recipient."""
        return Spread.of([taken.it.last_ns / 1e6 for taken in self.rounds.values()])

    def reader_share(self) -> float:
        """How busy the recipients were until the last one had it: near 1, the times are theirs and not the server's."""
        return median(taken.it.reader_busy_ns / taken.it.last_ns for taken in self.rounds.values())

    def cpu_ratio(self, floor: "Account") -> Spread:
        return self._ratio(floor, lambda taken: taken.cpu_ns)

    def last_ratio(self, floor: "Account") -> Spread:
        return self._ratio(floor, lambda taken: taken.it.last_ns)

    def rank(self, floor: "Account | None") -> float:
        """The cheapest first; whoever has no figure last."""
        if not self.rounds:
            return float("inf")
        return self.cpu_us().median if floor is None or not floor.rounds else self.cpu_ratio(floor).median

    def _ratio(self, floor: "Account", figure: Any) -> Spread:
        """Of neighbours in time, which a busy machine slows alike."""
        both = self.rounds.keys() & floor.rounds.keys()
        return Spread.of([figure(self.rounds[number]) / figure(floor.rounds[number]) for number in both])

    def as_json(self, floor: "Account | None") -> dict[str, Any]:
        told: dict[str, Any] = {"name": self.name, "recipients": self.recipients, "rounds": len(self.rounds)}
        told |= {"failed": self.failed, "fault": self.fault(), "memory_kib_per_connection": self.memory_kib}
        if self.rounds:
            told |= {"cpu_us_per_delivery": asdict(self.cpu_us()), "last_recipient_ms": asdict(self.last_ms())}
            told["reader_busy_share"] = self.reader_share()
            told["frame_bytes"] = max(taken.it.frame_bytes for taken in self.rounds.values())
        if self.rounds and floor is not None and self.rounds.keys() & floor.rounds.keys():
            told["cpu_ratio_to_write"] = asdict(self.cpu_ratio(floor))
            told["last_ratio_to_write"] = asdict(self.last_ratio(floor))
        return told


def complete(accounts: Mapping[str, Account]) -> bool:
    """Whether every server that ran gave everybody everything, once."""
    return all(account.failed is None and account.fault() is None for account in accounts.values())
