"""Compares what the server said with what `protocol.md` shows: every field that is there, and none that is not.

`<name>` stands for a value that is bound where it is first seen and is the same from then on; `…` for any text. Numbers
are as exact as they are written. What the server draws at random is compared by shape.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

DRAWN = {"reconnect_after_s"}

_PLACEHOLDER = re.compile(r"<([a-z][^<>]*)>")


class Mismatch(AssertionError):
    """Says where the two differ."""


class Bindings(dict[str, str]):
    """What placeholders stand for."""

    def filled(self, value: Any) -> Any:
        """A documented message with every placeholder replaced. Raises Mismatch if one is not bound yet."""
        match value:
            case str():
                return _PLACEHOLDER.sub(lambda found: self._bound(found[1]), value)
            case dict():
                return {self.filled(key): self.filled(part) for key, part in value.items()}
            case list():
                return [self.filled(part) for part in value]
            case Decimal():
                return float(value)
        return value

    def match(self, wanted: Any, got: Any, at: str = "message") -> None:
        """Bind what is new. Raises Mismatch unless `got` is what is `wanted`."""
        match wanted:
            case dict():
                self._match_object(wanted, got, at)
            case list():
                if not isinstance(got, list) or len(got) != len(wanted):
                    raise Mismatch(f"{at} is {got!r}, documented as {wanted!r}")
                for number, (one, other) in enumerate(zip(wanted, got, strict=True)):
                    self.match(one, other, f"{at}[{number}]")
            case str():
                self._match_text(wanted, got, at)
            case Decimal():
                self._match_number(wanted, got, at)
            case _:
                is_alike = type(got) is type(wanted) or (_is_number(got) and _is_number(wanted))
                if not is_alike or got != wanted:
                    raise Mismatch(f"{at} is {got!r}, documented as {wanted!r}")

    def _match_object(self, wanted: Mapping[str, Any], got: Any, at: str) -> None:
        if not isinstance(got, dict):
            raise Mismatch(f"{at} is {got!r}, documented as an object")
        if wanted.get("type") != got.get("type"):
            raise Mismatch(f"{at} is {got!r}, documented as {wanted['type']!r}")
        keys = self._keys(wanted, got)
        if missing := keys.values() - got.keys():
            raise Mismatch(f"{at} lacks {sorted(missing)}, which are documented; it is {got!r}")
        if extra := got.keys() - keys.values():
            raise Mismatch(f"{at} has {sorted(extra)}, which are not documented; it is {got!r}")
        for key, part in wanted.items():
            if key not in DRAWN:
                self.match(part, got[keys[key]], f"{at}.{key}")
            elif not _is_number(got[key]):
                raise Mismatch(f"{at}.{key} is {got[key]!r}, documented as a number")

    def _keys(self, wanted: Mapping[str, Any], got: Mapping[str, Any]) -> dict[str, str]:
        """Documented keys to real ones; one that is not bound yet stands for the only one that is left."""
        known = {key: self.filled(key) for key in wanted if self._is_bound(key)}
        unknown, left = wanted.keys() - known.keys(), got.keys() - set(known.values())
        if len(unknown) == 1 and len(left) == 1:
            (key,), (real,) = unknown, left
            self._match_text(key, real, "a key")
            known[key] = real
        return {**{key: key for key in unknown}, **known}

    def _match_text(self, wanted: str, got: Any, at: str) -> None:
        names: list[str] = []
        pattern = ""
        for part in re.split(r"(<[a-z][^<>]*>|…)", wanted):
            placeholder = _PLACEHOLDER.fullmatch(part)
            if part == "…":
                pattern += ".+"
            elif placeholder is None:
                pattern += re.escape(part)
            elif placeholder[1] in self:
                pattern += re.escape(self[placeholder[1]])
            else:
                names.append(placeholder[1])
                pattern += "(.+)"
        found = re.fullmatch(pattern, got, re.DOTALL) if isinstance(got, str) else None
        if found is None:
            raise Mismatch(f"{at} is {got!r}, documented as {wanted!r}")
        self.update(zip(names, found.groups(), strict=True))

    @staticmethod
    def _match_number(wanted: Decimal, got: Any, at: str) -> None:
        exponent = wanted.as_tuple().exponent
        if not _is_number(got) or not isinstance(exponent, int) or abs(Decimal(got) - wanted) > Decimal(10) ** exponent:
            raise Mismatch(f"{at} is {got!r}, documented as {wanted}")

    def _is_bound(self, text: str) -> bool:
        return all(found[1] in self for found in _PLACEHOLDER.finditer(text))

    def _bound(self, name: str) -> str:
        if name not in self:
            raise Mismatch(f"<{name}> has not been seen before")
        return self[name]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
