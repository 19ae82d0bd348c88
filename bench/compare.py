"""Two runs side by side: what `deadline.json` says of each, and the second as a multiple of the first.

    samverkan bench compare yesterday/deadline.json today/deadline.json

What makes them no fair comparison (another machine, profile or settings, a run that is not valid) is said first. The
exit code is 0 whatever the figures are: what may become worse, and by how much, is for who asks to say.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

FIGURES: Final = (
    ("connected", ("connected",)),
    ("lost", ("lost",)),
    ("duplicate", ("duplicate",)),
    ("wrong", ("wrong",)),
    *(
        (f"last recipient, {level}, {at}, ms", ("last_recipient_ms", level, at))
        for level in ("red", "yellow")
        for at in ("p50", "p99", "max")
    ),
    ("server, µs for each delivery", ("server_cpu_us_per_delivery",)),
    ("floor, µs for each delivery", ("floor_cpu_us_per_delivery",)),
    ("server / floor", ("server_cpu_us_per_delivery", "floor_cpu_us_per_delivery")),
    ("memory, KiB for each connection", ("rss_kib_per_connection",)),
    ("worst loop stall, ms", ("worst_loop_lag_ms",)),
)
SAME: Final = ("profile", "clients", "seconds", "seed")
MACHINE: Final = ("cpu", "cores", "memory_gib", "python", "uvloop")


@click.command(help=__doc__.replace("\n\n    ", "\n\n\b\n    ") if __doc__ else "")
@click.argument("first", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("second", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def main(first: Path, second: Path) -> None:
    one, other = _read(first), _read(second)
    console = Console(width=None if sys.stdout.isatty() else 120)
    for line in unlike(one, other):
        console.print(Text(f"not alike: {line}", "bold yellow"))
    console.print(f"first   {first}\nsecond  {second}")
    console.print(table(one, other))


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text())
    except ValueError as error:
        raise click.ClickException(f"{file} is no JSON: {error}") from None
    if not isinstance(found, dict) or "profile" not in found or "last_recipient_ms" not in found:
        raise click.ClickException(f"{file} is not what a deadline run leaves")
    return found


def unlike(one: dict[str, Any], other: dict[str, Any]) -> Iterator[str]:
    """Why these two should not be held against each other."""
    for name, of in (("the first", one), ("the second", other)):
        if not of.get("valid"):
            yield f"{name} is not valid: {'; '.join(of.get('invalid_because', []))}"
    yield from _differ(one, other, SAME, "")
    settings = one.get("settings", {}), other.get("settings", {})
    yield from _differ(*settings, sorted(settings[0] | settings[1]), " in the settings")
    yield from _differ(one.get("machine", {}), other.get("machine", {}), MACHINE, " of the machine")


def _differ(one: dict[str, Any], other: dict[str, Any], fields: Iterable[str], where: str) -> Iterator[str]:
    for field in fields:
        if one.get(field) != other.get(field):
            yield f"{field}{where}: {one.get(field)} and {other.get(field)}"


def table(one: dict[str, Any], other: dict[str, Any]) -> Table:
    drawn = Table("", "first", "second", "second / first", box=SIMPLE_HEAD)
    for column in drawn.columns[1:]:
        column.justify = "right"
    for name, path in FIGURES:
        mine, theirs = figure(one, path), figure(other, path)
        ratio = f"{theirs / mine:.2f} ×" if mine and theirs is not None else "–"
        drawn.add_row(name, _told(mine), _told(theirs), ratio)
    for name in sorted(verdicts(one) | verdicts(other)):
        drawn.add_row(name, verdicts(one).get(name, "–"), verdicts(other).get(name, "–"), "")
    return drawn


def figure(of: dict[str, Any], path: tuple[str, ...]) -> float | None:
    """What is there at this path of keys; the server beside the floor is a ratio. None: it has no such figure."""
    if path == ("server_cpu_us_per_delivery", "floor_cpu_us_per_delivery"):
        server, floor = (of.get(key) for key in path)
        return server / floor if server and floor else None
    value: Any = of
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return None if value is None else float(value)


def verdicts(of: dict[str, Any]) -> dict[str, str]:
    """The promises that the run exercised, and what came of each."""
    judged = {one["name"]: one["state"] for one in of.get("time_budget", [])}
    return {name: state for name, state in judged.items() if state != "elsewhere"}


def _told(value: float | None) -> str:
    return "–" if value is None else f"{value:,.4g}" if value < 1_000 else f"{value:,.0f}"


if __name__ == "__main__":
    main()
