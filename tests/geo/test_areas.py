"""Polygons, judged by counting crossings and by walking along their edges."""

import random
from math import cos, radians, sin

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.areas import Area, AreaIndex, Circle, Ring, Shape, simplified
from geo.boxes import in_boxes
from geo.grid import Grid
from geo.index import PositionIndex
from tests.geo.places import Place
from tests.oracles import great_circle_m

STEPS = 200  # along an edge

centres = st.tuples(st.floats(-70.0, 70.0), st.sampled_from([180.0, -180.0, 179.99, 18.07, 0.0]))
margins = st.sampled_from([0.0, 70.8, 370.8]) | st.floats(0.0, 500.0)


@st.composite
def stars(draw: st.DrawFn, centre: Place, size_deg: float = 0.05) -> list[Place]:
    """A polygon without crossings: corners in all directions from its middle. Longitudes go on past 180."""
    corners = draw(st.lists(st.floats(0.2, 1.0), min_size=4, max_size=12))
    lat, lon = centre
    turn = 2.0 * 3.14159 / len(corners)
    return [
        (lat + far * size_deg * sin(i * turn), lon + far * size_deg / cos(radians(lat)) * cos(i * turn))
        for i, far in enumerate(corners)
    ]


def named(corners: Ring) -> list[Place]:
    """As they are said on the wire."""
    return [(lat, (lon + 180.0) % 360.0 - 180.0) for lat, lon in corners]


def is_inside(corners: Ring, place: Place) -> bool:
    """Crossings of a line to the east, in degrees; by each name of the place."""
    lat, lon = place
    return any(
        sum(
            (lat1 > lat) != (lat2 > lat) and name < lon1 + (lat - lat1) / (lat2 - lat1) * (lon2 - lon1)
            for (lat1, lon1), (lat2, lon2) in zip(corners, [*corners[1:], corners[0]], strict=True)
        )
        % 2
        for name in (lon, lon + 360.0, lon - 360.0)
    )


def metres_to(corners: Ring, place: Place) -> float:
    """How far a place is from an outline, never less than it is, by some metres more at most."""
    return min(
        great_circle_m(*place, lat1 + (lat2 - lat1) * i / STEPS, lon1 + (lon2 - lon1) * i / STEPS)
        for (lat1, lon1), (lat2, lon2) in zip(corners, [*corners[1:], corners[0]], strict=True)
        for i in range(STEPS + 1)
    )


def walk(corners: Ring) -> list[Place]:
    """Corners, and the middles of edges that do not jump at the 180th meridian."""
    pairs = list(zip(corners, [*corners[1:], corners[0]], strict=True))
    middles = [((a + c) / 2.0, (b + d) / 2.0) for (a, b), (c, d) in pairs if abs(b - d) < 180.0]
    return [*corners, *middles]


def longest_m(corners: Ring) -> float:
    pairs = zip(corners, [*corners[1:], corners[0]], strict=True)
    return max(great_circle_m(*one, *other) for one, other in pairs)


@st.composite
def around(draw: st.DrawFn, centre: Place, size_deg: float = 0.07) -> Place:
    lat, lon = centre
    return (
        lat + draw(st.floats(-size_deg, size_deg)),
        (lon + draw(st.floats(-size_deg, size_deg)) / cos(radians(lat)) + 180.0) % 360.0 - 180.0,
    )


@given(centres, st.data())
def test_an_area_reaches_what_is_inside_or_near_enough(centre: Place, data: st.DataObject) -> None:
    corners = data.draw(stars(centre))
    area = Area([[named(corners)]])
    step_m = longest_m(corners) / STEPS
    places = [data.draw(around(centre)) for _ in range(3)]
    margin_m = data.draw(margins)
    each = area.reaches_each(*(np.array(column) for column in zip(*places, strict=True)), np.full(3, margin_m))
    for place, at_once in zip(places, each, strict=True):
        found, far_m = area.reaches(*place, margin_m), metres_to(corners, place)
        assert found == at_once
        if is_inside(corners, place) or far_m <= margin_m - 0.01:
            assert found or far_m < 0.01
        elif far_m - step_m > margin_m * 1.03 + 0.5:  # an edge of degrees is a little away from one walked in metres
            assert not found
        if found:
            assert in_boxes(*place, area.boxes(margin_m))
            lat, lon, radius_m = area.circle()
            assert great_circle_m(*place, lat, lon) <= radius_m + margin_m * 1.03 + 0.5


@given(centres, st.data())
def test_the_index_finds_what_a_full_scan_finds(centre: Place, data: st.DataObject) -> None:
    """Adding, re-adding, removing in any order, circles and polygons together, each with a slack of its own."""
    index, known = AreaIndex[str](), dict[str, tuple[Shape, float]]()
    for _ in range(data.draw(st.integers(0, 8))):
        key = data.draw(st.sampled_from("abcd"))
        if data.draw(st.integers(0, 3)) == 0:
            index.remove(key)
            known.pop(key, None)
        elif data.draw(st.booleans()):
            known[key] = Circle(*data.draw(around(centre)), data.draw(st.floats(0.0, 5_000.0))), data.draw(margins)
            index.put(key, *known[key])
        else:
            known[key] = Area([[named(data.draw(stars(data.draw(around(centre)))))]]), data.draw(margins)
            index.put(key, *known[key])
    assert len(index) == len(known)
    for _ in range(4):
        place, margin_m = data.draw(around(centre)), data.draw(margins)
        found = index.reaching(*place, margin_m)
        assert len(found) == len(set(found))
        assert set(found) == {k for k, (shape, slack_m) in known.items() if shape.reaches(*place, slack_m + margin_m)}
        for key in found:
            assert index.reaches(key, *place, margin_m)
            assert in_boxes(*place, index.boxes(key, margin_m))


@given(centres, st.data())
def test_the_positions_in_an_area_are_those_that_it_reaches(centre: Place, data: st.DataObject) -> None:
    """Live ones, each with its own accuracy, which counts up to 300 m."""
    index, area = PositionIndex(ttl_s=60.0), Area([[named(data.draw(stars(centre)))]])
    people = st.tuples(around(centre), st.sampled_from([0.0, 300.0, 9_000.0]), st.sampled_from([0.0, 50.0]))
    known = dict(enumerate(data.draw(st.lists(people, max_size=6))))
    for device, (place, accuracy_m, at) in known.items():
        index.put(device, *place, accuracy_m, at)
    found = index.inside(area, 70.8, 70.0)
    assert len(found) == len(set(found))
    assert set(found) == {
        device
        for device, (place, accuracy_m, at) in known.items()
        if at + 60.0 > 70.0 and area.reaches(*place, 70.8 + min(accuracy_m, 300.0))
    }


@given(centres, st.data())
def test_an_area_with_rounded_corners_still_holds_all_that_it_held(centre: Place, data: st.DataObject) -> None:
    """Whatever is inside before its corners are moved to a grid is within half a cell's diagonal after it."""
    grid = Grid(100.0)
    corners = data.draw(stars(centre, size_deg=0.004))
    rounded = Area([[[grid.snap(*corner) for corner in named(corners)]]], mended=True)
    place = data.draw(around(centre, size_deg=0.004))
    if is_inside(corners, place):
        assert rounded.reaches(*place, grid.half_diagonal_m + 0.5)


@given(centres, st.data())
def test_two_areas_meet_where_a_place_of_one_is_near_the_other(centre: Place, data: st.DataObject) -> None:
    one, other = data.draw(stars(centre)), data.draw(stars(data.draw(around(centre, size_deg=0.12))))
    areas = [Area([[named(corners)]]) for corners in (one, other)]
    margin_m = data.draw(margins)
    walked = [corner for corners in (one, other) for corner in walk(named(corners))]
    nearest_m = min(metres_to(one, corner) for corner in walk(named(other)))
    if any(all(area.reaches(*corner, 0.0) for area in areas) for corner in walked) or nearest_m < margin_m - 1.0:
        assert areas[0].meets(areas[1], margin_m)
    assert areas[0].meets(areas[1], margin_m * 1.02 + 1.0) >= areas[1].meets(areas[0], margin_m)
    index = AreaIndex[str]()
    index.put("one", areas[0], margin_m)
    assert (index.meeting(areas[1]) == ["one"]) == areas[0].meets(areas[1], margin_m)
    lat, lon, radius_m = areas[1].circle()
    index.put("one", Circle(lat, lon, radius_m))
    assert index.meeting(areas[1]) == ["one"]


@pytest.mark.parametrize(("east_deg", "meets"), [(0.9, True), (1.05, True), (1.2, False)])
def test_areas_side_by_side_meet_within_the_margin(east_deg: float, meets: bool) -> None:
    """A degree is 100 km wide at this latitude; the gap is 0, 5 and 20 km."""
    lon = 100_000 / (111_195 * cos(radians(60.0)))
    west = [(59.9, 179.0), (60.0, 179.0), (60.0, 179.0 + lon), (59.9, 179.0 + lon)]
    east = [
        (59.9, 179.0 + lon * east_deg),
        (60.0, 179.0 + lon * east_deg),
        (60.0, 179.0 + lon * 2),
        (59.9, 179.0 + lon * 2),
    ]
    areas = [Area([[named(west)]]), Area([[named(east)]])]
    assert areas[0].meets(areas[1], 6_000.0) == areas[1].meets(areas[0], 6_000.0) == meets


def test_what_is_cut_out_is_not_inside() -> None:
    square = [(59.0, 17.0), (59.0, 19.0), (60.0, 19.0), (60.0, 17.0)]
    hole = [(59.4, 17.8), (59.4, 18.2), (59.6, 18.2), (59.6, 17.8)]
    ring = Area([[square, hole]])
    assert ring.reaches(59.2, 18.0, 0.0)
    assert not ring.reaches(59.5, 18.0, 0.0)
    assert ring.reaches(59.4001, 18.0, 50.0)
    assert ring.size_m2 < Area([[square]]).size_m2


def test_parts_on_either_side_of_the_180th_meridian_are_one_area() -> None:
    west = [(-17.0, 179.0), (-16.0, 179.0), (-16.0, 180.0), (-17.0, 180.0)]
    east = [(-17.0, -180.0), (-16.0, -180.0), (-16.0, -179.0), (-17.0, -179.0)]
    area = Area([[west], [east]])
    for lon in (179.5, 180.0, -180.0, -179.5):
        assert area.reaches(-16.5, lon, 0.0)
        assert in_boxes(-16.5, lon, area.boxes(0.0))
    assert not area.reaches(-16.5, -178.9, 0.0)
    assert area.width_m == pytest.approx(2 * 111_195 * cos(radians(17.0)), rel=1e-3)


@pytest.mark.parametrize(
    ("corners", "says"),
    [
        ([(59.0, 18.0), (59.1, 18.0)], "three corners"),
        ([(59.0, 18.0), (59.1, 18.0), (59.0, 18.0)], "three corners"),
        ([(59.0, 18.0), (59.1, 18.1), (59.1, 18.0), (59.0, 18.1)], "no polygon"),
        ([(59.0, 18.0), (59.1, 18.0), (59.2, 18.0)], "no polygon|enclose nothing"),
        ([(95.0, 18.0), (59.1, 18.0), (59.2, 18.5)], "no place"),
        ([(80.0, 0.0), (80.0, 120.0), (80.0, -120.0)], "around a pole"),
        ([(86.0, 0.0), (80.0, 1.0), (80.0, 2.0)], "85"),
    ],
)
def test_what_is_no_polygon_is_refused_in_words(corners: list[Place], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Area([[corners]])


def test_fewer_corners_move_no_edge_far() -> None:
    drawn = random.Random(4)
    corners = [
        (59.3 + 0.1 * sin(i / 500 * 6.28318) + drawn.uniform(0, 1e-5), 17.0 + 0.2 * cos(i / 500 * 6.28318))
        for i in range(500)
    ]
    ((fewer,),) = simplified([[corners]], 20.0)
    assert len(fewer) < 100
    assert all(metres_to(fewer, corner) < 21.0 for corner in corners[::25])
