"""Areas of the platform from files, by the command that its owner has."""

import json
import os
import signal
from collections.abc import Iterator
from math import cos, radians, sin
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from geo.areas import Area
from realtime.cli import main
from realtime.commands import geojson
from tests.program import Program

RING = [[16.80, 59.20], [17.35, 59.20], [17.35, 59.48], [16.80, 59.48], [16.80, 59.20]]
CROSSED = [RING[0], RING[2], RING[1], RING[3]]
FEATURE: dict[str, Any] = {
    "type": "Feature",
    "id": "strangnas",
    "properties": {"name": "Strängnäs", "categories": ["burglary"], "yellow_radius_m": 600, "population": 38_000},
    "geometry": {"type": "Polygon", "coordinates": [RING]},
}


def written(folder: Path, feature: Any) -> Path:
    file = folder / "area.geojson"
    file.write_text(json.dumps(feature), encoding="utf-8")
    return file


def test_longitude_comes_first_in_a_file_and_nowhere_else(tmp_path: Path) -> None:
    (drawn,) = geojson.read(written(tmp_path, FEATURE), lambda: "id")
    request = drawn.request
    assert (request.area, request.name, request.categories, request.yellow_radius_m) == (
        "strangnas", "Strängnäs", ("burglary",), 600,
    )  # fmt: skip
    assert [(corner.lat, corner.lon) for corner in request.parts[0].corners] == [(lat, lon) for lon, lat in RING[:-1]]
    assert drawn.tolerance_m == 0


def test_several_features_and_pieces_with_holes(tmp_path: Path) -> None:
    hole = [[17.0, 59.3], [17.1, 59.3], [17.1, 59.4], [17.0, 59.3]]
    pieces = {"type": "MultiPolygon", "coordinates": [[RING, hole], [[[18.0, 59.0], [18.1, 59.0], [18.1, 59.1]]]]}
    other = {**FEATURE, "id": 7, "geometry": pieces}
    first, second = geojson.read(
        written(tmp_path, {"type": "FeatureCollection", "features": [FEATURE, other]}), lambda: "id"
    )
    assert (first.request.area, second.request.area) == ("strangnas", "7")
    assert [(len(part.corners), [len(each) for each in part.holes]) for part in second.request.parts] == [
        (4, [3]),
        (3, []),
    ]


def test_a_fine_outline_loses_corners_and_says_so(tmp_path: Path) -> None:
    turn = [i / 6_000 * 6.283185 for i in range(6_000)]
    fine = [
        [17.0 + 0.2 * cos(a) / cos(radians(59.3)), 59.3 + (0.1 + 0.0002 * (i % 2)) * sin(a)] for i, a in enumerate(turn)
    ]
    geometry = {"type": "Polygon", "coordinates": [[*fine, fine[0]]]}
    (drawn,) = geojson.read(written(tmp_path, {**FEATURE, "geometry": geometry}), lambda: "id")
    corners = [(corner.lat, corner.lon) for corner in drawn.request.parts[0].corners]
    assert len(corners) <= geojson.MAX_CORNERS
    assert 0 < drawn.tolerance_m <= 100
    area = Area([[corners]])
    assert all(area.reaches(lat, lon, drawn.tolerance_m + 1) for lon, lat in fine)


@pytest.mark.parametrize(
    ("feature", "says"),
    [
        ({**FEATURE, "id": None}, "no id"),
        ({**FEATURE, "properties": {}}, "name"),
        ({**FEATURE, "properties": {"name": "x", "categories": ["Two Words"]}}, "categories"),
        ({**FEATURE, "geometry": None}, "Polygon or a MultiPolygon"),
        ({**FEATURE, "geometry": {"type": "Polygon", "coordinates": [[[17.0, 159.3], [17, 59], [18, 59]]]}}, "first"),
        ({**FEATURE, "geometry": {"type": "Polygon", "coordinates": [[1, 2]]}}, "lists of rings"),
        ({**FEATURE, "geometry": {"type": "Polygon", "coordinates": [CROSSED]}}, "no polygon"),
        ({"type": "Polygon", "coordinates": [RING]}, "no Feature"),
        ({"type": "FeatureCollection", "features": []}, "features"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_file_is_said(tmp_path: Path, feature: Any, says: str) -> None:
    if isinstance(feature, dict) and feature.get("id", "") is None:
        del feature["id"]
    with pytest.raises(ValueError, match=says):
        geojson.read(written(tmp_path, feature), lambda: "id")


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, ...]]:
    """The options that lead to a running server."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("SAMVERKAN_")]:
        monkeypatch.delenv(name)
    data = tmp_path / "data"
    with Program("serve", "--port", "0", "--data", str(data), SAMVERKAN_SERVER_DRAIN_S="0.1") as program:
        url = program.until("listening").split()[4]
        yield "--url", url, "--data", str(data)
        assert program.end(signal.SIGTERM)[0] == 0


def admin(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["admin", "area", *arguments])


def test_the_owner_sets_lists_and_removes_areas(server: tuple[str, ...], tmp_path: Path) -> None:
    file = str(written(tmp_path, FEATURE))
    done = admin("set", file, *server)
    assert done.output == "strangnas: Strängnäs, latitude 59.20 to 59.48, longitude 16.80 to 17.35\n", done.output
    assert json.loads(admin("list", "--json", *server).output) == {
        "area": "strangnas",
        "name": "Strängnäs",
        "categories": ["burglary"],
        "yellow_radius_m": 600.0,
    }
    assert "600 m" in admin("list", *server).output
    assert admin("remove", "strangnas", *server).output == "strangnas is removed\n"
    assert admin("list", "--json", *server).output == ""
    again = admin("remove", "strangnas", *server)
    assert (again.exit_code, "no such area" in again.stderr) == (1, True)


@pytest.mark.parametrize("name", [(), ("area",), ("area", "set"), ("area", "list"), ("area", "remove")])
def test_every_help_has_an_example(name: tuple[str, ...]) -> None:
    text = CliRunner().invoke(main, ["admin", *name, "--help"]).output
    assert text.partition("Example:\n")[2].strip().startswith(" ".join(("samverkan admin", *name[:1])))
