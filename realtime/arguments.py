"""From what was typed to what is meant: places, addresses, tokens, and errors as one line."""

import asyncio
import contextlib
import dataclasses
import os
import uuid
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import click

from realtime.client import Refused, Stopped, Unreachable
from realtime.clock import SystemClock
from realtime.config import Settings
from realtime.connection.auth import Issuer
from realtime.connection.keys import OWN_KEY_FILE, KeysUnusable, load_keys
from realtime.identity import OWNER_ROLE
from realtime.messages import World
from realtime.settings import SettingsError, load
from realtime.talking import Failed, Line
from storage.log import StorageError

_WHO: Final = {
    "member": "Who you are; without it, each run is another member.",
    OWNER_ROLE: "Under which name.  [default: owner]",
}


AS_JSON: Final = click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")


def example(*lines: str) -> str:
    """How a help text ends."""
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)


class At(click.ParamType[tuple[float, float]]):
    """`59.3251,18.0711`: latitude first, as everywhere."""

    name = "LAT,LON"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, float]:
        try:
            lat, lon = (float(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"{value} is no place; write latitude,longitude like 59.3251,18.0711", param, ctx)
        if not -90 <= lat <= 90:  # NaN is outside, too
            self.fail(f"latitude {lat:g} is not from -90 to 90 (latitude comes first)", param, ctx)
        if not -180 <= lon <= 180:
            self.fail(f"longitude {lon:g} is not from -180 to 180", param, ctx)
        return lat, lon


class Url(click.ParamType[str]):
    """A server's address; its path may be left out."""

    name = "URL"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            parts = urlsplit(str(value))
            well_formed = parts.scheme in ("ws", "wss") and bool(parts.hostname) and parts.port != 0
        except ValueError:  # a port that is no number
            well_formed = False
        if not well_formed:
            self.fail(f"{value} is no address; write it like ws://127.0.0.1:8765/v1", param, ctx)
        return parts._replace(path="/v1").geturl() if parts.path in ("", "/") else str(value)


def member_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say to whom a command talks, and as whom; the command gets `line`, which finds it."""
    return _line_options(command, "member")


def owner_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The same as the platform's owner."""
    return _line_options(command, OWNER_ROLE)


def _line_options(command: Callable[..., Any], role: str) -> Callable[..., Any]:

    def with_line(
        *args: Any,
        url: str | None,
        token: str | None,
        as_user: str | None,
        exercise: bool,
        data: Path | None,
        **rest: Any,
    ) -> Any:
        if token is not None and (as_user is not None or exercise):
            raise click.UsageError("a --token says who you are and in which world: without --user, --as and --exercise")
        world: World = "exercise" if exercise else "real"
        return command(*args, line=lambda: find_line(url, token, as_user, world, data, role), **rest)

    with_line.__doc__ = command.__doc__
    with_line.__name__ = command.__name__
    with_line.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    for option in (
        click.option("--data", type=click.Path(path_type=Path), help="The server's data folder; its key signs you in."),
        click.option("--exercise", is_flag=True, help="Talk in the exercise world, apart from the real one."),
        click.option("--user" if role == "member" else "--as", "as_user", help=_WHO[role]),
        click.option("--token", help="Your token, instead of one signed with the data folder's key."),
        click.option("--url", type=Url(), help="The server.  [default: as the settings say, or this machine's]"),
    ):
        option(with_line)
    return with_line


def find_line(
    url: str | None, token: str | None, user: str | None, world: World, data: Path | None, role: str = "member"
) -> Line:
    """The server that the settings name unless a URL is given, and a token for whoever it is."""
    settings = load(None, os.environ, {"server.data": data})
    if token is None:
        folder = settings.server.data
        own = settings.tokens.hs256_secret is None and settings.tokens.jwks_file is None
        if own and not (folder / OWN_KEY_FILE).exists():
            raise Failed(f"no server has run on the folder {folder}: name its folder with --data, or give a --token")
        token = issuer(settings).mint(
            user or ("owner" if role == OWNER_ROLE else f"visitor-{uuid.uuid4().hex[:6]}"), role=role, world=world
        )
    return Line(url or own_url(settings), token)


def own_url(settings: Settings) -> str:
    """Where a server with these settings is reached from this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(settings.server.host, settings.server.host)
    return f"ws://{host}:{settings.server.port}/v1"


def issuer(settings: Settings) -> Issuer:
    """Signs tokens that a server with these settings honours. Raises KeysUnusable."""
    keys = load_keys(settings.tokens, settings.server.data)
    return Issuer(keys[0], SystemClock(), conduct=settings.conduct.version)


def changed(settings: Settings) -> Iterator[tuple[str, str]]:
    """Every setting that is not at its default, by name; what is secret is not shown."""
    default = Settings()
    for section in dataclasses.fields(settings):
        now, usual = getattr(settings, section.name), getattr(default, section.name)
        for field in dataclasses.fields(now):
            if (value := getattr(now, field.name)) != getattr(usual, field.name):
                yield f"{section.name}.{field.name}", "(given)" if "secret" in field.name else str(value)


@contextlib.contextmanager
def plainly() -> Iterator[None]:
    """What can go wrong outside of this program is told in a line, not with a traceback; the exit code is 1."""
    try:
        yield
    except SettingsError as error:
        raise click.ClickException("\n       ".join(error.problems)) from None
    except Refused as refused:
        again = "" if refused.retry_after_s is None else f"; possible again in {refused.retry_after_s:.0f} s"
        offer = "" if refused.offer is None else f"; as {refused.offer} it would pass now"
        raise click.ClickException(f"refused: {refused}{again}{offer}") from None
    except (Failed, KeysUnusable, StorageError, Stopped, Unreachable, OSError, ValueError) as error:
        raise click.ClickException(str(error)) from None


def run(do: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run until it is done, or Ctrl-C: the usual way to end most commands."""
    with plainly(), contextlib.suppress(KeyboardInterrupt):
        asyncio.run(do())
