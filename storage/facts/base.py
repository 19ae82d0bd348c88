"""What every fact is."""

from msgspec import Struct


class Fact(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    """Something that holds until it is said otherwise, whole: one for each world, kind and key."""

    @property
    def key(self) -> str:
        """What it is about, unique among the facts of its kind in its world."""
        raise NotImplementedError


def joined_key(*parts: str) -> str:
    """A key of several names; lengths keep ("a", "b/c") apart from ("a/b", "c")."""
    return "/".join(f"{len(part)}:{part}" for part in parts)
