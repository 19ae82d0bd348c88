"""Time that a test moves, and what waits for it."""

import asyncio

import pytest

from realtime.clock import SystemClock, sleep
from tests.fakes import FakeClock


async def test_sleeping_lasts_as_long_as_the_clock_says() -> None:
    clock = FakeClock()
    sleeping = asyncio.ensure_future(sleep(clock, 60.0))
    await asyncio.sleep(0)
    clock.advance(59.9)
    await asyncio.sleep(0)
    assert not sleeping.done()
    clock.advance(0.2)
    await sleeping


async def test_sleeping_that_is_cancelled_leaves_no_timer() -> None:
    clock = FakeClock()
    sleeping = asyncio.ensure_future(sleep(clock, 60.0))
    await asyncio.sleep(0)
    sleeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeping
    assert [timer.callback for _, _, timer in clock._timers] == [None]


async def test_the_machines_clock_can_be_slept_on() -> None:
    await sleep(SystemClock(), 0.0)
