"""Every row of docs/features.md says what does it and which test shows it; each such test is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs/features.md").read_text(encoding="utf-8")
TO_COME = "to come"  # in `done by`: nothing shows it, and nothing may be said to


def rows() -> dict[str, tuple[str, str]]:
    """By feature or rule: what is done by, and shown by."""
    found = re.findall(r"^\| ([FR]\d+) \| .+? \| (.*?) ?\| (.*?) ?\|$", TEXT, re.MULTILINE)
    return {name: (done.strip(), shown.strip()) for name, done, shown in found}


ROWS = rows()


@cache
def defined_in(path: Path) -> frozenset[str]:
    if not path.is_file():
        return frozenset()
    defined = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(
        node.name for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, defined)
    )


def test_every_feature_and_every_rule_has_a_row() -> None:
    assert list(ROWS) == [*(f"F{number}" for number in range(1, 91)), *(f"R{number}" for number in range(1, 36))]


@pytest.mark.parametrize("name", ROWS)
def test_each_row_is_whole(name: str) -> None:
    done, shown = ROWS[name]
    assert done
    assert bool(shown) != done.startswith(TO_COME)


@pytest.mark.parametrize("name", ROWS)
def test_what_shows_it_is_there(name: str) -> None:
    _, shown = ROWS[name]
    for test in filter(None, shown.split(", ")):
        file, _, function = test.partition("::")
        assert file.startswith("tests/")
        assert function.startswith("test_")
        assert function in defined_in(ROOT / file), test
