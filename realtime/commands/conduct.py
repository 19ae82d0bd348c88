"""The code of conduct, reports and appeals, for members."""

from collections.abc import Callable
from typing import get_args

import click

from realtime.arguments import example, member_options, run
from realtime.client import Client, appeal_outside
from realtime.commands.asking import do, post_options, with_client
from realtime.messages import Fault, Language
from realtime.talking import Line


@click.group(epilog=example("samverkan conduct show --language en"))
def conduct() -> None:
    """Read the code of conduct, report what breaks it, appeal."""


@conduct.command(epilog=example("samverkan conduct show --language en"))
@click.option("--language", type=click.Choice(get_args(Language)), default="sv", show_default=True)
@click.option("--accept", is_flag=True, help="Accept it: you have read it.")
@member_options
def show(line: Callable[[], Line], language: Language, accept: bool) -> None:
    """Show the code of conduct and the guide for new members."""

    async def show_it(client: Client) -> None:
        shown = await client.conduct(language)
        click.echo(f"{shown.text}\n{shown.guide}")
        if accept:
            await client.accept_conduct(shown.version)
        click.echo(f"version {shown.version}: {'accepted' if accept or shown.accepted else 'not accepted yet'}")

    run(lambda: with_client(line(), show_it))


@conduct.command(epilog=example("samverkan conduct report tone --group ID --seq 7 --user anna"))
@click.argument("category", type=click.Choice(get_args(Fault)))
@post_options
@click.option("--author", is_flag=True, help="It is the author who is reported, by this post.")
@click.option("--reason", help="In your own words.")
@member_options
def report(
    line: Callable[[], Line],
    category: Fault,
    alert: str | None,
    group: str | None,
    seq: int | None,
    author: bool,
    reason: str | None,
) -> None:
    """Report a post that breaks the code of conduct.

    Nobody is told that it was you.
    """
    do(
        line,
        lambda client: client.report(category, alert=alert, group=group, seq=seq, about_author=author, reason=reason),
    )


@conduct.command(epilog=example("samverkan conduct appeal DECISION 'It was meant well.' --user bo"))
@click.argument("decision")
@click.argument("text")
@member_options
def appeal(line: Callable[[], Line], decision: str, text: str) -> None:
    """Ask the owner to look again at a DECISION against you.

    The notice of it names it. Also while your account is suspended.
    """

    async def send() -> None:
        found = line()
        await appeal_outside(found.url, found.token, decision, text)
        click.echo("ok")

    run(send)
