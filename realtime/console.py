"""What arrives, as lines for people: level as word and symbol (R34), never colour alone; plain when not a terminal."""

import time
from typing import Final

from rich.console import Console
from rich.text import Text

from geo.distance import metres_between
from realtime import messages
from realtime.client import Disconnected, Event
from realtime.messages import (
    AlertChange,
    AlertNews,
    AnswersNews,
    Author,
    CallNews,
    Drain,
    HistoryLost,
    Level,
    Live,
    MembershipNews,
    MessageNews,
    NoticeNews,
    Reach,
    ReadUpTo,
    StartOver,
    State,
    Stored,
    SurveyNews,
    Unconfirmed,
    Welcome,
)

SYMBOLS: Final[dict[Level, str]] = {"red": "▲", "yellow": "◆", "info": "●"}
STYLES: Final[dict[Level, str]] = {"red": "bold red", "yellow": "bold yellow", "info": "bold cyan"}
STATES: Final[dict[State, str]] = {
    "may_happen": "may happen",
    "going_on": "going on",
    "has_happened": "has happened",
    "false_alarm": "false alarm",
    "closed": "closed",
}
_WHY: Final = {"near": "you are near", "own": "it is yours", "held": "you had it", "map": "you look at its place"}
_JOINERS: Final = "\u200c\u200d"  # written within words and emoji; all else that cannot be seen could hide something
_INDENT: Final = " " * 10


def make_console(*, stderr: bool = False) -> Console:
    """Colour only where somebody sees it and NO_COLOR is not set; lines are never broken at a guessed width."""
    return Console(stderr=stderr, highlight=False, soft_wrap=True)


def plain(text: str) -> str:
    """Somebody else's words on one line, without anything that a terminal would obey."""
    return "".join(each if each.isprintable() or each in _JOINERS else " " for each in text)


def level_mark(level: Level) -> Text:
    """The level as symbol and word, in its colour."""
    return Text(f"{SYMBOLS[level]} {level.upper()}", STYLES[level])


def author_name(author: Author) -> str:
    """By name where it is known, otherwise the role and the pseudonym for this alert."""
    if author.name is not None:
        return plain(author.name)
    return plain(f"a {author.role} ({author.pseudonym})" if author.pseudonym else f"a {author.role}")


def _answers(event: AnswersNews) -> str:
    """What people say of an alert, in steps that say nothing about any one of them."""
    said = {"coming": event.coming, "have seen it": event.seen, "safe": event.safe, "not true": event.not_true}
    names = f" ({', '.join(plain(name) for name in event.names)})" if event.names else ""
    return ", ".join(f"{bucket} {what}" for what, bucket in said.items() if bucket is not None) + names


def span(seconds: float) -> str:
    """A time span in the unit that suits it."""
    if seconds < 1:
        return f"{max(seconds, 0) * 1_000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


class Printer:
    """Prints what arrives at one client. `here` is where it is; group names are learnt on the way."""

    def __init__(self, console: Console, *, here: tuple[float, float] | None = None) -> None:
        self._console = console
        self._here = here
        self._groups: dict[str, str] = {}

    def show(self, event: Event) -> None:
        """Print one event, if it says anything to a person."""
        match event:
            case AlertNews() | AlertChange():
                self._alert(event)
            case MessageNews():
                said = Text.assemble((author_name(event.author), "bold"), _office(event), ": ", plain(event.text))
                if event.image is not None:
                    said.append(f"  [picture {event.image.picture}]", "dim")
                self._line(event.received_at, said)
            case MembershipNews():
                self._groups[event.group] = plain(event.name or event.group)
                what = "you are in" if event.state == "member" else "you have left"
                where = "a thread with" if event.thread else "the group"
                self._line(time.time(), Text(f"{what} {where} {self._group(event.group)}"))
            case NoticeNews():
                self._line(time.time(), Text(plain(event.text)))
            case Reach():
                reached = "is not told to new accounts" if event.bucket is None else f"is {event.bucket} people"
                self._line(time.time(), Text(f"the reach of {event.alert[:8]} {reached}"))
            case CallNews() | SurveyNews():
                self._asked(event)
            case AnswersNews():
                self._line(time.time(), Text(f"answers to {event.alert[:8]}: {_answers(event)}"))
            case Welcome() | Live() | Stored() | ReadUpTo():
                pass
            case _:
                self._line(time.time(), Text(_trouble(event), "dim"))

    def _asked(self, event: CallNews | SurveyNews) -> None:
        if isinstance(event, SurveyNews):
            asked = " ".join(plain(each.sv) for each in event.questions)
            self._line(time.time(), Text(f"the survey {plain(event.survey)} asks, once: {asked}"))
            return
        by = plain(event.verified_by.name)
        until = time.strftime("%H:%M", time.localtime(event.until))
        what = "has called off" if event.ended else f"calls volunteers until {until}"
        self._line(time.time(), Text(f"{by} {what}: {plain(event.text)}", "bold"))

    def _alert(self, event: AlertNews | AlertChange) -> None:
        now = time.time()
        head = level_mark(event.level)
        if event.revision > 1:
            head.append(f"  update {event.revision}")
        if event.signal:
            head.append("  all clear" if event.tone == "all_clear" else "  signal", "bold")
        for said, word in ((event.late, "late"), (event.exercise, "exercise"), (event.unverified, "unverified")):
            if said:
                head.append(f"  {word}")
        words = ": ".join(plain(part) for part in (event.what, event.headline, event.text) if part)
        head.append(f"  {words or event.kind}", "bold")
        head.append(f"  ({STATES[event.state]})")
        self._line(now, head)
        self._console.print(Text(_INDENT + self._particulars(event, now), "dim"))
        if event.wrong is not None:
            self._console.print(Text(f"{_INDENT}What was wrong: {plain(event.wrong)}"))
        if event.advice is not None and event.state not in messages.ENDINGS:
            self._console.print(Text(f"{_INDENT}{plain(event.advice)}", "italic"))

    def _particulars(self, event: AlertNews | AlertChange, now: float) -> str:
        place = f"at {event.lat:.4f}, {event.lon:.4f}"
        if self._here is not None:
            place += f" ({metres_between(*self._here, event.lat, event.lon):.0f} m from you)"
        parts = [place, f"by {author_name(event.author)}"]
        if event.verified_role is not None:
            parts.append(_office(event).strip(" ()"))
        if event.called_112 is not None:
            parts.append("112 is called" if event.called_112 else "112 is not called")
        # An update carries the time at which the alert was first sent.
        parts.append(f"{'sent' if event.revision == 1 else 'first sent'} {span(now - event.sent_at)} ago")
        parts.append(", ".join(_WHY.get(why) or self._why_group(why) for why in event.why))
        return "; ".join(parts)

    def _why_group(self, why: str) -> str:
        kind, _, name = why.partition(":")
        return f"your group {self._group(name)}" if kind == "group" else plain(why)

    def _group(self, group: str) -> str:
        return self._groups.get(group, plain(group[:8]))

    def _line(self, at: float, text: Text) -> None:
        clock = time.strftime("%H:%M:%S", time.localtime(at))
        self._console.print(Text.assemble((clock, "dim"), "  ", text))


def _office(event: AlertNews | AlertChange | MessageNews) -> str:
    """The emblem in words: the verified role, and who says so (R31)."""
    if event.verified_role is None:
        return ""
    by = "" if event.verified_by is None else f" by {plain(event.verified_by.name)}"
    return f" (verified {plain(event.verified_role)}{by})"


def _trouble(event: Unconfirmed | StartOver | HistoryLost | Drain | messages.Refused | Disconnected) -> str:
    match event:
        case Disconnected():
            return f"{plain(event.reason)}; trying again in {span(event.retry_in_s)}"
        case Drain():
            return f"the server is going down; coming back in {span(event.reconnect_after_s)}"
        case StartOver():
            return "the server's history is another one now: starting over"
        case HistoryLost():
            return "older messages are gone"
        case Unconfirmed():
            return f"{len(event.alerts)} alerts shown before could not be confirmed"
        case messages.Refused():
            return f"refused: {plain(event.message)}"
