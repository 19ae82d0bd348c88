"""Plays the examples of `protocol.md` against a real server, over real sockets, with other people's libraries."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgpack
from httpx import AsyncClient
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from realtime.app import running
from realtime.config import ProbeSettings, ServerSettings, Settings
from realtime.connection.auth import Issuer
from realtime.connection.keys import own_key, secret_key
from realtime.messages import Encoding
from storage.events import Entry, LoggedEvent
from storage.log import StorageError
from storage.retention import KEPT
from storage.sql import SqlStore
from tests.fakes import FakeClock
from tests.images import a_picture
from tests.protocol_examples import Closed, Got, Meanwhile, Nothing, Said, Scenario, Step
from tests.protocol_matching import Bindings, Mismatch

NOW = 1_764_000_000.25  # what the server's clock shows in the document
PATIENCE_S = 10.0

NAMES = {
    "anna": "Anna Ek",
    "bo": "Bo Lind",
    "cecilia": "Cecilia Roos",
    "dan": "Dan Berg",
    "olga": "Olga Holm",
    "olle": "Olle Ny",
}
ROLES = {"cecilia": "volunteer", "dan": "police", "olga": "owner", "olle": "owner"}
POSITIONS = {
    "anna": {"lat": 59.3251, "lon": 18.0711},
    "bo": {"lat": 59.3254, "lon": 18.0702},
    "dan": {"lat": 59.3249, "lon": 18.0705},
}
GROUPS = {
    "shops": {"name": "Shops", "purpose": "Fewer thefts in our street.", "conduct": "Say what you see, not whom."},
    "stairs": {"name": "Our stairs", "purpose": "Neighbours of one house.", "conduct": "What is said here stays here."},
}


class StallingStore:
    """A store whose log answers when a test lets it, and fails when it is told to."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._answers = asyncio.Event()
        self._answers.set()
        self._reads = asyncio.Event()
        self._reads.set()
        self.asked = asyncio.Event()
        self.is_full = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def stall(self) -> None:
        self._answers.clear()
        self.asked.clear()

    def answer(self) -> None:
        self._answers.set()

    def read_nothing(self) -> None:
        self._reads.clear()

    async def scan(self, after: int, limit: int) -> list[LoggedEvent]:
        await self._reads.wait()
        return await self._store.scan(after, limit)

    async def append(self, entries: list[Entry]) -> list[LoggedEvent]:
        self.asked.set()
        await self._answers.wait()
        if self.is_full:
            raise StorageError("the disk is full")
        return await self._store.append(entries)


class Member:
    """One device's connection, by the `websockets` client, and by `json` or `msgpack`."""

    def __init__(self, socket: ClientConnection, encoding: Encoding) -> None:
        self._socket = socket
        self._encoding = encoding

    @classmethod
    async def connected(cls, url: str, encoding: Encoding) -> "Member":
        subprotocol: Any = f"samverkan.v1.{encoding}"
        socket = await connect(url, subprotocols=[subprotocol], compression=None, ping_interval=None)
        assert socket.subprotocol == subprotocol
        return cls(socket, encoding)

    async def say(self, message: dict[str, Any]) -> None:
        await self._socket.send(json.dumps(message) if self._encoding == "json" else msgpack.packb(message))

    async def say_raw(self, text: str) -> None:
        await self._socket.send(text if self._encoding == "json" else text.encode())

    async def get(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_S):
            payload = await self._socket.recv()
        assert isinstance(payload, str) == (self._encoding == "json")
        message: dict[str, Any] = json.loads(payload) if isinstance(payload, str) else msgpack.unpackb(payload)
        return message

    async def close(self) -> None:
        await self._socket.close()

    @property
    def is_closed(self) -> bool:
        return self._socket.close_code is not None


class Player:
    """One scenario on a server of its own. Whatever differs from the document raises Mismatch, with the line."""

    def __init__(self, encoding: Encoding, folder: Path) -> None:
        self._encoding = encoding
        self._folder = folder
        self._clock = FakeClock(NOW)
        self._members: dict[str, Member] = {}
        self._bound = Bindings()
        self._stack = AsyncExitStack()
        self._stopping: asyncio.Task[None] | None = None
        self._checks = 0
        self.said: set[str] = set()  # the types of the messages that were said and got
        self.got: set[str] = set()

    async def play(self, scenario: Scenario) -> None:
        settings = _settings(self._folder, scenario.settings)
        self._issuer = Issuer(own_key(self._folder), self._clock)
        self._store = StallingStore(await SqlStore.open(self._folder))
        async with self._stack:
            self._app = await self._stack.enter_async_context(
                running(settings, clock=self._clock, store=self._store)  # type: ignore[arg-type]
            )
            for step in scenario.steps:
                try:
                    await self._step(step)
                except (Mismatch, ConnectionClosed, TimeoutError) as error:
                    raise Mismatch(f"protocol.md:{step.line}: {error or type(error).__name__}") from error
            await self._check_nothing_more([who for who, member in self._members.items() if not member.is_closed])
        if self._stopping is not None:
            await self._stopping

    async def _step(self, step: Step) -> None:
        match step:
            case Said():
                await self._say(step)
            case Got(_, who, message):
                for name in who:
                    self._bound.match(message, await self._members[name].get())
                self.got.add(message["type"])
            case Closed(_, who, code):
                for name in who:
                    await self._expect_close(name, code)
            case Nothing(_, who):
                await self._check_nothing_more(who)
            case Meanwhile(_, what):
                await self._meanwhile(what)

    async def _say(self, step: Said) -> None:
        member = self._members.get(step.who)
        if member is None or member.is_closed:
            member = self._members[step.who] = await Member.connected(self._app.url, self._encoding)
        if step.message is None:
            await member.say_raw(step.raw)
            return
        if step.message["type"] == "hello":
            self._bound.update(self._tokens(step.who))
        self.said.add(step.message["type"])
        await member.say(self._bound.filled(step.message))

    async def _expect_close(self, name: str, code: int) -> None:
        try:
            frame = await self._members[name].get()
        except ConnectionClosed as closed:
            given = closed.rcvd.code if closed.rcvd else None
            if given != code:
                raise Mismatch(f"closed with {given}, documented as {code}") from None
        else:
            raise Mismatch(f"{name} got {frame!r} where the connection was to close")

    async def _check_nothing_more(self, who: list[str] | tuple[str, ...]) -> None:
        """Whatever was sent before the answer to a ping has arrived before it."""
        await self._app.writer.finish()
        for name in who:
            self._checks += 1
            await self._members[name].say({"type": "ping", "id": f"check-{self._checks}"})
            frame = await self._members[name].get()
            if frame.get("id") != f"check-{self._checks}":
                raise Mismatch(f"{name} got {frame!r}, which is not documented")

    def _tokens(self, who: str) -> dict[str, str]:
        """What `<token>` and its like stand for when this client says hello."""
        user = _person(who)
        name, role = NAMES[user], ROLES.get(user, "member")
        forged = Issuer(secret_key(b"x" * 32), self._clock)
        return {
            "token": self._issuer.mint(user, name=name, role=role),
            "token of a new member": self._issuer.mint(user, name=name, new=True),
            "token of who has accepted nothing": self._issuer.mint(user, name=name, accepted=False),
            "exercise token": self._issuer.mint(user, name=name, role=role, world="exercise"),
            "expired token": self._issuer.mint(user, name=name, ttl_s=-3_600),
            "token that ends soon": self._issuer.mint(user, name=name, ttl_s=-20),  # within the leeway, for 10 s more
            "forged token": forged.mint(user, name=name),
        }

    # --- meanwhile ---------------------------------------------------------------------------------------------------

    async def _meanwhile(self, what: str) -> None:
        for pattern, act in _STEPS.items():
            if found := re.fullmatch(pattern, what):
                await act(self, *found.groups())
                return
        raise Mismatch(f"no such step: {what}")

    async def _connect(self, names: str, elsewhere: str | None = None) -> None:
        for who in re.split(r", | and ", names):
            self._bound.update(self._tokens(who))
            member = self._members[who] = await Member.connected(self._app.url, self._encoding)
            position = {"position": POSITIONS[who]} if who in POSITIONS and not elsewhere else {}
            await member.say({"type": "hello", "token": self._bound["token"], "device": f"{who}'s phone", **position})
            while (frame := await member.get())["type"] != "live":
                if frame["type"] == "welcome":
                    self._bound["epoch"] = frame["epoch"]

    async def _make_group(self, locked: str | None, name: str, names: str) -> None:
        creator, *others = re.split(r", ", names)
        made = await self._ask(creator, {"type": "create_group", "locked": bool(locked), **GROUPS[name]})
        self._bound[name] = made["group"]
        for who in others:
            joining = {"type": "join", "group": made["group"], "accepted": True, "code": made.get("code")}
            await self._ask(who, joining)
        for who in (creator, *others):
            await self._skip(who)

    async def _ask(self, who: str, request: dict[str, Any]) -> dict[str, Any]:
        """Say something unseen, and skip all up to its answer."""
        self._checks += 1
        await self._members[who].say({**request, "id": f"unseen-{self._checks}"})
        while (frame := await self._members[who].get()).get("id") != f"unseen-{self._checks}":
            pass
        assert frame["type"] == "ok", frame
        return frame

    async def _be_welcomed(self, who: str) -> None:
        if (frame := await self._members[who].get())["type"] != "welcome":
            raise Mismatch(f"{who} got {frame!r}, and not welcome")

    async def _send_in(self, who: str) -> None:
        token = self._tokens(who)["token"]
        async with AsyncClient(trust_env=False) as http:
            url = self._app.url.replace("ws:", "http:") + "/media"
            answer = await http.post(url, content=a_picture(40, 30), headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 201, answer.text
        self._bound["picture"] = answer.json()["picture"]

    async def _skip(self, names: str) -> None:
        """Take no notice of what these were sent, answers to all that they have said included."""
        for who in re.split(r", | and ", names):
            await self._ask(who, {"type": "ping"})  # answered: what was said before it has arrived
            await self._app.writer.finish()
            await self._ask(who, {"type": "ping"})

    async def _cut_off(self, names: str) -> None:
        for who in re.split(r", | and ", names):
            await self._members.pop(who).close()  # returns when the server has answered

    async def _pass(self, seconds: str) -> None:
        self._clock.advance(float(seconds))

    async def _stall(self) -> None:
        self._store.stall()

    async def _let_budget_pass(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await self._store.asked.wait()
        self._clock.advance(self._app.settings.log.commit_budget_s)

    async def _answer(self) -> None:
        self._store.answer()

    async def _hold_up(self) -> None:
        self._store.read_nothing()

    async def _fill(self) -> None:
        self._store.is_full = True

    async def _make_space(self) -> None:
        self._store.is_full = False

    async def _prune(self) -> None:
        await self._app.prune(dict.fromkeys(KEPT, self._clock.now() + 1))

    async def _stop(self) -> None:
        self._stopping = asyncio.create_task(self._stack.pop_all().aclose())


_STEPS: dict[str, Callable[..., Awaitable[None]]] = {
    r"(.+) (?:is|are) connected( elsewhere)?": Player._connect,
    r"(locked )?group (\w+) of (.+)": Player._make_group,
    r"(.+) is welcomed": Player._be_welcomed,
    r"(.+) reads? on": Player._skip,
    r"(.+) (?:is|are) cut off": Player._cut_off,
    r"(.+) sends in a picture": Player._send_in,
    r"([\d.]+) s pass": Player._pass,
    r"the log stalls": Player._stall,
    r"the log has not answered in time": Player._let_budget_pass,
    r"the log answers": Player._answer,
    r"the log is read slowly": Player._hold_up,
    r"the disk is full": Player._fill,
    r"the disk is free again": Player._make_space,
    r"old history is pruned": Player._prune,
    r"the server stops": Player._stop,
}


def _person(who: str) -> str:
    """Whose device it is: "anna's tablet" is Anna's."""
    return who.partition("'")[0]


def _settings(folder: Path, changes: dict[str, Any]) -> Settings:
    settings = Settings(server=ServerSettings(port=0, data=folder), probe=ProbeSettings(enabled=False))
    for key, value in changes.items():
        section, name = key.split(".")
        settings = replace(settings, **{section: replace(getattr(settings, section), **{name: value})})
    return settings
