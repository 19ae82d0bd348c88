"""The house stands as CONTRIBUTING.md says: who imports whom, how big a file is, and what never gets into one."""

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("realtime", "geo", "storage", "bench")
MAX_LINES = 400

# A folder's modules may import of ours only what begins with one of these.
MAY_IMPORT = {
    "geo": ["geo"],
    "storage": ["storage", "realtime.messages"],
    "realtime/content": ["realtime.content"],
}
# And these parts do not know those.
MUST_NOT_IMPORT = {
    "realtime/delivery": ["realtime.connection", "realtime.service", "realtime.ops", "realtime.app"],
    "realtime/service": ["realtime.connection", "realtime.ops", "realtime.app"],
    "realtime/connection": ["realtime.ops", "realtime.app"],
    "realtime/media": ["realtime.connection", "realtime.ops", "realtime.app"],
    "realtime/commands": ["realtime.delivery", "realtime.service", "realtime.app"],
    "realtime/ops": ["realtime.delivery", "realtime.service", "realtime.app"],
}
# The parts of the rules stand above each other: each knows those before it and what they share, none that come after.
RULES = ("words", "pictures", "places", "groups", "moderation", "alerts", "organisations", "people")
# Concrete classes of an interface: only what builds or tries them may name them.
CONCRETE = ("storage.sql", "storage.sqlite", "storage.memory")
MAY_NAME_CONCRETE = ("realtime/app.py", "storage/", "bench/")


@cache
def tracked() -> list[Path]:
    """Every file that belongs to the project; without git, those that are not hidden or made."""
    try:
        asked = ["git", "ls-files"]
        listed = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        listed = [
            str(path.relative_to(ROOT)) for package in (*PACKAGES, "tests") for path in (ROOT / package).rglob("*.py")
        ]
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


def sources(folder: str = "") -> list[Path]:
    wanted = (folder,) if folder else PACKAGES
    return [
        path for path in tracked() if path.suffix == ".py" and any(path.is_relative_to(ROOT / one) for one in wanted)
    ]


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{name.name}" for name in node.names)


def within(module: str, prefixes: Sequence[str]) -> bool:
    return any(module == prefix or module.startswith(f"{prefix}.") for prefix in prefixes)


def wrong(folder: str, forbidden: Sequence[str], allowed: Sequence[str] = ()) -> list[str]:
    return [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in sources(folder)
        for module in imports(path)
        if within(module, forbidden) and not within(module, allowed)
    ]


def test_all_packages_come_from_this_folder() -> None:
    """Others have published a `realtime` too."""
    for package in PACKAGES:
        assert Path(importlib.import_module(package).__file__ or "").parent == ROOT / package


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_what_stands_below_knows_little(folder: str) -> None:
    assert wrong(folder, PACKAGES, MAY_IMPORT[folder]) == []


@pytest.mark.parametrize("folder", MUST_NOT_IMPORT)
def test_no_part_knows_what_stands_above_it(folder: str) -> None:
    assert sources(folder)
    assert wrong(folder, MUST_NOT_IMPORT[folder]) == []


@pytest.mark.parametrize("part", RULES)
def test_no_part_of_the_rules_knows_a_later_one(part: str) -> None:
    later = [f"realtime.service.{each}" for each in RULES[RULES.index(part) + 1 :]]
    assert wrong(f"realtime/service/{part}", later) == []


def test_what_the_rules_share_knows_none_of_them() -> None:
    folders = {path.parent.name for path in sources("realtime/service")} - {"service"}
    assert folders == set(RULES)
    shared = [path for path in sources("realtime/service") if path.parent.name == "service"]
    parts = [f"realtime.service.{part}" for part in RULES]
    assert [module for path in shared for module in imports(path) if within(module, parts)] == []


def test_only_what_builds_the_server_names_concrete_stores() -> None:
    named = [line for line in wrong("", CONCRETE) if not line.startswith(MAY_NAME_CONCRETE)]
    assert named == []


def test_the_messages_know_nothing_of_ours() -> None:
    assert sources("realtime/messages")
    assert wrong("realtime/messages", PACKAGES, ["realtime.messages"]) == []


def test_no_file_does_two_things() -> None:
    lines = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in tracked() if path.suffix == ".py"
    }
    long = {name: count for name, count in lines.items() if count > MAX_LINES}
    assert long == {}


def test_no_file_names_a_place_on_somebody_s_machine() -> None:
    machine = re.compile(rb"[/](?:home|root|Users|work|opt|private)/\w|[A-Z]:\\+Users|file:[/]{3}")
    assert [str(path) for path in tracked() if path.name != "LICENSE" and machine.search(path.read_bytes())] == []


def test_no_module_has_the_name_of_an_installed_one() -> None:
    """`import logging` must never find a file of ours, whatever is run from whatever folder."""
    ours = {path.stem for path in sources()} - {"__init__", "__main__"}
    assert sorted(ours & sys.stdlib_module_names) == []
