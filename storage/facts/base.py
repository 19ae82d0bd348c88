"""What every fact is."""

from typing import ClassVar

from msgspec import Struct


class Fact(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    """Something that holds until it is said otherwise, whole: one for each world, kind and key.

    Each kind says by which of its fields its facts are told apart.
    """

    NAMED_BY: ClassVar[tuple[str, ...]]

    @property
    def key(self) -> str:
        """What it is about, unique among the facts of its kind in its world."""
        names = [getattr(self, field) for field in self.NAMED_BY]
        return names[0] if len(names) == 1 else joined_key(*names)


def joined_key(*parts: str | int | None) -> str:
    """A key of several names; lengths keep ("a", "b/c") apart from ("a/b", "c"). One that is missing is empty."""
    names = ("" if part is None else str(part) for part in parts)
    return "/".join(f"{len(name)}:{name}" for name in names)
