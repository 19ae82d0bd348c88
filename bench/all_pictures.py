"""The pictures of all targets: how each figure stands to its bound, and what becomes of an alert."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib import pyplot
from matplotlib.axes import Axes

from bench.pictures import GREY, INK, WIDE_IN, draw_way, png
from bench.plot import COLOUR, by_percentile, nines
from bench.rows import Results, Row
from bench.timeline import Part

FAR: Final = 2.0  # times its bound: a longer bar would say no more
SHADE: Final = {"met": "#1b7f4d", "missed": "#b3261e", "unproven": "#9a6700"}
WORDS: Final[dict[str, Any]] = {"fontsize": 9.5, "va": "center", "color": INK}
PAPER: Final = {"facecolor": "white", "edgecolor": "none", "pad": 0.3}
LINES: Final = (("red", COLOUR["red"], "-"), ("yellow", COLOUR["yellow"], "--"), ("chat", COLOUR["info"], ":"))


def bars(rows: Sequence[Row]) -> bytes:
    """Nothing if no row has a figure."""
    count = _count(rows)
    if not count:
        return b""
    figure, axes = pyplot.subplots(figsize=(WIDE_IN, 0.42 * count + 0.7))
    _bars(axes, rows)
    return png(figure)


def alerts(results: Results) -> bytes:
    """Nothing without alerts."""
    told = results.get("alerts", {})
    if not told.get("case_ms") or not _way(told):
        return b""
    figure, (above, below) = pyplot.subplots(2, 1, figsize=(WIDE_IN, 7.2), height_ratios=(1, 1))
    _latency(above, told["case_ms"])
    draw_way(below, _way(told))
    figure.tight_layout(h_pad=2.0)
    return png(figure)


def draw(rows: Sequence[Row], results: Results, line: str, path: Path) -> None:
    """All of it in one picture for the README."""
    told = results.get("alerts", {})
    high = 0.42 * max(1, _count(rows))
    figure = pyplot.figure(figsize=(11.5, 4.6 + high))
    grid = figure.add_gridspec(2, 2, height_ratios=(3.6, high), hspace=0.2, wspace=0.5)
    latency, way = figure.add_subplot(grid[0, 0]), figure.add_subplot(grid[0, 1])
    _latency(latency, told.get("case_ms", {}))
    draw_way(way, _way(told))
    targets = figure.add_subplot(grid[1, :])
    _bars(targets, rows)
    for axes, title in (
        (latency, "until the last of 650 has a red or a yellow, of 150 a message"),
        (way, "a typical red, from the press to the last phone"),
        (targets, "each target"),
    ):
        axes.set_title(title, loc="left", fontsize=10.5, color=INK)
    figure.text(0.125, 0.05, line, fontsize=7.5, color="#555555")
    figure.savefig(path, dpi=100, bbox_inches="tight", pad_inches=0.1)
    pyplot.close(figure)


def _bars(axes: Axes, rows: Sequence[Row]) -> None:
    at = 0
    for row in rows:
        for figure in row.figures:
            if figure.value is None:
                continue
            share = min(figure.of_bound or 0.0, FAR)
            state = "unproven" if row.state == "unproven" else "met" if figure.kept else "missed"
            axes.barh(at, share, height=0.36, color=SHADE[state])
            axes.text(0.008, at - 0.47, f"{row.name}{': ' if figure.name else ''}{figure.name}", **WORDS, bbox=PAPER)
            beyond = " and more" if (figure.of_bound or 0.0) > FAR else ""
            axes.text(share + 0.02, at, f"{figure.shown}{beyond}", **WORDS, bbox=PAPER)
            at += 1
    axes.axvline(1.0, color=INK, linewidth=1.2, zorder=0.9)
    axes.set_yticks([])
    axes.set_ylim(at - 0.5, -0.9)
    axes.set_xlim(0, FAR * 1.1)
    axes.set_xticks([0, 0.5, 1, 1.5, 2], ["0", "half", "allowed", "1.5 ×", "2 ×"], fontsize=9.5)
    axes.set_xlabel("of what is allowed; green: met, red: missed, brown: not proven", fontsize=9.5)
    axes.grid(True, axis="x", color=GREY, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _count(rows: Sequence[Row]) -> int:
    return sum(figure.value is not None for row in rows for figure in row.figures)


def _latency(axes: Axes, case_ms: Mapping[str, Sequence[float]]) -> None:
    most = 1
    for name, colour, style in LINES:
        values = np.array(case_ms.get(name, ()))
        if len(values):
            most = max(most, len(values))
            at = nines(100 * (np.arange(len(values)) + 0.5) / len(values))
            axes.step(at, values, style, where="mid", color=colour, linewidth=1.8, label=f"{name} ({len(values):,})")
    by_percentile(axes, most)
    axes.set_ylabel("ms until the last recipient")
    axes.set_xlabel("percentile")
    axes.legend(frameon=False, fontsize=9, loc="upper left")
    bottom, top = axes.get_ylim()
    axes.set_ylim(bottom, top * 1.8)  # room for the legend


def _way(told: Mapping[str, Any]) -> list[Part]:
    stretches = told.get("red_way_ms", {}).get("stretches", ())
    return [Part(one["stretch"], one["p50"], one["what"]) for one in stretches]
