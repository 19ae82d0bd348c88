"""`samverkan update` and `answer`: what becomes of an alert."""

from collections.abc import Callable
from typing import get_args

import click

from realtime.arguments import example, member_options, run
from realtime.client import Client
from realtime.client.asking import new_id
from realtime.commands.asking import do, with_client
from realtime.messages import Level, Outcome, Said, State, UpdateAlert
from realtime.talking import Line


@click.command(epilog=example("samverkan update ALERT --state closed --wrong 'It was his own door' --user anna"))
@click.argument("alert")
@click.argument("headline", required=False)
@click.option("--text", help="More of it.")
@click.option("--state", type=click.Choice(get_args(State)), help="How it stands; false_alarm and closed end it.")
@click.option("--wrong", help="What was wrong with what was said: it is hidden, and everybody who got it is told.")
@click.option("--level", type=click.Choice(get_args(Level)))
@click.option("--outcome", type=click.Choice(get_args(Outcome)), help="What came of it; said by who holds an office.")
@member_options
def update(
    line: Callable[[], Line],
    alert: str,
    headline: str | None,
    text: str | None,
    state: State | None,
    wrong: str | None,
    level: Level | None,
    outcome: Outcome | None,
) -> None:
    """Change an alert of yours, or end it.

    It goes to everybody who got it.
    """
    if (headline, text, state, wrong, level, outcome) == (None,) * 6:
        raise click.UsageError("say what has changed: a HEADLINE, or an option")
    request = UpdateAlert(
        id=new_id(),
        alert=alert,
        headline=headline,
        text=text,
        state=state,
        wrong=wrong,
        level=level,
        outcome=outcome,
    )

    async def change(client: Client) -> None:
        ok = await client.ask(request)
        click.echo(f"ok: on disk, revision {ok.revision}")

    run(lambda: with_client(line(), change))


@click.command(epilog=example("samverkan answer ALERT coming --user bo"))
@click.argument("alert")
@click.argument("answer", type=click.Choice(get_args(Said)))
@click.option("--named", is_flag=True, help="By name; within a locked group.")
@member_options
def answer(line: Callable[[], Line], alert: str, answer: Said, named: bool) -> None:
    """Answer an alert: seen, coming, safe or not true.

    The author sees how many, not who.
    """
    do(line, lambda client: client.answer_alert(alert, answer, named=named))
