"""`samverkan admin area`: the areas of the platform, from files."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import click

from realtime.arguments import example, owner_options, run
from realtime.client import Client
from realtime.client.asking import new_id
from realtime.commands import geojson
from realtime.commands.admin import admin
from realtime.commands.tables import print_table
from realtime.messages import AreaCard
from realtime.talking import Line

EXAMPLES: Final = {
    "area": "samverkan admin area list",
    "set": "samverkan admin area set strangnas.geojson",
    "list": "samverkan admin area list --json",
    "remove": "samverkan admin area remove strangnas",
}


@admin.group(epilog=example(EXAMPLES["area"]))
def area() -> None:
    """The areas with rules of their own."""


@area.command("set", epilog=example(EXAMPLES["set"]))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@owner_options
def set_area(line: Callable[[], Line], file: Path) -> None:
    """Set the areas in a GeoJSON FILE.

    Each Feature is an area: its `id`, its polygons, and of its properties `name`, `categories`, `organisations`,
    `red_radius_m`, `red_radius_limits_m`, `yellow_radius_m` and `yellow_radius_limits_m`. One of the same id is
    replaced.
    """

    async def do() -> None:
        drawn = geojson.read(file, new_id)
        where = line()
        async with Client(where.url, where.token) as client:
            for each in drawn:
                await client.ask(each.request)
                corners = [corner for part in each.request.parts for corner in part.corners]
                lats, lons = [corner.lat for corner in corners], [corner.lon for corner in corners]
                moved = f", edges moved by up to {each.tolerance_m:g} m" if each.tolerance_m else ""
                click.echo(
                    f"{each.request.area}: {each.request.name}, latitude {min(lats):.2f} to {max(lats):.2f}, "
                    f"longitude {min(lons):.2f} to {max(lons):.2f}{moved}"
                )

    run(do)


@area.command("list", epilog=example(EXAMPLES["list"]))
@click.option("--json", "as_json", is_flag=True, help="One object a line, for programs.")
@owner_options
def list_areas(line: Callable[[], Line], as_json: bool) -> None:
    """List the areas, by id."""

    async def do() -> None:
        where = line()
        found: list[AreaCard] = []
        async with Client(where.url, where.token) as client:
            page = await client.find_areas()
            found += page.areas
            while page.more:
                page = await client.find_areas(after=found[-1].area)
                found += page.areas
        if as_json:
            for card in found:
                click.echo(geojson.line_of(card))
        else:
            print_table(("area", "name", "red", "yellow", "categories"), [_row(card) for card in found])

    run(do)


@area.command("remove", epilog=example(EXAMPLES["remove"]))
@click.argument("area_id", metavar="ID")
@owner_options
def remove_area(line: Callable[[], Line], area_id: str) -> None:
    """Remove an area: its places are like all others from then on."""

    async def do() -> None:
        where = line()
        async with Client(where.url, where.token) as client:
            await client.drop_area(area_id)
        click.echo(f"{area_id} is removed")

    run(do)


def _row(card: AreaCard) -> tuple[str, ...]:
    radii = ("–" if radius_m is None else f"{radius_m:g} m" for radius_m in (card.red_radius_m, card.yellow_radius_m))
    return (card.area, card.name, *radii, ", ".join(card.categories) or "all")
