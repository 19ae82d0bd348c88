"""What holds of pictures that were sent in."""

from msgspec import structs

from storage.facts.base import Fact


class PictureKept(Fact, frozen=True, kw_only=True, tag="picture"):
    """A picture that one person has sent in, and the ids of the alerts and messages in which they have shown it.

    Its files are kept until `until` (Unix seconds): a day if it is never shown, else as long as what shows it.
    """

    picture: str
    user: str
    width: int
    height: int
    at: float  # when it was sent in (Unix seconds)
    until: float
    shown_in: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return self.picture

    def shown(self, in_: tuple[str, ...], until: float) -> "PictureKept":
        """The same picture, shown in these posts from now on."""
        return structs.replace(self, shown_in=in_, until=until)
