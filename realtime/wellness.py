"""Asks a running server how it is."""

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Report:
    """What one page says: whether all is well, and its particulars by dotted name."""

    page: str
    well: bool
    said: dict[str, object] = field(default_factory=dict)


def ask(url: str) -> list[Report]:
    """What `/health` and `/ready` of a server say, whatever page of it `url` names. Raises OSError."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
    if scheme not in ("http", "https") or not parts.netloc:
        raise OSError(f"{url} is no address of a server")
    # Without the proxies of the environment, which cannot know this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return [_page(opener, f"{scheme}://{parts.netloc}", page) for page in ("/health", "/ready")]


def show(reports: list[Report], console: Console) -> None:
    """Print a table; lines of name and value where nobody sees a table."""
    if not console.is_terminal:
        for report in reports:
            console.print(f"{report.page}: {'well' if report.well else 'not well'}")
            for name, value in report.said.items():
                console.print(f"  {name}: {_shown(name, value)}")
        return
    table = Table(box=None, pad_edge=False)
    for title in ("page", "what", "value"):
        table.add_column(title)
    for report in reports:
        table.add_row(report.page, "", "✓ well" if report.well else "✗ not well", style="bold")
        for name, value in report.said.items():
            table.add_row("", name, _shown(name, value))
    console.print(table)


def _page(opener: urllib.request.OpenerDirector, base: str, page: str) -> Report:
    try:
        with opener.open(base + page, timeout=TIMEOUT_S) as answer:
            status, body = answer.status, answer.read()
    except urllib.error.HTTPError as error:  # 503 says what is wrong, in the same form
        with error:
            status, body = error.code, error.read()
    except urllib.error.URLError as error:
        raise OSError(
            f"no server answers at {base}: {getattr(error.reason, 'strerror', None) or error.reason}"
        ) from error
    try:
        said = _flat(json.loads(body))
    except ValueError:
        said = {"answer": f"HTTP status {status}"}
    return Report(page, status == 200, said)


def _shown(name: str, value: object) -> str:
    match value:
        case None | []:
            return "–"
        case bool():
            return "yes" if value else "no"
        case float() if name.endswith("_at"):
            return time.strftime("%H:%M:%S", time.localtime(value))
        case float():
            return f"{value:.4g}"
        case _:
            return str(value)


def _flat(value: Any, name: str = "") -> dict[str, object]:
    if not isinstance(value, dict):
        return {name or "answer": value}
    flat: dict[str, object] = {}
    for key, inner in value.items():
        flat |= _flat(inner, f"{name}.{key}" if name else key)
    return flat
