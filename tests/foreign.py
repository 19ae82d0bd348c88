"""A whole server on a real port, and members whose clients are made of other people's code.

`websockets` carries their frames, `json` and `msgpack` read them: nothing of ours stands between a test and the wire.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import msgpack
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from realtime.app import Application, Store, running
from realtime.clock import Clock, SystemClock
from realtime.config import Settings
from realtime.connection.auth import Issuer
from realtime.connection.keys import own_key
from realtime.connection.transport import Transport
from realtime.messages import Encoding, World
from tests.town import with_settings

PATIENCE_S = 20.0  # with whatever must come: much more than a busy machine needs
COUNTED = ("alert", "update", "message")  # by the heartbeat
BOTH: tuple[Encoding, Encoding] = ("json", "msgpack")
Frame = dict[str, Any]
_IDS = itertools.count(1)


def new_id() -> str:
    return f"id-{next(_IDS)}"


class Foreign:
    """One device of one member. It reads all the time; `frames` is all that came, in the order of receipt."""

    def __init__(self, socket: ClientConnection, encoding: Encoding) -> None:
        self.socket = socket
        self.encoding = encoding
        self.frames: list[Frame] = []
        self._heard = 0
        self._changed = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def connected(cls, url: str, encoding: Encoding = "json", **options: Any) -> "Foreign":
        """A connection that has said nothing yet."""
        name = Subprotocol(f"samverkan.v1.{encoding}")
        socket = await connect(
            url, subprotocols=[name], compression=None, ping_interval=None, proxy=None, close_timeout=2, **options
        )
        assert socket.subprotocol == name
        return cls(socket, encoding)

    async def _read(self) -> None:
        with suppress(ConnectionClosed):
            while True:
                payload = await self.socket.recv()
                assert isinstance(payload, str) == (self.encoding == "json")
                self.frames.append(json.loads(payload) if isinstance(payload, str) else msgpack.unpackb(payload))
                self._changed.set()
        self._changed.set()

    # --- saying ---

    async def say(self, type: str, **fields: Any) -> None:
        await self.say_object({"type": type, **fields})

    async def say_object(self, message: Any) -> None:
        """Anything that the encoding can carry, and a text that is no Unicode."""
        packed = msgpack.packb(message, unicode_errors="surrogatepass") if self.encoding == "msgpack" else None
        await self.socket.send(json.dumps(message) if packed is None else packed)

    async def ask(self, type: str, **fields: Any) -> Frame:
        """Say something with an id, and wait for its answer."""
        id, since = fields.setdefault("id", new_id()), len(self.frames)
        await self.say(type, **fields)
        return await self.answer(id, since)

    async def answer(self, id: str, since: int = 0) -> Frame:
        """The first frame with this id from `since` on."""
        await self.until(lambda: any(frame.get("id") == id for frame in self.frames[since:]))
        return next(frame for frame in self.frames[since:] if frame.get("id") == id)

    async def made(self, type: str, **fields: Any) -> Frame:
        """Like `ask`, and it must be taken."""
        answer = await self.ask(type, **fields)
        assert answer["type"] == "ok", answer
        return answer

    # --- hearing ---

    async def until(self, holds: Callable[[], Any]) -> None:
        """Wait until this is so; it is asked after each frame. Raises EOFError if the connection ends before."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                if self._reading.done():
                    self._reading.result()  # raises what is wrong with a frame
                    raise EOFError(f"closed: {self.socket.close_code} {self.socket.close_reason}")
                self._changed.clear()
                await self._changed.wait()

    async def hear(self, *types: str) -> Frame:
        """The next frame of these types; others before it are passed over."""
        found = None

        def next_one() -> bool:
            nonlocal found
            while found is None and self._heard < len(self.frames):
                frame = self.frames[self._heard]
                self._heard += 1
                found = frame if frame["type"] in types else None
            return found is not None

        await self.until(next_one)
        assert found is not None
        return found

    def all(self, *types: str) -> list[Frame]:
        return [frame for frame in self.frames if frame["type"] in types]

    async def settled(self) -> None:
        """Wait until all that was sent to this session is here, as the server's own count has it.

        It stays silent while anything is on its way, so it is asked again.
        """
        while True:
            since = len(self.frames)
            await self.say("ping")
            await self.ask("ping")
            for frame in self.frames[since:]:
                if frame["type"] == "heartbeat":
                    assert frame["delivered"] == len(self.all(*COUNTED))
                    return

    async def closed(self) -> int | None:
        """Wait for the end of the connection; its close code."""
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.wait([self._reading])
            self._reading.result()
            await self.socket.wait_closed()
        return self.socket.close_code

    async def hang_up(self) -> None:
        await self.socket.close()
        await asyncio.wait([self._reading])


async def enter(
    url: str,
    token: str,
    at: tuple[float, float] | None = None,
    *,
    encoding: Encoding = "json",
    device: str = "phone",
    **hello: Any,
) -> Foreign:
    """Connect, say hello, and be welcomed; whatever follows is in `frames`."""
    if at is not None:
        hello["position"] = {"lat": at[0], "lon": at[1]}
    member = await Foreign.connected(url, encoding)
    answer = await member.ask("hello", token=token, device=device, **hello)
    assert answer["type"] == "welcome", answer
    return member


class Premises:
    """A running server, and the way in."""

    def __init__(self, app: Application, issuer: Issuer, stack: AsyncExitStack) -> None:
        self.app = app
        self.url = app.url
        self.port = app.server.port
        self.issuer = issuer
        self._stack = stack

    def token(self, user: str, *, world: World = "real", **claims: Any) -> str:
        return self.issuer.mint(user, world=world, **claims)

    async def member(
        self, user: str, at: tuple[float, float] | None = None, *, world: World = "real", **hello: Any
    ) -> Foreign:
        """A member who is connected and level with everything."""
        member = await enter(self.url, self.token(user, world=world), at, **hello)
        self.keep(member)
        await member.until(lambda: member.all("live"))
        return member

    async def stranger(self, encoding: Encoding = "json") -> Foreign:
        """A connection that has said nothing."""
        return self.keep(await Foreign.connected(self.url, encoding))

    def keep(self, client: Foreign) -> Foreign:
        """Hang up before the server ends."""
        self._stack.push_async_callback(client.hang_up)
        return client

    async def group(self, *members: Foreign, locked: bool = False) -> str:
        """A group of these, made by the first."""
        first, *others = members
        made = await first.made("create_group", name="Shops", purpose="Theft", conduct="Be kind.", locked=locked)
        for member in others:
            await member.made("join", group=made["group"], code=made.get("code"), accepted=True)
        return str(made["group"])

    def transports(self, user: str) -> list[Transport]:
        """The server's end of this person's connections."""
        found: list[Transport] = []
        for connection in self.app.server.server_state.connections:
            identity = getattr(getattr(connection, "_receiver", None), "identity", None)
            if isinstance(connection, Transport) and identity is not None and identity.user == user:
                found.append(connection)
        return found


def open_house(folder: Path, **sections: dict[str, Any]) -> Settings:
    """Settings for a server that hurries nobody, and lets no red grow; each section's fields may be changed."""
    server = {"port": 0, "data": folder, "drain_s": 2.0} | sections.pop("server", {})
    connection = {"messages_per_s": 1e6, "messages_burst": 1_000_000} | sections.pop("connection", {})
    quotas = {"changes_per_minute": 1_000_000} | sections.pop("quotas", {})
    alerts = {"update_interval_s": 0.0, "widen_until": 0} | sections.pop("alerts", {})
    probe = {"enabled": False}
    return with_settings(
        Settings(), server=server, connection=connection, quotas=quotas, alerts=alerts, probe=probe, **sections
    )


@asynccontextmanager
async def serving(
    folder: Path, *, clock: Clock | None = None, store: Store | None = None, **sections: dict[str, Any]
) -> AsyncIterator[Premises]:
    """A server on this loop; nothing that the loop calls may raise."""
    loop, raised = asyncio.get_running_loop(), list[dict[str, Any]]()
    loop.set_exception_handler(lambda _, context: raised.append(context))
    clock = clock or SystemClock()
    try:
        async with (
            running(open_house(folder, **sections), clock=clock, store=store) as app,
            AsyncExitStack() as stack,
        ):
            yield Premises(app, Issuer(own_key(folder), clock), stack)
    finally:
        loop.set_exception_handler(None)
    assert raised == []


def a_red(at: tuple[float, float], **changes: Any) -> dict[str, Any]:
    """The fields of a red for everyone near."""
    return {"level": "red", "kind": "warn", "lat": at[0], "lon": at[1], "public": True, "groups": []} | changes
