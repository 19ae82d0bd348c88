"""What was found in words, and the words without it."""

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple, TypeAlias

What: TypeAlias = Literal[
    "plate",
    "identity_number",
    "phone",
    "link",
    "suspect_name",
    "person_name",
    "origin",
    "hunt",
    "advertising",
    "politics",
]
GAP: Final = "…"


class Finding(NamedTuple):
    """What it is, and where in the text."""

    what: What
    start: int
    end: int


def without(text: str, found: Iterable[Finding]) -> str | None:
    """The text with a gap for each finding; None if nothing but gaps is left."""
    left, place = [], 0
    for finding in sorted(found, key=lambda each: (each.start, -each.end)):
        if finding.end <= place:
            continue
        left.append(text[place : max(place, finding.start)])
        if finding.start >= place:
            left.append(GAP)
        place = finding.end
    left.append(text[place:])
    rest = "".join(left)
    return rest if any(character.isalnum() for character in rest) else None
