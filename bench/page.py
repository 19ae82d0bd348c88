"""The deadline report: what a run says about the minutes before a crime, in words and pictures, on one page."""

import json
from statistics import median

from bench import machine, pictures, timeline
from bench.document import cards, document, heading, items, pairs, paragraph, picture, promises, table, verdict
from bench.judge import Latencies
from bench.page_method import CAVEATS, METHOD
from bench.page_worth import worth
from bench.report import FAULTS, LEVELS, ROWS, Report
from bench.spans import figures_ms
from bench.timeline import Part
from bench.vitals import Neighbours


def page(report: Report) -> str:
    return document(
        f"The deadline report: {report.profile.name}",
        [
            *_top(report),
            heading("How long it takes to reach everybody"),
            *_latency(report),
            heading("A red alert from press to last phone"),
            *_way(report),
            heading("The server's share of five minutes"),
            *worth(report),
            heading("The server during the run"),
            *_vitals(report),
            heading("How it was measured"),
            items(METHOD),
            *_facts(report),
            heading("What this does not show"),
            items(CAVEATS),
        ],
    )


# --- the top ---------------------------------------------------------------------------------------------------------


def _top(report: Report) -> list[str]:
    return [
        "<h1>Does everybody get the alert in time?</h1>",
        paragraph(
            f"{report.profile.summary}. {report.records.connected:,} were connected for {report.seconds:,.0f} seconds, "
            f"and {report.verdict.raised:,} alerts were raised. {_deaf(report)}Profile: {report.profile.name}."
        ),
        sentence(report),
        *neighbours(report),
        cards(_cards(report)),
        "<h3>What was promised (the time budget, T1 to T8)</h3>",
        promises(report.time_budget),
        "<h3>What it is built for, so that the promise holds on a bad day</h3>",
        promises(one for one in report.design if one.state != "elsewhere"),
        paragraph(_elsewhere(report), "quiet"),
        paragraph(
            "Times are those of the last recipient of each alert, from the moment it was due. p50: half of the alerts "
            "were as fast; p99: all but one in a hundred.",
            "quiet",
        ),
    ]


def _elsewhere(report: Report) -> str:
    names = ", ".join(one.name for one in report.design if one.state == "elsewhere")
    return f"Not in this run: {names}. `make bench` measures everything in one report."


def _deaf(report: Report) -> str:
    few = "read nothing, as phones that died; no alert is counted for those. "
    return f"{report.deaf:,} of them {few}" if report.deaf else ""


def neighbours(report: Report) -> list[str]:
    others = report.load.others if report.load else 0.0
    if others <= Neighbours.MAX_SHARE:
        return []
    return [
        paragraph(
            f"Meanwhile other programs used {others:.0%} of the server's core: every time here is longer for it.",
            "quiet",
        )
    ]


def sentence(report: Report) -> str:
    if report.invalid_because:
        return verdict(
            "This run is not valid, and proves nothing: "
            + "; ".join(report.invalid_because)
            + ". The figures below are shown for what they are.",
            "open",
        )
    wrong = ", ".join(f"{report.verdict.faults[fault]:,} {fault}" for fault in FAULTS if report.verdict.faults[fault])
    if wrong or report.verdict.unanswered:
        unanswered = f"{report.verdict.unanswered:,} without an answer" if report.verdict.unanswered else ""
        return verdict(f"Not everybody got what was theirs: {', '.join(filter(None, (wrong, unanswered)))}.", "bad")
    kept = (
        f"Everybody who had to get an alert got it, exactly once, and nobody else did: {report.verdict.expected:,} of "
        f"{report.verdict.expected:,}."
    )
    if report.passed:
        return verdict(kept, "good")
    cut = report.records.closed.total()
    return verdict(f"{kept} But {cut:,} connections ended early, or something was refused: see below.", "open")


def _cards(report: Report) -> list[tuple[str, str]]:
    found = []
    for level in ("red", "yellow"):
        figures = report.by_level("alert", "last").get(level)
        if figures:
            found.append(
                (
                    f"{figures['p50']:,.1f} ms",
                    f"{level} at the last phone, half of the alerts; p99 {figures['p99']:,.1f} ms",
                )
            )
    faults = report.verdict.faults.total()
    found.append((f"{faults:,}", f"lost, doubled, wrong or out of order, of {report.verdict.delivered:,} frames"))
    if report.load:
        found.append(
            (f"{report.rss_kib_per_connection:,.1f} KiB", "memory of the server for each connection, all included")
        )
    return found


# --- latency and the way ---------------------------------------------------------------------------------------------


def _latency(report: Report) -> list[str]:
    parts = []
    for level in LEVELS:
        latencies = report.verdict.latencies.get(("alert", level), Latencies())
        if latencies.last:
            worst = max(latencies.last) / 1e6
            parts.append(
                picture(
                    pictures.latency(level, latencies),
                    f"Latency of {level} alerts by percentile; the slowest reached its last recipient after "
                    f"{worst:.1f} ms",
                    f"{level.capitalize()}: how long until the first, the median and the last recipient had it. "
                    "Further to the right are the slower alerts; each step to the right is as rare again.",
                )
            )
    rows = []
    for what, which, label in ROWS:
        for level, figures in report.by_level(what, which).items():
            numbers = (f"{figures[name]:,.1f}" for name in ("p50", "p90", "p99", "max"))
            rows.append((f"{label}, {level}", f"{figures['count']:,}", *numbers))
    if report.verdict.chat.last:
        figures = figures_ms(report.verdict.chat.last)
        numbers = (f"{figures[name]:,.1f}" for name in ("p50", "p90", "p99", "max"))
        rows.append(("message to a room, last member", f"{figures['count']:,}", *numbers))
    return [*parts, table(("milliseconds", "how many", "p50", "p90", "p99", "max"), rows)]


def _way(report: Report) -> list[str]:
    reds, trips = report.reds, report.trips
    if not reds:
        return [paragraph("No red alert reached anybody in this run.")]
    if not trips:
        not_seen = ", ".join(timeline.IN_SERVER)
        return [
            *_drawn(timeline.outside(reds, report.sampled.commits), len(reds), [one.last_ns for one in reds]),
            paragraph(
                f"Not seen in this run, for that is inside of the server: each of {not_seen} by itself.", "quiet"
            ),
        ]
    slowest = timeline.slowest(trips)
    told = ", ".join(f"{part.name} {part.took_ms:.2f} ms" for part in timeline.single(slowest))
    took_ms = (slowest.last_ns - slowest.due_ns) / 1e6
    return [
        *_drawn(timeline.stretches(trips), len(trips), [it.last_ns - it.due_ns for it in trips]),
        paragraph(f"Of {len(reds):,} reds the way of {len(trips):,} was seen whole.", "quiet"),
        paragraph(f"The slowest of them ({took_ms:.1f} ms): {told}.", "quiet"),
    ]


def _drawn(parts: list[Part], count: int, whole_ns: list[int]) -> list[str]:
    whole_ms, median_ms = sum(part.took_ms for part in parts), median(whole_ns) / 1e6
    return [
        picture(
            pictures.way(parts),
            f"The way of a typical red in {len(parts)} stretches, {whole_ms:.1f} ms in all",
            f"A typical red: the median of each stretch over {count:,} reds. Each is a median of its own: together "
            f"they are {whole_ms:.1f} ms, and the median of the whole is {median_ms:.1f} ms.",
        ),
        pairs((f"{part.name}: {part.took_ms:.2f} ms", part.source) for part in parts),
    ]


# --- the server and the machine --------------------------------------------------------------------------------------


def _vitals(report: Report) -> list[str]:
    sampled, load = report.sampled, report.load
    if not sampled.samples:
        return [paragraph("The server told nothing of itself.")]
    reds = {one.alert for one in report.reds}
    reds_s = [(act.due_ns - report.start_ns) / 1e9 for act in report.records.acts if not act.step and act.alert in reds]
    told = []
    if (lag_s := sampled.worst_lag_s(report.start_ns)) is not None:
        told.append(f"its loop never stood still for longer than {lag_s * 1e3:,.1f} ms")
    if load:
        told.append(f"it used {load.cpu_s / load.elapsed_s:.0%} of its core, and other programs {load.others:.0%}")
        told.append(f"{report.cpu_us_per_delivery:,.1f} µs of processor time for each frame, all its work counted")
    if report.floor_us:
        told.append(f"where a bare loop of writes takes {report.floor_us:,.1f} µs")
    if sampled.commits.mean_s is not None:
        p99_s = sampled.commits.at_most_s(99)
        slow = f", 99 in 100 at most {p99_s * 1e3:,.3g} ms" if p99_s is not None else ""
        told.append(
            f"it stored {sampled.commits.count:,} times, in {sampled.commits.mean_s * 1e3:,.2f} ms on average{slow}"
        )
    return [
        paragraph(f"{'; '.join(told).capitalize()}." if told else ""),
        picture(
            pictures.vitals(sampled.samples, report.start_ns, reds_s),
            "Loop stalls, processor, memory and outboxes of the server over the run",
            "What the server was like during the run. Outboxes hold what slow phones have not taken yet.",
        ),
    ]


def _facts(report: Report) -> list[str]:
    verdict_, records = report.verdict, report.records
    generators = "; ".join(
        f"processor {one['cpu']:.0%}, loop lag p99 {one['lag_ms']['p99']:.1f} ms, alerts left "
        f"{one['late_ms']['p99']:.2f} ms late"
        for one in report.as_json()["generator"]
    )
    settings = "; ".join(f"{name}: {_setting(value)}" for name, value in report.settings.items())
    return [
        pairs(
            (
                ("Machine", machine.line()),
                ("Settings of this profile", settings),
                ("Played again with", f"seed {report.seed}, {report.clients:,} members, {report.seconds:g} s"),
                (
                    "Judged",
                    f"{verdict_.expected:,} alerts to people who had to get them, {verdict_.delivered:,} frames in "
                    f"all, {verdict_.band:,} pairs for which either answer was right ({verdict_.band_received:,} got "
                    f"it), {verdict_.walked_in:,} walked in later; {len(records.positions.client):,} positions",
                ),
                ("Load generator (a busy one makes a run invalid)", generators),
            )
        )
    ]


def _setting(value: object) -> str:
    """A table of settings as in a settings file, on one line."""
    if not isinstance(value, dict):
        return str(value)
    told = [f"{table}.{name} = {json.dumps(it)}" for table, fields in value.items() for name, it in fields.items()]
    return ", ".join(told) or "all at their defaults"
