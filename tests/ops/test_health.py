"""/health and /ready tell the truth, in numbers."""

import asyncio
from collections.abc import Iterator

import pytest
from httpx import ASGITransport, AsyncClient

from realtime.ops.health import LoopLag, ProbeReport, Readiness
from realtime.ops.routes import make_app
from storage.log import StorageError
from tests.fakes import FakeClock


class FakeVitals:
    def __init__(self) -> None:
        self.draining = False
        self.log_error: StorageError | None = None
        self.unsent_s: float | None = None
        self.report: ProbeReport | None = ProbeReport(last_at=1_700_000_000.0, took_s=0.004)
        self.checks = 0
        self.stuck = asyncio.Event()
        self.stuck.set()

    def connected(self) -> int:
        return 7

    def positions(self) -> int:
        return 5

    def oldest_unsent_red_s(self) -> float | None:
        return self.unsent_s

    def probe(self) -> ProbeReport | None:
        return self.report

    async def check_writable(self) -> None:
        self.checks += 1
        await self.stuck.wait()
        if self.log_error is not None:
            raise self.log_error


@pytest.fixture
def vitals() -> FakeVitals:
    return FakeVitals()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def lag(clock: FakeClock) -> Iterator[LoopLag]:
    lag = LoopLag(clock)
    lag.start()
    yield lag
    lag.stop()


@pytest.fixture
def http(vitals: FakeVitals, lag: LoopLag, clock: FakeClock) -> AsyncClient:
    return AsyncClient(transport=ASGITransport(make_app(vitals, lag, clock)), base_url="http://here")


async def test_a_well_server_says_so_in_numbers(http: AsyncClient, vitals: FakeVitals) -> None:
    vitals.unsent_s = 0.0123456789
    answer = await http.get("/health")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {
        "alive": True,
        "well": True,
        "loop_lag_s": 0.0,
        "connected": 7,
        "positions": 5,
        "oldest_unsent_red_s": 0.012346,
        "probe": {"last_at": 1_700_000_000.0, "took_s": 0.004, "failures": 0, "error": None},
    }


async def test_what_is_not_there_is_null(http: AsyncClient, vitals: FakeVitals) -> None:
    vitals.report = None
    document = (await http.get("/health")).json()
    assert (document["probe"], document["oldest_unsent_red_s"]) == (None, None)


async def test_a_stalled_loop_is_not_well_for_five_seconds(http: AsyncClient, clock: FakeClock) -> None:
    clock.advance(10)
    assert (await http.get("/health")).status_code == 200
    clock.stall(0.36)  # the timer was due after 0.1
    assert (await http.get("/health")).status_code == 503  # also before the timer has had its turn
    clock.advance(0)
    answer = await http.get("/health")
    assert (answer.status_code, answer.json()["well"], answer.json()["alive"]) == (503, False, True)
    assert answer.json()["loop_lag_s"] == pytest.approx(0.26)
    assert answer.json()["problems"] == ["not well: the event loop was 0.260 s late"]
    clock.advance(4.9)
    assert (await http.get("/health")).status_code == 503
    clock.advance(0.2)
    assert (await http.get("/health")).status_code == 200


async def test_a_lag_up_to_the_limit_is_told_and_is_well(http: AsyncClient, clock: FakeClock) -> None:
    clock.stall(0.34)
    answer = await http.get("/health")
    assert (answer.status_code, answer.json()["loop_lag_s"]) == (200, pytest.approx(0.24))


def test_the_worst_lag_of_the_window_is_what_counts(lag: LoopLag, clock: FakeClock) -> None:
    for stall_s in (0.2, 0.5, 0.15):
        clock.stall(stall_s)
        clock.advance(1)
    assert lag.worst_s() == pytest.approx(0.4)


def test_a_stopped_monitor_measures_nothing(lag: LoopLag, clock: FakeClock) -> None:
    lag.stop()
    clock.stall(3)
    clock.advance(3)
    assert lag.worst_s() == 0


async def test_ready(http: AsyncClient) -> None:
    answer = await http.get("/ready")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "problems": []})


async def test_not_ready_says_all_that_is_wrong(http: AsyncClient, vitals: FakeVitals) -> None:
    vitals.draining = True
    vitals.log_error = StorageError("disk full")
    answer = await http.get("/ready")
    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False,
        "problems": ["the log cannot be written: disk full", "draining: this server is about to stop"],
    }


async def test_the_log_is_tried_at_most_once_a_second_whoever_asks(vitals: FakeVitals, clock: FakeClock) -> None:
    readiness = Readiness(vitals, clock)
    vitals.stuck.clear()
    asked = [asyncio.create_task(readiness.problems()) for _ in range(3)]
    await asyncio.sleep(0)
    vitals.stuck.set()
    assert await asyncio.gather(*asked) == [[], [], []]
    vitals.log_error = StorageError("gone")
    clock.advance(0.9)
    assert await readiness.problems() == []
    assert vitals.checks == 1
    clock.advance(0.2)
    assert await readiness.problems() == ["the log cannot be written: gone"]
    assert vitals.checks == 2


async def test_a_log_that_does_not_answer_is_not_writable(vitals: FakeVitals, clock: FakeClock) -> None:
    vitals.stuck.clear()
    readiness = Readiness(vitals, clock, timeout_s=0.001)
    assert await readiness.problems() == ["the log cannot be written: no answer within 0.001 s"]


async def test_other_paths(http: AsyncClient) -> None:
    assert (await http.head("/health")).status_code == 200
    assert (await http.post("/health")).status_code == 405
    assert (await http.get("/")).status_code == 404
    answer = await http.get("/v1")
    assert (answer.status_code, answer.headers["upgrade"]) == (426, "websocket")
