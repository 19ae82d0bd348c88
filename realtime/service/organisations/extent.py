"""Where an organisation is at work: a circle, or a polygon and the circle around it."""

from functools import lru_cache

from geo.areas import Area as Drawn
from geo.areas import Circle
from realtime.errors import Invalid
from realtime.messages import Area as GivenArea
from storage.facts import Area, Ring


def extent(given: GivenArea) -> Area:
    """The area as it is kept. Raises Invalid if it is neither a circle nor a polygon, or both."""
    lat, lon, radius_m = given.lat, given.lon, given.radius_m
    if lat is not None and lon is not None and radius_m is not None and not given.outline:
        return Area(lat=lat, lon=lon, radius_m=radius_m)
    if not given.outline or lat is not None or lon is not None or radius_m is not None:
        raise Invalid("an area is lat, lon and radius_m, or an outline of three points at least", field="area")
    outline = tuple((point.lat, point.lon) for point in given.outline)
    try:
        lat, lon, radius_m = _drawn(outline).circle()
    except ValueError as error:
        raise Invalid(str(error), field="area") from None
    return Area(lat=lat, lon=lon, radius_m=radius_m, outline=outline)


def covers(area: Area, lat: float, lon: float) -> bool:
    """Whether a place is in it."""
    if not Circle(area.lat, area.lon, area.radius_m).reaches(lat, lon, 0.0):
        return False
    return not area.outline or _drawn(area.outline).reaches(lat, lon, 0.0)


@lru_cache(maxsize=1_000)
def _drawn(outline: Ring) -> Drawn:
    """Kept, for every look at what is near holds a place against all of them."""
    return Drawn([[outline]])
