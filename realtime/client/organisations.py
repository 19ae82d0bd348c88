"""Organisations and private threads with them, as a client asks for them."""

from collections.abc import Iterable
from typing import Literal

from realtime.client.asking import Requests, new_id
from realtime.messages import (
    Area,
    Assign,
    Calling,
    CallVolunteers,
    CloseThread,
    EndCall,
    FindOrganisations,
    GrantRole,
    Inform,
    LetOrganisationIn,
    ListThreads,
    Office,
    Ok,
    OrganisationList,
    ReopenThread,
    RevokeRole,
    Sector,
    SetOrganisation,
    SetStaff,
    Standing,
    ThreadKind,
    ThreadList,
    VolunteerFor,
    WriteTo,
)


class OrganisationRequests(Requests):
    """Each call waits for its answer, and raises as `Requests.ask` does."""

    async def organisations(self, lat: float | None = None, lon: float | None = None) -> OrganisationList:
        """Whose area holds a place, or where one is."""
        return await self.inquire(FindOrganisations(id=new_id(), lat=lat, lon=lon), OrganisationList)

    async def write_to(
        self,
        organisation: str,
        kind: ThreadKind,
        text: str,
        *,
        anonymous: bool = False,
        about_alert: str | None = None,
        id: str | None = None,
    ) -> Ok:
        """Begin a private thread; the answer's `group` is its room, in which `post_message` goes on."""
        request = WriteTo(
            id=id or new_id(),
            organisation=organisation,
            kind=kind,
            text=text,
            anonymous=anonymous,
            about_alert=about_alert,
        )
        return await self.ask(request)

    async def threads(self, organisation: str | None = None, *, before: float | None = None) -> ThreadList:
        """One's own threads, or an organisation's for its staff, the latest first."""
        return await self.inquire(ListThreads(id=new_id(), organisation=organisation, before=before), ThreadList)

    async def assign(self, thread: str, user: str | None) -> Ok:
        """Say which of the staff sees to a thread."""
        return await self.ask(Assign(id=new_id(), thread=thread, user=user))

    async def close_thread(self, thread: str) -> Ok:
        return await self.ask(CloseThread(id=new_id(), thread=thread))

    async def reopen_thread(self, thread: str) -> Ok:
        return await self.ask(ReopenThread(id=new_id(), thread=thread))

    async def inform(
        self,
        organisation: str,
        headline: str,
        *,
        level: Literal["yellow", "info"] = "info",
        public: bool = True,
        groups: Iterable[str] = (),
        text: str | None = None,
        id: str | None = None,
    ) -> Ok:
        """Say something in the organisation's name: to its area, to groups that let it in, or both."""
        request = Inform(
            id=id or new_id(),
            organisation=organisation,
            headline=headline,
            level=level,
            public=public,
            groups=tuple(groups),
            text=text,
        )
        return await self.ask(request)

    async def let_in(self, group: str, organisation: str, *, on: bool = True) -> Ok:
        """Let an organisation inform a group, or no longer."""
        return await self.ask(LetOrganisationIn(id=new_id(), group=group, organisation=organisation, on=on))

    # --- volunteers ---

    async def volunteer(self, calling: Calling, *, on: bool = True) -> Ok:
        """Be called by the police or the rescue service when one is near, or no longer."""
        return await self.ask(VolunteerFor(id=new_id(), for_=calling, on=on))

    async def call_volunteers(self, organisation: str, text: str, circle: Area, *, until: float) -> Ok:
        """Call the volunteers in a circle until a time (Unix seconds); the answer's `call` is its id."""
        if circle.lat is None or circle.lon is None or circle.radius_m is None:
            raise ValueError("volunteers are called within a circle")
        request = CallVolunteers(
            id=new_id(),
            organisation=organisation,
            text=text,
            lat=circle.lat,
            lon=circle.lon,
            radius_m=circle.radius_m,
            until=until,
        )
        return await self.ask(request)

    async def end_call(self, call: str) -> Ok:
        """Tell them that they are no longer needed."""
        return await self.ask(EndCall(id=new_id(), call=call))

    # --- run by the owner and by chiefs ---

    async def set_organisation(
        self,
        organisation: str,
        name: str,
        sector: Sector,
        area: Area,
        *,
        about: str | None = None,
        hours: str | None = None,
        contact: str | None = None,
        emblem: str | None = None,
        department_of: str | None = None,
        id: str | None = None,
    ) -> Ok:
        """Register an organisation, or say otherwise what it is."""
        request = SetOrganisation(
            id=id or new_id(),
            organisation=organisation,
            name=name,
            sector=sector,
            area=area,
            about=about,
            hours=hours,
            contact=contact,
            emblem=emblem,
            department_of=department_of,
        )
        return await self.ask(request)

    async def set_staff(self, organisation: str, user: str, standing: Standing, *, id: str | None = None) -> Ok:
        """Say how somebody stands to an organisation."""
        return await self.ask(SetStaff(id=id or new_id(), organisation=organisation, user=user, standing=standing))

    async def grant_role(
        self, user: str, role: Office, *, organisation: str | None = None, until: float | None = None
    ) -> Ok:
        """Let somebody hold an office until a time (Unix seconds), or until it is revoked."""
        return await self.ask(GrantRole(id=new_id(), user=user, role=role, organisation=organisation, until=until))

    async def revoke_role(self, user: str, role: Office, *, organisation: str | None = None) -> Ok:
        """Take an office away, at once and on every open connection."""
        return await self.ask(RevokeRole(id=new_id(), user=user, role=role, organisation=organisation))
