"""Areas from GeoJSON files (RFC 7946), in which longitude comes first; here it does not."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec

from geo.areas import Area, simplified
from realtime.messages import AreaCard, AreaPart, Category, Corner, Id, SetArea

MAX_CORNERS: Final = 2_000  # what one message has room for; an outline with more loses those that matter least
_TOLERANCES_M: Final = (2.0, 5.0, 10.0, 25.0, 50.0, 100.0)


class _Rules(msgspec.Struct, frozen=True, kw_only=True):
    """The properties that mean something here; others, and there are many in such files, are passed over."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    categories: tuple[Category, ...] = ()
    organisations: tuple[Id, ...] = ()
    red_radius_m: float | None = None
    red_radius_limits_m: tuple[float, float] | None = None
    yellow_radius_m: float | None = None
    yellow_radius_limits_m: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """One feature as a request, and by how many metres its edges may have been moved to have fewer corners."""

    request: SetArea
    tolerance_m: float


def read(file: Path, new_id: Callable[[], str]) -> list[Drawn]:
    """The areas of a file: of a Feature, or of a FeatureCollection. Raises ValueError that says what is wrong where."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"{file}: this is no JSON: {error}") from None
    features = (
        found.get("features") if isinstance(found, dict) and found.get("type") == "FeatureCollection" else [found]
    )
    if not isinstance(features, list) or not features:
        raise ValueError(f"{file}: a FeatureCollection has features")
    drawn = []
    for number, feature in enumerate(features):
        try:
            drawn.append(_drawn(feature, new_id()))
        except (ValueError, msgspec.ValidationError) as error:
            raise ValueError(f"{file}: feature {number + 1}: {error}") from None
    return drawn


def line_of(card: AreaCard) -> str:
    """An area's rules as one line of JSON."""
    return msgspec.json.encode(card).decode()


def _drawn(feature: Any, id: str) -> Drawn:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise ValueError("this is no Feature: a name and an id are needed beside the polygon")
    area = feature.get("id", (feature.get("properties") or {}).get("id"))
    if area is None:
        raise ValueError("it has no id, by which it is known for ever")
    rules = msgspec.convert(feature.get("properties") or {}, _Rules)
    parts = _parts(feature.get("geometry"))
    Area(parts)  # in words for people, before anything is sent
    tolerance_m = 0.0
    for tolerance_m in (0.0, *_TOLERANCES_M):
        fewer = simplified(parts, tolerance_m) if tolerance_m else parts
        if sum(len(ring) for part in fewer for ring in part) <= MAX_CORNERS:
            break
    else:
        raise ValueError(f"it has far more than {MAX_CORNERS} corners")
    request = SetArea(
        id=id,
        area=str(area),
        name=rules.name,
        parts=tuple(AreaPart(corners=_ring(part[0]), holes=tuple(map(_ring, part[1:]))) for part in fewer),
        categories=rules.categories,
        organisations=rules.organisations,
        red_radius_m=rules.red_radius_m,
        red_radius_limits_m=rules.red_radius_limits_m,
        yellow_radius_m=rules.yellow_radius_m,
        yellow_radius_limits_m=rules.yellow_radius_limits_m,
    )
    return Drawn(request, tolerance_m)


def _parts(geometry: Any) -> list[list[list[tuple[float, float]]]]:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise ValueError(f"its geometry is a Polygon or a MultiPolygon, not {kind}")
    given = geometry.get("coordinates")
    try:
        polygons = [given] if kind == "Polygon" else given
        return [[[_corner(corner) for corner in ring] for ring in polygon] for polygon in polygons]
    except (TypeError, IndexError):
        raise ValueError("its coordinates are lists of rings, each a list of [longitude, latitude]") from None


def _corner(corner: Any) -> tuple[float, float]:
    lon, lat = float(corner[0]), float(corner[1])
    if not (-180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0):
        raise ValueError(f"[{lon:g}, {lat:g}] is no place; in GeoJSON longitude comes first")
    return lat, lon


def _ring(corners: list[tuple[float, float]]) -> tuple[Corner, ...]:
    open_ring = corners[:-1] if corners[0] == corners[-1] else corners
    return tuple(Corner(lat=round(lat, 6), lon=round(lon, 6)) for lat, lon in open_ring)
