"""`samverkan admin organisation` and `staff`: what the owner does for organisations."""

from collections.abc import Callable
from typing import get_args

import click

from realtime.arguments import AS_JSON, At, example, owner_options, run
from realtime.client.asking import new_id
from realtime.commands.admin import admin
from realtime.commands.tables import print_rows
from realtime.messages import (
    Area,
    FindOrganisations,
    ListStaff,
    OrganisationList,
    Point,
    Sector,
    SetOrganisation,
    SetStaff,
    StaffList,
    Standing,
)
from realtime.talking import Line


class Circle(click.ParamType[Area]):
    """`59.3251,18.0711,4000`: latitude, longitude, metres."""

    name = "LAT,LON,METRES"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Area:
        place, _, radius = str(value).rpartition(",")
        lat, lon = At().convert(place, param, ctx)
        try:
            return Area(lat=lat, lon=lon, radius_m=float(radius))
        except ValueError:
            self.fail(f"{radius} is no radius; write latitude,longitude,metres", param, ctx)


# --- admin organisation ----------------------------------------------------------------------------------------------


@admin.group("organisation", epilog=example("samverkan admin organisation list"))
def organisation() -> None:
    """Register organisations, change and close them."""


@organisation.command(
    "set",
    epilog=example(
        "samverkan admin organisation set polisen --name Polisen --sector police --circle 59.3251,18.0711,4000"
    ),
)
@click.argument("organisation")
@click.option("--name", required=True)
@click.option("--sector", type=click.Choice(get_args(Sector)), required=True)
@click.option("--circle", type=Circle(), help="Where it is at work.")
@click.option("--corner", "corners", type=At(), multiple=True, help="Instead: a corner of its area; three or more.")
@click.option("--about", help="What it does.")
@click.option("--hours", help="When it is open.")
@click.option("--contact", help="How else it is reached.")
@click.option("--emblem", help="The short name of an emblem that clients know.")
@click.option("--department-of", metavar="ORGANISATION", help="The organisation that it is a department of.")
@click.option("--close", "closed", is_flag=True, help="It is no longer here: nobody works there, its roles end.")
@click.option("--reason", help="Why; kept in the audit trail.")
@owner_options
def organisation_set(
    line: Callable[[], Line],
    organisation: str,
    name: str,
    sector: Sector,
    circle: Area | None,
    corners: tuple[tuple[float, float], ...],
    about: str | None,
    hours: str | None,
    contact: str | None,
    emblem: str | None,
    department_of: str | None,
    closed: bool,
    reason: str | None,
) -> None:
    """Register an organisation, or say anew what it is."""
    if (circle is None) == (not corners):
        raise click.UsageError("either --circle, or three --corner or more")
    request = SetOrganisation(
        id=new_id(),
        organisation=organisation,
        name=name,
        sector=sector,
        area=circle or Area(outline=tuple(Point(lat=lat, lon=lon) for lat, lon in corners)),
        about=about,
        hours=hours,
        contact=contact,
        emblem=emblem,
        department_of=department_of,
        closed=closed,
        reason=reason,
    )

    async def do() -> None:
        async with line().client("admin") as client:
            await client.ask(request)
        click.echo(f"ok: {name} is {'closed' if closed else 'registered'} as {organisation}")

    run(do)


@organisation.command("list", epilog=example("samverkan admin organisation list --json"))
@AS_JSON
@owner_options
def organisation_list(line: Callable[[], Line], as_json: bool) -> None:
    """All organisations, the closed ones too."""
    run(lambda: show_organisations(line(), FindOrganisations(id=new_id()), as_json=as_json))


async def show_organisations(line: Line, request: FindOrganisations, *, as_json: bool) -> None:
    async with line.client("admin") as client:
        answer = await client.inquire(request, OrganisationList)
    rows = [
        {
            "organisation": each.organisation,
            "name": each.name,
            "sector": each.sector,
            "hours": each.hours or "",
            "contact": each.contact or "",
            "standing": each.standing or ("closed" if each.closed else ""),
        }
        for each in answer.organisations
    ]
    print_rows(rows, as_json=as_json, nothing="no organisation is registered here")


# --- admin staff -----------------------------------------------------------------------------------------------------


@admin.group("staff", epilog=example("samverkan admin staff list polisen"))
def staff() -> None:
    """Say who works for an organisation."""


@staff.command("set", epilog=example("samverkan admin staff set polisen anna chief"))
@click.argument("organisation")
@click.argument("user")
@click.argument("standing", type=click.Choice(get_args(Standing)))
@click.option("--reason", help="Why; kept in the audit trail.")
@owner_options
def staff_set(line: Callable[[], Line], organisation: str, user: str, standing: Standing, reason: str | None) -> None:
    """Make somebody chief or staff, or (none) neither."""
    request = SetStaff(id=new_id(), organisation=organisation, user=user, standing=standing, reason=reason)

    async def do() -> None:
        async with line().client("admin") as client:
            await client.ask(request)
        click.echo(f"ok: {user} is {'no longer there' if standing == 'none' else standing}")

    run(do)


@staff.command("list", epilog=example("samverkan admin staff list polisen --json"))
@click.argument("organisation")
@AS_JSON
@owner_options
def staff_list(line: Callable[[], Line], organisation: str, as_json: bool) -> None:
    """Who works there, and as what they are verified."""

    async def do() -> None:
        async with line().client("admin") as client:
            answer = await client.inquire(ListStaff(id=new_id(), organisation=organisation), StaffList)
        rows = [{"user": each.user, "standing": each.standing, "roles": ", ".join(each.roles)} for each in answer.staff]
        print_rows(rows, as_json=as_json, nothing="nobody works there")

    run(do)
