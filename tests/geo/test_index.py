from math import inf, isnan, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from geo.grid import Grid
from geo.index import _ROW, Position, PositionIndex
from tests.geo.places import Place, anchors, around, near
from tests.oracles import destination, whom_a_circle_reaches

TTL_S = 60.0
accuracies = st.sampled_from([0.0, 10.0, 299.99, 300.0, 301.0, 5_000.0]) | st.floats(0.0, 400.0)
reaches = st.sampled_from([0.0, 271.0, 571.0, 3_071.0]) | st.floats(0.0, 50_000.0)
devices = st.integers(0, 5) | st.sampled_from([63, 64, 200])  # beyond what the columns hold at first
Model = dict[int, Position]


def assert_found(index: PositionIndex, live: Model, centre: Place, reach_m: float, now: float) -> None:
    """Poles and the 180th meridian included; a centimetre at the rim is left to rounding."""
    found = index.within(*centre, reach_m, now).tolist()
    assert len(found) == len(set(found))
    positions = {device: position[:3] for device, position in live.items()}
    assert whom_a_circle_reaches(positions, *centre, reach_m - 0.01) <= set(found)
    assert set(found) <= whom_a_circle_reaches(positions, *centre, reach_m + 0.01)


@given(anchors, st.data())
def test_within_finds_whom_a_full_scan_finds(anchor: Place, data: st.DataObject) -> None:
    index, live = PositionIndex(), Model()
    people = st.tuples(devices, around(anchor), accuracies)
    for device, (lat, lon), accuracy_m in data.draw(st.lists(people, max_size=12)):
        index.put(device, lat, lon, accuracy_m, 0.0)
        live[device] = Position(lat, lon, accuracy_m, 0.0, 3_600.0)
    for _ in range(3):
        assert_found(index, live, data.draw(around(anchor)), data.draw(reaches), 0.0)


@given(anchors, st.floats(10.0, 500.0), st.data())
def test_small_steps_are_found_where_they_lead(anchor: Place, slack_m: float, data: st.DataObject) -> None:
    """A walk inside, out of and back into the roomy box, whatever its size."""
    index, place = PositionIndex(slack_m=slack_m), anchor
    for _ in range(data.draw(st.integers(1, 12))):
        place = data.draw(near(place, 2.0 * slack_m))
        index.put(3, *place, 0.0, 0.0)
        assert_found(index, {3: Position(*place, 0.0, 0.0, 3_600.0)}, data.draw(near(place, 200.0)), 100.0, 0.0)


@given(anchors, st.sampled_from([100.0, 1_000.0]), st.data())
def test_in_cell_finds_whom_the_grid_puts_there(anchor: Place, size_m: float, data: st.DataObject) -> None:
    index, grid, cells = PositionIndex(), Grid(size_m), dict[int, tuple[int, int]]()
    for device, place in enumerate(data.draw(st.lists(around(anchor, 2.0 * size_m), max_size=8))):
        index.put(device, *place, 300.0, 0.0)
        cells[device] = grid.cell(*place)
    for cell in {grid.cell(*anchor), *cells.values()}:
        assert sorted(index.in_cell(grid, cell, 0.0)) == [device for device in cells if cells[device] == cell]
        assert index.in_cell(grid, cell, 3_600.0) == []


class Positions(RuleBasedStateMachine):
    """Puts, renewals, removals and expiry in any order, against a dict that is scanned whole."""

    def __init__(self) -> None:
        super().__init__()
        self.index = PositionIndex(ttl_s=TTL_S)
        self.held: Model = {}
        self.now = 1_000.0

    def live(self) -> Model:
        return {device: position for device, position in self.held.items() if position.until > self.now}

    def put(self, device: int, place: Place, accuracy_m: float, age_s: float) -> None:
        at = self.now - age_s
        self.index.put(device, *place, accuracy_m, at)
        self.held[device] = Position(*place, accuracy_m, at, at + TTL_S)

    @rule(device=devices, place=anchors, accuracy_m=accuracies, age_s=st.sampled_from([0.0, 1.0, 59.0, 60.0, 100.0]))
    def appear(self, device: int, place: Place, accuracy_m: float, age_s: float) -> None:
        self.put(device, place, accuracy_m, age_s)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), metres=st.sampled_from([5.0, 90.0, 400.0]), accuracy_m=accuracies)
    def walk(self, data: st.DataObject, metres: float, accuracy_m: float) -> None:
        device = data.draw(st.sampled_from(sorted(self.held)))
        self.put(device, data.draw(near(self.held[device][:2], metres)), accuracy_m, 0.0)

    @rule(device=devices)
    def renew(self, device: int) -> None:
        assert self.index.renew(device, self.now) == (device in self.live())
        if device in self.live():
            self.held[device] = self.held[device]._replace(until=self.now + TTL_S)

    @rule(device=devices)
    def remove(self, device: int) -> None:
        self.index.remove(device)
        self.held.pop(device, None)

    @rule(seconds=st.sampled_from([0.5, 10.0, 30.0, 60.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(limit=st.integers(0, 4))
    def expire(self, limit: int) -> None:
        due = self.held.keys() - self.live().keys()
        dropped = self.index.expire(self.now, limit)
        assert set(dropped) <= due
        assert len(set(dropped)) == len(dropped) == min(limit, len(due))
        for device in dropped:
            del self.held[device]

    @rule(
        device=devices,
        bad=st.sampled_from([
            {"lat": nan}, {"lat": 90.1}, {"lat": -inf}, {"lon": nan}, {"lon": 180.1}, {"lon": inf}, {"accuracy_m": nan},
            {"accuracy_m": -1.0}, {"accuracy_m": inf}, {"at": nan}, {"at": inf}, {"device": -1}, {"device": 10**9},
        ]),
    )  # fmt: skip
    def be_refused(self, device: int, bad: dict[str, float]) -> None:
        with pytest.raises(ValueError, match=r"no (position|place)"):
            self.index.put(**({"device": device, "lat": 1.0, "lon": 1.0, "accuracy_m": 1.0, "at": self.now} | bad))

    @rule(data=st.data(), reach_m=reaches)
    def look(self, data: st.DataObject, reach_m: float) -> None:
        places = [position[:2] for position in self.held.values()]
        centre = data.draw(around(data.draw(st.sampled_from(places) if places else anchors)))
        assert_found(self.index, self.live(), centre, reach_m, self.now)

    @invariant()
    def everything_is_where_the_dict_has_it(self) -> None:
        assert len(self.index) == len(self.held)
        for device in range(-1, 210):
            assert self.index.get(device, self.now) == self.live().get(device)

    @invariant()
    def the_tree_holds_each_device_once_and_nothing_else(self) -> None:
        """rtree says nothing when it deletes nothing, and takes the same number twice."""
        assert sorted(self.index._tree.intersection((-180.0, -90.0, 180.0, 90.0))) == sorted(self.held)


TestPositions = Positions.TestCase
TestPositions.settings = settings(max_examples=60, stateful_step_count=30)


def test_a_position_is_live_until_its_time_has_passed() -> None:
    index = PositionIndex(ttl_s=TTL_S)
    index.put(7, 59.0, 18.0, 10.0, at=100.0)
    assert index.get(7, 159.9) == Position(59.0, 18.0, 10.0, 100.0, 160.0)
    assert index.within(59.0, 18.0, 500.0, 159.9).tolist() == [7]
    assert index.get(7, 160.0) is None
    assert index.within(59.0, 18.0, 500.0, 160.0).tolist() == []
    assert not index.renew(7, 160.0)
    assert index.expire(159.9, 10) == []
    assert index.expire(160.0, 10) == [7]
    assert len(index) == 0


def test_renewal_prolongs_without_changing_when_it_began() -> None:
    index = PositionIndex(ttl_s=TTL_S)
    index.put(0, 59.0, 18.0, 10.0, at=100.0)
    assert index.renew(0, 150.0)
    assert index.get(0, 200.0) == Position(59.0, 18.0, 10.0, 100.0, 210.0)


@pytest.mark.parametrize("bearing_deg", [0.0, 90.0, 180.0, 270.0])
@pytest.mark.parametrize("start", [(59.0, 18.0), (59.0, 179.99), (59.0, -179.99), (89.99, 0.0), (-90.0, 0.0)])
def test_who_leaves_the_box_on_any_side_is_found_where_they_went(start: Place, bearing_deg: float) -> None:
    index, there = PositionIndex(), destination(*start, bearing_deg, 5_000.0)
    index.put(0, *start, 0.0, 0.0)
    index.put(0, *there, 0.0, 0.0)
    assert index.within(*there, 10.0, 0.0).tolist() == [0]
    assert index.within(*start, 10.0, 0.0).tolist() == []


def test_accuracy_counts_up_to_300_m() -> None:
    index, there = PositionIndex(), destination(59.0, 18.0, 0.0, 810.0)
    index.put(0, *there, 5_000.0, 0.0)
    assert index.within(59.0, 18.0, 500.0, 0.0).tolist() == []
    assert index.within(59.0, 18.0, 511.0, 0.0).tolist() == [0]


def test_who_is_in_both_halves_of_a_box_is_found_once() -> None:
    """So near the pole that the roomy box goes all the way round, and the query's crosses the 180th meridian."""
    index = PositionIndex(slack_m=500.0)
    index.put(0, 89.9993, 180.0, 300.0, 0.0)
    assert index.within(89.997, 180.0, 0.0, 0.0).tolist() == [0]


def test_a_crowd_in_one_spot_is_found_whole() -> None:
    """More than the buffer for the tree's answer holds at first."""
    index = PositionIndex()
    for device in range(3_000):
        index.put(device, 59.0, 18.0, 0.0, 0.0)
    assert sorted(index.within(59.0, 18.0, 1.0, 0.0).tolist()) == list(range(3_000))


def test_nothing_of_an_erased_position_stays_in_its_row() -> None:
    index = PositionIndex()
    index.put(0, 59.123, 18.123, 12.5, at=100.0)
    index.remove(0)
    index.remove(0)
    assert all(isnan(value) for value in np.frombuffer(index._rows, _ROW)[0])


@pytest.mark.parametrize(("ttl_s", "slack_m"), [(0.0, 100.0), (nan, 100.0), (inf, 100.0), (60.0, 1.0), (60.0, nan)])
def test_impossible_settings_are_refused(ttl_s: float, slack_m: float) -> None:
    with pytest.raises(ValueError, match="ttl_s"):
        PositionIndex(ttl_s, slack_m)


@pytest.mark.parametrize("reach_m", [nan, -1.0, inf])
def test_an_impossible_reach_is_refused(reach_m: float) -> None:
    with pytest.raises(ValueError, match="no reach"):
        PositionIndex().within(59.0, 18.0, reach_m, 0.0)
