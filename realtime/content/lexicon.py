"""The word lists of `lexicon.toml`."""

import tomllib
from pathlib import Path
from typing import Final

_LISTS: Final[dict[str, list[str]]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def listed(name: str) -> frozenset[str]:
    return frozenset(_LISTS[name])
