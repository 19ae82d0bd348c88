"""Latency by percentile as a picture: the first, the median and the last recipient of each alert, a panel a level."""

from pathlib import Path

import matplotlib
import numpy as np
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from bench import machine
from bench.judge import Latencies
from bench.report import LEVELS, Report
from realtime.messages import Level

matplotlib.use("Agg")

COLOUR: dict[Level, str] = {"red": "#c0262d", "yellow": "#a87900", "info": "#2a6f97"}
LINES = (("last", "-", 2.0), ("median", "--", 1.5), ("first", ":", 1.5))
PERCENTILES = (0, 50, 75, 90, 95, 99, 99.9)


def draw(report: Report, path: Path) -> None:
    """Write a PNG. Nothing is drawn of a level that had no alerts."""
    levels = [level for level in LEVELS if report.verdict.latencies.get(("alert", level), Latencies()).last]
    figure, panels = pyplot.subplots(
        1, max(1, len(levels)), figsize=(4.6 * max(1, len(levels)) + 0.6, 4.8), sharey=True, squeeze=False
    )
    for level, axes in zip(levels, panels[0], strict=False):
        panel(axes, level, report.verdict.latencies["alert", level])
    bottom, top = panels[0][0].get_ylim()
    panels[0][0].set_ylim(bottom, top * 2.5)  # room for the legends
    panels[0][0].set_ylabel("milliseconds from the moment it was due")
    faults = ", ".join(f"{report.verdict.faults[fault]} {fault}" for fault in ("lost", "duplicate", "wrong"))
    figure.suptitle(
        f"{report.profile.name}: {report.records.connected:,} connected, {report.verdict.delivered:,} frames, {faults}"
        + ("  (INVALID RUN)" if report.invalid_because else ""),
        x=0.01,
        ha="left",
        fontsize=12,
        fontweight="bold",
    )
    figure.text(0.01, 0.012, machine.line(), fontsize=7.5, color="#555555")
    figure.tight_layout(rect=(0, 0.035, 1, 0.98))
    figure.savefig(path, dpi=130)
    pyplot.close(figure)


def panel(axes: Axes, level: Level, latencies: Latencies) -> None:
    alerts = len(latencies.last)
    for which, style, width in LINES:
        values_ms = np.sort(np.array(getattr(latencies, which))) / 1e6
        axes.step(
            nines(100 * (np.arange(alerts) + 0.5) / alerts),
            values_ms,
            style,
            where="mid",
            color=COLOUR[level],
            linewidth=width,
            label=f"{which} recipient",
        )
    by_percentile(axes, alerts)
    axes.set_xlabel("percentile of alerts")
    axes.set_title(f"{level}, {alerts} alerts", color=COLOUR[level], loc="left", fontsize=11)
    axes.legend(frameon=False, fontsize=9, loc="upper left")


def by_percentile(axes: Axes, count: int) -> None:
    """Scales and grid for so many values: up to the percentile that they can tell of."""
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    ticks = [percentile for percentile in PERCENTILES if percentile <= 100 * (1 - 0.5 / count)]
    axes.set_xticks(nines(np.array(ticks)), [f"{percentile:g}" for percentile in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(True, which="both", color="#e4e4e4", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def nines(percentiles: np.ndarray) -> np.ndarray:
    """HdrHistogram's own scale: each nine takes as much room as the one before."""
    return -np.log10(1 - percentiles / 100)
