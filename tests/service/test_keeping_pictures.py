"""What is kept of pictures, and for how long."""

import json
from collections.abc import Iterator

import pytest

from realtime.media.pictures import Prepared
from storage.facts import PictureKept
from tests.town import Town


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def test_one_that_is_shown_in_the_moment_in_which_its_time_passes_is_kept(town: Town) -> None:
    anna = town.phone("anna")
    group = town.group(anna)
    pictures = town.worlds["real"].wall.pictures
    name = pictures.name(anna.session.identity, Prepared(b"full", b"small", 4, 3))
    kept = town.run(pictures.keep(anna.session.identity, name, Prepared(b"full", b"small", 4, 3)))
    shown = {"type": "message", "id": "m", "group": group, "image": {"picture": name, "shows": "nobody"}}

    def together() -> None:
        anna.session.received(json.dumps(shown).encode())
        pictures.drop_old(kept.until)

    town.on_loop(together)
    town.settle()
    assert anna.all("ok")[-1]["id"] == "m"
    held = town.hubs["real"].facts.get(PictureKept, name)
    assert held is not None
    assert held.until > kept.until
    town.on_loop(pictures.drop_old, held.until)
    town.settle()
    assert pictures.gone == [name]
