from math import cos, inf, nan, radians

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.distance import EARTH_RADIUS_M
from geo.grid import Grid
from tests.geo.places import Place, anchors, around, near
from tests.oracles import great_circle_m

grids = st.sampled_from([Grid(size_m) for size_m in (100.0, 400.0, 500.0, 1_000.0, 37_000.0)])


@st.composite
def grids_and_places(draw: st.DrawFn) -> tuple[Grid, Place]:
    """Half of the places lie on the border of a cell, or a rounding error beside it."""
    grid, (lat, lon) = draw(grids), draw(anchors)
    if draw(st.booleans()):
        row, column = grid.cell(lat, lon)
        (lat, lon), (_, next_lon) = grid.centre((row, column)), grid.centre((row, column + 1))
        lat = max(-90.0, lat - 90.0 / grid._rows)
        lon = min(180.0, (lon + next_lon) / 2.0)
    return grid, (lat, lon)


@given(grids_and_places())
def test_no_point_is_farther_from_its_cells_centre_than_half_the_diagonal(drawn: tuple[Grid, Place]) -> None:
    grid, place = drawn
    assert great_circle_m(*place, *grid.centre(grid.cell(*place))) <= grid.half_diagonal_m + 1e-6


@given(grids_and_places())
def test_snapping_twice_is_snapping_once(drawn: tuple[Grid, Place]) -> None:
    grid, place = drawn
    snapped = grid.snap(*place)
    assert -90.0 <= snapped[0] <= 90.0
    assert -180.0 <= snapped[1] <= 180.0
    assert grid.snap(*snapped) == snapped
    assert grid.cell(*snapped) == grid.cell(*place)


@given(grids, st.floats(-90.0, 90.0))
def test_the_180th_meridian_is_one_place(grid: Grid, lat: float) -> None:
    assert grid.cell(lat, 180.0) == grid.cell(lat, -180.0)


@given(grids_and_places())
def test_no_cell_is_wider_or_higher_than_its_size(drawn: tuple[Grid, Place]) -> None:
    grid, place = drawn
    row, _ = grid.cell(*place)
    (lat, first), (_, second) = grid.centre((row, 0)), grid.centre((row, 1))
    half_height_deg = 90.0 / grid._rows
    assert 2.0 * half_height_deg * radians(1.0) * EARTH_RADIUS_M <= grid.size_m * (1 + 1e-12)
    longest = cos(radians(max(0.0, abs(lat) - half_height_deg)))
    assert radians(second - first) * longest * EARTH_RADIUS_M <= grid.size_m * (1 + 1e-9)


@given(grids, anchors, st.floats(0.0, 3.0), st.data())
def test_a_circle_misses_none_of_the_cells_that_it_touches(
    grid: Grid, centre: Place, cells: float, data: st.DataObject
) -> None:
    radius_m = cells * grid.size_m
    touched = grid.cells_touching(*centre, radius_m)
    assert touched == sorted(set(touched)) == grid.cells_touching(*centre, radius_m)
    for _ in range(5):
        assert grid.cell(*data.draw(near(centre, radius_m))) in touched
    for cell in touched:
        assert great_circle_m(*centre, *grid.centre(cell)) <= radius_m + grid.half_diagonal_m + 0.01


def test_a_kilometre_grid_is_touched_by_a_3_km_circle_in_some_forty_cells() -> None:
    grid = Grid(1_000.0)
    assert 29 <= len(grid.cells_touching(59.3, 18.0, 3_000.0)) <= 49
    assert len(grid.cells_touching(*grid.snap(59.3, 18.0), 100.0)) == 1


@given(grids, anchors, st.data())
def test_holds_says_of_many_points_what_cell_says_of_each(grid: Grid, anchor: Place, data: st.DataObject) -> None:
    places = data.draw(st.lists(around(anchor, grid.size_m), max_size=8))
    cell = grid.cell(*anchor)
    held = grid.holds(cell, np.array([lat for lat, _ in places]), np.array([lon for _, lon in places]))
    assert held.tolist() == [grid.cell(*place) == cell for place in places]


def test_what_is_no_place_or_no_size_is_refused() -> None:
    for lat, lon in [(nan, 0.0), (0.0, nan), (90.1, 0.0), (0.0, 180.1), (inf, 0.0)]:
        with pytest.raises(ValueError, match="no place"):
            Grid(100.0).cell(lat, lon)
    for size_m in (0.0, -1.0, nan, inf):
        with pytest.raises(ValueError, match="no size"):
            Grid(size_m)
