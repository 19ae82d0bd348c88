"""A real server is scraped, and what it says is what has happened to it."""

import asyncio
import re
import socket
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from httpx import AsyncClient
from prometheus_client.parser import text_string_to_metric_families as parse

from realtime.connection.transport import Transport
from realtime.ops.health import ProbeReport
from storage.memory import MemoryStore
from tests.calls import Calls
from tests.connection.peers import Peer
from tests.fakes import FakeClock
from tests.foreign import PATIENCE_S, Premises, a_red, serving
from tests.town import HERE, north

DOCUMENT = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text()

Samples = dict[str, list[tuple[dict[str, str], float]]]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def server(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Premises]:
    async with serving(tmp_path, clock=clock, store=MemoryStore()) as server:
        yield server


async def scraped(server: Premises) -> Samples:
    async with AsyncClient(trust_env=False) as http:
        answer = await http.get(f"http://127.0.0.1:{server.port}/metrics")
    assert answer.status_code == 200
    found: Samples = {}
    for family in parse(answer.text):
        for sample in family.samples:
            found.setdefault(sample.name.removeprefix("samverkan_"), []).append((dict(sample.labels), sample.value))
    return found


def value(found: Samples, name: str, **labels: str) -> float:
    """The sum of all samples that have these labels."""
    return sum(value for its, value in found[name] if labels.items() <= its.items())


@pytest.fixture
def endings(monkeypatch: pytest.MonkeyPatch) -> Calls:
    return Calls(monkeypatch, Transport, "connection_lost")


async def until(endings: Calls, server: Premises, name: str, count: float, **labels: str) -> Samples:
    """Look after each connection's end."""
    async with asyncio.timeout(PATIENCE_S):
        while value(found := await scraped(server), name, **labels) != count:
            await endings.next()
    return found


async def test_a_busy_minute_is_told_in_numbers(server: Premises, clock: FakeClock) -> None:
    anna, bo, cia = await server.member("anna"), await server.member("bo", HERE), await server.member("cia", HERE)
    room = await server.group(anna, bo)
    alert = (await anna.made("alert", **a_red(HERE)))["alert"]
    clock.advance(0.2)
    for member in (bo, cia):
        await member.hear("alert")
        await member.made("ack", alerts=[alert])
    walker = await server.member("walker", HERE)
    await anna.made("update", alert=alert, text="Two of them")
    await anna.made("message", group=room, text="Good evening")
    await walker.hear("update")
    for _ in range(12):
        clock.advance(5)
        for member in (anna, bo, cia, walker):
            await member.ask("ping")
    found = await scraped(server)
    red = {"world": "real", "level": "red"}
    for outcome, count in (("targeted", 2), ("written", 2), ("acknowledged", 2), ("not_reached", 0)):
        assert value(found, "alert_recipients_sum", outcome=outcome, **red) == count
        assert value(found, "alert_recipients_count", outcome=outcome, **red) == 1
    assert [value(found, "acknowledgement_seconds_bucket", le=le, **red) for le in ("0.1", "0.25", "+Inf")] == [0, 2, 2]
    assert value(found, "late_copies_total", **red) == 1
    frames = {kind: value(found, "frames_total", world="real", kind=kind) for kind in ("alert", "update", "message")}
    assert frames == {"alert": 2, "update": 3, "message": 1}
    assert value(found, "frames_total", kind="replay") == 1
    assert (value(found, "connected"), value(found, "connections_opened_total")) == (4, 4)
    assert value(found, "hellos_total", world="real") == 4
    assert value(found, "positions", world="real") == 3
    assert value(found, "append_seconds_count") == value(found, "append_entries_count") == 5
    assert value(found, "append_entries_sum") == 7  # founding and joining bring a card of the member along
    assert all(
        value(found, name) == 0 for name in ("append_failures_total", "waiting_acts", "outbox_bytes", "draining")
    )
    assert value(found, "alert_recipients_sum", world="exercise") == value(found, "hellos_total", world="exercise") == 0


async def test_ends_are_told_apart_by_whose_they_are(server: Premises, endings: Calls) -> None:
    hung_up, odd, garbled = [await server.member(user) for user in ("anna", "bo", "cia")]
    await hung_up.hang_up()
    await odd.socket.close(code=3999)
    await garbled.socket.send("garbage")
    assert await garbled.closed() == 4503
    wrong = await server.stranger()
    await wrong.socket.send(b"binary where text was agreed")
    assert await wrong.closed() == 1003
    async with Peer.open(server.port):
        pass  # and gone, without a close frame
    async with Peer.open(server.port) as crashed:
        crashed.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset
    await server.member("dan")
    await server.member("dan")
    found = await until(endings, server, "connections_closed_total", 7)
    assert {(its["by"], its["code"]): count for its, count in found["connections_closed_total"]} == {
        ("client", "1000"): 1,
        ("client", "other"): 1,
        ("server", "4503"): 1,
        ("server", "1003"): 1,
        ("server", "4500"): 1,
        ("network", "1006"): 2,
    }
    assert value(found, "connected") == 1


async def test_who_vanished_behind_a_red_is_counted(server: Premises, clock: FakeClock, endings: Calls) -> None:
    anna, bo, cia = (
        await server.member("anna", north(HERE, 5_000)),
        *[await server.member(u, HERE) for u in ("bo", "cia")],
    )
    await bo.hang_up()
    await until(endings, server, "connected", 2)
    await anna.made("alert", **a_red(HERE))
    await cia.hear("alert")
    assert value(await scraped(server), "unreached_devices", world="real") == 1
    clock.advance(10)  # the loop has no turn in which her pong could arrive
    assert await cia.closed() == 4001
    found = await until(endings, server, "connected", 1)
    assert (value(found, "red_pings_total"), value(found, "red_silences_total")) == (1, 1)
    assert value(found, "unreached_devices", world="real") == 2
    await server.member("bo", HERE)
    assert value(await scraped(server), "unreached_devices") == 1


async def test_a_frame_that_was_lost_in_silence_is_counted(server: Premises, clock: FakeClock, endings: Calls) -> None:
    anna, bo = await server.member("anna"), await server.member("bo", HERE)
    await anna.made("alert", **a_red(HERE, level="yellow"))
    await bo.hear("alert")
    await bo.settled()
    for _ in range(5):  # a ping and the time for its answer, in steps in which both give signs of life
        clock.advance(9.5)
        await anna.made("ping")
        await bo.made("ping")
    await bo.say("ack", delivered=0)
    assert await bo.closed() == 4005
    await until(endings, server, "connections_closed_total", 1, by="server", code="4005")


async def test_no_label_names_anybody_or_anything(server: Premises, clock: FakeClock) -> None:
    """R17, R19: whatever happens, the labels' values are these words."""
    anna, bo = await server.member("anna", HERE), await server.member("bo", HERE)
    room = await server.group(anna, bo)
    for level in ("red", "yellow", "info"):
        await anna.made("alert", **a_red(HERE, level=level, groups=[room]))
    await bo.hang_up()
    clock.advance(61)
    words = "real exercise red yellow info targeted written acknowledged not_reached alert update message stored replay"
    allowed = re.compile(rf"{'|'.join(words.split())}|server|client|network|other|\d{{4}}|\+Inf|[\d.e+]+")
    for name, samples in (await scraped(server)).items():
        for labels, _ in samples:
            assert labels.keys() <= {"world", "level", "outcome", "kind", "by", "code", "le"}, name
            assert all(allowed.fullmatch(word) for word in labels.values()), (name, labels)


async def test_the_last_probe_is_told(server: Premises) -> None:
    server.app.probe = lambda: ProbeReport(last_at=1.0, took_s=0.02, failures=3)  # type: ignore[method-assign]
    found = await scraped(server)
    assert (value(found, "probe_seconds"), value(found, "probe_failures")) == (0.02, 3)
    server.app.probe = lambda: ProbeReport(failures=4)  # type: ignore[method-assign]
    assert "probe_seconds" not in await scraped(server)


async def test_every_metric_is_documented_with_its_labels(server: Premises) -> None:
    server.app.probe = lambda: ProbeReport(took_s=0.02)  # type: ignore[method-assign]
    async with AsyncClient(trust_env=False) as http:
        families = list(parse((await http.get(f"http://127.0.0.1:{server.port}/metrics")).text))
    rows = re.findall(r"^\| `(samverkan_\w+)` \| (\w+)[^|]*\|([^|]*)\|", DOCUMENT, re.MULTILINE)
    documented = {
        name.removesuffix("_total"): (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows
    }
    told = {family.name: family.type for family in families if family.name.startswith("samverkan_")}
    assert told == {name: kind for name, (kind, _) in documented.items()}
    for family in families:
        for sample in family.samples if family.name in told else ():
            assert sample.labels.keys() - {"le"} == documented[family.name][1], family.name
