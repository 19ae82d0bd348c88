"""The server tries itself once a minute, and a failed try is told and does not end the trying."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, Self

import pytest

from realtime.connection.auth import Issuer, Verifier
from realtime.connection.keys import probe_key
from realtime.messages import AlertNews, Author, Ok
from realtime.ops.probe import FAR_AWAY, RECEIVER, SENDER, Probe, loopback_url
from storage.events import PROBE_ROLE
from tests.fakes import FakeClock


def news(alert: str) -> AlertNews:
    return AlertNews(
        alert=alert,
        revision=1,
        level="red",
        level_number=3,
        kind="inform",
        lat=FAR_AWAY[0],
        lon=FAR_AWAY[1],
        state="going_on",
        author=Author(role="guard"),
        sent_at=0.0,
        received_at=0.0,
        expires_at=1.0,
        why=("near",),
        signal=True,
    )


class FakeServer:
    """Just enough of a server for two clients: what is raised arrives half a second later."""

    def __init__(self, clock: FakeClock, verifier: Verifier) -> None:
        self.clock = clock
        self.verifier = verifier
        self.users: list[str] = []
        self.raised: list[str] = []
        self.ended: list[str] = []
        self.shown: list[str] = []
        self.down: Exception | None = None
        self.deaf = False

    def connect(self, url: str, token: str, **options: Any) -> "FakeClient":
        who = self.verifier.identify(token)
        assert (url, who.world, who.role, options["device"]) == ("ws://there", "exercise", PROBE_ROLE, "probe")
        self.users.append(who.user)
        return FakeClient(self, who.user)


class FakeClient:
    def __init__(self, server: FakeServer, user: str) -> None:
        self.server = server
        self.user = user
        self.stands: tuple[float, float] | None = None

    def position(self, lat: float, lon: float) -> None:
        self.stands = (lat, lon)

    async def __aenter__(self) -> Self:
        if self.server.down is not None:
            raise self.server.down
        return self

    async def __aexit__(self, *_: object) -> None:
        self.server.users.remove(self.user)

    async def raise_alert(self, level: str, kind: str, **fields: Any) -> Ok:
        assert (self.user, level, fields["lat"], fields["lon"]) == (SENDER, "red", *FAR_AWAY)
        self.server.raised.append(f"alert-{len(self.server.raised)}")
        return Ok(id="1", durable=True, alert=self.server.raised[-1], revision=1)

    def shown(self, alert: str) -> None:
        assert self.user == RECEIVER
        self.server.shown.append(alert)

    async def update_alert(self, alert: str, *, state: str) -> Ok:
        assert state == "closed"
        self.server.ended.append(alert)
        return Ok(id="2", durable=True)

    async def events(self) -> AsyncIterator[AlertNews]:
        assert (self.user, self.stands) == (RECEIVER, FAR_AWAY)
        yield news("an alert of an earlier round")
        if self.server.deaf:
            await asyncio.Event().wait()
        self.server.clock.stall(0.5)
        yield news(self.server.raised[-1])


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def server(clock: FakeClock) -> FakeServer:
    return FakeServer(clock, Verifier([KEY], clock))


KEY = probe_key()


@pytest.fixture
async def probe(server: FakeServer, clock: FakeClock) -> AsyncIterator[Probe]:
    connect: Any = server.connect
    probe = Probe("ws://there", Issuer(KEY, clock), clock, interval_s=60, timeout_s=0.02, connect=connect)
    probe.start()
    yield probe
    await probe.stop()


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not done():  # noqa: ASYNC110  it is other tasks that must have their turn
            await asyncio.sleep(0)


async def test_it_says_when_the_last_alert_arrived_and_how_long_it_took(probe: Probe, clock: FakeClock) -> None:
    await until(lambda: probe.report.last_at is not None)
    assert (probe.report.last_at, probe.report.took_s) == (clock.now(), 0.5)
    assert (probe.report.failures, probe.report.error) == (0, None)


async def test_it_comes_again_each_minute_and_leaves_nothing_behind(
    probe: Probe, server: FakeServer, clock: FakeClock
) -> None:
    for times in (1, 2, 3):
        await until(lambda times=times: len(server.ended) == times and not server.users)
        await asyncio.sleep(0)
        clock.advance(59.9)
        await asyncio.sleep(0)
        assert len(server.raised) == times
        clock.advance(0.1)
    assert server.ended == server.shown == server.raised[:3]


async def test_failures_are_counted_and_the_next_success_clears_them(
    probe: Probe, server: FakeServer, clock: FakeClock
) -> None:
    await until(lambda: probe.report.last_at is not None)
    good = probe.report
    server.down = ConnectionError("no answer")
    clock.advance(60)
    await until(lambda: probe.report.failures == 1)
    server.down, server.deaf = None, True
    clock.advance(60)
    await until(lambda: probe.report.failures == 2)
    assert (probe.report.last_at, probe.report.error) == (good.last_at, "nothing arrived in time")
    server.deaf = False
    clock.advance(60)
    await until(lambda: probe.report.failures == 0)
    assert (probe.report.last_at, probe.report.error) == (clock.now(), None)


async def test_stopping_in_the_middle_of_a_round_closes_its_connections(probe: Probe, server: FakeServer) -> None:
    server.deaf = True
    await until(lambda: len(server.raised) == 1)
    await probe.stop()
    assert server.users == []
    await probe.stop()


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "ws://127.0.0.1:80/v1"),
        ("0.0.0.0", "ws://127.0.0.1:80/v1"),
        ("::", "ws://[::1]:80/v1"),
        ("example.org", "ws://example.org:80/v1"),
        ("fe80::1", "ws://[fe80::1]:80/v1"),
    ],
)
def test_where_a_server_reaches_itself(host: str, url: str) -> None:
    assert loopback_url(host, 80) == url
