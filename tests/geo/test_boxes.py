from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.boxes import BoxIndex, in_boxes, sides_m, view
from geo.distance import Box
from tests.geo.places import Place, anchors, around
from tests.oracles import great_circle_m

sizes = st.sampled_from([0.0, 0.001, 0.5]) | st.floats(0.0, 40.0)


@st.composite
def views(draw: st.DrawFn, anchor: Place) -> tuple[float, float, float, float]:
    """South, west, north, east of a map near a place: often across the 180th meridian, often with the place on it."""
    lat, lon = draw(around(anchor))
    south, north = max(lat - draw(sizes), -90.0), min(lat + draw(sizes), 90.0)
    west, east = lon - draw(sizes), lon + draw(sizes)
    return south, west + 360.0 if west < -180.0 else west, north, east - 360.0 if east > 180.0 else east


def shows(view: tuple[float, float, float, float], place: Place) -> bool:
    """Whether one walks past a place on the way from the west edge eastwards to the east edge."""
    south, west, north, east = view
    lat, lon = place
    names = {lon, -lon} if abs(lon) == 180.0 else {lon}
    is_between = any(west <= name <= east if west <= east else name >= west or name <= east for name in names)
    return south <= lat <= north and is_between


@given(anchors, st.data())
def test_holding_finds_what_a_full_scan_finds(anchor: Place, data: st.DataObject) -> None:
    index, known = BoxIndex[str](), dict[str, tuple[float, float, float, float]]()
    for _ in range(data.draw(st.integers(0, 8))):
        key = data.draw(st.sampled_from("abcd"))
        if data.draw(st.integers(0, 3)) == 0:
            index.remove(key)
            known.pop(key, None)
        else:
            known[key] = data.draw(views(anchor))
            index.put(key, view(*known[key]))
    assert len(index) == len(known)
    for _ in range(4):
        place = data.draw(around(anchor))
        found = index.holding(*place)
        assert len(found) == len(set(found))
        assert set(found) == {key for key, each in known.items() if shows(each, place)}
        assert set(found) == {key for key, each in known.items() if in_boxes(*place, view(*each))}


@given(anchors, st.data())
def test_touching_finds_the_places_that_a_map_shows(anchor: Place, data: st.DataObject) -> None:
    index, places = BoxIndex[int](), dict[int, Place]()
    for number in range(data.draw(st.integers(0, 8))):
        places[number] = data.draw(around(anchor))
        index.put_point(number, *places[number])
    shown = data.draw(views(anchor))
    assert set(index.touching(view(*shown))) == {each for each, place in places.items() if shows(shown, place)}


@given(st.lists(anchors, max_size=6))
def test_nothing_is_left_of_what_was_removed(places: list[Place]) -> None:
    index = BoxIndex[int]()
    for number, (lat, lon) in enumerate(places):
        index.put(number, view(max(lat - 1.0, -90.0), lon, lat, lon))
    for number in range(len(places)):
        index.remove(number)
    assert len(index) == 0
    assert not index._boxes
    assert not index._keys
    assert not list(index._tree.intersection((-180.0, -90.0, 180.0, 90.0)))


@pytest.mark.parametrize("wrong", [(59.0, 18.0, 58.0, 19.0), (nan, 18.0, 59.0, 19.0), (59.0, 18.0, 59.0, 181.0)])
def test_what_is_no_map_is_refused(wrong: Box) -> None:
    with pytest.raises(ValueError, match="no "):
        view(*wrong)


@given(st.floats(-80.0, 80.0), st.floats(-180.0, 180.0), st.floats(0.01, 5.0), st.floats(0.01, 5.0))
def test_sides_are_as_long_as_the_sphere_says(south: float, west: float, high: float, wide: float) -> None:
    """A parallel is longer than the great circle between its ends, a little."""
    north, east = south + high, west + wide
    height_m, width_m = sides_m(view(south, west, north, east - 360.0 if east > 180.0 else east))
    lat = 0.0 if south <= 0.0 <= north else min(south, north, key=abs)
    assert height_m == pytest.approx(great_circle_m(south, west, north, west), rel=1e-6)
    assert great_circle_m(lat, west, lat, east) == pytest.approx(width_m, rel=0.002)
