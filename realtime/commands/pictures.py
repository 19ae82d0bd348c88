"""`samverkan picture`: sending one in, and fetching one."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import click

from realtime.arguments import example, member_options, run
from realtime.client.media import Media
from realtime.messages import GivenPicture
from realtime.talking import Line

FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def picture() -> None:
    """Pictures in what is said.

    They are encoded anew: nothing of where and with what they were taken is left.
    """


@picture.command(epilog=example("samverkan picture send van.jpg --group ID --text 'This van' --user anna"))
@click.argument("file", type=FILE)
@click.option("--group", required=True, help="The group to show it to.")
@click.option("--text", default="", help="What to say with it.")
@click.option("--unrecognisable", is_flag=True, help="There are people in it whom nobody can recognise.")
@member_options
def send(line: Callable[[], Line], file: Path, group: str, text: str, unrecognisable: bool) -> None:
    """Show a picture FILE to a group; nobody may be recognisable in it."""
    run(lambda: _send(line(), file.read_bytes(), group, text, unrecognisable=unrecognisable))


@picture.command(epilog=example("samverkan picture fetch PICTURE --group ID --seq 7 --out van.jpg --user bo"))
@click.argument("name", metavar="PICTURE")
@click.option("--alert", help="The alert that shows it.")
@click.option("--group", help="The group whose message shows it.")
@click.option("--seq", type=click.IntRange(1), help="The seq of that message.")
@click.option("--small", is_flag=True, help="The small one.")
@click.option("--out", type=FILE, required=True, help="Where to put it.")
@member_options
def fetch(
    line: Callable[[], Line],
    name: str,
    alert: str | None,
    group: str | None,
    seq: int | None,
    small: bool,
    out: Path,
) -> None:
    """Fetch a PICTURE that you may see."""

    run(lambda: _fetch(Media(line().url, line().token), name, alert, group, seq, out, small=small))


async def _fetch(
    media: Media, name: str, alert: str | None, group: str | None, seq: int | None, out: Path, *, small: bool
) -> None:
    content = await media.fetch(name, alert=alert, group=group, seq=seq, small=small)
    await asyncio.to_thread(out.write_bytes, content)
    click.echo(f"{out}: {len(content):,} bytes")


async def _send(line: Line, data: bytes, group: str, text: str, *, unrecognisable: bool) -> None:
    sent = await Media(line.url, line.token).send_in(data)
    client = line.client("picture")
    await client.start()
    try:
        shown = GivenPicture(picture=sent.picture, shows="unrecognisable" if unrecognisable else "nobody")
        ok = await client.post_message(group, text, image=shown)
        click.echo(
            f"shown to the group at seq {ok.rooms[group]} (picture {sent.picture}, {sent.width} × {sent.height})"
        )
    finally:
        await client.close()
