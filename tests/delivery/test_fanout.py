"""Writing in chunks: nobody is stalled, reds go before others, and whoever leaves meanwhile gets nothing more."""

from collections.abc import Iterator

import pytest

from realtime.config import AlertSettings
from realtime.delivery.fanout import LOOK_EVERY
from realtime.identity import Identity
from realtime.messages import RaiseAlert
from realtime.service.words.composing import new_alert
from storage.events import AlertRaised, AlertUpdated, Entry, Event, LoggedEvent, MemberLeft, MessagePosted, own_room
from tests.town import HERE, Phone, Town

COUNT = LOOK_EVERY + 30


class Street:
    """A group whose sockets take a millisecond each, so that a chunk ends where the clock is looked at first."""

    def __init__(self) -> None:
        self.town = Town()
        self.phones = [self.town.phone(f"user-{number}") for number in range(COUNT)]
        self.group = self.town.group(*self.phones, locked=True)
        self.hub = self.town.hubs["real"]
        for phone in self.phones:
            phone.new()
            send = phone.connection.send
            phone.connection.send = lambda frame, lane, send=send: (self.town.clock.stall(0.001), send(frame, lane))  # type: ignore[method-assign,assignment,misc]

    def log(self, body: Event, *rooms: str) -> LoggedEvent:
        now = self.town.clock.now()
        [logged] = self.town.run(self.town.store.append([Entry(body=body, world="real", at=now, rooms=rooms)]))
        return logged

    def red(self, public: bool = False) -> LoggedEvent:
        request = RaiseAlert(
            level="red", kind="warn", lat=HERE[0], lon=HERE[1], public=public, groups=(self.group,), headline="Words"
        )
        author = Identity(user="somebody", world="real", expires_at=0.0)
        alert = new_alert("alert", author, request, AlertSettings(), self.town.clock.now(), unverified=False)
        return self.log(AlertRaised(alert), self.group)

    def chat(self) -> LoggedEvent:
        body = MessagePosted(
            id="message", group=self.group, author="somebody", text="hello", sent_at=0.0, received_at=0.0
        )
        return self.log(body, self.group)

    def dispatch(self, logged: LoggedEvent) -> None:
        """Dispatch and write one chunk, as the writer does."""
        self.town.on_loop(self.hub.dispatch, logged, ())
        self.town.on_loop(self.hub.fanout.run)

    def reached(self, type: str) -> list[Phone]:
        return [phone for phone in self.phones if phone.all(type)]


@pytest.fixture
def street() -> Iterator[Street]:
    street = Street()
    yield street
    street.town.close()


def test_a_chunk_ends_after_ten_milliseconds_and_the_rest_follows(street: Street) -> None:
    street.dispatch(street.red())
    assert 0 < len(street.reached("alert")) < COUNT
    street.town.settle()
    assert len(street.reached("alert")) == COUNT
    assert all(len(phone.all("alert")) == 1 for phone in street.phones)


def test_a_red_goes_before_what_is_still_being_written(street: Street) -> None:
    street.dispatch(street.chat())
    already = street.reached("message")
    street.dispatch(street.red())
    street.town.settle()
    assert len(street.reached("message")) == len(street.reached("alert")) == COUNT
    for phone in street.phones:
        order = [frame["type"] for frame in phone.new("message", "alert")]
        assert order == (["message", "alert"] if phone in already else ["alert", "message"])


def test_the_order_is_another_one_each_time() -> None:
    """R19: nearest first, or always the same, would tell who stands where."""
    firsts = set()
    for _ in range(4):
        street = Street()
        street.dispatch(street.red())
        firsts.add(frozenset(phone.user for phone in street.reached("alert")))
        street.town.close()
    assert len(firsts) > 1


def leave(street: Street, phone: Phone) -> None:
    own = own_room("real", phone.user)
    street.dispatch(street.log(MemberLeft(group=street.group, user=phone.user), own))


def test_who_leaves_before_the_write_gets_neither_the_alert_nor_its_changes(street: Street) -> None:
    street.dispatch(street.red())
    waiting = next(phone for phone in street.phones if not phone.all("alert"))
    leave(street, waiting)
    street.town.settle()
    assert waiting.all("alert") == []
    assert street.hub.holds.get("alert", waiting.session.number) is None
    assert len(street.reached("alert")) == COUNT - 1
    assert street.hub.fanout.frames == {"alert": COUNT - 1, "update": 0, "message": 0, "stored": 0}


def test_who_leaves_before_the_write_and_is_near_gets_what_the_public_sees(street: Street) -> None:
    for phone in street.phones:
        phone.say("position", lat=HERE[0], lon=HERE[1])
    street.dispatch(street.red(public=True))
    waiting = next(phone for phone in street.phones if not phone.all("alert"))
    leave(street, waiting)
    street.town.settle()
    [alert] = waiting.all("alert")
    assert (alert["why"], "rooms" in alert, alert["cell_m"]) == (["near"], False, 100)
    assert "name" not in alert["author"]


def test_who_acknowledges_before_the_write_gets_it_all_the_same(street: Street) -> None:
    """No honest client can; the id may be known from elsewhere."""
    street.dispatch(street.red())
    waiting, leaving, *_ = [phone for phone in street.phones if not phone.all("alert")]
    waiting.say("ack", alerts=["alert"])
    leave(street, leaving)
    street.town.settle()
    assert len(street.reached("alert")) == COUNT - 1


def test_who_was_not_sent_it_after_all_acknowledges_nothing(street: Street) -> None:
    street.dispatch(street.red())
    waiting = next(phone for phone in street.phones if not phone.all("alert"))
    leave(street, waiting)
    street.town.settle()
    for phone in (waiting, street.reached("alert")[0]):
        phone.say("ack", alerts=["alert"])
    street.town.pass_time(60)
    assert street.hub.receipts.recipients["red", "acknowledged"].total == 1


def test_who_leaves_before_the_write_hears_no_chat_any_more(street: Street) -> None:
    street.dispatch(street.chat())
    waiting = next(phone for phone in street.phones if not phone.all("message"))
    leave(street, waiting)
    street.town.settle()
    assert waiting.all("message") == []
    assert len(street.reached("message")) == COUNT - 1


def test_a_closed_session_costs_the_others_nothing(street: Street) -> None:
    street.dispatch(street.red())
    gone = next(phone for phone in street.phones if not phone.all("alert"))
    gone.hang_up()
    street.town.settle()
    assert len(street.reached("alert")) == COUNT - 1


def test_who_takes_the_number_of_somebody_gone_gets_nothing_of_theirs(street: Street) -> None:
    """R13, R14: a device's number is used again, in the middle of a fan-out too."""
    street.dispatch(street.red())
    gone = next(phone for phone in street.phones if not phone.all("alert"))
    number = gone.session.number
    gone.hang_up()
    stranger = street.town.phone("stranger")
    assert stranger.session.number == number
    street.town.settle()
    assert stranger.all("alert") == []
    street.town.pass_time(60)
    assert street.hub.receipts.recipients["red", "written"].total == COUNT - 1


def test_who_comes_back_before_the_write_gets_it_once(street: Street) -> None:
    street.dispatch(street.red())
    gone = next(phone for phone in street.phones if not phone.all("alert"))
    again = street.town.phone(gone.user)
    street.town.settle()
    assert gone.all("alert") == []
    assert len(again.all("alert")) == 1


def test_who_leaves_while_the_end_is_being_written_still_gets_it_without_words(street: Street) -> None:
    """R13: who holds an alert gets its state always, also after leaving the group."""
    raised = street.red()
    street.dispatch(raised)
    street.town.settle()
    assert isinstance(raised.body, AlertRaised)
    now = street.town.clock.now()
    end = raised.body.alert.revised(now, {"state": "closed", "ended_at": now, "corrected": 2})
    street.dispatch(street.log(AlertUpdated(end)))
    waiting = next(phone for phone in street.phones if not phone.all("update"))
    leave(street, waiting)
    street.town.settle()
    [update] = waiting.all("update")
    assert (update["why"], update["tone"], "headline" in update) == (["held"], "all_clear", False)
    assert len(street.reached("update")) == COUNT


def test_what_is_stored_is_told_behind_the_copies_that_are_still_on_their_way(street: Street) -> None:
    raised = street.red()
    assert isinstance(raised.body, AlertRaised)
    street.town.on_loop(street.hub.dispatch_unstored, raised.body.alert, ())
    street.town.on_loop(street.hub.fanout.run)
    street.town.on_loop(street.hub.confirm, raised, ())
    street.town.settle()
    for phone in street.phones:
        assert [frame["type"] for frame in phone.new("alert", "stored")] == ["alert", "stored"]
