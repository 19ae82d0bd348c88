"""Who plays in a run: people, their devices and their groups, by a seed. Pure."""

import math
from dataclasses import dataclass
from random import Random
from typing import Final

SIZES: Final = (20, 150)  # of rooms
GROUPS_EACH: Final = 3.0
METRES_PER_DEGREE: Final = 111_195.0
CENTRE: Final = (59.3250, 18.0700)
SIDE_M: Final = 3_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePlan:
    """`proxied`: it connects through the proxy. `narrow`: its kernel takes only a little before it is read."""

    person: int
    msgpack: bool
    proxied: bool
    narrow: bool
    home: tuple[float, float]
    accuracy_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPlan:
    """The first member makes it. `rovers` are members who leave it and join it again."""

    locked: bool
    members: tuple[int, ...]
    rovers: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    devices: tuple[DevicePlan, ...]
    people: int
    groups: tuple[GroupPlan, ...]


def make(clients: int, seed: int) -> Town:
    """So many devices. About one person in ten has two or three of them; one member in ten is a rover."""
    chance = Random(f"town {seed}")
    owners: list[int] = []
    people = 0
    while len(owners) < clients:
        owners += [people] * min(chance.choices((1, 2, 3), (90, 7, 3))[0], clients - len(owners))
        people += 1
    homes = [around(CENTRE, SIDE_M * (chance.random() - 0.5), SIDE_M * (chance.random() - 0.5)) for _ in range(people)]
    devices = tuple(_device(person, homes[person], chance) for person in owners)
    return Town(devices=devices, people=people, groups=_groups(people, chance))


def _device(person: int, home: tuple[float, float], chance: Random) -> DevicePlan:
    is_proxied = chance.random() < 0.8
    return DevicePlan(
        person=person,
        msgpack=chance.random() < 0.5,
        proxied=is_proxied,
        narrow=not is_proxied and chance.random() < 0.6,
        home=home,
        accuracy_m=round(chance.uniform(5, 60), 1),
    )


def _groups(people: int, chance: Random) -> tuple[GroupPlan, ...]:
    groups: list[GroupPlan] = []
    places = 0
    while places < GROUPS_EACH * people:
        size = min(people, chance.randint(*SIZES))
        members = tuple(chance.sample(range(people), size))
        rovers = frozenset(member for member in members[1:] if chance.random() < 0.1)
        groups.append(GroupPlan(locked=chance.random() < 0.3, members=members, rovers=rovers))
        places += size
    return tuple(groups)


def around(place: tuple[float, float], north_m: float, east_m: float) -> tuple[float, float]:
    """A place so many metres to the north and to the east."""
    lat = place[0] + north_m / METRES_PER_DEGREE
    return lat, place[1] + east_m / (METRES_PER_DEGREE * math.cos(math.radians(lat)))
