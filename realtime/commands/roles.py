"""`samverkan admin role`: who is verified as what, by whom, and until when."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import get_args

import click

from realtime.arguments import AS_JSON, example, owner_options, run
from realtime.client.asking import new_id
from realtime.commands.admin import admin
from realtime.commands.tables import print_rows
from realtime.messages import GrantRole, ListRoles, Office, RevokeRole, RoleList
from realtime.talking import Line


@admin.group("role", epilog=example("samverkan admin role list"))
def role() -> None:
    """Give verified roles and withdraw them."""


@role.command("grant", epilog=example("samverkan admin role grant anna police --organisation polisen --days 30"))
@click.argument("user")
@click.argument("role", type=click.Choice(get_args(Office)))
@click.option("--organisation", help="In whose name.  [default: the platform's]")
@click.option("--days", type=click.FloatRange(min=0, min_open=True), help="For so long.  [default: until withdrawn]")
@click.option("--reason", help="Why; kept in the audit trail.")
@owner_options
def grant(
    line: Callable[[], Line], user: str, role: Office, organisation: str | None, days: float | None, reason: str | None
) -> None:
    """Verify that somebody holds an office.

    Everything that they say bears it from then on.
    """
    until = None if days is None else time.time() + days * 86_400
    request = GrantRole(id=new_id(), user=user, role=role, organisation=organisation, until=until, reason=reason)

    async def do() -> None:
        async with line().client("admin") as client:
            await client.ask(request)
        click.echo(f"ok: {user} is verified as {role}")

    run(do)


@role.command("revoke", epilog=example("samverkan admin role revoke anna police --organisation polisen"))
@click.argument("user")
@click.argument("role", type=click.Choice(get_args(Office)))
@click.option("--organisation", help="In whose name it was given.  [default: the platform's]")
@click.option("--reason", help="Why; kept in the audit trail.")
@owner_options
def revoke(line: Callable[[], Line], user: str, role: Office, organisation: str | None, reason: str | None) -> None:
    """Withdraw a role: it ends at once."""
    request = RevokeRole(id=new_id(), user=user, role=role, organisation=organisation, reason=reason)

    async def do() -> None:
        async with line().client("admin") as client:
            await client.ask(request)
        click.echo(f"ok: {user} is no longer verified as {role}")

    run(do)


@role.command("list", epilog=example("samverkan admin role list --organisation polisen --json"))
@click.option("--organisation", help="Only those that it has given.")
@AS_JSON
@owner_options
def held(line: Callable[[], Line], organisation: str | None, as_json: bool) -> None:
    """The roles that are held now."""

    async def do() -> None:
        async with line().client("admin") as client:
            answer = await client.inquire(ListRoles(id=new_id(), organisation=organisation), RoleList)
        rows = [
            {
                "user": each.user,
                "role": each.role,
                "by": each.organisation or "platform",
                "until": "" if each.until is None else _local(each.until),
            }
            for each in answer.roles
        ]
        print_rows(rows, as_json=as_json, nothing="nobody holds a role")

    run(do)


def _local(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().isoformat(" ", "minutes")
