"""The board on a terminal, as a table that changes while the evening lasts; elsewhere and later, line by line."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from realtime.demo.board import Board, Key

LOOK_EVERY_S: Final = 0.2
SETTLED_S: Final = 0.5  # since the last receipt


class Display:
    """Shows a board while `run` runs."""

    def __init__(self, board: Board, console: Console) -> None:
        self._board = board
        self._console = console
        self._over: list[str] | None = None
        self._printed: set[Key] = set()
        self._told: set[Key] = set()

    def finish(self, commands: Sequence[str]) -> None:
        """The evening is over: say what can be done now."""
        self._over = [
            "",
            "The evening is over; the server stays up, and everybody keeps walking until Ctrl-C.",
            "Try these from a second terminal, in this folder:",
            "",
            *(f"  {command}" for command in commands),
            "",
        ]

    async def run(self) -> None:
        """Show the evening, then what to try, then what comes of it, until cancelled."""
        if self._console.is_terminal:
            await self._draw_evening()
            self._printed |= self._board.rows.keys()
            self._told |= self._board.rows.keys()
        else:
            while self._over is None:
                await asyncio.sleep(LOOK_EVERY_S)
                self._print_settled()
            self._print_settled(everything=True)
        # Not within the table: a command that it folds could not be copied.
        self._console.print(Text("\n".join(self._over or [])))
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self._print_settled()

    async def _draw_evening(self) -> None:
        # On the loop and only between receipts: a thread that draws would make the next ones look late.
        drawn: object = None
        with Live(self._table(1), console=self._console, auto_refresh=False) as live:
            while self._over is None:
                await asyncio.sleep(LOOK_EVERY_S)
                now = [(key, len(row.receipts), row.bucket, row.who) for key, row in self._board.rows.items()]
                if now != drawn and time.time() - self._board.last_receipt > SETTLED_S / 2:
                    drawn = now
                    rows = max(3, (self._console.height - 4) // 2)  # each may need a second line
                    live.update(self._table(rows), refresh=True)
            live.update(self._table(len(self._board.rows)), refresh=True)

    def _table(self, rows: int) -> Table:
        return self._board.table(rows, self._console.width)

    def _print_settled(self, *, everything: bool = False) -> None:
        for key, row in self._board.rows.items():
            settled = everything or (row.receipts and time.time() - row.receipts[-1] > SETTLED_S)
            if settled and key not in self._printed:
                self._printed.add(key)
                self._console.print(row.line())
            if row.bucket is not None and key in self._printed and key not in self._told:
                self._told.add(key)
                self._console.print(Text(f"          the author is told the reach of “{row.what}”: {row.bucket}"))
