"""What was sent, how many members have it, and how long the last of them waited."""

import time
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from rich.table import Table
from rich.text import Text

from realtime.console import STATES, author_name, level_mark, plain
from realtime.messages import AlertChange, AlertNews, Level, MessageNews

Key: TypeAlias = tuple[str, int]  # an alert and its revision; a message and 0
Mark: TypeAlias = Level | Literal["chat"]

_CHAT: Final = Text("… chat", "dim")


@dataclass(slots=True)
class Row:
    """One alert, update or message, with everyone's times of receipt. All times are Unix seconds."""

    at: float
    mark: Mark
    what: str
    who: str
    sent_at: float | None  # None: an update by somebody whom we do not play
    receipts: list[float] = field(default_factory=list)
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
            _CHAT if self.mark == "chat" else level_mark(self.mark),
            Text(self.what),
            Text(self.who),
            Text(str(len(self.receipts))),
            Text(self.bucket or ""),
            Text(half),
            Text(last, "bold"),
        )

    def line(self) -> str:
        """For where nobody sees a table."""
        clock, mark, what, who, reached, _, half, last = (cell.plain for cell in self.cells())
        return f"{clock}  {mark:<8}  {what}  [{who}]  reached {reached}, half within {half} ms, the last in {last} ms"


class Board:
    """Rows in the order in which they were sent. Whatever was sent before the board was made is no part of it."""

    def __init__(self) -> None:
        self.rows: dict[Key, Row] = {}
        self.last_receipt = self._since = time.time()

    def received(self, event: AlertNews | AlertChange | MessageNews, at: float) -> None:
        """One simulated member has it."""
        if event.received_at >= self._since:
            row = self._row(event)
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

    def table(self, height: int) -> Table:
        """The latest rows, as many as fit."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        for title in ("clock", "level", "what", "who", "reached", "reach told", "half, ms", "last, ms"):
            numeric = title in ("reached", "half, ms", "last, ms")
            table.add_column(title, justify="right" if numeric else "left", no_wrap=title != "what")
        for row in list(self.rows.values())[-max(height, 3) :]:
            table.add_row(*row.cells())
        return table

    def _row(self, event: AlertNews | AlertChange | MessageNews) -> Row:
        key = (event.message, 0) if isinstance(event, MessageNews) else (event.alert, event.revision)
        row = self.rows.get(key)
        if row is None:
            sent_at = event.sent_at if key[1] <= 1 else None  # an update bears the time at which its alert was sent
            row = self.rows[key] = Row(time.time(), "chat", "", author_name(event.author), sent_at)
        if not row.what:
            row.mark = "chat" if isinstance(event, MessageNews) else event.level
            row.what = plain(event.text) if isinstance(event, MessageNews) else _describe(event)
        return row


def _describe(event: AlertNews | AlertChange) -> str:
    words = plain(event.headline or event.text or f"{event.kind}, words follow")
    ended = event.state in ("false_alarm", "closed")
    if ended:
        return f"{STATES[event.state]}: {plain(event.wrong)}" if event.wrong else f"{STATES[event.state]}: {words}"
    return words if event.revision == 1 else f"update {event.revision}: {words}"
