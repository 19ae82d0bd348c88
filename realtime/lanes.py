"""Which frames go before which."""

from enum import IntEnum
from typing import Final

from realtime.messages import ClientMessage, Level, MergeAlert, RaiseAlert, UpdateAlert


class Lane(IntEnum):
    """All of one lane goes before any of the next: in a batch, in the fan-out, in an outbox."""

    RED = 0
    YELLOW = 1
    REST = 2


LANE_OF_LEVEL: Final[dict[Level, Lane]] = {"red": Lane.RED, "yellow": Lane.YELLOW, "info": Lane.REST}


def lane_of_request(message: ClientMessage) -> Lane:
    """Answers use the lane of what they answer; an update that cannot be told apart yet may be of a red."""
    if isinstance(message, RaiseAlert):
        return LANE_OF_LEVEL[message.level]
    return Lane.RED if isinstance(message, UpdateAlert | MergeAlert) else Lane.REST
