"""The `samverkan` command: reads arguments, calls others, holds no logic."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, get_args

import click

import realtime.commands.areas
import realtime.commands.counted
import realtime.commands.moderation
import realtime.commands.roles
import realtime.commands.surveys  # noqa: F401 — adds to `admin`
from realtime import benches, keeping, talking, wellness
from realtime.arguments import At, changed, example, issuer, member_options, own_url, plainly, run
from realtime.commands import groups, wishes
from realtime.commands.admin import admin
from realtime.commands.alerts import answer, update
from realtime.commands.conduct import conduct
from realtime.commands.maps import map_
from realtime.commands.org import org
from realtime.commands.pictures import picture
from realtime.commands.report import report
from realtime.console import make_console
from realtime.demo.show import Demo
from realtime.messages import Kind, Level, World
from realtime.settings import load
from realtime.talking import Line, Room, Wanted

FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)
PORT = click.IntRange(0, 65_535)


EXAMPLES: Final = {
    "serve": ["samverkan serve --port 8765 --data ./data"],
    "token": ["samverkan token --user anna", "samverkan token --user load --count 1000 --exercise"],
    "listen": ["samverkan listen --at 59.3251,18.0711"],
    "alert": ['samverkan alert red "Somebody tries the doors in the yard" --at 59.3251,18.0711'],
    "chat": ['samverkan chat --create "Shops of the old town" --locked', "samverkan chat --group ID --code CODE"],
    "group": groups.EXAMPLES,
    "me": wishes.EXAMPLES["me"],
    "demo": ["samverkan demo", "samverkan demo --port 9000 --data /tmp/demo --members 100"],
    "update": ['samverkan update ALERT --state closed --wrong "It was his own door" --user anna'],
    "answer": ["samverkan answer ALERT coming --user bo"],
    "map": ["samverkan map show --at 59.3251,18.0711", "samverkan map follow home --circle 59.3251,18.0711,500"],
    "conduct": ["samverkan conduct show --language en"],
    "check": ["samverkan check --config samverkan.toml"],
    "admin": ["samverkan admin reports --data ./data", "samverkan admin role grant anna police --organisation polisen"],
    "org": ["samverkan org list --at 59.3251,18.0711"],
    "health": ["samverkan health --url http://127.0.0.1:8765"],
    "verify": ["samverkan verify --data ./data", "samverkan verify monday.backup"],
    "backup": ["samverkan backup monday.backup --data ./data"],
    "bench": [
        "samverkan bench deadline --profile must-hold",
        "samverkan bench compare yesterday/deadline.json today/deadline.json",
    ],
    "picture": ["samverkan picture send van.jpg --group ID --text 'This van' --user anna"],
    "report": ["samverkan report --from 2026-09-01 --to 2026-11-30 --out autumn"],
    "restore": ["samverkan restore monday.backup --data ./data --replace"],
}


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog=example(*(lines[0] for lines in EXAMPLES.values())),
)
@click.version_option(package_name="samverkan", prog_name="samverkan")
def main() -> None:
    """Alerts in real time for neighbours and town centres: the minutes before a crime."""


@main.command(epilog=example(*EXAMPLES["serve"]))
@click.option("--host", help="The address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=PORT, help="0 takes any free one.  [default: 8765]")
@click.option("--data", type=FOLDER, help="Where everything is kept.  [default: ./data]")
@click.option("--config", type=FILE, help="Settings.  [default: samverkan.toml, if it is there]")
def serve(host: str | None, port: int | None, data: Path | None, config: Path | None) -> None:
    """Run the server.

    One line says that it is ready; Ctrl-C or SIGTERM ends it.
    """
    with plainly():
        settings = load(config, os.environ, {"server.host": host, "server.port": port, "server.data": data})
        from realtime import app  # here, for it brings the whole server: the other commands start without

        folder = settings.server.data
        app.serve(settings, ready=lambda url: click.echo(f"samverkan is listening on {url} (data in {folder})"))


@main.command(epilog=example(*EXAMPLES["token"]))
@click.option("--user", required=True, help="Whose token it is.")
@click.option("--role", default="member", show_default=True, help="member, police, guard, municipal, nightwalker, ...")
@click.option("--count", type=click.IntRange(1), help="So many, for the users USER-0, USER-1, ...: one a line.")
@click.option("--new", is_flag=True, help="Of a new member, with tighter limits, instead of an established one.")
@click.option("--unaccepted", is_flag=True, help="Of somebody who has not accepted the code of conduct.")
@click.option("--exercise", is_flag=True, help="For the exercise world.")
@click.option("--data", type=FOLDER, help="The server's data folder; its key signs.  [default: ./data]")
@click.option("--config", type=FILE, help="Settings.  [default: samverkan.toml, if it is there]")
def token(
    user: str,
    role: str,
    count: int | None,
    new: bool,
    unaccepted: bool,
    exercise: bool,
    data: Path | None,
    config: Path | None,
) -> None:
    """Print a token.

    It is what a client signs in with.
    """
    with plainly():
        signer = issuer(load(config, os.environ, {"server.data": data}))
        for each in [user] if count is None else [f"{user}-{number}" for number in range(count)]:
            world: World = "exercise" if exercise else "real"
            click.echo(signer.mint(each, role=role, new=new, accepted=not unaccepted, world=world))


@main.command(epilog=example(*EXAMPLES["listen"]))
@click.option("--at", type=At(), required=True, help="Where you are.")
@member_options
def listen(line: Callable[[], Line], at: tuple[float, float]) -> None:
    """Print what arrives at a place.

    These are the alerts near it, and what your groups say.
    """
    run(lambda: talking.listen(line(), at, make_console()))


@main.command(epilog=example(*EXAMPLES["alert"]))
@click.argument("level", type=click.Choice(get_args(Level)))
@click.argument("headline", required=False)
@click.option("--at", type=At(), required=True, help="Where it happens.")
@click.option("--group", "groups", multiple=True, help="A group, near or far, that gets it; may be repeated.")
@click.option("--private", is_flag=True, help="Only to the groups, not to whoever is near.")
@click.option("--kind", type=click.Choice(get_args(Kind)), default="warn", show_default=True)
@click.option("--home", is_flag=True, help="It happens at your home: the place is shown more roughly.")
@click.option("--radius", "radius_m", type=float, help="In metres.  [default: as the server says for the level]")
@click.option("--wait/--no-wait", default=True, show_default=True, help="Wait some seconds to tell the reach.")
@member_options
def alert(
    line: Callable[[], Line],
    level: Level,
    headline: str | None,
    at: tuple[float, float],
    groups: tuple[str, ...],
    private: bool,
    kind: Kind,
    home: bool,
    radius_m: float | None,
    wait: bool,
) -> None:
    """Warn everyone near a place, or some groups, or both."""
    if private and not groups:
        raise click.UsageError("--private needs a --group: otherwise nobody would get it")
    wanted = Wanted(
        level=level,
        kind=kind,
        headline=headline,
        at=at,
        public=not private,
        groups=groups,
        at_home=home,
        radius_m=radius_m,
    )
    run(lambda: talking.raise_alert(line(), wanted, make_console(), wait=wait))


@main.command(epilog=example(*EXAMPLES["chat"]))
@click.option("--group", help="The group's id.  [default: the one that you are in]")
@click.option("--create", metavar="NAME", help="Make a group of this name, and talk in it.")
@click.option(
    "--locked", is_flag=True, help="With --create: nobody joins without its code, an invitation, or being let in."
)
@click.option("--code", help="What opens a locked group.")
@member_options
def chat(line: Callable[[], Line], group: str | None, create: str | None, locked: bool, code: str | None) -> None:
    """Talk in a group.

    Each line that you type is a message; the others' are printed.
    """
    if group is not None and create is not None:
        raise click.UsageError("either --group or --create")
    if locked and create is None:
        raise click.UsageError("--locked goes with --create")
    room = Room(group=group, create=create, locked=locked, code=code)
    run(lambda: talking.chat(line(), room, make_console()))


@main.command(epilog=example(*EXAMPLES["demo"]))
@click.option("--port", type=PORT, help="0 takes any free one.  [default: 8765]")
@click.option("--data", type=FOLDER, help="Where the server keeps everything.  [default: ./data]")
@click.option("--members", type=click.IntRange(20, 2_000), default=250, show_default=True)
@click.option("--fast", is_flag=True, help="The whole evening in a few seconds.")
def demo(port: int | None, data: Path | None, members: int, fast: bool) -> None:
    """Run a server with a living neighbourhood.

    Simulated members walk through Gamla Stan in its exercise world, and a short evening happens. Ctrl-C ends it.
    """
    with plainly():
        settings = load(None, os.environ, {"server.port": port, "server.data": data})
    run(Demo(settings, members=members, fast=fast, console=make_console()).run)


@main.command(epilog=example(*EXAMPLES["check"]))
@click.option("--config", type=FILE, help="Settings.  [default: samverkan.toml, if it is there]")
def check(config: Path | None) -> None:
    """Check the settings.

    Says what is wrong, and where; or ok, and what is not at its default.
    """
    with plainly():
        settings = load(config, os.environ, {})
    click.echo("ok")
    for name, value in changed(settings):
        click.echo(f"  {name} = {value}")


@main.command(epilog=example(*EXAMPLES["health"]))
@click.option("--url", metavar="URL", help="The server.  [default: as the settings say, or this machine's]")
@click.pass_context
def health(ctx: click.Context, url: str | None) -> None:
    """Ask a server how it is.

    The exit code is 0 if it is well.
    """
    with plainly():
        reports = wellness.ask(url or own_url(load(None, os.environ, {})))
    wellness.show(reports, make_console())
    ctx.exit(0 if all(report.well for report in reports) else 1)


@main.command(epilog=example(*EXAMPLES["verify"]))
@click.argument("file", type=FILE, required=False)
@click.option("--data", type=FOLDER, help="The server's data folder, if no FILE is given.  [default: ./data]")
@click.option("--config", type=FILE, help="Settings.  [default: samverkan.toml, if it is there]")
@click.pass_context
def verify(ctx: click.Context, file: Path | None, data: Path | None, config: Path | None) -> None:
    """Check that a log, or a backup FILE, is whole.

    Says ok, or each thing that is broken; the exit code is then 1. A server may go on meanwhile.
    """
    if file is not None and data is not None:
        raise click.UsageError("either a FILE or --data")
    with plainly():
        settings = load(config, os.environ, {"server.data": data})
        said = keeping.verify_log(settings.server.data, file, make_console())
    click.echo("\n".join(said))
    ctx.exit(0 if said[0].startswith("ok: ") else 1)


@main.command(epilog=example(*EXAMPLES["backup"]))
@click.argument("file", type=FILE)
@click.option("--data", type=FOLDER, help="The server's data folder.  [default: ./data]")
@click.option("--config", type=FILE, help="Settings.  [default: samverkan.toml, if it is there]")
@click.option("--force", is_flag=True, help="Replace the FILE if it is there.")
def backup(file: Path, data: Path | None, config: Path | None, force: bool) -> None:
    """Put all data into one FILE.

    It holds the log and the key that signs tokens, as of one moment, and the pictures: keep it as safe as the folder
    itself. A server may go on meanwhile.
    """
    with plainly():
        settings = load(config, os.environ, {"server.data": data})
        click.echo(keeping.back_up_data(settings.server.data, file, make_console(), replace=force))


@main.command(epilog=example(*EXAMPLES["restore"]))
@click.argument("file", type=FILE)
@click.option("--data", type=FOLDER, help="The server's data folder.  [default: ./data]")
@click.option("--config", type=FILE, help="Settings.  [default: samverkan.toml, if it is there]")
@click.option("--replace", is_flag=True, help="Move a database that is there aside.")
def restore(file: Path, data: Path | None, config: Path | None, replace: bool) -> None:
    """Make a backup FILE a server's data.

    The server must be stopped. The file is checked first; if it is broken, nothing happens. Clients start over, for
    what came after the backup is not in it.
    """
    with plainly():
        settings = load(config, os.environ, {"server.data": data})
        click.echo("\n".join(keeping.restore_data(file, settings.server.data, make_console(), replace=replace)))


picture.epilog = example(*EXAMPLES["picture"])


@main.group(epilog=example(*EXAMPLES["bench"]))
def bench() -> None:
    """Measure a server.

    The benches need more than the server does: pip install "samverkan[bench]".
    """


@bench.command("deadline", context_settings=benches.PASSED_ON, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def bench_deadline(arguments: tuple[str, ...]) -> None:
    """Does everybody get each alert in time, once? (--help)"""
    benches.run("deadline", arguments)


@bench.command("compare", context_settings=benches.PASSED_ON, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def bench_compare(arguments: tuple[str, ...]) -> None:
    """Two runs side by side, with ratios: A.json B.json."""
    benches.run("compare", arguments)


for command in (admin, answer, conduct, map_, org, picture, report, update, groups.group, wishes.me):
    main.add_command(command)

if __name__ == "__main__":
    main()
