"""The reconnect storm as a profile of the deadline bench: bench/storm.py plays it, and the answer has the same form."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console

from bench import machine, storm, storm_pictures
from bench.document import document, heading, items, pairs, paragraph, picture, promises, verdict
from bench.promises import Facts, Judged, lines, time_budget
from bench.spans import figures_ms
from bench.storm_report import StormReport
from bench.workload import BadProfile, Profile

CAVEATS = (
    "All on one machine, over loopback: the clients' process comes back, reads and judges on the other core.",
    "Those who return are people of storm.py's own, in groups of 20 to 150 each; those connected meanwhile are 200 "
    "near one spot, without a room.",
    "A promise of 10,000 is not proven by fewer.",
)


def run(profile: Profile, clients: int, seed: int, out: Path, console: Console, *, own: bool) -> bool:
    """Whether it passed. Raises BadProfile if it is to be against a server that is not the bench's own."""
    assert profile.storm is not None
    if not own:
        raise BadProfile(f"{profile.name} cuts everybody off at once: only with a server of its own, without --url")
    given = profile.storm
    options = storm.Options(
        clients=clients,
        missed=given.missed,
        away_s=given.away_s,
        within_s=given.within_s,
        watchers=given.watchers,
        red_every_s=given.red_every_s,
        how="cut",
        patience_s=3 * given.within_s,
        seed=seed,
        generators=storm.processes(clients),
    )
    out.mkdir(parents=True, exist_ok=True)
    report = storm.run(options, out, console)
    rows = judged(report)
    console.print(report.as_table(), *lines(rows), sep="\n")
    (out / "deadline.json").write_text(json.dumps(as_json(profile, report), indent=2) + "\n")
    (out / "deadline.html").write_text(page(profile, report))
    console.print(f"{out / 'deadline.html'}, {out / 'deadline.json'}")
    return report.passed


def facts(report: StormReport) -> Facts:
    faults = report.verdict.faults.total() + report.red_verdict.faults.total()
    return Facts(
        timings=(),
        connected=report.stayers.connected,
        valid=not report.invalid_because,
        faults=faults,
        storm_ms=report.reds_ms(during=True),
        returned=report.verdict.back,
    )


def judged(report: StormReport) -> list[Judged]:
    return time_budget(facts(report))


def as_json(profile: Profile, report: StormReport) -> dict[str, Any]:
    """What every deadline.json has, where a storm can say it, and all that a storm says."""
    reds = report.reds_ms(during=True)
    red = figures_ms(reds * 1e6) if len(reds) else {}
    both = Counter[str](report.verdict.faults) + Counter[str](report.red_verdict.faults)
    return {
        "profile": profile.name,
        "seed": report.seed,
        "clients": report.clients,
        "valid": not report.invalid_because,
        "invalid_because": report.invalid_because,
        "passed": report.passed,
        "lost": both["lost"] + both["never live"],
        "duplicate": both["duplicate"] + both["doubled"],
        "wrong": both["wrong"],
        "connected": report.stayers.connected + report.verdict.back,
        "last_recipient_ms": {"red": red} if red else {},
        "server_cpu_us_per_delivery": None,
        "floor_cpu_us_per_delivery": None,
        "rss_kib_per_connection": None,
        "settings": {"server": {}, "world": "exercise"},
        "time_budget": [one.as_json() for one in judged(report)],
        "storm": report.as_json(),
        "machine": machine.describe(),
    }


def page(profile: Profile, report: StormReport) -> str:
    faults = facts(report).faults
    if report.invalid_because:
        sentence = verdict(f"This run is not valid, and proves nothing: {'; '.join(report.invalid_because)}.", "open")
    elif report.passed:
        sentence = verdict("All are back, with everything they had missed, once and in order; reds went on.", "good")
    else:
        sentence = verdict(f"Not all went as promised: {faults:,} faults; see the targets below.", "bad")
    targets = [(one.name, one.line().plain) for one in report.targets]
    return document(
        f"The deadline report: {profile.name}",
        [
            "<h1>Does everybody get the alert in time, while thousands come back?</h1>",
            paragraph(f"{profile.summary}. {report.clients:,} came back; each had missed {report.missed:.0f} events."),
            sentence,
            promises(judged(report)),
            heading("The storm's own targets"),
            pairs(targets),
            *_pictures(report),
            heading("Figures"),
            items(report.lines()),
            heading("What this does not show"),
            items(CAVEATS),
        ],
    )


def _pictures(report: StormReport) -> list[str]:
    if not report.returns:
        return [paragraph("Nobody came back.")]
    return [
        picture(
            storm_pictures.back(report),
            "How many had knocked and how many were back, by second",
            "Who comes back, and who has everything that was missed: the space between the lines is the wait.",
        ),
        picture(
            storm_pictures.reds(report),
            "What reds took before the storm and during it",
            "Reds to those who stayed connected, in the order of how long they took to the last of them.",
        ),
    ]
