"""The comparison as one picture: a delivery's cost, the wait of the last recipient, and memory, a row a server."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from bench.peers.account import Account, Spread
from bench.peers.report import Report
from bench.peers.roster import FLOOR, Kind, Peer

matplotlib.use("Agg")

COLOUR: Final[dict[Kind, str]] = {"floor": "#9aa5ad", "ours": "#c0262d", "python": "#2a6f97", "other": "#6b8f3c"}
NAMED: Final[dict[Kind, str]] = {"floor": "floor", "ours": "samverkan", "python": "Python", "other": "other languages"}
_SHAPES: Final = "osD^v"
_MARK: Final[dict[str, Any]] = {"color": "white", "markeredgecolor": "#222222", "markersize": 5, "markeredgewidth": 1}
_GREY: Final = "#555555"
_FAR: Final = 1.9  # a bar longer than so many times the fourth longest is cut, with its figure at its end


def draw(report: Report, path: Path) -> None:
    """Write a PNG. Bars are of the largest number of recipients; the marks on the first panel are of the others.

    Who has no figure is not drawn: the table says why.
    """
    most = max(report.runs)
    accounts = report.runs[most]
    floor = accounts.get(FLOOR)
    shown = [peer for peer in report.peers if accounts[peer.name].rounds]
    shown.sort(key=lambda peer: accounts[peer.name].rank(floor), reverse=True)
    figure, panels = pyplot.subplots(1, 3, figsize=(13.6, 1.7 + 0.37 * len(shown)), sharey=True, squeeze=False)
    cost, wait, memory = panels[0]
    known = floor is not None and bool(floor.rounds)
    ratio = "times the floor, a loop of transport.write" if known else "in µs"
    marks = _marks(report, shown, most) if known else {}
    _bars(cost, shown, [_cost(accounts[peer.name], floor if known else None) for peer in shown], "{:.2f}", marks)
    _titled(cost, "Processor time of the server, a delivery", ratio)
    if known:
        cost.axvline(1.0, color=_GREY, linewidth=0.8, linestyle=(0, (3, 3)))
    _bars(wait, shown, [accounts[peer.name].last_ms() for peer in shown], "{:.0f}")
    _titled(wait, "Until the last recipient has it", "milliseconds from publishing")
    kibibytes = [accounts[peer.name].memory_kib or 0.0 for peer in shown]
    _bars(memory, shown, [Spread(each, each, each) for each in kibibytes], "{:.1f}")
    _titled(memory, "Memory of the server, a connection", "KiB resident, idle")
    cost.set_yticks(range(len(shown)), [peer.title for peer in shown])
    for peer, label in zip(shown, cost.get_yticklabels(), strict=True):
        label.set_color(COLOUR[peer.kind] if peer.kind == "ours" else "#222222")
        label.set_fontweight("bold" if peer.kind == "ours" else "normal")
    _frame(figure, report, most, {peer.kind for peer in shown})
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _cost(account: Account, floor: Account | None) -> Spread:
    return account.cpu_us() if floor is None else account.cpu_ratio(floor)


def _titled(axes: Axes, title: str, unit: str) -> None:
    axes.set_title(title, loc="left", fontsize=10.5, pad=20, fontweight="bold")
    axes.text(0, 1.015, unit, transform=axes.transAxes, fontsize=9, color=_GREY)


Marks = dict[int, dict[str, float]]
"""By number of recipients, and then by peer."""


def _marks(report: Report, shown: Sequence[Peer], most: int) -> Marks:
    """The cost's ratio with fewer recipients, of those who have one."""
    found: Marks = {}
    for recipients, accounts in report.runs.items():
        floor = accounts[FLOOR]
        if recipients != most and floor.rounds:
            ran = [accounts[peer.name] for peer in shown if accounts[peer.name].rounds]
            found[recipients] = {account.name: account.cpu_ratio(floor).median for account in ran}
    return found


def _bars(axes: Axes, shown: Sequence[Peer], figures: Sequence[Spread], form: str, marks: Marks | None = None) -> None:
    """A bar to the median, a whisker over the middle half of the rounds, any marks, and behind them the figure."""
    longest = sorted((it.high for it in figures), reverse=True)
    limit = 1.22 * min(longest[0], _FAR * longest[min(3, len(longest) - 1)])
    for row, (peer, it) in enumerate(zip(shown, figures, strict=True)):
        cut = it.median > limit * 0.85
        end = limit * 0.85 if cut else max(it.high, it.median)
        axes.barh(row, min(it.median, end), height=0.66, color=COLOUR[peer.kind])
        if not cut and it.high > it.low:
            axes.plot([it.low, it.high], [row, row], color="#222222", linewidth=1.1, solid_capstyle="butt")
        for shape, ratios in zip(_SHAPES, (marks or {}).values(), strict=False):
            if (at := ratios.get(peer.name, limit)) < limit * 0.85:
                axes.plot(at, row, shape, **_MARK)
                end = max(end, at + limit * 0.008)
        axes.text(end + limit * 0.012, row, form.format(it.median) + (" →" if cut else ""), va="center", fontsize=8.5)
    if marks:
        handles = [
            Line2D([], [], marker=shape, linestyle="", label=f"with {recipients:,} recipients", **_MARK)
            for shape, recipients in zip(_SHAPES, marks, strict=False)
        ]
        axes.legend(handles=handles, frameon=False, fontsize=8.5, loc="upper right")
    axes.set_xlim(0, limit)
    axes.set_ylim(-0.6, len(shown) - 0.4)
    axes.grid(True, axis="x", color="#e4e4e4", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _frame(figure: pyplot.Figure, report: Report, most: int, kinds: set[Kind]) -> None:  # type: ignore[name-defined]
    figure.suptitle(
        f"One alert to {most:,} WebSockets, every server in the same run",
        x=0.01,
        ha="left",
        fontsize=13,
        fontweight="bold",
    )
    patches = [Patch(color=COLOUR[kind], label=name) for kind, name in NAMED.items() if kind in kinds]
    figure.legend(handles=patches, loc="upper right", ncols=len(patches), frameon=False, fontsize=9.5)
    caption = f"Medians of {report.rounds} rounds, whiskers over the middle half of them. {report.machine}"
    figure.text(0.01, 0.012, caption, fontsize=7.5, color=_GREY)
    figure.tight_layout(rect=(0, 0.035, 1, 0.95))
