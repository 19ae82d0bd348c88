"""What was sent, how many members have it, and how long the last of them waited."""

import time
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from rich.table import Table
from rich.text import Text

from realtime.console import STATES, author_name, level_mark, plain
from realtime.messages import AlertChange, AlertNews, Level, MessageNews

Key: TypeAlias = tuple[str, int]  # an alert and its revision; a message and 0
Mark: TypeAlias = Level | Literal["chat", "private"]

WIDE: Final = 110  # columns of a terminal on which everything has a column of its own

_MARKS: Final = {"chat": Text("… chat", "dim"), "private": Text("✉ private", "magenta")}


@dataclass(slots=True)
class Row:
    """One alert, update or message, with everyone's times of receipt. All times are Unix seconds."""

    at: float
    mark: Mark
    what: str
    who: str
    sent_at: float | None  # None: an update by somebody whom we do not play
    receipts: list[float] = field(default_factory=list)
    came_later: int = 0  # walked in while it was active
    bucket: str | None = None
    ours: bool = False

    @property
    def waits_ms(self) -> tuple[float, float] | None:
        """How long half of the recipients waited at most, and the last one."""
        if self.sent_at is None or not self.receipts:
            return None
        waits = sorted((receipt - self.sent_at) * 1_000 for receipt in self.receipts)
        return waits[len(waits) // 2], waits[-1]

    def cells(self) -> tuple[Text, ...]:
        waits = self.waits_ms
        half, last = ("–", "–") if waits is None else (f"{waits[0]:.1f}", f"{waits[1]:.1f}")
        return (
            Text(time.strftime("%H:%M:%S", time.localtime(self.at)), "dim"),
            _MARKS[self.mark] if self.mark == "chat" or self.mark == "private" else level_mark(self.mark),
            Text(self.what),
            Text(self.who),
            Text(f"{len(self.receipts)}{f' +{self.came_later}' if self.came_later else ''}"),
            Text(self.bucket or ""),
            Text(half),
            Text(last, "bold"),
        )

    def line(self) -> Text:
        """For where there is no table."""
        clock, mark, what, who, reached, _, half, last = self.cells()
        waits = f"  reached {reached}, half within {half} ms, the last in {last} ms"
        return Text.assemble(clock, "  ", mark, f"  {what}  [{who}]", (waits, "dim"))


class Board:
    """Rows in the order in which they were sent. Whatever was sent before the board was made is no part of it."""

    def __init__(self) -> None:
        self.rows: dict[Key, Row] = {}
        self.threads: set[str] = set()  # rooms that are no group's: what is said there is between two
        self.last_receipt = self._since = time.time()

    def received(self, event: AlertNews | AlertChange | MessageNews, at: float, moved_at: float = 0.0) -> None:
        """One simulated member has it. Whoever moved (at `moved_at`) since it was sent has perhaps walked into it."""
        if event.received_at >= self._since:
            row = self._row(event)
            if isinstance(event, AlertNews) and (event.revision > 1 or moved_at > event.sent_at):
                row.came_later += 1
            else:
                row.receipts.append(at)
            self.last_receipt = at
            if event.author.name is not None and not row.ours:  # known to rooms only, so not to everyone
                row.who = plain(event.author.name)

    def sent(self, key: Key, who: str, sent_at: float) -> None:
        """One of ours sent this: its receipts may have come before the answer that told its id."""
        row = self.rows.get(key)
        if row is None:  # nobody has it yet; the first receipt says what it is
            row = self.rows[key] = Row(at=sent_at, mark="info", what="", who=who, sent_at=sent_at)
        row.who, row.sent_at, row.ours = who, sent_at, True

    def reach(self, alert: str, bucket: str | None) -> Row | None:
        """What the server tells the author: a bucket, never a number. It belongs to the alert's first row."""
        row = self.rows.get((alert, 1))
        if row is not None:
            row.bucket = bucket or "not told"
        return row

    def table(self, rows: int, width: int) -> Table:
        """The latest rows. `+` counts who walked in later; `told` is the bucket that the author gets to know."""
        table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold")
        is_narrow = width < WIDE
        words = ("what",) if is_narrow else ("what", "who")
        for title in ("clock", "level", *words, "reached", "told", "half, ms", "last, ms"):
            is_number = title not in ("clock", "level", *words)
            table.add_column(title, no_wrap=title not in words, justify="right" if is_number else "left")
        for row in list(self.rows.values())[-rows:]:
            clock, level, what, who, *numbers = row.cells()
            said = (Text.assemble(what, " ", (f"[{who}]", "dim")),) if is_narrow else (what, who)
            table.add_row(clock, level, *said, *numbers)
        return table

    def _row(self, event: AlertNews | AlertChange | MessageNews) -> Row:
        key = (event.message, 0) if isinstance(event, MessageNews) else (event.alert, event.revision)
        row = self.rows.get(key)
        if row is None:
            sent_at = event.sent_at if key[1] <= 1 else None  # an update bears the time at which its alert was sent
            row = self.rows[key] = Row(time.time(), "chat", "", author_name(event.author), sent_at)
        if not row.what:
            if isinstance(event, MessageNews):
                row.mark = "private" if event.group in self.threads else "chat"
                row.what = plain(event.text)
            else:
                row.mark, row.what = event.level, _describe(event)
        return row


def _describe(event: AlertNews | AlertChange) -> str:
    words = plain(event.headline or event.text or f"{event.kind}, words follow")
    if event.outcome is not None:
        return f"what came of it: {event.outcome.replace('_', ' ')}"
    ended = event.state in ("false_alarm", "closed")
    if ended:
        return f"{STATES[event.state]}: {plain(event.wrong)}" if event.wrong else f"{STATES[event.state]}: {words}"
    return words if event.revision == 1 else f"update {event.revision}: {words}"
