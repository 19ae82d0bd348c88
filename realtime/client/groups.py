"""What a client asks of groups beside joining and talking: each call is answered, or raises as `Requests.ask` does."""

from realtime.client.asking import Requests, new_id
from realtime.messages import (
    Applications,
    Apply,
    Audit,
    BanMember,
    CloseGroup,
    Decide,
    FindGroups,
    GroupsFound,
    GroupShown,
    HandOver,
    Invite,
    Members,
    Ok,
    ReadApplications,
    ReadAudit,
    ReadMembers,
    Remove,
    ShowGroup,
)


class GroupRequests(Requests):
    """Whatever is not here is said with `ask` and `inquire`, and the message itself."""

    async def show_group(self, group: str, *, code: str | None = None) -> GroupShown:
        return await self.inquire(ShowGroup(id=new_id(), group=group, code=code), GroupShown)

    async def find_groups(
        self,
        text: str | None = None,
        *,
        lat: float | None = None,
        lon: float | None = None,
        after: str | None = None,
    ) -> GroupsFound:
        """One page of listed groups, by words or by a point in their area; `next` leads to another."""
        request = FindGroups(id=new_id(), text=text, lat=lat, lon=lon, after=after)
        return await self.inquire(request, GroupsFound)

    async def apply(self, group: str, *, accepted: bool = False, text: str | None = None) -> Ok:
        return await self.ask(Apply(id=new_id(), group=group, accepted=accepted, text=text))

    async def applications(self, group: str, *, after: str | None = None) -> Applications:
        return await self.inquire(ReadApplications(id=new_id(), group=group, after=after), Applications)

    async def decide(self, group: str, user: str, *, approve: bool, reason: str | None = None) -> Ok:
        """Let an applicant in, or not, which needs a reason."""
        return await self.ask(Decide(id=new_id(), group=group, user=user, approve=approve, reason=reason))

    async def invite(
        self, group: str, user: str | None = None, *, uses: int | None = None, expires_at: float | None = None
    ) -> Ok:
        """Invite one person; or make a code, which the answer has in `code`."""
        return await self.ask(Invite(id=new_id(), group=group, user=user, uses=uses, expires_at=expires_at))

    async def members(self, group: str, *, after: str | None = None) -> Members:
        return await self.inquire(ReadMembers(id=new_id(), group=group, after=after), Members)

    async def remove(self, group: str, user: str, reason: str) -> Ok:
        return await self.ask(Remove(id=new_id(), group=group, user=user, reason=reason))

    async def ban(self, group: str, user: str, reason: str) -> Ok:
        return await self.ask(BanMember(id=new_id(), group=group, user=user, reason=reason))

    async def hand_over(self, group: str, user: str, *, reason: str | None = None) -> Ok:
        return await self.ask(HandOver(id=new_id(), group=group, user=user, reason=reason))

    async def close_group(self, group: str, reason: str) -> Ok:
        return await self.ask(CloseGroup(id=new_id(), group=group, reason=reason))

    async def audit(self, group: str, *, before: int | None = None) -> Audit:
        return await self.inquire(ReadAudit(id=new_id(), group=group, before=before), Audit)
