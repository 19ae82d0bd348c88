"""What the commands share that ask a server something: one client, and one answer."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import click

from realtime.arguments import run
from realtime.client import Client
from realtime.messages import Answer, Ok, Request
from realtime.talking import Failed, Line

A = TypeVar("A", bound=Answer)
ANSWER_S = 300.0  # for all of one command
_POST = (
    click.option("--alert", help="An alert, by its id."),
    click.option("--group", help="Or the group in which a message stands,"),
    click.option("--seq", type=click.IntRange(1), help="and its seq."),
)


def post_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that name a post."""
    for option in reversed(_POST):
        command = option(command)
    return command


async def with_client(line: Line, do: Callable[[Client], Awaitable[None]]) -> None:
    """Have something done by a client that is signed in."""
    async with line.client("admin") as client:
        try:
            async with asyncio.timeout(ANSWER_S):
                await do(client)
        except TimeoutError:
            raise Failed(f"no answer within {ANSWER_S:.0f} s") from None


def ask(line: Callable[[], Line], request: Request, kind: type[A]) -> A:
    """The answer to one request."""
    found: list[A] = []

    async def once(client: Client) -> None:
        found.append(await client.inquire(request, kind))

    run(lambda: with_client(line(), once))
    if not found:  # Ctrl-C
        raise click.Abort
    return found[0]


def do(line: Callable[[], Line], act: Callable[[Client], Awaitable[Ok]]) -> None:
    """Have one thing done, and say so."""

    async def once(client: Client) -> None:
        answer = await act(client)
        click.echo("ok" if answer.report is None else f"ok: report {answer.report}")

    run(lambda: with_client(line(), once))


def write_private(file: Path, text: str) -> None:
    """For nobody else on this machine to read. Raises FileExistsError."""
    file.touch(mode=0o600, exist_ok=False)
    file.write_text(text, encoding="utf-8")
