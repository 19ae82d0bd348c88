"""A page of what has names: the next ones after a name."""

from bisect import bisect_right
from collections.abc import Iterable
from typing import Final

PAGE: Final = 100


def page(names: Iterable[str], after: str | None) -> tuple[list[str], str | None]:
    """The next names in order, and the one after which the following page begins; None if there is none."""
    ordered = sorted(names)
    start = 0 if after is None else bisect_right(ordered, after)
    shown = ordered[start : start + PAGE]
    return shown, shown[-1] if start + PAGE < len(ordered) else None
