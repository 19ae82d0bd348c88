"""What `listen`, `alert` and `chat` do: one client each, on a terminal."""

import asyncio
import sys
import threading
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from rich.console import Console

from realtime.client import Client, Disconnected, Event, Refused
from realtime.console import Printer, span
from realtime.errors import NotAccepted
from realtime.messages import AlertChange, AlertNews, Kind, Level, MembershipNews, MessageNews, Reach, Stored, Welcome

ANSWER_S = 30.0
REACH_S = 7.0  # the server tells it 5 s after the alert
LOOK_BACK = 20  # messages of a group that are shown on entering it


class Failed(Exception):
    """It could not be done, for a reason that a person can understand."""


@dataclass(frozen=True, slots=True)
class Line:
    """Whom to talk to, and as whom."""

    url: str
    token: str

    def client(self, command: str) -> Client:
        return Client(self.url, self.token, program=f"samverkan {command}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An alert as it was asked for on the command line."""

    level: Level
    kind: Kind
    headline: str | None
    at: tuple[float, float]
    public: bool
    groups: tuple[str, ...]
    at_home: bool
    radius_m: float | None


async def listen(line: Line, at: tuple[float, float], console: Console) -> None:
    """Print what arrives at a place, until cancelled."""
    client = line.client("listen")
    client.position(*at)
    printer = Printer(console, here=at)
    async with client:
        console.print(f"listening at {at[0]}, {at[1]} on {line.url}; Ctrl-C ends")
        async for event in client.events():
            printer.show(event)
            if isinstance(event, AlertNews | AlertChange):
                client.shown(event.alert)


async def raise_alert(line: Line, wanted: Wanted, console: Console, *, wait: bool) -> None:
    """Raise an alert, tell that it is safe, and (if `wait`) whom it reached."""
    if wanted.level == "info" and not wanted.groups:
        console.print("an info has no radius: without a --group it is kept, and sent to nobody")
    async with line.client("alert") as client:
        sent_at, began = time.time(), time.perf_counter()
        try:
            async with asyncio.timeout(ANSWER_S):
                ok = await client.raise_alert(
                    wanted.level,
                    wanted.kind,
                    lat=wanted.at[0],
                    lon=wanted.at[1],
                    public=wanted.public,
                    groups=wanted.groups,
                    headline=wanted.headline,
                    at_home=wanted.at_home,
                    radius_m=wanted.radius_m,
                    sent_at=sent_at,
                )
        except TimeoutError:
            raise Failed(f"no answer within {ANSWER_S:.0f} s: it may have gone out, or not") from None
        where = "on disk, and going out" if ok.durable else "going out; not on disk yet"
        joined = ", joined to your earlier call for help" if ok.merged else ""
        console.print(f"ok: {where}, {span(time.perf_counter() - began)} after sending{joined} (alert {ok.alert})")
        if wait:
            await _tell_reach(client, ok.alert, console)


async def _tell_reach(client: Client, alert: str | None, console: Console) -> None:
    try:
        async with asyncio.timeout(REACH_S):
            async for event in client.events():
                if isinstance(event, Stored):
                    console.print("on disk now")
                elif isinstance(event, Reach) and event.alert == alert:
                    told = "not told to accounts under 7 days" if event.bucket is None else f"{event.bucket} people"
                    console.print(f"reach: {told}")
                    return
    except TimeoutError:
        console.print("reach: not told")


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Which group to talk in: one that exists, or one to make."""

    group: str | None
    create: str | None
    locked: bool
    code: str | None


async def chat(line: Line, room: Room, console: Console) -> None:
    """Send each line of the standard input to a group and print what the others say, until the input ends."""
    client = line.client("chat")
    welcome = await client.start()
    try:
        group = await _enter(client, welcome, room, console)
        printer = Printer(console)
        seen = await _look_back(client, group, printer)
        hearing = asyncio.create_task(_hear(client, group, seen, printer))
        try:
            await _speak(client, group, hearing, console)
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
    finally:
        await client.close()


async def _enter(client: Client, welcome: Welcome, room: Room, console: Console) -> str:
    if room.create is not None:
        made = await client.create_group(
            room.create,
            purpose="To talk about what happens here",
            conduct="Say what you saw, not who it was. Be kind.",
            locked=room.locked,
        )
        if made.group is None:
            raise Failed("the server made a group without an id")
        code = f" --code {made.code}" if made.code else ""
        console.print(f"the group is there; others join with: --group {made.group}{code}")
        return made.group
    mine = sorted(set(welcome.rooms) - {"me"})
    group = room.group or _only(mine)
    if group not in mine:
        await _join(client, group, room.code, console)
    console.print(f"in the group {group}: each line is a message; Ctrl-D ends")
    return group


async def _join(client: Client, group: str, code: str | None, console: Console) -> None:
    """Join a group, having shown what it is for and how its members behave (F36)."""
    try:
        await client.join(group, code=code)
    except Refused as refused:
        if refused.code != NotAccepted.code:
            raise
        console.print(str(refused))
        console.print("by going on you accept this; Ctrl-C if you do not")
        await client.join(group, code=code, accepted=True)


def _only(mine: Sequence[str]) -> str:
    if len(mine) == 1:
        return mine[0]
    if mine:
        raise Failed(f"you are in {len(mine)} groups: choose one with --group\n  " + "\n  ".join(mine))
    raise Failed('you are in no group yet: join one with --group ID, or make one with --create "NAME"')


async def _look_back(client: Client, group: str, printer: Printer) -> int:
    """Print the last of what was said; return its seq."""
    seen = 0
    for event in (await client.history(group, limit=LOOK_BACK)).events:
        printer.show(event)
        seen = max(seen, event.rooms.get(group, 0))
    return seen


async def _hear(client: Client, group: str, seen: int, printer: Printer) -> None:
    async for event in client.events():
        if _belongs(event, group, seen):
            printer.show(event)
            if isinstance(event, AlertNews | AlertChange):
                client.shown(event.alert)


def _belongs(event: Event, group: str, seen: int) -> bool:
    """Whether an event is of this group, and was not among what was looked back on."""
    if isinstance(event, AlertNews | AlertChange):
        return f"group:{group}" in event.why and not 0 < event.rooms.get(group, 0) <= seen
    if isinstance(event, MessageNews):
        return event.group == group and event.rooms.get(group, 0) > seen
    return isinstance(event, MembershipNews | Disconnected)


async def _speak(client: Client, group: str, hearing: "asyncio.Task[None]", console: Console) -> None:
    async for text in _typed(hearing):
        try:
            await client.post_message(group, text)
        except Refused as refused:
            console.print(f"not sent: {refused}")


async def _typed(hearing: "asyncio.Task[None]") -> AsyncIterator[str]:
    """The lines of the standard input. Ends with it, or when nothing can be heard any more.

    A daemon thread reads them: a file as input cannot be polled, and an executor's thread would hold up the exit.
    """
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | None] = asyncio.Queue()

    def read() -> None:
        # Not through sys.stdin: its lock, held by a thread that waits, is fatal to the interpreter's exit.
        with open(sys.stdin.fileno(), encoding="utf-8", errors="replace", closefd=False) as typed:
            for text in typed:
                loop.call_soon_threadsafe(lines.put_nowait, text)
        loop.call_soon_threadsafe(lines.put_nowait, None)

    hearing.add_done_callback(lambda _: lines.put_nowait(None))
    threading.Thread(target=read, name="standard input", daemon=True).start()
    while (text := await lines.get()) is not None:
        if text.strip():
            yield text.strip()
    if hearing.done() and not hearing.cancelled() and (error := hearing.exception()) is not None:
        raise error
