"""What is said and told of those who want to be called by the police or the rescue service (F59)."""

from typing import Annotated, TypeAlias

from msgspec import Meta

from realtime.messages.alerts import VerifiedBy
from realtime.messages.base import Message, Request
from realtime.messages.terms import Calling, Id, Lat, Lon, OrganisationId, Text, Timestamp


class VolunteerFor(Request, frozen=True, kw_only=True, tag="volunteer", rename={"for_": "for"}):
    """Want to be called by them, or no longer."""

    for_: Calling
    on: bool


class CallVolunteers(Request, frozen=True, kw_only=True, tag="call_volunteers"):
    organisation: OrganisationId
    lat: Lat
    lon: Lon
    radius_m: Annotated[float, Meta(ge=500, le=20_000)]
    text: Text
    until: Timestamp


class EndCall(Request, frozen=True, kw_only=True, tag="end_call"):
    call: Id


class CallNews(Message, frozen=True, kw_only=True, tag="call"):
    """A call to this volunteer, who is near; or `ended`: it has been called off."""

    call: str
    organisation: str
    verified_role: str
    verified_by: VerifiedBy
    lat: float
    lon: float
    radius_m: float
    text: str
    sent_at: float
    until: float
    ended: bool = False
    exercise: bool = False


FromClient: TypeAlias = VolunteerFor | CallVolunteers | EndCall

FromServer: TypeAlias = CallNews
