"""The deadline report as a page: whole, in plain words, standing alone; and what its figures are made of."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from bench import guardians, timeline, workload
from bench.judge import judge
from bench.page import neighbours, page, sentence
from bench.plan import Plan, Step
from bench.records import Act, Generator
from bench.report import Report, ServerLoad
from bench.sampling import Commits, Sample, Sampled, commits, figures
from bench.traced import Way
from tests.bench.test_promises import MS, RED
from tests.bench.worlds import LAT, alert, deliveries, plan, positions, raised, records, updated

ACT = Act(alert=0, step=0, due_ns=0, sent_ns=MS // 2, alert_id="A")
WAY = Way(*(round(at_ms * MS) for at_ms in (1.0, 1.1, 1.3, 1.6, 3.0, 4.0, 4.5, 9.0)))
METRICS = """\
# HELP samverkan_append_seconds Each append to the log, failed or not
# TYPE samverkan_append_seconds histogram
samverkan_append_seconds_bucket{le="0.001"} 6.0
samverkan_append_seconds_bucket{le="0.01"} 9.0
samverkan_append_seconds_bucket{le="+Inf"} 10.0
samverkan_append_seconds_count 10.0
samverkan_append_seconds_sum 0.05
samverkan_outbox_bytes 4096.0
samverkan_frames_total{kind="alert",world="real"} 3.0
"""


def made(lost: bool = False) -> Report:
    """One red, corrected, and one yellow's worth of a server's life; for an actor who knows HTML by name."""
    it: Plan = plan([LAT, LAT, LAT], alert(steps=(Step(1.0, text="words <b>", wrong="It was not so."),)))
    came = [(1, 120 * MS, 1, True), (2, 121 * MS, 1, True), (1, 1_020 * MS, 2, False), (2, 1_021 * MS, 2, False)]
    begin, change = raised(100 * MS, 110 * MS), updated(1, 1_000 * MS, 1_010 * MS)
    begin.due_ns = 100 * MS
    found = records(
        positions(*((client, LAT, 0, 10) for client in range(3))),
        [begin, change],
        deliveries(*came[: 2 if lost else 4]),
    )
    sampled = Sampled(
        [Sample(second * 1_000 * MS, second / 10, 50_000, 0.004, 4_096.0, 0.0) for second in range(8)],
        commits({}, figures(METRICS)),
    )
    load = ServerLoad(cpu_s=0.5, elapsed_s=7.0, rss_before_kib=40_000, rss_connected_kib=50_000)
    return Report(
        profile=workload.load("gamla-stan-day"),
        clients=3,
        seconds=7.0,
        seed=1,
        records=found,
        verdict=judge(it, found, alone=True),
        load=load,
        sampled=sampled,
        floor_us=10.5,
    )


class Seen(HTMLParser):
    """What a page would load, and whether its tags fit."""

    VOID = frozenset({"meta", "img", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.open: list[str] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [value or "" for name, value in attrs if name in ("src", "href", "data", "srcset", "action")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_loads_nothing_from_elsewhere() -> None:
    text = page(made())
    seen = Seen(text)
    assert seen.open == []
    assert len(seen.loads) == 5  # latency of red, its way, the window, the guardians, the server
    assert all(one.startswith("data:image/png;base64,iVBOR") for one in seen.loads)
    assert not {"script", "link", "iframe", "object", "form"} & set(seen.tags)
    assert not re.search(r"https?:|url\(|@import", text)
    assert 'name="viewport"' in text
    words = re.sub(r"data:image[^\"]*", "", text)
    for said in ("T1", "T8", "exactly once", "Loopback is not a mobile network", "seed 1", "cores", "Open loop", "R10"):
        assert said in words


def test_what_went_wrong_is_the_first_thing_said() -> None:
    assert "Everybody who had to get an alert got it, exactly once" in sentence(made())
    assert "Not everybody got what was theirs: 2 lost" in sentence(made(lost=True))
    report = made()
    late = Generator(cpu=0.99, lag_ns=np.zeros(1, np.int64), late_ns=np.zeros(1, np.int64))
    busy = replace(report, records=replace(report.records, generators=[late]))
    assert "This run is not valid, and proves nothing" in sentence(busy)


def test_a_busy_neighbour_is_told_at_the_top() -> None:
    report = made()
    assert report.load is not None
    told = "Meanwhile other programs used 50% of the server"
    assert told in "".join(neighbours(replace(report, load=replace(report.load, others=0.5))))
    assert neighbours(report) == []


def test_a_run_without_alerts_has_a_page_too() -> None:
    report = made()
    report.verdict.timings.clear()
    report.verdict.latencies.clear()
    report.sampled.samples.clear()
    text = page(report)
    assert text.count("No red alert reached anybody") == 2
    assert Seen(text).loads == []


def test_the_stretches_of_a_red_add_up_to_the_whole() -> None:
    trips = timeline.trips([RED], [ACT], {"A": WAY})
    parts = timeline.stretches(trips)
    assert [round(part.took_ms, 3) for part in parts] == [0.5, 0.5, 0.1, 0.2, 0.3, 1.4, 1.0, 0.5, 4.5, 1.0]
    assert sum(part.took_ms for part in parts) == pytest.approx(RED.last_ns / MS)
    assert timeline.server_ns(trips) == [8 * MS]
    sooner = replace(RED, last_ns=8 * MS)  # the last phone had read it when the server came back from its last write
    assert timeline.single(timeline.trips([sooner], [ACT], {"A": WAY})[0])[-1].took_ms == 0
    assert timeline.slowest([*trips, *timeline.trips([sooner], [ACT], {"A": WAY})]) == trips[0]


def test_a_way_that_was_not_seen_whole_is_in_no_stretch() -> None:
    for ways in ({}, {"B": WAY}, {"A": WAY._replace(stored=0)}):
        assert timeline.trips([RED], [ACT], ways) == []
    told = timeline.as_json([], 1)
    assert (told["reds"], told["seen"], told["stretches"]) == (1, 0, [])
    assert told["not_seen"] == ["parse", "check", "turn", "commit", "choose", "queue", "write"]
    assert [one["stretch"] for one in timeline.as_json(timeline.trips([RED], [ACT], {"A": WAY}), 1)["stretches"]] == [
        name for name, _, _ in timeline.STRETCHES
    ]


def test_what_is_seen_from_outside_adds_up_too() -> None:
    parts = timeline.outside([replace(RED, sent_ns=MS // 10)], Commits(count=4, at_most=((0.002, 4),)))
    assert [round(part.took_ms, 3) for part in parts] == [0.1, 0.9, 1.0, 1.0, 7.0]
    assert sum(part.took_ms for part in parts) == pytest.approx(RED.last_ns / MS)
    early = timeline.outside([replace(RED, first_ns=MS)], Commits())  # a phone was sooner than the sender's own answer
    assert all(part.took_ms >= 0 for part in early)
    assert sum(part.took_ms for part in early) == pytest.approx(10)
    assert timeline.outside([], Commits()) == timeline.stretches([]) == []


def test_the_page_says_what_was_not_seen_of_a_server_that_is_not_ours() -> None:
    report = made()
    assert "Not seen in this run" in page(report)
    way = Way(*(at_ns + 101 * MS for at_ns in range(len(Way._fields))))
    text = page(replace(report, ways={"A": way}))
    assert "Not seen in this run" not in text
    assert "Of 1 reds the way of 1 was seen whole" in text


def test_what_the_server_says_of_its_commits_counts_from_the_beginning_of_the_run() -> None:
    before = figures('samverkan_append_seconds_bucket{le="0.001"} 5.0\nsamverkan_append_seconds_count 5.0\n')
    found = commits(before, figures(METRICS))
    assert (found.count, found.at_most) == (5, ((0.001, 1), (0.01, 9), (float("inf"), 10)))
    assert commits({}, figures(METRICS)).mean_s == pytest.approx(0.005)
    assert commits({}, figures(METRICS)).at_most_s(60) == 0.001
    assert commits({}, figures(METRICS)).at_most_s(90) == 0.01
    assert commits({}, figures(METRICS)).median_s == pytest.approx(0.001 * 5 / 6)
    assert Commits(count=4, at_most=((0.001, 0), (0.003, 4))).median_s == pytest.approx(0.002)
    assert Commits(count=4, at_most=((0.001, 0), (float("inf"), 4))).median_s == 0.001
    assert (Commits().mean_s, Commits().median_s, Commits().at_most_s(99)) == (None, None, None)
    assert ("frames_total", "") not in figures(METRICS)  # it has labels


def test_stalls_from_before_the_run_are_not_the_runs() -> None:
    samples = [Sample(second * 1_000 * MS, loop_lag_s=0.5 if second < 14 else 0.01) for second in range(20)]
    assert Sampled(samples).worst_lag_s(start_ns=9_000 * MS) == 0.01
    assert Sampled(samples[:10]).worst_lag_s(start_ns=9_000 * MS) is None


def test_guardians_are_lost_ever_faster_until_the_suspect_is_out_of_the_circle() -> None:
    assert guardians.ahead(500, 0) == 500
    assert guardians.ahead(500, guardians.OUT_OF_IT_S) == pytest.approx(0, abs=1e-9)
    assert guardians.ahead(500, 1_000) == guardians.cost_per_s(500, 1_000) == guardians.on_the_way(500, 1_000) == 0
    for after_s in (10.0, 60.0, 200.0):
        step = guardians.ahead(500, after_s - 0.5) - guardians.ahead(500, after_s + 0.5)
        assert guardians.cost_per_s(500, after_s) == pytest.approx(step)
        assert guardians.on_the_way(500, after_s) < guardians.ahead(500, after_s)
