"""The server runs on the loop that it is written for, and no test may make it log a bug."""

import logging
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator

import pytest
import uvloop


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], AbstractEventLoop]]:
    return {"uvloop": uvloop.new_event_loop}


class Alarm(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(self.format(record))


@pytest.fixture(autouse=True)
def alarm() -> Iterator[Alarm]:
    """Whatever a client does, an error in the log is a bug of ours. Where one is right, the test takes it out."""
    alarm = Alarm()
    logging.getLogger().addHandler(alarm)
    yield alarm
    logging.getLogger().removeHandler(alarm)
    assert alarm.heard == []
