"""A curve of cost against size: the exponent that fits it, whether it is as expected, and all as a picture."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import matplotlib
import numpy as np
from matplotlib import pyplot
from matplotlib.axes import Axes

from bench import machine

matplotlib.use("Agg")

_COLUMNS: Final = 4
_MET, _MISSED = "#2a6f97", "#c0262d"


@dataclass(slots=True)
class Curve:
    """Microseconds of one thing at each size, and the exponent that they may at most grow with."""

    name: str
    size: str  # of what
    at_most: float
    points: list[tuple[float, float]] = field(default_factory=list)

    @property
    def exponent(self) -> float:
        """b of the a·x^b that is nearest to the points, by least squares of the logarithms."""
        return self._fit()[0]

    @property
    def met(self) -> bool:
        return self.exponent <= self.at_most

    def fitted(self, size: float) -> float:
        exponent, scale = self._fit()
        return float(np.exp(scale) * size**exponent)

    def _fit(self) -> tuple[float, float]:
        """Raises ValueError with fewer than two sizes: they would fit anything."""
        sizes, costs = np.array(self.points, float).reshape(-1, 2).T
        if len(set(sizes)) < 2:
            raise ValueError(f"{self.name}: an exponent needs two sizes at least")
        exponent, scale = np.polyfit(np.log(sizes), np.log(costs), 1)
        return float(exponent), float(scale)


def table(curves: Sequence[Curve]) -> Iterator[str]:
    yield f"{'':32}{'against':>17}{'from':>9}{'to':>11}{'µs first':>12}{'µs last':>11}{'exponent':>10}{'at most':>9}"
    for curve in curves:
        (first, cheap), *_, (last, dear) = curve.points
        yield (
            f"{curve.name:32}{curve.size:>17}{first:9,.0f}{last:11,.0f}{cheap:12,.1f}{dear:11,.1f}"
            f"{curve.exponent:10.3f}{curve.at_most:9.2f}  {'met' if curve.met else 'missed'}"
        )


def draw(curves: Sequence[Curve], path: Path) -> None:
    """Write a PNG, a panel a curve."""
    rows = -(-len(curves) // _COLUMNS)
    figure, panels = pyplot.subplots(rows, _COLUMNS, figsize=(4.1 * _COLUMNS, 3.7 * rows + 0.5), squeeze=False)
    for axes, curve in zip(panels.flat, curves, strict=False):
        _panel(axes, curve)
    for axes in panels.flat[len(curves) :]:
        axes.set_visible(False)
    figure.text(0.01, 0.012, machine.line(), fontsize=8, color="#555555")
    figure.tight_layout(rect=(0, 0.03, 1, 1))
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _panel(axes: Axes, curve: Curve) -> None:
    colour = _MET if curve.met else _MISSED
    sizes, costs = zip(*curve.points, strict=True)
    axes.loglog(sizes, costs, "o", color=colour)
    axes.loglog(sizes, [curve.fitted(size) for size in sizes], "-", color=colour, linewidth=1.2)
    middle = (min(costs) * max(costs)) ** 0.5
    axes.set_ylim(min(min(costs) / 2, middle / 10), max(max(costs) * 2, middle * 10))  # flat looks flat
    axes.set_title(curve.name, loc="left", fontsize=11)
    verdict = "met" if curve.met else "missed"
    said = f"exponent {curve.exponent:.2f}, at most {curve.at_most:g}: {verdict}"
    axes.text(0.03, 0.93, said, transform=axes.transAxes, fontsize=9.5, color=colour)
    axes.set_xlabel(curve.size)
    axes.set_ylabel("µs")
    axes.grid(True, color="#e4e4e4", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
