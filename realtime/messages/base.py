"""What every message is."""

from msgspec import Struct

from realtime.messages.terms import Id


class Message(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """An object with `type`. Fields at their default are left out; unknown fields are ignored."""


class Request(Message, frozen=True, kw_only=True):
    """What a client says. Whoever wants an answer gives an `id`; what is stored must have one."""

    id: Id | None = None


class Answer(Message, frozen=True, kw_only=True):
    """What the server says to one request, and to no other: it bears its `id`."""

    id: str
