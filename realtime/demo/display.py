"""The board on a terminal, as a table that changes; elsewhere, as one line for each row once all have it."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from realtime.demo.board import Board, Key

LOOK_EVERY_S: Final = 0.2
SETTLED_S: Final = 0.5  # after the last receipt: drawing at the same moment would make the next ones look late
ROWS_ELSEWHERE: Final = 12  # lines of the screen that are not the table's


class Display:
    """Shows a board while `run` runs."""

    def __init__(self, board: Board, console: Console) -> None:
        self._board = board
        self._console = console
        self._below = Text()
        self._printed: set[Key] = set()
        self._told: set[Key] = set()
        self._drawn = ""

    def finish(self, commands: Sequence[str]) -> None:
        """The evening is over: say what can be done now."""
        lines = ["The evening is over; the server stays up, and everybody keeps walking until Ctrl-C."]
        lines += ["Try these from a second terminal, in this folder:", ""]
        self._below = Text("\n".join(["", *lines, *(f"  {command}" for command in commands), ""]))
        if not self._console.is_terminal:
            self._print_settled(everything=True)
            self._console.print(self._below)

    async def run(self) -> None:
        if not self._console.is_terminal:
            while True:
                await asyncio.sleep(LOOK_EVERY_S)
                self._print_settled()
        # Drawn on the loop and only between receipts: a thread of its own would take the interpreter in the midst.
        with Live(self._picture(), console=self._console, auto_refresh=False) as live:
            while True:
                await asyncio.sleep(LOOK_EVERY_S)
                state = repr([(key, len(row.receipts), row.bucket) for key, row in self._board.rows.items()])
                state += self._below.plain
                if state != self._drawn and time.time() - self._board.last_receipt > SETTLED_S / 2:
                    self._drawn = state
                    live.update(self._picture(), refresh=True)

    def _picture(self) -> Group:
        return Group(self._board.table(self._console.height - ROWS_ELSEWHERE), self._below)

    def _print_settled(self, *, everything: bool = False) -> None:
        for key, row in self._board.rows.items():
            settled = everything or (row.receipts and time.time() - row.receipts[-1] > SETTLED_S)
            if settled and key not in self._printed:
                self._printed.add(key)
                self._console.print(Text(row.line()))
            if row.bucket is not None and key in self._printed and key not in self._told:
                self._told.add(key)
                self._console.print(Text(f"          the author is told the reach of “{row.what}”: {row.bucket}"))
