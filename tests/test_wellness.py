"""What `samverkan health` makes of a server's pages."""

import http.server
import io
import json
import threading
from collections.abc import Iterator
from typing import ClassVar

import pytest
from rich.console import Console

from realtime import wellness


class Pages(http.server.BaseHTTPRequestHandler):
    """A server that is alive and not ready."""

    pages: ClassVar[dict[str, tuple[int, bytes]]] = {
        "/health": (200, json.dumps({"well": True, "probe": {"last_at": 1.7e9, "took_s": 0.0123456}}).encode()),
        "/ready": (503, json.dumps({"ready": False, "problems": ["the log is not writable"], "lag": None}).encode()),
    }

    def do_GET(self) -> None:
        status, body = self.pages[self.path]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def host() -> Iterator[str]:
    with http.server.HTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("form", ["{}", "http://{}", "http://{}/health", "ws://{}/v1"])
def test_both_pages_are_asked_whatever_page_is_named(host: str, form: str) -> None:
    health, ready = wellness.ask(form.format(host))
    assert (health.page, health.well) == ("/health", True)
    assert (ready.page, ready.well) == ("/ready", False)
    assert health.said["probe.took_s"] == 0.0123456


@pytest.mark.parametrize("wrong", ["ftp://host", "http://", "://"])
def test_what_is_no_address_is_told(wrong: str) -> None:
    with pytest.raises(OSError, match="no address"):
        wellness.ask(wrong)


@pytest.mark.parametrize("terminal", [False, True])
def test_everything_is_shown_in_words(host: str, terminal: bool) -> None:
    paper = io.StringIO()
    console = Console(file=paper, force_terminal=terminal, width=100, color_system=None)
    wellness.show(wellness.ask(host), console)
    text = paper.getvalue()
    for part in ("/health", "well", "/ready", "not well", "probe.took_s", "0.01235", "the log is not writable", "–"):
        assert part in text
    assert "1.7e+09" not in text
