"""The report's pictures. Needs matplotlib, which a server runs without."""

from pathlib import Path
from typing import Final

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from realtime.messages import LEVEL_NUMBER
from realtime.report.tables import HOURS, SIZES, WITHIN, Table
from realtime.suppressing import Told

# Told apart by lightness and hatching too, not by colour alone (R34).
_STYLES: Final = {"red": ("#b3261e", ""), "yellow": ("#e8a317", "//"), "info": ("#7aa5c9", "..")}


def hours(here: Table, file: Path) -> None:
    """Alerts by hour of the day, a bar a level, one on the other."""
    fig, axes = plt.subplots(figsize=(7, 2.6), layout="constrained")
    below = [0] * len(HOURS)
    numbers = dict(here.rows)
    for level in LEVEL_NUMBER:
        heights = [_height(numbers[(level, hour)]) for hour in HOURS]
        colour, hatch = _STYLES[level]
        axes.bar(HOURS, heights, bottom=below, label=level, color=colour, hatch=hatch, edgecolor="white", linewidth=0.5)
        below = [low + height for low, height in zip(below, heights, strict=True)]
    axes.set_xlabel("hour of the day")
    _finish(fig, axes, file)


def by_size(messages: Table, alerts: Table, file: Path) -> None:
    """Activity in open and locked groups by their size."""
    fig, both = plt.subplots(1, 2, figsize=(7, 2.6), layout="constrained")
    for axes, table, what in zip(both, (messages, alerts), ("messages", "alerts"), strict=True):
        numbers = dict(table.rows)
        for shift, lock, colour, hatch in ((-0.2, "open", "#4a7a5c", ""), (0.2, "locked", "#b9c9a8", "//")):
            heights = [_height(numbers[(lock, size)]) for size in SIZES]
            places = [place + shift for place in range(len(SIZES))]
            axes.bar(places, heights, 0.4, label=lock, color=colour, hatch=hatch, edgecolor="white", linewidth=0.5)
        axes.set_xticks(range(len(SIZES)), SIZES)
        axes.set_xlabel("members of the group")
        axes.set_title(what, fontsize=9, loc="left")
        axes.legend(frameon=False, fontsize=8, ncols=3, loc="lower right", bbox_to_anchor=(1, 1))
        axes.spines[["top", "right"]].set_visible(False)
    fig.savefig(file, dpi=120)
    plt.close(fig)


def answers(table: Table, file: Path) -> None:
    """How soon somebody answered, for each level."""
    fig, axes = plt.subplots(figsize=(7, 2.6), layout="constrained")
    numbers = dict(table.rows)
    for number, level in enumerate(LEVEL_NUMBER):
        colour, hatch = _STYLES[level]
        heights = [_height(numbers[(level, within)]) for within in WITHIN.values()]
        places = [place + 0.27 * (number - 1) for place in range(len(WITHIN))]
        axes.bar(places, heights, 0.27, label=level, color=colour, hatch=hatch, edgecolor="white", linewidth=0.5)
    axes.set_xticks(range(len(WITHIN)), WITHIN.values())
    axes.set_xlabel("first answer by somebody else within")
    _finish(fig, axes, file)


def _height(told: Told) -> int:
    return told if isinstance(told, int) else 0


def _finish(fig: Figure, axes: Axes, file: Path) -> None:
    axes.set_ylabel("alerts")
    axes.margins(x=0.01)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8, ncols=3, loc="lower right", bbox_to_anchor=(1, 1))
    fig.savefig(file, dpi=120)
    plt.close(fig)
