"""The demo's table: who has what, and how long they waited for it."""

import io
import time
from typing import Any

import pytest
from rich.console import Console

from realtime.demo.board import Board
from realtime.messages import AlertChange, AlertNews, Author, MessageNews


def alert(make: type[AlertNews] | type[AlertChange] = AlertNews, **changes: Any) -> AlertNews | AlertChange:
    now = time.time()
    fields: dict[str, Any] = {
        "alert": "a1",
        "revision": 1,
        "level": "red",
        "level_number": 3,
        "kind": "help",
        "lat": 59.3,
        "lon": 18.0,
        "state": "going_on",
        "author": Author(role="member", pseudonym="m-1234"),
        "sent_at": now,
        "received_at": now,
        "expires_at": now + 1_800,
        "why": ("near",),
        "signal": True,
    }
    return make(**(fields | changes))


def test_waits_are_from_sending_to_each_receipt() -> None:
    board = Board()
    now = time.time()
    for wait_s in (0.030, 0.010, 0.020):
        board.received(alert(sent_at=now), now + wait_s)
    (row,) = board.rows.values()
    assert row.waits_ms is not None
    assert [round(wait) for wait in row.waits_ms] == [20, 30]
    assert "reached 3, half within 20.0 ms, the last in 30.0 ms" in row.line().plain
    assert "▲ RED" in row.line().plain


def test_whoever_walks_in_later_is_counted_apart() -> None:
    board = Board()
    sent_at = time.time()
    board.received(alert(sent_at=sent_at), sent_at + 0.01, moved_at=sent_at - 5)
    board.received(alert(sent_at=sent_at), sent_at + 25, moved_at=sent_at + 24.99)
    board.received(alert(AlertChange, sent_at=sent_at, revision=2), sent_at + 30, moved_at=sent_at + 24.99)
    board.received(alert(sent_at=sent_at, revision=2), sent_at + 40, moved_at=sent_at + 39.99)
    first, second = board.rows.values()
    assert "reached 1 +1, " in first.line().plain
    assert "reached 1 +1, " in second.line().plain


def test_receipts_may_come_before_the_answer_that_tells_the_id() -> None:
    board = Board()
    now = time.time()
    board.received(alert(AlertChange, revision=2, headline="Words"), now + 0.05)
    (row,) = board.rows.values()
    assert row.waits_ms is None  # nobody knows yet when it was sent
    board.sent(("a1", 2), "Anna Berg, shop owner", now)
    board.received(alert(AlertChange, revision=2, author=Author(role="member", name="Anna Berg")), now + 0.06)
    assert row.waits_ms is not None
    assert (row.who, row.what, len(row.receipts)) == ("Anna Berg, shop owner", "update 2: Words", 2)


def test_the_answer_may_come_first() -> None:
    board = Board()
    now = time.time()
    board.sent(("m1", 0), "Anna Berg, shop owner", now)
    said = MessageNews(
        message="m1",
        group="g",
        author=Author(role="member", name="Anna Berg"),
        text="hello",
        sent_at=now,
        received_at=now,
        rooms={"g": 1},
    )
    board.received(said, now + 0.001)
    (row,) = board.rows.values()
    assert (row.mark, row.what, row.who) == ("chat", "hello", "Anna Berg, shop owner")


def test_others_are_called_as_they_appear_and_by_name_where_a_room_knows_it() -> None:
    board = Board()
    board.received(alert(), time.time())
    (row,) = board.rows.values()
    assert row.who == "a member (m-1234)"
    board.received(alert(author=Author(role="member", name="visitor-1")), time.time())
    assert row.who == "visitor-1"


def test_the_reach_stands_with_the_alert_and_a_correction_says_what_was_wrong() -> None:
    board = Board()
    board.received(alert(), time.time())
    board.received(alert(AlertChange, revision=2, state="closed", wrong="It was his own door"), time.time())
    board.reach("a1", "20-99")
    first, second = board.rows.values()
    assert (first.bucket, second.bucket) == ("20-99", None)
    assert second.what == "closed: It was his own door"


def test_what_is_said_between_two_is_marked_as_private() -> None:
    board = Board()
    board.threads.add("t")
    for room in ("t", "g"):
        said = MessageNews(
            message=f"m-{room}",
            group=room,
            author=Author(role="member", pseudonym="m-1234"),
            text="A grey van",
            sent_at=time.time(),
            received_at=time.time(),
            rooms={room: 1},
        )
        board.received(said, time.time())
    assert [row.mark for row in board.rows.values()] == ["private", "chat"]
    assert "✉ private" in board.rows["m-t", 0].line().plain


def test_an_office_tells_what_came_of_it() -> None:
    board = Board()
    board.received(alert(AlertChange, revision=3, state="closed", outcome="false_alarm"), time.time())
    (row,) = board.rows.values()
    assert row.what == "what came of it: false alarm"


def test_last_evening_is_no_part_of_this_one() -> None:
    board = Board()
    board.received(alert(received_at=time.time() - 60), time.time())
    assert board.rows == {}


@pytest.mark.parametrize("width", [80, 160])
def test_the_table_keeps_the_latest_rows_that_fit(width: int) -> None:
    board = Board()
    for number in range(10):
        board.received(alert(alert=f"a{number}", headline=f"headline {number}"), time.time())
    paper = io.StringIO()
    Console(width=width, file=paper).print(board.table(4, width))
    text = paper.getvalue()
    assert [f"headline {number}" in text for number in range(10)] == [False] * 6 + [True] * 4
    assert "m-1234" in text
    assert all(len(line.rstrip()) <= width for line in text.splitlines())
