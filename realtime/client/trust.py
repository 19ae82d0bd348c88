"""Conduct and moderation, as a client asks for them."""

from realtime.client.asking import Requests, new_id
from realtime.messages import (
    Accept,
    AppealDecision,
    AskConduct,
    Conduct,
    Fault,
    Language,
    Lift,
    ListReports,
    Moderate,
    Ok,
    ReportPost,
    Reports,
    Resolution,
    Resolve,
    Suspend,
    Withholding,
)


class TrustRequests(Requests):
    """Each call waits for its answer, and raises as `Requests.ask` does."""

    async def conduct(self, language: Language = "sv") -> Conduct:
        """The code of conduct, the guide for new members, and whether this person has accepted it."""
        return await self.inquire(AskConduct(id=new_id(), language=language), Conduct)

    async def accept_conduct(self, version: str, *, id: str | None = None) -> Ok:
        """The person has read this version of the code of conduct, and accepts it."""
        return await self.ask(Accept(id=id or new_id(), conduct=version))

    async def report(
        self,
        category: Fault,
        *,
        alert: str | None = None,
        group: str | None = None,
        seq: int | None = None,
        about_author: bool = False,
        reason: str | None = None,
        id: str | None = None,
    ) -> Ok:
        """Report an alert, or what stands at a seq of a group. The answer has `report`, its id."""
        request = ReportPost(
            id=id or new_id(),
            category=category,
            alert=alert,
            group=group,
            seq=seq,
            about_author=about_author,
            reason=reason,
        )
        return await self.ask(request)

    async def reports(self, group: str | None = None, *, all: bool = False) -> Reports:
        """What is to be looked at, of a group or as the owner."""
        return await self.inquire(ListReports(id=new_id(), group=group, all=all), Reports)

    async def resolve(
        self, report: str, action: Resolution, reason: str, *, until: float | None = None, id: str | None = None
    ) -> Ok:
        """Decide a report or an appeal."""
        return await self.ask(Resolve(id=id or new_id(), report=report, action=action, reason=reason, until=until))

    async def moderate(
        self,
        action: Withholding,
        reason: str,
        *,
        alert: str | None = None,
        group: str | None = None,
        seq: int | None = None,
        id: str | None = None,
    ) -> Ok:
        """Hide, show or remove an alert, or what stands at a seq of a group."""
        request = Moderate(id=id or new_id(), action=action, reason=reason, alert=alert, group=group, seq=seq)
        return await self.ask(request)

    async def suspend(self, user: str, reason: str, *, until: float | None = None, id: str | None = None) -> Ok:
        """Bar an account, as the owner."""
        return await self.ask(Suspend(id=id or new_id(), user=user, reason=reason, until=until))

    async def lift(self, user: str, reason: str, *, id: str | None = None) -> Ok:
        """End an account's suspension, as the owner."""
        return await self.ask(Lift(id=id or new_id(), user=user, reason=reason))

    async def appeal(self, of: str, text: str, *, id: str | None = None) -> Ok:
        """Ask the owner to look again at a decision against this person."""
        return await self.ask(AppealDecision(id=id or new_id(), of=of, text=text))
