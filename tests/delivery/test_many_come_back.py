"""Many who come back at once: few reads, one turn each, and nobody with false books."""

from collections.abc import Iterator

import pytest

from realtime.config import Settings
from storage.events import LoggedEvent
from storage.memory import MemoryStore
from tests.town import Phone, Town, kinds, with_settings


def chat(phone: Phone, group: str, *texts: str) -> None:
    for text in texts:
        assert phone.ask("message", group=group, text=text)["type"] == "ok"


def texts(phone: Phone) -> list[str]:
    return [message["text"] for message in phone.all("message")]


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


class CountedReads(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.reads = 0

    async def after(self, room: str, seq: int, limit: int) -> list[LoggedEvent]:
        self.reads += 1
        return await super().after(room, seq, limit)


def test_a_whole_room_that_comes_back_after_a_restart_costs_one_read() -> None:
    """And none at all while the tail of the room is still in memory."""
    store = CountedReads()
    town = Town(store=store)
    group = town.group(*(town.phone(f"user-{number}") for number in range(30)))
    anna = town.phone("user-0")
    chat(anna, group, *map(str, range(20)))
    for restarts in (False, True):
        if restarts:
            town = town.restarted()
        back = [Phone(town, f"user-{number}", "phone") for number in range(30)]
        for phone in back:
            phone.say("hello", token=f"real/{phone.user}", device="phone", rooms={group: 0})
        town.settle()
        assert all(texts(phone) == list(map(str, range(20))) for phone in back)
        assert store.reads == restarts
    town.close()


def test_a_short_way_back_is_done_in_the_step_that_says_welcome(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    chat(anna, group, "one", "two")
    back = Phone(town, "bo", "tablet")
    back.say("hello", token="real/bo", device="tablet", rooms={group: 0})
    assert kinds(back.connection.frames) == ["welcome", "message", "message", "live"]
    assert not town.worlds["real"].catch_up.is_busy


@pytest.mark.parametrize("seq", [3, 2**53 - 1])
def test_a_place_that_does_not_exist_yet_is_refused_and_the_connection_lives_on(town: Town, seq: int) -> None:
    """A client with such books would pass over what comes next as a repeat."""
    anna = town.phone("anna")
    group = town.group(anna)
    chat(anna, group, "one", "two")
    back = Phone(town, "anna", "tablet")
    answer = back.ask("hello", token="real/anna", device="tablet", rooms={group: seq}, epoch=town.epoch)
    assert (answer["code"], answer["field"]) == ("invalid", "rooms")
    assert back.ask("hello", token="real/anna", device="tablet", rooms={group: 2})["type"] == "welcome"
    chat(anna, group, "three")
    assert texts(back) == ["three"]


def test_places_of_another_epoch_or_of_foreign_rooms_are_no_mistake(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna)
    for claims in ({"epoch": "another", "rooms": {"me": 9}}, {"epoch": town.epoch, "rooms": {group: 9, "no-such": 9}}):
        back = Phone(town, bo.user, "tablet")
        assert back.ask("hello", token="real/bo", device="tablet", **claims)["type"] == "welcome"


def test_whoever_says_hello_when_too_many_do_is_let_in_at_their_turn() -> None:
    town = Town(with_settings(Settings(), connection={"hellos_per_s": 10.0, "hellos_burst": 1}))
    phones = [Phone(town, f"user-{number}", "phone") for number in range(4)]
    said = [phone.ask("hello", token=f"real/{phone.user}", device="phone") for phone in phones]
    assert [answer.get("retry_after_s") for answer in said] == [None, 0.1, 0.2, 0.3]
    town.pass_time(0.21)
    again = [phone.ask("hello", token=f"real/{phone.user}", device="phone") for phone in phones[1:]]
    assert [(answer["type"], answer.get("code")) for answer in again] == [
        ("welcome", None),
        ("welcome", None),
        ("error", "busy"),
    ]
    assert again[-1]["retry_after_s"] == pytest.approx(0.09)
    town.close()
