"""What the server's time means: its share of the five minutes, and what a second of delay costs."""

from statistics import median
from typing import Final

from bench import guardians, pictures
from bench.document import paragraph, picture
from bench.report import Report

POLLING_S: Final = 60.0  # how often an app without a connection might ask
MARKS: Final = ("with this server", "asking every minute, on average", "and at worst")


def worth(report: Report) -> list[str]:
    figures = report.by_level("alert", "last").get("red")
    if not figures:
        return [paragraph("No red alert reached anybody in this run.")]
    server_s = figures["p99"] / 1e3
    return [*_window(figures, server_s), "<h3>What a second of delay costs</h3>", *_delay(report, server_s)]


def _window(figures: dict[str, float], server_s: float) -> list[str]:
    half, most, slowest = (f"{figures[at]:,.1f} ms, or {figures[at] / 3_000:.4f} %" for at in ("p50", "p99", "max"))
    return [
        paragraph(
            "The mission counts five minutes, from when somebody begins to notice until the act would happen. People "
            f"and networks need about {guardians.PEOPLE_S:.0f} s of them (the middle of the mission's spans). Until "
            f"the last recipient had it, half of the reds took at most {half} of the window; 99 in 100 took at most "
            f"{most}; and the slowest took {slowest}."
        ),
        picture(
            pictures.window(server_s),
            "Five minutes as a bar: noticing, pressing, networks, the server, reading, and what is left to act",
            "The five minutes. The server's part (p99) is where the red line is, and thinner than that line.",
        ),
    ]


def _delay(report: Report, server_s: float) -> list[str]:
    told = int(median([one.near for one in report.reds if one.near] or [0]))
    if not told:
        return [paragraph("No red of this run went to people for being near: they were for groups only.")]
    knows_s = guardians.PEOPLE_S + server_s
    moments = (knows_s, knows_s + POLLING_S / 2, knows_s + POLLING_S)
    cost = guardians.cost_per_s(told, guardians.PEOPLE_S)
    usual, worst = (guardians.ahead(told, knows_s) - guardians.ahead(told, at_s) for at_s in moments[1:])
    strip = guardians.on_the_way(told, 0) - guardians.on_the_way(told, 1)
    on_the_way = guardians.on_the_way(told, guardians.PEOPLE_S)
    return [
        paragraph(
            f"Somebody who leaves on foot at {guardians.SPEED_M_S} m/s, nobody knows which way, can be anywhere "
            f"within {guardians.SPEED_M_S} m times the seconds since. Of the people who were told for being near, "
            "only those further out than that can still notice that person: the ring in which they are is the area "
            f"that still matters. Here {told:,} were told (the median red of this run), taken as even over a circle "
            f"of {guardians.RADIUS_M:.0f} m."
        ),
        paragraph(
            f"When they know after {guardians.PEOPLE_S:.0f} s, each second more costs {cost:.2f} guardians. The p99 "
            f"of this server costs {cost * server_s:.4f}. An app that asks once a minute instead of being told would "
            f"cost {usual:,.0f} on average and {worst:,.0f} at worst."
        ),
        picture(
            pictures.still_ahead(told, tuple(zip(MARKS, moments, strict=True))),
            "Guardians still ahead of somebody on foot, falling with the seconds until they know",
            "ahead(t) = N (1 − (v t / R)²), so at t each second costs 2 N v² t / R². It is an upper bound: a straight "
            f"way out passes only those in sight of it. With {guardians.SIGHT_M:.0f} m of sight to each side these "
            f"are {on_the_way:.1f} after {guardians.PEOPLE_S:.0f} s, and each second costs {strip:.3f} of them: N 2 s "
            "v / (π R²).",
        ),
    ]
