"""`samverkan map`: what was public at a place, and the areas that one follows."""

from collections.abc import Callable
from typing import get_args

import click

from geo.distance import box_around
from realtime.arguments import AS_JSON, At, example, member_options
from realtime.client.asking import new_id
from realtime.commands.asking import ask, do
from realtime.commands.organisations import Circle
from realtime.commands.tables import clock, print_json, print_table
from realtime.messages import Area, Box, FollowedAreas, Level, ListAreas, MapPage, ReadMap
from realtime.messages import Circle as Around
from realtime.talking import Line


@click.group("map", epilog=example("samverkan map show --at 59.3251,18.0711"))
def map_() -> None:
    """See what was public at a place, and follow places."""


@map_.command(epilog=example("samverkan map show --at 59.3251,18.0711 --km 2 --hours 48 --user anna"))
@click.option("--at", type=At(), required=True, help="The middle.")
@click.option("--km", type=click.FloatRange(0.1, 50), default=1.0, show_default=True, help="So far to each side.")
@click.option("--hours", type=click.FloatRange(0.1, 720), default=24.0, show_default=True, help="So far back.")
@click.option("--limit", type=click.IntRange(1, 100), default=50, show_default=True)
@AS_JSON
@member_options
def show(line: Callable[[], Line], at: tuple[float, float], km: float, hours: float, limit: int, as_json: bool) -> None:
    """What was public there, the latest first."""
    parts = box_around(*at, km * 1_000)  # two, where the 180th meridian runs through
    wests, souths, easts, norths = zip(*parts, strict=True)
    request = ReadMap(
        id=new_id(),
        box=Box(south=min(souths), west=max(wests), north=max(norths), east=min(easts)),
        limit=limit,
        since_s=hours * 3_600,
    )
    page = ask(line, request, MapPage)
    if as_json:
        print_json(page)
        return
    rows = [
        (clock(each.received_at), each.level, each.state, each.category or "", each.headline or "", each.alert)
        for each in page.alerts
    ]
    print_table(("when", "level", "state", "category", "headline", "alert"), rows)


@map_.command(epilog=example("samverkan map follow home --circle 59.3251,18.0711,500 --level red --user anna"))
@click.argument("name")
@click.option("--circle", type=Circle(), required=True, help="Where: latitude,longitude,metres.")
@click.option("--level", "levels", type=click.Choice(get_args(Level)), multiple=True, help="Only these; repeatable.")
@click.option("--category", "categories", multiple=True, help="Only these; repeatable.")
@member_options
def follow(
    line: Callable[[], Line], name: str, circle: Area, levels: tuple[Level, ...], categories: tuple[str, ...]
) -> None:
    """Hear of what happens in a circle, wherever you are.

    The same NAME again replaces it.
    """
    assert circle.lat is not None
    assert circle.lon is not None
    assert circle.radius_m is not None
    where = Around(lat=circle.lat, lon=circle.lon, radius_m=circle.radius_m)
    do(line, lambda client: client.follow(name, circle=where, levels=levels, categories=categories))


@map_.command(epilog=example("samverkan map unfollow home --user anna"))
@click.argument("name")
@member_options
def unfollow(line: Callable[[], Line], name: str) -> None:
    """No longer hear of what happens in an area."""
    do(line, lambda client: client.unfollow(name))


@map_.command(epilog=example("samverkan map followed --user anna"))
@AS_JSON
@member_options
def followed(line: Callable[[], Line], as_json: bool) -> None:
    """The areas that you follow, as they are kept: rounded."""
    found = ask(line, ListAreas(id=new_id()), FollowedAreas)
    if as_json:
        print_json(found)
        return
    rows = [
        (
            each.name,
            f"{each.circle.lat},{each.circle.lon},{each.circle.radius_m:.0f}" if each.circle else "a polygon",
            ", ".join(each.levels) or "all levels",
            ", ".join(each.categories) or "all categories",
        )
        for each in found.areas
    ]
    print_table(("name", "where", "levels", "categories"), rows)
