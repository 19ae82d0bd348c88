"""Logging, set up once: one JSON object a line, or coloured lines on a terminal, to stderr.

Every module logs through `logging.getLogger`, with what belongs to the event in `extra`. No line has a place, a text or
a token in it (R17): fields of such names are dropped, and raise in tests; what looks like one in a text is blotted out.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Final, TextIO

import structlog
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name

CONTENT_FIELDS: Final = frozenset(
    {"lat", "lon", "latitude", "longitude", "position", "positions", "place", "point", "box", "viewport", "cell"}
    | {"text", "headline", "wrong", "purpose", "conduct", "payload", "frame", "body", "image"}
    | {"token", "secret", "password", "join_code"}
)

_BLOTS: Final = (
    (re.compile(r"-?\d{1,3}\.\d{3,}[^\d\n]{1,12}-?\d{1,3}\.\d{3,}"), "(place)"),
    (re.compile(r"[\w-]{10,}\.[\w-]{10,}\.[\w-]{20,}"), "(token)"),
    (re.compile(r"\[parameters: .*", re.DOTALL), "(parameters)"),  # what SQLAlchemy's errors end with
)


class ContentLogged(AssertionError):
    """A line would have had a place, a text or a token in it."""


class ContentGuard(logging.Filter):
    """Keeps fields that carry content out of the log. As a filter, since what a formatter raises is swallowed."""

    def __init__(self, *, strict: bool) -> None:
        super().__init__()
        self._strict = strict

    def filter(self, record: logging.LogRecord) -> bool:
        for field in CONTENT_FIELDS & vars(record).keys():
            if self._strict:
                raise ContentLogged(f"{record.name} would log {field!r} with {record.msg!r}")
            delattr(record, field)
        return True


def set_up(
    level: str = "INFO", *, stream: TextIO | None = None, pretty: bool | None = None, strict: bool = False
) -> None:
    """Send every log line of the process to `stream` (stderr). `pretty`: for people; by default if it is a terminal."""
    stream = stream or sys.stderr
    pretty = stream.isatty() if pretty is None else pretty
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter(pretty))
    handler.addFilter(ContentGuard(strict=strict))
    root = logging.getLogger()
    for old in [old for old in root.handlers if isinstance(old.formatter, ProcessorFormatter)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    logging.captureWarnings(True)
    for chatty in ("alembic", "websockets", "uvicorn"):  # a line for each step, connection, start
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _formatter(pretty: bool) -> ProcessorFormatter:
    # Plain tracebacks: rich ones print local variables.
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if pretty
        else structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    )
    return ProcessorFormatter(
        foreign_pre_chain=[
            add_log_level,
            add_logger_name,
            ExtraAdder(),
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        ],
        processors=[
            ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _blot,
            renderer,
        ],
    )


def _blot(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event.pop("message", None)  # the same line, if another handler was there before
    for field, value in event.items():
        if isinstance(value, str):
            for pattern, instead in _BLOTS:
                value = pattern.sub(instead, value)
            event[field] = value
    return event
