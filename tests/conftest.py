"""What holds for every test."""

import logging
from collections.abc import Iterator

import pytest
from hypothesis import settings

from realtime.ops.logs import ContentGuard

# No example is judged by how long it took: a busy machine is not a fault of the code.
settings.register_profile("samverkan", deadline=None)
settings.load_profile("samverkan")


class Guard(logging.Handler):
    """Writes nothing; not a NullHandler, which does not ask its filters either."""

    def emit(self, record: logging.LogRecord) -> None:
        pass


@pytest.fixture(scope="session", autouse=True)
def content_is_never_logged() -> Iterator[None]:
    """R17: a line with a place, a text or a token in it fails the test that wrote it."""
    handler = Guard()
    handler.addFilter(ContentGuard(strict=True))
    logging.getLogger().addHandler(handler)
    names = ("realtime", "storage", "samverkan")
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield
    for name in names:
        logging.getLogger(name).setLevel(logging.NOTSET)
    logging.getLogger().removeHandler(handler)
