"""Who is let in, who is sent away, with which code, and what a client may get wrong and stay."""

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import jwt
import msgpack
import pytest
from websockets.exceptions import InvalidStatus

from realtime.connection.auth import Issuer
from realtime.connection.keys import own_key, secret_key
from realtime.errors import CloseCode
from realtime.messages import Encoding
from tests.connection.peers import CLOSE, PING, TEXT, Peer, client_frame, eventually
from tests.fakes import FakeClock
from tests.foreign import BOTH, PATIENCE_S, a_red, serving
from tests.town import HERE

# --- tokens ----------------------------------------------------------------------------------------------------------


def with_other_claims(token: str, **claims: Any) -> str:
    """The same token with its claims changed, and its signature as it was."""
    head, body, signature = token.split(".")
    changed = json.loads(base64.urlsafe_b64decode(body + "==")) | claims
    return f"{head}.{base64.urlsafe_b64encode(json.dumps(changed).encode()).decode().rstrip('=')}.{signature}"


@pytest.mark.parametrize("encoding", BOTH)
async def test_a_token_that_is_expired_or_forged_is_refused_with_the_reason(tmp_path: Path, encoding: Encoding) -> None:
    async with serving(tmp_path / "here") as server:
        good = server.token("anna")
        elsewhere = Issuer(own_key(tmp_path / "elsewhere"), FakeClock()).mint("anna")
        guessed = Issuer(secret_key(b"0123456789abcdef0123456789abcdef", id="guess"), FakeClock()).mint("anna")
        unsigned = jwt.encode(jwt.decode(good, options={"verify_signature": False}), None, algorithm="none")
        for token, reason in (
            (server.token("anna", ttl_s=-60), "expired at"),
            (with_other_claims(good, sub="owner"), "signature"),
            (with_other_claims(good, world="exercise"), "signature"),
            (elsewhere, "a key that this server does not know"),
            (guessed, "a key that this server does not know"),
            (unsigned, "claims another algorithm"),
            (good[:-2], "signature"),
            ("rubbish", "malformed"),
        ):
            client = await server.stranger(encoding)
            answer = await client.ask("hello", token=token, device="phone")
            assert (answer["type"], answer["code"], answer["field"]) == ("error", "token", "token")
            assert reason in answer["message"]
            assert await client.closed() == CloseCode.TOKEN
        assert (await server.member("anna", encoding=encoding)).frames[0]["user"] == "anna"


async def test_a_token_that_expires_ends_its_connection_and_no_other(tmp_path: Path) -> None:
    clock = FakeClock()
    async with serving(tmp_path, clock=clock) as server:
        lasting = await server.member("lasting")
        brief = await server.stranger()
        token = server.token("brief", ttl_s=20)
        assert (await brief.ask("hello", token=token, device="phone"))["type"] == "welcome"
        for _ in range(7):  # almost until the leeway has passed, too
            clock.advance(7)
            await brief.made("ping")
            await lasting.made("ping")
        clock.advance(1 + 5)  # a session is looked at every five seconds
        assert await brief.closed() == CloseCode.TOKEN
        assert "expired" in brief.socket.close_reason
        await lasting.made("ping")


# --- life ------------------------------------------------------------------------------------------------------------


async def test_who_says_nothing_is_sent_away_and_may_come_back(tmp_path: Path) -> None:
    clock = FakeClock()
    async with serving(tmp_path, clock=clock) as server:
        mute = await server.stranger()
        babbler = await server.stranger("msgpack")
        assert (await babbler.ask("ping"))["code"] == "hello_first"
        clock.advance(9)
        await mute.socket.ping()
        clock.advance(1 + 5 + 1)
        assert await mute.closed() == await babbler.closed() == CloseCode.NO_HELLO


async def test_a_client_that_answers_no_ping_is_let_go_and_one_that_answers_stays(tmp_path: Path) -> None:
    clock = FakeClock()
    async with serving(tmp_path, clock=clock) as server, Peer.open(server.port) as dead:
        alive = await server.member("alive")
        hello = {"type": "hello", "token": server.token("dead"), "device": "phone"}
        await dead.send(client_frame(TEXT, json.dumps(hello).encode()))
        assert json.loads((await dead.frame())[1])["type"] == "welcome"
        [end] = server.transports("alive")
        for _ in range(6):  # half a minute at a time
            before = clock.monotonic()
            clock.advance(31)  # a ping is due every 25 s, and seen to every five
            async with asyncio.timeout(PATIENCE_S):
                await eventually(lambda before=before: end.last_heard > before)  # the library has answered
        code = None
        while code is None:
            async with asyncio.timeout(PATIENCE_S):
                opcode, payload = await dead.frame()
            assert opcode in (TEXT, PING, CLOSE)
            code = int.from_bytes(payload[:2]) if opcode == CLOSE else None
        assert code == CloseCode.SILENT
        await alive.made("ping")


async def test_there_is_room_for_so_many_and_then_again(tmp_path: Path) -> None:
    async with serving(tmp_path, server={"max_connections": 2}) as server:
        first, second = await server.member("first"), await server.stranger()
        with pytest.raises(InvalidStatus) as refused:
            await server.stranger()
        assert refused.value.response.status_code == 503
        assert int(refused.value.response.headers["Retry-After"]) > 0
        await second.hang_up()
        third = await server.member("third")
        await first.made("ping")
        await third.made("ping")


# --- what is no message ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "payload", "code"),
    [
        ("json", "not json", CloseCode.GARBAGE),
        ("json", "[1, 2]", CloseCode.GARBAGE),
        ("json", '"text"', CloseCode.GARBAGE),
        ("json", "", CloseCode.GARBAGE),
        ("json", '{"type": "ping"', CloseCode.GARBAGE),
        ("json", "[" * 50_000, CloseCode.GARBAGE),
        ("msgpack", b"\xc1", CloseCode.GARBAGE),
        ("msgpack", b"\x93\x01\x02\x03", CloseCode.GARBAGE),
        ("msgpack", b"\x91" * 50_000, CloseCode.GARBAGE),
        ("json", '{"type": "ping", "padding": "' + "x" * 131_072 + '"}', 1009),
        ("msgpack", bytes(131_073), 1009),
        ("json", b'{"type": "ping"}', 1003),
        ("msgpack", '{"type": "ping"}', 1003),
    ],
    ids=lambda it: str(it)[:24],
)
async def test_what_is_not_the_protocol_closes_its_connection_alone(
    tmp_path: Path, encoding: Encoding, payload: str | bytes, code: int
) -> None:
    async with serving(tmp_path) as server:
        other, client = await server.member("other"), await server.member("client", encoding=encoding)
        await client.socket.send(payload)
        assert await client.closed() == code
        await other.made("ping")


@pytest.mark.parametrize("encoding", BOTH)
async def test_a_hello_that_is_too_much_may_be_said_again(tmp_path: Path, encoding: Encoding) -> None:
    async with serving(tmp_path) as server:
        client = await server.stranger(encoding)
        who = {"token": server.token("anna"), "device": "phone"}
        holds = [{"alert": f"a{number}", "revision": 1} for number in range(301)]
        for extra, field in (
            ({"rooms": {f"room-{number}": 1 for number in range(301)}}, "rooms"),
            ({"holds": holds}, "holds"),
            ({"holds": holds[:300], "client": "x" * 100, "padding": "x" * 65_000}, "holds"),
        ):
            answer = await client.ask("hello", **who, **extra)
            assert (answer["code"], answer["field"]) == ("too_many", field)
        assert (await client.ask("hello", **who, holds=holds[:300]))["type"] == "welcome"


# --- mistakes --------------------------------------------------------------------------------------------------------

PLACE = {"lat": HERE[0], "lon": HERE[1]}
MISTAKES: list[tuple[dict[str, Any], str, str | None]] = [
    ({"type": "dance"}, "unknown_type", "type"),
    ({"no_type": 1}, "unknown_type", "type"),
    ({"type": 5}, "unknown_type", "type"),
    ({"type": "welcome"}, "unknown_type", "type"),
    ({"type": "position", "lat": 91, "lon": 18}, "invalid", "lat"),
    ({"type": "position", "lat": "59", "lon": 18}, "invalid", "lat"),
    ({"type": "position", "lat": 59}, "invalid", None),
    ({"type": "position", **PLACE, "accuracy_m": -1}, "invalid", "accuracy_m"),
    ({"type": "alert", **a_red(HERE, level="purple")}, "invalid", "level"),
    ({"type": "alert", **a_red(HERE, radius_m=3_001)}, "invalid", "radius_m"),
    ({"type": "alert", **a_red(HERE, public=False)}, "no_scope", "public"),
    ({"type": "alert", **a_red(HERE, headline="x" * 111)}, "invalid", "headline"),
    ({"type": "alert", "level": "red"}, "invalid", "kind"),
    ({"type": "message", "group": "g"}, "invalid", "text"),
    ({"type": "message", "group": "no such", "text": "x"}, "not_found", "group"),
    ({"type": "hello", "token": "x", "device": "y"}, "already_greeted", None),
]


@pytest.mark.parametrize("encoding", BOTH)
async def test_a_mistake_is_told_with_its_field_and_the_connection_lives_on(tmp_path: Path, encoding: Encoding) -> None:
    async with serving(tmp_path) as server:
        bystander = await server.member("bystander", HERE)
        client = await server.member("client", HERE, encoding=encoding)
        for number, (message, code, field) in enumerate(MISTAKES):
            await client.say_object(message | {"id": f"wrong-{number}"})
            answer = await client.answer(f"wrong-{number}")
            assert (answer["type"], answer["code"], answer.get("field")) == ("error", code, field), message
        for without_id in ({"type": "message", "group": "g", "text": "x"}, {"type": "alert", **a_red(HERE)}):
            await client.say_object(without_id)
            assert (await client.hear("error"))["code"]
        await client.made("position", **PLACE, colour="blue", nested={"unknown": [1, None]})
        await bystander.settled()
        assert bystander.all("alert") == []
        await client.made("alert", **a_red(HERE))
        await bystander.hear("alert")


async def test_nan_in_messagepack_is_out_of_range_everywhere(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        client = await server.stranger("msgpack")
        nowhere = {"lat": float("nan"), "lon": float("-inf")}
        said = {"type": "hello", "id": "h", "token": server.token("anna"), "device": "phone", "position": nowhere}
        await client.socket.send(msgpack.packb(said))
        assert (await client.answer("h"))["field"] == "position.lat"
        assert (await client.ask("hello", token=server.token("anna"), device="phone"))["position"] is False
        for field in ("lat", "lon", "radius_m", "sent_at"):
            for number in (float("nan"), float("inf"), float("-inf")):
                answer = await client.ask("alert", **a_red(HERE, **{field: number}))
                assert (answer["code"], answer["field"]) == ("invalid", field)
