"""One run, decided beforehand to the last step: who is where, what groups there are, and what is said when."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.drawing import Floats
from realtime.messages import Kind, Level, State


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """Its first member creates it, the others join."""

    name: str
    locked: bool
    members: tuple[int, ...]
    of: str | None = None  # the spread that they are from


@dataclass(frozen=True, slots=True)
class Step:
    """One update of an alert. With `wrong` it is a correction: it says what was."""

    due_s: float
    text: str | None = None
    state: State | None = None
    wrong: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPlan:
    due_s: float
    author: int
    level: Level
    kind: Kind
    lat: float
    lon: float
    radius_m: float | None
    public: bool
    groups: tuple[int, ...]
    headline: str
    steps: tuple[Step, ...] = ()
    case: str = ""  # of the time budget, as the stream of the profile names it


@dataclass(frozen=True, slots=True)
class Said:
    """A message to a group."""

    due_s: float
    author: int
    group: int


@dataclass(frozen=True, slots=True)
class Moves:
    """Position reports in the order of time; one column each."""

    at_s: Floats
    client: NDArray[np.int32]
    lat: Floats
    lon: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Columns are indexed by client. `deaf` ones read nothing in the run; `leaves` is who goes half way."""

    seconds: float
    lat: Floats
    lon: Floats
    accuracy_m: Floats
    msgpack: NDArray[np.bool_]
    groups: tuple[GroupPlan, ...]
    alerts: tuple[AlertPlan, ...]
    moves: Moves
    said: tuple[Said, ...] = ()
    deaf: frozenset[int] = frozenset()
    leaves: int | None = None

    @property
    def clients(self) -> int:
        return len(self.lat)

    @property
    def excused(self) -> frozenset[int]:
        """Of whom nobody can say what they should have got: whatever came to them is right, and so is nothing."""
        return self.deaf if self.leaves is None else self.deaf | {self.leaves}
