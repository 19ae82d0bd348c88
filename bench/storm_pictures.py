"""The plots of a reconnect storm: when all are back, and what reds took meanwhile."""

import numpy as np
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.pictures import BLUE, GREY, WIDE_IN, png
from bench.plot import COLOUR
from bench.records import NEVER
from bench.storm_report import StormReport


def back(report: StormReport) -> bytes:
    """How many have come to the door, and how many are in and have what they missed, second by second."""
    figure, axes = pyplot.subplots(figsize=(WIDE_IN, 3.3))
    knocked = [one.visits[0].knocked_ns for one in report.returns]
    live = [one.visits[-1].live_ns for one in report.returns if one.visits[-1].live_ns != NEVER]
    for times, label, style in ((knocked, "first attempt", "--"), (live, "caught up", "-")):
        at_s = (np.sort(np.array(times)) - report.first_ns) / 1e9
        axes.step(at_s, np.arange(1, len(at_s) + 1), style, where="post", color=BLUE, label=label)
    axes.set_xlabel("seconds since the first came back")
    axes.set_ylabel("members")
    return _finished(axes, figure)


def reds(report: StormReport) -> bytes:
    """How long each red took to the last of those connected, before the storm and during it, in the order of length."""
    figure, axes = pyplot.subplots(figsize=(WIDE_IN, 3.3))
    for during, label, style in ((False, "before", ":"), (True, "during the storm", "-")):
        took_ms = np.sort(report.reds_ms(during=during))
        if len(took_ms):
            share = 100 * (np.arange(len(took_ms)) + 0.5) / len(took_ms)
            axes.plot(share, took_ms, style, marker=".", color=COLOUR["red"], label=f"{label}, {len(took_ms)} reds")
    axes.set_xlabel("percentile of reds")
    axes.set_ylabel("ms to the last of those connected")
    return _finished(axes, figure)


def _finished(axes: Axes, figure: Figure) -> bytes:
    axes.set_ylim(bottom=0)
    axes.grid(True, color=GREY, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=9)
    return png(figure)
