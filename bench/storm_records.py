"""What a reconnect storm leaves behind: what was posted, and what each client was sent each time it came back.

Times are `time.monotonic_ns()`, as everywhere in the bench.
"""

from dataclasses import dataclass, field

from bench.records import NEVER, Generator

Places = dict[str, int]
"""By room: the highest seq up to which everything is here."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A message as its poster had it acknowledged."""

    room: str
    seq: int
    message: str


@dataclass(frozen=True, slots=True)
class Heard:
    """An event that took a seq in a room, as it came; `message` is its id, or the type of what is no message."""

    room: str
    seq: int
    message: str


@dataclass(slots=True)
class Visit:
    """One attempt to come back, and what came of it."""

    claimed: Places
    knocked_ns: int
    live_ns: int = NEVER
    busy: int = 0  # how often it was told to say hello again later
    ended: str | None = None  # why it came to nothing, or was cut off later
    heard: list[Heard] = field(default_factory=list)  # in the order of receipt
    before_live: int = 0  # how many of them came before `live`
    odd: list[str] = field(default_factory=list)  # types of what has no place in a return


@dataclass(slots=True)
class Return:
    """One client's whole way back."""

    client: int
    visits: list[Visit] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class CrowdRecords:
    """What one process of the crowd has seen."""

    returns: list[Return]
    generator: Generator
    cpu_s: float  # of this process, from the beginning of the storm until all were back
