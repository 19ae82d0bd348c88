"""What is right, worked out slowly and plainly, by other means than the code under test."""

from collections.abc import Mapping
from math import atan2, cos, degrees, hypot, radians, sin, sqrt

EARTH_RADIUS_M = 6_371_008.8


def great_circle_m(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Distance on the sphere by the angle between two vectors, which is exact near and far (Vincenty's form)."""
    x1, y1, z1 = _vector(lat1, lon1)
    x2, y2, z2 = _vector(lat2, lon2)
    across = sqrt((y1 * z2 - z1 * y2) ** 2 + (z1 * x2 - x1 * z2) ** 2 + (x1 * y2 - y1 * x2) ** 2)
    return EARTH_RADIUS_M * atan2(across, x1 * x2 + y1 * y2 + z1 * z2)


def destination(lat: float, lon: float, bearing_deg: float, distance_m: float) -> tuple[float, float]:
    """Where one arrives who sets out from a place in a direction, along a great circle."""
    phi, theta, bearing, angle = radians(lat), radians(lon), radians(bearing_deg), distance_m / EARTH_RADIUS_M
    start = _vector(lat, lon)
    north = (-sin(phi) * cos(theta), -sin(phi) * sin(theta), cos(phi))
    east = (-sin(theta), cos(theta), 0.0)
    x, y, z = (
        v * cos(angle) + (n * cos(bearing) + e * sin(bearing)) * sin(angle)
        for v, n, e in zip(start, north, east, strict=True)
    )
    return degrees(atan2(z, hypot(x, y))), degrees(atan2(y, x))


def curvature_m(lat: float) -> tuple[float, float]:
    """The ellipsoid's radii of curvature at a latitude, along the meridian and across it."""
    squared = 6.69437999014e-3  # of the eccentricity of WGS84
    w = 1.0 - squared * sin(radians(lat)) ** 2
    return 6_378_137.0 * (1.0 - squared) / w**1.5, 6_378_137.0 / sqrt(w)


def whom_a_circle_reaches(
    positions: Mapping[int, tuple[float, float, float]], lat: float, lon: float, reach_m: float
) -> set[int]:
    """Full scan: everyone (lat, lon, accuracy_m) whose distance, less at most 300 m of accuracy, is within reach."""
    return {
        device
        for device, (there, here, accuracy_m) in positions.items()
        if great_circle_m(there, here, lat, lon) - min(accuracy_m, 300.0) <= reach_m
    }


def _vector(lat: float, lon: float) -> tuple[float, float, float]:
    phi, theta = radians(lat), radians(lon)
    return cos(phi) * cos(theta), cos(phi) * sin(theta), sin(phi)
