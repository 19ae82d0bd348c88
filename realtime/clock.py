"""Time, in one small object that tests replace."""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    def cancel(self) -> None: ...


class Clock(Protocol):
    def now(self) -> float:
        """Wall time in seconds since 1970 UTC: for what people and the log are told."""

    def monotonic(self) -> float:
        """Seconds that never run backwards: for ages and deadlines."""

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        """Call once after `delay_s`, on the loop's own thread."""


class SystemClock:
    """The machine's clock, with timers on the running loop."""

    now = staticmethod(time.time)  # without a frame of ours around it: every message asks for the time
    monotonic = staticmethod(time.monotonic)

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        return asyncio.get_running_loop().call_later(delay_s, callback)


async def sleep(clock: Clock, delay_s: float) -> None:
    """Return when so much time has passed by this clock; cancelling leaves no timer behind."""
    elapsed = asyncio.Event()
    timer = clock.call_later(delay_s, elapsed.set)
    try:
        await elapsed.wait()
    finally:
        timer.cancel()
