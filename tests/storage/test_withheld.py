"""Messages that somebody else than their author withholds, and gives back: what every store promises."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from storage.events import MessagePosted, MessageRevised
from tests.storage.samples import entry, message, revised
from tests.storage.stores import STORES, Store


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with STORES[request.param](tmp_path) as opened:
        yield opened


async def now(store: Store) -> tuple[str, str | None, int]:
    """The message at seq 1 as it is now: its text, why it is withheld, and its revision."""
    body = (await store.after("g", 0, 1))[0].body
    assert isinstance(body, MessagePosted)
    return body.text, body.removed_why, body.revision


async def test_a_withheld_message_says_why_and_its_author_cannot_bring_it_back(store: Store) -> None:
    await store.append([entry(message(), "g"), entry(replace(revised(text=""), removed_why="tone"), "g")])
    assert await now(store) == ("", "tone", 2)
    (late,) = await store.append([entry(revised(text="again"), "g")])
    assert isinstance(late.body, MessageRevised)
    assert late.body.message is None
    assert await now(store) == ("", "tone", 2)


async def test_what_is_given_back_is_as_it_was_and_goes_on_from_there(store: Store) -> None:
    hidden = replace(revised(text=""), removed_why="looked at")
    shown = replace(revised(text="Hej"), restored=True)
    await store.append([entry(message(), "g"), entry(hidden, "g"), entry(shown, "g")])
    assert await now(store) == ("Hej", None, 3)
    await store.append([entry(revised(text="Hej då"), "g")])
    assert await now(store) == ("Hej då", None, 4)


async def test_a_hidden_message_can_be_removed_for_another_reason(store: Store) -> None:
    hidden = replace(revised(text=""), removed_why="looked at")
    removed = replace(revised(text=""), removed_why="political", restored=True)
    await store.append([entry(message(), "g"), entry(hidden, "g"), entry(removed, "g")])
    assert await now(store) == ("", "political", 3)
