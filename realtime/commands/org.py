"""`samverkan org`: for members and for organisations' people."""

import time
from collections.abc import Callable
from typing import Literal, get_args

import click

from realtime.arguments import AS_JSON, At, example, member_options, run
from realtime.client import Client
from realtime.client.asking import new_id
from realtime.commands.asking import do, with_client
from realtime.commands.organisations import Circle, show_organisations
from realtime.commands.tables import print_rows
from realtime.messages import (
    Area,
    Calling,
    FindOrganisations,
    ListThreads,
    PostMessage,
    ThreadKind,
    ThreadList,
    WriteTo,
)
from realtime.talking import Line


@click.group("org", epilog=example("samverkan org list --at 59.3251,18.0711"))
def org() -> None:
    """Find organisations, write to them, and answer for them."""


@org.command("list", epilog=example("samverkan org list --at 59.3251,18.0711"))
@click.option("--at", type=At(), help="A place.  [default: those where you work]")
@AS_JSON
@member_options
def org_list(line: Callable[[], Line], at: tuple[float, float] | None, as_json: bool) -> None:
    """The organisations that are at work at a place."""
    lat, lon = at or (None, None)
    run(lambda: show_organisations(line(), FindOrganisations(id=new_id(), lat=lat, lon=lon), as_json=as_json))


@org.command("write", epilog=example('samverkan org write polisen "A van stands there each night" --user anna'))
@click.argument("organisation")
@click.argument("text")
@click.option("--kind", type=click.Choice(get_args(ThreadKind)), default="tip", show_default=True)
@click.option("--anonymous", is_flag=True, help="They see a pseudonym.")
@click.option("--alert", "about_alert", help="The alert of which you know something; to the police only.")
@member_options
def org_write(
    line: Callable[[], Line],
    organisation: str,
    text: str,
    kind: ThreadKind,
    anonymous: bool,
    about_alert: str | None,
) -> None:
    """Write to an organisation: nobody else learns of it."""
    request = WriteTo(
        id=new_id(), organisation=organisation, kind=kind, text=text, anonymous=anonymous, about_alert=about_alert
    )

    async def do() -> None:
        async with line().client("org") as client:
            ok = await client.ask(request)
        click.echo(f"ok: thread {ok.group}")

    run(do)


@org.command("threads", epilog=example("samverkan org threads --organisation polisen --state open --user stina"))
@click.option("--organisation", help="Whose.  [default: your own]")
@click.option("--state", type=click.Choice(["open", "closed"]), help="Only those.")
@AS_JSON
@member_options
def org_threads(line: Callable[[], Line], organisation: str | None, state: str | None, as_json: bool) -> None:
    """The threads of an organisation where you work, or your own."""
    wanted: dict[str | None, ListThreads] = {
        each: ListThreads(id=new_id(), organisation=organisation, state=each, limit=100)
        for each in ("open", "closed", None)
    }

    async def do() -> None:
        async with line().client("org") as client:
            answer = await client.inquire(wanted[state], ThreadList)
        rows = [
            {
                "thread": each.thread,
                "organisation": each.organisation,
                "kind": each.kind,
                "from": each.author.name or each.author.pseudonym or "",
                "state": each.state,
                "unread": str(each.unread),
                "assigned": each.assigned or "",
            }
            for each in answer.threads
        ]
        print_rows(rows, as_json=as_json, nothing="no threads")

    run(do)


@org.command("answer", epilog=example('samverkan org answer THREAD "Thank you. Which van?" --user stina'))
@click.argument("thread")
@click.argument("text")
@member_options
def org_answer(line: Callable[[], Line], thread: str, text: str) -> None:
    """Say something in a thread."""

    async def do() -> None:
        async with line().client("org") as client:
            await client.ask(PostMessage(id=new_id(), group=thread, text=text))
        click.echo("ok")

    run(do)


@org.command("assign", epilog=example("samverkan org assign THREAD stina --user karin"))
@click.argument("thread")
@click.argument("who", required=False)
@member_options
def org_assign(line: Callable[[], Line], thread: str, who: str | None) -> None:
    """Say WHO of the staff sees to a thread.

    Without WHO, nobody does.
    """
    do(line, lambda client: client.assign(thread, who))


@org.command("close", epilog=example("samverkan org close THREAD --user stina"))
@click.argument("thread")
@member_options
def org_close(line: Callable[[], Line], thread: str) -> None:
    """Close a thread: the matter is seen to."""
    do(line, lambda client: client.close_thread(thread))


@org.command("reopen", epilog=example("samverkan org reopen THREAD --user stina"))
@click.argument("thread")
@member_options
def org_reopen(line: Callable[[], Line], thread: str) -> None:
    """Take a closed thread up again."""
    do(line, lambda client: client.reopen_thread(thread))


@org.command("inform", epilog=example("samverkan org inform polisen 'We walk in the old town tonight' --user stina"))
@click.argument("organisation")
@click.argument("headline")
@click.option("--text", help="More of it.")
@click.option("--level", type=click.Choice(["info", "yellow"]), default="info", show_default=True)
@click.option("--group", "groups", multiple=True, help="A group that lets it in; may be repeated.")
@click.option("--private", is_flag=True, help="Only to the groups, not to its area.")
@member_options
def org_inform(
    line: Callable[[], Line],
    organisation: str,
    headline: str,
    text: str | None,
    level: Literal["info", "yellow"],
    groups: tuple[str, ...],
    private: bool,
) -> None:
    """Say something in an organisation's name.

    To its area, or to groups that let it in.
    """
    if private and not groups:
        raise click.UsageError("--private needs a --group: otherwise nobody would get it")
    do(
        line,
        lambda client: client.inform(organisation, headline, text=text, level=level, public=not private, groups=groups),
    )


@org.command("let-in", epilog=example("samverkan org let-in polisen --group ID --user anna"))
@click.argument("organisation")
@click.option("--group", required=True, help="Yours.")
@click.option("--off", is_flag=True, help="No longer.")
@member_options
def org_let_in(line: Callable[[], Line], organisation: str, group: str, off: bool) -> None:
    """Let an organisation inform a group that you look after."""
    do(line, lambda client: client.let_in(group, organisation, on=not off))


@org.command("volunteer", epilog=example("samverkan org volunteer rescue --user anna"))
@click.argument("calling", type=click.Choice(get_args(Calling)))
@click.option("--off", is_flag=True, help="No longer.")
@member_options
def org_volunteer(line: Callable[[], Line], calling: Calling, off: bool) -> None:
    """Be called by the police or the rescue service.

    When you are near, and they need help.
    """
    do(line, lambda client: client.volunteer(calling, on=not off))


@org.command("call", epilog=example("samverkan org call rescue-1 'A child is lost' --circle 59.3251,18.0711,2000"))
@click.argument("organisation")
@click.argument("text")
@click.option("--circle", type=Circle(), required=True, help="Where: latitude,longitude,metres.")
@click.option("--hours", type=click.FloatRange(0.1, 24), default=2.0, show_default=True, help="For so long.")
@member_options
def org_call(line: Callable[[], Line], organisation: str, text: str, circle: Area, hours: float) -> None:
    """Call the volunteers who are near; prints the call's id."""

    async def call(client: Client) -> None:
        ok = await client.call_volunteers(organisation, text, circle, until=time.time() + hours * 3_600)
        click.echo(f"ok: call {ok.call}")

    run(lambda: with_client(line(), call))


@org.command("end-call", epilog=example("samverkan org end-call CALL --user stina"))
@click.argument("call")
@member_options
def org_end_call(line: Callable[[], Line], call: str) -> None:
    """Tell them that they are no longer needed."""
    do(line, lambda client: client.end_call(call))
