"""A log line says what happened, and never where anybody is or what anybody wrote."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from realtime.ops import logs

log = logging.getLogger("some.module")


@pytest.fixture(autouse=True)
def as_before() -> Iterator[list[logging.Handler]]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()  # the guard of all tests among them
    levels = {name: logging.getLogger(name).level for name in ("alembic", "websockets", "uvicorn")}
    yield handlers
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    for name, was in levels.items():
        logging.getLogger(name).setLevel(was)


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_one_json_object_a_line(stream: io.StringIO) -> None:
    logs.set_up(stream=stream)
    log.info("%d are here", 3, extra={"connected": 3})
    log.debug("not told")
    (line,) = lines(stream)
    assert line.pop("at").endswith("Z")
    assert line == {"event": "3 are here", "level": "info", "logger": "some.module", "connected": 3}


def test_set_up_twice_says_things_once(stream: io.StringIO) -> None:
    logs.set_up(stream=stream)
    logs.set_up(stream=stream)
    log.info("hello")
    assert len(lines(stream)) == 1


def test_libraries_speak_through_it(stream: io.StringIO) -> None:
    logs.set_up(stream=stream)
    for name in ("uvicorn.error", "websockets.server", "alembic.runtime.migration"):
        logging.getLogger(name).info("chatter")
        logging.getLogger(name).warning("trouble")
    assert [(line["logger"], line["event"]) for line in lines(stream)] == [
        ("uvicorn.error", "trouble"),
        ("websockets.server", "trouble"),
        ("alembic.runtime.migration", "trouble"),
    ]


@pytest.mark.parametrize("field", sorted(logs.CONTENT_FIELDS))
def test_content_is_dropped_and_in_tests_it_raises(field: str, stream: io.StringIO) -> None:
    logs.set_up(stream=stream)
    log.info("raised", extra={field: "SECRET", "took_s": 0.1})
    assert "SECRET" not in stream.getvalue()
    assert lines(stream)[0]["took_s"] == 0.1
    logs.set_up(stream=stream, strict=True)
    with pytest.raises(logs.ContentLogged, match=field):
        log.info("raised", extra={field: "SECRET"})


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("near 59.3251, 18.0711 now", "near (place) now"),
        ('{"lat": 59.3251, "lon": -18.0711}', '{"lat": (place)}'),
        ("token eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhbm5hIn0.MEUCIQDx-o_kQ9aaaaaaaaaa!", "token (token)!"),
        ("failed [SQL: INSERT] [parameters: ('a thief', 59.1)]\n(Background)", "failed [SQL: INSERT] (parameters)"),
        ("took 0.125 s, 1.5 s, at 127.0.0.1:8765", "took 0.125 s, 1.5 s, at 127.0.0.1:8765"),
    ],
)
def test_what_looks_like_content_within_a_text_is_blotted_out(said: str, left: str, stream: io.StringIO) -> None:
    logs.set_up(stream=stream)
    log.info("%s", said, extra={"detail": said})
    assert (lines(stream)[0]["event"], lines(stream)[0]["detail"]) == (left, left)


@pytest.mark.parametrize("pretty", [True, False])
def test_an_exception_is_told_whole_but_for_values(pretty: bool, stream: io.StringIO) -> None:
    logs.set_up(stream=stream, pretty=pretty)
    local = "LOCALVALUE"
    try:
        raise RuntimeError(f"nothing at 59.3251,18.0711 {len(local)}")
    except RuntimeError:
        log.exception("failed")
    said = stream.getvalue()
    assert "Traceback" in said
    assert "nothing at (place) 10" in said
    assert "'LOCALVALUE'" not in said
    assert "59.3251" not in said


def test_the_guard_watches_every_test(as_before: list[logging.Handler]) -> None:
    """Whoever puts a place into a log line sees a red test, whichever test runs that line."""
    (watch,) = [handler for handler in as_before if any(isinstance(one, logs.ContentGuard) for one in handler.filters)]
    record = logging.makeLogRecord({"name": "any", "msg": "any", "lat": 59.3})
    with pytest.raises(logs.ContentLogged):
        watch.handle(record)


async def test_a_task_that_nobody_awaits_is_heard(stream: io.StringIO) -> None:
    logs.set_up(stream=stream)
    asyncio.get_running_loop().call_exception_handler({"message": "callback failed", "exception": ValueError("x")})
    (line,) = lines(stream)
    assert (line["logger"], line["level"]) == ("asyncio", "error")
    assert "ValueError: x" in line["exception"]
