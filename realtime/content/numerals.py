"""Numbers that name somebody: Swedish plates, personal identity numbers, phone numbers.

Precision goes first: a plate that is written like a word is let through rather than a word taken for a plate.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from realtime.content.finding import Finding
from realtime.content.lexicon import listed

# Three letters without I, Q and V, two digits, and a digit or, since 2019, a letter.
_LETTER: Final = "A-HJ-PR-UW-Z"
_NOT_WITHIN: Final = r"(?<![0-9A-Za-zÅÄÖåäö])"
_NOT_BEFORE: Final = r"(?![0-9A-Za-zÅÄÖåäö])"
_JOINED: Final = re.compile(
    rf"{_NOT_WITHIN}([{_LETTER}]{{3}})[-_.]?[0-9]{{2}}[0-9A-HJ-NPR-UW-Z]{_NOT_BEFORE}", re.IGNORECASE
)
_APART: Final = re.compile(rf"{_NOT_WITHIN}([{_LETTER}]{{3}})\s[0-9]{{2}}[0-9A-HJ-NPR-UW-Z]{_NOT_BEFORE}")
_SPELT: Final = re.compile(
    rf"{_NOT_WITHIN}[{_LETTER}](?:[ .-][{_LETTER}]){{2}}(?:[ .-][0-9]){{2}}[ .-][0-9{_LETTER}]{_NOT_BEFORE}",
    re.IGNORECASE,
)
_SAID_TO_BE: Final = re.compile(
    r"\b(?:reg(?:\.|nr|istrerings?(?:nummer|skylt)(?:et|en)?)?|skylt(?:en|ar)?"
    r"|(?:number |licen[cs]e )?plates?|registration)"
    rf"\b[^\n]{{0,20}}?{_NOT_WITHIN}([{_LETTER}]{{3}}[ ._-]{{0,2}}[0-9]{{2}}[0-9A-HJ-NPR-UW-Z]){_NOT_BEFORE}",
    re.IGNORECASE,
)
# What stands before three digits and is no plate: currencies, makes of cars, rooms, and who is called.
_NO_PLATE: Final = listed("no_plate")

_IDENTITY: Final = re.compile(
    r"(?<![0-9+-])((?:19|20)?)([0-9]{2})([0-9]{2})([0-9]{2})[ ]?([-+]?)[ ]?([0-9]{4})(?![0-9-])", re.ASCII
)
_SAID_TO_BE_ONE: Final = re.compile(r"(?:pnr|person(?:al identity )?(?:nummer|nr|number))\W{0,3}$", re.IGNORECASE)

_MOBILE: Final = re.compile(r"(?<![0-9+])(?:0|(?:\+|00)46[ ]?(?:\(0\)[ ]?)?)7[02369](?:[ /-]?[0-9]){7}(?![0-9])")
_LANDLINE: Final = re.compile(r"(?<![0-9+-])0[0-9]{1,3}[-/][0-9]{2,3}(?:[ ]?[0-9]{2,3}){1,3}(?![0-9-])")
_HOURS: Final = re.compile(r"[0-9]{4}-[0-9]{4}")
_ABROAD: Final = re.compile(r"(?<![0-9+])(?:\+|00(?=[1-9]))(?:[ ()/-]{0,2}[0-9]){8,14}(?![0-9])")


def plates(text: str) -> Iterator[Finding]:
    for pattern in (_JOINED, _SPELT) if text.isupper() else (_JOINED, _SPELT, _APART):
        for match in pattern.finditer(text):
            if pattern is _SPELT or match[1].upper() not in _NO_PLATE:
                yield Finding("plate", *match.span())
    for match in _SAID_TO_BE.finditer(text):
        yield Finding("plate", *match.span(1))


def identity_numbers(text: str) -> Iterator[Finding]:
    """Birth date and four digits; a co-ordination number's day is 60 more.

    Ten digits in a row are one only with a correct check digit, and not where they may be a phone number.
    """
    for match in _IDENTITY.finditer(text):
        century, year, month, day, sign, serial = match.groups()
        if not _is_date(century or "20", year, month, int(day) % 60):
            continue
        is_said = bool(sign or century or _SAID_TO_BE_ONE.search(text[max(0, match.start() - 30) : match.start()]))
        if is_said or (year[0] != "0" and _is_checked(year + month + day + serial)):
            yield Finding("identity_number", *match.span())


def phones(text: str) -> Iterator[Finding]:
    """Whole numbers; short ones such as 112, 114 14 and 1177 are everybody's."""
    for pattern in (_MOBILE, _LANDLINE, _ABROAD):
        for match in pattern.finditer(text):
            if pattern is not _LANDLINE or (8 <= _digits(match[0]) <= 10 and not _HOURS.fullmatch(match[0])):
                yield Finding("phone", *match.span())


def _digits(text: str) -> int:
    return sum(character.isdigit() for character in text)


def _is_date(century: str, year: str, month: str, day: int) -> bool:
    try:
        date(int(century + year), int(month), day)
    except ValueError:
        return False
    return True


def _is_checked(digits: str) -> bool:
    """Luhn's check, over all ten."""
    doubled = [int(digit) * (2 - index % 2) for index, digit in enumerate(digits)]
    return sum(each // 10 + each % 10 for each in doubled) % 10 == 0
