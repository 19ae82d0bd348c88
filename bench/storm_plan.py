"""A reconnect storm made up beforehand: who is in which groups, what is said meanwhile, when each comes back."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.plan import DECIMALS, METRES_PER_DEGREE, AlertPlan, Floats, GroupPlan, Moves, Plan

GROUPS_EACH: Final = 3
GROUP_SIZE: Final = (20, 150)
SAID_BEFORE: Final = 2  # messages in each room that everybody gets, so that no place is 0
# One connection may say 60 messages at once and 20 a second: a poster makes its groups at once, and posts at leisure.
_GROUPS_A_POSTER: Final = 30
_POSTS_A_POSTER_PER_S: Final = 10.0
_POSTING: Final = (0.05, 0.9)  # of the time away: the last message is stored before the first client is back

# The reds are for those who stayed: nobody of the crowd may be near, for each would bring all active ones with it.
_TOWN: Final = (59.30, 59.36, 18.00, 18.12)
_SPOT: Final = (59.20, 18.07)
_SPOT_M: Final = 150.0


@dataclass(frozen=True, slots=True)
class Post:
    """One message of a group's poster, due so long after the cut."""

    due_s: float
    group: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """`crowd`: first those who are cut off, then those who post meanwhile; a group's first member is its poster.

    `first_try_s` is when each of the former knocks first, from the beginning of the storm.
    """

    crowd: Plan
    clients: int
    posts: tuple[Post, ...]
    first_try_s: Floats

    @property
    def missed(self) -> float:
        """How many messages a client misses, on average."""
        counts = np.bincount([post.group for post in self.posts], minlength=len(self.crowd.groups))
        seats = np.array([len(group.members) - 1 for group in self.crowd.groups])
        return float((counts * seats).sum() / self.clients)


def make(clients: int, missed: int, away_s: float, within_s: float, seed: int) -> Storm:
    """The same for the same seed; who comes back when is drawn evenly over `within_s`."""
    rng = np.random.default_rng(seed)
    dealt = list(_dealt(clients, rng))
    posts = _posts(len(dealt), missed, away_s, rng)
    posters = min(
        len(dealt),
        max(math.ceil(len(dealt) / _GROUPS_A_POSTER), math.ceil(len(posts) / away_s / _POSTS_A_POSTER_PER_S)),
    )
    groups = tuple(
        GroupPlan(f"Storm {number}", False, (clients + number % posters, *members))
        for number, members in enumerate(dealt)
    )
    south, north, west, east = _TOWN
    everyone = clients + posters
    return Storm(
        crowd=_plan(
            lat=rng.uniform(south, north, everyone), lon=rng.uniform(west, east, everyone), rng=rng, groups=groups
        ),
        clients=clients,
        posts=posts,
        first_try_s=rng.uniform(0.0, within_s, clients),
    )


def stayers(watchers: int, red_every_s: float, seconds: float, seed: int) -> Plan:
    """Those who have been connected all the time, in one spot; the last of them raises a red every so often."""
    rng = np.random.default_rng(seed)
    everyone = watchers + 1
    radius = _SPOT_M * np.sqrt(rng.random(everyone)) / METRES_PER_DEGREE
    angle = rng.uniform(0, 2 * np.pi, everyone)
    reds = tuple(
        AlertPlan(
            due_s=float(due_s),
            author=watchers,
            level="red",
            kind="warn",
            lat=_SPOT[0],
            lon=_SPOT[1],
            radius_m=500.0,
            public=True,
            groups=(),
            headline="Two people are trying the doors in the yard",
        )
        for due_s in np.arange(min(0.5, red_every_s), seconds, red_every_s)
    )
    lat, lon = _SPOT[0] + radius * np.cos(angle), _SPOT[1] + radius * np.sin(angle) / np.cos(np.radians(_SPOT[0]))
    return _plan(lat=lat, lon=lon, rng=rng, alerts=reds, seconds=seconds)


def _dealt(clients: int, rng: np.random.Generator) -> Iterator[tuple[int, ...]]:
    """Groups of many sizes, dealt from shuffled decks, so that everybody is in about as many."""
    smallest, largest = (min(size, clients) for size in GROUP_SIZE)
    decks = np.concatenate([rng.permutation(clients) for _ in range(GROUPS_EACH)])
    at = 0
    while at < len(decks):
        size = int(rng.integers(smallest, largest + 1))
        yield tuple(dict.fromkeys(decks[at : at + size].tolist()))  # where one deck ends, somebody may come twice
        at += size


def _posts(groups: int, missed: int, away_s: float, rng: np.random.Generator) -> tuple[Post, ...]:
    """So many in each group that each client misses about `missed` in all of its groups together."""
    share = missed / GROUPS_EACH
    counts = np.floor(share).astype(int) + (rng.random(groups) < share % 1)
    of = rng.permutation(np.repeat(np.arange(groups), counts))
    begin, end = _POSTING
    due_s = np.linspace(begin * away_s, end * away_s, len(of))
    return tuple(Post(float(due), int(group)) for due, group in zip(due_s, of, strict=True))


def _plan(
    *,
    lat: NDArray[np.float64],
    lon: NDArray[np.float64],
    rng: np.random.Generator,
    groups: tuple[GroupPlan, ...] = (),
    alerts: tuple[AlertPlan, ...] = (),
    seconds: float = 0.0,
) -> Plan:
    """Nobody moves, and every second client speaks MessagePack."""
    nothing = np.zeros(0)
    return Plan(
        seconds=seconds,
        lat=lat.round(DECIMALS),
        lon=lon.round(DECIMALS),
        accuracy_m=rng.uniform(5.0, 30.0, len(lat)).round(1),
        msgpack=np.arange(len(lat)) % 2 == 1,
        groups=groups,
        alerts=alerts,
        moves=Moves(nothing, nothing.astype(np.int32), nothing, nothing),
    )
