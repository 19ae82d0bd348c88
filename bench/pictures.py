"""The plots of the deadline report: each one as PNG bytes, narrow enough for a phone."""

import io
from collections.abc import Sequence
from itertools import cycle

import matplotlib
import numpy as np
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench import guardians
from bench.judge import Latencies
from bench.plot import COLOUR, panel
from bench.sampling import Sample
from bench.timeline import Part
from realtime.messages import Level

matplotlib.use("Agg")
WIDE_IN, DPI = 6.4, 150
LOOKS = 100  # points of a curve that can still be told apart
GREY, INK, BLUE = "#e4e4e4", "#1f2933", "#2a6f97"
PARTS = ("#9fb3c8", "#829ab1", "#2a6f97", "#d9822b", "#c0262d")  # over and over


def latency(level: Level, latencies: Latencies) -> bytes:
    """By percentile of alerts: the first, the median and the last recipient."""
    figure, axes = pyplot.subplots(figsize=(WIDE_IN, 3.9))
    panel(axes, level, latencies)
    bottom, top = axes.get_ylim()
    axes.set_ylim(bottom, top * 3)  # room for the legend
    axes.set_ylabel("milliseconds from the press")
    return png(figure)


def way(parts: Sequence[Part]) -> bytes:
    """Stretch after stretch, each beginning where the one before ends."""
    figure, axes = pyplot.subplots(figsize=(WIDE_IN, 0.4 * len(parts) + 0.7))
    draw_way(axes, parts)
    return png(_plain(figure, axes))


def draw_way(axes: Axes, parts: Sequence[Part]) -> None:
    begin, whole = 0.0, sum(part.took_ms for part in parts) or 1.0
    for row, (part, colour) in enumerate(zip(parts, cycle(PARTS), strict=False)):
        end = begin + part.took_ms
        axes.barh(row, part.took_ms, left=begin, height=0.62, color=colour)
        # On the side where there is room, and never over a bar: each begins where the one before ends.
        at, side = (end + whole * 0.012, "left") if begin < whole * 0.6 else (begin - whole * 0.012, "right")
        axes.text(at, row, f"{part.took_ms:.2f} ms", fontsize=11, va="center", ha=side, color=INK)
        begin = end
    axes.set_ylim(len(parts) - 0.45, -0.55)
    axes.set_xlim(0, whole * 1.03)
    axes.set_yticks(range(len(parts)), [part.name for part in parts], fontsize=11)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("milliseconds since the press")
    axes.spines[["top", "right"]].set_visible(False)


def window(server_s: float) -> bytes:
    """Five minutes: what people need, what the server needs, and what is left."""
    figure, axes = pyplot.subplots(figsize=(WIDE_IN, 1.9))
    begin = 0.0
    for name, took_s, colour in (
        ("notices", guardians.NOTICES_S, "#9fb3c8"),
        ("presses red", guardians.PRESSES_S, "#829ab1"),
        ("networks", guardians.NETWORKS_S, "#627d98"),
        ("server", server_s, "#c0262d"),
        ("hears and reads", guardians.READS_S, "#486581"),
        ("left to act", guardians.WINDOW_S - guardians.PEOPLE_S - server_s, "#d9e2ec"),
    ):
        axes.barh(0, took_s, left=begin, height=0.5, color=colour, label=f"{name} {took_s:.3g} s")
        begin += took_s
    axes.axvline(guardians.PEOPLE_S - guardians.READS_S, color="#c0262d", linewidth=1.4)
    axes.set_xlim(0, guardians.WINDOW_S)
    axes.set_ylim(-0.35, 0.35)
    axes.set_yticks([])
    axes.set_xticks(range(0, 301, 60))
    axes.set_xlabel("seconds since somebody began to notice")
    axes.legend(ncol=3, frameon=False, fontsize=9, loc="upper center", bbox_to_anchor=(0.5, -0.42))
    return png(_plain(figure, axes))


def still_ahead(told: float, marks: Sequence[tuple[str, float]]) -> bytes:
    """Guardians whom a suspect on foot cannot have passed yet, by when they know; `marks` name some moments."""
    figure, axes = pyplot.subplots(figsize=(WIDE_IN, 3.7))
    after_s = np.linspace(0, guardians.OUT_OF_IT_S, 200)
    axes.plot(after_s, [guardians.ahead(told, one) for one in after_s.tolist()], color=BLUE, linewidth=2)
    for (name, at_s), colour in zip(marks, ("#c0262d", "#d9822b", INK), strict=False):
        count = guardians.ahead(told, at_s)
        axes.plot(at_s, count, "o", color=colour, markersize=7, label=f"{name}: {count:,.0f} of {told:,.0f}")
    axes.legend(frameon=False, fontsize=9.5, loc="lower left")
    axes.set_ylim(0, told * 1.12)
    axes.set_xlim(0, guardians.OUT_OF_IT_S)
    axes.set_xlabel("seconds from leaving until the guardians know")
    axes.set_ylabel("guardians still ahead")
    return png(_plain(figure, axes, grid="both"))


def vitals(samples: Sequence[Sample], start_ns: int, reds_s: Sequence[float]) -> bytes:
    """The server during the run: its loop, its core, its memory, what waits in it; a tick for each red."""
    at_s = np.array([(one.at_ns - start_ns) / 1e9 for one in samples])
    rows = [
        ("loop stall, ms\n(worst of 5 s)", [_times(one.loop_lag_s, 1e3) for one in samples]),
        ("processor,\n% of its core", _busy(samples)),
        ("memory, MiB", [_times(one.rss_kib, 1 / 1024) for one in samples]),
        ("outboxes, KiB\nin all", [_times(one.outbox_bytes, 1 / 1024) for one in samples]),
    ]
    shown = [(name, values) for name, values in rows if any(value is not None for value in values)]
    figure, panels = pyplot.subplots(
        max(1, len(shown)), 1, figsize=(WIDE_IN, 1.45 * max(1, len(shown)) + 0.5), sharex=True, squeeze=False
    )
    for axes, (name, values) in zip(panels[:, 0], shown, strict=False):
        known = [number for number, value in enumerate(values) if value is not None]
        axes.plot(at_s[known], [values[number] for number in known], color=BLUE, linewidth=1.5)
        axes.plot(reds_s, np.zeros(len(reds_s)), "|", color=COLOUR["red"], markersize=7)
        axes.set_ylabel(name, fontsize=9)
        if not any(values[number] for number in known):
            axes.text(0.5, 0.5, "nothing", transform=axes.transAxes, ha="center", color="#52606d", fontsize=10)
        axes.set_ylim(0, 1.1 * max((values[number] or 0.0 for number in known), default=0.0) or 1.0)
        axes.set_axisbelow(True)
        axes.grid(True, color=GREY, linewidth=0.7)
        axes.spines[["top", "right"]].set_visible(False)
    panels[-1][0].set_xlim(left=0)
    panels[-1][0].set_xlabel("seconds of the run; red ticks: a red alert")
    return png(figure)


def _busy(samples: Sequence[Sample]) -> list[float | None]:
    """Of its core, between each look and an earlier one: further back in a long run, so that it can be read."""
    back = max(1, len(samples) // LOOKS)
    found: list[float | None] = []
    for number, now in enumerate(samples):
        before = samples[max(0, number - back)]
        if before is now or before.cpu_s is None or now.cpu_s is None:
            found.append(None)
        else:
            found.append(100 * (now.cpu_s - before.cpu_s) / max(1e-9, (now.at_ns - before.at_ns) / 1e9))
    return found


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _plain(figure: Figure, axes: Axes, grid: str = "x") -> Figure:
    axes.grid(True, axis=grid, color=GREY, linewidth=0.7)  # type: ignore[arg-type]
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def png(figure: Figure) -> bytes:
    there = io.BytesIO()
    figure.savefig(there, dpi=DPI, bbox_inches="tight", pad_inches=0.08)
    pyplot.close(figure)
    return there.getvalue()
