"""The members of the demo: each one a client of its own, on a socket of its own."""

import asyncio
import hashlib
import random
import time
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from realtime.client import Client
from realtime.connection.auth import Issuer
from realtime.demo.board import Board
from realtime.demo.places import CORNERS, EAST, NORTH, SOUTH, SQUARE, WEST, Walker
from realtime.messages import AlertChange, AlertNews, Area, Box, Corner, MembershipNews, MessageNews, Reach, Standing

AT_ONCE = 25  # connecting together
ROUND_S = 10.0  # everyone says once in this time where they are
TICK_S = 0.2

FIRST_NAMES = ("Anna", "Erik", "Maria", "Lars", "Fatima", "Karin", "Johan", "Amira", "Nils", "Sara", "Ali", "Elin")
LAST_NAMES = ("Berg", "Lind", "Holm", "Ek", "Sand", "Ström", "Falk", "Hed", "Dahl", "Rask", "Kvist")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of people: how large a part of all they are, how they move, what they are on duty as."""

    name: str
    share: float
    pace_m_s: float
    role: str = "member"


SHOP_OWNERS = Kind("shop owner", 0.24, 0.0)
GUIDES = Kind("guide", 0.10, 0.8)
NIGHT_WALKERS = Kind("night walker", 0.06, 1.2, role="nightwalker")
OFFICERS = Kind("officer", 0.02, 1.0, role="police")
NEIGHBOURS = Kind("neighbour", 0.58, 0.7)

POLICE: Final = "demo-police"
POLICE_NAME: Final = "Police of the old town"


@dataclass(frozen=True, slots=True)
class Club:
    """A group of the demo. Every evening asks for the same with the same id, and so gets the same group again."""

    kind: Kind
    name: str
    purpose: str
    locked: bool = False
    conduct: str = "Say what you saw and where, not who it was. Be kind. Call 112 first."

    @property
    def request_id(self) -> str:
        body = "\0".join((self.name, self.purpose, self.conduct, str(self.locked)))
        return "demo-" + hashlib.sha256(body.encode()).hexdigest()[:32]


CLUBS = (
    Club(SHOP_OWNERS, "Shops of the old town", "Shops warn each other of thieves."),
    Club(GUIDES, "Guides", "Guides keep their groups out of trouble."),
    Club(NIGHT_WALKERS, "Night walkers", "Grown-ups who walk through the evening.", locked=True),
)


@dataclass(slots=True)
class Member:
    """One simulated member: who, where, and the client."""

    user: str
    name: str
    kind: Kind
    client: Client
    walker: Walker
    moved_at: float = 0.0  # Unix seconds

    async def follow(self, board: Board) -> None:
        """Take what arrives until cancelled."""
        async for event in self.client.events():
            match event:
                case AlertNews() | AlertChange():
                    board.received(event, time.time(), self.moved_at)
                    self.client.shown(event.alert)
                case MembershipNews(thread=True):
                    board.threads.add(event.group)
                case MessageNews():
                    board.received(event, time.time())
                case Reach():
                    board.reach(event.alert, event.bucket)


class Neighbourhood:
    """All members together."""

    def __init__(self, url: str, issuer: Issuer, count: int, chance: random.Random) -> None:
        self.members: list[Member] = []
        owner = issuer.mint("demo-owner", role="owner", world="exercise")
        self._owner = Client(url, owner, device="demo", program="samverkan demo")
        kinds = [
            kind
            for kind in (SHOP_OWNERS, GUIDES, NIGHT_WALKERS, OFFICERS)
            for _ in range(max(2, round(kind.share * count)))
        ]
        kinds += [NEIGHBOURS] * (count - len(kinds))
        for number, kind in enumerate(kinds):
            name = f"{FIRST_NAMES[number % len(FIRST_NAMES)]} {LAST_NAMES[number % len(LAST_NAMES)]}"
            user = f"demo-{number}"
            token = issuer.mint(user, name=name, role=kind.role, world="exercise")
            client = Client(url, token, device="demo", program="samverkan demo")
            walker = Walker(chance, kind.pace_m_s)
            client.position(walker.lat, walker.lon)
            self.members.append(Member(user, name, kind, client, walker))
        self.groups: dict[Kind, str] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def of(self, kind: Kind) -> Sequence[Member]:
        return [member for member in self.members if member.kind is kind]

    async def connect(self, board: Board) -> None:
        """Bring everyone in, and begin to count what they get."""
        door = asyncio.Semaphore(AT_ONCE)

        async def come(member: Member) -> None:
            async with door:
                await member.client.start()
            self._tasks.append(asyncio.create_task(member.follow(board)))

        await together(come(member) for member in self.members)
        self._tasks.append(asyncio.create_task(self._walk()))

    async def open_maps(self) -> None:
        """Every third neighbour looks at the map of the old town, where information appears (F11)."""
        town = Box(south=SOUTH, west=WEST, north=NORTH, east=EAST)
        await together(member.client.watch(town) for member in self.of(NEIGHBOURS)[::3])

    async def found_groups(self) -> None:
        """Three groups, each made by its first member and joined by the others."""
        for club in CLUBS:
            founder, *others = self.of(club.kind)
            made = await founder.client.create_group(
                club.name, purpose=club.purpose, conduct=club.conduct, locked=club.locked, id=club.request_id
            )
            assert made.group is not None
            self.groups[club.kind] = made.group
            request_id = f"demo-join-{made.group}"
            await together(
                member.client.join(made.group, code=made.code, accepted=True, id=request_id) for member in others
            )

    async def found_police(self) -> None:
        """The platform's owner registers an organisation; its officers go on duty in the old town."""
        area = Area(lat=SQUARE[0], lon=SQUARE[1], radius_m=1_000)
        about = "We are in the old town day and night. Call 112 first; write to us what you have seen."
        async with self._owner as owner:
            await owner.set_organisation(POLICE, POLICE_NAME, "police", area, about=about, id="demo-police")
            for number, officer in enumerate(self.of(OFFICERS)):
                standing: Standing = "chief" if number == 0 else "staff"
                await owner.set_staff(POLICE, officer.user, standing, id=f"demo-staff-{officer.user}")
        corners = tuple(Corner(lat=lat, lon=lon) for lat, lon in CORNERS)
        await together(officer.client.go_on_duty(polygon=corners, id="demo-duty") for officer in self.of(OFFICERS))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(member.client.close() for member in self.members))

    async def _walk(self) -> None:
        """Everyone in turn walks on and says where; spread out, so that no moment is busier than another."""
        at_once = max(1, round(len(self.members) * TICK_S / ROUND_S))
        turn = 0
        while True:
            await asyncio.sleep(TICK_S)
            for _ in range(at_once):
                member = self.members[turn % len(self.members)]
                turn += 1
                if member.kind.pace_m_s:
                    member.walker.walk(ROUND_S)
                    member.moved_at = time.time()
                    member.client.position(member.walker.lat, member.walker.lon, accuracy_m=8)


async def together(doings: Iterable[Coroutine[Any, Any, Any]]) -> None:
    """Do all at the same time; the first error ends the others, and is raised as it is, not in a group."""
    tasks = [asyncio.ensure_future(doing) for doing in doings]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
