from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.circles import CircleIndex
from tests.geo.places import Place, anchors, around
from tests.oracles import whom_a_circle_reaches

Circle = tuple[float, float, float]
reaches = st.sampled_from([0.0, 271.0, 571.0, 3_071.0]) | st.floats(0.0, 5_000.0) | st.floats(0.0, 3_000_000.0)
accuracies = st.sampled_from([0.0, 299.0, 300.0, 1_000.0]) | st.floats(0.0, 400.0)


def right_answers(circles: dict[str, Circle], place: Place, accuracy_m: float, rim_m: float) -> set[str]:
    return {
        id
        for id, (lat, lon, reach_m) in circles.items()
        if whom_a_circle_reaches({0: (*place, accuracy_m)}, lat, lon, reach_m + rim_m)
    }


@given(anchors, st.data())
def test_touching_finds_what_a_full_scan_finds(anchor: Place, data: st.DataObject) -> None:
    """Adding, re-adding elsewhere and removing in any order; a centimetre at the rim is left to rounding."""
    index, circles = CircleIndex(), dict[str, Circle]()
    for _ in range(data.draw(st.integers(0, 8))):
        id = data.draw(st.sampled_from("abcd"))
        if data.draw(st.integers(0, 3)) == 0:
            index.remove(id)
            circles.pop(id, None)
        else:
            circles[id] = (*data.draw(around(anchor)), data.draw(reaches))
            index.add(id, *circles[id])
    assert len(index) == len(circles)
    for _ in range(4):
        place, accuracy_m = data.draw(around(anchor)), data.draw(accuracies)
        found = index.touching(*place, accuracy_m)
        assert len(found) == len(set(found))
        assert right_answers(circles, place, accuracy_m, -0.01) <= set(found)
        assert set(found) <= right_answers(circles, place, accuracy_m, 0.01)


@given(st.lists(st.tuples(anchors, reaches), max_size=5))
def test_nothing_is_left_of_circles_that_were_removed(circles: list[tuple[Place, float]]) -> None:
    index = CircleIndex()
    for number, (place, reach_m) in enumerate(circles):
        index.add(str(number), *place, reach_m)
    for number in range(len(circles)):
        index.remove(str(number))
    assert len(index) == 0
    assert not index._rows
    assert not index._everywhere


def test_re_adding_an_id_replaces_its_circle() -> None:
    index = CircleIndex()
    index.add("a", 59.0, 18.0, 500.0)
    index.add("a", 57.0, 12.0, 500.0)
    assert index.touching(59.0, 18.0, 0.0) == []
    assert index.touching(57.0, 12.0, 0.0) == ["a"]


def test_a_refused_circle_changes_nothing() -> None:
    index = CircleIndex()
    index.add("a", 59.0, 18.0, 500.0)
    for lat, lon, reach_m in [
        (nan, 18.0, 1.0),
        (59.0, 181.0, 1.0),
        (59.0, 18.0, -1.0),
        (0.0, 0.0, nan),
        (0.0, 0.0, inf),
    ]:
        with pytest.raises(ValueError, match="no "):
            index.add("a", lat, lon, reach_m)
    assert index.touching(59.0, 18.0, 0.0) == ["a"]


def test_accuracy_reaches_across_the_border_of_a_cell() -> None:
    index = CircleIndex()
    index.add("a", 59.025, 17.9965, 10.0)  # 200 m west of a cell's border
    assert index.touching(59.025, 18.0005, 300.0) == ["a"]
    assert index.touching(59.025, 18.0005, 200.0) == []
