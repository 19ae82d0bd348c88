"""What is said and told of organisations, of who works there, and of the roles that they give."""

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from realtime.messages.base import Answer, Request
from realtime.messages.terms import (
    Category,
    Headline,
    Id,
    Lat,
    Lon,
    Office,
    OrganisationId,
    Reason,
    Sector,
    Standing,
    Text,
    Timestamp,
)


class Point(Struct, frozen=True, kw_only=True):
    lat: Lat
    lon: Lon


class Area(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A circle (`lat`, `lon`, `radius_m`), or a polygon (`outline`): exactly one of the two."""

    lat: Lat | None = None
    lon: Lon | None = None
    radius_m: Annotated[float, Meta(ge=100, le=500_000)] | None = None
    outline: Annotated[tuple[Point, ...], Meta(max_length=200)] = ()


class SetOrganisation(Request, frozen=True, kw_only=True, tag="set_organisation"):
    """Register an organisation, say otherwise what it is, or close it."""

    organisation: OrganisationId
    name: Annotated[str, Meta(min_length=1, max_length=80)]
    sector: Sector
    area: Area
    about: Annotated[str, Meta(min_length=1, max_length=1_000)] | None = None
    hours: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    contact: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    emblem: Annotated[str, Meta(min_length=1, max_length=32)] | None = None
    department_of: OrganisationId | None = None
    closed: bool = False
    reason: Reason | None = None


class FindOrganisations(Request, frozen=True, kw_only=True, tag="organisations"):
    """Whose area holds a place; without a place, where one works."""

    lat: Lat | None = None
    lon: Lon | None = None


class Profile(Struct, frozen=True, kw_only=True, omit_defaults=True):
    organisation: str
    name: str
    sector: Sector
    about: str | None = None
    hours: str | None = None
    contact: str | None = None
    emblem: str | None = None
    department_of: str | None = None
    closed: bool = False
    standing: Standing | None = None


class OrganisationList(Answer, frozen=True, kw_only=True, tag="organisations"):
    organisations: tuple[Profile, ...]


class SetStaff(Request, frozen=True, kw_only=True, tag="set_staff"):
    """Say how somebody stands to an organisation, in place of how they stood."""

    organisation: OrganisationId
    user: Id
    standing: Standing
    reason: Reason | None = None


class ListStaff(Request, frozen=True, kw_only=True, tag="staff"):
    organisation: OrganisationId


class StaffMember(Struct, frozen=True, kw_only=True, omit_defaults=True):
    user: str
    standing: Standing
    roles: tuple[str, ...] = ()


class StaffList(Answer, frozen=True, kw_only=True, tag="staff"):
    organisation: str
    staff: tuple[StaffMember, ...]


class GrantRole(Request, frozen=True, kw_only=True, tag="grant_role"):
    """Verify that somebody holds an office, in an organisation's name or in the platform's."""

    user: Id
    role: Office
    organisation: OrganisationId | None = None
    until: Timestamp | None = None
    reason: Reason | None = None


class RevokeRole(Request, frozen=True, kw_only=True, tag="revoke_role"):
    user: Id
    role: Office
    organisation: OrganisationId | None = None
    reason: Reason | None = None


class ListRoles(Request, frozen=True, kw_only=True, tag="roles"):
    """The roles that an organisation has given; without one, all."""

    organisation: OrganisationId | None = None


class HeldRole(Struct, frozen=True, kw_only=True, omit_defaults=True):
    user: str
    role: str
    organisation: str | None = None
    until: float | None = None


class RoleList(Answer, frozen=True, kw_only=True, tag="roles"):
    roles: tuple[HeldRole, ...]


class LetOrganisationIn(Request, frozen=True, kw_only=True, tag="let_in"):
    """A group lets an organisation inform it, or does so no longer."""

    group: Id
    organisation: OrganisationId
    on: bool = True


class Inform(Request, frozen=True, kw_only=True, tag="inform"):
    """An organisation says something itself: to its area, or to groups that let it in, or both."""

    organisation: OrganisationId
    level: Literal["yellow", "info"]
    headline: Headline
    public: bool
    groups: Annotated[tuple[Id, ...], Meta(max_length=20)]
    text: Text | None = None
    category: Category | None = None
    lat: Lat | None = None
    lon: Lon | None = None
    radius_m: Annotated[float, Meta(ge=100, le=500_000)] | None = None


FromClient: TypeAlias = (
    SetOrganisation
    | FindOrganisations
    | SetStaff
    | ListStaff
    | GrantRole
    | RevokeRole
    | ListRoles
    | LetOrganisationIn
    | Inform
)

FromServer: TypeAlias = OrganisationList | StaffList | RoleList
