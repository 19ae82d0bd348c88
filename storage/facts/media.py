"""What holds of pictures that were sent in."""

from typing import ClassVar

from msgspec import structs

from storage.facts.base import Fact


class PictureKept(Fact, frozen=True, kw_only=True, tag="picture"):
    """A picture that one person has sent in, and the ids of the alerts and messages in which they have shown it.

    Its files are kept until `until` (Unix seconds): a day if it is never shown, else as long as what shows it.
    """

    NAMED_BY: ClassVar = ("picture",)
    picture: str
    user: str
    width: int
    height: int
    at: float  # when it was sent in (Unix seconds)
    until: float
    shown_in: tuple[str, ...] = ()

    def shown(self, in_: tuple[str, ...], until: float) -> "PictureKept":
        """The same picture, shown in these posts from now on."""
        return structs.replace(self, shown_in=in_, until=until)
