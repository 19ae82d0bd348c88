from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.distance import EARTH_RADIUS_M, box_around, is_near, metres_between, metres_to_each
from tests.geo.places import Place, anchors, around, near
from tests.oracles import curvature_m, destination, great_circle_m

pairs = anchors.flatmap(lambda anchor: st.tuples(st.just(anchor), around(anchor)))
radii = st.sampled_from([0.0, 0.01, 571.0, 3_371.0]) | st.floats(0.0, 50_000.0) | st.floats(0.0, 25_000_000.0)


@given(pairs)
def test_distance_agrees_with_the_angle_between_vectors(pair: tuple[Place, Place]) -> None:
    a, b = pair
    right = great_circle_m(*a, *b)
    if right < 20_000_000.0:  # the haversine is weak only around the other side of the Earth
        assert metres_between(*a, *b) == pytest.approx(right, abs=0.001)


@given(anchors, anchors)
def test_distance_is_the_same_both_ways_and_never_above_half_a_circle(a: Place, b: Place) -> None:
    assert metres_between(*a, *b) == metres_between(*b, *a)
    assert 0.0 <= metres_between(*a, *b) <= 20_015_200.0


def test_known_distances() -> None:
    assert metres_between(59.3293, 18.0686, 57.7089, 11.9746) == pytest.approx(398_000, rel=0.005)  # Stockholm–Göteborg
    assert metres_between(0.0, 0.0, 0.0, 1.0) == pytest.approx(111_195.08, abs=0.01)
    assert metres_between(10.0, 180.0, 10.0, -180.0) == pytest.approx(0.0, abs=1e-6)
    assert metres_between(90.0, 5.0, 90.0, -120.0) == pytest.approx(0.0, abs=1e-6)
    assert metres_between(0.0, 0.0, 0.0, 180.0) == pytest.approx(20_015_114, abs=1.0)


@given(anchors, st.lists(anchors, max_size=5))
def test_many_at_once_are_what_each_is_alone(centre: Place, others: list[Place]) -> None:
    lats, lons = np.array([lat for lat, _ in others]), np.array([lon for _, lon in others])
    each = metres_to_each(*centre, lats, lons)
    assert each.tolist() == pytest.approx([metres_between(*centre, *other) for other in others], abs=0.001)


@pytest.mark.parametrize(("lats", "bound"), [((-90, 90), 0.0057), ((55, 70), 0.0041)])
def test_the_stated_error_against_the_ellipsoid_holds(lats: tuple[int, int], bound: float) -> None:
    """A short distance on the ellipsoid lies on a circle whose radius is between these two."""
    for lat in range(lats[0], lats[1] + 1):
        assert all(abs(EARTH_RADIUS_M / radius_m - 1.0) < bound for radius_m in curvature_m(lat))


@given(anchors, radii, st.data())
def test_a_box_misses_no_point_of_its_circle(centre: Place, radius_m: float, data: st.DataObject) -> None:
    boxes = box_around(*centre, radius_m)
    assert len(boxes) <= 2
    for west, south, east, north in boxes:
        assert -180.0 <= west <= east <= 180.0
        assert -90.0 <= south <= north <= 90.0
    lat, lon = data.draw(near(centre, radius_m))
    names = {lon, -lon} if abs(lon) == 180.0 else {lon}  # the 180th meridian has two
    for name in names:
        assert any(west <= name <= east and south <= lat <= north for west, south, east, north in boxes)


@given(st.floats(-80.0, 80.0), st.floats(-180.0, 180.0), st.floats(1.0, 50_000.0))
def test_a_box_is_hardly_larger_than_its_circle(lat: float, lon: float, radius_m: float) -> None:
    boxes = box_around(lat, lon, radius_m)
    assert sum(north - south for _, south, _, north in boxes[:1]) * 111_195 <= 2.01 * radius_m + 0.01
    _, top, _, _ = boxes[0]
    width = sum(east - west for west, _, east, _ in boxes)
    eastmost = destination(lat, 0.0, 90.0, radius_m)[1]
    assert width <= 2.0 * eastmost * 1.05 + 1e-6
    assert top < lat


@pytest.mark.parametrize(
    ("lat", "lon", "radius_m"),
    [(nan, 0, 1), (0, nan, 1), (90.1, 0, 1), (0, -180.1, 1), (inf, 0, 1), (0, 0, nan), (0, 0, -1), (0, 0, inf)],
)
def test_no_place_and_no_radius_are_refused(lat: float, lon: float, radius_m: float) -> None:
    with pytest.raises(ValueError, match="no "):
        box_around(lat, lon, radius_m)


def test_accuracy_brings_somebody_nearer_by_300_m_at_most() -> None:
    north = destination(59.0, 18.0, 0.0, 799.0)
    assert not is_near(*north, 298.0, 59.0, 18.0, 500.0)
    assert is_near(*north, 300.0, 59.0, 18.0, 500.0)
    assert not is_near(*north, 5_000.0, 59.0, 18.0, 498.0)
