"""Reads `protocol.md` and its parts in docs/protocol/: their examples, in the order in which they are played, and their
tables.

An example is a fence under a line that says who speaks: `anna →` says it to the server, `→ bo` is what Bo gets. The
lines `→ bo` closes with `4500` and `→ bo` gets nothing more stand alone. What a reader need not see stands in comments:

    <!-- play: red, alerts.reach_after_s=1 -->   a server of its own begins here, with these settings changed
    <!-- meanwhile: 5 s pass -->                 a step of tests/protocol_player.py
    <!-- unseen: anna → {"type": "ping"} -->     an example that is not shown

"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

_ROOT = Path(__file__).parent.parent
DOCUMENTS = [_ROOT / "protocol.md", *sorted((_ROOT / "docs" / "protocol").glob("*.md"))]

_COMMENT = re.compile(r"<!--\s*(?P<kind>play|meanwhile|unseen):\s*(?P<text>.*?)\s*-->", re.DOTALL)
_SPEAKER = re.compile(r"^`(?:(?P<sender>[^`→]+) →|→ (?P<receivers>[^`→]+))`(?P<rest>.*)$", re.MULTILINE)
_FENCE = re.compile(r"\s*?\n```(?P<language>\w+)\n(?P<body>.*?)\n```", re.DOTALL)
_UNSEEN = re.compile(r"(?:(?P<sender>[^→{]+?) →|→ (?P<receivers>[^→{]+?))\s*(?P<body>\{.*)", re.DOTALL)
_CLOSES = re.compile(r" closes with `(\d+)`")
_NOTHING = " gets nothing more"


@dataclass(frozen=True, slots=True)
class Said:
    """A client says something; `raw` if it is no message."""

    line: int
    who: str
    message: dict[str, Any] | None
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Got:
    """Clients get something."""

    line: int
    who: tuple[str, ...]
    message: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Closed:
    line: int
    who: tuple[str, ...]
    code: int


@dataclass(frozen=True, slots=True)
class Nothing:
    """Nothing more has come for these, after all that was said so far."""

    line: int
    who: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Meanwhile:
    line: int
    what: str


Step: TypeAlias = Said | Got | Closed | Nothing | Meanwhile


@dataclass(slots=True)
class Scenario:
    """What is played on one server; `settings` are those that differ from the defaults, by "section.name"."""

    name: str
    settings: dict[str, Any]
    steps: list[Step] = field(default_factory=list)


def scenarios(text: str) -> list[Scenario]:
    """The document's scenarios. Raises ValueError for an example that is in none, or cannot be read."""
    found: list[Scenario] = []
    matches = sorted([*_COMMENT.finditer(text), *_SPEAKER.finditer(text)], key=lambda match: match.start())
    for match in matches:
        line = text.count("\n", 0, match.start()) + 1
        if match.re is _COMMENT and match["kind"] == "play":
            found.append(_scenario(match["text"]))
            continue
        if not found:
            raise ValueError(f"protocol.md:{line}: no scenario has begun")
        steps = _from_comment(match, line) if match.re is _COMMENT else _from_speaker(match, text, line)
        found[-1].steps += steps
    _check_all_fences_are_played(text)
    return found


def _scenario(head: str) -> Scenario:
    name, *settings = (part.strip() for part in head.split(","))
    pairs = (setting.split("=") for setting in settings)
    return Scenario(name, {key: json.loads(value) for key, value in pairs})


def _from_comment(match: re.Match[str], line: int) -> list[Step]:
    if match["kind"] == "meanwhile":
        return [Meanwhile(line, what.strip()) for what in match["text"].split(";")]
    spoken = _UNSEEN.match(match["text"])
    if spoken is None:
        raise ValueError(f"protocol.md:{line}: nobody says this")
    return list(_spoken(spoken, spoken["body"], line))


def _from_speaker(match: re.Match[str], text: str, line: int) -> list[Step]:
    if match["receivers"] is not None:
        who = _names(match["receivers"])
        if closes := _CLOSES.match(match["rest"]):
            return [Closed(line, who, int(closes[1]))]
        if match["rest"].startswith(_NOTHING):
            return [Nothing(line, who)]
    fence = _FENCE.match(text, match.end())
    if fence is None:
        raise ValueError(f"protocol.md:{line}: no fence follows")
    if fence["language"] == "text":
        return [Said(line, match["sender"], None, raw=fence["body"])]
    return list(_spoken(match, fence["body"], line))


def _spoken(match: re.Match[str], body: str, line: int) -> Iterator[Step]:
    for message in _objects(body, line):
        if match["sender"] is not None:
            yield Said(line, match["sender"].strip(), message)
        else:
            yield Got(line, _names(match["receivers"]), message)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))


def _objects(body: str, line: int) -> Iterator[dict[str, Any]]:
    """One or more objects, one after another. Numbers keep the digits that are shown."""
    decoder = json.JSONDecoder(parse_float=Decimal)
    at = 0
    while at < len(body):
        try:
            value, at = decoder.raw_decode(body, at)
        except ValueError as error:
            raise ValueError(f"protocol.md:{line}: {error}") from None
        yield value
        while at < len(body) and body[at].isspace():
            at += 1


def _check_all_fences_are_played(text: str) -> None:
    """An example that nobody says would not be played; `jsonc` is for what is no message."""
    for fence in re.finditer(r"^```json$", text, re.MULTILINE):
        before = text[: fence.start()].rstrip("\n").rpartition("\n")[2]
        if _SPEAKER.match(before) is None:
            raise ValueError(f"protocol.md:{text.count(chr(10), 0, fence.start()) + 1}: nobody says this")


# --- tables ----------------------------------------------------------------------------------------------------------


def sections(text: str, level: int) -> dict[str, str]:
    """Headings of this level to what is under them, subsections included."""
    parts = re.split(rf"^{'#' * level} (.+)$", text, flags=re.MULTILINE)
    above = re.compile(rf"^#{{1,{level - 1}}} ", re.MULTILINE)
    return {title.strip(): above.split(body)[0] for title, body in zip(parts[1::2], parts[2::2], strict=True)}


def rows(text: str) -> list[list[str]]:
    """The cells of every table row that begins with something in backticks."""
    return [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in text.splitlines()
        if re.match(r"\| `", line)
    ]


def code(cell: str) -> str:
    """The first thing in backticks."""
    found = re.search(r"`([^`]+)`", cell)
    return found[1] if found else ""
