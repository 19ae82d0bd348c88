"""What a client says and asks about alerts beside raising and changing them."""

from realtime.client.asking import Requests, new_id
from realtime.messages import (
    AnswerAlert,
    CategoryList,
    MergeAlert,
    Ok,
    Outcome,
    ReadCategories,
    Said,
    State,
    UpdateAlert,
)


class WordRequests(Requests):
    """Answers to alerts, what came of them, and what they can be about."""

    async def answer_alert(self, alert: str, answer: Said, *, named: bool = False) -> Ok:
        """Tell an alert's author that one has seen it, comes, is safe, or that it is not true."""
        return await self.ask(AnswerAlert(id=new_id(), alert=alert, answer=answer, named=named))

    async def merge_alert(self, alert: str, into: str | None, *, id: str | None = None) -> Ok:
        """One's own red is of the same thing as `into`, one of its `same_as`; or, with None, of another."""
        return await self.ask(MergeAlert(id=id or new_id(), alert=alert, into=into))

    async def tell_outcome(
        self, alert: str, outcome: Outcome, *, state: State | None = None, id: str | None = None
    ) -> Ok:
        """Say what came of an alert that is over, or, with an ending `state`, end it so."""
        return await self.ask(UpdateAlert(id=id or new_id(), alert=alert, outcome=outcome, state=state))

    async def categories(self, lat: float | None = None, lon: float | None = None) -> CategoryList:
        """What an alert can be about here, or at a place, in Swedish and English."""
        return await self.inquire(ReadCategories(id=new_id(), lat=lat, lon=lon), CategoryList)
