"""A session as services know it: somebody who asked for something."""

from typing import Protocol

from realtime.delivery.subscriber import Subscriber
from realtime.identity import Identity
from realtime.lanes import Lane
from realtime.messages import ServerMessage


class Caller(Subscriber, Protocol):
    id: str
    turn_at: float | None  # when it may say hello (monotonic), if it came when too many did

    def answer(self, message: ServerMessage, lane: Lane = Lane.REST) -> None:
        """Say something to this session alone; nothing happens if it is gone."""

    def heartbeat(self) -> None:
        """Say how many frames this session has been sent, if nothing is on its way to it."""

    def has_received(self, count: int) -> None:
        """The client says how many counted frames have arrived. Closes with LOST if that is less than it was told.

        Raises Invalid if there were never so many.
        """

    def greet(self, identity: Identity, device: str, ping_s: float | None) -> float:
        """Take on an identity: the session has said hello. Returns the ping interval agreed, in seconds."""
