"""The figures as Prometheus reads them, by its own parser."""

from collections.abc import Iterable
from math import inf
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse

from realtime.ops.health import LoopLag
from realtime.ops.routes import make_app
from realtime.tally import Figure, Tally
from tests.fakes import FakeClock


class Sayer:
    """Vitals that have only figures to say."""

    def __init__(self, *figures: Figure) -> None:
        self._figures = figures
        self.asked = 0

    def figures(self) -> Iterable[Figure]:
        self.asked += 1
        return self._figures


def http(sayer: Any) -> AsyncClient:
    clock = FakeClock()
    return AsyncClient(transport=ASGITransport(make_app(sayer, LoopLag(clock), clock)), base_url="http://here")


async def samples(*figures: Figure) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    answer = await http(Sayer(*figures)).get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert answer.headers["cache-control"] == "no-store"
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in parse(answer.text)
        if family.name.startswith("samverkan_")
        for sample in family.samples
    }


async def test_a_counter_and_a_gauge_are_named_as_such() -> None:
    found = await samples(
        Figure("counter", "frames", "Frames", {("alert", "real"): 3, ("update", "real"): 4}, ("kind", "world")),
        Figure("gauge", "connected", "Connections", {(): 7}),
    )
    assert found == {
        ("samverkan_frames_total", (("kind", "alert"), ("world", "real"))): 3,
        ("samverkan_frames_total", (("kind", "update"), ("world", "real"))): 4,
        ("samverkan_connected", ()): 7,
    }


async def test_a_histogram_counts_what_is_at_most_each_bound() -> None:
    tally = Tally(0.1, 1, 60)
    for value in (0.05, 0.1, 0.5, 1, 100):
        tally.add(value)
    found = await samples(Figure("histogram", "waits_seconds", "Waits", {("red",): tally}, ("level",)))
    buckets = {float(dict(labels)["le"]): value for (name, labels), value in found.items() if name.endswith("_bucket")}
    assert buckets == {0.1: 2, 1: 4, 60: 4, inf: 5}
    assert found["samverkan_waits_seconds_count", (("level", "red"),)] == 5
    assert found["samverkan_waits_seconds_sum", (("level", "red"),)] == pytest.approx(101.65)


async def test_openmetrics_is_given_to_whom_it_pleases() -> None:
    figure = Figure("counter", "hellos", "Hellos", {("real",): 2}, ("world",))
    accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
    answer = await http(Sayer(figure)).get("/metrics", headers=accept)
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    families = {family.name: family for family in parse_openmetrics(answer.text)}
    assert families["samverkan_hellos"].samples[0].value == 2


async def test_nothing_is_asked_before_somebody_scrapes() -> None:
    sayer = Sayer()
    client = http(sayer)
    assert sayer.asked == 0
    await client.get("/metrics")
    await client.get("/metrics")
    assert sayer.asked == 2


async def test_the_process_tells_its_memory_and_files() -> None:
    text = (await http(Sayer()).get("/metrics")).text
    names = {family.name for family in parse(text)}
    assert {"process_resident_memory_bytes", "process_open_fds", "process_max_fds"} <= names


def test_tallies_of_the_same_bounds_are_merged() -> None:
    one, other = Tally(1, 10), Tally(1, 10)
    for value in (0.5, 5, 50):
        one.add(value)
        other.add(value)
    one.merge(other)
    assert (one.counts, one.cumulated(), one.total, len(one)) == ([2, 2, 2], [2, 4, 6], 111, 6)
