"""Pictures in alerts and messages. Their files go over HTTP; a frame only names them."""

from msgspec import Struct

from realtime.messages.terms import Id, Shows


class GivenPicture(Struct, frozen=True, kw_only=True):
    """A picture that was sent in before, and the answer to "who is in it?"."""

    picture: Id
    shows: Shows


class Picture(Struct, frozen=True, kw_only=True):
    """A picture to be fetched, and its measures in pixels, so that there is room for it before it comes."""

    picture: str
    width: int
    height: int
