"""What people read: level as word and symbol, and nothing that their terminal would obey."""

import io
import re
from typing import Any, Literal

import pytest
from rich.console import Console

from realtime import messages
from realtime.client import Disconnected, Event
from realtime.console import Printer, plain, span
from realtime.messages import (
    ADVICE,
    LEVEL_NUMBER,
    AlertChange,
    AlertNews,
    Author,
    Drain,
    HistoryLost,
    Level,
    MembershipNews,
    MessageNews,
    Reach,
    StartOver,
    Unconfirmed,
)

HERE = (59.3251, 18.0707)


def alert(level: Level = "red", make: type[AlertNews] | type[AlertChange] = AlertNews, **changes: Any) -> Event:
    fields: dict[str, Any] = {
        "alert": "a1",
        "revision": 1,
        "level": level,
        "level_number": LEVEL_NUMBER[level],
        "kind": "warn",
        "lat": 59.326,
        "lon": 18.0707,
        "state": "going_on",
        "author": Author(role="member", pseudonym="m-1234"),
        "sent_at": 1.7e9,
        "received_at": 1.7e9,
        "expires_at": 1.7e9 + 1_800,
        "why": ("near", "group:abcdefghij"),
        "signal": True,
        "headline": "Somebody tries the doors",
    }
    return make(**(fields | changes))


def printed(*events: Event, colour: bool = False) -> str:
    paper = io.StringIO()
    system: Literal["standard"] | None = "standard" if colour else None
    console = Console(file=paper, highlight=False, soft_wrap=True, force_terminal=colour, color_system=system)
    printer = Printer(console, here=HERE)
    for event in events:
        printer.show(event)
    return paper.getvalue()


@pytest.mark.parametrize(("level", "mark"), [("red", "▲ RED"), ("yellow", "◆ YELLOW"), ("info", "● INFO")])
def test_the_level_is_a_word_and_a_symbol_with_or_without_colour(level: Level, mark: str) -> None:
    assert mark in printed(alert(level))
    assert mark in re.sub(r"\x1b\[[\d;]*m", "", printed(alert(level), colour=True))


def test_an_alert_says_what_where_by_whom_and_why() -> None:
    text = printed(alert(advice=ADVICE, called_112=True, verified_role="guard"))
    for part in (
        "Somebody tries the doors",
        "signal",
        "going on",
        "59.3260, 18.0707 (100 m from you)",
        "a member (m-1234)",
        "verified guard",
        "112 is called",
        "you are near, your group abcdefgh",
        ADVICE,
    ):
        assert part in text


def test_a_correction_says_what_was_wrong_and_that_it_is_over() -> None:
    over = alert(make=AlertChange, revision=3, state="false_alarm", tone="all_clear", wrong="It was his own door")
    text = printed(over)
    for part in ("update 3", "all clear", "(false alarm)", "What was wrong: It was his own door"):
        assert part in text


def test_groups_are_called_by_name_once_it_is_known() -> None:
    joined = MembershipNews(group="abcdefghij", state="member", name="Shops", rooms={"me": 1})
    text = printed(joined, alert())
    assert "you are in the group Shops" in text
    assert "your group Shops" in text


def test_nothing_in_somebody_elses_words_reaches_the_terminal_as_a_command() -> None:
    nasty = "\x1b]0;owned\x07\x1b[2J\u202egnp\r\nsecond line \x9b31m"
    said = MessageNews(
        message="m",
        group="g",
        author=Author(role="member", name=nasty),
        text=nasty,
        sent_at=1.7e9,
        received_at=1.7e9,
        rooms={"g": 1},
    )
    text = printed(alert(headline=nasty, text=nasty, wrong=nasty, why=(nasty,)), said)
    assert not set(text) & set("\x1b\x07\r\u202e\x9b")
    assert text.count("\n") == 4  # head, particulars, what was wrong; the message
    assert plain("👩‍🚒 na\u200cme") == "👩‍🚒 na\u200cme"


def test_words_with_brackets_are_no_markup() -> None:
    assert "[bold]not bold[/bold] [/]" in printed(alert(headline="[bold]not bold[/bold] [/]"))


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (Reach(alert="a1", bucket="20-99"), "20-99 people"),
        (Reach(alert="a1", bucket=None), "not told to new accounts"),
        (Disconnected(4000, "slow", 1.25), "slow; trying again in 1.2 s"),
        (Drain(reconnect_after_s=7), "going down; coming back in 7.0 s"),
        (StartOver(epoch="e2"), "starting over"),
        (HistoryLost(room="g", from_=7), "older messages are gone"),
        (Unconfirmed(alerts=("a", "b")), "2 alerts"),
        (messages.Refused(code="invalid", message="too far"), "refused: too far"),
        (MembershipNews(group="g", state="left", name="Shops", rooms={}), "you have left the group Shops"),
    ],
)
def test_everything_else_is_a_line(event: Event, said: str) -> None:
    text = printed(event)
    assert said in text
    assert text.count("\n") == 1


def test_spans_have_the_unit_that_suits_them() -> None:
    assert [span(seconds) for seconds in (-1, 0.0123, 1.26, 119, 600)] == [
        "0 ms",
        "12 ms",
        "1.3 s",
        "119.0 s",
        "10 min",
    ]
