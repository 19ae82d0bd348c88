"""Places to test with, mostly hard ones: the poles, the 180th meridian, borders of cells, the very same point twice."""

from hypothesis import strategies as st

from tests.oracles import destination

Place = tuple[float, float]

latitudes = st.floats(-90.0, 90.0)
longitudes = st.floats(-180.0, 180.0)
anywhere = st.tuples(latitudes, longitudes)
hard = st.tuples(
    st.sampled_from([-90.0, 90.0, 0.0, -0.0, 89.999999, -89.99, 59.325]),
    st.sampled_from([-180.0, 180.0, 179.9999999, -179.9999999, 0.0, 18.07]),
)
anchors = hard | anywhere


@st.composite
def near(draw: st.DrawFn, anchor: Place, within_m: float) -> Place:
    """A place within some metres of another; one time in a few the very same."""
    distance_m = draw(st.just(0.0) | st.floats(0.0, within_m))
    if distance_m == 0.0:
        return anchor
    return destination(*anchor, draw(st.floats(0.0, 360.0)), distance_m)


def around(anchor: Place, within_m: float = 3_000.0) -> st.SearchStrategy[Place]:
    """Mostly places near an anchor, so that circles meet; now and then one anywhere."""
    return st.one_of(near(anchor, within_m), near(anchor, within_m / 20.0), near(anchor, within_m), anchors)
