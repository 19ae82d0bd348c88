"""What a run leaves behind: what was sent, answered and received, with the nanosecond of each. One column a field.

Times are `time.monotonic_ns()`: on Linux one clock for all processes of a machine, so they compare.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Times: TypeAlias = NDArray[np.int64]
Numbers: TypeAlias = NDArray[np.int32]

NEVER: Final = 2**62  # later than any time, and far from overflow when added to


@dataclass(slots=True)
class Positions:
    """Every position that a client reported, in the order in which it did. The server took it between the two times."""

    client: Numbers
    lat: Floats
    lon: Floats
    accuracy_m: Floats
    sent_ns: Times
    acked_ns: Times  # NEVER when no `ok` came


@dataclass(slots=True, kw_only=True)
class Act:
    """An alert (`step` 0) or its nth update: when it was due, when it went, and what the server said to it."""

    alert: int  # its number in the plan
    step: int
    due_ns: int
    sent_ns: int = NEVER
    answered_ns: int = NEVER
    alert_id: str | None = None
    revision: int = 0
    durable: bool = True
    error: str | None = None


@dataclass(slots=True, kw_only=True)
class Post:
    """A message: its number in the plan, and as an Act's its times and what the server said."""

    number: int
    due_ns: int
    sent_ns: int = NEVER
    answered_ns: int = NEVER
    message_id: str | None = None
    error: str | None = None


@dataclass(slots=True)
class Messages:
    """Every `message` frame that came. `message` is an index into `ids`."""

    ids: list[str]
    client: Numbers
    received_ns: Times
    message: Numbers


NO_MESSAGES: Final = Messages([], np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0, np.int32))


@dataclass(slots=True)
class Deliveries:
    """Every `alert` (`first`) and `update` frame that came, each client's in the order of receipt.

    `alert` is an index into `ids`. `cell_m` is NaN in a frame that has the place as chosen.
    """

    ids: list[str]
    client: Numbers
    received_ns: Times
    alert: Numbers
    revision: Numbers
    first: NDArray[np.bool_]
    lat: Floats
    lon: Floats
    cell_m: Floats


@dataclass(slots=True, kw_only=True)
class Generator:
    """How busy one swarm process was itself: a late generator measures itself."""

    cpu: float  # of one core, during the run
    lag_ns: Times  # of its loop, every 10 ms
    late_ns: Times  # of each alert and update, from due to sent


@dataclass(slots=True, kw_only=True)
class Records:
    positions: Positions
    acts: list[Act]
    deliveries: Deliveries
    generators: list[Generator]
    connected: int
    posts: list[Post] = field(default_factory=list)
    messages: Messages = field(default_factory=lambda: NO_MESSAGES)
    closed: Counter[str] = field(default_factory=Counter)  # sessions that ended before their time, by reason
    refused: Counter[str] = field(default_factory=Counter)  # `error` answers, by code
    miscounted: int = 0  # heartbeats whose `delivered` is not what came
    bytes_in: int = 0
    alert_bytes: int = 0  # of these, in alerts and their updates


def merged(parts: list[Records]) -> Records:
    """One record of several swarm processes, which share no client."""
    positions, deliveries = [part.positions for part in parts], [part.deliveries for part in parts]
    messages = [part.messages for part in parts]
    ids, alert = _renumbered([(one.ids, one.alert) for one in deliveries])
    message_ids, message = _renumbered([(one.ids, one.message) for one in messages])
    return Records(
        positions=Positions(**_joined(positions, "client", "lat", "lon", "accuracy_m", "sent_ns", "acked_ns")),
        acts=sorted((act for part in parts for act in part.acts), key=lambda act: (act.alert, act.step)),
        deliveries=Deliveries(
            ids=ids,
            alert=alert,
            **_joined(deliveries, "client", "received_ns", "revision", "first", "lat", "lon", "cell_m"),
        ),
        generators=[generator for part in parts for generator in part.generators],
        connected=sum(part.connected for part in parts),
        posts=sorted((post for part in parts for post in part.posts), key=lambda post: post.number),
        messages=Messages(ids=message_ids, message=message, **_joined(messages, "client", "received_ns")),
        closed=sum((part.closed for part in parts), Counter()),
        refused=sum((part.refused for part in parts), Counter()),
        miscounted=sum(part.miscounted for part in parts),
        bytes_in=sum(part.bytes_in for part in parts),
        alert_bytes=sum(part.alert_bytes for part in parts),
    )


def _joined(parts: Sequence[object], *names: str) -> dict[str, Any]:
    """Each column, one part after the other."""
    return {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}


def _renumbered(parts: Sequence[tuple[list[str], Numbers]]) -> tuple[list[str], Numbers]:
    """Ids of all parts, each once, and the columns that count by them."""
    places: dict[str, int] = {}
    for ids, _ in parts:
        for id in ids:
            places.setdefault(id, len(places))
    columns = [np.array([places[id] for id in ids], np.int32)[column] for ids, column in parts]
    return list(places), np.concatenate(columns)
