"""What an alert can be about: a list in data, which the operator may extend."""

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from realtime.messages import Category, CategoryRow, Level

BUILT_IN: Final = Path(__file__).with_suffix(".toml")
DUTY: Final = "duty"
_NAME: Final = re.compile("[a-z][a-z0-9_]{0,39}")


class CategoriesUnusable(ValueError):
    """A file of categories cannot be read, or says what no category can be; the text names file and category."""


class Kind(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One category, as the file has it."""

    sv: str
    en: str
    levels: tuple[Level, ...] = ()
    roles: tuple[str, ...] = ()
    description: bool = False

    def is_for(self, level: Level) -> bool:
        return not self.levels or level in self.levels

    def is_open_to(self, role: str, *, on_duty: bool) -> bool:
        return not self.roles or role in self.roles or (on_duty and DUTY in self.roles)


class Categories:
    """The categories of one server, or of one area of it."""

    def __init__(self, kinds: Mapping[Category, Kind]) -> None:
        self._kinds = kinds

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def get(self, name: Category) -> Kind | None:
        return self._kinds.get(name)

    def only(self, names: Collection[Category]) -> "Categories":
        """Those that an area has chosen (F88), in the order of the whole list."""
        return Categories({name: kind for name, kind in self._kinds.items() if name in names})

    def rows(self) -> tuple[CategoryRow, ...]:
        """What a client needs to offer them, in both languages."""
        return tuple(
            CategoryRow(
                name=name,
                sv=kind.sv,
                en=kind.en,
                levels=kind.levels,
                roles=kind.roles,
                description=kind.description,
            )
            for name, kind in self._kinds.items()
        )


def load_categories(more: Path | None = None) -> Categories:
    """The built-in categories, with those of a file in addition or in their place. Raises CategoriesUnusable."""
    return Categories(_read(BUILT_IN) | ({} if more is None else _read(more)))


def _read(file: Path) -> dict[Category, Kind]:
    try:
        document: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CategoriesUnusable(f"{file}: cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise CategoriesUnusable(f"{file}: not a TOML file: {error}") from None
    kinds = {}
    for name, said in document.items():
        if not _NAME.fullmatch(name):
            raise CategoriesUnusable(f"{file}: [{name}] is no name: small letters, digits and _, at most 40")
        try:
            kinds[name] = msgspec.convert(said, Kind)
        except msgspec.ValidationError as error:
            raise CategoriesUnusable(f"{file}: [{name}]: {error}") from None
    return kinds
