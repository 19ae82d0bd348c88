"""What a figure had to be: a verdict for each target, in the terminal and for machines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text


@dataclass(frozen=True, slots=True)
class Target:
    """A figure that must be at most `limit`; None: it could not be measured, which is no pass."""

    name: str
    figure: float | None
    limit: float
    unit: str = ""

    @property
    def met(self) -> bool:
        return self.figure is not None and self.figure <= self.limit

    def line(self) -> Text:
        found = "not measured" if self.figure is None else f"{self.figure:,.4g} {self.unit}".strip()
        allowed = f"{self.limit:,.4g} {self.unit}".strip()
        text = Text(f"{'met' if self.met else 'MISSED':<7}", "bold green" if self.met else "bold red")
        return text.append(f"{self.name}: {found} (at most {allowed})", "default")

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "figure": self.figure, "limit": self.limit, "unit": self.unit, "met": self.met}


def all_met(targets: Sequence[Target]) -> bool:
    return all(target.met for target in targets)
