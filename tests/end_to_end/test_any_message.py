"""Messages that are almost right, in any order: each is answered, none is a bug, and nobody else is disturbed."""

import asyncio
import itertools
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, get_args

import pytest
import uvloop
from hypothesis import example, given, settings
from hypothesis import strategies as st

from realtime.errors import CloseCode, SamverkanError
from realtime.messages import ClientMessage, Encoding
from tests.foreign import BOTH, Foreign, Premises, a_red, enter, serving
from tests.town import HERE, north

# What a client may be told, by its code; a bug would be told as `internal`.
CODES = {error.code for error in SamverkanError.__subclasses__()} - {"internal"}
CLOSES = {CloseCode.GARBAGE, 1007}

HERE_AND_THERE = st.sampled_from([HERE, north(HERE, 250), (0.0, 180.0), (-90.0, 0.0), (89.9999, -180.0)])
# Stand for what only the server knows: the member's own group and alert, somebody else's, and none at all.
GROUPS = st.sampled_from(["my group", "their group", "no group"])
ALERTS = st.sampled_from(["my alert", "their alert", "no alert"])
WORDS = st.text(max_size=30)


def place(at: tuple[float, float]) -> dict[str, Any]:
    return {"lat": at[0], "lon": at[1]}


def object_of(type: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"type": st.just(type)}, optional=fields)


PLACES = HERE_AND_THERE.map(place)
GOOD = st.one_of(
    PLACES.map(lambda at: {"type": "position", **at}),
    object_of("position", renew=st.booleans(), withdraw=st.booleans(), accuracy_m=st.floats(0, 1e5)),
    st.builds(
        lambda at, level, public, groups, extra: {
            "type": "alert",
            **a_red(at, level=level, public=public, groups=groups),
            **extra,
        },
        HERE_AND_THERE,
        st.sampled_from(["red", "yellow", "info"]),
        st.booleans(),
        st.lists(GROUPS, max_size=3),
        st.fixed_dictionaries(
            {}, optional={"headline": WORDS, "at_home": st.booleans(), "radius_m": st.floats(0, 4e3)}
        ),
    ),
    object_of(
        "update",
        alert=ALERTS,
        text=WORDS,
        level=st.sampled_from(["red", "yellow", "info"]),
        state=st.sampled_from(["going_on", "has_happened", "false_alarm", "closed"]),
        wrong=WORDS,
    ).flatmap(lambda update: PLACES.map(lambda at: update | at) | st.just(update)),
    object_of("message", group=GROUPS, text=WORDS),
    object_of("create_group", name=WORDS, purpose=WORDS, conduct=WORDS, locked=st.booleans()),
    object_of("join", group=GROUPS, code=WORDS, accepted=st.booleans()),
    object_of("leave", group=GROUPS),
    object_of("history", room=GROUPS | st.just("me"), limit=st.integers(1, 100), before=st.integers(0, 2**53 - 1)),
    object_of("ack", alerts=st.lists(ALERTS, max_size=3)),
    object_of("ping"),
    object_of("hello", token=WORDS, device=WORDS),
)
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, -1, 2**53, 2**63, 2**64 - 1, -(2**63), 1e308, -0.0, 5e-324, "", "\x00", "\u202e", "x" * 3_000]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.recursive(
        st.none() | st.integers(-9, 9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=5,
    ),
)
NAMES = st.sampled_from(sorted({"type"}.union(*(type.__struct_fields__ for type in get_args(ClientMessage)))))


@st.composite
def almost(draw: st.DrawFn) -> dict[str, Any]:
    """A good message that lacks a field, or has odd ones, its own or another's; or that is good after all."""
    message = draw(GOOD)
    own = st.sampled_from(sorted(message))
    for gone in draw(st.lists(own, max_size=1)):
        del message[gone]
    return message | draw(st.dictionaries(own | NAMES, ODD, max_size=2))


NUMBERS = itertools.count()


class Scene:
    """A server, two members who talk to each other in peace, and one after another who does not behave."""

    def __init__(self, server: Premises) -> None:
        self.server = server

    async def begin(self) -> None:
        self.peace = [await self.server.member(user, encoding=code) for user, code in zip("ab", BOTH, strict=True)]
        self.their_group = await self.server.group(*self.peace, locked=True)
        quiet = a_red(HERE, public=False, groups=[self.their_group])
        self.their_alert = (await self.peace[0].made("alert", **quiet))["alert"]

    async def play(self, encoding: Encoding, messages: list[dict[str, Any]]) -> None:
        token = self.server.token(f"odd-{next(NUMBERS)}", world="real")
        odd = await enter(self.server.url, token, encoding=encoding)
        try:
            mine = await odd.made("create_group", name="Mine", purpose="Mine", conduct="Mine", locked=False)
            alert = await odd.made("alert", **a_red(HERE, public=False, groups=[mine["group"]]))
            known = {
                "my group": mine["group"],
                "their group": self.their_group,
                "my alert": alert["alert"],
                "their alert": self.their_alert,
            }
            ids = [f"n-{number}" for number in range(len(messages))]
            for id, message in zip(ids, messages, strict=True):
                await odd.say_object(named(message, known) | {"id": id})
            await self.answered(odd, ids)
        finally:
            await odd.hang_up()
        await self.peace_holds()

    async def answered(self, odd: Foreign, ids: list[str]) -> None:
        """Each exactly once, unless the connection ends with a code that says why."""
        try:
            for id in ids:
                await odd.answer(id)
            await odd.made("ping")
        except EOFError:
            assert odd.socket.close_code in CLOSES
            return
        for id in ids:
            [answer] = [frame for frame in odd.frames if frame.get("id") == id]
            assert answer["type"] in ("ok", "error", "history")
            assert answer["type"] != "error" or answer["code"] in CODES, answer

    async def peace_holds(self) -> None:
        first, second = self.peace
        made = await first.made("message", group=self.their_group, text="All quiet")
        await second.until(lambda: second.frames[-1].get("message") == made["message"])


def named(message: Any, known: dict[str, str]) -> Any:
    """The same message with what stands for an id replaced by it."""
    if isinstance(message, dict):
        return {name: named(it, known) for name, it in message.items()}
    if isinstance(message, list):
        return [named(it, known) for it in message]
    return known.get(message, message) if isinstance(message, str) else message


@pytest.mark.parametrize("encoding", BOTH)
def test_whatever_one_client_says_it_is_answered_and_nobody_else_is_disturbed(
    tmp_path: Path, encoding: Encoding
) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        stack = AsyncExitStack()
        try:
            serve = serving(tmp_path, quotas={"enforced": False}, connection={"outbox_bytes": 4_194_304})
            scene = Scene(runner.run(stack.enter_async_context(serve)))
            runner.run(scene.begin())

            @settings(max_examples=120)
            @given(st.lists(almost(), min_size=1, max_size=12))
            @example([{"type": "message", "group": "my group", "text": "\ud800"}])
            def play(messages: list[dict[str, Any]]) -> None:
                runner.run(scene.play(encoding, messages))

            play()
        finally:
            runner.run(stack.aclose())
