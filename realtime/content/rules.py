"""What may be said to whom (R2, R3, R5, R6, R7). Pure: words in, findings out."""

import re
import unicodedata
from typing import Final, Literal, TypeAlias

from realtime.content import numerals, phrases
from realtime.content.finding import Finding, What

Audience: TypeAlias = Literal["public", "open", "locked"]
"""Who can read it: everybody near, whoever joins a group, or only those who were let into one."""

_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")
_IDENTITY: Final[frozenset[What]] = frozenset({"plate", "identity_number"})
_EVERYWHERE_OPEN: Final[frozenset[What]] = _IDENTITY | {
    "phone",
    "link",
    "suspect_name",
    "hunt",
    "advertising",
    "politics",
}
_FORBIDDEN: Final[dict[Audience, frozenset[What]]] = {
    "public": _EVERYWHERE_OPEN | {"person_name"},
    "open": _EVERYWHERE_OPEN,
    "locked": _IDENTITY,
}
_FOR_AN_OFFICE: Final[frozenset[What]] = frozenset({"phone", "link"})  # who holds one may say where to turn to

EXPLAINED: Final[dict[What, str]] = {
    "plate": "a vehicle's plate",
    "identity_number": "a personal identity number",
    "phone": "a phone number",
    "link": "a link or an address",
    "suspect_name": "a suspect's name",
    "person_name": "a person's name",
    "origin": "a description by origin, skin or faith",
    "hunt": "a hunt for a person, or a reward",
    "advertising": "advertising",
    "politics": "a political message",
}


def plain(text: str) -> str:
    """The text as it is read: no invisible characters, and wide, round and raised letters as usual ones."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))


def forbidden(text: str, audience: Audience, *, on_duty: bool = False, is_signed: bool = False) -> list[Finding]:
    """What in a plain text must not be told to this audience.

    `on_duty`: its author holds an office. `is_signed`: people write under their own names here, and may name
    themselves.
    """
    kinds = _FORBIDDEN[audience] - (_FOR_AN_OFFICE if on_duty else frozenset())
    if is_signed:
        kinds -= {"person_name"}
    found: list[Finding] = []
    if any(character.isdigit() for character in text):
        found += (*numerals.plates(text), *numerals.identity_numbers(text), *numerals.phones(text))
    if audience != "locked":
        found += (*phrases.links(text), *phrases.suspects(text), *phrases.out_of_place(text))
    if "person_name" in kinds:
        found += phrases.persons(text)
    return [finding for finding in found if finding.what in kinds]


def by_origin(text: str) -> list[Finding]:
    """Where people are described by origin, skin or faith: never a reason by itself (R5)."""
    return list(phrases.origins(text))
