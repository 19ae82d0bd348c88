"""`samverkan group`: groups on a terminal, as tables or as JSON."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, get_args

import click
from rich.table import Table

from realtime.arguments import AS_JSON, At, example, member_options, run
from realtime.client import Client
from realtime.client.asking import new_id
from realtime.commands.tables import cell, print_structs
from realtime.console import make_console, plain
from realtime.messages import Appoint, SetGroup, Trust
from realtime.talking import Failed, Line

EXAMPLES: Final = [
    "samverkan group find --at 59.3251,18.0711",
    "samverkan group decide ID --applicant bo --approve",
    "samverkan group audit ID --json",
]

GROUP = click.argument("group_id", metavar="GROUP")
WHY = click.option("--reason", required=True, help="Why; they are told.")


_ARGUMENTS: Final = {
    "list": "",
    "find": " bakery",
    "create": ' "Our street" --purpose "Fewer thefts" --conduct "Be kind" --locked --listed',
    "show": " ID",
    "members": " ID",
    "apply": " ID --accept",
    "join": " ID --code CODE --accept",
    "leave": " ID",
    "appoint": " ID --whom bo --as approver --as ambassador",
    "set": ' ID --purpose "Fewer burglaries" --listed',
    "decide": " ID --applicant bo --approve",
    "invite": " ID --uses 20",
    "remove": ' ID --whom bo --reason "Personal attacks"',
    "ban": " ID --whom bo --reason Threats",
    "handover": " ID --to bo",
    "close": ' ID --reason "The thefts have ended"',
    "audit": " ID --json",
}


def _example(name: str) -> str:
    return example(f"samverkan group {name}{_ARGUMENTS[name]}")


@click.group("group", epilog=example(*EXAMPLES))
def group() -> None:
    """Find groups, ask to be let in, and run one's own."""


def _ask(line: Callable[[], Line], do: Callable[[Client], Awaitable[None]]) -> None:
    async def asked() -> None:
        async with line().client("group") as client:
            await do(client)

    run(asked)


async def _all(ask: Callable[[Any], Awaitable[Any]], field: str) -> list[Any]:
    """What stands in a field of all pages; each is asked for by what the one before calls the next."""
    page = await ask(None)
    found = list(getattr(page, field))
    while page.next is not None:
        page = await ask(page.next)
        found += getattr(page, field)
    return found


_CARD: Final = ("group", "name", "purpose", "locked", "place")


@group.command("list", epilog=_example("list"))
@AS_JSON
@member_options
def list_groups(line: Callable[[], Line], as_json: bool) -> None:
    """The groups that one is in."""

    async def do() -> None:
        client = line().client("group")
        welcome = await client.start()
        try:
            cards = [(await client.show_group(each)).card for each in sorted(set(welcome.rooms) - {"me"})]
        finally:
            await client.close()
        print_structs(cards, _CARD, as_json=as_json)

    run(do)


@group.command("find", epilog=_example("find"))
@click.argument("text", required=False)
@click.option("--at", type=At(), help="A place that the group's area must hold.")
@AS_JSON
@member_options
def find(line: Callable[[], Line], text: str | None, at: tuple[float, float] | None, as_json: bool) -> None:
    """Listed groups, by words, by place, or all."""

    async def do(client: Client) -> None:
        lat, lon = at or (None, None)
        cards = await _all(lambda after: client.find_groups(text, lat=lat, lon=lon, after=after), "groups")
        print_structs(cards, _CARD, as_json=as_json)

    _ask(line, do)


@group.command("create", epilog=_example("create"))
@click.argument("name")
@click.option("--purpose", required=True, help="What it is for.")
@click.option("--conduct", required=True, help="How its members behave.")
@click.option("--locked", is_flag=True, help="Only who is let in or invited can join.")
@click.option("--listed", is_flag=True, help="It can be found, and applied to.")
@click.option("--place", help="Its village, street or building.")
@click.option("--at", type=At(), help="The middle of its area.")
@click.option("--radius", "radius_m", type=float, default=500.0, show_default=True, help="Of its area, in metres.")
@member_options
def create(
    line: Callable[[], Line],
    name: str,
    purpose: str,
    conduct: str,
    locked: bool,
    listed: bool,
    place: str | None,
    at: tuple[float, float] | None,
    radius_m: float,
) -> None:
    """Make a group."""

    async def do(client: Client) -> None:
        made = await client.create_group(name, purpose=purpose, conduct=conduct, locked=locked)
        lat, lon = at or (None, None)
        await client.ask(
            SetGroup(
                id=f"card-{made.group}",
                group=str(made.group),
                purpose=purpose,
                conduct=conduct,
                listed=listed,
                place=place,
                lat=lat,
                lon=lon,
                radius_m=None if at is None else radius_m,
            )
        )
        click.echo(f"{made.group}" + (f"  code {made.code}" if made.code else ""))

    _ask(line, do)


@group.command("show", epilog=_example("show"))
@GROUP
@click.option("--code", help="Of an invitation.")
@AS_JSON
@member_options
def show(line: Callable[[], Line], group_id: str, code: str | None, as_json: bool) -> None:
    """A group's card."""

    async def do(client: Client) -> None:
        shown = await client.show_group(group_id, code=code)
        if as_json:
            print_structs([shown.card], (), as_json=True)
            return
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        card = shown.card
        rows = [(name, getattr(card, name)) for name in (*_CARD, "listed", "conduct", "problem", "kind")]
        rows += [("members", shown.members), ("you are", shown.mine or None), ("suspended", shown.suspended)]
        for name, value in rows:
            table.add_row(name, cell(value))
        make_console().print(table)

    _ask(line, do)


@group.command("members", epilog=_example("members"))
@GROUP
@AS_JSON
@member_options
def members(line: Callable[[], Line], group_id: str, as_json: bool) -> None:
    """Who is in a group, and what they are trusted with."""

    async def do(client: Client) -> None:
        found = await _all(lambda after: client.members(group_id, after=after), "members")
        print_structs(found, ("user", "name", "role", "trusted"), as_json=as_json)

    _ask(line, do)


@group.command("apply", epilog=_example("apply"))
@GROUP
@click.option("--text", help="For those who decide.")
@click.option("--accept", is_flag=True, help="You have read its purpose and conduct, and agree.")
@member_options
def apply(line: Callable[[], Line], group_id: str, text: str | None, accept: bool) -> None:
    """Ask to be let into a locked group.

    Without --accept, its conduct is shown.
    """

    async def do(client: Client) -> None:
        if not accept:
            await _show_conduct(client, group_id, None)
            raise Failed("if you agree, say it again with --accept")
        await client.apply(group_id, accepted=True, text=text)
        click.echo("ok: those who decide are told")

    _ask(line, do)


async def _show_conduct(client: Client, group_id: str, code: str | None) -> None:
    card = (await client.show_group(group_id, code=code)).card
    click.echo(plain(f"{card.name}. What it is for: {card.purpose} How members behave: {card.conduct}"))


@group.command("join", epilog=_example("join"))
@GROUP
@click.option("--code", help="What opens a locked group.")
@click.option("--accept", is_flag=True, help="You have read its purpose and conduct, and agree.")
@member_options
def join(line: Callable[[], Line], group_id: str, code: str | None, accept: bool) -> None:
    """Become a member; without --accept, its conduct is shown."""

    async def do(client: Client) -> None:
        if not accept:
            await _show_conduct(client, group_id, code)
            raise Failed("if you agree, say it again with --accept")
        await _done(client.join(group_id, code=code, accepted=True))

    _ask(line, do)


@group.command("leave", epilog=_example("leave"))
@GROUP
@member_options
def leave(line: Callable[[], Line], group_id: str) -> None:
    """Be a member no longer.

    If one answers for the group, another does from then on.
    """
    _ask(line, lambda client: _done(client.leave(group_id)))


@group.command("appoint", epilog=_example("appoint"))
@GROUP
@click.option("--whom", required=True, help="A member.")
@click.option("--as", "trusted", type=click.Choice(get_args(Trust)), multiple=True, help="May be repeated.")
@member_options
def appoint(line: Callable[[], Line], group_id: str, whom: str, trusted: tuple[Trust, ...]) -> None:
    """Trust a member with more; without --as, with nothing."""
    request = Appoint(id=new_id(), group=group_id, user=whom, trusted=trusted)
    _ask(line, lambda client: _done(client.ask(request)))


@group.command("set", epilog=_example("set"))
@GROUP
@click.option("--purpose", help="What it is for.")
@click.option("--conduct", help="How its members behave; a change asks each of them again.")
@click.option("--listed/--unlisted", default=None, help="Whether it can be found, and applied to.")
@click.option("--place", help="Its village, street or building.")
@click.option("--at", type=At(), help="The middle of its area.")
@click.option("--radius", "radius_m", type=float, default=500.0, show_default=True, help="Of its area, in metres.")
@member_options
def set_card(
    line: Callable[[], Line],
    group_id: str,
    purpose: str | None,
    conduct: str | None,
    listed: bool | None,
    place: str | None,
    at: tuple[float, float] | None,
    radius_m: float,
) -> None:
    """Say anew what a group is for; what is not given stays as it is."""

    async def do(client: Client) -> None:
        card = (await client.show_group(group_id)).card
        lat, lon = at or (card.lat, card.lon)
        request = SetGroup(
            id=new_id(),
            group=group_id,
            purpose=purpose or card.purpose,
            conduct=conduct or card.conduct,
            problem=card.problem,
            kind=card.kind,
            listed=card.listed if listed is None else listed,
            place=place or card.place,
            lat=lat,
            lon=lon,
            radius_m=card.radius_m if at is None else radius_m,
        )
        await _done(client.ask(request))

    _ask(line, do)


@group.command("decide", epilog=_example("decide"))
@GROUP
@click.option("--applicant", help="Whom to let in or refuse; without it, those who wait are listed.")
@click.option("--approve/--refuse", default=True, help="Refusing needs a --reason.")
@click.option("--reason", help="Why; they are told.")
@AS_JSON
@member_options
def decide(
    line: Callable[[], Line], group_id: str, applicant: str | None, approve: bool, reason: str | None, as_json: bool
) -> None:
    """Who waits to be let in, and whether they are."""

    async def do(client: Client) -> None:
        if applicant is not None:
            await client.decide(group_id, applicant, approve=approve, reason=reason)
            click.echo("ok: they are told")
            return
        waiting = await _all(lambda after: client.applications(group_id, after=after), "applications")
        print_structs(waiting, ("user", "name", "role", "text"), as_json=as_json)

    _ask(line, do)


@group.command("invite", epilog=_example("invite"))
@GROUP
@click.option("--whom", help="One person; without it, a code is made.")
@click.option("--uses", type=click.IntRange(1, 10_000), help="So many may come in by the code.")
@member_options
def invite(line: Callable[[], Line], group_id: str, whom: str | None, uses: int | None) -> None:
    """Invite a person, or make a code."""

    async def do(client: Client) -> None:
        made = await client.invite(group_id, whom, uses=uses)
        click.echo(f"code {made.code}" if made.code else "ok: they are told")

    _ask(line, do)


@group.command("remove", epilog=_example("remove"))
@GROUP
@click.option("--whom", required=True, help="Who must go.")
@WHY
@member_options
def remove(line: Callable[[], Line], group_id: str, whom: str, reason: str) -> None:
    """A member must go."""
    _ask(line, lambda client: _done(client.remove(group_id, whom, reason)))


@group.command("ban", epilog=_example("ban"))
@GROUP
@click.option("--whom", required=True, help="Who must go, or not come.")
@WHY
@member_options
def ban(line: Callable[[], Line], group_id: str, whom: str, reason: str) -> None:
    """For somebody the group is not there any more."""
    _ask(line, lambda client: _done(client.ban(group_id, whom, reason)))


@group.command("handover", epilog=_example("handover"))
@GROUP
@click.option("--to", "whom", required=True, help="Who answers for it from now on.")
@member_options
def handover(line: Callable[[], Line], group_id: str, whom: str) -> None:
    """Another member answers for a group."""
    _ask(line, lambda client: _done(client.hand_over(group_id, whom)))


@group.command("close", epilog=_example("close"))
@GROUP
@WHY
@member_options
def close(line: Callable[[], Line], group_id: str, reason: str) -> None:
    """Everybody leaves, and the group is no more."""
    _ask(line, lambda client: _done(client.close_group(group_id, reason)))


@group.command("audit", epilog=_example("audit"))
@GROUP
@AS_JSON
@member_options
def audit(line: Callable[[], Line], group_id: str, as_json: bool) -> None:
    """Who changed what, and why, newest first."""

    async def do(client: Client) -> None:
        lines = await _all(lambda before: client.audit(group_id, before=before), "lines")
        print_structs(lines, ("seq", "by", "what", "user", "reason"), as_json=as_json)

    _ask(line, do)


async def _done(asked: Awaitable[object]) -> None:
    await asked
    click.echo("ok")
