"""`samverkan group` against a server that it started itself."""

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from realtime.cli import main
from tests.program import Program


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The options that say where the server is, and who signs."""
    monkeypatch.chdir(tmp_path)
    with Program("serve", "--port", "0", "--data", str(tmp_path / "data"), SAMVERKAN_SERVER_DRAIN_S="0.1") as program:
        ready = re.search(r"ws://\S+", program.until("listening"))
        assert ready is not None
        yield ["--url", ready[0], "--data", str(tmp_path / "data")]
        program.end(signal.SIGTERM)


def test_a_group_is_made_found_applied_to_and_run(server: list[str]) -> None:
    def said(user: str, *arguments: str, fails: bool = False) -> str:
        done = CliRunner().invoke(main, ["group", *arguments, "--user", user, *server])
        assert done.exit_code == (1 if fails else 0), done.output
        return done.output

    card = ("--purpose", "Fewer thefts", "--conduct", "Be kind", "--locked", "--listed", "--at", "59.32,18.07")
    group = said("anna", "create", "Shops", *card).split()[0]
    (found,) = json.loads(said("bo", "find", "--at", "59.321,18.07", "--json"))
    assert (found["group"], found["name"]) == (group, "Shops")
    for way in ("apply", "join"):
        told = said("bo", way, group, fails=True)
        assert "--accept" in told
        assert "accepted: true" not in told
    assert "Be kind" in said("bo", "apply", group, fails=True)
    said("bo", "apply", group, "--accept")
    assert "bo" in said("anna", "decide", group)
    said("anna", "decide", group, "--applicant", "bo", "--approve")
    assert [each["user"] for each in json.loads(said("bo", "members", group, "--json"))] == ["anna", "bo"]
    assert "Shops" in said("bo", "list")
    shown = said("bo", "show", group)
    assert group in shown
    assert "Fewer thefts" in shown
    assert {"listed", "members", "you are"} <= {line.split("  ")[0].strip() for line in shown.splitlines()}
    assert group in said("bo", "list")
    said("anna", "appoint", group, "--whom", "bo", "--as", "approver", "--as", "ambassador")
    said("anna", "set", group, "--purpose", "Fewer burglaries")
    (card,) = json.loads(said("bo", "show", group, "--json"))
    assert (card["purpose"], card["conduct"], card["listed"], card["lat"]) == (
        "Fewer burglaries",
        "Be kind",
        True,
        59.32,
    )
    code = said("bo", "invite", group).split()[-1]
    said("eva", "join", group, "--code", code, "--accept")
    said("eva", "leave", group)
    assert said("anna", "invite", group, "--uses", "2").startswith("code ")
    said("anna", "handover", group, "--to", "bo")
    said("bo", "ban", group, "--whom", "anna", "--reason", "Threats")
    trail = [each["what"] for each in json.loads(said("bo", "audit", group, "--json"))]
    assert trail == ["banned", "handed_over", "invited", "invited", "changed", "appointed", "approved", "changed"]
    said("bo", "close", group, "--reason", "done")
    assert "refused" in said("bo", "members", group, fails=True)
