"""A server that the commands of a test file talk to."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.program import Program


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("SAMVERKAN_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """The options that lead to a server."""
    data = tmp_path_factory.mktemp("server") / "data"
    with Program("serve", "--port", "0", "--data", str(data), SAMVERKAN_SERVER_DRAIN_S="0.1") as program:
        ready = re.search(r"listening on (\S+)", program.until("listening"))
        assert ready is not None
        yield ["--url", ready[1], "--data", str(data)]
        code, said = program.end(signal.SIGTERM)
        assert code == 0, said
