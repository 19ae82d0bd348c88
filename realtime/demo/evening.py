"""A short evening in the old town, in which something almost happens."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from realtime.client import Client
from realtime.demo.board import Board
from realtime.demo.people import GUIDES, NIGHT_WALKERS, OFFICERS, POLICE, SHOP_OWNERS, Kind, Member, Neighbourhood
from realtime.demo.places import STREET
from realtime.messages import Ok

REACH_AFTER_S = 6.0  # the last reach is told 5 s after the last alert


class Evening:
    """The story: who says what when. `pace` 1 takes half a minute, 0.1 a tenth of it."""

    def __init__(self, neighbourhood: Neighbourhood, board: Board, pace: float) -> None:
        self._neighbourhood = neighbourhood
        self._board = board
        self._pace = pace

    async def happen(self) -> None:
        shops = self._neighbourhood.groups[SHOP_OWNERS]
        perfumery, bakery, tobacconist = (self._some(SHOP_OWNERS, number) for number in (0, 1, 2))
        await self._pause(2)  # everyone has just come in

        gang = await self._alert(
            bakery,
            lambda client: client.raise_alert(
                "yellow",
                lat=STREET[0],
                lon=STREET[1],
                groups=(shops,),
                category="reconnaissance",
                headline="Four people go from shop to shop and look for cameras",
                sent_at=time.time(),
            ),
        )
        await self._pause(5)
        await self._say(tobacconist, shops, "They were in here, too. I stay at the door and greet them.")
        await self._pause(3)
        await self._say(self._some(GUIDES, 0), self._neighbourhood.groups[GUIDES], "We go round by the square.")
        await self._pause(4)
        # The signal does not wait for typing (R9): level, kind and place go out, the words follow.
        red = await self._alert(
            perfumery,
            lambda client: client.raise_alert(
                "red", "help", lat=STREET[0] + 0.0004, lon=STREET[1] + 0.0003, groups=(shops,), sent_at=time.time()
            ),
        )
        await self._pause(8)
        await self._alert(
            perfumery,
            lambda client: client.update_alert(
                red, headline="They fill bags in my shop and shout at my colleague", called_112=True
            ),
        )
        await self._pause(3)
        await self._alert(
            tobacconist,
            lambda client: client.raise_alert(
                "info",
                "inform",
                lat=STREET[0],
                lon=STREET[1],
                public=False,
                groups=(shops,),
                headline="Two of them stand at a grey van by the steps",
                sent_at=time.time(),
            ),
        )
        await self._pause(3)
        # What must not be said in the open goes to the police alone (R2, F51).
        tip = await self._some(GUIDES, 1).client.write_to(
            POLICE, "tip", "The van's number plate ends in 47K. I can show you a film.", about_alert=red
        )
        assert tip.group is not None
        await self._pause(3)
        await self._say(self._some(OFFICERS, 1), tip.group, "Thank you! We meet it at the locks. Stay where you are.")
        await self._pause(3)
        await self._say(
            self._some(NIGHT_WALKERS, 0),
            self._neighbourhood.groups[NIGHT_WALKERS],
            "Five of us walk down the street in our vests.",
        )
        await self._pause(4)
        await self._alert(
            perfumery,
            lambda client: client.update_alert(
                red, state="closed", wrong="They shouted at each other, not at my colleague, and have left"
            ),
        )
        await self._pause(3)
        officer = self._some(OFFICERS, 0)
        await self._alert(officer, lambda client: client.tell_outcome(red, "prevented"))
        await self._pause(3)
        await self._alert(
            officer,
            lambda client: client.inform(POLICE, "Nothing was stolen, for you saw them early. We stay here tonight."),
        )
        await self._alert(bakery, lambda client: client.update_alert(gang, state="closed"))
        await self._pause(REACH_AFTER_S)

    def _some(self, kind: Kind, number: int) -> Member:
        people = self._neighbourhood.of(kind)
        return people[number % len(people)]

    async def _alert(self, author: Member, act: Callable[[Client], Awaitable[Ok]]) -> str:
        """Raise or change an alert; return its id."""
        sent_at = time.time()
        ok = await act(author.client)
        assert ok.alert is not None
        assert ok.revision is not None
        self._board.sent((ok.alert, ok.revision), f"{author.name}, {author.kind.name}", sent_at)
        return ok.alert

    async def _say(self, author: Member, group: str, text: str) -> None:
        sent_at = time.time()
        ok = await author.client.post_message(group, text)
        assert ok.message is not None
        self._board.sent((ok.message, 0), f"{author.name}, {author.kind.name}", sent_at)

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds * self._pace)
