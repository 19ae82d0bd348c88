"""`samverkan me`: what one chooses for oneself."""

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal, get_args

import click
from rich.console import Console
from rich.table import Table

from realtime.arguments import AS_JSON, example, member_options, run
from realtime.client.wishes import Wishes, quiet_hours
from realtime.commands.asking import write_private
from realtime.commands.tables import clock, print_table
from realtime.console import make_console, plain
from realtime.messages import ConsentEntry, Language, Preferences, Purpose, QuietHours
from realtime.talking import Line

EXAMPLES: Final = {
    "me": ["samverkan me prefer --user anna --quiet 22:00-06:00 --zone Europe/Stockholm"],
    "prefer": ["samverkan me prefer --user anna --without noise --distance 200"],
    "pause": ["samverkan me pause --user anna --hours 8", "samverkan me pause --user anna --over"],
    "share": ["samverkan me share --user anna --name --coarse"],
    "consent": ["samverkan me consent survey --user anna --version 2025-11"],
    "consents": ["samverkan me consents --user anna --json"],
    "export": ["samverkan me export --user anna --out anna.json"],
    "erase": ["samverkan me erase --user anna"],
    "show": ["samverkan me show --user anna"],
}


class Hours(click.ParamType[tuple[int, int]]):
    """HH:MM-HH:MM as minutes after midnight."""

    name = "HH:MM-HH:MM"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        try:
            start, end = (time.strptime(part, "%H:%M") for part in str(value).split("-"))
        except ValueError:
            self.fail("hours are like 22:00-06:00", param, ctx)
        return start.tm_hour * 60 + start.tm_min, end.tm_hour * 60 + end.tm_min


@click.group(epilog=example(*EXAMPLES["me"]))
def me() -> None:
    """Choose what you are sent, share and keep; export; erase."""


@me.command(epilog=example(*EXAMPLES["prefer"]))
@click.option("--no-yellow", is_flag=True, help="No yellow because you are near.")
@click.option("--without", multiple=True, help="A category whose yellows you do not want; may be repeated.")
@click.option("--without-organisation", multiple=True, help="One whose own yellows you do not want; may be repeated.")
@click.option("--distance", "distance_m", type=float, help="How near a yellow must be, in metres.")
@click.option("--quiet", type=Hours(), help="Hours in which yellow is held back.")
@click.option("--zone", help="The time zone of these hours.  [default: UTC]")
@click.option("--hold-red", is_flag=True, help="In quiet hours, hold back red too.")
@click.option("--language", type=click.Choice(get_args(Language)), default="en", show_default=True)
@member_options
def prefer(
    line: Callable[[], Line],
    no_yellow: bool,
    without: tuple[str, ...],
    without_organisation: tuple[str, ...],
    distance_m: float | None,
    quiet: tuple[int, int] | None,
    zone: str | None,
    hold_red: bool,
    language: Language,
) -> None:
    """Say what you want to be sent.

    It takes the place of all that you preferred before.
    """
    red: Literal["pass", "hold"] = "hold" if hold_red else "pass"
    hours: QuietHours | None = None if quiet is None else quiet_hours(*quiet, zone=zone, red=red)

    async def do(mine: Wishes, console: Console) -> None:
        await mine.prefer(
            levels=("red", "info") if no_yellow else ("red", "yellow", "info"),
            without=without,
            without_organisations=without_organisation,
            distance_m=distance_m,
            quiet=hours,
            language=language,
        )
        _show(await mine.preferences(), console)

    _run(line, do)


@me.command(epilog=example(*EXAMPLES["pause"]))
@click.option("--hours", type=click.FloatRange(min=0, min_open=True), help="For so long.  [default: until it is over]")
@click.option("--over", is_flag=True, help="The pause is over.")
@member_options
def pause(line: Callable[[], Line], hours: float | None, over: bool) -> None:
    """Be sent nothing, and be nowhere, without leaving anything."""
    if over and hours is not None:
        raise click.UsageError("either --over or --hours")

    async def do(mine: Wishes, console: Console) -> None:
        if over:
            await mine.resume()
            console.print("ok: the pause is over")
        else:
            await mine.pause(until=None if hours is None else time.time() + hours * 3_600)
            console.print("ok: nothing is sent to you now")

    _run(line, do)


@me.command(epilog=example(*EXAMPLES["share"]))
@click.option("--name/--no-name", default=False, show_default=True, help="Show your name on your public alerts.")
@click.option("--coarse/--exact", default=False, show_default=True, help="Let the server keep your position roughly.")
@member_options
def share(line: Callable[[], Line], name: bool, coarse: bool) -> None:
    """Say what you show of yourself."""

    async def do(mine: Wishes, console: Console) -> None:
        await mine.share(name=name, precise=not coarse)
        _show(await mine.preferences(), console)

    _run(line, do)


@me.command(epilog=example(*EXAMPLES["consent"]))
@click.argument("purpose", type=click.Choice(get_args(Purpose)))
@click.option("--version", required=True, help="Of the terms that you have read.")
@click.option("--withdraw", is_flag=True, help="Take it back.")
@member_options
def consent(line: Callable[[], Line], purpose: Purpose, version: str, withdraw: bool) -> None:
    """Consent to a use of your data, or take it back."""

    async def do(mine: Wishes, console: Console) -> None:
        await mine.consent(purpose, given=not withdraw, version=version)
        console.print(f"ok: {purpose} is {'taken back' if withdraw else 'given'}")

    _run(line, do)


@me.command(epilog=example(*EXAMPLES["consents"]))
@AS_JSON
@member_options
def consents(line: Callable[[], Line], as_json: bool) -> None:
    """List every consent that you have given or taken back."""

    async def do(mine: Wishes, console: Console) -> None:
        _list(await mine.consents(), as_json=as_json)

    _run(line, do)


@me.command(epilog=example(*EXAMPLES["export"]))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Must not be there.")
@member_options
def export(line: Callable[[], Line], out: Path) -> None:
    """Put all that is stored on you into one JSON file."""
    if out.exists():
        raise click.UsageError(f"{out} is there already")

    async def do(mine: Wishes, console: Console) -> None:
        items = await mine.export()
        await asyncio.to_thread(write_private, out, json.dumps({"items": items}, ensure_ascii=False, indent=1))
        console.print(f"ok: {len(items)} items in {plain(str(out))}")

    _run(line, do)


@me.command(epilog=example(*EXAMPLES["erase"]))
@click.option("--yes", is_flag=True, help="Ask no more: there is no way back.")
@member_options
def erase(line: Callable[[], Line], yes: bool) -> None:
    """Erase your account, and all that was yours, for good."""
    if not yes:
        click.confirm("Everything of this account goes, and there is no way back. Erase it?", abort=True)

    async def do(mine: Wishes, console: Console) -> None:
        await mine.erase()
        console.print("ok: the account is erased")

    _run(line, do)


@me.command(epilog=example(*EXAMPLES["show"]))
@member_options
def show(line: Callable[[], Line]) -> None:
    """Show what holds of all that you can choose."""

    async def do(mine: Wishes, console: Console) -> None:
        _show(await mine.preferences(), console)

    _run(line, do)


def _run(line: Callable[[], Line], do: Callable[[Wishes, Console], Any]) -> None:
    async def connected() -> None:
        async with line().client("me") as client:
            await do(Wishes(client), make_console())

    run(connected)


def _list(entries: tuple[ConsentEntry, ...], *, as_json: bool) -> None:
    if as_json:
        rows = [{"purpose": e.purpose, "given": e.given, "version": e.version, "at": e.at} for e in entries]
        click.echo(json.dumps(rows))
        return
    print_table(
        ("when", "purpose", "", "version"),
        [(clock(e.at), e.purpose, "given" if e.given else "taken back", e.version) for e in entries],
    )


def _show(told: Preferences, console: Console) -> None:
    quiet = told.quiet
    hours = "none" if quiet is None else f"{_clock(quiet.from_)}-{_clock(quiet.to)} {plain(quiet.zone or 'UTC')}"
    if quiet is not None and quiet.red == "hold":
        hours += ", red too"
    rows = {
        "levels": ", ".join(told.levels),
        "without": ", ".join((*told.without, *told.without_organisations)) or "nothing",
        "distance": "as far as it reaches" if told.distance_m is None else f"{told.distance_m:.0f} m",
        "quiet hours": hours,
        "language": told.language,
        "name": "shown in public" if told.name else "a pseudonym in public",
        "position": "exact" if told.precise else "coarse",
        "pause": "paused" if told.paused else "no",
    }
    table = Table(show_header=False)
    for name, value in rows.items():
        table.add_row(name, value)
    console.print(table)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
